//! Shows values to people.

use std::fmt::Write as _;

use crate::db::fields::FieldValue;
use crate::db::mapping::{MappedColumn, TableMapping, ValueForm};
use crate::db::sql::fields::MOST_BYTES_SHOWN;
use crate::models::explanation::{FieldPair, Sameness};

/// What was seen of one side's row.
#[derive(Debug, Clone, Copy)]
pub(super) enum Seen<'a> {
    /// The side could not be looked at.
    Nothing,
    /// There is no such row.
    NoRow,
    /// Its fields.
    Row(&'a [FieldValue]),
}

impl<'a> Seen<'a> {
    pub(super) fn of(fields: Option<&'a Vec<FieldValue>>) -> Self {
        fields.map_or(Self::NoRow, |fields| Self::Row(fields))
    }

    fn value(self, index: usize) -> Option<&'a FieldValue> {
        match self {
            Self::Nothing | Self::NoRow => None,
            Self::Row(fields) => fields.get(index),
        }
    }
}

/// Compares both rows as wholes.
pub(super) fn verdict(local: Seen<'_>, central: Seen<'_>) -> Sameness {
    match (local, central) {
        (Seen::Nothing, _) | (_, Seen::Nothing) => Sameness::Unknown,
        (Seen::NoRow, Seen::NoRow) => Sameness::Nowhere,
        (Seen::Row(_), Seen::NoRow) => Sameness::OnlyLocal,
        (Seen::NoRow, Seen::Row(_)) => Sameness::OnlyCentral,
        (Seen::Row(a), Seen::Row(b)) => {
            let same = a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.is_same(b));
            if same { Sameness::Same } else { Sameness::Different }
        }
    }
}

/// Puts both rows side by side; nothing at all when neither side has one.
pub(super) fn side_by_side(table: &TableMapping, local: Seen<'_>, central: Seen<'_>) -> Vec<FieldPair> {
    if !matches!((local, central), (Seen::Row(_), _) | (_, Seen::Row(_))) {
        return Vec::new();
    }
    table
        .columns
        .iter()
        .enumerate()
        .map(|(index, column)| {
            let (a, b) = (local.value(index), central.value(index));
            let same = match (local, central) {
                (Seen::Nothing, _) | (_, Seen::Nothing) => None,
                (_, _) => Some(matches!((a, b), (Some(a), Some(b)) if a.is_same(b))),
            };
            let show = |value: Option<&FieldValue>| value.and_then(|value| shown(column, value));
            FieldPair { column: column.name.clone(), local: show(a), central: show(b), same }
        })
        .collect()
}

/// Writes a value as text, binary ones and those with a byte that has no character in hexadecimal; a password is never shown.
fn shown(column: &MappedColumn, value: &FieldValue) -> Option<String> {
    let bytes = value.first_bytes.as_ref()?;
    if is_secret(&column.name) {
        return Some("(not shown)".to_owned());
    }
    let mut text = match column.form {
        ValueForm::Encoded(_) if value.unreadable.is_some() => {
            hexadecimal(value.unreadable.as_deref().unwrap_or_default())
        }
        ValueForm::Digits
        | ValueForm::Quoted
        | ValueForm::Position
        | ValueForm::Floating
        | ValueForm::Json
        | ValueForm::Encoded(_) => String::from_utf8_lossy(bytes).into_owned(),
        ValueForm::Hexadecimal => hexadecimal(bytes),
    };
    if value.length > MOST_BYTES_SHOWN {
        // The cut may have gone through a character.
        let whole = text.trim_end_matches(char::REPLACEMENT_CHARACTER).len();
        text.truncate(whole);
        // Writing to a String cannot fail.
        let _ = write!(text, "… ({} bytes)", value.length);
    }
    Some(text)
}

fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = "0x".to_owned();
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn is_secret(column: &str) -> bool {
    let name = column.to_lowercase();
    ["passw", "pwd", "secret"].iter().any(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_known_by_their_columns() {
        for name in ["password", "PasswordHash", "user_pwd", "passwd", "client_secret"] {
            assert!(is_secret(name), "{name}");
        }
        assert!(!is_secret("email") && !is_secret("passenger"));
    }

    #[test]
    fn bytes_are_shown_in_hexadecimal() {
        assert_eq!(hexadecimal(&[0, 255]), "0x00ff");
        assert_eq!(hexadecimal(&[]), "0x");
    }
}
