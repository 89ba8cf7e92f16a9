//! Serves the API and runs the crons until it is told to stop.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, lookup_host};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::error::{SHORTEST_TOKEN, ServeError};
use super::http;
use super::service_manager::ServiceManager;
use super::shutdown::StopSignals;
use crate::config::{Environment, Settings};
use crate::controllers::{ApiState, Services};
use crate::cron::{prune_cron, reachability_cron, sync_cron};
use crate::db::local_db::LocalPool;
use crate::routes;
use crate::services::explain::Explain;
use crate::services::feed::Feed;
use crate::services::metrics::Metrics;
use crate::services::orders::Orders;
use crate::services::problems::Problems;
use crate::services::reachability::Reachability;
use crate::services::readiness::Readiness;
use crate::services::retry::Retry;
use crate::services::sign_in::SignIn;
use crate::services::status::Status;
use crate::services::sync::SyncService;
use crate::services::users::Users;
use crate::utils::pulse::Pulse;
use crate::utils::schedule::Schedule;

/// How long stopping may take before the program leaves without waiting: a second less than the ten it promises.
pub const STOP_TIMEOUT: Duration = Duration::from_secs(9);

/// Serves until SIGTERM, SIGINT or SIGHUP; a second signal ends the process at once.
///
/// # Errors
/// When it cannot listen or cannot receive signals.
pub async fn serve(settings: Arc<Settings>, environment: Arc<Environment>) -> Result<(), ServeError> {
    let signals = StopSignals::receive().map_err(ServeError::Signals)?;
    let listener = listen(&settings).await?;
    let stop = CancellationToken::new();
    let mut watch = JoinSet::new();
    watch.spawn(signals.watch(stop.clone()));
    serve_on(listener, settings, environment, stop).await
}

/// Binds the address of the settings, unless that would open the API to the network without a token, or with a short one.
///
/// # Errors
/// When the address cannot be had, or is unprotected.
pub async fn listen(settings: &Settings) -> Result<TcpListener, ServeError> {
    let (host, port) = (settings.host.clone(), settings.port);
    let failed = |source: std::io::Error| match source.kind() {
        ErrorKind::AddrInUse => ServeError::PortTaken { host: host.clone(), port },
        _ => ServeError::Listen { host: host.clone(), port, source },
    };
    let addresses: Vec<_> = lookup_host((host.as_str(), port)).await.map_err(&failed)?.collect();
    if settings.api_token.is_none() && !addresses.iter().all(|address| address.ip().is_loopback()) {
        return Err(ServeError::Unprotected { host });
    }
    let is_short = settings.api_token.as_ref().is_some_and(|token| token.expose().len() < SHORTEST_TOKEN);
    if is_short && !addresses.iter().all(|address| address.ip().is_loopback()) {
        return Err(ServeError::ShortToken { host });
    }
    TcpListener::bind(addresses.as_slice()).await.map_err(&failed)
}

/// Serves on `listener` until `stop` is cancelled; then finishes what is under way, for nine seconds at most.
///
/// # Errors
/// When the HTTP service breaks off.
pub async fn serve_on(
    listener: TcpListener,
    settings: Arc<Settings>,
    environment: Arc<Environment>,
    stop: CancellationToken,
) -> Result<(), ServeError> {
    let schedule = Schedule::parse(&settings.cron).map_err(ServeError::Schedule)?;
    let local = LocalPool::new(&settings);
    let reachability = Reachability::default();
    let tasks = TaskTracker::new();
    let sync = SyncService::new(environment.clone(), settings.clone(), reachability.clone(), stop.clone());
    let status = Status::new(
        local.clone(),
        environment.clone(),
        reachability.clone(),
        Some(schedule.clone()),
        settings.clone(),
        tasks.clone(),
    );
    let services = Services {
        users: Users::new(local.clone()),
        orders: Orders::new(local.clone()),
        feed: Feed::new(status.clone(), tasks.clone(), stop.clone()),
        metrics: Metrics::new(status.clone(), local.clone(), schedule.clone()),
        status: status.clone(),
        explain: Explain::new(settings.clone(), environment.clone()),
        problems: Problems::new(local.clone(), status.capture_gaps()),
        retry: Retry::new(local.clone()),
        readiness: Readiness::new(local.clone()),
        sync: sync.clone(),
        sign_in: settings.api_token.clone().map(SignIn::new),
        tasks: tasks.clone(),
    };
    if let Ok(address) = listener.local_addr() {
        tracing::info!(%address, "listening on http://{address}");
    }
    let (cron, door) = (Pulse::default(), Pulse::default());
    let vitals = vec![("the schedule", cron.clone()), ("a cycle", sync.pulse()), ("the API", door.clone())];
    tasks.spawn(sync_cron::run(schedule, sync.clone(), cron, stop.clone()));
    tasks.spawn(prune_cron::run(settings.clone(), stop.clone()));
    tasks.spawn(reachability_cron::run(environment.clone(), sync, stop.clone()));
    let app = routes::router(ApiState::new(services), &settings.host);
    let mut serving = JoinSet::new();
    serving.spawn(http::serve(listener, app, door, stop.clone()));
    if let Some(manager) = ServiceManager::find(&environment) {
        tasks.spawn(manager.tell(vitals, status, stop.clone()));
    }
    wait_for_end(&mut serving, &tasks, &stop).await?;
    local.close().await;
    Ok(())
}

/// Waits until the HTTP service and all tasks have ended, once `stop` is cancelled no longer than allowed.
async fn wait_for_end(
    serving: &mut JoinSet<()>,
    tasks: &TaskTracker,
    stop: &CancellationToken,
) -> Result<(), ServeError> {
    tokio::select! {
        ended = serving.join_next() => {
            // Without a stop this is a failure: what still runs must end with it.
            stop.cancel();
            if let Some(Err(error)) = ended {
                return Err(ServeError::Http(error));
            }
        }
        () = stop.cancelled() => {}
    }
    tasks.close();
    let ended = async {
        while serving.join_next().await.is_some() {}
        tasks.wait().await;
    };
    if tokio::time::timeout(STOP_TIMEOUT, ended).await.is_err() {
        tracing::warn!("left without waiting for what was under way; the next start settles it");
    } else {
        tracing::info!("stopped");
    }
    Ok(())
}
