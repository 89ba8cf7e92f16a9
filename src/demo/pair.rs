//! The two servers of `backhaul demo`: DB_A and DB_B on one machine, in one directory.

use std::fs;
use std::path::{Path, PathBuf};

use super::engine::Durability;
use super::error::DemoError;
use super::mariadb;
use super::private_server::PrivateServer;
use super::template::Template;

/// Names of the two databases, as a person types them at an SQL prompt.
const LOCAL_DATABASE: &str = "backhaul_local";
const CENTRAL_DATABASE: &str = "backhaul_central";

/// Both servers, running.
#[derive(Debug)]
pub struct Demo {
    local: PrivateServer,
    central: PrivateServer,
    first_use_done: PathBuf,
}

impl Demo {
    /// Starts both servers below `dir`; what an earlier demo left there is found again.
    ///
    /// # Errors
    /// When the programs are missing, the directory cannot be used, or a server does not get ready.
    pub fn start(dir: &Path) -> Result<Self, DemoError> {
        let template = Template::new(dir.join("template"), mariadb::engine());
        let start = |name: &str, database| {
            PrivateServer::start(&dir.join(name), &template, database, Durability::Full)
        };
        let local = start("local", LOCAL_DATABASE)?;
        let central = start("central", CENTRAL_DATABASE)?;
        template.remove()?;
        Ok(Self { local, central, first_use_done: dir.join("first-use-done") })
    }

    /// Gives the server of DB_A.
    #[must_use]
    pub const fn local(&self) -> &PrivateServer {
        &self.local
    }

    /// Gives the server of DB_B.
    #[must_use]
    pub const fn central(&self) -> &PrivateServer {
        &self.central
    }

    /// Tells whether this directory still waits for its sample data.
    #[must_use]
    pub fn is_first_use(&self) -> bool {
        !self.first_use_done.exists()
    }

    /// Notes that the sample data are loaded; a demo killed before this loads them at its next start.
    ///
    /// # Errors
    /// When the directory cannot be written.
    pub fn finish_first_use(&self) -> Result<(), DemoError> {
        fs::write(&self.first_use_done, "").map_err(DemoError::file("write", &self.first_use_done))
    }

    /// Ends both servers cleanly, the central one first: nothing writes to it any more.
    pub fn stop(mut self) {
        self.central.stop();
        self.local.stop();
    }
}
