//! How a row of DB_B becomes a row of DB_A, after a person declared that DB_B is right.

use super::table_mapping::TableMapping;
use super::value_form::ValueForm;
use crate::db::catalog::Table;

impl TableMapping {
    /// Gives the mapping by which rows of `central` are read and written into `local`: the same columns, each in the
    /// form its values have in DB_B, and the constraints of DB_A.
    #[must_use]
    pub fn downwards(&self, local: &Table, central: &Table) -> Self {
        let mut down = self.clone();
        for column in &mut down.columns {
            let (Some(to), Some(from)) = (local.column(&column.name), central.column(&column.name)) else {
                continue;
            };
            let is_key = local.primary_key.contains(&column.name);
            // A type that is carried one way only keeps its form: what does not arrive whole is noticed there.
            column.form = ValueForm::choose(from, to, is_key).unwrap_or(column.form);
        }
        down.unique_keys.clone_from(&local.unique_keys);
        down.foreign_keys.clone_from(&local.foreign_keys);
        down
    }
}
