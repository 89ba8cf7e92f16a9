//! `/sync`.

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;

use super::json::OptionalJsonBody;
use super::link;
use super::problem::Problem;
use super::query::Query;
use super::state::ApiState;
use crate::models::cycle::{CycleReport, CycleRequest, Outcome, Trigger};
use crate::models::entry::RecordName;
use crate::models::problems::{EntriesOfRecord, Freed, ProblemGroups};
use crate::models::status::{Requeued, RetryRequest, RunList, SyncState};
use crate::services::explain::ExplainError;
use crate::services::{RequestError, input};

/// Tells the state of synchronisation.
///
/// From the databases, not from what the program believes. Lists the newest entries of each state; `status=` narrows the answer to
/// one list, which `after=` continues. Where the queue is long, counts may be some seconds old: `counted_at` says when.
///
/// # Errors
/// As a problem.
#[utoipa::path(
    get, path = "/sync/status", operation_id = "read_status", tag = "sync",
    params(
        ("status" = Option<String>, Query, pattern = "^(pending|synced|failed|PENDING|SYNCED|FAILED)$",
         description = "`pending`, `synced` or `failed`: only that list"),
        ("limit" = Option<u16>, Query, minimum = 1, maximum = 500, description = "Most entries of each list, 20 by default"),
        ("after" = Option<u64>, Query, description = "Goes on behind this id, towards older entries; needs `status`"),
    ),
    responses(
        (status = 200, description = "The state at this moment", body = SyncState,
         headers(("Link" = Option<String>, description = "With `status=`: where the next page of that list is, as `rel=\"next\"`"))),
        (status = 422, description = "A parameter is wrong", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn status(State(state): State<ApiState>, query: Query) -> Result<impl IntoResponse, Problem> {
    let page = query.entry_page()?;
    let state = state.status.read(page).await?;
    // Without `status=` each list goes on elsewhere.
    let next = page.only.and_then(|only| {
        let filter = format!("status={}&", only.as_sql().to_lowercase());
        link::next("/sync/status", &filter, page.limit, state.next_after.of(only))
    });
    Ok((next, Json(state)))
}

/// Runs one cycle and answers once it has ended, whatever its outcome.
///
/// It goes on if the client goes away. Asking again does no harm: what has arrived is not sent again, so no `Idempotency-Key` is
/// looked at.
///
/// # Errors
/// As a problem.
#[utoipa::path(
    post, path = "/sync/run", operation_id = "run_cycle", tag = "sync",
    request_body(content = Option<CycleRequest>, description = "Empty or `{}`: a cycle carries all that is due"),
    responses(
        (status = 200, description = "What the cycle did; `outcome` tells how it ended", body = CycleReport),
        (status = 409, description = "Another cycle is running", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body has a field, or the request a parameter", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn run(
    State(state): State<ApiState>,
    OptionalJsonBody(body): OptionalJsonBody,
) -> Result<Json<CycleReport>, Problem> {
    input::nothing(&body)?;
    let sync = state.sync.clone();
    let cycle = state.tasks.spawn(async move { sync.run(Trigger::Api).await });
    let report = cycle.await.map_err(|error| {
        tracing::error!(%error, "a cycle ended without a report");
        Problem::internal()
    })?;
    if report.outcome == Outcome::Busy { Err(Problem::busy()) } else { Ok(Json(report)) }
}

/// Makes failed entries PENDING again, due at once.
///
/// All of them, those of one record, or those of a group. Asking again does no harm, so no `Idempotency-Key` is looked at.
///
/// # Errors
/// As a problem.
#[utoipa::path(
    post, path = "/sync/retry", operation_id = "retry_failed", tag = "sync",
    request_body(content = Option<RetryRequest>, description = "Empty or `{}` for all, or one record, or a group of `GET /sync/problems`"),
    responses(
        (status = 200, description = "How many entries are PENDING again", body = Requeued),
        (status = 404, description = "The table is not synchronised, or there is no such group, or not any more", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Fields are missing, unknown or wrong", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn retry(
    State(state): State<ApiState>,
    OptionalJsonBody(body): OptionalJsonBody,
) -> Result<Json<Requeued>, Problem> {
    let freed = input::records_to_retry(&body)?;
    if let Freed::Record(record) = &freed {
        must_be_known(&state, record).await?;
    }
    let requeued = state.retry.run(&freed).await?;
    state.problems.forget().await;
    match freed {
        Freed::Group(id) if requeued.requeued == 0 && !state.retry.knows_group(&id).await? => {
            Err(Problem::unknown_group(&id))
        }
        _ => Ok(Json(requeued)),
    }
}

/// Refuses a record of a table that is not synchronised, and of which the queue holds nothing either.
async fn must_be_known(state: &ApiState, record: &RecordName) -> Result<(), Problem> {
    if state.retry.entries_of(record).await? != EntriesOfRecord::default() {
        return Ok(());
    }
    state.explain.check_table(&record.table).await.map_err(|error| match error {
        ExplainError::NoSuchTable(_) | ExplainError::NoKey(_) => {
            Problem::not_found("table_name", &error.to_string())
        }
        ExplainError::Local { source, .. } => RequestError::from(source).into(),
    })
}

/// Tells what is not arriving, grouped by cause.
///
/// The worst first, at most 50 groups. `POST /sync/retry` sets the records of one group free by its `id`.
///
/// # Errors
/// As a problem.
#[utoipa::path(
    get, path = "/sync/problems", operation_id = "list_problems", tag = "sync",
    responses((status = 200, description = "The groups; with very many records, as they were some seconds ago", body = ProblemGroups)),
)]
pub async fn problems(State(state): State<ApiState>) -> Result<Json<ProblemGroups>, Problem> {
    Ok(Json(state.problems.read().await?))
}

/// Lists past cycles, the newest first.
///
/// Those of the last 30 days, whoever started them. `next_after` and the header `Link` (`rel="next"`) lead on.
///
/// # Errors
/// As a problem.
#[utoipa::path(
    get, path = "/sync/runs", operation_id = "list_runs", tag = "sync",
    params(
        ("limit" = Option<u16>, Query, minimum = 1, maximum = 500, description = "Most cycles, 20 by default"),
        ("after" = Option<u64>, Query, description = "Goes on behind this id, towards older cycles: `next_after` of the answer before"),
    ),
    responses(
        (status = 200, description = "The cycles", body = RunList,
         headers(("Link" = Option<String>, description = "Where the next page is, as `rel=\"next\"`; absent on the last page"))),
        (status = 422, description = "A parameter is wrong", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn runs(State(state): State<ApiState>, query: Query) -> Result<impl IntoResponse, Problem> {
    let page = query.newest_page()?;
    let list = state.status.runs(page).await?;
    Ok((link::next("/sync/runs", "", page.limit, list.next_after), Json(list)))
}
