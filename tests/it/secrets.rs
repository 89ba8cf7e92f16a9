//! Passwords, tokens and the contents of rows stay out of logs, messages, reports and the list of processes.

use std::path::Path;

use reqwest::Method;

use crate::support::program::free_port;
use crate::support::shop::{installed, let_time_pass, refuse_bad_users};
use crate::support::{Pair, Side, wait_for};

const LOCAL_PASSWORD: &str = "local-hush-4711";
const CENTRAL_PASSWORD: &str = "central-hush-0815";
const TOKEN: &str = "token-hush-1234567890";

/// What stands in rows, and in no name.
const CONTENTS: [&str; 3] = ["Rowena Hidden", "rowena.hidden@shop.example", "77.31"];

/// Creates an account that may do everything, and gives its address.
async fn account(side: &Side, password: &str) -> String {
    let name = &side.database;
    side.execute(&format!(
        "create user `{name}`@'127.0.0.1' identified by '{password}'; grant all on *.* to `{name}`@'127.0.0.1'"
    ))
    .await;
    format!("mysql://{name}:{password}@{}", side.url.split_once('@').unwrap().1)
}

/// A pair of which every secret is one of this file's, and everything is logged.
async fn pair() -> Pair {
    let mut pair = installed().await;
    let (local, central) =
        (account(&pair.local, LOCAL_PASSWORD).await, account(&pair.central, CENTRAL_PASSWORD).await);
    pair.set("LOCAL_DATABASE_URL", &local);
    pair.set("CENTRAL_DATABASE_URL", &central);
    pair.set("API_TOKEN", TOKEN);
    pair.set("RUST_LOG", "trace");
    pair
}

#[track_caller]
fn no_secret(text: &str) {
    for secret in [LOCAL_PASSWORD, CENTRAL_PASSWORD, TOKEN] {
        let at = text.find(secret).map(|at| &text[at.saturating_sub(200)..at]);
        assert!(at.is_none(), "after {at:?} stands a secret");
    }
}

/// Looks that a log tells no secrets, nor what stands in rows.
#[track_caller]
fn no_contents(log: &str) {
    no_secret(log);
    for content in CONTENTS {
        let line = log.lines().find(|line| line.contains(content));
        assert!(line.is_none(), "a row's contents stand in the log: {line:?}");
    }
}

const ROWS: &str = "
    insert into users (id, name, email) values (1, 'Rowena Hidden', 'rowena.hidden@shop.example'), (2, 'bad', 'b@shop.example');
    insert into orders (id, user_id, amount) values (1, 1, 77.31)";

#[tokio::test]
async fn no_command_tells_them_however_much_is_logged() {
    let pair = pair().await;
    refuse_bad_users(&pair).await;
    pair.local.execute(ROWS).await;
    // A record that only DB_B has, so that the server's own words quote the e-mail address.
    pair.central
        .execute("insert into users (id, name, email) values (9, 'x', 'rowena.hidden@shop.example')")
        .await;
    let commands: [&[&str]; 14] = [
        &["install"],
        &["sync"],
        &["sync", "--json"],
        &["status"],
        &["status", "--json"],
        &["explain", "users", "1"],
        &["explain", "orders", "1", "--json"],
        &["verify"],
        &["verify", "--repair"],
        &["doctor"],
        &["doctor", "--json"],
        &["resume", "--dry-run"],
        &["retry", "--all"],
        &["prune"],
    ];
    for arguments in commands {
        let ended = pair.backhaul(arguments).await;
        no_secret(&ended.stdout);
        no_contents(&ended.stderr);
        let_time_pass(&pair).await;
    }
}

#[tokio::test]
async fn no_failure_tells_them() {
    let mut pair = pair().await;
    let good = pair.program.setting("CENTRAL_DATABASE_URL").unwrap().to_owned();
    let (start, database) = good.rsplit_once('/').unwrap();
    let login = start.rsplit_once('@').unwrap().0;
    let bad = [
        good.replace(CENTRAL_PASSWORD, &format!("{CENTRAL_PASSWORD}-wrong")),
        format!("{login}@127.0.0.1:{}/{database}", free_port()),
        format!("{login}@127.0.0.1:port/{database}"),
        good.replace("mysql:", "postgres:"),
        good.replace("mysql://", ""),
        good.replace('@', "%40"),
        start.to_owned(),
    ];
    for url in bad {
        pair.set("CENTRAL_DATABASE_URL", &url);
        for arguments in [&["sync"][..], &["install"], &["verify", "--json"], &["status"]] {
            let ended = pair.backhaul(arguments).await;
            no_secret(&format!("{}{}", ended.stdout, ended.stderr));
        }
    }
    pair.set("CENTRAL_DATABASE_URL", &good);
    pair.program.write_env_file(&format!("SITE_NAME=x\nAPI_TOKEN='{TOKEN}\n"));
    let ended = pair.backhaul(&["status"]).await.expect_code(1);
    no_secret(&ended.stderr);
    assert!(ended.stderr.contains("line 2"), "{}", ended.stderr);
}

#[tokio::test]
async fn a_running_program_shows_them_neither_in_its_log_nor_in_the_list_of_processes() {
    let mut pair = pair().await;
    pair.set("SYNC_CRON", "* * * * * *");
    let server = pair.start(&["serve"]);
    let client = reqwest::Client::new();
    let ask = async |method: Method, path: &str, token: &str, body: &'static str| {
        let request = client.request(method, pair.api(path)).bearer_auth(token);
        let answer = request.header("content-type", "application/json").body(body).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    wait_for("the API answers", async || reqwest::get(pair.api("/readyz")).await.is_ok()).await;
    let user = r#"{"name":"Rowena Hidden","email":"rowena.hidden@shop.example"}"#;
    assert_eq!(ask(Method::POST, "/users", TOKEN, user).await.0, 201);
    assert_eq!(ask(Method::POST, "/users", TOKEN, user).await.0, 409);
    assert_eq!(ask(Method::POST, "/orders", TOKEN, r#"{"user_id":1,"amount":"77.31"}"#).await.0, 201);
    for path in
        ["/sync/status", "/metrics", "/openapi.json", "/sync/runs", "/sync/explain/users/1", "/users/x"]
    {
        no_secret(&ask(Method::GET, path, TOKEN, "").await.1);
    }
    let wrong = format!("{TOKEN}-wrong");
    let (status, text) = ask(Method::GET, "/sync/status", &wrong, "").await;
    assert_eq!(status, 401);
    no_secret(&text);
    wait_for("all of it arrives", async || pair.central.one::<u64>("select count(*) from orders").await == 1)
        .await;
    let list =
        std::fs::read(Path::new("/proc").join(server.process_id().to_string()).join("cmdline")).unwrap();
    let list = String::from_utf8_lossy(&list).into_owned();
    assert!(list.contains("serve"), "{list}");
    no_secret(&list);
    server.signal("TERM");
    let ended = server.finish().await.expect_code(0);
    no_secret(&ended.stdout);
    no_contents(&ended.stderr);
    assert!(ended.stderr.contains("TRACE"), "everything was logged");
}
