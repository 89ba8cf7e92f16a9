//! What the two databases, the link and the running cycles hold at one moment.

use crate::clone::Place;
use crate::overlap::Overlap;
use crate::scenario::Scenario;
use crate::set::Set;

/// Counts the records a scenario may name; arrays of this length keep a state small and cheap to hash.
pub const RECORDS: usize = 3;

/// Counts the entries a scenario may name.
pub const ENTRIES: usize = 4;

/// Names an intent, in `DB_A` and in the ledger.
///
/// The real token is random. Here it is drawn in ascending order, so that it can also stand for the
/// intent's number; the protocol as designed compares tokens for equality only.
pub type Token = u8;

/// Holds the version of each record; 0 is "not there yet", or "not part of this batch".
pub type Rows = [u8; RECORDS];

/// Tells where an entry stands; `Unwritten` means that its local transaction has not committed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Status {
    #[default]
    Unwritten,
    Pending,
    Synced,
    Failed,
}

/// Tells what `DB_A` believes about an intent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IntentState {
    Open,
    Acknowledged,
    Dropped,
}

/// Is what `DB_A` notes before a batch is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Intent {
    pub token: Token,
    pub previous: Token,
    pub entries: Set,
    /// `DB_B`'s connection id; the first token noted for it stands for it here.
    pub connection: Token,
    pub state: IntentState,
}

/// Is the local database: the queue and the intents, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct LocalDb {
    pub status: [Status; ENTRIES],
    /// The entries that are other changes than those that got their ids first: written after `DB_A` was restored, or
    /// by the clone.
    pub rewritten: Set,
    pub intents: Vec<Intent>,
    /// How often a person has begun anew.
    pub epoch: u8,
    /// What `DB_B` had when a person decided here: the leave to write over it. It only exists for the properties.
    pub shown: Rows,
}

/// Is this site's row in `DB_B`: the last batch applied and who may apply the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ledger {
    pub token: Token,
    pub generation: u8,
    pub epoch: u8,
}

/// Is the content of a batch: the entries it answers for and the rows it writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Batch {
    pub entries: Set,
    pub rows: Rows,
}

/// Is a batch with all that its fence names, and the entries that were set aside from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Attempt {
    pub place: Place,
    pub ledger: Ledger,
    pub token: Token,
    pub connection: Token,
    pub batch: Batch,
    pub aside: Set,
}

/// Tells how far `DB_B` has come with a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stage {
    /// On its way, or waiting for the ledger's row lock.
    Sent,
    /// Past the fence, holding the row lock; commits whether or not anyone waits for it.
    Running,
    /// Past the fence, holding the row lock, the rest of the batch still to come; waits for its client.
    Waiting,
    /// Past the fence, holding the row lock, one record rejected; waits for its client.
    Stuck,
    /// Running although its fence touched no row; only a mistake leads here.
    Unfenced,
    /// Committed one half of its work; only a mistake leads here.
    Halfway,
}

/// Tells what a packet asks of `DB_B`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Load {
    /// Write a new generation, if the ledger is at this epoch; the cycle that asked has given up on the answer.
    Generation(u8),
    /// Fence, rows, COMMIT.
    Batch(Attempt),
}

/// Is one transaction that was sent to `DB_B` and has not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Packet {
    pub load: Load,
    pub stage: Stage,
    /// The cycle that waits for the answer, if one still does.
    pub client: Option<usize>,
}

/// Is what `DB_B` keeps on disk; all but the rows and the ledger only exists for the properties.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct CentralDb {
    pub rows: Rows,
    pub ledger: Ledger,
    /// The tokens of all batches that committed.
    pub applied: Set,
    /// The entries of all batches that committed in this epoch.
    pub answered: Set,
    /// Whose epoch this is, once site and clone part: who began it, or else who wrote first.
    pub owner: Option<Place>,
}

/// Is what a settling cycle saw in `DB_A` before it went to `DB_B`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Listing {
    pub open: Set,
    pub acknowledged: Set,
    /// The newest intent.
    pub highest: Token,
    /// Whether this settling ends the time of doubt that a restored `DB_B` began.
    pub heals: bool,
}

/// Tells where a cycle stands, with what it remembers there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Found nothing left to do; nothing has changed since.
    Rest,
    /// Not begun, or ended with a doubt: the next thing is to settle.
    Idle,
    /// Met a token that `DB_A` does not know; a person must look.
    Stopped,
    /// Settling: `DB_A`'s intents are listed.
    Listed(Listing),
    /// Read the ledger and has yet to write the generation; only a mistake leads here.
    Peeked(Listing, Token),
    /// Settling: the new generation is written and the ledger read.
    Read(Listing, Ledger),
    /// Settled, or acknowledged: free to claim.
    Ready(Ledger),
    /// Read the rows and has yet to read the queue; only a mistake leads here.
    HalfClaimed(Ledger, Rows),
    Claimed(Ledger, Batch),
    /// The intent is durable in `DB_A`.
    Noted(Attempt),
    /// `DB_B` has carried out the first packet and waits for the second.
    PartSent(Attempt),
    /// Waits for `DB_B`.
    Sent(Attempt),
    /// `DB_B` rejected a record and keeps the transaction open.
    Rejected(Attempt),
    /// `DB_A` replaced the intent by one that names what remains.
    Replaced(Attempt),
    /// Knows that `DB_B` committed.
    Committed(Attempt),
    /// Knows that `DB_B` rolled back, for another's sake.
    Undone(Attempt),
    /// A person's decision: `DB_B` has begun the new epoch.
    EpochBegun(Ledger, Trust),
    /// The differences are carried out in `DB_A`, which has yet to take the epoch on.
    CarriedOut(Ledger),
    /// `DB_A` has taken on an epoch that `DB_B` has yet to begin; only a mistake leads here.
    TakenOn(Ledger),
}

/// Which side a person lets win.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Trust {
    Local,
    Central,
}

/// Is one run of the program; a crash ends it and the next one knows nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cycle {
    pub step: Step,
    /// What it remembers beside its step, where steps overlap.
    pub overlap: Overlap,
    /// How often it may still begin to settle; `None` is without bound.
    pub rounds_left: Option<u8>,
    /// Whether it learnt all it knows after `DB_B` was restored.
    pub fresh: bool,
}

/// Tells whether `DB_B` was restored from a copy, and whether that has been healed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Restored {
    Never,
    Unhealed,
    Healed,
}

/// Names a harm that shows in a step and not in the state it leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Harm {
    AppliedTwice,
    WentBack,
    CalledBehindWrongly,
    OverwroteUnknown,
    WroteInAnothersEpoch,
}

/// Names what just happened, to prove that it can; every other step clears it, so it costs few states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Witness {
    LateCommit,
    SettledAsApplied,
    SettledAsNotApplied,
    SetAside,
    LateEntrySynced,
    FenceFailed,
    Killed,
    SentAgain,
    LateGeneration,
    FoundBehind,
    LostBetweenPackets,
    StoppedByForeignToken,
    StoppedByOtherEpoch,
    Resumed,
    ResumedAtTheClone,
    ResumedInVain,
    SettledAtTheClone,
    OverwroteAsDecided,
    TwoOpenAtACrash,
    BothSettledAsApplied,
    ThrownAway,
    SentAheadCommitted,
    SentAheadTooEarly,
    Withdrawn,
    PageKept,
}

/// Is everything: both databases, the link between them, and whoever works on them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    pub local: LocalDb,
    pub central: CentralDb,
    pub packets: Vec<Packet>,
    pub cycles: Vec<Cycle>,
    /// A copy of `DB_B` that it may be restored from.
    pub copy: Option<CentralDb>,
    pub restored: Restored,
    /// A copy of `DB_A` that it may be restored from.
    pub local_copy: Option<LocalDb>,
    /// The last token drawn before `DB_A` was restored; what carries it or one before was sent by the `DB_A` that is gone.
    pub local_restored: Option<Token>,
    /// A copy of `DB_A` that works on beside it, once there is one.
    pub clone: Option<LocalDb>,
    /// The last token drawn before the clone was made; both know what carries it or one before.
    pub cloned_at: Token,
    /// How often a person may still let site or clone go on.
    pub decisions_left: u8,
    pub tokens_drawn: Token,
    pub generations_drawn: u8,
    pub faults_left: u8,
    /// The entries whose rejection was followed by a COMMIT in the same transaction.
    pub judged: Set,
    pub harm: Option<Harm>,
    pub witness: Option<Witness>,
}

impl State {
    /// Returns the moment after `install`: token 0 on both sides, nothing written yet.
    pub fn installed(scenario: &Scenario) -> Self {
        let cycle =
            |rounds_left| Cycle { step: Step::Rest, overlap: Overlap::default(), rounds_left, fresh: true };
        let mut cycles = vec![cycle(None)];
        cycles.extend(scenario.rounds_of_second.map(|rounds| cycle(Some(rounds))));
        Self {
            local: LocalDb::default(),
            central: CentralDb::default(),
            packets: Vec::new(),
            cycles,
            copy: None,
            restored: Restored::Never,
            local_copy: None,
            local_restored: None,
            clone: None,
            cloned_at: 0,
            decisions_left: scenario.decisions,
            tokens_drawn: 0,
            generations_drawn: 0,
            faults_left: scenario.faults,
            judged: Set::default(),
            harm: None,
            witness: None,
        }
    }

    /// Tells whether a dropped batch may come late after all, and its entries be applied anew.
    ///
    /// A restored `DB_B` forgets the generation that shut it out, and a second program may still hold
    /// it. That does no harm: the fence's previous token keeps the chain whole, and rows never go back.
    pub fn may_reapply(&self) -> bool {
        self.restored != Restored::Never && self.cycles.len() > 1
    }

    /// Tells whether no packet is under way and no cycle in the middle of something.
    pub fn is_quiet(&self) -> bool {
        let between_cycles = |cycle: &Cycle| match cycle.step {
            Step::Rest | Step::Idle => cycle.overlap.unacknowledged.is_none(),
            Step::Stopped => self.clone.is_some(),
            _ => false,
        };
        self.packets.is_empty() && self.cycles.iter().all(between_cycles)
    }

    /// Counts the intents that wait to be acknowledged or settled.
    pub fn open_intents(&self) -> usize {
        let intents = self.local.intents.iter();
        intents.filter(|intent| intent.state == IntentState::Open).count()
    }

    /// Tells whether an intent waits to be settled.
    pub fn has_open_intent(&self) -> bool {
        self.open_intents() > 0
    }

    /// Draws a token that no one has used.
    pub fn draw_token(&mut self) -> Token {
        self.tokens_drawn += 1;
        self.tokens_drawn
    }

    /// Draws a generation that no one has used, a copy of `DB_B` included.
    pub fn draw_generation(&mut self) -> u8 {
        self.generations_drawn += 1;
        self.generations_drawn
    }

    /// Lets every resting cycle look again, since something changed.
    ///
    /// The real cycle looks at every tick; here it looks only when that can matter, or no run would end.
    pub fn wake(&mut self) {
        for cycle in &mut self.cycles {
            if cycle.step == Step::Rest {
                cycle.step = Step::Idle;
            }
        }
    }
}
