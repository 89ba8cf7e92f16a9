//! The tables of the campaign, and the triggers by which both sides write down what happens to them.

/// One table of `schema.sql`, as the checks see it.
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// The columns of its primary key.
    pub key: &'static [&'static str],
    /// Whether DB_B notes deletions. It must not where unique values swap: the product then parks no records.
    pub notes_deletes: bool,
}

/// All of them, parents first.
pub const TABLES: &[Table] = &[
    Table { name: "shops", key: &["code"], notes_deletes: false },
    Table { name: "people", key: &["id"], notes_deletes: false },
    Table { name: "sales", key: &["id"], notes_deletes: true },
    Table { name: "sale_lines", key: &["sale", "pos"], notes_deletes: false },
    Table { name: "tree", key: &["id"], notes_deletes: false },
    Table { name: "notes", key: &["id"], notes_deletes: true },
];

/// The database, on each server, that holds what the triggers write down. No backup of a side takes it along.
pub const WRITTEN_DOWN: &str = "written_down";

/// Lists the names.
pub fn names() -> Vec<&'static str> {
    TABLES.iter().map(|table| table.name).collect()
}

/// Gives the statements for DB_A.
pub fn local_schema() -> String {
    include_str!("schema.sql").to_owned()
}

/// Gives the statements for DB_B: its foreign keys do nothing by themselves.
pub fn central_schema() -> String {
    let mut text = local_schema();
    for action in [" on update cascade", " on delete cascade", " on delete set null"] {
        text = text.replace(action, "");
    }
    text
}

impl Table {
    /// Writes an expression for the key of a row, as one text that tells records apart as the table does.
    pub fn record(&self, row: &str) -> String {
        let columns: Vec<String> = self.key.iter().map(|column| format!("{row}.{column}")).collect();
        format!("lower(concat_ws('/', {}))", columns.join(", "))
    }

    /// Gives the triggers by which DB_A notes each state of each record, in the order in which they were committed.
    pub fn local_triggers(&self) -> Vec<String> {
        let (name, old, new) = (self.name, self.record("old"), self.record("new"));
        let note = |what: &str, row: &str, record: &str| {
            format!(
                "insert into {WRITTEN_DOWN}.past (what, tbl, record, version) values ('{what}', '{name}', {record}, {row}.version)"
            )
        };
        let (gone, there) = (note("gone", "old", &old), note("there", "new", &new));
        // The lines follow a sale's new key, and fire no trigger of their own.
        let followers = if self.name == "sales" {
            format!(
                "if {old} <> {new} then insert into {WRITTEN_DOWN}.past (what, tbl, record, version) \
                 select 'there', 'sale_lines', concat_ws('/', new.id, pos), version from sale_lines \
                 where sale in (old.id, new.id); end if; "
            )
        } else {
            String::new()
        };
        vec![
            format!("create trigger past_{name}_i after insert on {name} for each row {there}"),
            format!(
                "create trigger past_{name}_u after update on {name} for each row \
                 begin if {old} <> {new} then {gone}; end if; {followers}{there}; end"
            ),
            format!("create trigger past_{name}_d after delete on {name} for each row {gone}"),
        ]
    }

    /// Gives the triggers by which DB_B notes every write, under the token of the batch that makes it.
    pub fn central_triggers(&self, database: &str) -> Vec<String> {
        let name = self.name;
        let note = |what: &str, row: &str| {
            format!(
                "insert into {WRITTEN_DOWN}.writes (token, what, tbl, record, version) \
                 select max(last_token), '{what}', '{name}', {}, {row}.version from `{database}`.sync_sites",
                self.record(row)
            )
        };
        // An update that changes nothing fires no trigger afterwards.
        let mut triggers = vec![
            format!(
                "create trigger note_{name}_i after insert on {name} for each row {}",
                note("insert", "new")
            ),
            format!(
                "create trigger note_{name}_u before update on {name} for each row {}",
                note("update", "new")
            ),
        ];
        if self.notes_deletes {
            triggers.push(format!(
                "create trigger note_{name}_d after delete on {name} for each row {}",
                note("delete", "old")
            ));
        }
        triggers
    }
}

/// Gives the statements that create what DB_A's triggers write to.
pub fn local_record() -> String {
    format!(
        "create database {WRITTEN_DOWN}; create table {WRITTEN_DOWN}.past (n bigint unsigned auto_increment primary key, \
         what varchar(10), tbl varchar(20), record varchar(80), version bigint unsigned)"
    )
}

/// Gives the statements that create what DB_B's triggers write to.
pub fn central_record() -> String {
    format!(
        "create database {WRITTEN_DOWN}; create table {WRITTEN_DOWN}.writes (n bigint unsigned auto_increment primary key, \
         token char(36), what varchar(10), tbl varchar(20), record varchar(80), version bigint unsigned); \
         create table {WRITTEN_DOWN}.tokens (n bigint unsigned auto_increment primary key, before_it char(36), token char(36))"
    )
}

/// Gives the triggers of DB_B's ledger: each token it takes on, and the one before.
pub fn ledger_triggers() -> Vec<String> {
    let note = |before: &str| {
        format!("insert into {WRITTEN_DOWN}.tokens (before_it, token) values ({before}, new.last_token)")
    };
    vec![
        format!("create trigger note_token_i after insert on sync_sites for each row {}", note("null")),
        format!(
            "create trigger note_token_u after update on sync_sites for each row \
             begin if old.last_token <> new.last_token or old.epoch <> new.epoch then {}; end if; end",
            note("old.last_token")
        ),
    ]
}
