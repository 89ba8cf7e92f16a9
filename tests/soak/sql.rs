//! Statements on servers that may be gone, stopped or busy: nothing here panics or waits for ever.

use std::time::Duration;

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts, OptsBuilder};
use tokio::time::timeout;

/// How long a server may take.
#[derive(Debug, Clone, Copy)]
pub enum Patience {
    /// For what is given up when a fault is in the way.
    Short,
    /// For what must go through once all faults are over.
    Long,
}

impl Patience {
    const fn time(self) -> Duration {
        match self {
            Self::Short => Duration::from_secs(4),
            Self::Long => Duration::from_mins(1),
        }
    }
}

/// Opens a connection.
///
/// # Errors
/// Why there is none.
pub async fn try_connect(url: &str, patience: Patience) -> Result<Conn, String> {
    let opts = OptsBuilder::from_opts(Opts::from_url(url).unwrap()).prefer_socket(false);
    let opened = timeout(patience.time(), Conn::new(opts)).await;
    opened.map_err(|_| "no connection in time".to_owned())?.map_err(|error| error.to_string())
}

/// Asks for rows as text, NULL as the empty text.
///
/// # Errors
/// Why there is no answer.
pub async fn try_rows(url: &str, sql: &str, patience: Patience) -> Result<Vec<Vec<String>>, String> {
    let ask = async {
        let mut conn = try_connect(url, patience).await?;
        let rows: Vec<mysql_async::Row> =
            conn.query(sql).await.map_err(|error| format!("{error} in: {sql}"))?;
        let _ = conn.disconnect().await;
        Ok(rows.into_iter().map(texts).collect())
    };
    timeout(patience.time(), ask).await.unwrap_or_else(|_| Err(format!("no answer in time to: {sql}")))
}

/// Asks for rows of a server that is well.
pub async fn rows(url: &str, sql: &str) -> Vec<Vec<String>> {
    try_rows(url, sql, Patience::Long).await.unwrap_or_else(|error| panic!("{error}"))
}

/// Asks for the first column of a server that is well.
pub async fn column(url: &str, sql: &str) -> Vec<String> {
    rows(url, sql).await.into_iter().filter_map(|row| row.into_iter().next()).collect()
}

/// Asks for one number of a server that is well.
pub async fn number(url: &str, sql: &str) -> u64 {
    let column = column(url, sql).await;
    column[0].parse().unwrap_or_else(|error| panic!("{error}: {} from: {sql}", column[0]))
}

fn texts(row: mysql_async::Row) -> Vec<String> {
    let bytes = crate::support::side::bytes_row(row);
    bytes
        .into_iter()
        .map(|value| value.map_or_else(String::new, |bytes| String::from_utf8_lossy(&bytes).into_owned()))
        .collect()
}
