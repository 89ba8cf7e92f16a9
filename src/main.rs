//! Starts the program.

use std::process::ExitCode;

/// Gives memory back that is free. The one of glibc keeps the room of large buffers for later ones, and so takes more the
/// longer a backlog is.
#[cfg(target_os = "linux")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    backhaul::cli::main()
}
