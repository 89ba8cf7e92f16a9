//! What the accounts may do.

use super::{code, findings, found_and_mended, run_remedy};
use crate::support::shop::installed;
use crate::support::{OwnServer, Pair, Place, Side, wait_for};

/// Creates an account with these privileges on the side's database, and gives its address for the settings.
async fn account(side: &Side, privileges: &str) -> String {
    account_called(&side.database, side, privileges).await
}

async fn account_called(name: &str, side: &Side, privileges: &str) -> String {
    let database = &side.database;
    side.execute(&format!(
        "create user `{name}`@'127.0.0.1' identified by 'p'; grant {privileges} on `{database}`.* to `{name}`@'127.0.0.1'"
    ))
    .await;
    format!("mysql://{name}:p@{}", side.url.split_once('@').unwrap().1)
}

#[tokio::test]
async fn the_accounts_of_the_documents_lack_nothing_but_the_right_to_be_trusted() {
    let own = [OwnServer::start(Place::Local), OwnServer::start(Place::Central)];
    let mut pair = Pair::on(&own[0], &own[1]).await;
    let [here, _, there, _] = documented();
    let (local, central) = (account(&pair.local, &here).await, account(&pair.central, &there).await);
    pair.set("LOCAL_DATABASE_URL", &local);
    pair.set("CENTRAL_DATABASE_URL", &central);
    let found = findings(&pair).await;
    assert_eq!(
        found.iter().map(code).collect::<Vec<_>>(),
        ["not-installed", "triggers-need-super"],
        "{found:#?}"
    );
    // The other way round: without the second remedy the first says what it needs, and does nothing.
    for finding in found.iter().rev() {
        run_remedy(&pair, finding["remedy"].as_str().unwrap()).await;
    }
    assert_eq!(findings(&pair).await, Vec::<serde_json::Value>::new());
}

/// Reads the privileges that docs/OPERATIONS.md tells to grant: for installing and for every day, on DB_A and on DB_B.
fn documented() -> [String; 4] {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/OPERATIONS.md");
    let text = std::fs::read_to_string(path).unwrap();
    let grants =
        text.lines().filter_map(|line| line.trim().strip_prefix("grant ")?.split(" on shop.* to ").next());
    let grants: Vec<String> = grants.map(str::to_owned).collect();
    grants.try_into().unwrap()
}

#[tokio::test]
async fn the_accounts_of_the_documents_do_what_each_of_them_is_for() {
    let own = [OwnServer::start(Place::Local), OwnServer::start(Place::Central)];
    let mut pair = Pair::on(&own[0], &own[1]).await;
    pair.local.execute("set global log_bin_trust_function_creators = 1").await;
    let [installs_local, local_daily, installs_central, central_daily] = documented();
    let installing = [
        account_called("till_install", &pair.local, &installs_local).await,
        account_called("site_install", &pair.central, &installs_central).await,
    ];
    let daily = [
        account_called("till", &pair.local, &local_daily).await,
        account_called("site", &pair.central, &central_daily).await,
    ];
    let lock = |what: &str| format!("alter user till_install@'127.0.0.1' account {what}");
    log_in(&mut pair, &installing);
    run(&pair, "install", 0).await;

    pair.local.execute(&lock("lock")).await;
    log_in(&mut pair, &daily);
    let server = pair.start(&["serve"]);
    wait_for("the API answers", async || reqwest::get(pair.api("/readyz")).await.is_ok()).await;
    let client = reqwest::Client::new();
    let user = client.post(pair.api("/users")).header("content-type", "application/json");
    let answer = user.body(r#"{"name":"Ada Sample","email":"ada@shop.example"}"#).send().await.unwrap();
    assert_eq!(answer.status(), 201, "triggers run as an account that is locked");
    let figures = reqwest::get(pair.api("/metrics")).await.unwrap().text().await.unwrap();
    assert!(figures.contains("\nbackhaul_uncaptured_tables 0\n"), "{figures}");
    server.signal("TERM");
    server.finish().await.expect_code(0);
    run(&pair, "sync", 0).await;
    run(&pair, "status", 0).await;
    run(&pair, "explain users 1", 0).await;
    run(&pair, "verify", 0).await;
    pair.central.execute("delete from users").await;
    run(&pair, "verify --repair", 3).await;
    run(&pair, "sync", 0).await;
    run(&pair, "retry --all", 0).await;
    run(&pair, "prune", 0).await;

    pair.local.execute(&lock("unlock")).await;
    log_in(&mut pair, &installing);
    assert_eq!(findings(&pair).await, Vec::<serde_json::Value>::new());
    run(&pair, "install", 0).await;
    run(&pair, "resume --trust local", 0).await;
    run(&pair, "sync", 0).await;
    run(&pair, "verify", 0).await;
    run(&pair, "uninstall", 0).await;
}

fn log_in(pair: &mut Pair, [local, central]: &[String; 2]) {
    pair.set("LOCAL_DATABASE_URL", local);
    pair.set("CENTRAL_DATABASE_URL", central);
}

async fn run(pair: &Pair, command: &str, code: i32) {
    let arguments: Vec<&str> = command.split(' ').collect();
    pair.backhaul(&arguments).await.expect_code(code);
}

#[tokio::test]
async fn what_an_account_lacks_is_granted_by_the_statement() {
    let mut pair = installed().await;
    let local = account(&pair.local, "select, insert, create, drop, references").await;
    let central = account(&pair.central, "select, insert, update").await;
    pair.set("LOCAL_DATABASE_URL", &local);
    pair.set("CENTRAL_DATABASE_URL", &central);
    let found = findings(&pair).await;
    let codes: Vec<&str> = found.iter().map(code).collect();
    let expected =
        ["privilege-missing", "triggers-not-visible", "privilege-missing", "central-triggers-not-visible"];
    assert_eq!(codes, expected, "{found:#?}");
    for finding in &found {
        run_remedy(&pair, finding["remedy"].as_str().unwrap()).await;
    }
    // With the right to create triggers it is an account that installs.
    let left = findings(&pair).await;
    assert_eq!(left.iter().map(code).collect::<Vec<_>>(), ["triggers-need-super"], "{left:#?}");
}

#[tokio::test]
async fn an_account_for_every_day_is_in_order_and_roles_and_single_tables_count() {
    let mut pair = installed().await;
    let name = pair.central.database.clone();
    pair.central
        .execute(&format!(
            "create user `{name}`@'127.0.0.1' identified by 'p'; create role `r{name}`; \
             grant select, insert, update, delete on `{name}`.users to `r{name}`; \
             grant select, insert, update, delete on `{name}`.orders to `{name}`@'127.0.0.1'; \
             grant select, update on `{name}`.sync_sites to `{name}`@'127.0.0.1'; \
             grant select on `{name}`.sync_site_tables to `{name}`@'127.0.0.1'; \
             grant select, insert, update on `{name}`.sync_site_status to `{name}`@'127.0.0.1'; \
             grant trigger on `{}`.* to `{name}`@'127.0.0.1'; grant `r{name}` to `{name}`@'127.0.0.1'",
            name.replace('_', "\\_")
        ))
        .await;
    let role = if Place::Central.is_mysql() { "to" } else { "for" };
    pair.central.execute(&format!("set default role `r{name}` {role} `{name}`@'127.0.0.1'")).await;
    let address = pair.central.url.split_once('@').unwrap().1.to_owned();
    pair.set("CENTRAL_DATABASE_URL", &format!("mysql://{name}:p@{address}"));
    assert_eq!(findings(&pair).await, Vec::<serde_json::Value>::new());
    pair.central.execute(&format!("revoke delete on `{name}`.users from `r{name}`")).await;
    let found = found_and_mended(&pair, &["privilege-missing"]).await;
    assert!(found[0]["message"].as_str().unwrap().ends_with("may not delete on users"), "{found:?}");
}

#[tokio::test]
async fn a_daily_account_is_told_what_it_is_not_for() {
    let mut pair = installed().await;
    let local = account(&pair.local, "select, insert, update, delete, trigger").await;
    pair.local.execute("set @nothing = 1").await;
    pair.set("LOCAL_DATABASE_URL", &local);
    let report = pair.backhaul(&["doctor", "--json"]).await.json();
    let notes = report["notes"].to_string();
    assert!(notes.contains("would need create, drop, references as well"), "{notes}");
    assert!(
        notes.contains("which the account in use may not look at"),
        "the definer is another account: {notes}"
    );
}
