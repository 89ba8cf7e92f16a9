//! Plants each mistake and expects the checker to find the harm it does.

use std::collections::BTreeSet;

use stateright::{Checker, HasDiscoveries, Model};

use crate::Protocol;
use crate::mistakes::Mistake;
use crate::properties::{
    BEHIND_IS_TRUE, DROPPED_IS_NOT_APPLIED, FAILED_WAS_JUDGED, NEVER_STOPS, NO_BATCH_TWICE, NO_RECORD_BACK,
    NOTHING_IS_LOST, NOTHING_OVERWRITTEN, ONE_WRITER, RUNS_END, SYNCED_IS_TRUE,
};
use crate::scenario::{
    BACKWARD_IDS, CLONED, CLONED_AND_RESUMED_TWICE, LATE_ENTRIES, LOCAL_RESTORED, OVERLAPPING,
    OVERLAPPING_SETTING_ASIDE, OVERLAPPING_TWO_PROGRAMS_UNHURT, OVERLAPPING_WITH_REST, RESTORED,
    SENDING_AHEAD, SENDING_AHEAD_TWO_PROGRAMS, SETTING_ASIDE, SEVERAL_PACKETS, Scenario, THREE_VERSIONS,
    TWO_PROGRAMS, TWO_PROGRAMS_RESTORED, TWO_PROGRAMS_UNHURT,
};

/// Fails unless `mistake` breaks `property` in `scenario`; prints the shortest way there.
fn finds(mistake: Mistake, scenario: Scenario, property: &'static str) {
    let protocol = Protocol { scenario: scenario.with(mistake) };
    // One thread visits the states in order of depth, so the way that is printed is a shortest one.
    let checker =
        protocol.checker().finish_when(HasDiscoveries::AnyOf(BTreeSet::from([property]))).spawn_bfs().join();
    let Some(path) = checker.discovery(property) else {
        panic!("{mistake:?} goes unnoticed: \"{property}\" still holds");
    };
    println!("{mistake:?} breaks \"{property}\":\n{:?}", path.into_actions());
}

#[test]
fn acknowledging_a_range_of_ids_is_found() {
    finds(Mistake::AcknowledgesIdRange, LATE_ENTRIES, SYNCED_IS_TRUE);
}

#[test]
fn acknowledging_whole_records_is_found() {
    finds(Mistake::AcknowledgesWholeRecords, BACKWARD_IDS, SYNCED_IS_TRUE);
}

#[test]
fn acknowledging_an_intent_that_is_no_longer_open_is_found() {
    finds(Mistake::AcknowledgesUnchecked, TWO_PROGRAMS_RESTORED, SYNCED_IS_TRUE);
}

#[test]
fn leaving_failed_entries_out_of_the_acknowledgement_is_found() {
    finds(Mistake::LeavesFailedEntries, SETTING_ASIDE, NOTHING_IS_LOST);
}

#[test]
fn claiming_above_a_high_water_mark_is_found() {
    finds(Mistake::ClaimsAboveHighWaterMark, LATE_ENTRIES, NOTHING_IS_LOST);
}

#[test]
fn reading_rows_before_the_queue_is_found() {
    finds(Mistake::ReadsRowsBeforeQueue, BACKWARD_IDS, SYNCED_IS_TRUE);
}

#[test]
fn noting_the_intent_after_applying_is_found() {
    finds(Mistake::NotesIntentAfterApplying, LATE_ENTRIES, NEVER_STOPS);
}

#[test]
fn letting_the_chain_of_intents_fork_is_found() {
    finds(Mistake::LetsTheChainFork, TWO_PROGRAMS_RESTORED, NOTHING_IS_LOST);
}

#[test]
fn fencing_without_the_generation_is_found() {
    finds(Mistake::FencesWithoutGeneration, LATE_ENTRIES, DROPPED_IS_NOT_APPLIED);
}

#[test]
fn fencing_without_the_previous_token_is_found() {
    finds(Mistake::FencesWithoutPrevious, RESTORED, SYNCED_IS_TRUE);
}

#[test]
fn not_fencing_is_found() {
    finds(Mistake::FencesNothing, BACKWARD_IDS, NO_RECORD_BACK);
}

#[test]
fn ignoring_how_many_rows_the_fence_touched_is_found() {
    finds(Mistake::IgnoresRowsTouched, BACKWARD_IDS, NO_RECORD_BACK);
}

#[test]
fn writing_the_ledger_after_the_batch_is_found() {
    finds(Mistake::WritesLedgerAfterBatch, LATE_ENTRIES, NO_BATCH_TWICE);
}

#[test]
fn writing_the_ledger_before_the_batch_is_found() {
    finds(Mistake::WritesLedgerBeforeBatch, LATE_ENTRIES, SYNCED_IS_TRUE);
}

#[test]
fn settling_by_reading_the_ledger_is_found() {
    finds(Mistake::SettlesByReading, LATE_ENTRIES, DROPPED_IS_NOT_APPLIED);
}

#[test]
fn settling_by_waiting_for_the_ledger_is_found() {
    finds(Mistake::SettlesByWaiting, LATE_ENTRIES, NO_BATCH_TWICE);
}

#[test]
fn reading_the_ledger_before_writing_the_generation_is_found() {
    finds(Mistake::ReadsLedgerBeforeWriting, LATE_ENTRIES, NO_BATCH_TWICE);
}

#[test]
fn taking_a_timeout_for_a_failure_is_found() {
    finds(Mistake::TakesTimeoutForFailure, LATE_ENTRIES, NO_BATCH_TWICE);
}

#[test]
fn taking_a_timeout_for_a_success_is_found() {
    finds(Mistake::TakesTimeoutForSuccess, LATE_ENTRIES, SYNCED_IS_TRUE);
}

#[test]
fn comparing_batch_numbers_is_found() {
    finds(Mistake::ComparesNumbers, TWO_PROGRAMS, SYNCED_IS_TRUE);
}

#[test]
fn listing_intents_after_reading_the_ledger_is_found() {
    finds(Mistake::ListsAfterReading, TWO_PROGRAMS, DROPPED_IS_NOT_APPLIED);
}

#[test]
fn calling_the_central_database_behind_for_what_was_not_listed_is_found() {
    finds(Mistake::CallsBehindWithFreshEyes, TWO_PROGRAMS, BEHIND_IS_TRUE);
}

#[test]
fn knowing_only_the_listed_tokens_is_found() {
    finds(Mistake::KnowsListedTokensOnly, TWO_PROGRAMS, NEVER_STOPS);
}

#[test]
fn ignoring_that_the_central_database_is_behind_is_found() {
    finds(Mistake::IgnoresThatDbBIsBehind, RESTORED, NOTHING_IS_LOST);
}

#[test]
fn killing_whatever_it_waits_for_is_found() {
    finds(Mistake::KillsWhateverItWaitsFor, TWO_PROGRAMS_UNHURT, RUNS_END);
}

#[test]
fn setting_aside_under_the_old_token_is_found() {
    finds(Mistake::SetsAsideUnderOldToken, SETTING_ASIDE, SYNCED_IS_TRUE);
}

#[test]
fn replacing_the_intent_after_the_commit_is_found() {
    finds(Mistake::ReplacesIntentAfterCommit, SETTING_ASIDE, NEVER_STOPS);
}

#[test]
fn leaving_the_old_token_in_the_ledger_is_found() {
    finds(Mistake::LeavesOldTokenInLedger, SETTING_ASIDE, DROPPED_IS_NOT_APPLIED);
}

#[test]
fn committing_each_packet_by_itself_is_found() {
    finds(Mistake::CommitsEachPacket, SEVERAL_PACKETS, SYNCED_IS_TRUE);
}

#[test]
fn ignoring_a_foreign_token_is_found() {
    finds(Mistake::IgnoresForeignToken, LOCAL_RESTORED, NOTHING_OVERWRITTEN);
}

#[test]
fn resuming_without_queueing_what_differs_is_found() {
    finds(Mistake::ResumesWithoutQueueing, LOCAL_RESTORED, NOTHING_IS_LOST);
}

#[test]
fn ignoring_a_foreign_token_at_a_clone_is_found() {
    finds(Mistake::IgnoresForeignToken, CLONED, ONE_WRITER);
}

#[test]
fn keeping_generation_and_token_in_a_new_epoch_is_found() {
    finds(Mistake::KeepsLedgerInNewEpoch, CLONED, ONE_WRITER);
}

#[test]
fn comparing_no_epoch_is_found() {
    finds(Mistake::ComparesNoEpoch, CLONED, ONE_WRITER);
}

#[test]
fn counting_epochs_in_local_is_found() {
    finds(Mistake::CountsEpochsInDbA, CLONED_AND_RESUMED_TWICE, ONE_WRITER);
}

#[test]
fn beginning_an_epoch_in_local_first_is_found() {
    finds(Mistake::BeginsEpochInDbAFirst, CLONED, SYNCED_IS_TRUE);
}

#[test]
fn taking_on_whatever_epoch_stands_is_found() {
    finds(Mistake::TakesOnWhateverEpochStands, CLONED_AND_RESUMED_TWICE, ONE_WRITER);
}

#[test]
fn renewing_the_generation_of_another_epoch_is_found() {
    finds(
        Mistake::RenewsGenerationOfAnotherEpoch,
        Scenario { decisions: 1, ..CLONED_AND_RESUMED_TWICE },
        RUNS_END,
    );
}

#[test]
fn judging_before_the_commit_is_found() {
    finds(Mistake::JudgesBeforeCommit, SETTING_ASIDE, FAILED_WAS_JUDGED);
}

#[test]
fn using_what_was_read_ahead_although_a_record_was_set_aside_is_found() {
    finds(Mistake::UsesWhatWasReadAheadAnyway, OVERLAPPING_SETTING_ASIDE, NOTHING_IS_LOST);
}

#[test]
fn using_what_was_read_ahead_although_the_batch_before_is_claimed_again_is_found() {
    let scenario = Scenario { entries: THREE_VERSIONS, ..OVERLAPPING };
    finds(Mistake::UsesWhatWasReadAheadAnyway, scenario, NO_RECORD_BACK);
}

#[test]
fn reading_rows_with_entries_that_are_read_ahead_is_found() {
    finds(Mistake::ReadsRowsWithThePage, OVERLAPPING_WITH_REST, SYNCED_IS_TRUE);
}

#[test]
fn claiming_what_is_in_flight_is_found() {
    finds(Mistake::ClaimsWhatIsInFlight, OVERLAPPING, NO_BATCH_TWICE);
}

#[test]
fn acknowledging_a_batch_before_the_one_before_it_is_found() {
    finds(Mistake::AcknowledgesNewestFirst, OVERLAPPING, DROPPED_IS_NOT_APPLIED);
}

#[test]
fn keeping_what_was_read_ahead_when_settling_is_found() {
    finds(Mistake::KeepsThePageWhenSettling, OVERLAPPING_TWO_PROGRAMS_UNHURT, NO_BATCH_TWICE);
}

#[test]
fn naming_entries_that_were_read_ahead_only_is_found() {
    finds(Mistake::NamesPagedEntriesOnly, OVERLAPPING_SETTING_ASIDE, NOTHING_IS_LOST);
}

#[test]
fn claiming_ahead_although_a_record_failed_is_found() {
    let scenario = Scenario { entries: THREE_VERSIONS, ..OVERLAPPING_SETTING_ASIDE };
    finds(Mistake::ClaimsAheadDespiteFailures, scenario, NO_BATCH_TWICE);
}

#[test]
fn settling_the_newest_open_batch_only_is_found() {
    finds(Mistake::SettlesTheNewestOnly, OVERLAPPING, DROPPED_IS_NOT_APPLIED);
}

#[test]
fn sending_ahead_what_is_not_noted_is_found() {
    finds(Mistake::SendsAheadWhatIsNotNoted, SENDING_AHEAD, NEVER_STOPS);
}

#[test]
fn sending_ahead_without_the_previous_token_in_the_fence_is_found() {
    finds(Mistake::FencesWithoutPrevious, SENDING_AHEAD, SYNCED_IS_TRUE);
}

#[test]
fn going_on_beside_what_was_sent_ahead_is_found() {
    finds(Mistake::GoesOnBesideWhatWasSentAhead, SENDING_AHEAD, DROPPED_IS_NOT_APPLIED);
}

#[test]
fn keeping_what_was_read_while_another_program_noted_an_intent_is_found() {
    finds(Mistake::KeepsThePageAlthoughDisturbed, SENDING_AHEAD_TWO_PROGRAMS, NO_BATCH_TWICE);
}

#[test]
fn reading_entries_before_an_open_intent_is_settled_is_found() {
    finds(Mistake::ReadsBesideAnOpenIntent, SENDING_AHEAD, NO_BATCH_TWICE);
}
