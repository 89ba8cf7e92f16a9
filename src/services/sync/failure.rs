//! From an error to what follows: one exhaustive function, so that no new class can be added undecided.

#![deny(clippy::wildcard_enum_match_arm)]

use crate::db::{DbError, codes};

/// What kind of failure an error of DB_B is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// The link broke or stayed silent.
    Link,
    /// The server cannot be used by anyone, or not by us: someone must mend it.
    Server,
    /// Other transactions stood in the way for a moment.
    Contention,
    /// A parent is missing, or a child refers to the record.
    Dependency,
    /// Another record owns a unique value of this one.
    Unique,
    /// The record itself is not acceptable.
    Data,
    /// The table or its privileges are not as expected.
    Schema,
    /// None of the known numbers.
    Unknown,
}

/// What follows from a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The cycle ends as unreachable; the batch's entries count one attempt and stay PENDING.
    EndCycle,
    /// The batch is tried again after a moment, a few times.
    TryAgain,
    /// The guilty records are searched and set aside; each is judged, or held by the record it waits for.
    SetAside,
    /// The table is held; the others go on.
    HoldTable,
}

impl Class {
    /// Gives the word shown as `error.class`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Server => "server",
            Self::Contention => "contention",
            Self::Dependency => "dependency",
            Self::Unique | Self::Data => "data",
            Self::Schema => "schema",
            Self::Unknown => "unknown",
        }
    }

    /// Tells whether other records may be what stands in the way.
    #[must_use]
    pub const fn is_about_others(self) -> bool {
        matches!(self, Self::Dependency | Self::Unique)
    }

    /// Decides what follows.
    #[must_use]
    pub const fn decision(self) -> Decision {
        match self {
            Self::Link | Self::Server => Decision::EndCycle,
            Self::Contention => Decision::TryAgain,
            Self::Dependency | Self::Unique | Self::Data | Self::Unknown => Decision::SetAside,
            Self::Schema => Decision::HoldTable,
        }
    }
}

/// Tells what kind of failure an error of DB_B is. Numbers are those of both engines unless a comment says otherwise.
#[must_use]
pub fn classify(error: &DbError) -> Class {
    match error {
        DbError::Server { code, .. } => classify_code(*code),
        DbError::Link(_) | DbError::Silent(_) | DbError::Closed => Class::Link,
        // The server answered something we cannot use: not the fault of any record.
        DbError::UnexpectedRows { .. } | DbError::Decode(_) | DbError::Setup(_) => Class::Server,
    }
}

const fn classify_code(code: u16) -> Class {
    match code {
        // Server has gone away, lost connection, connection killed, interrupted.
        2006 | 2013 | 1927 | 1317 => Class::Link,
        // Too many connections, host blocked, access denied, unknown database, shutdown, read only,
        // cluster node not ready, out of memory, disk full, table full, storage engine, lock table full,
        // packet larger than the server reads while it was sent, binary log, super read only, account locked.
        1040
        | 1203
        | 1226
        | 1129
        | 1045
        | 1049
        | 1053
        | 1290
        | 1836
        | 1047
        | 1037
        | 1038
        | 1021
        | 1114
        | 1030
        | 1206
        | 1197
        | 1598
        | 1665
        | 1026
        | 1598..=1599
        | 3100
        | 4151
        | 3118
        | 1820
        | 1862 => Class::Server,
        // Lock wait timeout, deadlock, record changed since last read (MariaDB from 11.6.2), statement timeout.
        codes::LOCK_WAIT_TIMEOUT | 1213 | 1020 | 1969 | 3024 => Class::Contention,
        // Foreign keys: missing parent, referring child.
        1452 | 1216 | 1451 | 1217 => Class::Dependency,
        // Duplicate key; more than one row is what the guard of an upsert raises when another record answered.
        codes::DUPLICATE | 1586 | codes::RAISED => Class::Unique,
        // Not null, out of range, bad value, too long, check constraints, signal, no default, too large.
        1048
        | 1264
        | 1265
        | 1292
        | 1366
        | 1406
        | 3819
        | 4025
        | 1644
        | codes::PACKET_TOO_LARGE
        | 1364
        | 1411
        | 1690
        | 3140
        | 1118 => Class::Data,
        // Unknown column or table, denied for table, column or database, view, definer gone,
        // a kind of table for which the server has no such statement.
        1054 | codes::NO_SUCH_TABLE | 1142 | 1143 | 1044 | 1449 | 1227 | 1235 | 1356 | 1036 | 1347 => {
            Class::Schema
        }
        _ => Class::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(1040, Decision::EndCycle)]
    #[case(1290, Decision::EndCycle)]
    #[case(1114, Decision::EndCycle)]
    #[case(1213, Decision::TryAgain)]
    #[case(1020, Decision::TryAgain)]
    #[case(1452, Decision::SetAside)]
    #[case(1062, Decision::SetAside)]
    #[case(1406, Decision::SetAside)]
    #[case(9999, Decision::SetAside)]
    #[case(1054, Decision::HoldTable)]
    #[case(1142, Decision::HoldTable)]
    fn each_known_number_has_its_decision(#[case] code: u16, #[case] decision: Decision) {
        assert_eq!(classify_code(code).decision(), decision);
    }

    #[test]
    fn a_broken_link_is_never_a_record_s_fault() {
        assert_eq!(classify(&DbError::Closed).decision(), Decision::EndCycle);
        assert_eq!(
            classify(&DbError::Silent(std::time::Duration::from_secs(1))).decision(),
            Decision::EndCycle
        );
    }
}
