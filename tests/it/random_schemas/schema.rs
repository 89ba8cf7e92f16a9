//! A schema as the tests know it, and the statements that create it.

use std::fmt::Write as _;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `int`
    Number,
    /// `int auto_increment`
    Counter,
    /// `varchar(20)`, compared without regard to case, accents and trailing blanks
    Text,
    /// `varchar(20)`, compared byte by byte
    ExactText,
    /// `varchar(20)` of texts of which no two are equal
    PlainText,
    /// `decimal(6,2)`
    Decimal,
}

impl Kind {
    fn declaration(self) -> &'static str {
        match self {
            Self::Number => "int",
            Self::Counter => "int auto_increment",
            Self::Text | Self::PlainText => "varchar(20) collate utf8mb4_general_ci",
            Self::ExactText => "varchar(20) collate utf8mb4_bin",
            Self::Decimal => "decimal(6,2)",
        }
    }

    /// The kind of a column that refers to one of this kind.
    pub fn referring(self) -> Self {
        if self == Self::Counter { Self::Number } else { self }
    }
}

/// One column.
#[derive(Debug, Clone)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
    /// Whether it may be NULL.
    pub nullable: bool,
}

/// What a foreign key does when its parent goes or changes its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// It refuses.
    Restrict,
    /// The children go or change along.
    Cascade,
    /// The children refer to nothing.
    SetNull,
}

impl Action {
    fn sql(self) -> &'static str {
        match self {
            Self::Restrict => "restrict",
            Self::Cascade => "cascade",
            Self::SetNull => "set null",
        }
    }
}

/// What a foreign key does on one side: on delete, and on update.
pub type Actions = (Action, Action);

/// A foreign key to the primary key of a table.
#[derive(Debug, Clone)]
pub struct ForeignKey {
    /// Its name.
    pub name: String,
    /// The referring columns.
    pub columns: Vec<String>,
    /// The table referred to.
    pub parent: String,
    /// The primary key of that table.
    pub parent_columns: Vec<String>,
    /// What it does in DB_A.
    pub local: Actions,
    /// What it does in DB_B; `None` when DB_B has no such key.
    pub central: Option<Actions>,
}

/// A unique key besides the primary one.
#[derive(Debug, Clone)]
pub struct UniqueKey {
    /// Its columns.
    pub columns: Vec<String>,
    /// Whether DB_B has it too.
    pub in_central: bool,
}

/// One table.
#[derive(Debug, Clone)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns; those of the primary key come first.
    pub columns: Vec<Column>,
    /// How many columns the primary key has.
    pub key_length: usize,
    /// Its other unique keys.
    pub unique_keys: Vec<UniqueKey>,
    /// Its foreign keys.
    pub foreign_keys: Vec<ForeignKey>,
}

impl Table {
    /// Gives the columns of the primary key.
    pub fn key(&self) -> &[Column] {
        &self.columns[..self.key_length]
    }

    /// Gives a column by its name.
    pub fn column(&self, name: &str) -> &Column {
        self.columns.iter().find(|column| column.name == name).unwrap()
    }

    /// Gives the names of the primary key's columns.
    pub fn key_names(&self) -> Vec<String> {
        self.key().iter().map(|column| column.name.clone()).collect()
    }

    fn create(&self, side: Whose) -> String {
        let mut sql = format!("create table {} (", self.name);
        for column in &self.columns {
            let nullable = if column.nullable { "" } else { " not null" };
            write!(sql, "{} {}{nullable}, ", column.name, column.kind.declaration()).unwrap();
        }
        write!(sql, "primary key ({})", self.key_names().join(", ")).unwrap();
        for key in self.unique_keys.iter().filter(|key| key.in_central || side == Whose::Local) {
            write!(sql, ", unique ({})", key.columns.join(", ")).unwrap();
        }
        sql + ")"
    }
}

/// Whose tables are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// DB_A's.
    Local,
    /// DB_B's.
    Central,
}

/// All tables of a sequence.
#[derive(Debug, Clone)]
pub struct Schema {
    /// The tables.
    pub tables: Vec<Table>,
}

impl Schema {
    /// Writes the statements that create everything on one side.
    pub fn create(&self, side: Whose) -> Vec<String> {
        let mut statements: Vec<String> = self.tables.iter().map(|table| table.create(side)).collect();
        for table in &self.tables {
            for key in &table.foreign_keys {
                let actions = if side == Whose::Local { Some(key.local) } else { key.central };
                let Some((on_delete, on_update)) = actions else { continue };
                statements.push(format!(
                    "alter table {} add constraint {} foreign key ({}) references {} ({}) \
                     on delete {} on update {}",
                    table.name,
                    key.name,
                    key.columns.join(", "),
                    key.parent,
                    key.parent_columns.join(", "),
                    on_delete.sql(),
                    on_update.sql()
                ));
            }
        }
        statements
    }

    /// Gives every schema that is smaller than this one by a table, a foreign key or a unique key.
    pub fn smaller(&self) -> Vec<Self> {
        let mut all = Vec::new();
        for number in 0..self.tables.len() {
            if self.tables.len() > 1 {
                let mut without = self.clone();
                let gone = without.tables.remove(number);
                for table in &mut without.tables {
                    table.foreign_keys.retain(|key| key.parent != gone.name);
                }
                all.push(without);
            }
            for key in 0..self.tables[number].foreign_keys.len() {
                let mut without = self.clone();
                without.tables[number].foreign_keys.remove(key);
                all.push(without);
            }
            for key in 0..self.tables[number].unique_keys.len() {
                let mut without = self.clone();
                without.tables[number].unique_keys.remove(key);
                all.push(without);
            }
        }
        all
    }
}
