//! A module's tables on redb, in memory: one transaction at a time, a commit log, and snapshots for readers.
//!
//! redb's `begin_write` blocks while another write transaction is open, so this lock stands before it: `begin_write` is
//! only called when none is.

mod rows;

use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition, WriteTransaction, backends::InMemoryBackend};

use crate::{
    engine::CallId,
    failure::{Code, Refusal},
    limits,
};
use rows::{absent, rows_json, shown};

/// `seq` of each committed transaction, and the call that committed it.
const COMMITS: TableDefinition<u64, u64> = TableDefinition::new("$commits");

type Rows<'name> = TableDefinition<'name, &'static str, &'static str>;

/// Where a transaction's guest code runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Path {
    Lane,
    Pool,
}

/// A call to be made if a transaction commits.
#[derive(Debug)]
pub(crate) struct Scheduled {
    pub function: String,
    pub args: String,
    /// When; of an interval, when first.
    pub at: f64,
    /// Milliseconds between one call of an interval and the next; none for a single call.
    pub every: Option<f64>,
}

/// All tables of one module.
pub(crate) struct Store {
    database: Database,
    writer: Mutex<Writer>,
    freed: Condvar,
    on_freed: Box<dyn Fn() + Send + Sync>,
}

struct Writer {
    open: Option<Open>,
    /// The lane could not begin a reducer: pool threads let it pass, or a busy pool would starve it.
    lane_wants: bool,
    seq: u64,
}

impl Writer {
    /// Whether that call may open a transaction now. Refused where it would wait for itself.
    fn is_free(&self, owner: CallId, path: Path) -> Result<bool, Refusal> {
        match &self.open {
            Some(open) if open.owner == owner => Err(Refusal::new(
                Code::TransactionOpen,
                "this call has a transaction open: end it before beginning another",
            )),
            // A lane has one thread: to wait for itself would be to wait for ever.
            Some(open) if open.path == Path::Lane && path == Path::Lane => Err(Refusal::new(
                Code::TransactionOpen,
                "another call has a transaction open in this turn",
            )),
            Some(_) => Ok(false),
            None => Ok(path == Path::Lane || !self.lane_wants),
        }
    }
}

struct Open {
    owner: CallId,
    path: Path,
    transaction: WriteTransaction,
    schedules: Vec<Scheduled>,
}

impl Store {
    /// Empty tables. `on_freed` is called, on any thread, when a transaction has ended that kept the lane waiting.
    pub fn new<'a>(tables: impl Iterator<Item = &'a String>, on_freed: Box<dyn Fn() + Send + Sync>) -> Arc<Store> {
        let database = Database::builder().create_with_backend(InMemoryBackend::new());
        let database = database.expect("an empty memory is always a valid database");
        let transaction = database.begin_write().expect("a new database has no writer");
        for table in tables {
            transaction.open_table(rows(table)).expect("table names are distinct");
        }
        transaction
            .open_table(COMMITS)
            .expect("no table of a module has this name");
        transaction.commit().expect(MEMORY);
        let writer = Mutex::new(Writer {
            open: None,
            lane_wants: false,
            seq: 0,
        });
        Arc::new(Store {
            database,
            writer,
            freed: Condvar::new(),
            on_freed,
        })
    }

    /// Opens a transaction for a reducer on the lane, unless one is open: then the lane has the next turn at it.
    pub fn try_begin_on_lane(&self, owner: CallId) -> bool {
        let mut writer = self.lock();
        writer.lane_wants = writer.open.is_some();
        if writer.open.is_none() {
            self.open(&mut writer, owner, Path::Lane);
        }
        !writer.lane_wants
    }

    /// The lane does not wait for a transaction any more.
    pub fn withdraw_lane(&self) {
        self.lock().lane_wants = false;
        self.freed.notify_all();
    }

    /// Opens a transaction where none is in the way; false where the call has to wait.
    pub fn try_begin(&self, owner: CallId, path: Path) -> Result<bool, Refusal> {
        let mut writer = self.lock();
        let is_free = writer.is_free(owner, path)?;
        if is_free {
            self.open(&mut writer, owner, path);
        }
        Ok(is_free)
    }

    /// Opens a transaction; waits while one of another thread is open, unless `has_ended` says that the call is over:
    /// whoever ends it calls [`Store::give_up`] after that.
    pub fn begin(&self, owner: CallId, path: Path, has_ended: &dyn Fn() -> bool) -> Result<(), Refusal> {
        let mut writer = self.lock();
        loop {
            if has_ended() {
                return Err(Refusal::new(
                    Code::Cancelled,
                    "the call was ended while it waited for its transaction",
                ));
            }
            if writer.is_free(owner, path)? {
                self.open(&mut writer, owner, path);
                return Ok(());
            }
            writer = self.freed.wait(writer).expect(LOCK);
        }
    }

    /// Undoes what that call has open, if anything, and wakes it where it waits for its transaction. The call has ended:
    /// what it still tries to commit finds no transaction.
    pub fn give_up(&self, owner: CallId) {
        // Whoever had not seen that the call is over waits by now: `abort` has had the lock.
        if self.abort(owner).is_err() {
            self.freed.notify_all();
        }
    }

    /// Commits the transaction of that call: its `seq`, and what it scheduled.
    pub fn commit(&self, owner: CallId) -> Result<(u64, Vec<Scheduled>), Refusal> {
        let mut writer = self.lock();
        let open = take(&mut writer, owner)?;
        let seq = writer.seq + 1;
        open.transaction
            .open_table(COMMITS)
            .expect(MEMORY)
            .insert(seq, owner)
            .expect(MEMORY);
        open.transaction.commit().expect(MEMORY);
        writer.seq = seq;
        self.release(writer);
        Ok((seq, open.schedules))
    }

    /// Undoes the transaction of that call.
    pub fn abort(&self, owner: CallId) -> Result<(), Refusal> {
        let mut writer = self.lock();
        let open = take(&mut writer, owner)?;
        open.transaction.abort().expect(MEMORY);
        self.release(writer);
        Ok(())
    }

    /// Undoes whatever transaction the lane has open, and gives its call.
    pub fn abort_on_lane(&self) -> Option<CallId> {
        let owner = self.lock().open.as_ref().filter(|open| open.path == Path::Lane)?.owner;
        self.abort(owner).ok().map(|()| owner)
    }

    /// Whether that call has a transaction open.
    pub fn is_open(&self, owner: CallId) -> bool {
        self.lock().open.as_ref().is_some_and(|open| open.owner == owner)
    }

    /// Adds a call to those that the commit makes.
    pub fn schedule(&self, owner: CallId, scheduled: Scheduled) -> Result<(), Refusal> {
        let mut writer = self.lock();
        owned(&mut writer, owner)?.schedules.push(scheduled);
        Ok(())
    }

    /// The row under `key`.
    pub fn get(&self, owner: CallId, table: &str, key: &str) -> Result<String, Refusal> {
        let mut writer = self.lock();
        let rows = owned(&mut writer, owner)?
            .transaction
            .open_table(rows(table))
            .expect(MEMORY);
        let row = rows.get(key).expect(MEMORY);
        row.map(|row| row.value().to_owned()).ok_or_else(|| absent(table, key))
    }

    /// Stores a new row.
    pub fn insert(&self, owner: CallId, table: &str, key: &str, row: &str) -> Result<(), Refusal> {
        let mut writer = self.lock();
        let mut rows = owned(&mut writer, owner)?
            .transaction
            .open_table(rows(table))
            .expect(MEMORY);
        if rows.get(key).expect(MEMORY).is_some() {
            return Err(Refusal::new(
                Code::UniqueViolation,
                format!("the table `{table}` has a row under {}", shown(key)),
            ));
        }
        rows.insert(key, row).expect(MEMORY);
        Ok(())
    }

    /// Replaces a row.
    pub fn update(&self, owner: CallId, table: &str, key: &str, row: &str) -> Result<(), Refusal> {
        let mut writer = self.lock();
        let mut rows = owned(&mut writer, owner)?
            .transaction
            .open_table(rows(table))
            .expect(MEMORY);
        if rows.get(key).expect(MEMORY).is_none() {
            return Err(absent(table, key));
        }
        rows.insert(key, row).expect(MEMORY);
        Ok(())
    }

    /// Removes a row.
    pub fn delete(&self, owner: CallId, table: &str, key: &str) -> Result<(), Refusal> {
        let mut writer = self.lock();
        let mut rows = owned(&mut writer, owner)?
            .transaction
            .open_table(rows(table))
            .expect(MEMORY);
        let removed = rows.remove(key).expect(MEMORY).is_some();
        if removed { Ok(()) } else { Err(absent(table, key)) }
    }

    /// The rows with from ≤ key < to as JSON, in code point order; an empty `to` means no upper bound.
    pub fn scan(&self, owner: CallId, table: &str, from: &str, to: &str) -> Result<String, Refusal> {
        let mut writer = self.lock();
        let rows = owned(&mut writer, owner)?
            .transaction
            .open_table(rows(table))
            .expect(MEMORY);
        rows_json(&rows, from, to, limits::SCAN_BYTES).ok_or_else(|| {
            Refusal::new(
                Code::Limit,
                format!(
                    "a scan of `{table}` passes {} bytes: scan a smaller range",
                    limits::SCAN_BYTES
                ),
            )
        })
    }

    /// All rows of a table as JSON, and the `seq` of the last commit that they include: one snapshot. Never waits.
    pub fn read(&self, table: &str) -> (String, u64) {
        let snapshot = self.database.begin_read().expect(MEMORY);
        let commits = snapshot.open_table(COMMITS).expect(MEMORY);
        let seq = commits.last().expect(MEMORY).map_or(0, |(seq, _)| seq.value());
        let rows = snapshot.open_table(rows(table)).expect(MEMORY);
        (rows_json(&rows, "", "", usize::MAX).expect("no bound to pass"), seq)
    }

    fn lock(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().expect(LOCK)
    }

    fn open(&self, writer: &mut Writer, owner: CallId, path: Path) {
        let transaction = self.database.begin_write().expect(MEMORY);
        writer.open = Some(Open {
            owner,
            path,
            transaction,
            schedules: Vec::new(),
        });
        if path == Path::Lane {
            writer.lane_wants = false;
        }
    }

    fn release(&self, writer: MutexGuard<'_, Writer>) {
        let lane_wants = writer.lane_wants;
        drop(writer);
        // All of them: a waiter that the lane's wish holds back must not swallow the only notice.
        self.freed.notify_all();
        if lane_wants {
            (self.on_freed)();
        }
    }
}

/// redb fails on damaged files and full disks; these tables are in memory.
const MEMORY: &str = "tables in memory neither fail nor go";
const LOCK: &str = "no thread panics while it holds the store";

fn rows(table: &str) -> Rows<'_> {
    TableDefinition::new(table)
}

fn owned(writer: &mut Writer, owner: CallId) -> Result<&mut Open, Refusal> {
    let open = writer.open.as_mut().filter(|open| open.owner == owner);
    open.ok_or_else(|| Refusal::new(Code::NoTransaction, "this call has no transaction open"))
}

fn take(writer: &mut Writer, owner: CallId) -> Result<Open, Refusal> {
    owned(writer, owner)?;
    Ok(writer.open.take().expect("it was there"))
}

#[cfg(test)]
mod tests;
