//! What a person sees: colour and no colour, slips, errors that say what to do, completions and the manual.

use std::path::Path;
use std::process::{Command, Stdio};

use rstest::rstest;

use crate::support::program::{Finished, free_port};
use crate::support::shop::{installed, refuse_bad_users, sync, users};
use crate::support::{OwnServer, Pair, Place, not_tested_here};

/// The commands that print a report in colour.
const REPORTS: [&[&str]; 7] =
    [&["install"], &["sync"], &["status"], &["explain", "users", "1"], &["verify"], &["doctor"], &["retry"]];

/// A shop in which one record has arrived, one has failed, and one is held by it.
async fn with_setbacks() -> Pair {
    let mut pair = installed().await;
    pair.set("SYNC_MAX_RETRIES", &1);
    refuse_bad_users(&pair).await;
    pair.local
        .execute(&format!(
            "{}; insert into users (id, name, email) values (5, 'bad', 'b@x'); \
             insert into orders (id, user_id, amount) values (6, 5, 1)",
            users(1, 1)
        ))
        .await;
    sync(&pair, 3).await;
    pair
}

#[tokio::test]
async fn behind_a_pipe_nothing_is_coloured_unless_it_is_forced() {
    let mut pair = with_setbacks().await;
    for (key, value, coloured) in
        [("TERM", "xterm-256color", false), ("CLICOLOR_FORCE", "1", true), ("NO_COLOR", "1", false)]
    {
        pair.set(key, value);
        for report in REPORTS {
            let printed = pair.backhaul(report).await;
            assert_eq!(printed.stdout.contains('\u{1b}'), coloured, "{key} {report:?}: {printed:?}");
            assert!(!printed.stdout.trim().is_empty(), "{report:?}: {printed:?}");
            assert!(coloured || !printed.stderr.contains('\u{1b}'), "{key} {report:?}: {printed:?}");
        }
    }
    pair.set("NO_COLOR", "");
    pair.set("CLICOLOR_FORCE", "1");
    let json = pair.backhaul(&["status", "--json"]).await;
    assert!(!json.stdout.contains('\u{1b}') && json.json()["counts"]["held"] == 1, "{json:?}");
}

#[tokio::test]
async fn status_begins_with_the_answer_and_groups_what_is_stuck() {
    let pair = with_setbacks().await;
    let status = pair.backhaul(&["status"]).await.expect_code(0).stdout;
    let first = status.lines().next().unwrap();
    assert!(
        first.starts_with("Stuck for ")
            && first.contains(": 1 entry has FAILED and needs a person, 1 entry is held"),
        "{status}"
    );
    assert!(status.contains("✗ users 5: FAILED since ") && status.contains("no_bad"), "{status}");
    assert!(status.contains("! orders 6: HELD since ") && status.contains("waits for users 5"), "{status}");
    assert!(status.contains("What to do:") && !status.contains('\u{1b}'), "{status}");
    let more: Vec<String> = (10..60).map(|id| format!("({id}, 'bad', '{id}@x')")).collect();
    let more = format!("insert into users (id, name, email) values {}", more.join(", "));
    pair.local.execute(&more).await;
    sync(&pair, 3).await;
    let status = pair.backhaul(&["status"]).await.expect_code(0).stdout;
    let failed = status.lines().find(|line| line.contains(" more: FAILED since ")).unwrap();
    let (named, others) = failed.trim_start_matches("  ✗ users ").split_once(" and ").unwrap();
    let others: usize = others.split(' ').next().unwrap().parse().unwrap();
    assert_eq!(named.split(", ").count() + others, 51, "{status}");
    assert_eq!(status.matches("What to do:").count(), 2, "one for each cause: {status}");
}

#[tokio::test]
async fn status_says_whether_the_site_is_in_sync_behind_or_offline() {
    let mut pair = installed().await;
    let first = async |pair: &Pair| {
        let status = pair.backhaul(&["status"]).await.expect_code(0).stdout;
        (status.lines().next().unwrap().to_owned(), status)
    };
    pair.local.execute(&users(1, 1)).await;
    let (line, status) = first(&pair).await;
    assert!(line.starts_with("Behind by 1 entry, the oldest for "), "{status}");
    assert!(status.contains("last cycle  none yet"), "{status}");
    sync(&pair, 0).await;
    let (line, status) = first(&pair).await;
    assert!(line.starts_with("In sync: ") && status.contains("last cycle  drained, "), "{status}");
    let address = format!("127.0.0.1:{}", pair.central_port());
    assert!(status.contains("DB_B        answers: ") && status.contains(&address), "{status}");
    pair.local.execute("update users set name = 'new'").await;
    pair.reach_central_through(free_port());
    let (line, status) = first(&pair).await;
    assert!(
        line.starts_with("Offline for ") && line.contains(": DB_B does not answer; 1 entry has waited for "),
        "{status}"
    );
    assert!(status.contains("nothing listens at this address"), "{status}");
    pair.set("IS_ONLINE", "false");
    let (line, _) = first(&pair).await;
    assert!(
        line.starts_with("Offline") && line.contains(": IS_ONLINE is not true; 1 entry has waited for "),
        "{line}"
    );
}

/// Gives a URL with another part in place of one.
fn with_part(url: &str, user: Option<&str>, address: Option<&str>, database: Option<&str>) -> String {
    let (login, rest) = url.strip_prefix("mysql://").unwrap().split_once('@').unwrap();
    let (host, name) = rest.split_once('/').unwrap();
    format!("mysql://{}@{}/{}", user.unwrap_or(login), address.unwrap_or(host), database.unwrap_or(name))
}

#[rstest]
#[case::refused(None, Some("127.0.0.1:1"), None, "nothing listens at this address")]
#[case::unknown_host(None, Some("no-such-host.invalid:3306"), None, "this host name is not known here")]
#[case::denied(Some("stranger:s3cret"), None, None, "does not take this user with this password")]
#[case::no_database(None, None, Some("not_there"), "the server has no such database")]
#[tokio::test]
async fn a_database_that_cannot_be_used_is_told_with_its_address_its_setting_and_what_to_do(
    #[case] user: Option<&str>,
    #[case] address: Option<&str>,
    #[case] database: Option<&str>,
    #[case] hint: &str,
) {
    let mut pair = installed().await;
    let (local, central) = (pair.local.url.clone(), pair.central.url.clone());
    let check = |what: &str, url: &str, setting: &str, text: &str| {
        let shown = url.split_once('@').unwrap().1;
        for part in [shown, setting, hint] {
            assert!(text.contains(part), "{what} does not say {part}: {text}");
        }
        assert!(!text.contains("s3cret"), "{what}: {text}");
    };
    let wrong = with_part(&local, user, address, database);
    pair.set("LOCAL_DATABASE_URL", &wrong);
    for command in [
        &["status"][..],
        &["sync"],
        &["verify"],
        &["doctor"],
        &["retry"],
        &["explain", "users", "1"],
        &["install"],
    ] {
        let Finished { stdout, stderr, .. } = pair.backhaul(command).await.expect_code(1);
        check(&format!("{command:?} with DB_A"), &wrong, "LOCAL_DATABASE_URL", &format!("{stdout}{stderr}"));
    }
    let wrong = with_part(&central, user, address, database);
    pair.set("LOCAL_DATABASE_URL", &local);
    pair.set("CENTRAL_DATABASE_URL", &wrong);
    for command in
        [&["status"][..], &["sync"], &["verify"], &["doctor"], &["explain", "users", "1"], &["install"]]
    {
        let Finished { stdout, stderr, .. } = pair.backhaul(command).await;
        // `explain` shows DB_A's half and only notes why DB_B's is missing.
        let setting = if command[0] == "explain" { "DB_B" } else { "CENTRAL_DATABASE_URL" };
        check(&format!("{command:?} with DB_B"), &wrong, setting, &format!("{stdout}{stderr}"));
    }
}

#[tokio::test]
async fn a_slip_in_a_table_s_name_is_answered_with_the_table_that_was_meant() {
    let mut pair = installed().await;
    let retry = pair.backhaul(&["retry", "--table", "order", "--record", "1"]).await.expect_code(1).stderr;
    assert!(retry.contains("did you mean orders? (there are: orders, users)"), "{retry}");
    let explain = pair.backhaul(&["explain", "usres", "1"]).await.expect_code(1).stderr;
    assert!(explain.contains("did you mean users?"), "{explain}");
    pair.set("SYNC_TABLES", "users,ordres");
    let refused = pair.backhaul(&["install"]).await.expect_code(1).stdout;
    assert!(refused.contains("did you mean orders? Then correct SYNC_TABLES"), "{refused}");
    let found = pair.backhaul(&["doctor"]).await.expect_code(3).stdout;
    assert!(found.contains("did you mean orders? Then correct SYNC_TABLES"), "{found}");
}

#[tokio::test]
async fn retry_says_what_it_set_free_and_when_it_goes() {
    let pair = with_setbacks().await;
    let retry = async |record: &[&str]| {
        let arguments = [&["retry"], record].concat();
        pair.backhaul(&arguments).await.expect_code(0).stdout
    };
    let held = retry(&["--table", "orders", "--record", "6"]).await;
    assert!(
        held.contains("orders 6 is held by another record") && held.contains("backhaul explain orders 6"),
        "{held}"
    );
    let arrived = retry(&["--table", "users", "--record", "1"]).await;
    assert!(arrived.starts_with("Nothing was changed: users 1 has not failed; all its entries"), "{arrived}");
    let unknown = retry(&["--table", "users", "--record", "77"]).await;
    assert!(unknown.contains("the queue has no entry of users 77"), "{unknown}");
    let freed = retry(&["--table", "users", "--record", "5"]).await;
    assert!(
        freed.starts_with(
            "Set free: 1 FAILED entry is PENDING again, of users 5. The entries go at the next cycle, "
        ),
        "{freed}"
    );
    assert!(freed.contains(" UTC (in ") && freed.ends_with("to send them now: backhaul sync\n"), "{freed}");
    sync(&pair, 3).await;
    let all = retry(&["--all"]).await;
    assert!(all.starts_with("Set free: 1 FAILED entry of 1 record is PENDING again."), "{all}");
}

#[tokio::test]
async fn missing_settings_are_named_at_once_with_where_they_belong() {
    let mut pair = Pair::new().await;
    for key in ["LOCAL_DATABASE_URL", "CENTRAL_DATABASE_URL"] {
        pair.set(key, "");
    }
    let told = pair.backhaul(&["status"]).await.expect_code(1).stderr;
    assert!(told.contains("LOCAL_DATABASE_URL and CENTRAL_DATABASE_URL are not set"), "{told}");
    assert!(told.contains("There is no file .env here: copy .env.example to .env"), "{told}");
    assert_eq!(told.lines().count(), 1, "{told}");
    pair.program.write_env_file("PORT=3000\n");
    let told = pair.backhaul(&["status"]).await.expect_code(1).stderr;
    assert!(!told.contains("no file"), "{told}");
}

/// Runs a command within a terminal of its own, which `script` lends it, and gives what it drew.
async fn in_a_terminal(pair: &Pair, arguments: &[&str]) -> String {
    let words: Vec<&str> = [&[env!("CARGO_BIN_EXE_backhaul")], arguments].concat();
    let mut command = Command::new("script");
    command
        .args(["--quiet", "--return", "--command", &words.join(" "), "/dev/null"])
        .current_dir(pair.dir())
        .env_clear()
        .envs(pair.program.settings())
        .env("TERM", "xterm-256color")
        .env("PATH", "/usr/bin:/bin")
        .stdin(Stdio::null());
    tokio::task::spawn_blocking(move || Finished::of(&mut command)).await.unwrap().stdout
}

#[tokio::test]
async fn on_a_terminal_a_cycle_shows_its_progress_beside_whole_log_lines() {
    if cfg!(not(target_os = "linux")) {
        not_tested_here("a terminal: `script` takes other options on this system");
        return;
    }
    let mut pair = installed().await;
    pair.set("SYNC_BATCH_SIZE", &100);
    pair.set("RUST_LOG", "debug");
    pair.local.execute(&users(1, 3_000)).await;
    let drawn = in_a_terminal(&pair, &["sync"]).await;
    assert!(drawn.contains("of about 3,000 entries"), "{drawn:?}");
    assert!(drawn.contains("drained:") && drawn.contains("3,000 entries synced"), "{drawn:?}");
    assert!(drawn.contains("cycle drained"), "nothing was logged that could be torn: {drawn:?}");
    // What is left on the screen: a carriage return or an erased line ends what the bar had drawn.
    let torn: Vec<&str> = drawn
        .split(['\n', '\r'])
        .flat_map(|line| line.split("\u{1b}[2K"))
        .filter(|line| line.contains("of about") && line.contains("cycle drained"))
        .collect();
    assert!(torn.is_empty(), "{torn:?}");
    assert!(drawn.contains("\u{1b}[32m"), "a terminal shows colour: {drawn:?}");
    pair.set("NO_COLOR", "1");
    pair.local.execute("update users set name = 'new'").await;
    let plain = in_a_terminal(&pair, &["sync"]).await;
    let coloured = plain.split("\u{1b}[").skip(1).any(|rest| {
        rest.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == ';').starts_with('m')
    });
    assert!(plain.contains("of about 3,000 entries") && !coloured, "{plain:?}");
    let piped = pair.backhaul(&["sync"]).await.expect_code(0);
    assert!(!piped.stderr.contains("of about"), "{}", piped.stderr);
}

#[tokio::test]
async fn completions_are_a_script_that_bash_takes_and_that_completes_commands() {
    let pair = Pair::new().await;
    let script = pair.backhaul(&["completions", "bash"]).await.expect_code(0).stdout;
    let path = pair.dir().join("completions.bash");
    std::fs::write(&path, script).unwrap();
    let complete = "source \"$0\"; COMP_WORDS=(backhaul ver); COMP_CWORD=1; \
                    _backhaul backhaul ver backhaul; echo \"${COMPREPLY[*]}\"";
    let bash = |arguments: &[&str]| Finished::of(Command::new("bash").args(arguments).arg(&path));
    bash(&["-n"]).expect_code(0);
    let completed = bash(&["--norc", "-c", complete]).expect_code(0);
    assert_eq!(completed.stdout.trim(), "verify", "{completed:?}");
    for shell in ["zsh", "fish"] {
        let script = pair.backhaul(&["completions", shell]).await.expect_code(0).stdout;
        assert!(script.contains("explain") && script.contains("doctor"), "{shell}: {script}");
    }
}

#[tokio::test]
async fn every_command_has_a_page_in_the_manual() {
    let pair = Pair::new().await;
    let first = pair.backhaul(&["man"]).await.expect_code(0).stdout;
    assert!(first.contains(".TH backhaul 1") && first.contains(".SH NAME"), "{first}");
    pair.backhaul(&["man", "--out", "pages"]).await.expect_code(0);
    let page = |name: &str| std::fs::read_to_string(pair.dir().join("pages").join(name)).unwrap();
    let help = pair.backhaul(&["--help"]).await.stdout;
    let list = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let names: Vec<&str> = list.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(names.len() > 10, "{help}");
    for name in names.into_iter().filter(|name| *name != "help") {
        let page = page(&format!("backhaul-{name}.1"));
        for part in [".TH ", ".SH SYNOPSIS", "Example:"] {
            assert!(page.contains(part), "{name} lacks {part}: {page}");
        }
    }
    assert!(Path::new(&pair.dir().join("pages/backhaul.1")).exists());
}

#[tokio::test]
async fn doctor_is_a_list_to_tick_off_with_remedies_to_copy() {
    let (local, central) = (OwnServer::start(Place::Local), OwnServer::start(Place::Central));
    let pair = Pair::on(&local, &central).await;
    pair.backhaul(&["install"]).await.expect_code(0);
    let report = pair.backhaul(&["doctor"]).await.expect_code(3).stdout;
    assert!(report.contains("\n✓ ok            what the account may do in DB_A\n"), "{report}");
    assert!(report.contains("✗ Error (log-not-flushed): "), "{report}");
    let found = pair.backhaul(&["doctor", "--json"]).await.json();
    for finding in found["findings"].as_array().unwrap() {
        let remedy = finding["remedy"].as_str().unwrap();
        let statement = remedy.split("; then ").next().unwrap().trim_start_matches("on DB_A: ");
        let alone = report.lines().any(|line| line.trim() == format!("{statement};"));
        assert!(alone, "{statement} does not stand on a line of its own: {report}");
    }
    assert!(!found["findings"].as_array().unwrap().is_empty());
    assert!(report.trim_end().lines().last().unwrap().starts_with("Found: "), "{report}");
    assert_eq!(found["checked"][0].as_object().unwrap().keys().count(), 3, "{found}");
}
