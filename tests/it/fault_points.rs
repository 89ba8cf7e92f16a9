//! A fault at every named point of the program, each of four kinds; then one more cycle heals it, with no one's help.

use std::collections::BTreeSet;
use std::path::Path;

use rstest::rstest;

use crate::support::shop::{audit_users, refuse_bad_users};
use crate::support::{Backup, OwnServer, Pair, Place, faulty, servers::shared};

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
    "site-status-before-commit" Cycle,
    "site-status-after-commit" Cycle,
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
            Self::TrustCentral => &["resume", "--trust", "central", "--force"],
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

/// Brings a site to where the command begins in which the fault happens.
async fn prepare(pair: &mut Pair, way: Way, fault: (&str, &str)) {
    faulty::load(pair).await;
    if way == Way::Install {
        faulty::run_with(pair, way.arguments(), fault.0, fault.1).await;
    }
    faulty::run_again(pair, &["install"], 0).await;
    refuse_bad_users(pair).await;
    faulty::begin(pair).await;
    let backup = if way == Way::Behind { Some(Backup::of(&pair.central, "old").await) } else { None };
    faulty::go_on(pair).await;
    if let Some(backup) = backup {
        backup.restore(&pair.central).await;
    }
    audit_users(pair).await;
    if way.settles() {
        faulty::leave_applied(pair).await;
    }
    if matches!(way, Way::TrustLocal | Way::TrustCentral) {
        pair.central.execute("update users set name = 'strayed' where id = 5").await;
    }
    if way == Way::SmallPackets {
        change_much(pair).await;
    }
    faulty::change(pair).await;
}

async fn fault_heals(point: &str, fault: &str) {
    let &(_, way) = POINTS.iter().find(|(name, _)| *name == point).unwrap();
    let own = (way == Way::SmallPackets).then(|| OwnServer::start(Place::Central));
    let central = own.as_deref().unwrap_or(&shared().central);
    let mut pair = Pair::on(&shared().local, central).await;
    if way == Way::SmallPackets {
        pair.central.execute("set global max_allowed_packet = 16384").await;
    }
    prepare(&mut pair, way, (point, fault)).await;
    let direct = pair.program.clone();
    if way == Way::Unreachable {
        pair.set("CENTRAL_DATABASE_URL", "mysql://nobody:x@127.0.0.1:1/nowhere");
    }
    if way != Way::Install {
        faulty::run_with(&pair, way.arguments(), point, fault).await;
    }
    pair.program = direct;
    if !way.is_cycle() {
        faulty::run_again(&pair, way.arguments(), 0).await;
    }
    faulty::assert_one_cycle_heals(&pair).await;
    // DB_B's rows, once brought down, go up again as they are.
    if way != Way::TrustCentral {
        faulty::assert_written_once(&pair).await;
    }
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
        let befores = [
            names(&source, ".commit"),
            names(&source, ".before_commit"),
            names(&source, "send_and_commit(Point::named"),
        ];
        let afters = [
            names(&source, ".commit"),
            names(&source, ".after_commit"),
            names(&source, "send_and_commit(Point::named"),
        ];
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
    let scripts = ["renew_generation.sql", "site_status.sql"];
    for (file, source) in all_sources() {
        let is_unmarked =
            source.contains("\"commit\"") && !packets.iter().any(|packet| file.ends_with(packet));
        assert!(!is_unmarked, "{file} commits without a name: use Session::commit");
        let is_script = !source.starts_with("//") && source.lines().any(|line| line.trim() == "commit");
        let has_points = scripts.iter().any(|script| file.ends_with(script));
        assert!(!is_script || has_points, "{file} commits without its points");
    }
}
