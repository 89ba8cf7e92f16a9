//! Creates, changes, finds, lists and deletes users in DB_A.

use super::error::{DUPLICATE, RequestError, STILL_REFERRED_TO};
use super::idempotency::{answered, created};
use crate::db::DbError;
use crate::db::local_db::{LocalPool, users};
use crate::models::idempotency::{Answered, IdempotencyKey, Keyed};
use crate::models::page::Page;
use crate::models::user::{NewUser, User, UserChange, UserList};

/// Works on `users`; rules that span rows are left to the database, which alone can keep them without a race.
#[derive(Debug, Clone)]
pub struct Users {
    local: LocalPool,
}

impl Users {
    /// Works on the given DB_A.
    #[must_use]
    pub const fn new(local: LocalPool) -> Self {
        Self { local }
    }

    /// Creates a user.
    ///
    /// # Errors
    /// A conflict when the e-mail address is taken.
    pub async fn create(&self, new: &NewUser) -> Result<User, RequestError> {
        users::insert(&self.local, new).await.map_err(|error| taken_or(error, Some(&new.email)))
    }

    /// Creates a user unless a request with this key has done so; then gives what was answered to that one.
    ///
    /// # Errors
    /// A conflict when the e-mail address is taken, and when the key belongs to another request, or to one that is being
    /// carried out.
    pub async fn create_once(&self, key: IdempotencyKey, new: &NewUser) -> Result<Answered, RequestError> {
        let request = Keyed::new(key, "POST /users", &[&new.name, &new.email]);
        let answer = |user: &User| created(format!("/users/{}", user.id), user);
        let once = users::insert_once(&self.local, new, &request, answer).await;
        answered(once.map_err(|error| taken_or(error, Some(&new.email)))?, request.key)
    }

    /// Changes a user.
    ///
    /// # Errors
    /// When there is none, and a conflict when the e-mail address is taken.
    pub async fn change(&self, id: u64, change: &UserChange) -> Result<User, RequestError> {
        users::update(&self.local, id, change)
            .await
            .map_err(|error| taken_or(error, change.email.as_deref()))?
            .ok_or(not_found(id))
    }

    /// Finds a user.
    ///
    /// # Errors
    /// When there is none.
    pub async fn find(&self, id: u64) -> Result<User, RequestError> {
        users::find(&self.local, id).await?.ok_or(not_found(id))
    }

    /// Lists users.
    ///
    /// # Errors
    /// When DB_A cannot answer.
    pub async fn list(&self, page: Page) -> Result<UserList, RequestError> {
        let (users, next_after) = page.limit.cut(users::list(&self.local, page).await?, |user| user.id);
        Ok(UserList { users, next_after })
    }

    /// Deletes a user.
    ///
    /// # Errors
    /// When there is none, and a conflict while orders refer to it.
    pub async fn delete(&self, id: u64) -> Result<(), RequestError> {
        let deleted = users::delete(&self.local, id).await.map_err(|error| match error.code() {
            Some(STILL_REFERRED_TO) => RequestError::Conflict {
                field: "id",
                message: format!("user {id} has orders: delete them, or give them to another user, first"),
            },
            Some(_) | None => error.into(),
        })?;
        if deleted { Ok(()) } else { Err(not_found(id)) }
    }
}

fn not_found(id: u64) -> RequestError {
    RequestError::NotFound { kind: "user", id }
}

fn taken_or(error: DbError, email: Option<&str>) -> RequestError {
    match (error.code(), email) {
        (Some(DUPLICATE), Some(email)) => RequestError::Conflict {
            field: "email",
            message: format!("the e-mail address {email} belongs to another user"),
        },
        (_, _) => error.into(),
    }
}
