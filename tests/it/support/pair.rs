//! A DB_A and a DB_B of one test's own.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use backhaul::demo::private_server::PrivateServer;

use super::program::{Finished, Program, Running, free_port};
use super::servers::{scratch_dir, shared};
use super::side::Side;

/// Two fresh databases and the settings with which the program uses them; dropped at the end of the test.
pub struct Pair {
    /// DB_A.
    pub local: Side,
    /// DB_B.
    pub central: Side,
    /// How the program is run; change it with [`Pair::set`].
    pub program: Program,
}

impl Pair {
    /// Creates empty databases on the shared servers; `backhaul install` or `sql/` fill them.
    pub async fn new() -> Self {
        Self::on(&shared().local, &shared().central).await
    }

    /// Creates the databases on given servers, for tests that stop or kill one of them.
    pub async fn on(local: &PrivateServer, central: &PrivateServer) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let local = Side::create(local, format!("pair{number}_local")).await;
        let central = Side::create(central, format!("pair{number}_central")).await;
        let program = Program::new(scratch_dir("run"))
            .with("LOCAL_DATABASE_URL", &local.url)
            .with("CENTRAL_DATABASE_URL", &central.url)
            .with("SITE_NAME", "test site")
            // Proxies look for statements in what is sent, and a machine with much to do is as slow as a bad line.
            .with("CENTRAL_COMPRESSION", "off")
            .with("PORT", &free_port());
        Self { local, central, program }
    }

    /// Sets a variable for every later run.
    pub fn set(&mut self, key: &str, value: &(impl ToString + ?Sized)) {
        self.program = self.program.clone().with(key, value);
    }

    /// Leads every later run to DB_B through `port` of this machine, where a proxy listens.
    pub fn reach_central_through(&mut self, port: u16) {
        let url = through(&self.central.url, port);
        self.set("CENTRAL_DATABASE_URL", &url);
    }

    /// Leads every later run to DB_A through `port` of this machine, where a proxy listens.
    pub fn reach_local_through(&mut self, port: u16) {
        let url = through(&self.local.url, port);
        self.set("LOCAL_DATABASE_URL", &url);
    }

    /// Gives the port of DB_B's server, the target of a proxy.
    pub fn central_port(&self) -> u16 {
        port_of(&self.central.url)
    }

    /// Gives the port of DB_A's server, the target of a proxy.
    pub fn local_port(&self) -> u16 {
        port_of(&self.local.url)
    }

    /// Switches `IS_ONLINE` in the `.env` of the working directory, for programs that run as well.
    pub fn set_online(&self, online: bool) {
        self.program.write_env_file(&format!("IS_ONLINE={online}\n"));
    }

    /// Runs a command of the program to its end.
    pub async fn backhaul(&self, arguments: &[&str]) -> Finished {
        self.program.run(arguments).await
    }

    /// Starts a command of the program and lets it run.
    pub fn start(&self, arguments: &[&str]) -> Running {
        self.program.start(arguments)
    }

    /// Gives the address of the API that `serve` offers.
    pub fn api(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.program.setting("PORT").unwrap())
    }

    /// Gives the working directory of the runs.
    pub fn dir(&self) -> &Path {
        &self.program.dir
    }
}

fn through(url: &str, port: u16) -> String {
    let (login, rest) = url.split_once('@').unwrap();
    let (_, database) = rest.split_once('/').unwrap();
    format!("{login}@127.0.0.1:{port}/{database}")
}

fn port_of(url: &str) -> u16 {
    let (_, address) = url.split_once('@').unwrap();
    let (_, port) = address.split('/').next().unwrap().split_once(':').unwrap();
    port.parse().unwrap()
}
