//! The foreign keys of DB_B that refer to a table.

use crate::db::catalog::{Catalog, ForeignKey, Table};

/// A foreign key of DB_B, seen from the table it refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The table that has the key, carried or not.
    pub child: String,
    /// The key.
    pub key: ForeignKey,
}

/// Finds the foreign keys that refer to a table.
pub(super) fn references_to(name: &str, central: &Catalog) -> Vec<Reference> {
    let of_child = |child: &Table| {
        let refers = |key: &&ForeignKey| key.parent_table == name && key.parent_schema.is_none();
        let reference = |key: &ForeignKey| Reference { child: child.name.clone(), key: key.clone() };
        child.foreign_keys.iter().filter(refers).map(reference).collect::<Vec<_>>()
    };
    central.values().flat_map(of_child).collect()
}
