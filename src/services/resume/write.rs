//! Writes rows of DB_B into one table of DB_A, all or none, and says why not.

use crate::db::local_db::{BroughtIn, Incoming, Way};
use crate::db::mapping::TableMapping;
use crate::db::sql::compare::Comparison;
use crate::db::{DbError, codes};
use crate::services::verify::{Failed, Sides};

/// One table of DB_A that rows of DB_B are written into.
pub(super) struct Target<'a> {
    pub(super) comparison: &'a Comparison,
    /// How rows come down.
    pub(super) down: TableMapping,
    /// Whether rows may be deleted and inserted again in one step.
    pub(super) may_park: bool,
    /// How many bytes a statement may have.
    pub(super) statement_bytes: usize,
}

/// Why rows were not written.
pub(super) struct Refusal {
    pub(super) kind: RefusalKind,
    /// The reason, for people.
    pub(super) message: String,
}

/// What may help where rows were not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RefusalKind {
    /// A unique value belongs to another record: both may be written in one step.
    Duplicate,
    /// Somebody changed the record in DB_A after it was compared: that change is newer than the decision, and stays.
    ChangedMeanwhile,
    /// Another pass, when a parent has come, or nothing.
    Other,
}

const TOO_LARGE: &str = "it is larger than DB_A's max_allowed_packet takes";
/// What is said of a record that was changed meanwhile.
pub(super) const CHANGED: &str = "it was changed in DB_A meanwhile, which DB_B does not overwrite; the change goes to DB_B with the next cycle";
const NOT_THE_SAME: &str =
    "DB_A would hold other values than DB_B: a column is narrower, or a trigger of DB_A rewrites them";

impl Target<'_> {
    /// Writes rows, all or none; `None` when DB_A has them as DB_B does.
    pub(super) async fn write(
        &self,
        sides: &mut Sides<'_>,
        incoming: &[&Incoming],
        way: Way,
    ) -> Result<Option<Refusal>, Failed> {
        if incoming.iter().map(|one| bytes_of(one)).sum::<usize>() > self.statement_bytes {
            return Ok(Some(refusal(RefusalKind::Other, TOO_LARGE)));
        }
        match sides.local.bring_in(self.comparison, &self.down, incoming, way).await {
            Ok(BroughtIn::All) => Ok(None),
            Ok(BroughtIn::ChangedMeanwhile) => Ok(Some(refusal(RefusalKind::ChangedMeanwhile, CHANGED))),
            Ok(BroughtIn::NotTheSame) => Ok(Some(refusal(RefusalKind::Other, NOT_THE_SAME))),
            Err(error @ DbError::Server { .. }) => {
                let is_duplicate = matches!(error.code(), Some(codes::DUPLICATE | codes::RAISED));
                let kind = if is_duplicate { RefusalKind::Duplicate } else { RefusalKind::Other };
                Ok(Some(refusal(kind, &error.to_string())))
            }
            Err(error) => Err(Failed::Local(error)),
        }
    }
}

fn refusal(kind: RefusalKind, message: &str) -> Refusal {
    Refusal { kind, message: message.to_owned() }
}

/// Tells about how many bytes of SQL a row needs.
pub(super) fn bytes_of(one: &Incoming) -> usize {
    one.row.values.iter().map(|value| value.len() + 1).sum()
}
