//! `/sync/events`.

use std::time::Duration;

use axum::Error;
use axum::extract::State;
use axum::http::HeaderName;
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream;
use serde::Serialize;

use super::problem::Problem;
use super::state::ApiState;
use crate::services::feed::{Listener, News};

/// How often a stream without news says that it is alive: a page takes one for dead that has been silent for twice as long.
const STILL_HERE: Duration = Duration::from_secs(8);

/// After what time a browser comes again once a stream has ended.
const COME_AGAIN: Duration = Duration::from_secs(2);

/// Tells proxies not to keep back what is meant for now.
const UNBUFFERED: (HeaderName, &str) = (HeaderName::from_static("x-accel-buffering"), "no");

/// What `event: trouble` says.
#[derive(Debug, Serialize)]
struct Trouble {
    message: String,
}

/// Sends the state of synchronisation now and at each change, as server-sent events.
///
/// However many follow, DB_A is asked once. Each event holds the whole state, so one that was missed is not missed.
///
/// # Errors
/// As a problem, when as many streams are open as may be.
#[utoipa::path(
    get, path = "/sync/events", operation_id = "follow_status", tag = "sync",
    responses((
        status = 200, content_type = "text/event-stream", body = String,
        description = "`event: status` with the object of `GET /sync/status`, at once and at each change; `event: trouble` with \
                       `{\"message\"}` while DB_A cannot be read; `event: stopping` when the program stops. A comment comes at \
                       least every 10 s. The stream ends after an hour; whoever follows connects again. At most 64 may be \
                       open, then 503"
    )),
)]
pub async fn follow(State(state): State<ApiState>) -> Result<impl IntoResponse, Problem> {
    let listener = state.feed.listen().ok_or_else(|| {
        Problem::unavailable(
            "As many streams of events are open as may be at once; close one, or read GET /sync/status.",
        )
    })?;
    let events = stream::unfold(Step::Begin(listener), next);
    let alive = KeepAlive::new().interval(STILL_HERE).text("still here");
    Ok(([UNBUFFERED], Sse::new(events).keep_alive(alive)))
}

/// Where a stream stands.
enum Step {
    Begin(Listener),
    Follow(Listener),
}

async fn next(step: Step) -> Option<(Result<Event, Error>, Step)> {
    let mut listener = match step {
        Step::Begin(listener) => {
            let greeting = Event::default().retry(COME_AGAIN);
            return Some((Ok(greeting), Step::Follow(listener)));
        }
        Step::Follow(listener) => listener,
    };
    let event = match listener.next().await? {
        News::State(state) => Event::default().event("status").json_data(&*state),
        News::Trouble(message) => Event::default().event("trouble").json_data(Trouble { message }),
        News::Stopping => Ok(Event::default().event("stopping").data("{}")),
    };
    Some((event, Step::Follow(listener)))
}
