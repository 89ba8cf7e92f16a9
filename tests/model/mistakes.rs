//! The mistakes the design warns of; each switches off one protection of the model.

/// Names a protection that is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// Acknowledges `id between min and max` instead of the exact ids.
    AcknowledgesIdRange,
    /// Acknowledges every entry of the batch's records, later ones too.
    AcknowledgesWholeRecords,
    /// Acknowledges without checking that the intent is still open.
    AcknowledgesUnchecked,
    /// Acknowledges PENDING entries only, although the intent also names FAILED ones.
    LeavesFailedEntries,
    /// Claims "ids above the last one".
    ClaimsAboveHighWaterMark,
    /// Reads the rows in a snapshot older than the queue's.
    ReadsRowsBeforeQueue,
    /// Notes the intent only once `DB_B` has committed.
    NotesIntentAfterApplying,
    /// Notes an intent beside another one, and calls `DB_B` behind only by the batch acknowledged last.
    ///
    /// Each of the two protections covers for the other, so both are gone.
    LetsTheChainFork,
    /// Fences by the token before, not by the generation.
    FencesWithoutGeneration,
    /// Fences by the generation, not by the token before.
    FencesWithoutPrevious,
    /// Does not fence at all.
    FencesNothing,
    /// Fences, and goes on although the fence touched no row.
    IgnoresRowsTouched,
    /// Commits the rows first and writes the ledger after.
    WritesLedgerAfterBatch,
    /// Writes the ledger first and commits the rows after.
    WritesLedgerBeforeBatch,
    /// Settles by reading the ledger only.
    SettlesByReading,
    /// Settles by locking the ledger's row, which waits for a running batch, with no new generation.
    SettlesByWaiting,
    /// Reads the ledger before it writes the new generation.
    ReadsLedgerBeforeWriting,
    /// Takes a COMMIT that timed out for a failure: drops the intent and claims again.
    TakesTimeoutForFailure,
    /// Takes a COMMIT that timed out for a success: acknowledges.
    TakesTimeoutForSuccess,
    /// Calls every batch applied whose number is not above the ledger's, and so lets intents stand
    /// side by side, since their numbers seem to order them.
    ComparesNumbers,
    /// Lists the open intents after it read the ledger.
    ListsAfterReading,
    /// Calls `DB_B` behind for batches acknowledged after the listing.
    CallsBehindWithFreshEyes,
    /// Takes a ledger that is behind for one where nothing more was applied.
    IgnoresThatDbBIsBehind,
    /// Takes a token noted after the listing for one that `DB_A` never issued.
    KnowsListedTokensOnly,
    /// Kills whatever connection it waits for, not only one of a listed intent.
    KillsWhateverItWaitsFor,
    /// Sets a record aside and commits the rest under the token that names all.
    SetsAsideUnderOldToken,
    /// Replaces the intent only once the reduced batch has committed.
    ReplacesIntentAfterCommit,
    /// Replaces the intent and leaves the replaced one's token in the ledger.
    LeavesOldTokenInLedger,
    /// Lets `DB_B` commit the first packet of a batch by itself.
    CommitsEachPacket,
    /// Goes on although the ledger shows a token that `DB_A` never issued.
    IgnoresForeignToken,
    /// Begins a new epoch in `DB_B` and leaves generation and token as they stand.
    KeepsLedgerInNewEpoch,
    /// Compares no epochs, and begins a new one at the token that stands.
    ///
    /// Each of the two protections covers for the other, so both are gone.
    ComparesNoEpoch,
    /// Counts epochs in `DB_A`, and begins each with the token that `install` issued.
    ///
    /// Two copies that begin an epoch of one number are told apart by its token alone, so both protections are gone.
    CountsEpochsInDbA,
    /// Begins a new epoch in `DB_A` first, in `DB_B` last.
    BeginsEpochInDbAFirst,
    /// Takes on whatever epoch `DB_B` shows in the end, not the one that was begun.
    TakesOnWhateverEpochStands,
    /// Renews the generation although the ledger is at another epoch.
    RenewsGenerationOfAnotherEpoch,
    /// Begins a new epoch and queues nothing of what differs.
    ResumesWithoutQueueing,
    /// Calls entries FAILED before the transaction that judged them commits.
    JudgesBeforeCommit,
    /// Uses what was read ahead although the batch before was not committed whole.
    UsesWhatWasReadAheadAnyway,
    /// Reads the rows of entries that are read ahead with these, not when their batch is claimed.
    ReadsRowsWithThePage,
    /// Reads ahead what the batches under way name.
    ClaimsWhatIsInFlight,
    /// Acknowledges a batch while the one before it is open.
    AcknowledgesNewestFirst,
    /// Goes on with the entries that were read ahead after it settled anew.
    KeepsThePageWhenSettling,
    /// Goes on with the entries that were read before it settled, although another program has noted an intent meanwhile.
    KeepsThePageAlthoughDisturbed,
    /// Reads entries before it settles although an intent is open.
    ReadsBesideAnOpenIntent,
    /// Names the entries that were read ahead, and no others of their records, although one is FAILED.
    NamesPagedEntriesOnly,
    /// Claims ahead although a record failed, so that a batch names all open entries of its records, those under way as well.
    ClaimsAheadDespiteFailures,
    /// Takes for applied what the ledger's token names, and nothing before it.
    SettlesTheNewestOnly,
    /// Notes a batch that is sent ahead only once the one before it has committed.
    SendsAheadWhatIsNotNoted,
    /// Goes on with a batch that was rolled back, and does not wait for what became of those sent after it.
    GoesOnBesideWhatWasSentAhead,
}
