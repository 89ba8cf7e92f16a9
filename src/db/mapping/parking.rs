//! Whether a row of DB_B may be deleted and inserted again in one step.

use super::reference::Reference;
use crate::db::catalog::Table;

/// Tells whether nothing would be lost or noticed: DB_B has no column of its own, no trigger on delete, and no foreign
/// key that refers to other columns than the primary key, which alone is sure to come back unchanged.
pub(super) fn may_be_parked(a: &Table, b: &Table, references: &[Reference]) -> bool {
    let own_columns = b.columns.iter().any(|column| !column.generated && a.column(&column.name).is_none());
    let delete_triggers = b.triggers.iter().any(|trigger| trigger.event == "DELETE");
    let other_references = references.iter().any(|reference| reference.key.parent_columns != b.primary_key);
    !own_columns && !delete_triggers && !other_references
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::catalog::{ForeignKey, TriggerInfo};

    fn table(name: &str) -> Table {
        Table { name: name.to_owned(), primary_key: vec!["id".to_owned()], ..Table::default() }
    }

    #[test]
    fn a_plain_table_may_be_parked_and_one_that_is_watched_may_not() {
        let users = table("users");
        assert!(may_be_parked(&users, &users, &[]));
        let mut watched = users.clone();
        watched.triggers.push(TriggerInfo {
            name: "t".to_owned(),
            timing: "AFTER".to_owned(),
            event: "DELETE".to_owned(),
            statement: None,
        });
        assert!(!may_be_parked(&users, &watched, &[]));
    }

    #[test]
    fn a_table_that_is_referred_to_by_another_key_may_not() {
        let users = table("users");
        let key = ForeignKey {
            name: "by_mail".to_owned(),
            columns: vec!["mail".to_owned()],
            parent_schema: None,
            parent_table: "users".to_owned(),
            parent_columns: vec!["email".to_owned()],
            on_delete: "RESTRICT".to_owned(),
            on_update: "RESTRICT".to_owned(),
        };
        assert!(!may_be_parked(&users, &users, &[Reference { child: "orders".to_owned(), key }]));
    }
}
