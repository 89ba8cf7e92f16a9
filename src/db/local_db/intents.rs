//! What DB_A notes before a batch is applied.

use sha2::{Digest, Sha256};

use super::LocalDb;
use crate::db::codes;
use crate::db::error::DbError;
use crate::db::row::Row;
use crate::db::sql::template::fill;
use crate::db::sql::{entry_ids, quoting};
use crate::models::entry::EntryId;
use crate::models::entry_ids::EntryIds;
use crate::models::intent::{CentralConnection, Intent, IntentState};

/// The columns every reader of an intent takes.
const COLUMNS: &str =
    "number, token, previous_token, state, entries, digest, central_connection, central_started_at";

impl LocalDb {
    /// Lists the open intents, oldest first.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn open_intents(&mut self) -> Result<Vec<Intent>, DbError> {
        self.intents("state = 'OPEN' order by number").await
    }

    /// Finds the intent with this token.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn intent_with_token(&mut self, token: &str) -> Result<Option<Intent>, DbError> {
        Ok(self.intents(&format!("token = {}", quoting::text(token))).await?.pop())
    }

    /// Finds the newest acknowledged intent.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn last_acknowledged(&mut self) -> Result<Option<Intent>, DbError> {
        Ok(self.intents("state = 'ACKNOWLEDGED' order by number desc limit 1").await?.pop())
    }

    /// Lists the acknowledged intents after `number`, oldest first.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn acknowledged_after(&mut self, number: u64) -> Result<Vec<Intent>, DbError> {
        self.intents(&format!("state = 'ACKNOWLEDGED' and number > {number} order by number")).await
    }

    /// Gives the highest number of all intents; `None` when there are none.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn highest_intent(&mut self) -> Result<Option<u64>, DbError> {
        self.session.query_one("select max(number) from sync_intents").await?.optional(0)
    }

    /// Notes an open intent, durably; false when its number is taken, since another process noted one meanwhile.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn note_intent(&mut self, intent: &Intent) -> Result<bool, DbError> {
        self.session.before_commit("intent").await?;
        let noted = self.session.execute(&insert(intent, "OPEN", "null")).await;
        self.session.after_commit("intent").await?;
        match noted {
            Ok(touched) => DbError::check_rows("noting an intent", 1, touched).map(|()| true),
            Err(error) if error.code() == Some(codes::DUPLICATE) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Notes, durably and in one step, that `next` takes the place of the open intent `old`.
    ///
    /// # Errors
    /// What the server or the link reports, or that `old` was no longer open.
    pub async fn replace_intent(&mut self, old: &Intent, next: &Intent) -> Result<(), DbError> {
        self.session.execute("start transaction").await?;
        self.close_intent(old, "DROPPED").await?;
        self.session.execute(&insert(next, "OPEN", "null")).await?;
        self.session.commit("replacement").await
    }

    /// Drops open intents: their batches were not applied and never will be.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn drop_intents(&mut self, intents: &[&Intent]) -> Result<(), DbError> {
        if intents.is_empty() {
            return Ok(());
        }
        let numbers: Vec<String> = intents.iter().map(|intent| intent.number.to_string()).collect();
        let sql = format!(
            "update sync_intents set state = 'DROPPED', settled_at = utc_timestamp(6) \
             where state = 'OPEN' and number in ({})",
            numbers.join(",")
        );
        self.session.before_commit("drop").await?;
        self.session.execute(&sql).await?;
        self.session.after_commit("drop").await
    }

    /// Turns the open intent into `state`, inside the caller's transaction.
    pub(super) async fn close_intent(&mut self, intent: &Intent, state: &str) -> Result<(), DbError> {
        let sql = format!(
            "update sync_intents set state = '{state}', settled_at = utc_timestamp(6) \
             where number = {} and token = {} and state = 'OPEN'",
            intent.number,
            quoting::text(&intent.token)
        );
        DbError::check_rows("closing an open intent", 1, self.session.execute(&sql).await?)
    }

    /// Issues token 0, the acknowledged beginning of the chain, unless the site already holds tokens.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn issue_first_token(&mut self, token: &str) -> Result<(), DbError> {
        if self.highest_intent().await?.is_some() {
            return Ok(());
        }
        let first = Intent {
            number: 0,
            token: token.to_owned(),
            previous_token: None,
            state: IntentState::Acknowledged,
            entries: Some(EntryIds::default()),
            digest: 0,
            sent_by: None,
        };
        self.note_first_intent(&first).await
    }

    /// Notes an acknowledged intent without entries, with which a chain of tokens begins.
    pub(super) async fn note_first_intent(&mut self, first: &Intent) -> Result<(), DbError> {
        self.session.execute(&insert(first, "ACKNOWLEDGED", "utc_timestamp(6)")).await.map(drop)
    }

    /// Computes the digest of entries as they stand in the queue now, with their number.
    pub(super) async fn digest_in_queue(&mut self, ids: &EntryIds) -> Result<(u64, u64), DbError> {
        let (mut count, mut digest) = (0, 0);
        for condition in entry_ids::conditions("id", ids) {
            let sql = fill(include_str!("digest.sql"), &[("condition", &condition)]);
            let row = self.session.query_one(&sql).await?;
            count += row.get::<u64>(0)?;
            digest ^= row.get::<u64>(1)?;
        }
        Ok((count, digest))
    }

    async fn intents(&mut self, condition: &str) -> Result<Vec<Intent>, DbError> {
        let sql = format!("select {COLUMNS} from sync_intents where {condition}");
        self.session.query(&sql).await?.iter().map(read_intent).collect()
    }
}

/// Computes the digest of one entry; that of several is all of theirs, combined by exclusive or. `digest.sql` computes the
/// same in the server.
pub(super) fn entry_digest(id: EntryId, table: &str, record_id: &str, last_updated_at: &str) -> u64 {
    let hash = Sha256::digest(format!("{id}|{table}|{record_id}|{last_updated_at}"));
    hash.iter().take(8).fold(0_u64, |sum, &byte| (sum << 8) | u64::from(byte))
}

fn insert(intent: &Intent, state: &str, settled_at: &str) -> String {
    let entries = intent.entries.clone().unwrap_or_default();
    let (connection, started_at) = intent.sent_by.map_or_else(
        || ("null".to_owned(), "null".to_owned()),
        |sent| (sent.id.to_string(), sent.server_started_at.to_string()),
    );
    format!(
        "insert into sync_intents (number, token, previous_token, state, entries, entry_count, digest, \
         central_connection, central_started_at, created_at, settled_at) \
         values ({}, {}, {}, '{state}', '{entries}', {}, {}, {connection}, {started_at}, utc_timestamp(6), {settled_at})",
        intent.number,
        quoting::text(&intent.token),
        quoting::optional_text(intent.previous_token.as_deref()),
        entries.count(),
        intent.digest,
    )
}

fn read_intent(row: &Row) -> Result<Intent, DbError> {
    let sent_by = match (row.optional(6)?, row.optional(7)?) {
        (Some(id), Some(server_started_at)) => Some(CentralConnection { id, server_started_at }),
        (_, _) => None,
    };
    Ok(Intent {
        number: row.get(0)?,
        token: row.text(1)?,
        previous_token: row.optional_text(2)?,
        state: row.get(3)?,
        entries: row.optional(4)?,
        digest: row.get(5)?,
        sent_by,
    })
}
