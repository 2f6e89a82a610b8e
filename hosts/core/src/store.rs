//! A module's tables on redb, in memory or in a file: one transaction at a time, a commit log, and snapshots for readers.
//!
//! redb's `begin_write` blocks while another write transaction is open, so this lock stands before it: `begin_write` is
//! only called when none is.

mod file;
mod layout;
mod rows;
mod schedules;
mod subscriptions;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Condvar, Mutex, MutexGuard},
};

use redb::{
    Database, ReadTransaction, ReadableDatabase, ReadableTable, TableDefinition, TableError, WriteTransaction,
    backends::InMemoryBackend,
};
use serde::{Deserialize, Serialize};

use crate::{
    engine::CallId,
    failure::{Code, Refusal},
    limits,
};
pub(crate) use file::NotOpened;
use layout::{COMMITS, Layout};
use rows::{absent, rows_json, shown};
pub(crate) use schedules::{ScheduleId, Schedules};
use subscriptions::Subscriptions;
pub(crate) use subscriptions::Tell;

type Rows<'name> = TableDefinition<'name, &'static str, &'static str>;

/// Where a transaction's guest code runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Path {
    Lane,
    Pool,
}

/// A call to be made if a transaction commits.
#[derive(Debug, Serialize, Deserialize)]
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
    writer: Mutex<Writer>,
    freed: Condvar,
    on_freed: OnFreed,
}

type OnFreed = Box<dyn Fn() + Send + Sync>;

struct Writer {
    /// None once the store is closed.
    database: Option<Database>,
    open: Option<Open>,
    /// The lane could not begin a reducer: pool threads let it pass, or a busy pool would starve it.
    lane_wants: bool,
    seq: u64,
    /// Whether `init` has committed, or never has to.
    initialized: bool,
    next_schedule: ScheduleId,
    subscriptions: Subscriptions,
    /// What the host itself has to write as soon as no transaction is open.
    chores: Vec<Chore>,
}

type Chore = Box<dyn FnOnce(&WriteTransaction) + Send>;

impl Writer {
    /// What is committed now.
    fn snapshot(&self) -> ReadTransaction {
        self.database.as_ref().expect(OPEN).begin_read().expect(TABLES)
    }

    /// Writes what the host itself has to write, durably. To be called while no transaction is open.
    fn do_chores(&mut self) {
        let chores = std::mem::take(&mut self.chores);
        let Some(database) = self.database.as_ref().filter(|_| !chores.is_empty()) else {
            return;
        };
        let transaction = database.begin_write().expect(TABLES);
        chores.into_iter().for_each(|chore| chore(&transaction));
        transaction.commit().expect(TABLES);
    }

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
            None if self.database.is_none() => Err(Refusal::new(Code::Cancelled, "the module was unloaded")),
            None => Ok(path == Path::Lane || !self.lane_wants),
        }
    }
}

struct Open {
    owner: CallId,
    path: Path,
    transaction: WriteTransaction,
    schedules: Vec<Scheduled>,
    /// The keys that it has written, by table.
    written: Written,
}

/// Keys by table.
type Written = BTreeMap<String, BTreeSet<String>>;

impl Open {
    fn note_written(&mut self, table: &str, key: &str) {
        match self.written.get_mut(table) {
            Some(keys) => drop(keys.insert(key.to_owned())),
            None => drop(self.written.insert(table.to_owned(), BTreeSet::from([key.to_owned()]))),
        }
    }
}

impl Store {
    /// Empty tables in memory. `on_freed` is called, on any thread, when a transaction has ended that kept the lane waiting.
    pub fn new<'a>(tables: impl Iterator<Item = &'a String>, on_freed: OnFreed) -> Arc<Store> {
        let database = Database::builder().create_with_backend(InMemoryBackend::new());
        let database = database.expect("an empty memory is always a valid database");
        layout::create(&database, tables);
        Store::on(database, Layout::default(), on_freed)
    }

    /// The tables of that file, which is created where it is not there; and the schedules in it.
    pub fn in_file<'a>(
        path: &str,
        tables: impl Iterator<Item = &'a String>,
        on_freed: OnFreed,
    ) -> Result<(Arc<Store>, Schedules), NotOpened> {
        let tables: Vec<&String> = tables.collect();
        let (database, mut layout) = file::open(path, &tables)?;
        let schedules = std::mem::take(&mut layout.schedules);
        Ok((Store::on(database, layout, on_freed), schedules))
    }

    fn on(database: Database, layout: Layout, on_freed: OnFreed) -> Arc<Store> {
        let writer = Mutex::new(Writer {
            database: Some(database),
            open: None,
            lane_wants: false,
            seq: layout.seq,
            initialized: layout.initialized,
            next_schedule: layout.next_schedule,
            subscriptions: Subscriptions::default(),
            chores: Vec::new(),
        });
        Arc::new(Store {
            writer,
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

    /// Commits the transaction of that call: its `seq`, and what it scheduled. What is in a file is durable then.
    pub fn commit(&self, owner: CallId) -> Result<(u64, Schedules), Refusal> {
        let mut writer = self.lock();
        let Open {
            transaction,
            schedules,
            written,
            ..
        } = take(&mut writer, owner)?;
        let seq = writer.seq + 1;
        transaction
            .open_table(COMMITS)
            .expect(TABLES)
            .insert(seq, owner)
            .expect(TABLES);
        if !writer.initialized {
            // `init` comes first, so that this is its commit: the note is there if its rows are.
            layout::note_initialized(&transaction);
        }
        let schedules = schedules::keep(&transaction, writer.next_schedule, schedules);
        let changes = writer
            .subscriptions
            .changes(writer.database.as_ref().expect(OPEN), &transaction, &written);
        transaction.commit().expect(TABLES);
        writer.seq = seq;
        writer.initialized = true;
        writer.next_schedule += schedules.len() as ScheduleId;
        writer.subscriptions.tell(seq, &changes);
        self.release(writer);
        Ok((seq, schedules))
    }

    /// Undoes the transaction of that call.
    pub fn abort(&self, owner: CallId) -> Result<(), Refusal> {
        let mut writer = self.lock();
        let open = take(&mut writer, owner)?;
        open.transaction.abort().expect(TABLES);
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
            .expect(TABLES);
        let row = rows.get(key).expect(TABLES);
        row.map(|row| row.value().to_owned()).ok_or_else(|| absent(table, key))
    }

    /// Stores a new row.
    pub fn insert(&self, owner: CallId, table: &str, key: &str, row: &str) -> Result<(), Refusal> {
        let mut writer = self.lock();
        let open = owned(&mut writer, owner)?;
        let mut rows = open.transaction.open_table(rows(table)).expect(TABLES);
        if rows.get(key).expect(TABLES).is_some() {
            return Err(Refusal::new(
                Code::UniqueViolation,
                format!("the table `{table}` has a row under {}", shown(key)),
            ));
        }
        rows.insert(key, row).expect(TABLES);
        drop(rows);
        open.note_written(table, key);
        Ok(())
    }

    /// Replaces a row.
    pub fn update(&self, owner: CallId, table: &str, key: &str, row: &str) -> Result<(), Refusal> {
        let mut writer = self.lock();
        let open = owned(&mut writer, owner)?;
        let mut rows = open.transaction.open_table(rows(table)).expect(TABLES);
        if rows.get(key).expect(TABLES).is_none() {
            return Err(absent(table, key));
        }
        rows.insert(key, row).expect(TABLES);
        drop(rows);
        open.note_written(table, key);
        Ok(())
    }

    /// Removes a row.
    pub fn delete(&self, owner: CallId, table: &str, key: &str) -> Result<(), Refusal> {
        let mut writer = self.lock();
        let open = owned(&mut writer, owner)?;
        let mut rows = open.transaction.open_table(rows(table)).expect(TABLES);
        if rows.remove(key).expect(TABLES).is_none() {
            return Err(absent(table, key));
        }
        drop(rows);
        open.note_written(table, key);
        Ok(())
    }

    /// The rows with from ≤ key < to as JSON, in code point order; an empty `to` means no upper bound.
    pub fn scan(&self, owner: CallId, table: &str, from: &str, to: &str) -> Result<String, Refusal> {
        let mut writer = self.lock();
        let rows = owned(&mut writer, owner)?
            .transaction
            .open_table(rows(table))
            .expect(TABLES);
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

    /// All rows of a table as JSON, and the `seq` of the last commit that they include: one snapshot. Waits for no
    /// transaction's end.
    pub fn read(&self, table: &str) -> (String, u64) {
        let snapshot = self.lock().snapshot();
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

    fn open(&self, writer: &mut Writer, owner: CallId, path: Path) {
        let database = writer.database.as_ref();
        let transaction = database.expect(OPEN).begin_write().expect(TABLES);
        writer.open = Some(Open {
            owner,
            path,
            transaction,
            schedules: Vec::new(),
            written: Written::new(),
        });
        if path == Path::Lane {
            writer.lane_wants = false;
        }
    }

    fn release(&self, mut writer: MutexGuard<'_, Writer>) {
        writer.do_chores();
        let lane_wants = writer.lane_wants;
        drop(writer);
        // All of them: a waiter that the lane's wish holds back must not swallow the only notice.
        self.freed.notify_all();
        if lane_wants {
            (self.on_freed)();
        }
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
