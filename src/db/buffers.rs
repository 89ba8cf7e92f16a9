//! Bounds what the driver keeps in memory for later.

/// The driver's setting of the largest buffer that it keeps, in bytes. By itself it keeps buffers of up to 4 MiB, and each that is used
/// again grows as large as a full batch: together they took twice the memory of everything else.
const LARGEST_KEPT: &str = "MYSQL_ASYNC_BUFFER_SIZE_CAP=65536";

/// Makes the driver keep small buffers only. It takes this from the environment, so it is to be said before any thread
/// starts; whoever has set it otherwise is obeyed.
pub fn keep_small() {
    // There is nothing in it that could not be read.
    let _ = dotenvy::from_read(LARGEST_KEPT.as_bytes());
}
