//! One site: its DB_A with hand-made capture triggers, and the API in front of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use backhaul::app::{ServeError, listen, serve_on};
use backhaul::config::{Environment, Settings};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::support::Pair;

/// Creates the queue entry of each change, as simply as the tables of the contract allow.
const TRIGGERS: &str = "
    create trigger u_i after insert on users for each row insert into sync_queue
        (table_name, record_id, operation, last_updated_at) values ('users', new.id, 'INSERT', utc_timestamp(6));
    create trigger u_u after update on users for each row insert into sync_queue
        (table_name, record_id, operation, last_updated_at) values ('users', new.id, 'UPDATE', utc_timestamp(6));
    create trigger u_d after delete on users for each row insert into sync_queue
        (table_name, record_id, operation, last_updated_at) values ('users', old.id, 'DELETE', utc_timestamp(6));
    create trigger o_i after insert on orders for each row insert into sync_queue
        (table_name, record_id, operation, last_updated_at) values ('orders', new.id, 'INSERT', utc_timestamp(6));
    create trigger o_u after update on orders for each row insert into sync_queue
        (table_name, record_id, operation, last_updated_at) values ('orders', new.id, 'UPDATE', utc_timestamp(6));
    create trigger o_d after delete on orders for each row insert into sync_queue
        (table_name, record_id, operation, last_updated_at) values ('orders', old.id, 'DELETE', utc_timestamp(6));
    insert into sync_state (site_id, epoch, schema_version, installed_at) values ('s', 'e', 1, utc_timestamp(6))";

/// A site whose API listens; stopped when dropped.
pub struct Site {
    /// Its databases.
    pub pair: Pair,
    /// Ends the service.
    pub stop: CancellationToken,
    base: String,
    client: reqwest::Client,
    service: JoinSet<Result<(), ServeError>>,
}

impl Site {
    /// Starts a site with the tables, the triggers, user 1 and order 1.
    pub async fn new() -> Self {
        let site = Self::without_tables(&[]).await;
        site.load_tables().await;
        site
    }

    /// Starts a site with further settings on an empty database.
    pub async fn without_tables(extra: &[(&str, &str)]) -> Self {
        Self::on(Pair::new().await, extra).await
    }

    /// Starts a site on the databases of `pair`.
    pub async fn on(pair: Pair, extra: &[(&str, &str)]) -> Self {
        pair.set_online(false);
        let environment = Arc::new(Environment::new(Some(pair.dir().join(".env")), []));
        let settings = Arc::new(settings(&pair, extra));
        let listener = listen(&settings).await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let stop = CancellationToken::new();
        let mut service = JoinSet::new();
        service.spawn(serve_on(listener, settings, environment, stop.clone()));
        Self { pair, stop, base, client: reqwest::Client::new(), service }
    }

    /// Creates tables, triggers, user 1 and order 1.
    pub async fn load_tables(&self) {
        self.pair.local.load_file("sql/local/schema.sql").expect_code(0);
        self.pair.local.execute(TRIGGERS).await;
        let rows = "insert into users (id, name, email) values (1, 'Ada Sample', 'ada@shop.example'); \
                    insert into orders (id, user_id, amount) values (1, 1, 12.50); delete from sync_queue";
        self.pair.local.execute(rows).await;
    }

    /// Waits for the service to end after a stop.
    pub async fn end(&mut self) -> Result<(), ServeError> {
        self.service.join_next().await.unwrap().unwrap()
    }

    /// Gives the address of `path`.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Begins any request.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, self.url(path))
    }

    /// Asks for `path`.
    pub async fn get(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::GET, path).send().await.unwrap()).await
    }

    /// Sends `body` as JSON.
    pub async fn send(&self, method: Method, path: &str, body: impl Into<String>) -> Answer {
        let request = self.request(method, path).header("content-type", "application/json");
        Answer::of(request.body(body.into()).send().await.unwrap()).await
    }

    /// Deletes `path`.
    pub async fn delete(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::DELETE, path).send().await.unwrap()).await
    }

    /// Sends a bad request and looks that it is refused as a problem with `status`, that `field` is named,
    /// and that nothing was written.
    #[track_caller]
    pub fn refuses<'a>(
        &'a self,
        method: Method,
        path: &'a str,
        body: &'a str,
        status: u16,
        field: &'a str,
    ) -> impl Future<Output = ()> + 'a {
        let caller = std::panic::Location::caller();
        async move {
            let before = self.contents().await;
            let answer = self.send(method.clone(), path, body).await;
            let shown = format!("{caller}: {method} {path} {body}: {answer:?}");
            assert_eq!(answer.status, status, "{shown}");
            answer.assert_problem();
            let named =
                answer.json["errors"].as_array().is_some_and(|all| all.iter().any(|e| e["field"] == field));
            assert!(field.is_empty() || named, "{shown}");
            assert_eq!(self.contents().await, before, "{shown}");
        }
    }

    /// Gives all rows of the three tables, the queue included.
    pub async fn contents(&self) -> Vec<Vec<Vec<Option<String>>>> {
        let mut all = Vec::new();
        for table in ["users", "orders", "sync_queue"] {
            all.push(self.pair.local.rows(&format!("select * from {table} order by id")).await);
        }
        all
    }

    /// Gives the queue as `table record operation`.
    pub async fn queue(&self) -> Vec<String> {
        self.pair
            .local
            .column("select concat(table_name, ' ', record_id, ' ', operation) from sync_queue order by id")
            .await
    }
}

/// What was answered.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: reqwest::header::HeaderMap,
    /// The body, null when it is no JSON.
    pub json: Value,
    /// The body as text.
    pub text: String,
}

impl Answer {
    /// Reads an answer to its end.
    pub async fn of(response: Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        Self { status, headers, json: serde_json::from_str(&text).unwrap_or_default(), text }
    }

    /// Gives a header as text, empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Looks that it is problem details of RFC 9457, complete and without secrets.
    #[track_caller]
    pub fn assert_problem(&self) {
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        assert_eq!(self.json["status"], json!(self.status), "{self:?}");
        for key in ["type", "title", "detail"] {
            assert!(self.json[key].as_str().is_some_and(|text| !text.is_empty()), "{key}: {self:?}");
        }
        assert!(!self.text.contains("mysql://") && !self.text.contains("select "), "{self:?}");
        assert!(!self.header("x-request-id").is_empty(), "{self:?}");
    }

    /// Looks at the status and gives the body.
    #[track_caller]
    pub fn expect(self, status: StatusCode) -> Value {
        assert_eq!(self.status, status.as_u16(), "{self:?}");
        self.json
    }
}

/// Builds settings for a site on a port of the system's choice.
pub fn settings(pair: &Pair, extra: &[(&str, &str)]) -> Settings {
    let base = [
        ("LOCAL_DATABASE_URL", pair.local.url.as_str()),
        ("CENTRAL_DATABASE_URL", &pair.central.url),
        ("PORT", "0"),
    ];
    let values: BTreeMap<_, _> =
        base.iter().chain(extra).map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Settings::from_values(&values).unwrap()
}

/// Looks that a text is RFC 3339 in UTC with microseconds.
#[track_caller]
pub fn assert_moment(value: &Value) {
    let text = value.as_str().unwrap_or_default();
    assert!(text.len() == "2026-03-01T09:14:00.000001Z".len() && text.ends_with('Z'), "{value}");
    text.parse::<jiff::Timestamp>().unwrap();
}
