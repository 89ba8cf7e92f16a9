//! A database server of our own: on loopback, in a directory of its own, gone when this process is.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use super::engine::{Durability, Engine, init_script};
use super::error::DemoError;
use super::home::{ACCOUNT, Home, write_private};
use super::keeper::Keeper;
use super::left_over::end_left_over;
use super::mariadb;
use super::template::Template;
use crate::config::DatabaseUrl;
use crate::utils::clock::monotonic;
use crate::utils::secret::Secret;

/// How long a server may take until somebody can log in; recovery after a crash of a small one takes seconds.
const START_TIMEOUT: Duration = Duration::from_secs(90);

/// How often a login is tried meanwhile.
const LOGIN_EVERY: Duration = Duration::from_millis(50);

/// How many ports are tried when somebody else takes the chosen one just before the server does.
const PORT_ATTEMPTS: u32 = 3;

/// A private server with its directory, running or stopped.
///
/// Dropping it kills the server at once; [`PrivateServer::stop`] ends it cleanly. All calls block,
/// so asynchronous callers go through `spawn_blocking`.
#[derive(Debug)]
pub struct PrivateServer {
    home: Home,
    engine: Engine,
    client: String,
    database: String,
    durability: Durability,
    password: String,
    port: u16,
    keeper: Option<Keeper>,
}

impl PrivateServer {
    /// Starts a server below `dir` and waits until one can log in to its `database`.
    ///
    /// Data of an earlier start are found again; a new server begins as a copy of `template`. A server that was
    /// left over by a killed process is ended first.
    ///
    /// # Errors
    /// When programs are missing, the directory cannot be used or is in use, or the server does not get ready.
    pub fn start(
        dir: &Path,
        template: &Template,
        database: &str,
        durability: Durability,
    ) -> Result<Self, DemoError> {
        let client = mariadb::client()?;
        let home = Home::open(dir)?;
        end_left_over(&home.data())?;
        template.copy_unless_there(&home.data())?;
        let password = home.password()?;
        let mut server = Self {
            home,
            engine: template.engine().clone(),
            client,
            database: database.to_owned(),
            durability,
            password,
            port: 0,
            keeper: None,
        };
        server.port = server.home.choose_port()?;
        server.start_again()?;
        Ok(server)
    }

    /// Starts a stopped or killed server again, on the same port if that is still free.
    ///
    /// # Errors
    /// As for [`PrivateServer::start`].
    pub fn start_again(&mut self) -> Result<(), DemoError> {
        self.kill();
        let program = self.engine.find_server()?;
        let script = init_script(ACCOUNT, &self.password, &self.database);
        write_private(&self.home.init_file(), &script)?;
        for attempts_left in (0..PORT_ATTEMPTS).rev() {
            write_private(&self.home.client_file(), &self.client_options())?;
            let options = self.engine.server_options(&self.home, self.port, self.durability);
            let log = File::create(self.home.log()).map_err(DemoError::file("create", &self.home.log()))?;
            let keeper = Keeper::spawn(&program, &options, log)
                .map_err(|source| DemoError::Run { program: program.clone(), source })?;
            match self.wait_for_login(&keeper) {
                Ok(()) => {
                    self.keeper = Some(keeper);
                    return Ok(());
                }
                Err(DemoError::Died { tail, .. }) if attempts_left > 0 && port_was_taken(&tail) => {
                    self.home.forget_port();
                    self.port = self.home.choose_port()?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Ends the server cleanly; it can be started again.
    pub fn stop(&mut self) {
        if let Some(keeper) = self.keeper.take() {
            keeper.stop();
        }
    }

    /// Kills the server, as a crash would; it can be started again.
    pub fn kill(&mut self) {
        self.keeper = None;
    }

    /// Tells whether the server's process runs.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.keeper.as_ref().is_some_and(Keeper::is_running)
    }

    /// Gives the id of the server's process while it runs.
    #[must_use]
    pub fn process_id(&self) -> Option<u32> {
        self.keeper.as_ref().map(Keeper::pid)
    }

    /// Gives the TCP port on 127.0.0.1.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Gives the path of the unix socket.
    #[must_use]
    pub fn socket(&self) -> &Path {
        self.home.socket()
    }

    /// Gives the server's directory.
    #[must_use]
    pub fn dir(&self) -> &Path {
        self.home.dir()
    }

    /// Gives the option file with which the stock client logs in.
    #[must_use]
    pub fn client_file(&self) -> std::path::PathBuf {
        self.home.client_file()
    }

    /// Gives the address of the server's database.
    #[must_use]
    pub fn database_url(&self) -> DatabaseUrl {
        DatabaseUrl {
            user: ACCOUNT.to_owned(),
            password: Secret::new(self.password.clone()),
            host: "127.0.0.1".to_owned(),
            port: self.port,
            database: self.database.clone(),
        }
    }

    /// Gives the address of `database` as a setting would have it, password included.
    #[must_use]
    pub fn url_of(&self, database: &str) -> String {
        // Neither account nor password holds a character that a URL would need encoded.
        format!("mysql://{ACCOUNT}:{}@127.0.0.1:{}/{database}", self.password, self.port)
    }

    /// Gives the command that opens an SQL prompt on the server's database; no password shows in it.
    #[must_use]
    pub fn sql_prompt(&self) -> String {
        let file = self.client_file();
        let file = file.to_string_lossy();
        let plain = |character: char| character.is_alphanumeric() || "/._-".contains(character);
        if file.chars().all(plain) {
            format!("{} --defaults-file={file}", self.client)
        } else {
            format!("{} --defaults-file='{}'", self.client, file.replace('\'', r"'\''"))
        }
    }

    fn client_options(&self) -> String {
        let socket = self.home.socket().to_string_lossy().replace('\\', r"\\").replace('"', "\\\"");
        format!(
            "[client]\ndefault-character-set=utf8mb4\nuser={ACCOUNT}\npassword={}\nport={}\nsocket=\"{socket}\"\n\n[mysql]\ndatabase={}\n",
            self.password, self.port, self.database
        )
    }

    /// Waits until a login over TCP succeeds: the socket and the port are there well before that.
    fn wait_for_login(&self, keeper: &Keeper) -> Result<(), DemoError> {
        let deadline = monotonic() + START_TIMEOUT;
        loop {
            let answer = match self.try_login()? {
                Ok(()) => return Ok(()),
                Err(answer) => answer,
            };
            if !keeper.is_running() {
                return Err(self.died());
            }
            if monotonic() > deadline {
                return Err(DemoError::NotReady {
                    dir: self.home.dir().to_owned(),
                    waited: START_TIMEOUT,
                    answer,
                    log: self.home.log(),
                    tail: self.home.log_tail(),
                });
            }
            thread::sleep(LOGIN_EVERY);
        }
    }

    fn died(&self) -> DemoError {
        DemoError::Died { dir: self.home.dir().to_owned(), log: self.home.log(), tail: self.home.log_tail() }
    }

    /// Logs in once; the inner error is what the server or the client said.
    fn try_login(&self) -> Result<Result<(), String>, DemoError> {
        let output = Command::new(&self.client)
            .arg(format!("--defaults-file={}", self.home.client_file().display()))
            .args(["--protocol=tcp", "--host=127.0.0.1", "--connect-timeout=5", "--execute=select 1"])
            .stdin(Stdio::null())
            .output()
            .map_err(|source| DemoError::Run { program: self.client.clone(), source })?;
        if output.status.success() {
            return Ok(Ok(()));
        }
        Ok(Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
    }
}

impl Drop for PrivateServer {
    fn drop(&mut self) {
        self.kill();
        // Only a socket that had to move out of the server's directory leaves something outside of it.
        if let Some(parent) = self.home.socket().parent().filter(|parent| *parent != self.home.dir()) {
            let _ = fs::remove_file(self.home.socket());
            let _ = fs::remove_dir(parent);
        }
    }
}

fn port_was_taken(log_tail: &str) -> bool {
    log_tail.contains("Address already in use") || log_tail.contains("Bind on TCP/IP port")
}
