//! Conditions that name exactly some whole numbers.

/// Numbers in ascending ranges, first and last included, with no number outside the set between them.
pub type Ranges = Vec<(i128, i128)>;

/// How many numbers in a row are written as a range; servers look up fewer as quickly one by one.
const SHORTEST_RUN: i128 = 8;

/// Puts numbers together to ranges.
#[must_use]
pub fn ranges(mut numbers: Vec<i128>) -> Ranges {
    numbers.sort_unstable();
    let mut ranges = Ranges::new();
    for number in numbers {
        match ranges.last_mut() {
            Some((_, last)) if number <= *last + 1 => *last = number,
            Some(_) | None => ranges.push((number, number)),
        }
    }
    ranges
}

/// Tells how many numbers and ranges [`condition`] writes for one range.
#[must_use]
pub const fn terms((first, last): (i128, i128)) -> i128 {
    let count = last - first + 1;
    if count < SHORTEST_RUN { count } else { 2 }
}

/// Writes the condition that a column has one of these numbers. A server takes less than half the time over a long range
/// than over a list.
///
/// A range is read up to the row behind it, and some servers wait there for whoever is writing that one. So the last number
/// of each range is listed instead: what is behind the range is then one of the rows that are meant.
#[must_use]
pub fn condition(column: &str, ranges: &[(i128, i128)]) -> String {
    let (mut conditions, mut listed) = (Vec::new(), Vec::new());
    for &(first, last) in ranges {
        let mut first = first;
        if last - first + 1 >= SHORTEST_RUN {
            conditions.push(format!("{column} between {first} and {}", last - 1));
            first = last;
        }
        listed.extend((first..=last).map(|number| number.to_string()));
    }
    conditions.push(format!("{column} in ({})", listed.join(",")));
    format!("({})", conditions.join(" or "))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn long_runs_are_ranges_up_to_their_last_number() {
        let all = ranges((1..=9).chain([12]).chain(20..=26).chain([-3]).collect());
        assert_eq!(all, [(-3, -3), (1, 9), (12, 12), (20, 26)]);
        assert_eq!(condition("id", &all), "(id between 1 and 8 or id in (-3,9,12,20,21,22,23,24,25,26))");
        assert_eq!(all.into_iter().map(terms).sum::<i128>(), 1 + 2 + 1 + 7);
    }

    proptest! {
        #[test]
        fn ranges_hold_exactly_the_numbers(numbers in proptest::collection::btree_set(-40_i128..200, 0..150)) {
            let held: Vec<i128> = ranges(numbers.iter().copied().collect()).into_iter().flat_map(|(a, b)| a..=b).collect();
            prop_assert_eq!(held, numbers.into_iter().collect::<Vec<_>>());
        }
    }
}
