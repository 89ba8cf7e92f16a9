//! Numbers, ages and moments as people read them.

use jiff::Timestamp;

/// Writes a number with a comma between thousands: `1,204`.
#[must_use]
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Writes how many there are of something: `1 entry`, `1,204 entries`.
#[must_use]
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", thousands(number), if number == 1 { one } else { many })
}

/// Writes a stretch of time by its two largest units: `41 s`, `3 min 12 s`, `2 h 5 min`, `3 d 4 h`.
#[must_use]
pub fn stretch(seconds: u64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    let two = |large: u64, unit: &str, small: u64, small_unit: &str| match small {
        0 => format!("{} {unit}", thousands(large)),
        small => format!("{} {unit} {small} {small_unit}", thousands(large)),
    };
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) => two(minutes, "min", seconds % 60, "s"),
        (0, hours, _) => two(hours, "h", minutes % 60, "min"),
        (days, _, _) => two(days, "d", hours % 24, "h"),
    }
}

/// Writes how long before or after `now` a moment is: `3 min 12 s ago`, `in 41 s`.
#[must_use]
pub fn away(moment: Timestamp, now: Timestamp) -> String {
    let seconds = now.as_second() - moment.as_second();
    let far = stretch(seconds.unsigned_abs());
    if seconds >= 0 { format!("{far} ago") } else { format!("in {far}") }
}

/// Writes a moment to the second: `2026-03-01 09:14:00 UTC`.
#[must_use]
pub fn moment(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// Writes a text on one line, so that it can do nothing to a terminal and nothing in it is unseen: control characters, and
/// those that turn the direction of writing or have no width, are spelled out. The page does the same, in `words.js`.
#[must_use]
pub fn harmless(text: &str) -> String {
    let escape = |letter: char| {
        if letter.is_control() || is_unseen(letter) {
            letter.escape_default().to_string()
        } else {
            letter.to_string()
        }
    };
    text.chars().map(escape).collect()
}

/// Tells whether a character turns what stands beside it, breaks the line, or leaves no trace. The two joiners are not among
/// them: several scripts are written with them.
const fn is_unseen(letter: char) -> bool {
    matches!(letter,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Writes a name or a key so that it is seen where it ends: in quotes when it is empty or holds blanks, commas or quotes. A
/// key of several columns ends at its bracket.
#[must_use]
pub fn name(text: &str) -> String {
    let ends = |letter: char| letter.is_whitespace() || ",;\"'`".contains(letter);
    let is_plain = !text.is_empty() && !text.contains(ends);
    if is_plain || serde_json::from_str::<Vec<serde_json::Value>>(text).is_ok() {
        return harmless(text);
    }
    format!("\"{}\"", harmless(&text.replace('\\', r"\\").replace('"', "\\\"")))
}

/// Writes several names or keys one after the other, each as [`name`] does.
#[must_use]
pub fn names(all: &[String]) -> String {
    all.iter().map(|one| name(one)).collect::<Vec<_>>().join(", ")
}

/// Writes a word so that a shell takes it as one.
#[must_use]
pub fn shell_word(word: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.:,@".contains(&byte);
    if !word.is_empty() && word.bytes().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(0, "0")]
    #[case(999, "999")]
    #[case(1_000, "1,000")]
    #[case(1_204_567, "1,204,567")]
    fn thousands_are_set_apart(#[case] number: u64, #[case] text: &str) {
        assert_eq!(thousands(number), text);
    }

    #[rstest]
    #[case(0, "0 s")]
    #[case(59, "59 s")]
    #[case(60, "1 min")]
    #[case(192, "3 min 12 s")]
    #[case(3_600, "1 h")]
    #[case(7_559, "2 h 5 min")]
    #[case(86_399, "23 h 59 min")]
    #[case(86_400, "1 d")]
    #[case(273_600, "3 d 4 h")]
    fn a_stretch_of_time_has_two_units(#[case] seconds: u64, #[case] text: &str) {
        assert_eq!(stretch(seconds), text);
    }

    #[test]
    fn moments_are_told_from_now() {
        let now: Timestamp = "2026-03-01T09:14:00.5Z".parse().unwrap();
        let then: Timestamp = "2026-03-01T09:10:48Z".parse().unwrap();
        assert_eq!(away(then, now), "3 min 12 s ago");
        assert_eq!(away(now, then), "in 3 min 12 s");
        assert_eq!(moment(then), "2026-03-01 09:10:48 UTC");
    }

    #[test]
    fn one_is_not_many() {
        assert_eq!(counted(1, "entry", "entries"), "1 entry");
        assert_eq!(counted(2_000, "entry", "entries"), "2,000 entries");
    }

    #[test]
    fn a_text_can_do_nothing_to_a_terminal() {
        assert_eq!(harmless("a\u{1b}[2J\n\u{9b}1m ž"), r"a\u{1b}[2J\n\u{9b}1m ž");
    }

    #[test]
    fn nothing_in_a_text_is_unseen() {
        assert_eq!(
            harmless("live\u{202e}evil\u{200b}\u{2066}\u{feff}"),
            r"live\u{202e}evil\u{200b}\u{2066}\u{feff}"
        );
        assert_eq!(harmless("نمی\u{200c}خواهم 👩\u{200d}🔧 שלום"), "نمی\u{200c}خواهم 👩\u{200d}🔧 שלום");
    }

    #[rstest]
    #[case("42", "42")]
    #[case("O-17/b", "O-17/b")]
    #[case("", r#""""#)]
    #[case("a b, c", r#""a b, c""#)]
    #[case(r#"say "so\"#, r#""say \"so\\""#)]
    #[case("O'Neil", r#""O'Neil""#)]
    #[case(r#"["north, east",7]"#, r#"["north, east",7]"#)]
    #[case("[a, b]", r#""[a, b]""#)]
    #[case("a\n", r#""a\n""#)]
    #[case("\u{1b}[2J", r"\u{1b}[2J")]
    fn a_name_shows_where_it_ends(#[case] text: &str, #[case] shown: &str) {
        assert_eq!(name(text), shown);
    }

    #[test]
    fn a_command_can_be_copied_into_a_shell() {
        assert_eq!(shell_word("42"), "42");
        assert_eq!(shell_word("[\"north\",7]"), "'[\"north\",7]'");
        assert_eq!(shell_word("O'Neil"), r"'O'\''Neil'");
        assert_eq!(shell_word(""), "''");
    }
}
