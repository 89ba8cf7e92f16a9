//! What `doctor` found.

use serde::{Serialize, Serializer};

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It loses changes, stops them, or makes both sides differ: now, or as soon as something ordinary happens.
    Error,
    /// It may reject some records, or lose something under rarer circumstances.
    Warning,
}

/// Where something is to be mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Place {
    /// The site's own database.
    #[serde(rename = "DB_A")]
    Local,
    /// The central database.
    #[serde(rename = "DB_B")]
    Central,
}

impl Place {
    /// Gives the name by which everything shown calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Local => "DB_A",
            Self::Central => "DB_B",
        }
    }
}

/// One thing that is wrong, with what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How much it matters; each code has one.
    pub severity: Severity,
    /// Where it was found.
    pub side: Place,
    /// The table concerned, when it is one.
    pub table: Option<String>,
    /// What kind of thing it is; never changes its meaning.
    pub code: Code,
    /// What is wrong.
    pub message: String,
    /// What to do; a statement to run wherever there is one, with the side on which to run it.
    pub remedy: String,
}

impl Finding {
    /// Describes a finding that concerns a whole side.
    #[must_use]
    pub fn new(code: Code, side: Place, message: String, remedy: impl Into<String>) -> Self {
        Self { severity: code.severity(), side, table: None, code, message, remedy: remedy.into() }
    }

    /// Names the table concerned.
    #[must_use]
    pub fn of_table(mut self, table: &str) -> Self {
        self.table = Some(table.to_owned());
        self
    }
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $severity:ident $name:literal,)+) => {
        /// What kind of thing a finding is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code { $($(#[doc = $doc])+ $variant,)+ }

        impl Code {
            /// All codes.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// Gives the code as it is shown.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// Tells how much it matters.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $(Self::$variant => Severity::$severity,)+ }
            }
        }
    };
}

codes! {
    /// The file of settings has a key that means nothing here.
    SettingUnknown = Warning "setting-unknown",
    /// The file of settings has a key more than once.
    SettingTwice = Warning "setting-twice",
    /// The line to DB_B leaves this machine and is not encrypted.
    CentralNotEncrypted = Warning "central-not-encrypted",
    /// DB_A has no queue.
    NotInstalled = Error "not-installed",
    /// DB_B cannot be reached or used.
    CentralUnreachable = Error "central-unreachable",
    /// The account lacks a privilege that the daily work needs.
    PrivilegeMissing = Error "privilege-missing",
    /// The account may not see DB_A's triggers, so nothing is known of the capture.
    TriggersNotVisible = Error "triggers-not-visible",
    /// The account may not see DB_B's triggers, so those that rewrite values go unnoticed.
    CentralTriggersNotVisible = Warning "central-triggers-not-visible",
    /// The server takes no writes.
    ReadOnly = Error "read-only",
    /// DB_A's binary log is kept as statements.
    StatementLog = Error "statement-log",
    /// A power cut at DB_A loses commits that DB_B may have.
    LogNotFlushed = Error "log-not-flushed",
    /// The same, for want of a flushed binary log.
    BinlogNotFlushed = Warning "binlog-not-flushed",
    /// DB_A is a replica, and what its applier writes fires no triggers.
    Replica = Error "replica",
    /// DB_A's server leaves grandchildren behind when it carries out foreign keys.
    CascadesFallShort = Error "cascades-fall-short",
    /// A server's clock differs from this machine's.
    ClockDiffers = Warning "clock-differs",
    /// `install` could not create triggers.
    TriggersNeedSuper = Warning "triggers-need-super",
    /// DB_B takes smaller packets than one batch.
    PacketBelowBatch = Warning "packet-below-batch",
    /// A row of DB_A may be larger than a packet that DB_B takes.
    PacketBelowRow = Warning "packet-below-row",
    /// One of Backhaul's own tables is missing.
    OwnTableMissing = Error "own-table-missing",
    /// One of Backhaul's own tables is not as it was created.
    OwnTableAltered = Error "own-table-altered",
    /// A selected table has no capture triggers, or not all.
    NotCaptured = Error "not-captured",
    /// A capture trigger is of an older version or of an older shape of its table.
    TriggerOutdated = Error "trigger-outdated",
    /// A capture trigger has another text than it was created with.
    TriggerAltered = Error "trigger-altered",
    /// A table that is not selected has capture triggers.
    TriggerLeftOver = Warning "trigger-left-over",
    /// The account as which the triggers run does not exist.
    DefinerMissing = Error "definer-missing",
    /// The account as which the triggers run lacks a privilege.
    DefinerLacksPrivilege = Error "definer-lacks-privilege",
    /// DB_A alone rules a selected table out.
    CannotBeCaptured = Error "cannot-be-captured",
    /// DB_B does not take a table as it is.
    CannotBeCarried = Error "cannot-be-carried",
    /// A cycle has found that a table must wait.
    TableHeld = Error "table-held",
    /// A name is written in capitals on one side only.
    NameCase = Error "name-case",
    /// Operations on partitions are not captured.
    Partitioned = Warning "partitioned",
    /// A column may be NULL in DB_A and not in DB_B.
    NotNullInCentral = Warning "not-null-in-central",
    /// DB_B has a unique key that DB_A lacks.
    UniqueInCentral = Warning "unique-in-central",
    /// DB_B has a foreign key that DB_A lacks.
    ForeignKeyInCentral = Warning "foreign-key-in-central",
    /// DB_B has a check constraint that DB_A lacks.
    CheckInCentral = Warning "check-in-central",
    /// DB_B's foreign key leads to a table that is not carried.
    ParentNotCarried = Warning "parent-not-carried",
    /// A trigger of DB_B may reject rows that DB_A has accepted.
    TriggerRejects = Warning "trigger-rejects",
    /// DB_B has capture triggers, copied from DB_A.
    CaptureInCentral = Error "capture-in-central",
    /// DB_B has no ledger row for this site.
    LedgerMissing = Error "ledger-missing",
    /// DB_A or DB_B is not the one it was.
    LedgerMismatch = Error "ledger-mismatch",
    /// DB_B has lost batches.
    CentralBehind = Warning "central-behind",
    /// Another site feeds the table.
    OtherSite = Error "other-site",
    /// Rows of DB_A never travelled.
    RowsNotBroughtIn = Warning "rows-not-brought-in",
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// What came of one group of checks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// What was looked at, in a few words.
    pub what: &'static str,
    /// How many findings there are; `None` when it could not be checked.
    pub findings: Option<usize>,
    /// Why it could not be checked.
    pub reason: Option<String>,
    /// The worst of its findings.
    #[serde(skip)]
    pub worst: Option<Severity>,
}

/// The whole report.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Diagnosis {
    /// Whether nothing was found.
    pub healthy: bool,
    /// Findings that are errors.
    pub errors: usize,
    /// Findings that are warnings.
    pub warnings: usize,
    /// What was checked, in order.
    pub checked: Vec<Checked>,
    /// What was found, the worst first.
    pub findings: Vec<Finding>,
    /// What to know, although nothing is wrong.
    pub notes: Vec<String>,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// Requests to DB_B that waited for an answer.
    pub central_round_trips: u64,
}

impl Diagnosis {
    /// Notes what a group of checks found.
    pub fn note(&mut self, what: &'static str, findings: Vec<Finding>) {
        let worst = findings.iter().map(|finding| finding.severity).min();
        self.checked.push(Checked { what, findings: Some(findings.len()), reason: None, worst });
        self.findings.extend(findings);
    }

    /// Notes that a group could not be checked.
    pub fn skip(&mut self, what: &'static str, reason: &str) {
        self.checked.push(Checked { what, findings: None, reason: Some(reason.to_owned()), worst: None });
    }

    /// Counts and orders what was found: errors first, else in the order in which it was found.
    pub fn conclude(&mut self) {
        self.findings.sort_by_key(|finding| finding.severity);
        self.errors = self.findings.iter().filter(|finding| finding.severity == Severity::Error).count();
        self.warnings = self.findings.len() - self.errors;
        self.healthy = self.findings.is_empty();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kebab_case_and_each_is_given_once() {
        let mut names: Vec<&str> = Code::ALL.iter().map(|code| code.name()).collect();
        assert!(names.iter().all(|name| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Code::ALL.len());
    }

    #[test]
    fn errors_come_first() {
        let finding = |code| Finding::new(code, Place::Local, String::new(), "");
        let mut diagnosis = Diagnosis::default();
        diagnosis.note("a", vec![finding(Code::Partitioned), finding(Code::Replica)]);
        diagnosis.conclude();
        assert_eq!(diagnosis.findings[0].code, Code::Replica);
        assert_eq!((diagnosis.errors, diagnosis.warnings, diagnosis.healthy), (1, 1, false));
    }
}
