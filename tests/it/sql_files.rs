//! The SQL files load with the stock client, as people will load them.

use crate::support::Pair;

#[tokio::test]
async fn the_local_schema_loads_and_loads_again() {
    let pair = Pair::new().await;
    for _ in 0..2 {
        let loaded = pair.local.load_file("sql/local/schema.sql").expect_code(0);
        assert_eq!((loaded.stdout.as_str(), loaded.stderr.as_str()), ("", ""));
    }
    let columns = pair
        .local
        .column(
            "select column_name from information_schema.columns \
             where table_schema = database() and table_name = 'sync_queue' order by ordinal_position",
        )
        .await;
    let expected =
        ["id", "table_name", "record_id", "operation", "last_updated_at", "sync_status", "retry_count"];
    assert_eq!(columns, expected);
}

#[tokio::test]
async fn the_central_schema_loads_and_loads_again() {
    let pair = Pair::new().await;
    for _ in 0..2 {
        let loaded = pair.central.load_file("sql/central/schema.sql").expect_code(0);
        assert_eq!((loaded.stdout.as_str(), loaded.stderr.as_str()), ("", ""));
    }
    let tables = pair
        .central
        .column(
            "select table_name from information_schema.tables where table_schema = database() \
             order by cast(table_name as binary)",
        )
        .await;
    assert_eq!(tables, ["orders", "sync_site_status", "sync_site_tables", "sync_sites", "users"]);
}

#[tokio::test]
async fn the_sample_data_load_whole() {
    let pair = Pair::new().await;
    pair.local.load_file("sql/local/schema.sql").expect_code(0);
    pair.local.load_file("sql/local/sample_data.sql").expect_code(0);
    let names = pair.local.column("select name from users order by id").await;
    assert_eq!(names[1], "Bohumil Žížala", "the client's character set is the file's");
    assert_eq!(names[4], "Emi 見本 🚢");
    assert_eq!(pair.local.one::<u32>("select count(*) from orders").await, 6);
}
