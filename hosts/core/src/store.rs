//! A module's tables on redb, in memory or in a file: one transaction at a time, a commit log, and snapshots for readers.
//!
//! redb's `begin_write` blocks while another write transaction is open, so the lock of [`Store`] stands before it: `begin_write` is
//! only called when none is.

mod access;
mod file;
mod layout;
mod rows;
#[cfg(feature = "saboteurs")]
mod sabotage;
mod schedules;
mod subscriptions;
mod transactions;
mod writer;

use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use redb::{Database, ReadTransaction, ReadableTable, TableDefinition, TableError, backends::InMemoryBackend};

pub(crate) use file::NotOpened;
use layout::{COMMITS, Layout};
use rows::rows_json;
pub(crate) use schedules::{ScheduleId, Scheduled, Schedules};
pub(crate) use subscriptions::Tell;
use writer::{Chore, Writer};

type Rows<'name> = TableDefinition<'name, &'static str, &'static str>;

/// Where a transaction's guest code runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Path {
    Lane,
    Pool,
}

/// All tables of one module.
pub(crate) struct Store {
    writer: Mutex<Writer>,
    freed: Condvar,
    on_freed: OnFreed,
}

/// What a file keeps beside tables.
#[derive(Default)]
pub(crate) struct Kept {
    /// What is scheduled.
    pub schedules: Schedules,
    /// How often a module was loaded with the file before.
    pub loads: u64,
}

type OnFreed = Box<dyn Fn() + Send + Sync>;

impl Store {
    /// Empty tables in memory. `on_freed` is called, on any thread, when a transaction has ended that kept the lane waiting.
    pub fn new<'a>(tables: impl Iterator<Item = &'a String>, on_freed: OnFreed) -> Arc<Store> {
        let database = Database::builder().create_with_backend(InMemoryBackend::new());
        let database = database.expect("an empty memory is always a valid database");
        layout::create(&database, tables);
        Store::on(database, Layout::default(), on_freed)
    }

    /// The tables of that file, which is created where it is not there; and what else is in it.
    pub fn in_file<'a>(
        path: &str,
        tables: impl Iterator<Item = &'a String>,
        on_freed: OnFreed,
    ) -> Result<(Arc<Store>, Kept), NotOpened> {
        let tables: Vec<&String> = tables.collect();
        let (database, mut layout) = file::open(path, &tables)?;
        let kept = Kept {
            schedules: std::mem::take(&mut layout.schedules),
            loads: layout.loads,
        };
        Ok((Store::on(database, layout, on_freed), kept))
    }

    fn on(database: Database, layout: Layout, on_freed: OnFreed) -> Arc<Store> {
        Arc::new(Store {
            writer: Mutex::new(Writer::on(database, layout)),
            freed: Condvar::new(),
            on_freed,
        })
    }

    /// Whether `init` has committed already, by whatever process.
    pub fn is_initialized(&self) -> bool {
        self.lock().initialized
    }

    /// There is no `init` to run.
    pub fn set_initialized(&self) {
        self.lock().initialized = true;
        self.do_when_free(Box::new(layout::note_initialized));
    }

    /// Has these tables, beside those that are there.
    pub fn declare(&self, tables: Vec<String>) {
        self.do_when_free(Box::new(move |transaction| layout::declare(transaction, tables.iter())));
    }

    /// Undoes what is open and closes the file. Nothing is committed any more, and nothing read.
    pub fn close(&self) {
        let mut writer = self.lock();
        if let Some(open) = writer.open.take() {
            open.transaction.abort().expect(TABLES);
        }
        writer.database = None;
        self.freed.notify_all();
    }

    /// Has something written that belongs to no call's transaction, at once or when the open one has ended.
    fn do_when_free(&self, chore: Chore) {
        let mut writer = self.lock();
        writer.chores.push(chore);
        if writer.open.is_none() {
            writer.do_chores();
        }
    }

    /// All rows of a table as JSON, and the `seq` of the last commit that they include: one snapshot. Waits for no
    /// transaction's end.
    pub fn read(&self, table: &str) -> (String, u64) {
        let writer = self.lock();
        #[cfg(feature = "saboteurs")]
        if let Some(rows) = sabotage::uncommitted(&writer, table) {
            return (rows, writer.seq);
        }
        let snapshot = writer.snapshot();
        drop(writer);
        read(&snapshot, table)
    }

    /// Subscribes to a table under a name that is free: `begun` gets what [`Store::read`] gives, and `tell` each later
    /// commit that changes the table. Both are called with the writer locked: they send a message and return.
    pub fn subscribe(&self, name: &str, table: &str, tell: Tell, begun: impl FnOnce(&str, u64)) {
        let mut writer = self.lock();
        let (rows, seq) = read(&writer.snapshot(), table);
        begun(&rows, seq);
        writer.subscriptions.add(name, table, tell);
    }

    /// Ends a subscription; it is told nothing more.
    pub fn unsubscribe(&self, name: &str) {
        self.lock().subscriptions.remove(name);
    }

    fn lock(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().expect(LOCK)
    }
}

/// redb fails on full disks and files that are damaged while they are open: then this process must not go on as if it
/// could commit. Tables in memory neither fail nor go.
const TABLES: &str = "the tables of a module can be read and written while it is loaded";
/// Nobody comes to a module that was unloaded: its calls have ended, and the kit's name for it is gone.
const OPEN: &str = "the store of a loaded module is open";
const LOCK: &str = "no thread panics while it holds the store";

fn rows(table: &str) -> Rows<'_> {
    TableDefinition::new(table)
}

fn read(snapshot: &ReadTransaction, table: &str) -> (String, u64) {
    let commits = snapshot.open_table(COMMITS).expect(TABLES);
    let seq = commits.last().expect(TABLES).map_or(0, |(seq, _)| seq.value());
    let rows = match snapshot.open_table(rows(table)) {
        // Declared by an update while a transaction is open.
        Err(TableError::TableDoesNotExist(_)) => return ("[]".to_owned(), seq),
        rows => rows.expect(TABLES),
    };
    (rows_json(&rows, "", "", usize::MAX).expect("no bound to pass"), seq)
}

#[cfg(test)]
mod tests;
