//! Which engine each side of the tests is: MariaDB as the system has it, unless the environment says otherwise.

use std::path::PathBuf;

use backhaul::demo::engine::Engine;
use backhaul::demo::mariadb;

/// Where `make test-engines` puts the servers that the system does not have.
const BROUGHT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/engines");

/// One of the two places of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Holds DB_A; `BACKHAUL_TEST_LOCAL` names its engine.
    Local,
    /// Holds DB_B; `BACKHAUL_TEST_CENTRAL` names its engine.
    Central,
}

impl Place {
    /// Gives the name of the engine at this place: `mariadb`, or a folder below `target/engines`.
    #[expect(clippy::disallowed_methods, reason = "the one place where the tests learn their engines")]
    pub fn engine_name(self) -> String {
        let variable = match self {
            Self::Local => "BACKHAUL_TEST_LOCAL",
            Self::Central => "BACKHAUL_TEST_CENTRAL",
        };
        std::env::var(variable).unwrap_or_else(|_| "mariadb".to_owned())
    }

    /// Tells whether the engine at this place is MySQL, for the few tests whose answer depends on it.
    pub fn is_mysql(self) -> bool {
        self.engine_name().starts_with("mysql")
    }

    /// Gives the engine at this place.
    pub fn engine(self) -> Engine {
        let name = self.engine_name();
        let folder = PathBuf::from(BROUGHT).join(&name);
        let engine = match name.as_str() {
            "mariadb" => return mariadb::engine(),
            "mysql-9.7" => mysql(&folder),
            "mariadb-11.8" => brought_mariadb(&folder),
            other => panic!("no engine is called {other}: mariadb, mysql-9.7, mariadb-11.8"),
        };
        assert!(folder.join("ready").exists(), "{name} is not there; `make test-engines` brings it");
        engine
    }
}

fn mysql(folder: &std::path::Path) -> Engine {
    let server = folder.join("usr/sbin/mysqld").display().to_string();
    let base = format!("--basedir={}", folder.join("usr").display());
    let redo_log = "--innodb-redo-log-capacity=32M";
    let texts = |options: &[&str]| options.iter().map(|&option| option.to_owned()).collect();
    Engine {
        installer: server.clone(),
        installer_options: texts(&["--initialize-insecure", &base, redo_log]),
        server,
        server_options: texts(&[
            &base,
            redo_log,
            // The compiled-in directory does not exist.
            "--secure-file-priv=",
            // It would take a fixed port.
            "--mysqlx=OFF",
            // As MariaDB has it, so that "larger than a packet" means the same to every test.
            "--max-allowed-packet=16M",
            // By default MySQL 9.7.4 takes along the grandchildren of the first child only, and leaves others
            // without a parent (docs/OPERATIONS.md, "Foreign keys that act").
            "--innodb-native-foreign-keys=ON",
        ]),
    }
}

fn brought_mariadb(folder: &std::path::Path) -> Engine {
    let base = format!("--basedir={}", folder.join("usr").display());
    let mut engine = mariadb::engine();
    engine.server = folder.join("usr/sbin/mariadbd").display().to_string();
    engine.installer = folder.join("usr/bin/mariadb-install-db").display().to_string();
    engine.server_options.push(base.clone());
    engine.installer_options.push(base);
    engine
}
