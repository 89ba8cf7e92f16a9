//! Tables as the catalogue describes them.

use std::collections::BTreeMap;

use super::server::Server;

/// All tables of one database, by name.
pub type Catalog = BTreeMap<String, Table>;

/// One table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// The server that holds it.
    pub server: Server,
    /// Its storage engine.
    pub engine: String,
    /// Its columns, in order.
    pub columns: Vec<Column>,
    /// The columns of its primary key, in the key's order; empty when it has none.
    pub primary_key: Vec<String>,
    /// A column of which the primary key holds only the beginning.
    pub prefix_key_column: Option<String>,
    /// The column in which a table with system versioning notes until when a row was the present one.
    pub row_end: Option<String>,
    /// Its other unique keys.
    pub unique_keys: Vec<UniqueKey>,
    /// Its foreign keys.
    pub foreign_keys: Vec<ForeignKey>,
    /// Its foreign keys that refer to tables of other databases; the parent is named `database.table`.
    pub keys_to_elsewhere: Vec<ForeignKey>,
    /// Its triggers; those of one event and timing in the order in which they fire.
    pub triggers: Vec<TriggerInfo>,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type without length, `varchar`.
    pub data_type: String,
    /// Its type as declared, `varchar(255)`; without the display width of whole numbers, which means nothing.
    pub column_type: String,
    /// Whether it may be NULL.
    pub nullable: bool,
    /// Whether the server computes it.
    pub generated: bool,
    /// Whether a row may be written without it: it has a default, may be NULL, or counts by itself.
    pub has_default: bool,
    /// The value that it has by default, as SQL; `None` also where an expression makes one for each row.
    pub default_value: Option<String>,
    /// Character set of a text column.
    pub charset: Option<String>,
    /// Collation of a text column.
    pub collation: Option<String>,
    /// Most characters of a text column, most bytes of a binary one.
    pub max_characters: Option<u64>,
    /// Most bytes of a text or binary column.
    pub max_bytes: Option<u64>,
    /// Digits of a number.
    pub precision: Option<u64>,
    /// Digits after the point.
    pub scale: Option<u64>,
    /// Digits of a fraction of a second.
    pub second_digits: Option<u64>,
}

/// A unique key other than the primary one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UniqueKey {
    /// Its name.
    pub name: String,
    /// Its columns, in order; parts that are expressions are left out.
    pub columns: Vec<String>,
    /// Whether it compares whole columns and nothing else: no expressions, no mere beginnings of texts.
    pub compares_whole_columns: bool,
}

/// A foreign key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignKey {
    /// Its name.
    pub name: String,
    /// The referring columns, in order.
    pub columns: Vec<String>,
    /// The schema of the table referred to, if it is another one.
    pub parent_schema: Option<String>,
    /// The table referred to.
    pub parent_table: String,
    /// The columns referred to, in the same order.
    pub parent_columns: Vec<String>,
    /// What follows when the parent is deleted.
    pub on_delete: String,
    /// What follows when the parent's key changes.
    pub on_update: String,
}

/// A trigger, by what tells it from others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TriggerInfo {
    /// Its name.
    pub name: String,
    /// `BEFORE` or `AFTER`.
    pub timing: String,
    /// `INSERT`, `UPDATE` or `DELETE`.
    pub event: String,
    /// What it does; of capture triggers the name says it.
    pub statement: Option<String>,
}

impl Table {
    /// Finds a column by name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}

impl Column {
    /// Tells how many bits a whole number of this column has; `None` for other types.
    #[must_use]
    pub fn integer_bits(&self) -> Option<u32> {
        match self.data_type.as_str() {
            "tinyint" => Some(8),
            "smallint" => Some(16),
            "mediumint" => Some(24),
            "int" => Some(32),
            "bigint" => Some(64),
            _ => None,
        }
    }

    /// Tells whether it takes no numbers below zero.
    #[must_use]
    pub fn is_unsigned(&self) -> bool {
        self.column_type.contains("unsigned")
    }

    /// Tells whether the server prints its numbers with zeros in front.
    #[must_use]
    pub fn is_zerofill(&self) -> bool {
        self.column_type.contains("zerofill")
    }
}

impl ForeignKey {
    /// Tells whether the server changes or deletes children by itself.
    #[must_use]
    pub fn acts_by_itself(&self) -> bool {
        self.acts_on_delete() || self.acts_on_update()
    }

    /// Tells whether the server changes or deletes children when their parent is deleted.
    #[must_use]
    pub fn acts_on_delete(&self) -> bool {
        !matches!(self.on_delete.as_str(), "RESTRICT" | "NO ACTION")
    }

    /// Tells whether the server changes children when their parent's values change.
    #[must_use]
    pub fn acts_on_update(&self) -> bool {
        !matches!(self.on_update.as_str(), "RESTRICT" | "NO ACTION")
    }
}
