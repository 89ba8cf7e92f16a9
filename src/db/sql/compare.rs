//! Statements with which both servers describe their rows in few bytes, so that differences are found without
//! carrying the rows. The text is the same for both sides.

use super::canonical;
use super::key_range::KeyRange;
use super::{quoting, rows};
use crate::db::catalog::Table;
use crate::db::mapping::TableMapping;

/// Where in the 64 hexadecimal digits of a row's digest each 64-bit slice begins, and how slices of several rows
/// are put together. Sums besides exclusive-ors: sets of rows that agree in one kind by design do not in the other.
const SLICES: [(u8, &str); 4] = [(1, "bit_xor"), (17, "bit_xor"), (33, "sum"), (49, "sum")];

/// Keeps a derived table from being merged into the outer statement, which would hash each row once for each slice.
const ALL_ROWS: u64 = u64::MAX;

/// How one table is compared.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// How its rows are carried.
    pub table: TableMapping,
    /// The same with the key's columns alone, in the key's order.
    pub keys: TableMapping,
    row_digest: String,
    key_digest: String,
}

impl Comparison {
    /// Prepares to compare a table that both catalogues describe.
    #[must_use]
    pub fn new(table: &TableMapping, local: &Table, central: &Table) -> Self {
        let mut keys = table.clone();
        keys.columns = table.key_columns.iter().map(|&index| table.columns[index].clone()).collect();
        keys.key_columns = (0..keys.columns.len()).collect();
        let names = |table: &TableMapping| -> Vec<String> {
            table.columns.iter().map(|column| column.name.clone()).collect()
        };
        let digest = |names: Vec<String>| {
            canonical::digest(canonical::pair(names.iter().map(String::as_str), local, central))
        };
        Self {
            row_digest: digest(names(table)),
            key_digest: digest(names(&keys)),
            keys,
            table: table.clone(),
        }
    }

    /// Writes the statement that answers the key of the `nth` row of the range, counted from one.
    #[must_use]
    pub fn nth_key(&self, range: &KeyRange, nth: u64) -> String {
        let key = self.key_names();
        format!(
            "select {} from {} where {} order by {key} limit {}, 1",
            rows::readable_columns(&self.keys),
            self.source(),
            self.condition(range),
            nth.saturating_sub(1)
        )
    }

    /// Writes the statement that sums up the first `limit` rows of the range: their number, then checksums.
    #[must_use]
    pub fn summary(&self, range: &KeyRange, limit: u64) -> String {
        format!(
            "select {} from (select {} as d from {} where {} order by {} limit {limit}) r",
            checksums(),
            self.row_digest,
            self.source(),
            self.condition(range),
            self.key_names()
        )
    }

    /// Writes the statement that sums up the rows of the range by the first digits of their keys' digests,
    /// one digit more than those in `within`: the digits, then as [`Self::summary`].
    #[must_use]
    pub fn buckets(&self, range: &KeyRange, within: &[String]) -> String {
        let digits = within.first().map_or(0, String::len) + 1;
        format!(
            "select left(k, {digits}) as bucket, {} from (select {} as k, {} as d from {} where {}{} limit {ALL_ROWS}) r \
             group by bucket order by bucket",
            checksums(),
            self.key_digest,
            self.row_digest,
            self.source(),
            self.condition(range),
            self.within(within),
        )
    }

    /// Writes the statement that lists the rows of the range whose keys' digests begin as `within` says:
    /// the `record_id`, the key columns, then the row's digest.
    #[must_use]
    pub fn digests(&self, range: &KeyRange, within: &[String]) -> String {
        format!(
            "select {}, unhex({}) from {} where {}{}",
            rows::readable_columns(&self.keys),
            self.row_digest,
            self.source(),
            self.condition(range),
            self.within(within)
        )
    }

    /// Writes the statement that lists the rows with these keys, as [`Self::digests`] does.
    #[must_use]
    pub fn digests_of(&self, keys: &[Vec<String>]) -> String {
        format!(
            "select {}, unhex({}) from {} where {}",
            rows::readable_columns(&self.keys),
            self.row_digest,
            quoting::name(&self.table.name),
            rows::key_condition(&self.table, keys)
        )
    }

    fn key_names(&self) -> String {
        quoting::names(self.table.key_names())
    }

    /// Names the table, to be walked along its primary key whatever the optimizer makes of its statistics.
    fn source(&self) -> String {
        format!("{} force index (primary)", quoting::name(&self.table.name))
    }

    fn condition(&self, range: &KeyRange) -> String {
        range.condition(self.table.key_names())
    }

    /// Narrows to keys whose digests begin with one of `within`; all keys when it is empty.
    fn within(&self, within: &[String]) -> String {
        let Some(first) = within.first() else { return String::new() };
        let all: Vec<String> = within.iter().map(|digits| quoting::text(digits)).collect();
        format!(" and left({}, {}) in ({})", self.key_digest, first.len(), all.join(","))
    }
}

fn checksums() -> String {
    let slices = SLICES.map(|(begin, together)| {
        format!("{together}(cast(conv(substr(d, {begin}, 16), 16, 10) as unsigned))")
    });
    // A digest the server could not compute is NULL and part of no sum: counted apart, it shows.
    format!("count(*), count(d), {}", slices.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::catalog::Column;
    use crate::db::mapping::{KeyColumn, KeyForm, MappedColumn, ValueForm};

    fn seats() -> Comparison {
        let column = |name: &str| Column {
            name: name.to_owned(),
            data_type: "int".to_owned(),
            column_type: "int".to_owned(),
            nullable: true,
            generated: false,
            charset: None,
            max_characters: None,
            precision: None,
            scale: None,
            second_digits: None,
            collation: None,
            has_default: false,
            default_value: None,
            max_bytes: None,
        };
        let names = ["note", "hall", "se`at"];
        let table = Table { name: "seats".to_owned(), columns: names.map(column).into(), ..Table::default() };
        let mapping = TableMapping {
            name: "seats".to_owned(),
            columns: names.map(|name| MappedColumn { name: name.to_owned(), form: ValueForm::Digits }).into(),
            key_columns: vec![1, 2],
            key: ["hall", "se`at"]
                .map(|name| KeyColumn {
                    name: name.to_owned(),
                    form: KeyForm::Whole(0, i128::from(u64::MAX)),
                    zerofill: false,
                })
                .into(),
            ..TableMapping::default()
        };
        Comparison::new(&mapping, &table, &table)
    }

    fn range() -> KeyRange {
        KeyRange { after: Some(vec!["3".to_owned(), "7".to_owned()]), up_to: None }
    }

    #[test]
    fn a_chunk_ends_at_a_key() {
        insta::assert_snapshot!(
            seats().nth_key(&range(), 100),
            @"select concat('[', `hall`, ',', `se``at`, ']'), `hall`, `se``at` from `seats` force index (primary) where `hall` >= 3 and (`hall` > 3 or `hall` = 3 and `se``at` > 7) order by `hall`, `se``at` limit 99, 1"
        );
    }

    #[test]
    fn a_summary_hashes_each_row_once() {
        insta::assert_snapshot!(
            seats().summary(&KeyRange::default(), 20),
            @"select count(*), count(d), bit_xor(cast(conv(substr(d, 1, 16), 16, 10) as unsigned)), bit_xor(cast(conv(substr(d, 17, 16), 16, 10) as unsigned)), sum(cast(conv(substr(d, 33, 16), 16, 10) as unsigned)), sum(cast(conv(substr(d, 49, 16), 16, 10) as unsigned)) from (select sha2(concat(ifnull(hex(cast(`note` as binary)), 'N'), ',', ifnull(hex(cast(`hall` as binary)), 'N'), ',', ifnull(hex(cast(`se``at` as binary)), 'N')), 256) as d from `seats` force index (primary) where true order by `hall`, `se``at` limit 20) r"
        );
    }

    #[test]
    fn buckets_go_one_digit_deeper_and_lists_stay_within() {
        let within = ["a7".to_owned(), "03".to_owned()];
        let buckets = seats().buckets(&range(), &within);
        assert!(buckets.starts_with("select left(k, 3) as bucket, count(*), "), "{buckets}");
        assert!(seats().buckets(&range(), &[]).starts_with("select left(k, 1) as bucket, "));
        let list = seats().digests(&range(), &within);
        assert!(list.ends_with(" in ('a7','03')") && list.contains(", 256), 2) in ("), "{list}");
    }
}
