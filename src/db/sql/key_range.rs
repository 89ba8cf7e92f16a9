//! A stretch of a table by its primary key, of however many columns and whatever types.

use super::quoting;

/// The rows after one key up to another; an end that is not given is open.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyRange {
    /// The last key before the range, as SQL literals.
    pub after: Option<Vec<String>>,
    /// The last key of the range, as SQL literals.
    pub up_to: Option<Vec<String>>,
}

impl KeyRange {
    /// Writes the condition that picks the range.
    ///
    /// `(a, b) > (x, y)` would be read row by row: the engines walk an index only for what is spelt out.
    #[must_use]
    pub fn condition<'a>(&self, key: impl IntoIterator<Item = &'a str>) -> String {
        let columns: Vec<String> = key.into_iter().map(quoting::name).collect();
        let ends: Vec<String> = [(&self.after, Beyond::After), (&self.up_to, Beyond::UpTo)]
            .into_iter()
            .filter_map(|(key, beyond)| key.as_ref().map(|key| beyond.condition(&columns, key)))
            .collect();
        if ends.is_empty() { "true".to_owned() } else { ends.join(" and ") }
    }
}

/// Which side of a key is meant.
#[derive(Clone, Copy)]
enum Beyond {
    After,
    UpTo,
}

impl Beyond {
    fn condition(self, columns: &[String], key: &[String]) -> String {
        let (strict, last) = match self {
            Self::After => (">", ">"),
            Self::UpTo => ("<", "<="),
        };
        let mut alternatives = Vec::new();
        for end in 0..columns.len() {
            let equal = columns[..end].iter().zip(key).map(|(column, value)| format!("{column} = {value}"));
            let sign = if end + 1 == columns.len() { last } else { strict };
            let beyond = format!("{} {sign} {}", columns[end], key[end]);
            alternatives.push(equal.chain([beyond]).collect::<Vec<_>>().join(" and "));
        }
        match alternatives.as_slice() {
            [only] => only.clone(),
            // The first column alone bounds the stretch of the index that is walked.
            several => format!("{} {strict}= {} and ({})", columns[0], key[0], several.join(" or ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(values: &[&str]) -> Vec<String> {
        values.iter().map(|&value| value.to_owned()).collect()
    }

    #[test]
    fn a_range_without_ends_is_the_whole_table() {
        assert_eq!(KeyRange::default().condition(["id"]), "true");
    }

    #[test]
    fn the_key_before_the_range_is_left_out_and_its_last_key_is_in() {
        let range = KeyRange { after: Some(key(&["7"])), up_to: Some(key(&["9"])) };
        assert_eq!(range.condition(["id"]), "`id` > 7 and `id` <= 9");
    }

    #[test]
    fn a_composite_key_is_spelt_out_for_the_index() {
        let range =
            KeyRange { after: Some(key(&["'n'", "1", "x'00'"])), up_to: Some(key(&["'s'", "2", "x'01'"])) };
        insta::assert_snapshot!(
            range.condition(["a", "b", "c"]),
            @"`a` >= 'n' and (`a` > 'n' or `a` = 'n' and `b` > 1 or `a` = 'n' and `b` = 1 and `c` > x'00') and `a` <= 's' and (`a` < 's' or `a` = 's' and `b` < 2 or `a` = 's' and `b` = 2 and `c` <= x'01')"
        );
    }
}
