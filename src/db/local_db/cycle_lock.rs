//! The lock on DB_A that lets one cycle run at a time, whichever process runs it.

/// Gives the SQL expression for the lock's name.
///
/// Lock names are shared by the whole server and hold at most 64 characters, so the database's name enters as a hash.
#[must_use]
pub const fn lock_name_sql() -> &'static str {
    "concat('backhaul.', left(sha2(database(), 256), 40))"
}
