//! Visits every state of each scenario and finds no harm.

use stateright::{Checker, Model};

use crate::Protocol;
use crate::scenario::{self, Scenario};

/// Visits every state; fails on any harm, and when a witness was never seen.
fn holds(scenario: Scenario) {
    let name = scenario.name;
    let checker = Protocol { scenario }.checker().threads(2).spawn_bfs().join();
    println!(
        "{name}: {} states, {} steps, up to {} in a row",
        checker.unique_state_count(),
        checker.state_count(),
        checker.max_depth(),
    );
    assert!(checker.is_done(), "{name}: not every state was visited");
    checker.assert_properties();
}

#[test]
fn late_entries_are_synchronised_whatever_is_lost() {
    holds(scenario::LATE_ENTRIES);
}

#[test]
fn a_record_whose_ids_run_backwards_never_goes_back() {
    holds(scenario::BACKWARD_IDS);
}

#[test]
fn a_rejected_record_is_set_aside_and_its_next_version_arrives() {
    holds(scenario::SETTING_ASIDE);
}

#[test]
fn two_programs_do_each_other_no_harm() {
    holds(scenario::TWO_PROGRAMS);
}

#[test]
fn two_programs_let_each_other_finish() {
    holds(scenario::TWO_PROGRAMS_UNHURT);
}

#[test]
fn two_programs_may_set_aside_the_same_record() {
    holds(scenario::TWO_PROGRAMS_SETTING_ASIDE);
}

#[test]
fn a_batch_in_two_packets_is_applied_whole_or_not_at_all() {
    holds(scenario::SEVERAL_PACKETS);
}

#[test]
fn a_restored_local_database_stops_and_goes_on_as_a_person_decides() {
    holds(scenario::LOCAL_RESTORED);
}

#[test]
fn of_a_site_and_its_clone_only_one_goes_on() {
    holds(scenario::CLONED);
}

#[test]
fn of_a_site_and_its_clone_only_one_goes_on_whatever_is_lost() {
    holds(scenario::CLONED_AND_HURT);
}

#[test]
fn of_a_site_and_its_clone_the_one_resumed_last_goes_on() {
    holds(scenario::CLONED_AND_RESUMED_TWICE);
}

#[test]
fn a_restored_central_database_catches_up() {
    holds(scenario::RESTORED);
}

#[test]
fn a_restored_central_database_catches_up_with_two_programs() {
    holds(scenario::TWO_PROGRAMS_RESTORED);
}

#[test]
fn steps_that_overlap_do_no_harm_whatever_is_lost() {
    holds(scenario::OVERLAPPING);
}

#[test]
fn entries_left_from_an_earlier_look_are_claimed_with_the_rows_of_now() {
    holds(scenario::OVERLAPPING_WITH_REST);
}

#[test]
fn a_rejected_record_is_set_aside_while_steps_overlap() {
    holds(scenario::OVERLAPPING_SETTING_ASIDE);
}

#[test]
fn two_programs_whose_steps_overlap_do_each_other_no_harm() {
    holds(scenario::OVERLAPPING_TWO_PROGRAMS);
}

#[test]
fn two_programs_whose_steps_overlap_let_each_other_finish() {
    holds(scenario::OVERLAPPING_TWO_PROGRAMS_UNHURT);
}

#[test]
fn two_programs_whose_steps_overlap_may_set_aside_the_same_record() {
    holds(scenario::OVERLAPPING_TWO_PROGRAMS_SETTING_ASIDE);
}

#[test]
fn a_restored_central_database_catches_up_with_two_programs_whose_steps_overlap() {
    holds(scenario::OVERLAPPING_TWO_PROGRAMS_RESTORED);
}

#[test]
fn a_restored_central_database_catches_up_while_steps_overlap() {
    holds(scenario::OVERLAPPING_RESTORED);
}

#[test]
fn a_batch_sent_while_one_is_under_way_does_no_harm_whatever_is_lost() {
    holds(scenario::SENDING_AHEAD);
}

#[test]
fn a_rejected_record_is_set_aside_although_the_next_batch_was_sent() {
    holds(scenario::SENDING_AHEAD_SETTING_ASIDE);
}

#[test]
fn two_programs_that_send_ahead_do_each_other_no_harm() {
    holds(scenario::SENDING_AHEAD_TWO_PROGRAMS);
}

#[test]
fn a_restored_central_database_catches_up_although_the_next_batch_was_sent() {
    holds(scenario::SENDING_AHEAD_RESTORED);
}
