//! What proves a circle of changes before anything is committed, each proof by itself: the plan would not
//! make such circles, but another writer may change DB_B between the look and the deed.

use backhaul::config::{Environment, Settings, TableSelection};
use backhaul::db::central_db::{CentralDb, Circle, Unit};
use backhaul::db::local_db::LocalDb;
use backhaul::db::mapping::Mapping;
use backhaul::models::change::{Change, Effect};
use backhaul::models::entry::RecordName;

use crate::support::Pair;

/// Teams, their members, and DB_B as a cycle has it, with an open transaction.
async fn teams() -> (Pair, CentralDb, Mapping) {
    let pair = Pair::new().await;
    for side in [&pair.local, &pair.central] {
        side.execute(
            "create table teams (id int primary key, name varchar(20), unique (name)); \
             create table members (id int primary key, team int, foreign key (team) references teams (id)); \
             insert into teams values (1, 'red'), (2, 'blue'); insert into members values (10, 1)",
        )
        .await;
    }
    let values = [
        ("LOCAL_DATABASE_URL".to_owned(), pair.local.url.clone()),
        ("CENTRAL_DATABASE_URL".to_owned(), pair.central.url.clone()),
    ];
    let settings = Settings::from_values(&Environment::new(None, values).values().unwrap()).unwrap();
    let mut local = LocalDb::connect(&settings).await.unwrap();
    let mut central = CentralDb::connect(&settings).await.unwrap();
    let catalogs = (local.catalog().await.unwrap(), central.catalog().await.unwrap());
    let mapping = Mapping::new(&catalogs.0, &catalogs.1, &TableSelection::All);
    assert!(mapping.problems.is_empty(), "{:?}", mapping.problems);
    (pair, central, mapping)
}

fn change(table: &str, id: &str, effect: Effect) -> Change {
    Change { record: RecordName { table: table.into(), record_id: id.into() }, last_entry: 1, effect }
}

fn upsert(table: &str, id: &str, other: &str) -> Change {
    change(table, id, Effect::Upsert([id.to_owned(), other.to_owned()].into_iter().collect()))
}

fn unit<'a>(mapping: &'a Mapping, changes: &[&'a Change]) -> Unit<'a> {
    Unit { table: mapping.table(&changes[0].record.table).unwrap(), changes: changes.to_vec() }
}

/// Tries a circle; if it is refused, it must be by a proof.
async fn is_made(central: &mut CentralDb, circle: &Circle<'_>) -> bool {
    let made = central.try_circle(circle).await;
    if let Err(error) = &made {
        assert_eq!(error.code(), Some(1242), "{error}");
    }
    made.is_ok()
}

#[tokio::test]
async fn a_swap_is_made_and_children_stay() {
    let (_pair, mut central, mapping) = teams().await;
    let (one, two) = (upsert("teams", "1", "'blue'"), upsert("teams", "2", "'red'"));
    let both = unit(&mapping, &[&one, &two]);
    let circle = Circle { parked: vec![both.clone()], upserts: vec![both], deletes: Vec::new() };
    assert!(is_made(&mut central, &circle).await);
}

#[tokio::test]
async fn a_row_whose_parent_is_missing_is_refused() {
    let (_pair, mut central, mapping) = teams().await;
    let orphan = upsert("members", "11", "99");
    let circle = Circle { upserts: vec![unit(&mapping, &[&orphan])], ..Circle::default() };
    assert!(!is_made(&mut central, &circle).await);
}

#[tokio::test]
async fn a_deleted_row_that_is_still_referred_to_is_refused() {
    let (_pair, mut central, mapping) = teams().await;
    let gone = change("teams", "1", Effect::Delete(vec!["1".to_owned()]));
    let circle = Circle { deletes: vec![unit(&mapping, &[&gone])], ..Circle::default() };
    assert!(!is_made(&mut central, &circle).await);
}

#[tokio::test]
async fn a_parked_row_that_does_not_come_back_is_refused() {
    let (_pair, mut central, mapping) = teams().await;
    let (one, two) = (upsert("teams", "1", "'green'"), upsert("teams", "2", "'red'"));
    let parked = vec![unit(&mapping, &[&one, &two])];
    let circle = Circle { parked, upserts: vec![unit(&mapping, &[&two])], deletes: Vec::new() };
    assert!(!is_made(&mut central, &circle).await);
}
