//! A database in a file. A file that is there under its name is complete, however the process that made it has ended.

use std::{
    ffi::OsString,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU64, Ordering},
};

use redb::{Database, DatabaseError, StorageError};

use super::layout::{self, Layout, Misfit};

/// Bytes of a file that are kept in memory.
const CACHE_BYTES: usize = 64 << 20;

/// Why the tables of a file cannot be a module's.
#[derive(Debug)]
pub(crate) enum NotOpened {
    /// It cannot be opened, is none of this host's, or is in use.
    Unreadable(String),
    /// It has a table that the module does not declare.
    Undeclared(String),
}

/// Opens the file, or creates it where it is not there.
pub(super) fn open(path: &str, tables: &[&String]) -> Result<(Database, Layout), NotOpened> {
    let database = match Database::builder().set_cache_size(CACHE_BYTES).open(path) {
        Err(DatabaseError::Storage(StorageError::Io(error))) if error.kind() == io::ErrorKind::NotFound => {
            return match create(Path::new(path), tables) {
                Ok(Some(database)) => Ok((database, Layout::default())),
                // Another process was first.
                Ok(None) => open(path, tables),
                Err(error) => Err(NotOpened::Unreadable(format!(
                    "the data file {path} cannot be created: {error}"
                ))),
            };
        }
        opened => opened.map_err(|error| refused(path, &error))?,
    };
    match layout::read(&database, tables) {
        Ok(layout) => Ok((database, layout)),
        Err(Misfit::Foreign(why)) => Err(NotOpened::Unreadable(format!(
            "the data file {path} is none of this host's: {why}"
        ))),
        Err(Misfit::Undeclared(table)) => Err(NotOpened::Undeclared(format!(
            "the data file {path} has a table `{table}`, which the module does not declare: declare it, or load the \
             module with another file"
        ))),
    }
}

fn refused(path: &str, error: &DatabaseError) -> NotOpened {
    NotOpened::Unreadable(match error {
        DatabaseError::DatabaseAlreadyOpen => {
            format!("another module or process has the data file {path} open: unload it, or name another file")
        }
        error => format!("the data file {path} is none of this host's, or cannot be opened: {error}"),
    })
}

/// Makes the file under another name, and gives it its own once it is complete: nothing where a file has that by then.
fn create(path: &Path, tables: &[&String]) -> Result<Option<Database>, DatabaseError> {
    let unfinished = unfinished(path);
    // One of a process of the same number that was killed here.
    match fs::remove_file(&unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let database = Database::builder().set_cache_size(CACHE_BYTES).create(&unfinished)?;
    layout::create(&database, tables.iter().copied());
    // Unlike a renaming it does not replace what is there.
    let linked = fs::hard_link(&unfinished, path);
    fs::remove_file(&unfinished)?;
    match linked {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(None),
        linked => linked?,
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    Ok(Some(database))
}

/// A name that nobody else uses.
fn unfinished(path: &Path) -> PathBuf {
    static FILES: AtomicU64 = AtomicU64::new(0);
    let number = FILES.fetch_add(1, Ordering::Relaxed);
    let mut name = path.file_name().map_or_else(OsString::new, OsString::from);
    name.push(format!(".new-{}-{number}", process::id()));
    path.with_file_name(name)
}
