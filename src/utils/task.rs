//! Work that goes on beside other work, for as long as someone holds it.

use tokio_util::task::AbortOnDropHandle;

/// Work under way; dropped, it ends, and awaited, it gives its result.
pub type Task<T> = AbortOnDropHandle<T>;

/// Begins work that goes on by itself.
#[expect(clippy::disallowed_methods, reason = "it ends with its handle, so nothing is left behind unseen")]
pub fn start<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> Task<T> {
    AbortOnDropHandle::new(tokio::spawn(work))
}
