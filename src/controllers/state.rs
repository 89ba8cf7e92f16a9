//! What the controllers work with.

use tokio_util::task::TaskTracker;

use crate::services::explain::Explain;
use crate::services::feed::Feed;
use crate::services::metrics::Metrics;
use crate::services::orders::Orders;
use crate::services::readiness::Readiness;
use crate::services::retry::Retry;
use crate::services::status::Status;
use crate::services::sync::SyncService;
use crate::services::users::Users;

/// The services the API asks, and the tasks that outlive a request.
#[derive(Debug, Clone)]
pub struct ApiState {
    /// Users of DB_A.
    pub users: Users,
    /// Orders of DB_A.
    pub orders: Orders,
    /// The state of synchronisation.
    pub status: Status,
    /// The same, as it changes.
    pub feed: Feed,
    /// The same for monitoring.
    pub metrics: Metrics,
    /// The stories of records.
    pub explain: Explain,
    /// Setting failed records free.
    pub retry: Retry,
    /// Whether DB_A is there and installed.
    pub readiness: Readiness,
    /// The cycle.
    pub sync: SyncService,
    /// Cycles that go on although their client went away; waited for when the program stops.
    pub tasks: TaskTracker,
}
