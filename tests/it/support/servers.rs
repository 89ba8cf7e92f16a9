//! The servers: two that all tests share, and others for tests that stop or kill theirs.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use backhaul::demo::engine::{Durability, Engine};
use backhaul::demo::private_server::PrivateServer;
use backhaul::demo::template::Template;

use super::engines::Place;

/// Space that must be free in memory before servers are put there instead of on the disk, in KiB:
/// some ten servers with their logs.
const MEMORY_NEEDED_KIB: u64 = 3 * 1024 * 1024;

static ROOT: LazyLock<Root> = LazyLock::new(Root::create);
static LOCAL_TEMPLATE: LazyLock<Template> = LazyLock::new(|| new_template(Place::Local));
static CENTRAL_TEMPLATE: LazyLock<Template> = LazyLock::new(|| new_template(Place::Central));
static SHARED: LazyLock<Shared> = LazyLock::new(Shared::start);

/// The two servers that live as long as the test process.
pub struct Shared {
    /// Where tests put their DB_A.
    pub local: PrivateServer,
    /// Where tests put their DB_B.
    pub central: PrivateServer,
}

/// Gives the shared servers; the first call starts them.
pub fn shared() -> &'static Shared {
    &SHARED
}

impl Shared {
    fn start() -> Self {
        std::thread::scope(|scope| {
            let local = scope.spawn(|| start("local", Place::Local));
            let central = scope.spawn(|| start("central", Place::Central));
            Self { local: local.join().unwrap(), central: central.join().unwrap() }
        })
    }
}

/// A server of one test's own, which it may stop, kill and start again. Killed when dropped.
pub struct OwnServer {
    server: PrivateServer,
}

impl OwnServer {
    /// Starts a new server of the engine that `place` has.
    pub fn start(place: Place) -> Self {
        Self { server: start("own", place) }
    }

    /// Starts a new server of this engine, for a test that needs other options than all the others.
    pub fn start_engine(engine: Engine) -> Self {
        let template = Template::new(scratch_dir("template").join("own"), engine);
        let server = PrivateServer::start(&scratch_dir("own"), &template, "test", Durability::ProcessCrash);
        Self { server: server.unwrap_or_else(|error| panic!("{error}")) }
    }

    /// Starts a new server of the engine that `place` has, which keeps everything in this directory.
    pub fn start_in(dir: &Path, place: Place) -> Self {
        let server = PrivateServer::start(dir, template(place), "test", Durability::ProcessCrash);
        Self { server: server.unwrap_or_else(|error| panic!("{error}")) }
    }
}

impl std::ops::Deref for OwnServer {
    type Target = PrivateServer;

    fn deref(&self) -> &PrivateServer {
        &self.server
    }
}

impl std::ops::DerefMut for OwnServer {
    fn deref_mut(&mut self) -> &mut PrivateServer {
        &mut self.server
    }
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        self.server.kill();
        // What cannot be removed now goes with everything else at the end of the process.
        let _ = std::fs::remove_dir_all(self.server.dir());
    }
}

/// Gives a new directory that is removed at the end of the test process, whatever its end.
pub fn scratch_dir(name: &str) -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let dir = ROOT.dir.join(format!("{name}{}", NEXT.fetch_add(1, Ordering::Relaxed)));
    std::fs::create_dir(&dir).unwrap();
    dir
}

/// Gives the template from which tests start servers by hand.
pub fn template(place: Place) -> &'static Template {
    match place {
        Place::Central if Place::Central.engine_name() != Place::Local.engine_name() => &CENTRAL_TEMPLATE,
        Place::Local | Place::Central => &LOCAL_TEMPLATE,
    }
}

fn new_template(place: Place) -> Template {
    let name = match place {
        Place::Local => "template-local",
        Place::Central => "template-central",
    };
    Template::new(ROOT.dir.join(name), place.engine())
}

fn start(name: &str, place: Place) -> PrivateServer {
    PrivateServer::start(&scratch_dir(name), template(place), "test", Durability::ProcessCrash)
        .unwrap_or_else(|error| panic!("{error}"))
}

/// The directory of everything, and the process that removes it.
struct Root {
    dir: PathBuf,
    _remover: Child,
}

impl Root {
    fn create() -> Self {
        let parent = if memory_has_room() { "/dev/shm" } else { "/tmp" };
        let dir = Path::new(parent).join(format!("backhaul-test-{}", std::process::id()));
        std::fs::create_dir(&dir).unwrap();
        // Nothing in a static is dropped, and a killed process cleans up nothing: the reader of this pipe does,
        // once we are gone. By then the kernel has killed the servers; twice, since that may take a moment.
        let remover = Command::new("sh")
            .args(["-c", r#"trap '' INT TERM HUP; read -r _; rm -rf "$0"; sleep 2; rm -rf "$0""#])
            .arg(&dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self { dir, _remover: remover }
    }
}

fn memory_has_room() -> bool {
    let free = Command::new("df").args(["-Pk", "/dev/shm"]).output().map(|output| output.stdout);
    let text = String::from_utf8(free.unwrap_or_default()).unwrap_or_default();
    let available = text.lines().nth(1).and_then(|line| line.split_whitespace().nth(3)?.parse::<u64>().ok());
    available.is_some_and(|kib| kib >= MEMORY_NEEDED_KIB)
}
