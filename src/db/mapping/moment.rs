//! Recognises dates and times as the servers print them, those no calendar has included.
//!
//! A server that is asked for a row by what is no date at all fails the whole statement, so this is known before.

/// Recognises a date: `2026-01-31`, but also `0000-00-00` and `2026-02-31`.
pub(super) fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    matches!(parts.as_slice(), [year, month, day]
        if number(year, 4).is_some() && at_most(month, 2, 12) && at_most(day, 2, 31))
}

/// Recognises a date and a time of day with exactly so many digits of a second.
pub(super) fn is_date_time(text: &str, digits: usize) -> bool {
    text.split_once(' ').is_some_and(|(date, time)| {
        let hour = time.split(':').next().unwrap_or_default();
        is_date(date) && at_most(hour, 2, 23) && is_clock(time, digits)
    })
}

/// Recognises a span of time with exactly so many digits of a second: `-838:59:59`.
pub(super) fn is_time(text: &str, digits: usize) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let hour = unsigned.split(':').next().unwrap_or_default();
    (at_most(hour, 2, 99) || (at_most(hour, 3, 838) && !hour.starts_with('0'))) && is_clock(unsigned, digits)
}

/// Recognises a year.
pub(super) fn is_year(text: &str) -> bool {
    text == "0000" || number(text, 4).is_some_and(|year| (1901..=2155).contains(&year))
}

/// Recognises minutes and seconds behind an hour that the caller has checked.
fn is_clock(text: &str, digits: usize) -> bool {
    let (clock, fraction) = text.split_once('.').unwrap_or((text, ""));
    let parts: Vec<&str> = clock.split(':').collect();
    matches!(parts.as_slice(), [_, minute, second] if at_most(minute, 2, 59) && at_most(second, 2, 59))
        && text.contains('.') == (digits > 0)
        && (digits == 0 || number(fraction, digits).is_some())
}

fn at_most(text: &str, digits: usize, most: u32) -> bool {
    number(text, digits).is_some_and(|number| number <= most)
}

fn number(text: &str, digits: usize) -> Option<u32> {
    let plain = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_times_are_recognised_as_printed_and_no_others() {
        for good in ["2026-01-31", "0000-00-00", "2026-02-31", "2026-00-00"] {
            assert!(is_date(good), "{good}");
        }
        for bad in ["2026-13-01", "2026-01-32", "26-01-01", "2026-1-1", "2026-01-01 ", "", "+026-01-01"] {
            assert!(!is_date(bad), "{bad}");
        }
        assert!(is_date_time("2026-01-31 23:59:59", 0) && is_date_time("0000-00-00 00:00:00.123456", 6));
        for bad in ["2026-01-31", "2026-01-31 24:00:00", "2026-01-31T00:00:00", "2026-01-31 00:00:00.5"] {
            assert!(!is_date_time(bad, 0), "{bad}");
        }
        assert!(!is_date_time("2026-01-31 00:00:00.5", 3) && !is_date_time("2026-01-31 00:00:00", 3));
    }

    #[test]
    fn times_go_beyond_a_day_and_below_zero() {
        for good in ["00:00:00", "-838:59:59", "100:00:00"] {
            assert!(is_time(good, 0), "{good}");
        }
        for bad in ["839:00:00", "012:00:00", "00:60:00", "0:00:00", "00:00", "--1:00:00", "00:00:00."] {
            assert!(!is_time(bad, 0), "{bad}");
        }
        assert!(is_time("-00:00:00.000001", 6) && is_year("1901") && is_year("0000") && !is_year("1900"));
    }
}
