//! Starts the program.

use std::process::ExitCode;

fn main() -> ExitCode {
    backhaul::cli::main()
}
