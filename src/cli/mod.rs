//! The command line: one file for each command, exit statuses in one place.

mod causes;
mod completions;
mod context;
mod demo;
mod doctor;
mod exit;
mod explain;
mod install;
mod man;
mod output;
mod paint;
mod progress;
mod prune;
mod resume;
mod retry;
mod serve;
mod status;
mod sync;
mod uninstall;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory as _, Parser, Subcommand};

use crate::db::buffers;
use crate::utils::fault;
use context::Context;

/// Carries the changes of an often offline database (DB_A) to a central one (DB_B), exactly once.
#[derive(Debug, Parser)]
#[command(name = "backhaul", version, about, propagate_version = true)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// What may stand before or after any command.
#[derive(Debug, Args)]
struct Global {
    /// File of settings, read besides the environment, which wins [default: .env, which need not exist]
    #[arg(long, value_name = "PATH", global = true)]
    env_file: Option<PathBuf>,
    /// Print the report as JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start two private servers, install, load sample data on first use, and serve; Ctrl-C stops all
    #[command(after_help = "Example:\n  backhaul demo")]
    Demo(demo::Arguments),
    /// Create or upgrade tables, queue, triggers and ledger on both sides; safe to repeat
    #[command(after_help = "Example:\n  backhaul install")]
    Install,
    /// Remove triggers and sync_… tables from DB_A, never user data
    #[command(after_help = "Example:\n  backhaul uninstall")]
    Uninstall(uninstall::Arguments),
    /// Run the API and the schedule
    #[command(after_help = "Example:\n  backhaul serve")]
    Serve,
    /// Run one cycle now
    ///
    /// Exit status: 0 drained, 3 some records failed, are held or wait, 4 offline or DB_B unreachable or unusable,
    /// 5 another cycle is running, 6 stopped because DB_A or DB_B is not the one it was, 1 any other error.
    #[command(after_help = "Example:\n  backhaul sync")]
    Sync,
    /// Say whether both sides are in sync; if not, since when, what is stuck, why, and what to do
    #[command(after_help = "Example:\n  backhaul status")]
    Status,
    /// Make failed entries PENDING again, due at once
    #[command(after_help = "Example:\n  backhaul retry --table orders --record 9")]
    Retry(retry::Arguments),
    /// Tell the whole story of one record: entries, attempts, errors, both sides field by field, what to do
    ///
    /// Exit status: 0 both sides are the same, 3 they differ, 4 offline or DB_B unreachable, 1 any other error.
    #[command(after_help = "Example:\n  backhaul explain orders 9")]
    Explain(explain::Arguments),
    /// Prove that DB_B equals DB_A, or list what differs and queue it
    ///
    /// Records that are pending, failed or held are listed apart. Exit status: 0 equal, 3 different,
    /// 4 offline or DB_B unreachable, 1 any other error.
    #[command(after_help = "Example:\n  backhaul verify --repair")]
    Verify(verify::Arguments),
    /// Go on after DB_A was restored or cloned, or DB_B restored or replaced: shows how they differ, begins a new epoch
    ///
    /// First counts the records that differ or exist on one side only; then does as `--trust` says. Nothing that exists
    /// only in DB_B is deleted without `--delete-extra`; ids of DB_B are never given again. Safe to repeat.
    /// Exit status: 0 done, 3 they differ (`--dry-run`), 4 offline or DB_B unreachable, 5 a cycle is running,
    /// 1 DB_A refused records of DB_B, or any other error.
    #[command(after_help = "Example:\n  backhaul resume --dry-run")]
    Resume(resume::Arguments),

    /// Find every way a change could escape or a record could fail, each with its remedy; changes nothing
    ///
    /// When DB_B cannot be reached, DB_A is checked all the same. Exit status: 0 nothing found, 3 findings,
    /// 1 DB_A cannot be used, or any other error.
    #[command(after_help = "Example:\n  backhaul doctor")]
    Doctor,
    /// Delete SYNCED entries past retention
    #[command(after_help = "Example:\n  backhaul prune")]
    Prune,
    /// Print a script that lets bash, zsh or fish complete the command line
    #[command(
        after_help = "Example:\n  backhaul completions bash > ~/.local/share/bash-completion/completions/backhaul"
    )]
    Completions(completions::Arguments),
    /// Print the manual page, or write one for each command
    #[command(after_help = "Example:\n  backhaul man --out ~/.local/share/man/man1")]
    Man(man::Arguments),
}

/// Runs the command that the arguments name.
#[must_use]
pub fn main() -> ExitCode {
    buffers::keep_small();
    fault::listen();
    let cli = Cli::parse();
    let context = Context::new(cli.global.env_file, cli.global.json);
    let ended = Context::block_on(async {
        match cli.command {
            Command::Demo(arguments) => demo::run(&context, &arguments).await,
            Command::Install => install::run(&context).await,
            Command::Uninstall(arguments) => uninstall::run(&context, &arguments).await,
            Command::Serve => serve::run(&context).await,
            Command::Sync => sync::run(&context).await,
            Command::Status => status::run(&context).await,
            Command::Retry(arguments) => retry::run(&context, &arguments).await,
            Command::Explain(arguments) => explain::run(&context, &arguments).await,
            Command::Verify(arguments) => verify::run(&context, &arguments).await,
            Command::Resume(arguments) => resume::run(&context, &arguments).await,
            Command::Doctor => doctor::run(&context).await,
            Command::Prune => prune::run(&context).await,
            Command::Completions(arguments) => completions::run(Cli::command(), &arguments),
            Command::Man(arguments) => man::run(Cli::command(), &arguments),
        }
    });
    exit::report(ended)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_help_of_every_command_ends_with_an_example() {
        for command in Cli::command().get_subcommands() {
            let name = command.get_name();
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.starts_with(&format!("Example:\n  backhaul {name}")), "{name}: {help}");
            let line = help.lines().nth(1).unwrap().split(" > ").next().unwrap();
            Cli::try_parse_from(line.split_whitespace()).unwrap();
        }
    }

    #[test]
    fn global_options_stand_before_or_after_a_command() {
        for line in [["backhaul", "--json", "sync"], ["backhaul", "sync", "--json"]] {
            assert!(Cli::parse_from(line).global.json);
        }
    }
}
