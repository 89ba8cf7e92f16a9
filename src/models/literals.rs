//! The values of a row as SQL literals.

/// SQL literals of one row in one text, ready to be sent; batches hold many, and a text for each value takes much more memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Literals {
    /// The literals with a comma behind each but the last.
    list: Box<str>,
    /// Where each ends in `list`.
    ends: Box<[usize]>,
}

impl Literals {
    /// Writes `count` literals of about `bytes` bytes in all: `write` appends the one of each position.
    ///
    /// # Errors
    /// What `write` reports.
    pub fn write<E>(
        count: usize,
        bytes: usize,
        mut write: impl FnMut(usize, &mut String) -> Result<(), E>,
    ) -> Result<Self, E> {
        let mut list = String::with_capacity(bytes + count);
        let mut ends = Vec::with_capacity(count);
        for position in 0..count {
            if position > 0 {
                list.push(',');
            }
            write(position, &mut list)?;
            ends.push(list.len());
        }
        Ok(Self { list: list.into(), ends: ends.into() })
    }

    /// Gives all literals, separated by commas.
    #[must_use]
    pub fn as_list(&self) -> &str {
        &self.list
    }

    /// Gives one literal; `None` behind the last.
    #[must_use]
    pub fn get(&self, position: usize) -> Option<&str> {
        let end = *self.ends.get(position)?;
        let start = position.checked_sub(1).map_or(0, |before| self.ends[before] + 1);
        self.list.get(start..end)
    }

    /// Gives the literals one by one.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.ends.len()).filter_map(|position| self.get(position))
    }
}

impl FromIterator<String> for Literals {
    fn from_iter<I: IntoIterator<Item = String>>(all: I) -> Self {
        let all: Vec<String> = all.into_iter().collect();
        let ends = all.iter().scan(0, |end, one| {
            let this = *end + one.len();
            *end = this + 1;
            Some(this)
        });
        Self { ends: ends.collect(), list: all.join(",").into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_literal_is_found_in_the_list() {
        let row: Literals = ["3", "'a,b'", "", "null"].map(str::to_owned).into_iter().collect();
        assert_eq!(row.as_list(), "3,'a,b',,null");
        assert_eq!(row.iter().collect::<Vec<_>>(), ["3", "'a,b'", "", "null"]);
        assert_eq!(row.get(4), None);
        let none: Literals = std::iter::empty().collect();
        assert_eq!((none.as_list(), none.get(0)), ("", None));
    }
}
