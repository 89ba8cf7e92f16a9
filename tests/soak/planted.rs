//! The checks are not blind: on a real pair, each sees what was done behind the program's back.

use mysql_async::prelude::Queryable;

use crate::checks::{audit, chain, equal, leaks, synced};
use crate::sql::{Patience, try_connect};
use crate::stage::{ACCOUNT, Servers, Stage};

/// Says what all checks find together.
async fn findings(stage: &Stage, memory: &mut audit::Memory) -> Vec<String> {
    let mut findings = equal(stage).await;
    findings.extend(synced::check(stage).await);
    findings.extend(chain::check(stage, 0).await);
    findings.extend(audit::check(stage, memory).await);
    findings
}

/// A site that has carried a few records, some of them twice, on which nothing is wrong.
async fn healthy(servers: &Servers, memory: &mut audit::Memory) -> Stage {
    let stage = Stage::set(servers).await;
    let work = [
        "insert into shops values ('ab1', 'one', uuid_short()), ('AB2', 'two', uuid_short())",
        "insert into people (id, email, shop, version) values (1, 'e1', 'AB1', uuid_short()), (2, 'e2', null, uuid_short()); \
         insert into sales (id, person, version) values (5, 1, uuid_short()); \
         insert into sale_lines values (5, 1, 'a', uuid_short()), (5, 2, null, uuid_short()); \
         insert into notes values ('k1', 'first', uuid_short()), ('k2', null, uuid_short())",
        "update notes set text = 'second', version = uuid_short() where id = 'k1'; \
         update sales set id = 6, version = uuid_short() where id = 5; \
         update shops set code = 'AB1', version = uuid_short() where code = 'ab1'; \
         delete from people where id = 2",
    ];
    for sql in work {
        stage.pair.local.execute(sql).await;
        stage.daily.run(&["sync"]).await.expect_code(0);
    }
    assert_eq!(findings(&stage, memory).await, Vec::<String>::new());
    stage
}

/// What is done by hand, the statement that mends it, and what must be found between the two.
type Plants = &'static [(&'static str, &'static str, &'static str)];

const IN_CENTRAL: Plants = &[
    ("delete from notes where id = 'k2'", "insert into notes select * from kept", "notes differs"),
    (
        "update notes set text = 'other' where id = 'k1'",
        "update notes set text = 'second' where id = 'k1'",
        "notes k1 is SYNCED as",
    ),
    (
        "delete from sale_lines where pos = 2",
        "insert into sale_lines select * from kept_lines",
        "sale_lines 6/2 is SYNCED",
    ),
    (
        "update notes set version = version - 1 where id = 'k1'",
        "update notes set version = version + 1 where id = 'k1'",
        "never had",
    ),
    ("update sync_sites set last_batch = 1", "update sync_sites set last_batch = 3", "the ledger shows"),
    (
        "set @now = (select last_token from sync_sites); update sync_sites set last_token = 'another'; \
         update sync_sites set last_token = @now",
        "do 0",
        "was applied twice",
    ),
];

const IN_LOCAL: Plants = &[
    (
        "update sync_intents set state = 'DROPPED' where number = 3",
        "update sync_intents set state = 'ACKNOWLEDGED'",
        "is DROPPED in DB_A",
    ),
    (
        "update sync_queue set sync_status = 'FAILED' limit 1",
        "update sync_queue set sync_status = 'SYNCED'",
        "entries failed",
    ),
    (
        "update sync_intents set entries = '1' where number = 3",
        "update sync_intents set entries = '10-20' where number = 3",
        "was applied twice, by intents",
    ),
    (
        "insert into notes values ('k9', null, uuid_short()); update sync_queue set sync_status = 'SYNCED'",
        "delete from notes where id = 'k9'",
        "notes k9 is SYNCED",
    ),
    ("update sync_queue set sync_status = 'SYNCED'", "do 0", "no batch named it"),
];

#[tokio::test]
async fn whatever_is_done_behind_the_program_s_back_is_found() {
    let (servers, mut memory) = (Servers::start(), audit::Memory::default());
    let stage = healthy(&servers, &mut memory).await;
    let (local, central) = (&stage.pair.local, &stage.pair.central);
    let keep = "create table kept select * from notes where id = 'k2'; \
                create table kept_lines select * from sale_lines where pos = 2";
    central.execute(keep).await;
    for (side, planted) in [(central, IN_CENTRAL), (local, IN_LOCAL)] {
        for (plant, mend, expected) in planted {
            side.execute(plant).await;
            let found = findings(&stage, &mut memory).await;
            assert!(found.iter().any(|finding| finding.contains(expected)), "{plant}: {found:?}");
            side.execute(mend).await;
        }
    }
    nothing_left_behind(&stage).await;
}

/// A connection of the program's account, or the cycle's lock, that is left behind is found.
async fn nothing_left_behind(stage: &Stage) {
    assert_eq!(leaks::check_stopped(stage).await, Vec::<String>::new());
    let url = stage.daily.setting("LOCAL_DATABASE_URL").unwrap();
    assert!(url.contains(ACCOUNT));
    let left = try_connect(url, Patience::Long).await.unwrap();
    assert_eq!(leaks::check_stopped(stage).await.len(), 1, "a connection is left");
    left.disconnect().await.unwrap();
    let mut other = stage.pair.local.connect().await;
    other.query_drop("do get_lock(concat('backhaul.', left(sha2(database(), 256), 40)), 0)").await.unwrap();
    assert_eq!(leaks::check_stopped(stage).await.len(), 1, "the lock is left");
}
