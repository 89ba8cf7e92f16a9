//! Asks prepared statements, whose parameters never become part of the SQL text.

use mysql_async::Params;
use mysql_async::prelude::Queryable;

use super::super::error::DbError;
use super::super::row::Row;
use super::super::session::bytes_of;

/// Carries out `sql` and gives its rows; numbers arrive as the text that names them exactly.
pub(super) async fn rows<Q: Queryable>(
    connection: &mut Q,
    sql: &str,
    parameters: impl Into<Params> + Send,
) -> Result<Vec<Row>, DbError> {
    let rows: Vec<mysql_async::Row> = connection.exec(sql, parameters.into()).await?;
    Ok(rows.into_iter().map(|row| Row::new(row.unwrap().into_iter().map(bytes_of).collect())).collect())
}

/// Carries out `sql`, which answers at most one row.
pub(super) async fn first_row<Q: Queryable>(
    connection: &mut Q,
    sql: &str,
    parameters: impl Into<Params> + Send,
) -> Result<Option<Row>, DbError> {
    Ok(rows(connection, sql, parameters).await?.into_iter().next())
}

/// Carries out `sql`, which answers exactly one row.
pub(super) async fn one_row<Q: Queryable>(
    connection: &mut Q,
    sql: &str,
    parameters: impl Into<Params> + Send,
) -> Result<Row, DbError> {
    first_row(connection, sql, parameters)
        .await?
        .ok_or_else(|| DbError::Decode("an answer of one row had none".to_owned()))
}
