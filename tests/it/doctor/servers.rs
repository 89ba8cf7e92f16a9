//! Settings of the servers. They are global, so each test has servers of its own.

use super::{code, findings, found_and_mended};
use crate::support::{OwnServer, Pair, Place};

struct Own {
    pair: Pair,
    _local: OwnServer,
    _central: OwnServer,
}

async fn own() -> Own {
    let (local, central) = (OwnServer::start(Place::Local), OwnServer::start(Place::Central));
    let pair = Pair::on(&local, &central).await;
    pair.backhaul(&["install"]).await.expect_code(0);
    Own { pair, _local: local, _central: central }
}

#[tokio::test]
async fn settings_that_lose_or_stop_changes_are_found_and_mended_by_the_statement() {
    let own = own().await;
    let pair = &own.pair;
    pair.local.execute("set global binlog_format = 'STATEMENT'").await;
    found_and_mended(pair, &["statement-log"]).await;
    for side in [&pair.local, &pair.central] {
        side.execute("set global read_only = 1").await;
        let found = found_and_mended(pair, &["read-only"]).await;
        assert_eq!(found.len(), 1, "one side only: {found:?}");
    }
    pair.central.execute("set global max_allowed_packet = 1048576").await;
    found_and_mended(pair, &["packet-below-batch"]).await;
}

#[tokio::test]
async fn a_row_larger_than_a_packet_of_central_is_foreseen() {
    let mut own = own().await;
    own.pair.set("SYNC_TABLES", "users,orders,photos");
    own.pair.set("SYNC_BATCH_BYTES", "1048576");
    let pair = &own.pair;
    for side in [&pair.local, &pair.central] {
        side.execute("create table photos (id int primary key, small varchar(2000), photo longblob)").await;
    }
    pair.backhaul(&["install"]).await.expect_code(0);
    pair.central.execute("set global max_allowed_packet = 2097152").await;
    assert!(findings(pair).await.is_empty(), "no row of an empty table is large");
    pair.local.execute("insert into photos values (1, '', repeat('x', 1500000)); analyze table photos").await;
    let found = found_and_mended(pair, &["packet-below-row"]).await;
    assert!(found[0]["message"].as_str().unwrap().contains("photos"), "{found:?}");
}

#[tokio::test]
async fn a_mysql_whose_cascades_fall_short_is_found_where_keys_cascade() {
    if !Place::Local.is_mysql() {
        crate::support::not_tested_here("cascades as MySQL 9.7 carries them out; `make test-engines` does");
        return;
    }
    let mut engine = Place::Local.engine();
    engine.server_options.retain(|option| !option.contains("native-foreign-keys"));
    let (local, central) = (OwnServer::start_engine(engine), OwnServer::start(Place::Central));
    let pair = Pair::on(&local, &central).await;
    pair.backhaul(&["install"]).await.expect_code(0);
    assert!(findings(&pair).await.is_empty(), "no key acts");
    pair.local.execute("alter table orders drop foreign key orders_user; alter table orders add constraint orders_user foreign key (user_id) references users (id) on delete cascade").await;
    pair.backhaul(&["install"]).await.expect_code(0);
    let found = findings(&pair).await;
    assert_eq!(found.iter().map(code).collect::<Vec<_>>(), ["cascades-fall-short"]);
}

#[tokio::test]
async fn a_local_database_that_is_a_replica_is_found() {
    let own = own().await;
    let replicate = if Place::Local.is_mysql() {
        "change replication source to source_host = '127.0.0.1', source_port = 1, source_user = 'nobody'"
    } else {
        "change master to master_host = '127.0.0.1', master_port = 1, master_user = 'nobody'"
    };
    own.pair.local.execute(replicate).await;
    found_and_mended(&own.pair, &["replica"]).await;
}

#[tokio::test]
async fn a_clock_that_is_wrong_is_found_on_either_side() {
    let own = own().await;
    let mut pair = own.pair;
    for (side, setting) in [("DB_A", "LOCAL_DATABASE_URL"), ("DB_B", "CENTRAL_DATABASE_URL")] {
        let right = pair.program.setting(setting).unwrap().to_owned();
        let server = if side == "DB_A" { &pair.local } else { &pair.central };
        // A server runs this for every account without special privileges, and its clock then is what is set here.
        server
            .execute(
                "create user late@'127.0.0.1' identified by 'late'; \
                 grant select, insert, update, delete, trigger on *.* to late@'127.0.0.1'; \
                 set global init_connect = 'set timestamp = unix_timestamp() + 3600'; \
                 set global log_bin_trust_function_creators = 1",
            )
            .await;
        pair.set(setting, &format!("mysql://late:late@{}", right.split_once('@').unwrap().1));
        let found = findings(&pair).await;
        assert_eq!(found.iter().map(code).collect::<Vec<_>>(), ["clock-differs"], "{found:?}");
        assert_eq!(found[0]["side"], side);
        let server = if side == "DB_A" { &pair.local } else { &pair.central };
        server.execute("set global init_connect = ''").await;
        assert!(findings(&pair).await.is_empty());
        pair.set(setting, &right);
    }
}
