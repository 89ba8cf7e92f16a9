//! Fills the placeholders of a statement kept in a `.sql` file.

/// Replaces each `{name}` by its value in one pass, so that nothing within a value is taken for a placeholder.
///
/// Values must be SQL already: numbers, or text that went through [`super::quoting`].
#[must_use]
pub fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(start) = rest.find('{') {
        filled.push_str(&rest[..start]);
        let after = &rest[start + 1..];
        let known = after.find('}').and_then(|end| {
            let value = values.iter().find(|(name, _)| *name == &after[..end])?;
            Some((value.1, &after[end + 1..]))
        });
        if let Some((value, tail)) = known {
            filled.push_str(value);
            rest = tail;
        } else {
            filled.push('{');
            rest = after;
        }
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_not_searched_for_placeholders() {
        let sql = fill("select {a}, {b}, {c} {", &[("a", "'{b}'"), ("b", "2")]);
        assert_eq!(sql, "select '{b}', 2, {c} {");
    }
}
