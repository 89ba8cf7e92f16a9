//! Changes that stand in each other's way in a circle: none can be made before the others.

use super::CentralDb;
use super::unit::Unit;
use crate::db::error::DbError;
use crate::db::sql::{apply, references};

/// Changes that can only be made together.
///
/// Rows are *parked*: deleted and inserted again, so that their unique values are free in between. Foreign keys
/// are unchecked meanwhile, and therefore none acts by itself. Before anything else is done, statements with locks
/// prove for every row of the circle what the server would have checked: that it exists, that its parents do, and that no
/// row refers to one that is gone.
#[derive(Debug, Default)]
pub struct Circle<'a> {
    /// Upserts whose present rows in DB_B are in the way.
    pub parked: Vec<Unit<'a>>,
    /// All upserts, parked or not.
    pub upserts: Vec<Unit<'a>>,
    /// Deletes.
    pub deletes: Vec<Unit<'a>>,
}

const UNCHECKED: &str = "set foreign_key_checks = 0";
const CHECKED: &str = "set foreign_key_checks = 1";
const BEGIN: &str = "savepoint circle";
const UNDO: &str = "set foreign_key_checks = 1;\nrollback to savepoint circle";

impl Circle<'_> {
    fn clear_the_way(&self) -> impl Iterator<Item = String> {
        let parked = self.parked.iter().map(|unit| apply::delete(unit.table, &unit.keys()));
        let begin = [BEGIN, UNCHECKED].map(str::to_owned).into_iter();
        begin.chain(parked).chain(self.deletes.iter().map(Unit::statement))
    }

    fn statements(&self) -> Vec<String> {
        let prove_parked = |unit: &Unit<'_>| apply::check_all_exist(unit.table, &unit.keys());
        let prove_upserts = |unit: &Unit<'_>| references::check_parents_exist(unit.table, &unit.keys());
        let prove_deletes = |unit: &Unit<'_>| references::check_no_children(unit.table, &unit.keys());
        self.clear_the_way()
            .chain(self.upserts.iter().map(Unit::statement))
            .chain([CHECKED.to_owned()])
            .chain(self.parked.iter().map(prove_parked))
            .chain(self.upserts.iter().flat_map(prove_upserts))
            .chain(self.deletes.iter().flat_map(prove_deletes))
            .collect()
    }
}

impl CentralDb {
    /// Makes the changes of a circle within the open transaction, all of them or none.
    ///
    /// # Errors
    /// Why DB_B rejected one of them, or that the link broke; then all of it is undone.
    pub async fn try_circle(&mut self, circle: &Circle<'_>) -> Result<(), DbError> {
        let Err((_, error)) = self.run(&circle.statements()).await else { return Ok(()) };
        if matches!(error, DbError::Server { .. }) {
            // After a deadlock the savepoint is gone with the transaction; the fence tells before the COMMIT.
            let _ = self.session.script(UNDO).await;
        }
        Err(error)
    }

    /// Finds a change of a rejected circle that DB_B rejects whatever the others do; changes nothing. Answers its
    /// position among the upserts, counted through all units, and why.
    ///
    /// # Errors
    /// That the circle could not even be cleared away, or not be undone.
    pub async fn find_bad_in(&mut self, circle: &Circle<'_>) -> Result<Option<(usize, DbError)>, DbError> {
        let mut statements: Vec<String> = circle.clear_the_way().collect();
        let before = statements.len();
        let singles = circle.upserts.iter().flat_map(Unit::singles);
        statements.extend(singles.map(|single| single.statement()));
        let answer = self.run(&statements).await;
        self.session.script(UNDO).await.into_sets()?;
        match answer {
            Ok(()) => Ok(None),
            Err((failed, error)) if failed >= before => Ok(Some((failed - before, error))),
            Err((_, error)) => Err(error),
        }
    }
}
