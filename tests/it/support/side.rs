//! One database of a pair, asked and changed with plain SQL.

use std::path::Path;
use std::process::Command;
use std::str::FromStr;

use backhaul::demo::private_server::PrivateServer;
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts, OptsBuilder, Value};

use super::program::Finished;

/// A row in the text protocol: each value NULL or its bytes.
pub type BytesRow = Vec<Option<Vec<u8>>>;

/// A fresh database on one server, dropped at the end of the test.
pub struct Side {
    /// Its name.
    pub database: String,
    /// Its address, as `LOCAL_DATABASE_URL` or `CENTRAL_DATABASE_URL` would have it; straight to the server.
    pub url: String,
    client: String,
}

impl Side {
    /// Creates the database on `server`.
    pub async fn create(server: &PrivateServer, database: String) -> Self {
        Self::create_at(&server.url_of(&database), &server.client_file(), database).await
    }

    /// Creates the database of this name, which `url` leads to, on the server that `client_file` logs in to.
    pub async fn create_at(url: &str, client_file: &Path, database: String) -> Self {
        let server = url.strip_suffix(&database).unwrap();
        let mut conn = connect(server).await;
        let create = format!("create database `{database}` character set utf8mb4 collate utf8mb4_general_ci");
        conn.query_drop(create).await.unwrap();
        conn.disconnect().await.unwrap();
        Self { url: url.to_owned(), database, client: client_file.to_string_lossy().into_owned() }
    }

    /// Opens a connection for a test that leaves transactions open or needs one session for many statements.
    pub async fn connect(&self) -> Conn {
        connect(&self.url).await
    }

    /// Makes an account that may have one connection at a time; gives the address of this database with it, by way of `port`.
    pub async fn lone_account(&self, name: &str, port: u16) -> String {
        let database = &self.database;
        self.execute(&format!(
            "create user {name}@'127.0.0.1' identified by 'x' with max_user_connections 1; \
             grant all privileges on `{database}`.* to {name}@'127.0.0.1'"
        ))
        .await;
        format!("mysql://{name}:x@127.0.0.1:{port}/{database}")
    }

    /// Carries out one or more statements, separated by semicolons, in a session of their own.
    pub async fn execute(&self, sql: &str) {
        self.try_execute(sql).await.unwrap_or_else(|error| panic!("{error} in: {sql}"));
    }

    /// Carries out statements and gives the server's error, if any.
    pub async fn try_execute(&self, sql: &str) -> Result<(), mysql_async::Error> {
        let mut conn = self.connect().await;
        let done = conn.query_drop(sql).await;
        // Dropping the connection would do, were it not for the server's log.
        let _ = conn.disconnect().await;
        done
    }

    /// Asks for rows as text; NULL is `None`.
    pub async fn rows(&self, sql: &str) -> Vec<Vec<Option<String>>> {
        let text = |value: Option<Vec<u8>>| value.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        self.bytes(sql).await.into_iter().map(|row| row.into_iter().map(text).collect()).collect()
    }

    /// Asks for the first column of every row; NULL is the text `NULL`.
    pub async fn column(&self, sql: &str) -> Vec<String> {
        let first = |row: Vec<Option<String>>| row.into_iter().next().flatten();
        self.rows(sql).await.into_iter().map(|row| first(row).unwrap_or_else(|| "NULL".to_owned())).collect()
    }

    /// Asks for one value, for example a count.
    pub async fn one<T: FromStr>(&self, sql: &str) -> T {
        let values = self.column(sql).await;
        assert_eq!(values.len(), 1, "one row expected from: {sql}");
        values[0].parse().unwrap_or_else(|_| panic!("{} is of another type, from: {sql}", values[0]))
    }

    /// Asks for rows as the server sends them.
    pub async fn bytes(&self, sql: &str) -> Vec<BytesRow> {
        let mut conn = self.connect().await;
        let rows: Vec<mysql_async::Row> = conn.query(sql).await.unwrap_or_else(|e| panic!("{e} in: {sql}"));
        conn.disconnect().await.unwrap();
        rows.into_iter().map(bytes_row).collect()
    }

    /// Loads a file of the repository with the stock client, as the README tells people to.
    pub fn load_file(&self, file: &str) -> Finished {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        let input = std::fs::File::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Finished::of(self.stock_client().arg(&self.database).stdin(input))
    }

    fn stock_client(&self) -> Command {
        let mut command = Command::new("mariadb");
        command.arg(format!("--defaults-file={}", self.client));
        command
    }
}

impl Drop for Side {
    fn drop(&mut self) {
        // A test that stopped its own server has nothing to drop. Open transactions of the test are gone by now.
        let drop = format!("set session lock_wait_timeout = 5; drop database if exists `{}`", self.database);
        let _ = self.stock_client().arg(format!("--execute={drop}")).output();
    }
}

/// Opens a connection to `url`, for example through a proxy.
pub async fn connect(url: &str) -> Conn {
    // The driver would leave TCP for the socket; tests want the way the product takes.
    let opts = OptsBuilder::from_opts(Opts::from_url(url).unwrap()).prefer_socket(false);
    let mut conn = Conn::new(opts).await.unwrap();
    conn.query_drop("set time_zone = '+00:00'").await.unwrap();
    conn
}

/// Gives a row as the server sent it.
pub fn bytes_row(row: mysql_async::Row) -> BytesRow {
    row.unwrap().into_iter().map(bytes_of).collect()
}

fn bytes_of(value: Value) -> Option<Vec<u8>> {
    match value {
        Value::NULL => None,
        Value::Bytes(bytes) => Some(bytes),
        other => Some(other.as_sql(true).into_bytes()),
    }
}
