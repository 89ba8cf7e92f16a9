//! Connections to DB_A for short requests of the API.

use std::future::Future;
use std::time::Duration;

use mysql_async::prelude::Queryable;
use mysql_async::{
    Conn, IsolationLevel, OptsBuilder, Params, Pool, PoolConstraints, PoolOpts, Transaction, TxOpts,
};
use tokio::time::timeout;

use super::super::error::DbError;
use super::super::session::Access;
use crate::config::Settings;

/// What every session on DB_A agrees on, whatever the server's defaults are. Dates that no calendar has are
/// carried as they are; MariaDB would turn long lists of keys into a subquery that compares by another collation.
pub(in crate::db) const SESSION_SETUP: &str = "set names utf8mb4, time_zone = '+00:00', \
     sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES', autocommit = 1 \
     /*M!100000 , in_predicate_conversion_threshold = 0 */";

/// How long one request of the API may take in DB_A, waiting for a connection included.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// Most connections to DB_A that the API holds; further requests wait for one.
const MOST_CONNECTIONS: usize = 16;

/// How long a connection that nobody needs stays open. Closed at once, each request would cost a new one.
const IDLE: Duration = Duration::from_mins(1);

/// Snapshots read by the API rely on it, whatever the server's default is.
const ISOLATION: &str = "set session transaction isolation level repeatable read";

/// A pool of connections to DB_A, opened when needed.
#[derive(Debug, Clone)]
pub struct LocalPool {
    pool: Pool,
}

impl LocalPool {
    /// Prepares the pool; connects only when first asked.
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        let constraints = PoolConstraints::new(0, MOST_CONNECTIONS).unwrap_or_default();
        // No request changes what its session agreed on, and the pool itself rolls back what a request left open; reset, a
        // connection would forget its prepared statements.
        let pool_opts = PoolOpts::default()
            .with_constraints(constraints)
            .with_inactive_connection_ttl(IDLE)
            .with_reset_connection(false);
        let opts = OptsBuilder::from_opts(Access::local(settings).opts())
            .setup(vec![SESSION_SETUP.to_owned(), ISOLATION.to_owned()])
            .pool_opts(pool_opts);
        Self { pool: Pool::new(opts) }
    }

    /// Runs `work` on a connection of the pool, within [`REQUEST_TIMEOUT`].
    pub(in crate::db) async fn with_conn<T, F>(&self, work: F) -> Result<T, DbError>
    where
        F: AsyncFnOnce(&mut Conn) -> Result<T, DbError>,
    {
        bounded(async {
            let mut conn = self.pool.get_conn().await?;
            work(&mut conn).await
        })
        .await
    }

    /// Runs `work` in one transaction and commits it; rolls back when it fails.
    pub(in crate::db) async fn in_transaction<T, F>(&self, work: F) -> Result<T, DbError>
    where
        F: AsyncFnOnce(&mut Transaction<'_>) -> Result<T, DbError>,
    {
        self.in_transaction_of(TxOpts::default(), work).await
    }

    /// Does the same under READ COMMITTED, where a look for a row that does not exist locks nothing.
    pub(in crate::db) async fn in_read_committed<T, F>(&self, work: F) -> Result<T, DbError>
    where
        F: AsyncFnOnce(&mut Transaction<'_>) -> Result<T, DbError>,
    {
        let mut options = TxOpts::default();
        options.with_isolation_level(IsolationLevel::ReadCommitted);
        self.in_transaction_of(options, work).await
    }

    async fn in_transaction_of<T, F>(&self, options: TxOpts, work: F) -> Result<T, DbError>
    where
        F: AsyncFnOnce(&mut Transaction<'_>) -> Result<T, DbError>,
    {
        bounded(async {
            let mut transaction = self.pool.start_transaction(options).await?;
            match work(&mut transaction).await {
                Ok(answer) => {
                    transaction.commit().await?;
                    Ok(answer)
                }
                Err(error) => {
                    transaction.rollback().await?;
                    Err(error)
                }
            }
        })
        .await
    }

    /// Asks whether DB_A answers.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn ping(&self) -> Result<(), DbError> {
        self.with_conn(async |conn| Ok(conn.exec_drop("select 1", Params::Empty).await?)).await
    }

    /// Closes all connections; waits for those in use.
    pub async fn close(self) {
        // A connection that cannot be closed cleanly is closed by the end of the process.
        let _ = timeout(Duration::from_secs(1), self.pool.disconnect()).await;
    }
}

async fn bounded<T>(work: impl Future<Output = Result<T, DbError>>) -> Result<T, DbError> {
    timeout(REQUEST_TIMEOUT, work).await.map_err(|_| DbError::Silent(REQUEST_TIMEOUT))?
}
