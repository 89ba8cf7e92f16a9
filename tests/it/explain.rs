//! `explain` tells the whole story of one record.

use serde_json::{Value, json};

use crate::api::site::Site;
use crate::support::Pair;
use crate::support::shop::{installed, refuse_bad_users, sync, users};

/// Runs `explain --json`; it must end with this exit status.
async fn explain(pair: &Pair, table: &str, record: &str, code: i32) -> Value {
    pair.backhaul(&["explain", table, record, "--json"]).await.expect_code(code).json()
}

/// Gives one field of both sides.
fn field(explanation: &Value, column: &str) -> Value {
    let columns = explanation["columns"].as_array().unwrap();
    columns.iter().find(|one| one["column"] == column).unwrap_or_else(|| panic!("{explanation}")).clone()
}

#[tokio::test]
async fn a_record_that_arrived_is_the_same_and_its_batch_is_named() {
    let pair = installed().await;
    pair.local.execute(&users(1, 2)).await;
    sync(&pair, 0).await;
    pair.local.execute("update users set name = 'Ada' where id = 1").await;
    sync(&pair, 0).await;
    let told = explain(&pair, "users", "1", 0).await;
    assert_eq!(
        (&told["verdict"], &told["what_to_do"], &told["note"]),
        (&json!("same"), &json!([]), &Value::Null)
    );
    assert_eq!(
        field(&told, "name"),
        json!({"column": "name", "local": "Ada", "central": "Ada", "same": true})
    );
    let entries: Vec<_> =
        told["entries"].as_array().unwrap().iter().map(|entry| &entry["operation"]).collect();
    assert_eq!(entries, [&json!("UPDATE"), &json!("INSERT")]);
    assert_eq!(
        (&told["entries"][0]["batch"]["number"], &told["entries"][1]["batch"]["number"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(told["entries"][0]["batch"]["state"], "ACKNOWLEDGED");
    let text = pair.backhaul(&["explain", "users", "1"]).await.expect_code(0).stdout;
    assert!(
        text.starts_with("users 1 is the same on both sides.") && text.contains("There is nothing to do."),
        "{text}"
    );
    assert!(!text.contains('│'), "no lines are drawn where no terminal is: {text}");
}

#[tokio::test]
async fn each_way_to_differ_is_told_with_what_to_do() {
    let pair = installed().await;
    pair.local.execute(&users(1, 3)).await;
    sync(&pair, 0).await;
    pair.central
        .execute(
            "update users set name = 'user 1 ' where id = 1; delete from users where id = 2; \
             insert into users (id, name, email) values (9, 'x', 'x@x')",
        )
        .await;
    let told = explain(&pair, "users", "1", 3).await;
    assert_eq!(told["verdict"], "different");
    assert_eq!(field(&told, "name")["same"], false);
    assert_eq!(field(&told, "email")["same"], true);
    assert!(told["what_to_do"][1].as_str().unwrap().ends_with("backhaul verify --repair"), "{told}");
    let told = explain(&pair, "users", "2", 3).await;
    assert_eq!((&told["verdict"], &field(&told, "name")["central"]), (&json!("only_local"), &Value::Null));
    let told = explain(&pair, "users", "9", 3).await;
    assert_eq!((&told["verdict"], &told["entries"]), (&json!("only_central"), &json!([])));
    assert!(told["what_to_do"][1].as_str().unwrap().contains("--delete-extra"), "{told}");
    let told = explain(&pair, "users", "77", 0).await;
    assert_eq!((&told["verdict"], &told["columns"]), (&json!("nowhere"), &json!([])));
    pair.local.execute("update users set name = 'new' where id = 3").await;
    let told = explain(&pair, "users", "3", 3).await;
    assert!(told["what_to_do"][0].as_str().unwrap().ends_with("backhaul sync"), "{told}");
    assert_eq!(told["entries"][0]["batch"], Value::Null);
    let text = pair.backhaul(&["explain", "users", "1"]).await.expect_code(3).stdout;
    assert!(text.contains("DIFFERS") && text.contains("user 1") && text.contains("User 1"), "{text}");
}

#[tokio::test]
async fn failed_and_held_records_tell_why() {
    let mut pair = installed().await;
    pair.set("SYNC_MAX_RETRIES", &1);
    refuse_bad_users(&pair).await;
    pair.local
        .execute(
            "insert into users (id, name, email) values (5, 'bad', 'b@x'); \
             insert into orders (id, user_id, amount) values (6, 5, 1)",
        )
        .await;
    sync(&pair, 3).await;
    let told = explain(&pair, "users", "5", 3).await;
    assert_eq!((&told["failure"]["state"], &told["failure"]["attempts"]), (&json!("FAILED"), &json!(1)));
    assert_eq!(told["entries"][0]["sync_status"], "FAILED");
    assert_eq!(told["what_to_do"][1], "Then: backhaul retry --table users --record 5");
    let told = explain(&pair, "orders", "6", 3).await;
    assert_eq!(told["failure"]["waits_for"], json!({"table_name": "users", "record_id": "5"}));
    let steps = told["what_to_do"].as_array().unwrap();
    assert!(steps.len() == 1 && steps[0].as_str().unwrap().ends_with("backhaul explain users 5"), "{told}");
    assert!(!told["what_to_do"].to_string().contains("unless"), "{told}");
    let text = pair.backhaul(&["explain", "orders", "6"]).await.expect_code(3).stdout;
    assert!(text.contains("HELD by users 5 (dependency), last looked at "), "{text}");
    let text = pair.backhaul(&["explain", "users", "5"]).await.expect_code(3).stdout;
    assert!(text.contains("refused once, at ") && !text.contains("retries"), "{text}");
}

#[tokio::test]
async fn without_central_the_local_half_is_told() {
    let mut pair = installed().await;
    pair.local.execute(&users(1, 1)).await;
    let check = |told: &Value, note: &str| {
        assert!(told["note"].as_str().unwrap().contains(note), "{told}");
        assert_eq!(
            (&told["verdict"], &told["entries"][0]["operation"]),
            (&json!("unknown"), &json!("INSERT"))
        );
        assert_eq!(
            field(told, "name"),
            json!({"column": "name", "local": "User 1", "central": null, "same": null})
        );
    };
    pair.set("IS_ONLINE", "false");
    check(&explain(&pair, "users", "1", 4).await, "IS_ONLINE is not true");
    pair.set("IS_ONLINE", "true");
    pair.reach_central_through(1);
    check(&explain(&pair, "users", "1", 4).await, "cannot be used");
    let text = pair.backhaul(&["explain", "users", "1"]).await.expect_code(4).stdout;
    assert!(!text.contains(pair.central.url.split('@').next().unwrap()), "no password: {text}");
}

#[tokio::test]
async fn what_cannot_be_explained_is_said() {
    let pair = installed().await;
    let unknown = pair.backhaul(&["explain", "user", "1"]).await.expect_code(1).stderr;
    assert!(unknown.contains("there is no table user in SYNC_TABLES; did you mean users?"), "{unknown}");
    let no_key = pair.backhaul(&["explain", "users", "abc"]).await.expect_code(1).stderr;
    assert!(no_key.contains("'abc' is no primary key of table users"), "{no_key}");
    // Where an entry names it, the entry is the story.
    pair.local
        .execute(
            "insert into sync_queue (table_name, record_id, operation, last_updated_at) \
             values ('users', 'abc', 'DELETE', utc_timestamp(6))",
        )
        .await;
    let told = pair.backhaul(&["explain", "users", "abc", "--json"]).await.json();
    assert_eq!(told["entries"][0]["operation"], "DELETE");
    pair.local.execute("alter table orders add column note varchar(20)").await;
    let told = explain(&pair, "orders", "1", 3).await;
    assert!(
        told["what_to_do"][1].as_str().unwrap().contains("alter table `orders` add column `note`"),
        "{told}"
    );
}

#[tokio::test]
async fn values_are_shown_as_text_and_passwords_are_not() {
    let mut pair = Pair::new().await;
    pair.set("SYNC_TABLES", "things");
    let create = "create table things (id int, part int, raw varbinary(9), word text, password_hash varchar(20), primary key (id, part))";
    pair.local.execute(create).await;
    pair.central.execute(create).await;
    pair.backhaul(&["install"]).await.expect_code(0);
    pair.local
        .execute("insert into things values (-1, 2, x'00ff', concat('a\\n\\t', repeat('ž', 2000)), 'hush')")
        .await;
    sync(&pair, 0).await;
    pair.central.execute("update things set password_hash = 'other', word = concat(word, '!')").await;
    let told = explain(&pair, "things", "[-1,2]", 3).await;
    assert_eq!(
        (&field(&told, "raw")["local"], &field(&told, "raw")["same"]),
        (&json!("0x00ff"), &json!(true))
    );
    let word = field(&told, "word");
    assert_eq!(word["same"], false, "values are compared as wholes");
    assert!(word["local"].as_str().unwrap().ends_with("ž… (4003 bytes)"), "{word}");
    let hash = field(&told, "password_hash");
    assert_eq!((&hash["local"], &hash["same"]), (&json!("(not shown)"), &json!(false)));
    let text = pair.backhaul(&["explain", "things", "[-1,2]"]).await.expect_code(3).stdout;
    assert!(text.contains(r"a\n\t") && !text.contains("hush"), "{text}");
}

#[tokio::test]
async fn text_in_any_character_set_can_be_read_and_bytes_without_a_character_are_shown() {
    let mut pair = Pair::new().await;
    pair.set("SYNC_TABLES", "things");
    let create = "create table things (id int primary key, west varchar(20) character set latin1, \
                  east varchar(20) character set sjis, middle varchar(20) character set latin2, \
                  gaps varchar(20) character set cp1250, long_one text character set latin2)";
    pair.local.execute(create).await;
    pair.central.execute(create).await;
    pair.backhaul(&["install"]).await.expect_code(0);
    let row = "insert into things values (1, 'Müller?', 'カナ', 'Łódź', 'x', repeat('ź', 2000)); \
               update things set gaps = _cp1250 x'4181'";
    pair.local.execute(row).await;
    sync(&pair, 0).await;
    pair.central.execute("update things set west = 'Möller'").await;
    let told = explain(&pair, "things", "1", 3).await;
    let shown = |name: &str| (field(&told, name)["local"].clone(), field(&told, name)["central"].clone());
    let twice = |text: &str| (json!(text), json!(text));
    assert_eq!(shown("west"), (json!("Müller?"), json!("Möller")));
    assert_eq!((shown("east"), shown("middle")), (twice("カナ"), twice("Łódź")));
    assert_eq!(shown("gaps"), twice("0x4181"), "a byte that has no character");
    assert!(shown("long_one").0.as_str().unwrap().ends_with("ź… (4000 bytes)"), "{told}");
}

#[tokio::test]
async fn the_api_tells_the_same() {
    let pair = installed().await;
    pair.local.execute(&users(1, 1)).await;
    sync(&pair, 0).await;
    pair.central.execute("update users set name = 'odd'").await;
    let site = Site::on(pair, &[]).await;
    site.pair.set_online(true);
    let told = site.get("/sync/explain/users/1").await.expect(reqwest::StatusCode::OK);
    assert_eq!((&told["verdict"], &field(&told, "name")["central"]), (&json!("different"), &json!("odd")));
    assert_eq!(site.get("/sync/explain?table=users&record=1").await.expect(reqwest::StatusCode::OK), told);
    for (path, status, name) in [
        ("/sync/explain?table=user&record=1", 404, "table"),
        ("/sync/explain?table=users&record=abc", 422, "record"),
        ("/sync/explain?table=users", 422, "record"),
        ("/sync/explain?record=1", 422, "table"),
        ("/sync/explain?table=users&record=1&record=2", 422, "record"),
        ("/sync/explain?table=users&record=1&key=1", 422, "key"),
        ("/sync/explain/user/1", 404, "table"),
        ("/sync/explain/users/abc", 400, "record"),
        ("/sync/explain/users/%FF", 400, "record"),
    ] {
        let answer = site.get(path).await;
        assert_eq!(answer.status, status, "{answer:?}");
        answer.assert_problem();
        assert_eq!(answer.json["errors"][0]["field"], name, "{answer:?}");
    }
}

#[tokio::test]
async fn a_record_of_any_key_has_a_story() {
    let mut pair = Pair::new().await;
    pair.set("SYNC_TABLES", "labels");
    for side in [&pair.local, &pair.central] {
        side.execute("create table labels (name varchar(190) primary key)").await;
    }
    pair.backhaul(&["install"]).await.expect_code(0);
    pair.local.execute("insert into labels values (''), ('.'), ('..'), ('a/b'), ('a b+c')").await;
    let site = Site::on(pair, &[("SYNC_TABLES", "labels")]).await;
    for (key, encoded) in [("", ""), (".", "."), ("..", ".."), ("a/b", "a%2Fb"), ("a b+c", "a+b%2Bc")] {
        let told = site.get(&format!("/sync/explain?table=labels&record={encoded}")).await;
        let told = told.expect(reqwest::StatusCode::OK);
        assert_eq!((&told["record_id"], &told["entries"][0]["operation"]), (&json!(key), &json!("INSERT")));
    }
}
