//! Named points between two steps, at which tests let a fault happen.
//!
//! Only the feature `fault-points` compiles them in, and only the tests switch it on: a program as people run it has
//! none. There, `FAILPOINTS="intent-noted=1*return(kill)"` in the environment kills the program the first time it comes
//! to the point `intent-noted`; instead of `kill`, `drop` drops the connection in use, `error` makes the step behind the point
//! fail, and `delay` waits for a second.

/// Where a point lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Between two steps; the point is called by its name alone.
    Step,
    /// Right before a COMMIT is sent: `…-before-commit`.
    BeforeCommit,
    /// Right after a COMMIT was answered: `…-after-commit`.
    AfterCommit,
}

/// What whoever stands at a point must let happen; killing and waiting need nobody's help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The connection in use is dropped.
    Drop,
    /// The step behind the point fails.
    Error,
}

/// The name of a point; nothing at all without the feature.
#[derive(Debug, Clone, Copy)]
pub struct Point {
    #[cfg(feature = "fault-points")]
    name: &'static str,
}

impl Point {
    /// Takes a name.
    #[must_use]
    pub const fn named(name: &'static str) -> Self {
        #[cfg(not(feature = "fault-points"))]
        let _ = name;
        Self {
            #[cfg(feature = "fault-points")]
            name,
        }
    }
}

/// Begins to listen to the environment variable `FAILPOINTS`; does nothing without the feature.
pub fn listen() {
    #[cfg(feature = "fault-points")]
    armed::listen();
}

/// Lets happen what the environment asks for at a point; nothing without the feature.
#[cfg_attr(
    not(feature = "fault-points"),
    expect(clippy::unused_async, reason = "only a fault takes time, and there is none")
)]
pub async fn at(point: Point, moment: Moment) -> Option<Fault> {
    #[cfg(feature = "fault-points")]
    return armed::at(point.name, moment).await;
    #[cfg(not(feature = "fault-points"))]
    {
        let _ = (point, moment);
        None
    }
}

#[cfg(feature = "fault-points")]
mod armed {
    use std::time::Duration;

    use rustix::process::{Signal, getpid, kill_process};

    use super::{Fault, Moment};

    /// How long a delay is: longer than a test needs to write something meanwhile.
    const DELAY: Duration = Duration::from_secs(1);

    pub(super) fn listen() {
        // What was asked for holds until the process ends.
        std::mem::forget(fail::FailScenario::setup());
    }

    pub(super) async fn at(name: &str, moment: Moment) -> Option<Fault> {
        let point = match moment {
            Moment::Step => name.to_owned(),
            Moment::BeforeCommit => format!("{name}-before-commit"),
            Moment::AfterCommit => format!("{name}-after-commit"),
        };
        let wanted = asked_for(&point)?;
        tracing::warn!("fault point {point}: {wanted}");
        match wanted.as_str() {
            "kill" => {
                // What kills the process at once cannot fail.
                let _ = kill_process(getpid(), Signal::KILL);
                None
            }
            "drop" => Some(Fault::Drop),
            "delay" => {
                tokio::time::sleep(DELAY).await;
                None
            }
            _ => Some(Fault::Error),
        }
    }

    fn asked_for(point: &str) -> Option<String> {
        fail::fail_point!(point, Option::from);
        None
    }
}
