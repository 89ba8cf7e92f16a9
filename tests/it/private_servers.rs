//! Private servers keep their data, and never outlive or block those who use them.

use std::path::Path;
use std::process::Command;

use backhaul::demo::Demo;
use backhaul::demo::engine::Durability;
use backhaul::demo::error::DemoError;
use backhaul::demo::private_server::PrivateServer;

use crate::support::servers::{scratch_dir, template};
use crate::support::{Place, Side};

fn start(dir: &Path) -> Result<PrivateServer, DemoError> {
    PrivateServer::start(dir, template(Place::Local), "test", Durability::Full)
}

fn is_alive(process: u32) -> bool {
    Path::new(&format!("/proc/{process}/cmdline")).exists()
        && !std::fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default().is_empty()
}

#[tokio::test]
async fn a_server_finds_its_data_and_port_again() {
    let dir = scratch_dir("again");
    let mut server = start(&dir).unwrap();
    let (port, process) = (server.port(), server.process_id().unwrap());
    let side = Side::create(&server, "kept".to_owned()).await;
    side.execute("create table t (id int primary key); insert into t values (7)").await;
    server.stop();
    assert!(!server.is_running() && !is_alive(process));
    drop(server);

    let server = start(&dir).unwrap();
    assert_eq!(server.port(), port);
    assert_eq!(side.column("select id from t").await, ["7"]);
    drop(side);
}

#[tokio::test]
async fn a_killed_server_keeps_what_was_committed() {
    let mut server = start(&scratch_dir("crash")).unwrap();
    let side = Side::create(&server, "kept".to_owned()).await;
    side.execute("create table t (id int primary key); insert into t values (7)").await;
    server.kill();
    assert!(!server.is_running());
    server.start_again().unwrap();
    assert_eq!(side.column("select id from t").await, ["7"]);
    drop(side);
}

#[test]
fn a_directory_in_use_is_refused() {
    let dir = scratch_dir("in_use");
    let _server = start(&dir).unwrap();
    let error = start(&dir).unwrap_err();
    assert!(matches!(error, DemoError::InUse { .. }), "{error}");
}

#[test]
fn a_taken_port_is_left_to_its_owner() {
    let dir = scratch_dir("port");
    let mut server = start(&dir).unwrap();
    server.stop();
    let _owner = std::net::TcpListener::bind(("127.0.0.1", server.port())).unwrap();
    let taken = server.port();
    server.start_again().unwrap();
    assert_ne!(server.port(), taken);
    assert!(server.is_running());
}

#[test]
fn a_server_that_dies_at_its_start_shows_its_last_words() {
    let dir = scratch_dir("broken");
    let mut server = start(&dir).unwrap();
    server.stop();
    std::fs::write(dir.join("data/ibdata1"), "no tablespace").unwrap();
    let error = server.start_again().unwrap_err();
    let DemoError::Died { tail, .. } = &error else { panic!("{error}") };
    assert!(tail.contains("ERROR"), "{tail}");
}

#[test]
fn the_password_shows_neither_in_the_prompt_nor_to_other_users() {
    use std::os::unix::fs::PermissionsExt;
    let dir = scratch_dir("private");
    let server = start(&dir).unwrap();
    let url = server.database_url();
    assert!(!server.sql_prompt().contains(url.password.expose()), "{}", server.sql_prompt());
    let answer = Command::new("sh")
        .args(["-c", &format!("{} -N -e 'select database(), current_user()'", server.sql_prompt())])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(answer.stdout).unwrap(), "test\tbackhaul@localhost\n");
    for file in ["password", "client.cnf", "accounts.sql"] {
        let mode = std::fs::metadata(dir.join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{file} can be read by others");
    }
}

#[tokio::test]
async fn a_demo_finds_its_data_again() {
    let dir = scratch_dir("demo");
    let demo = Demo::start(&dir).unwrap();
    assert!(demo.is_first_use());
    assert_ne!(demo.local().port(), demo.central().port());
    let side = Side::create(demo.central(), "kept".to_owned()).await;
    demo.finish_first_use().unwrap();
    demo.stop();

    let demo = Demo::start(&dir).unwrap();
    assert!(!demo.is_first_use());
    assert_eq!(side.column("select database()").await, ["kept"]);
    assert!(matches!(Demo::start(&dir), Err(DemoError::InUse { .. })));
    drop(side);
    demo.stop();
}
