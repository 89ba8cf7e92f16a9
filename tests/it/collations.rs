//! Both servers with default collations of their own: tables are refused where keys would compare otherwise, and the
//! remedy is one that both servers understand.

use rstest::rstest;

use crate::support::shop::sync;
use crate::support::{Pair, Place, assert_equal_on_both_sides};
use crate::values::run_remedy;

/// A collation that the engine at this place has, and most others have not.
fn own(place: Place) -> &'static str {
    if place.is_mysql() { "utf8mb4_0900_ai_ci" } else { "utf8mb4_uca1400_ai_ci" }
}

/// Runs every remedy that `install` names, until it names none.
async fn mend(pair: &Pair) {
    for _ in 0..6 {
        let report = pair.backhaul(&["install", "--json"]).await;
        if report.code == Some(0) {
            return;
        }
        for refused in report.expect_code(1).json()["refused"].as_array().unwrap() {
            run_remedy(pair, refused["remedy"].as_str().unwrap()).await;
        }
    }
    panic!("one remedy leads to the next without end");
}

#[rstest]
#[case::of_the_key("k varchar(20) primary key, v varchar(20) default 'kept'", "on both sides: ")]
#[case::of_a_unique_value("k int primary key, v varchar(20) default 'kept' unique", "on DB_B: ")]
#[case::of_neither("k int primary key, v varchar(20) default 'kept'", "")]
#[tokio::test]
async fn a_table_in_each_server_s_own_collation_goes_on_after_its_remedy(
    #[case] columns: &str,
    #[case] where_to_run: &str,
) {
    let mut pair = Pair::new().await;
    pair.set("SYNC_TABLES", "t");
    let (local, central) = (own(Place::Local), own(Place::Central));
    // Where both servers have the same ones, DB_B takes one that is older.
    let central = if local == central { "utf8mb4_general_ci" } else { central };
    pair.local.execute(&format!("create table t ({columns}) collate {local}")).await;
    pair.central.execute(&format!("create table t ({columns}) collate {central}")).await;
    let refused = pair.backhaul(&["install", "--json"]).await.json()["refused"].clone();
    pair.local.execute("insert into t (k) values (1); insert into t (k, v) values (2, 'é ')").await;
    if let Some(refused) = refused.as_array().unwrap().first() {
        let remedy = refused["remedy"].as_str().unwrap();
        let knows = Place::Local.is_mysql() == Place::Central.is_mysql();
        assert!(remedy.starts_with(if knows { "on DB_B: " } else { where_to_run }), "{remedy}");
        sync(&pair, 3).await;
        mend(&pair).await;
    } else {
        assert_eq!(where_to_run, "", "it must be refused");
    }
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["t"]).await;
    // The remedy leaves DB_A's defaults as they are.
    let default = "select column_default from information_schema.columns \
                   where table_schema = database() and table_name = 't' and column_name = 'v'";
    assert_eq!(pair.local.one::<String>(default).await.trim_matches('\''), "kept");
}

#[tokio::test]
async fn a_missing_column_is_added_in_words_that_central_understands() {
    let mut pair = Pair::new().await;
    pair.set("SYNC_TABLES", "t");
    let own = own(Place::Local);
    let more = if Place::Local.is_mysql() { "v json, g geomcollection" } else { "v inet6, g uuid" };
    pair.local
        .execute(&format!(
            "create table t (k int primary key, a varchar(20) collate {own}, b enum('Small', 'it''s') collate {own}, {more})"
        ))
        .await;
    pair.central.execute("create table t (k int primary key)").await;
    pair.backhaul(&["install"]).await.expect_code(1);
    pair.local.execute("insert into t (k, a, b) values (1, 'é', 'Small')").await;
    sync(&pair, 3).await;
    mend(&pair).await;
    sync(&pair, 0).await;
    assert_eq!(pair.central.rows("select a, b from t").await, pair.local.rows("select a, b from t").await);
}
