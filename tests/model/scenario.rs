//! The small worlds in which the protocol is checked: who writes what, who runs, what may go wrong.

use crate::mistakes::Mistake;
use crate::state::Witness;

/// Is a row of the queue: it says that `record` reached `version`.
///
/// Versions of a record commit in ascending order, since row locks serialise its writers. Ids need
/// not: they are drawn before the commit, and a server may reserve ranges of them.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    pub id: u8,
    pub record: usize,
    pub version: u8,
}

/// Bounds one check.
#[derive(Clone, Debug)]
pub struct Scenario {
    pub name: &'static str,
    pub entries: &'static [Entry],
    /// The versions of records that `DB_B` rejects.
    pub rejected: &'static [(usize, u8)],
    /// In how many packets a batch goes to `DB_B`: one, or two of which the second brings the COMMIT.
    pub packets: u8,
    /// How many PENDING entries one claim takes.
    pub batch_size: usize,
    /// How many batches one look at the queue serves; with 0 the steps of a cycle do not overlap.
    pub batches_of_page: usize,
    /// How many batches a cycle sends, on further connections, while one is under way; it also reads entries while it
    /// settles then.
    pub sends_ahead: usize,
    /// How often a second program may begin to settle, if there is one.
    ///
    /// The first is without bound: it settles again only when someone disturbed it, so its runs end.
    pub rounds_of_second: Option<u8>,
    /// How many crashes, lost answers and broken connections there may be.
    pub faults: u8,
    /// Whether `DB_B` may once be restored from a copy taken earlier.
    pub restores: bool,
    /// Whether `DB_A` may once be restored from a copy taken earlier.
    pub restores_local: bool,
    /// Whether `DB_A` may once be cloned, and the clone then work beside it; the second program is the clone's.
    pub clones: bool,
    /// How often a person may let site or clone go on; a decision that was broken off may always be repeated.
    pub decisions: u8,
    pub mistake: Option<Mistake>,
    /// What must be seen at least once, or the check proves nothing.
    pub witnesses: &'static [Witness],
}

impl Scenario {
    /// Plants a mistake.
    pub fn with(self, mistake: Mistake) -> Self {
        Self { mistake: Some(mistake), ..self }
    }

    /// Tells whether a cycle reads entries ahead, and acknowledges and claims while a batch is under way.
    pub fn overlaps(&self) -> bool {
        self.batches_of_page > 0
    }

    /// Tells whether `mistake` is planted.
    pub fn makes(&self, mistake: Mistake) -> bool {
        self.mistake == Some(mistake)
    }
}

const fn entry(id: u8, record: usize, version: u8) -> Entry {
    Entry { id, record, version }
}

/// One program, three records, and entries that may become visible in any order of ids.
pub const LATE_ENTRIES: Scenario = Scenario {
    name: "late entries",
    entries: &[entry(1, 0, 1), entry(2, 1, 1), entry(3, 2, 1)],
    rejected: &[],
    packets: 1,
    batch_size: 2,
    batches_of_page: 0,
    sends_ahead: 0,
    rounds_of_second: None,
    faults: 2,
    restores: false,
    restores_local: false,
    clones: false,
    decisions: 0,
    mistake: None,
    witnesses: &[
        Witness::LateCommit,
        Witness::SettledAsApplied,
        Witness::SettledAsNotApplied,
        Witness::LateEntrySynced,
        Witness::Killed,
        Witness::SentAgain,
        Witness::LateGeneration,
    ],
};

/// One program, one record that changes twice with ids that run backwards, and another record.
pub const BACKWARD_IDS: Scenario = Scenario {
    name: "backward ids",
    entries: &[entry(3, 0, 1), entry(1, 0, 2), entry(2, 1, 1)],
    batch_size: 1,
    ..LATE_ENTRIES
};

/// One program and a record whose first version `DB_B` rejects.
pub const SETTING_ASIDE: Scenario = Scenario {
    name: "setting aside",
    entries: &[entry(1, 0, 1), entry(2, 1, 1), entry(3, 0, 2)],
    rejected: &[(0, 1)],
    batch_size: 2,
    witnesses: &[
        Witness::LateCommit,
        Witness::SettledAsApplied,
        Witness::SettledAsNotApplied,
        Witness::SetAside,
        Witness::Killed,
    ],
    ..LATE_ENTRIES
};

/// Two programs that both believe they may run a cycle.
pub const TWO_PROGRAMS: Scenario = Scenario {
    name: "two programs",
    entries: &[entry(1, 0, 1), entry(2, 0, 2)],
    rounds_of_second: Some(2),
    faults: 1,
    witnesses: &[
        Witness::LateCommit,
        Witness::SettledAsApplied,
        Witness::SettledAsNotApplied,
        Witness::FenceFailed,
        Witness::Killed,
    ],
    ..LATE_ENTRIES
};

/// Two programs and nothing else that goes wrong; small enough for runs that do not end.
pub const TWO_PROGRAMS_UNHURT: Scenario = Scenario {
    name: "two programs, unhurt",
    rounds_of_second: Some(1),
    faults: 0,
    witnesses: &[Witness::FenceFailed],
    ..TWO_PROGRAMS
};

/// Two programs and a record that `DB_B` rejects.
pub const TWO_PROGRAMS_SETTING_ASIDE: Scenario = Scenario {
    name: "two programs setting aside",
    entries: &[entry(1, 0, 1), entry(2, 1, 1)],
    rejected: &[(0, 1)],
    rounds_of_second: Some(1),
    faults: 1,
    witnesses: &[Witness::SetAside, Witness::FenceFailed, Witness::Killed],
    ..LATE_ENTRIES
};

/// One program, and a `DB_B` that is restored from a copy.
pub const RESTORED: Scenario = Scenario {
    name: "restored",
    entries: &[entry(1, 0, 1), entry(2, 0, 2), entry(3, 1, 1)],
    faults: 1,
    restores: true,
    witnesses: &[Witness::LateCommit, Witness::FoundBehind],
    ..LATE_ENTRIES
};

/// Two programs, and a `DB_B` that is restored from a copy.
pub const TWO_PROGRAMS_RESTORED: Scenario = Scenario {
    name: "two programs, restored",
    entries: &[entry(1, 0, 1), entry(2, 0, 2)],
    rounds_of_second: Some(1),
    faults: 0,
    restores: true,
    witnesses: &[Witness::FoundBehind, Witness::FenceFailed],
    ..LATE_ENTRIES
};

/// One program whose batches take two packets, and a record that changes once more.
pub const SEVERAL_PACKETS: Scenario = Scenario {
    name: "several packets",
    entries: &[entry(1, 0, 1), entry(2, 1, 1), entry(3, 1, 2)],
    packets: 2,
    witnesses: &[
        Witness::LateCommit,
        Witness::SettledAsApplied,
        Witness::SettledAsNotApplied,
        Witness::Killed,
        Witness::LostBetweenPackets,
    ],
    ..LATE_ENTRIES
};

/// One program, and a `DB_A` that is restored from a copy: it stops, and a person lets one side win.
pub const LOCAL_RESTORED: Scenario = Scenario {
    name: "DB_A restored",
    entries: &[entry(1, 0, 1), entry(2, 0, 2), entry(3, 1, 1)],
    batch_size: 1,
    faults: 1,
    restores_local: true,
    witnesses: &[Witness::StoppedByForeignToken, Witness::StoppedByOtherEpoch, Witness::Resumed],
    ..LATE_ENTRIES
};

/// A site and its clone, each with its own writers and its own program, and a person who lets one of them go on.
pub const CLONED: Scenario = Scenario {
    name: "cloned",
    entries: &[entry(1, 0, 1), entry(2, 0, 2)],
    rounds_of_second: Some(1),
    faults: 0,
    clones: true,
    decisions: 1,
    witnesses: &[
        Witness::FenceFailed,
        Witness::Killed,
        Witness::StoppedByForeignToken,
        Witness::StoppedByOtherEpoch,
        Witness::Resumed,
        Witness::ResumedAtTheClone,
        Witness::OverwroteAsDecided,
    ],
    ..LATE_ENTRIES
};

/// A site and its clone with one record, and persons who decide at the same time, or one after the other.
pub const CLONED_AND_RESUMED_TWICE: Scenario = Scenario {
    name: "cloned and resumed twice",
    entries: &[entry(1, 0, 1)],
    decisions: 2,
    witnesses: &[
        Witness::StoppedByForeignToken,
        Witness::StoppedByOtherEpoch,
        Witness::Resumed,
        Witness::ResumedAtTheClone,
        Witness::ResumedInVain,
        Witness::OverwroteAsDecided,
    ],
    ..CLONED
};

/// The same, and something goes wrong before the clone is made or after: a decision that is broken off, for one.
pub const CLONED_AND_HURT: Scenario = Scenario {
    name: "cloned and hurt",
    faults: 1,
    witnesses: &[
        Witness::LateCommit,
        Witness::FenceFailed,
        Witness::SettledAtTheClone,
        Witness::StoppedByForeignToken,
        Witness::StoppedByOtherEpoch,
        Witness::Resumed,
        Witness::ResumedAtTheClone,
        Witness::ResumedInVain,
        Witness::OverwroteAsDecided,
    ],
    ..CLONED_AND_RESUMED_TWICE
};

/// One record that changes three times.
pub const THREE_VERSIONS: &[Entry] = &[entry(1, 0, 1), entry(2, 0, 2), entry(3, 0, 3)];

/// One program that overlaps its steps: a record that changes twice with ids that run backwards, and another record.
pub const OVERLAPPING: Scenario = Scenario {
    name: "overlapping",
    entries: &[entry(3, 0, 1), entry(1, 0, 2), entry(2, 1, 1)],
    batch_size: 1,
    batches_of_page: 2,
    witnesses: &[
        Witness::LateCommit,
        Witness::SettledAsNotApplied,
        Witness::LateEntrySynced,
        Witness::Killed,
        Witness::SentAgain,
        Witness::TwoOpenAtACrash,
        Witness::BothSettledAsApplied,
        Witness::ThrownAway,
    ],
    ..LATE_ENTRIES
};

/// One program whose batches of two leave entries on the page, which are claimed with later ones.
pub const OVERLAPPING_WITH_REST: Scenario = Scenario {
    name: "overlapping with a rest",
    entries: &[entry(1, 0, 1), entry(2, 1, 1), entry(3, 2, 1), entry(4, 2, 2)],
    batch_size: 2,
    faults: 1,
    witnesses: &[Witness::LateCommit, Witness::TwoOpenAtACrash, Witness::ThrownAway],
    ..OVERLAPPING
};

/// One program that overlaps its steps, and a record that `DB_B` rejects while the batch before it is not acknowledged.
pub const OVERLAPPING_SETTING_ASIDE: Scenario = Scenario {
    name: "overlapping, setting aside",
    entries: &[entry(1, 1, 1), entry(2, 0, 1), entry(3, 0, 2)],
    rejected: &[(0, 1)],
    witnesses: &[Witness::SetAside, Witness::TwoOpenAtACrash, Witness::ThrownAway, Witness::Killed],
    ..OVERLAPPING
};

/// Two programs that overlap their steps.
pub const OVERLAPPING_TWO_PROGRAMS: Scenario = Scenario {
    name: "overlapping, two programs",
    entries: &[entry(1, 0, 1), entry(2, 0, 2)],
    rounds_of_second: Some(1),
    faults: 1,
    witnesses: &[
        Witness::LateCommit,
        Witness::FenceFailed,
        Witness::Killed,
        Witness::TwoOpenAtACrash,
        Witness::BothSettledAsApplied,
        Witness::ThrownAway,
    ],
    ..OVERLAPPING
};

/// Two programs that overlap their steps, with a record each; nothing else goes wrong.
pub const OVERLAPPING_TWO_PROGRAMS_UNHURT: Scenario = Scenario {
    name: "overlapping, two programs, unhurt",
    entries: &[entry(1, 0, 1), entry(2, 1, 1)],
    faults: 0,
    witnesses: &[Witness::FenceFailed, Witness::BothSettledAsApplied],
    ..OVERLAPPING_TWO_PROGRAMS
};

/// Two programs that overlap their steps, and a record that changes three times and is rejected at first.
pub const OVERLAPPING_TWO_PROGRAMS_SETTING_ASIDE: Scenario = Scenario {
    name: "overlapping, two programs setting aside",
    entries: THREE_VERSIONS,
    rejected: &[(0, 1)],
    faults: 0,
    witnesses: &[Witness::SetAside, Witness::FenceFailed, Witness::ThrownAway, Witness::Killed],
    ..OVERLAPPING_TWO_PROGRAMS
};

/// Two programs that overlap their steps, and a `DB_B` that is restored from a copy.
pub const OVERLAPPING_TWO_PROGRAMS_RESTORED: Scenario = Scenario {
    name: "overlapping, two programs, restored",
    faults: 0,
    restores: true,
    witnesses: &[Witness::FoundBehind, Witness::FenceFailed],
    ..OVERLAPPING_TWO_PROGRAMS
};

/// One program that overlaps its steps, and a `DB_B` that is restored from a copy.
pub const OVERLAPPING_RESTORED: Scenario = Scenario {
    name: "overlapping, restored",
    entries: &[entry(1, 0, 1), entry(2, 0, 2)],
    faults: 1,
    restores: true,
    witnesses: &[Witness::FoundBehind, Witness::TwoOpenAtACrash, Witness::BothSettledAsApplied],
    ..OVERLAPPING
};

/// One program that sends the next batches while one is under way: a record that changes twice, and another one.
pub const SENDING_AHEAD: Scenario = Scenario {
    name: "sending ahead",
    entries: &[entry(1, 0, 1), entry(2, 1, 1), entry(3, 0, 2)],
    sends_ahead: 2,
    faults: 2,
    witnesses: &[
        Witness::LateCommit,
        Witness::SettledAsNotApplied,
        Witness::Killed,
        Witness::BothSettledAsApplied,
        Witness::SentAheadCommitted,
        Witness::SentAheadTooEarly,
        Witness::Withdrawn,
        Witness::ThrownAway,
        Witness::PageKept,
    ],
    ..OVERLAPPING
};

/// One program that sends the next batch while one is under way, of which `DB_B` rejects a record.
pub const SENDING_AHEAD_SETTING_ASIDE: Scenario = Scenario {
    name: "sending ahead, setting aside",
    rejected: &[(0, 1)],
    faults: 1,
    witnesses: &[
        Witness::SetAside,
        Witness::SentAheadCommitted,
        Witness::SentAheadTooEarly,
        Witness::Withdrawn,
    ],
    ..SENDING_AHEAD
};

/// Two programs that send the next batch while one is under way.
pub const SENDING_AHEAD_TWO_PROGRAMS: Scenario = Scenario {
    name: "sending ahead, two programs",
    entries: &[entry(1, 0, 1), entry(2, 1, 1)],
    rounds_of_second: Some(1),
    faults: 0,
    witnesses: &[
        Witness::FenceFailed,
        Witness::SentAheadCommitted,
        Witness::SentAheadTooEarly,
        Witness::PageKept,
    ],
    ..SENDING_AHEAD
};

/// One program that sends the next batch while one is under way, and a `DB_B` that is restored from a copy.
pub const SENDING_AHEAD_RESTORED: Scenario = Scenario {
    name: "sending ahead, restored",
    entries: &[entry(1, 0, 1), entry(2, 1, 1)],
    restores: true,
    witnesses: &[Witness::FoundBehind, Witness::BothSettledAsApplied, Witness::SentAheadCommitted],
    ..SENDING_AHEAD
};
