//! A fault at every named point of the program, each of four kinds; then one more cycle heals it, with no one's help.

use std::collections::BTreeSet;
use std::path::Path;

use rstest::rstest;

use crate::support::equality::differences_in;
use crate::support::shop::{audit_users, entries, let_time_pass, refuse_bad_users, sync};
use crate::support::{Backup, OwnServer, Pair, Place, assert_equal_on_both_sides, servers::shared, wait_for};

/// What the program does when it comes to the point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// A cycle.
    Cycle,
    /// A cycle that sends its batch in several packets.
    SmallPackets,
    /// A cycle after DB_B was restored from a backup.
    Behind,
    /// A cycle that cannot reach DB_B.
    Unreachable,
    /// `prune`.
    Prune,
    /// The first `install`.
    Install,
    /// `resume --trust local`.
    TrustLocal,
    /// `resume --trust central`.
    TrustCentral,
}

/// Declares the test of all points, and the list that is compared with the source.
macro_rules! points {
    ($($point:tt $way:ident,)+) => {
        const POINTS: &[(&str, Way)] = &[$(($point, Way::$way)),+];

        #[rstest]
        #[tokio::test]
        async fn a_fault_at_any_point_heals_at_the_next_cycle(
            #[values($($point),+)] point: &str,
            #[values("kill", "drop", "error", "delay")] fault: &str,
        ) {
            fault_heals(point, fault).await;
        }
    };
}

points! {
    "cycle-begun" Cycle,
    "central-reached" Cycle,
    "intents-listed" Cycle,
    "generation-before-commit" Cycle,
    "generation-after-commit" Cycle,
    "chain-followed" Cycle,
    "settled" Cycle,
    "held-tables-before-commit" Cycle,
    "held-tables-after-commit" Cycle,
    "tables-compared" Cycle,
    "entries-read" Cycle,
    "rows-read" Cycle,
    "claimed" Cycle,
    "intent-before-commit" Cycle,
    "intent-after-commit" Cycle,
    "intent-noted" Cycle,
    "packet-sent" SmallPackets,
    "batch-before-commit" Cycle,
    "batch-after-commit" Cycle,
    "batch-undone" Cycle,
    "fence-entered" Cycle,
    "search-undone" Cycle,
    "drop-before-commit" Cycle,
    "drop-after-commit" Cycle,
    "intent-dropped" Cycle,
    "changes-made" Cycle,
    "replacement-before-commit" Cycle,
    "replacement-after-commit" Cycle,
    "intent-replaced" Cycle,
    "rest-before-commit" Cycle,
    "rest-after-commit" Cycle,
    "applied" Cycle,
    "acknowledgement-before-commit" Cycle,
    "acknowledgement-after-commit" Cycle,
    "acknowledged" Cycle,
    "drained" Cycle,
    "books-closed" Cycle,
    "attempt-before-commit" Unreachable,
    "attempt-after-commit" Unreachable,
    "reopening-before-commit" Behind,
    "reopening-after-commit" Behind,
    "entries-pruned" Prune,
    "batch-pruned" Prune,
    "ledger-row-before-commit" Install,
    "ledger-row-after-commit" Install,
    "site-before-commit" Install,
    "site-after-commit" Install,
    "compared" TrustLocal,
    "central-epoch-before-commit" TrustLocal,
    "central-epoch-after-commit" TrustLocal,
    "central-begun" TrustLocal,
    "counters-raised" TrustLocal,
    "queueing-before-commit" TrustLocal,
    "queueing-after-commit" TrustLocal,
    "carried-out" TrustLocal,
    "local-epoch-before-commit" TrustLocal,
    "local-epoch-after-commit" TrustLocal,
    "bringing-in-before-commit" TrustCentral,
    "bringing-in-after-commit" TrustCentral,
}

impl Way {
    fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Cycle | Self::SmallPackets | Self::Behind | Self::Unreachable => &["sync"],
            Self::Prune => &["prune"],
            Self::Install => &["install"],
            Self::TrustLocal => &["resume", "--trust", "local"],
            Self::TrustCentral => &["resume", "--trust", "central"],
        }
    }

    fn is_cycle(self) -> bool {
        self.arguments() == ["sync"]
    }

    /// Tells whether a batch that DB_B committed before the fault is settled in it or after it. `resume` decides anew.
    fn settles(self) -> bool {
        matches!(self, Self::Cycle | Self::Unreachable | Self::Prune)
    }
}

/// Tells whether the program says that it came to the point.
fn came_to(stderr: &str, point: &str, fault: &str) -> bool {
    stderr.contains(&format!("fault point {point}: {fault}"))
}

/// Runs a command, and lets a fault happen the first time it comes to a point. During a delay, others go on working.
async fn run_with(pair: &Pair, arguments: &[&str], point: &str, fault: &str) {
    let asked = format!("{point}=1*return({fault})");
    let mut running = pair.program.clone().with("FAILPOINTS", &asked).start(arguments);
    if fault == "delay" {
        wait_for("the program comes to the point", async || {
            running.has_ended() || came_to(&running.stderr(), point, fault)
        })
        .await;
        pair.local.execute("update users set name = 'v3' where id in (2, 6)").await;
    }
    let ended = running.finish().await;
    assert!(came_to(&ended.stderr, point, fault), "it never came to {point}:\n{}", ended.stderr);
    assert_eq!(ended.code.is_none(), fault == "kill", "{:?}:\n{}", ended.code, ended.stderr);
    assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
}

/// Runs a command once nothing of a dead program holds the lock any more.
async fn run_again(pair: &Pair, arguments: &[&str], code: i32) {
    let mut last = None;
    wait_for("the dead program's lock is gone", async || {
        let ended = pair.backhaul(arguments).await;
        let is_busy = ended.code == Some(5);
        last = Some(ended);
        !is_busy
    })
    .await;
    last.unwrap().expect_code(code);
}

/// A site with records that nobody queued, pruned history, and, where it matters, a batch that was applied and not
/// acknowledged.
async fn with_history(pair: &mut Pair, way: Way) {
    pair.set("QUEUE_RETENTION_DAYS", &0);
    pair.set("SYNC_BATCH_SIZE", &8);
    let user = |id: u32| format!("({id}, 'v0', '{id}@x')");
    let all: Vec<String> = (1..=12).map(user).collect();
    pair.local.execute(&format!("insert into users (id, name, email) values {}", all.join(", "))).await;
    pair.local
        .execute("insert into orders (id, user_id, amount) values (1, 1, 1.50), (2, 2, 2.50), (3, 3, 3)")
        .await;
    sync(pair, 0).await;
    pair.backhaul(&["prune"]).await.expect_code(0);
    let backup = if way == Way::Behind { Some(Backup::of(&pair.central, "old").await) } else { None };
    pair.local.execute("update users set name = 'v1' where id <= 3").await;
    sync(pair, 0).await;
    if let Some(backup) = backup {
        backup.restore(&pair.central).await;
    }
    audit_users(pair).await;
    if way.settles() {
        pair.local.execute("update users set name = 'v1' where id = 12").await;
        run_with(pair, &["sync"], "batch-after-commit", "kill").await;
        run_released(pair).await;
    }
    if matches!(way, Way::TrustLocal | Way::TrustCentral) {
        pair.central.execute("update users set name = 'strayed' where id = 5").await;
    }
}

/// Waits until DB_A has noticed the death of the program that held the cycle's lock.
async fn run_released(pair: &Pair) {
    let holder = "select coalesce(is_used_lock(concat('backhaul.', left(sha2(database(), 256), 40))), 0)";
    wait_for("the dead program's lock is gone", async || pair.local.one::<u64>(holder).await == 0).await;
}

/// Inserts, updates, deletes, a record that DB_B rejects and one that waits for it, and an order whose user nobody queued.
async fn change(pair: &Pair) {
    pair.local
        .execute(
            "insert into orders (id, user_id, amount) values (50, 50, 50); \
             update users set name = 'v2' where id in (1, 2, 3, 4); delete from users where id = 11; \
             insert into users (id, name, email) values (20, 'v2', '20@x'), (30, 'bad', '30@x'), (21, 'v2', '21@x'); \
             insert into orders (id, user_id, amount) values (30, 30, 30), (20, 20, 20); \
             update orders set amount = 9.99 where id = 1; delete from orders where id = 3",
        )
        .await;
}

/// Fills one batch with two statements that do not go in one small packet together.
async fn change_much(pair: &mut Pair) {
    pair.set("SYNC_BATCH_SIZE", &(31 + 121));
    let user = |id: u32| format!("({id}, 'v2', concat(repeat('e', 220), {id}))");
    let users: Vec<String> = (100..=130).map(user).collect();
    let order = |id: u32| format!("({id}, 1, {id})");
    let orders: Vec<String> = (100..=220).map(order).collect();
    pair.local.execute(&format!("insert into users (id, name, email) values {}", users.join(", "))).await;
    pair.local
        .execute(&format!("insert into orders (id, user_id, amount) values {}", orders.join(", ")))
        .await;
}

/// Nothing was written to DB_B twice, and nothing went back.
async fn assert_written_once(pair: &Pair) {
    let twice = "select id, what, name, count(*) from audit group by id, what, name having count(*) > 1";
    assert_eq!(pair.central.rows(twice).await, Vec::<Vec<Option<String>>>::new(), "nothing is written twice");
    let back = "select new.id, old.name, new.name from audit old join audit new on old.id = new.id and old.n < new.n \
                where old.name regexp '^v[0-9]$' and new.name regexp '^v[0-9]$' and new.name < old.name";
    assert_eq!(pair.central.rows(back).await, Vec::<Vec<Option<String>>>::new(), "nothing goes back");
}

async fn fault_heals(point: &str, fault: &str) {
    let &(_, way) = POINTS.iter().find(|(name, _)| *name == point).unwrap();
    let mut _own = None;
    let mut pair = if way == Way::SmallPackets {
        let central = OwnServer::start(Place::Central);
        let pair = Pair::on(&shared().local, &central).await;
        pair.central.execute("set global max_allowed_packet = 16384").await;
        _own = Some(central);
        pair
    } else {
        Pair::new().await
    };
    pair.local.load_file("sql/local/schema.sql").expect_code(0);
    pair.local.execute("insert into users (id, name, email) values (50, 'v0', '50@x')").await;
    if way == Way::Install {
        run_with(&pair, &["install"], point, fault).await;
    }
    run_again(&pair, &["install"], 0).await;
    refuse_bad_users(&pair).await;
    with_history(&mut pair, way).await;
    if way == Way::SmallPackets {
        change_much(&mut pair).await;
    }
    change(&pair).await;
    let direct = pair.program.clone();
    if way == Way::Unreachable {
        pair.set("CENTRAL_DATABASE_URL", "mysql://nobody:x@127.0.0.1:1/nowhere");
    }
    if way != Way::Install {
        run_with(&pair, way.arguments(), point, fault).await;
    }
    pair.program = direct;
    if !way.is_cycle() {
        run_again(&pair, way.arguments(), 0).await;
    }
    run_again(&pair, &["sync"], 3).await;
    let pending =
        "select distinct table_name, record_id from sync_queue where sync_status <> 'SYNCED' order by 1 desc";
    let pending: Vec<_> = pair.local.rows(pending).await.into_iter().flatten().flatten().collect();
    assert_eq!(
        pending,
        ["users", "30", "orders", "30"],
        "only the bad record and what waits for it are left"
    );
    for table in ["users", "orders"] {
        let differences = differences_in(&pair, table).await;
        assert_eq!(differences.len(), 1, "all others arrived: {differences:?}");
    }
    assert_eq!(pair.local.one::<u64>("select count(*) from sync_intents where state = 'OPEN'").await, 0);
    if way != Way::TrustCentral {
        assert_written_once(&pair).await;
    }
    pair.local.execute("update users set name = 'mended' where id = 30").await;
    let_time_pass(&pair).await;
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["users", "orders"]).await;
    assert_eq!((entries(&pair, "PENDING").await, entries(&pair, "FAILED").await), (0, 0));
}

/// Lists every source file below a folder.
fn sources(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else {
            found.push((path.display().to_string(), std::fs::read_to_string(&path).unwrap()));
        }
    }
}

fn all_sources() -> Vec<(String, String)> {
    let mut found = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    assert!(found.len() > 50);
    found
}

/// Finds the names with which calls of `function` begin.
fn names<'a>(source: &'a str, function: &str) -> Vec<&'a str> {
    let call = format!("{function}(\"");
    source.split(call.as_str()).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn every_point_of_the_source_is_in_the_list_and_the_other_way_round() {
    let mut in_source = BTreeSet::new();
    for (_, source) in all_sources() {
        in_source.extend(names(&source, ".fault_point").into_iter().map(str::to_owned));
        let befores =
            [names(&source, ".commit"), names(&source, ".before_commit"), names(&source, "send_and_commit")];
        let afters =
            [names(&source, ".commit"), names(&source, ".after_commit"), names(&source, "send_and_commit")];
        in_source.extend(befores.concat().iter().map(|name| format!("{name}-before-commit")));
        in_source.extend(afters.concat().iter().map(|name| format!("{name}-after-commit")));
    }
    let in_list: BTreeSet<String> = POINTS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(in_list.len(), POINTS.len(), "no point is listed twice");
    assert_eq!(in_source, in_list);
}

#[test]
fn no_commit_of_a_cycle_or_a_command_goes_without_its_points() {
    // Those that go in one packet with other statements; their points stand around the packet.
    let packets = ["central_db/apply.rs", "central_db/epoch.rs", "db/fault_points.rs"];
    for (file, source) in all_sources() {
        let is_unmarked =
            source.contains("\"commit\"") && !packets.iter().any(|packet| file.ends_with(packet));
        assert!(!is_unmarked, "{file} commits without a name: use Session::commit");
        let is_script = !source.starts_with("//") && source.lines().any(|line| line.trim() == "commit");
        assert!(!is_script || file.ends_with("renew_generation.sql"), "{file} commits without its points");
    }
}
