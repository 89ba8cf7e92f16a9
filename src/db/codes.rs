//! Server error numbers that more than one place must know; the same on MariaDB and MySQL.

/// Another row has the same unique value.
pub const DUPLICATE: u16 = 1062;

/// An account does not exist, or nothing was granted to it.
pub const NO_SUCH_GRANT: u16 = 1141;

/// An account may not use a database.
pub const DATABASE_DENIED: u16 = 1044;

/// An account may not carry out a statement on a table.
pub const TABLE_DENIED: u16 = 1142;

/// Table does not exist.
pub const NO_SUCH_TABLE: u16 = 1146;

/// A packet is larger than `max_allowed_packet`; the server closes the connection after it.
pub const PACKET_TOO_LARGE: u16 = 1153;

/// A lock was not granted in time; the statement is undone, the transaction stands.
pub const LOCK_WAIT_TIMEOUT: u16 = 1205;

/// A row is locked by someone else, and the question was not to wait; MySQL's number, MariaDB gives [`LOCK_WAIT_TIMEOUT`].
pub const LOCKED: u16 = 3572;

/// Triggers may not be created or dropped by this account while the server keeps a binary log.
pub const TRIGGER_NEEDS_PRIVILEGE: u16 = 1419;

/// More than one row where one is expected: what the fence and the guard of an upsert raise.
pub const RAISED: u16 = 1242;

/// A table's definition changed after the snapshot was taken.
pub const TABLE_CHANGED: u16 = 1412;

/// The server does not take this account with this password.
pub const NOT_LET_IN: u16 = 1045;

/// Database does not exist.
pub const NO_SUCH_DATABASE: u16 = 1049;

/// The server has no connection left.
pub const TOO_MANY_CONNECTIONS: u16 = 1040;

/// After many broken attempts the server takes no more connections from this host.
pub const HOST_BLOCKED: u16 = 1129;

/// No account is for this host.
pub const HOST_NOT_LET_IN: u16 = 1130;
