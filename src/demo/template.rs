//! A fresh data directory, made once and copied for each new server.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::engine::Engine;
use super::error::DemoError;

/// The data directory that new servers begin with; made when the first of them needs it.
#[derive(Debug)]
pub struct Template {
    data: PathBuf,
    engine: Engine,
    making: Mutex<()>,
}

impl Template {
    /// Keeps the template of `engine` in the directory `data`, which need not exist yet.
    #[must_use]
    pub const fn new(data: PathBuf, engine: Engine) -> Self {
        Self { data, engine, making: Mutex::new(()) }
    }

    /// Gives the engine of all servers that begin with it.
    pub(super) const fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Removes the template; the next server that needs it makes it again.
    ///
    /// # Errors
    /// When it is there and cannot be removed.
    pub fn remove(&self) -> Result<(), DemoError> {
        remove(&self.data)
    }

    /// Gives a new server its data directory, unless it has one.
    pub(super) fn copy_unless_there(&self, data: &Path) -> Result<(), DemoError> {
        if data.exists() {
            return Ok(());
        }
        self.make_unless_there()?;
        whole_or_not_at_all(data, |draft| {
            copy_data(&self.data, draft).map_err(DemoError::file("copy a new data directory to", draft))
        })
    }

    fn make_unless_there(&self) -> Result<(), DemoError> {
        let _one_at_a_time = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        if self.data.exists() {
            return Ok(());
        }
        whole_or_not_at_all(&self.data, |draft| self.engine.initialise(draft))
    }
}

/// Copies a data directory of a server that is not running.
fn copy_data(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        // MySQL keeps the server's unique name there; without it each server makes one of its own.
        if entry.file_name() == "auto.cnf" {
            continue;
        }
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_data(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Makes the directory under another name first, so that a start that is killed leaves no half of it.
fn whole_or_not_at_all(
    dir: &Path,
    make: impl FnOnce(&Path) -> Result<(), DemoError>,
) -> Result<(), DemoError> {
    let draft = dir.with_extension("new");
    remove(&draft)?;
    fs::create_dir_all(&draft).map_err(DemoError::file("create", &draft))?;
    make(&draft)?;
    fs::rename(&draft, dir).map_err(DemoError::file("create", dir))
}

fn remove(dir: &Path) -> Result<(), DemoError> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(DemoError::file("remove", dir)(error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_leaves_no_half_of_a_directory() {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("data");
        let failed = whole_or_not_at_all(&dir, |draft| {
            fs::write(draft.join("half"), "").unwrap();
            Err(DemoError::InUse { dir: draft.to_owned() })
        });
        assert!(failed.is_err() && !dir.exists());
        whole_or_not_at_all(&dir, |draft| {
            assert!(!draft.join("half").exists(), "the earlier attempt is forgotten");
            Ok(())
        })
        .unwrap();
        assert!(dir.exists());
    }
}
