//! The tables that are Backhaul's own, beside the user's.

/// Those of DB_A and of DB_B; `sql/local/schema.sql` and `sql/central/schema.sql` create them.
pub const OWN_TABLES: [&str; 11] = [
    "sync_queue",
    "sync_state",
    "sync_intents",
    "sync_failures",
    "sync_held_tables",
    "sync_runs",
    "sync_run_counts",
    "sync_idempotency",
    "sync_sites",
    "sync_site_tables",
    "sync_site_status",
];

/// Tells whether a table is Backhaul's own. Whatever else begins with `sync_` belongs to the user, and is carried like
/// any other table.
#[must_use]
pub fn is_own(table: &str) -> bool {
    OWN_TABLES.contains(&table)
}
