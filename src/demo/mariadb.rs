//! What is particular to MariaDB, the engine of the demo.

use super::engine::{Engine, find};
use super::error::DemoError;

const CLIENT: &str = "mariadb";

/// Size of the redo log: enough for a hundred thousand small changes without a pause, small enough to be copied
/// in no time. Ten times more makes each new server cost a third of a gigabyte.
const REDO_LOG_OPTION: &str = "--innodb-log-file-size=32M";

/// Gives the MariaDB that the system has.
#[must_use]
pub fn engine() -> Engine {
    let texts = |options: &[&str]| options.iter().map(|&option| option.to_owned()).collect();
    Engine {
        server: "mariadbd".to_owned(),
        server_options: texts(&["--binlog-format=ROW", REDO_LOG_OPTION]),
        installer: "mariadb-install-db".to_owned(),
        installer_options: texts(&[
            "--auth-root-authentication-method=socket",
            "--skip-test-db",
            "--skip-name-resolve",
            REDO_LOG_OPTION,
        ]),
    }
}

/// Finds the client program, by which a server is asked whether it is ready; it can ask MySQL as well.
pub(super) fn client() -> Result<String, DemoError> {
    find(CLIENT)
}
