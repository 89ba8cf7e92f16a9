//! The directory of one private server: where its data, socket, log and password lie.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Write};
use std::net::TcpListener;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::error::DemoError;

/// Where a server keeps its temporary tables, below its directory.
const TEMPORARY: &str = "tmp";

/// The longest path a unix socket may have, in bytes, on every system we know: 103 on macOS, 107 on Linux.
const LONGEST_SOCKET_PATH: usize = 103;

/// How much of the end of a log an error shows.
const LOG_TAIL_LINES: usize = 12;

/// The account that `backhaul` uses on a private server.
pub(super) const ACCOUNT: &str = "backhaul";

/// The directory of one private server, locked against a second user for as long as this value lives.
#[derive(Debug)]
pub(super) struct Home {
    dir: PathBuf,
    socket: PathBuf,
    _lock: File,
}

impl Home {
    /// Creates the directory if need be, and locks it.
    pub(super) fn open(dir: &Path) -> Result<Self, DemoError> {
        create_private_dir(dir)?;
        let dir = fs::canonicalize(dir).map_err(DemoError::file("find", dir))?;
        let lock_file = dir.join("lock");
        let lock = private_file(&lock_file)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(DemoError::InUse { dir }),
            Err(TryLockError::Error(source)) => return Err(DemoError::file("lock", &lock_file)(source)),
        }
        create_private_dir(&dir.join(TEMPORARY))?;
        let socket = socket_path(&dir)?;
        Ok(Self { dir, socket, _lock: lock })
    }

    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    pub(super) fn socket(&self) -> &Path {
        &self.socket
    }

    pub(super) fn data(&self) -> PathBuf {
        self.dir.join("data")
    }

    /// Gives the directory for temporary tables. It is this server's own: a server that starts deletes the temporary
    /// tables it finds, also those of another server that is using them, which then fails or crashes.
    pub(super) fn temporary(&self) -> PathBuf {
        self.dir.join(TEMPORARY)
    }

    pub(super) fn log(&self) -> PathBuf {
        self.dir.join("server.log")
    }

    pub(super) fn pid_file(&self) -> PathBuf {
        self.dir.join("server.pid")
    }

    pub(super) fn init_file(&self) -> PathBuf {
        self.dir.join("accounts.sql")
    }

    pub(super) fn client_file(&self) -> PathBuf {
        self.dir.join("client.cnf")
    }

    /// Gives the password of [`ACCOUNT`], made up at the first call.
    pub(super) fn password(&self) -> Result<String, DemoError> {
        let path = self.dir.join("password");
        match fs::read_to_string(&path) {
            Ok(text) if is_password(text.trim()) => return Ok(text.trim().to_owned()),
            // Missing, or half written when the machine went down: every start sets the account's password anew.
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(DemoError::file("read", &path)(error)),
        }
        let password = Uuid::new_v4().simple().to_string();
        write_private(&path, &password)?;
        Ok(password)
    }

    /// Gives the port of the last start if it is free, else one that is, and remembers it.
    pub(super) fn choose_port(&self) -> Result<u16, DemoError> {
        let path = self.dir.join("port");
        let remembered = fs::read_to_string(&path).ok().and_then(|text| text.trim().parse().ok());
        let listener = remembered
            .filter(|port| *port != 0)
            .and_then(|port| TcpListener::bind(("127.0.0.1", port)).ok())
            .map_or_else(|| TcpListener::bind(("127.0.0.1", 0)), Ok)
            .map_err(DemoError::file("find a free port for", &self.dir))?;
        let port = listener.local_addr().map_err(DemoError::file("find a free port for", &self.dir))?.port();
        write_private(&path, &port.to_string())?;
        Ok(port)
    }

    /// Forgets the remembered port, which somebody else took at the last moment.
    pub(super) fn forget_port(&self) {
        // If it stays, the next start tries it once more and then fails with the server's own words.
        let _ = fs::remove_file(self.dir.join("port"));
    }

    /// Reads the last lines of the server's log.
    pub(super) fn log_tail(&self) -> String {
        let text = fs::read(self.log()).unwrap_or_default();
        last_lines(&String::from_utf8_lossy(&text))
    }
}

/// Takes the last lines of what a program printed, enough to see why it gave up.
pub(super) fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.trim_end().lines().collect();
    lines[lines.len().saturating_sub(LOG_TAIL_LINES)..].join("\n")
}

/// Writes a file that only this user can read; a reader sees the old or the new text, never half of it.
pub(super) fn write_private(path: &Path, text: &str) -> Result<(), DemoError> {
    let draft = path.with_extension("new");
    let written = || -> std::io::Result<()> {
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&draft, path)
    };
    written().map_err(DemoError::file("write", path))
}

fn private_file(path: &Path) -> Result<File, DemoError> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
        .map_err(DemoError::file("open", path))
}

fn create_private_dir(dir: &Path) -> Result<(), DemoError> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(DemoError::file("create", dir))
}

fn is_password(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Puts the socket into the server's directory, or into a short private one when that path would be too long.
fn socket_path(dir: &Path) -> Result<PathBuf, DemoError> {
    let near = dir.join("server.sock");
    if near.as_os_str().len() <= LONGEST_SOCKET_PATH {
        return Ok(near);
    }
    let digest = Sha256::digest(dir.as_os_str().as_encoded_bytes());
    let name =
        digest.iter().take(8).fold(String::from("backhaul-"), |name, byte| format!("{name}{byte:02x}"));
    let short = Path::new("/tmp").join(name);
    create_private_dir(&short)?;
    // Anybody may create directories in /tmp: one that is not ours alone could be swapped under the server.
    let found = fs::symlink_metadata(&short).map_err(DemoError::file("look at", &short))?;
    let ours =
        found.is_dir() && found.uid() == rustix::process::geteuid().as_raw() && found.mode() & 0o777 == 0o700;
    if !ours {
        return Err(DemoError::NotPrivate { path: short });
    }
    Ok(short.join("server.sock"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_directory_has_one_user_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let first = Home::open(dir.path()).unwrap();
        assert!(matches!(Home::open(dir.path()), Err(DemoError::InUse { .. })));
        drop(first);
        // A process that another test is just starting holds a copy of the lock until it has become another program.
        let opens = || {
            std::thread::sleep(std::time::Duration::from_millis(10));
            Home::open(dir.path()).is_ok()
        };
        assert!((0..500).any(|_| opens()));
    }

    #[test]
    fn the_password_stays_the_same_and_is_private() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::open(dir.path()).unwrap();
        let password = home.password().unwrap();
        assert_eq!(home.password().unwrap(), password);
        let mode = fs::metadata(dir.path().join("password")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_half_written_password_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::open(dir.path()).unwrap();
        fs::write(dir.path().join("password"), "abc").unwrap();
        assert!(is_password(&home.password().unwrap()));
    }

    #[test]
    fn the_port_is_remembered_unless_it_is_taken() {
        // Any other program may take or free a port in between: one undisturbed home of several is enough.
        let holds = (0..10).any(|_| {
            let dir = tempfile::tempdir().unwrap();
            let home = Home::open(dir.path()).unwrap();
            let port = home.choose_port().unwrap();
            let is_remembered = home.choose_port().unwrap() == port;
            let taken = TcpListener::bind(("127.0.0.1", port));
            is_remembered && taken.is_ok() && home.choose_port().unwrap() != port
        });
        assert!(holds);
    }

    #[test]
    fn a_socket_path_is_short_enough_below_any_directory() {
        let root = tempfile::tempdir().unwrap();
        let deep = root.path().join("d".repeat(LONGEST_SOCKET_PATH));
        let home = Home::open(&deep).unwrap();
        assert!(home.socket().as_os_str().len() <= LONGEST_SOCKET_PATH, "{}", home.socket().display());
        fs::remove_dir(home.socket().parent().unwrap()).unwrap();

        let at_the_edge = LONGEST_SOCKET_PATH - "/server.sock".len();
        let name = "e".repeat(at_the_edge - root.path().as_os_str().len() - 1);
        let near = Home::open(&root.path().join(name)).unwrap();
        assert_eq!(near.socket().as_os_str().len(), LONGEST_SOCKET_PATH);
        assert!(near.socket().starts_with(root.path()), "the last length that fits is not moved away");
    }

    #[test]
    fn the_last_lines_of_a_log_are_kept() {
        let lines: Vec<String> = (1..=20).map(|number| format!("line {number}")).collect();
        let tail = last_lines(&lines.join("\n"));
        assert!(tail.starts_with("line 9\n") && tail.ends_with("line 20"), "{tail}");
    }
}
