//! What the controllers work with.

use std::ops::Deref;
use std::sync::Arc;

use tokio_util::task::TaskTracker;

use crate::services::explain::Explain;
use crate::services::feed::Feed;
use crate::services::metrics::Metrics;
use crate::services::orders::Orders;
use crate::services::problems::Problems;
use crate::services::readiness::Readiness;
use crate::services::retry::Retry;
use crate::services::sign_in::SignIn;
use crate::services::status::Status;
use crate::services::sync::SyncService;
use crate::services::users::Users;

/// The services the API asks, as each request is given them: several times a request, so that copies must cost nothing.
#[derive(Debug, Clone)]
pub struct ApiState(Arc<Services>);

impl ApiState {
    /// Lets requests ask these services.
    #[must_use]
    pub fn new(services: Services) -> Self {
        Self(Arc::new(services))
    }
}

impl Deref for ApiState {
    type Target = Services;

    fn deref(&self) -> &Services {
        &self.0
    }
}

/// The services the API asks, and the tasks that outlive a request.
#[derive(Debug)]
pub struct Services {
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
    /// What is not arriving.
    pub problems: Problems,
    /// Setting failed records free.
    pub retry: Retry,
    /// Whether DB_A is there and installed.
    pub readiness: Readiness,
    /// The cycle.
    pub sync: SyncService,
    /// Who may ask; `None` where no token is set.
    pub sign_in: Option<SignIn>,
    /// Cycles that go on although their client went away; waited for when the program stops.
    pub tasks: TaskTracker,
}
