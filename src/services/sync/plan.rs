//! In which order changes can be made that stand in each other's way.

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

/// What can be made, and in which order.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Each is a change by itself, or several that can only be made together. Whatever a step waits for stands before it.
    pub steps: Vec<Step>,
    /// Changes that wait for something that is not among them, at one remove or more.
    pub stuck: Vec<usize>,
}

/// One step.
#[derive(Debug, PartialEq, Eq)]
pub struct Step {
    /// How many steps must have been made before this one; steps of one level do not wait for each other.
    pub level: usize,
    /// The changes, ascending.
    pub changes: Vec<usize>,
}

/// Orders changes of which each waits for others; `is_stuck` says of each whether it waits for something else besides.
#[must_use]
pub fn plan(waits_for: &[Vec<usize>], is_stuck: &[bool]) -> Plan {
    let mut graph = DiGraph::<usize, ()>::new();
    for change in 0..waits_for.len() {
        graph.add_node(change);
    }
    for (change, others) in waits_for.iter().enumerate() {
        for &other in others {
            graph.add_edge(NodeIndex::new(change), NodeIndex::new(other), ());
        }
    }
    let mut plan = Plan::default();
    // The level at which a change is made; none for those that are stuck.
    let mut levels: Vec<Option<usize>> = vec![None; waits_for.len()];
    // Circles come with those first that lead to no other, so all that a step waits for is decided already.
    for circle in kosaraju_scc(&graph) {
        let mut changes: Vec<usize> = circle.into_iter().map(NodeIndex::index).collect();
        changes.sort_unstable();
        let outside = |other: &&usize| changes.binary_search(other).is_err();
        let before: Option<Vec<usize>> = changes
            .iter()
            .flat_map(|&change| &waits_for[change])
            .filter(outside)
            .map(|&other| levels[other])
            .collect();
        match before.filter(|_| !changes.iter().any(|&change| is_stuck[change])) {
            Some(before) => {
                let level = before.into_iter().max().map_or(0, |level| level + 1);
                for &change in &changes {
                    levels[change] = Some(level);
                }
                plan.steps.push(Step { level, changes });
            }
            None => plan.stuck.extend(changes),
        }
    }
    plan.steps.sort_by_key(|step| (step.level, step.changes[0]));
    plan.stuck.sort_unstable();
    plan
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn steps(waits_for: &[Vec<usize>], stuck: &[usize]) -> (Vec<Vec<usize>>, Vec<usize>) {
        let is_stuck: Vec<bool> = (0..waits_for.len()).map(|change| stuck.contains(&change)).collect();
        let plan = plan(waits_for, &is_stuck);
        (plan.steps.into_iter().map(|step| step.changes).collect(), plan.stuck)
    }

    #[test]
    fn what_is_waited_for_comes_first() {
        assert_eq!(steps(&[vec![1], vec![2], vec![]], &[]), (vec![vec![2], vec![1], vec![0]], vec![]));
        assert_eq!(steps(&[vec![], vec![0], vec![]], &[]), (vec![vec![0], vec![2], vec![1]], vec![]));
    }

    #[test]
    fn a_circle_is_one_step() {
        let waits_for = [vec![1], vec![0], vec![1], vec![]];
        assert_eq!(steps(&waits_for, &[]), (vec![vec![0, 1], vec![3], vec![2]], vec![]));
    }

    #[test]
    fn whoever_waits_for_one_that_is_stuck_is_stuck_too() {
        let waits_for = [vec![1], vec![0], vec![1], vec![], vec![2]];
        assert_eq!(steps(&waits_for, &[1]), (vec![vec![3]], vec![0, 1, 2, 4]));
    }

    #[test]
    fn a_chain_of_a_hundred_thousand_needs_no_deep_stack() {
        let waits_for: Vec<Vec<usize>> =
            (0..100_000).map(|change| if change == 0 { vec![] } else { vec![change - 1] }).collect();
        assert_eq!(steps(&waits_for, &[]).0.len(), 100_000);
    }

    proptest! {
        #[test]
        fn every_change_has_its_place_behind_all_it_waits_for(
            waits_for in prop::collection::vec(prop::collection::vec(0_usize..12, 0..3), 12),
            stuck in prop::collection::vec(0_usize..12, 0..3),
        ) {
            let (steps, stuck) = steps(&waits_for, &stuck);
            let place = |change: usize| steps.iter().position(|step| step.contains(&change));
            for (change, others) in waits_for.iter().enumerate() {
                prop_assert!(place(change).is_some() != stuck.contains(&change));
                for &other in others {
                    prop_assert!(place(change).is_none() || place(other).is_some_and(|before| Some(before) <= place(change)));
                }
            }
        }
    }
}
