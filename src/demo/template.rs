//! A fresh data directory, made once and copied for each new server.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::error::DemoError;
use super::mariadb;

/// The data directory that new servers begin with; made when the first of them needs it.
#[derive(Debug)]
pub struct Template {
    data: PathBuf,
    making: Mutex<()>,
}

impl Template {
    /// Keeps the template in the directory `data`, which need not exist yet.
    #[must_use]
    pub const fn new(data: PathBuf) -> Self {
        Self { data, making: Mutex::new(()) }
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
            mariadb::copy_data(&self.data, draft)
                .map_err(DemoError::file("copy a new data directory to", draft))
        })
    }

    fn make_unless_there(&self) -> Result<(), DemoError> {
        let _one_at_a_time = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        if self.data.exists() {
            return Ok(());
        }
        whole_or_not_at_all(&self.data, mariadb::initialise)
    }
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
