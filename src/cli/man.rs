//! `backhaul man`.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Command};
use clap_mangen::Man;

use super::{exit, output};

/// The arguments of `man`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Write a page for each command into this directory, instead of printing the first one
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Prints the manual's first page, or writes all of them.
pub fn run(command: Command, arguments: &Arguments) -> anyhow::Result<u8> {
    let command = command.disable_help_subcommand(true);
    let Some(dir) = &arguments.out else {
        let mut page = Vec::new();
        Man::new(command).render(&mut page)?;
        output::print_as_is(String::from_utf8(page)?.trim_end())?;
        return Ok(exit::DONE);
    };
    let cannot = || format!("cannot write manual pages to {}", dir.display());
    std::fs::create_dir_all(dir).with_context(cannot)?;
    clap_mangen::generate_to(command, dir).with_context(cannot)?;
    output::print(format_args!(
        "Manual pages were written to {}; look: man -l {}",
        dir.display(),
        dir.join("backhaul.1").display()
    ))?;
    Ok(exit::DONE)
}
