//! Work that is watched: each of its requests says by when it will have ended, so that whoever watches can tell work that
//! takes long from work that hangs.

use std::time::Duration;

use crate::utils::pulse::Pulse;

tokio::task_local! {
    static PULSE: Pulse;
}

/// Carries `work` out, the requests of which show `pulse` their signs; at its end, whatever that is, the pulse rests.
pub async fn with_pulse<T>(pulse: &Pulse, work: impl Future<Output = T>) -> T {
    struct Rest(Pulse);
    impl Drop for Rest {
        fn drop(&mut self) {
            self.0.rest();
        }
    }
    let _rest = Rest(pulse.clone());
    pulse.next_within(Duration::ZERO);
    PULSE.scope(pulse.clone(), work).await
}

/// Lets work that is spawned show its signs to whoever watches here.
pub fn here<T>(work: impl Future<Output = T> + Send) -> impl Future<Output = T> + Send
where
    T: Send,
{
    let pulse = PULSE.try_with(Clone::clone).ok();
    async move {
        match pulse {
            Some(pulse) => PULSE.scope(pulse, work).await,
            None => work.await,
        }
    }
}

/// Says of a request that begins now that it ends within `limit`; nobody hears it where nobody watches.
pub(super) fn begins(limit: Duration) {
    let _ = PULSE.try_with(|pulse| pulse.next_within(limit));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::utils::clock;

    #[tokio::test]
    async fn a_request_is_waited_for_as_long_as_it_may_take_and_no_longer() {
        let pulse = Pulse::default();
        let hour = Duration::from_hours(1);
        with_pulse(&pulse, async {
            begins(hour);
            assert!(!pulse.is_overdue(clock::monotonic() + hour));
            assert!(pulse.is_overdue(clock::monotonic() + 2 * hour));
        })
        .await;
        assert!(!pulse.is_overdue(clock::monotonic() + 2 * hour), "what has ended owes nothing");
        begins(hour);
    }
}
