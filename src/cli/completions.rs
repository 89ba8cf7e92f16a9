//! `backhaul completions`.

use clap::{Args, Command};
use clap_complete::Shell;

use super::{exit, output};

/// The arguments of `completions`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The shell that is to complete
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the script that lets a shell complete the words of the command line.
pub fn run(mut command: Command, arguments: &Arguments) -> anyhow::Result<u8> {
    let mut script = Vec::new();
    let name = command.get_name().to_owned();
    clap_complete::generate(arguments.shell, &mut command, name, &mut script);
    output::print_as_is(String::from_utf8(script)?.trim_end())?;
    Ok(exit::DONE)
}
