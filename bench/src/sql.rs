//! One connection that waits for each answer.

use anyhow::{Context as _, Result};
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts, OptsBuilder, Row, Value};
use tokio::runtime::{Builder, Runtime};

/// A connection over TCP, and the runtime that drives it.
pub struct Sql {
    connection: Conn,
    runtime: Runtime,
}

impl Sql {
    /// Logs in.
    pub fn connect(url: &str) -> Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build().context("cannot start a runtime")?;
        // The server's socket would be another way than the one the candidates take.
        let options =
            OptsBuilder::from_opts(Opts::from_url(url).context("not an address")?).prefer_socket(false);
        let connection = runtime.block_on(Conn::new(options)).context("cannot log in to a server of ours")?;
        Ok(Self { connection, runtime })
    }

    /// Runs a statement.
    pub fn run(&mut self, statement: &str) -> Result<()> {
        self.runtime.block_on(self.connection.query_drop(statement)).with_context(|| shortened(statement))
    }

    /// Runs a query, and gives its rows as text.
    pub fn rows(&mut self, query: &str) -> Result<Vec<Vec<Option<String>>>> {
        let rows: Vec<Row> =
            self.runtime.block_on(self.connection.query(query)).with_context(|| shortened(query))?;
        Ok(rows.into_iter().map(|row| row.unwrap_raw().into_iter().map(text).collect()).collect())
    }

    /// Runs a query for one value; NULL and no row are the empty text.
    pub fn text(&mut self, query: &str) -> Result<String> {
        let first = self.rows(query)?.into_iter().next().unwrap_or_default();
        Ok(first.into_iter().next().flatten().unwrap_or_default())
    }

    /// Runs a query for one number.
    pub fn number(&mut self, query: &str) -> Result<u64> {
        let text = self.text(query)?;
        text.parse().with_context(|| format!("{query}: {text:?} is no number"))
    }
}

/// Gives a value of the text protocol, in which all are bytes.
fn text(value: Option<Value>) -> Option<String> {
    match value {
        Some(Value::Bytes(bytes)) => Some(String::from_utf8_lossy(&bytes).into_owned()),
        _ => None,
    }
}

fn shortened(statement: &str) -> String {
    let start: String = statement.chars().take(200).collect();
    format!("the statement failed: {start}")
}
