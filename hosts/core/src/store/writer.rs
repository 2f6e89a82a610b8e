//! What is behind a store's lock: the database, and the one transaction that may be open.

use std::collections::{BTreeMap, BTreeSet};

use redb::{Database, ReadTransaction, ReadableDatabase, WriteTransaction};

use super::{OPEN, Path, ScheduleId, Scheduled, TABLES, layout::Layout, subscriptions::Subscriptions};
use crate::{
    engine::CallId,
    failure::{Code, Refusal},
};

/// What is behind the lock.
pub(super) struct Writer {
    /// None once the store is closed.
    pub database: Option<Database>,
    pub open: Option<Open>,
    /// The lane could not begin a reducer: pool threads let it pass, or a busy pool would starve it.
    pub lane_wants: bool,
    pub seq: u64,
    /// Whether `init` has committed, or never has to.
    pub initialized: bool,
    pub next_schedule: ScheduleId,
    pub subscriptions: Subscriptions,
    /// What the host itself has to write as soon as no transaction is open.
    pub chores: Vec<Chore>,
    /// What each call saw in its first transaction.
    #[cfg(feature = "saboteurs")]
    pub pinned: BTreeMap<CallId, std::sync::Arc<ReadTransaction>>,
}

/// Something that the host itself writes, in a transaction of its own.
pub(super) type Chore = Box<dyn FnOnce(&WriteTransaction) + Send>;

impl Writer {
    /// On a database in which that was found.
    pub fn on(database: Database, layout: Layout) -> Writer {
        Writer {
            database: Some(database),
            open: None,
            lane_wants: false,
            seq: layout.seq,
            initialized: layout.initialized,
            next_schedule: layout.next_schedule,
            subscriptions: Subscriptions::default(),
            chores: Vec::new(),
            #[cfg(feature = "saboteurs")]
            pinned: BTreeMap::new(),
        }
    }

    /// What is committed now.
    pub fn snapshot(&self) -> ReadTransaction {
        self.database.as_ref().expect(OPEN).begin_read().expect(TABLES)
    }

    /// Writes what the host itself has to write, durably. To be called while no transaction is open.
    pub fn do_chores(&mut self) {
        let chores = std::mem::take(&mut self.chores);
        let Some(database) = self.database.as_ref().filter(|_| !chores.is_empty()) else {
            return;
        };
        let transaction = database.begin_write().expect(TABLES);
        chores.into_iter().for_each(|chore| chore(&transaction));
        transaction.commit().expect(TABLES);
    }

    /// Whether that call may open a transaction now. Refused where it would wait for itself.
    pub fn is_free(&self, owner: CallId, path: Path) -> Result<bool, Refusal> {
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

    /// Opens a transaction. To be called while none is open.
    pub fn begin(&mut self, owner: CallId, path: Path) {
        let database = self.database.as_ref();
        let transaction = database.expect(OPEN).begin_write().expect(TABLES);
        self.open = Some(Open {
            owner,
            path,
            transaction,
            schedules: Vec::new(),
            written: Written::new(),
            #[cfg(feature = "saboteurs")]
            stale: None,
        });
        #[cfg(feature = "saboteurs")]
        self.pin(owner);
        if path == Path::Lane {
            self.lane_wants = false;
        }
    }

    /// The transaction that this call has open.
    pub fn owned(&mut self, owner: CallId) -> Result<&mut Open, Refusal> {
        let open = self.open.as_mut().filter(|open| open.owner == owner);
        open.ok_or_else(|| Refusal::new(Code::NoTransaction, "this call has no transaction open"))
    }

    /// The same, which is open no more: whoever takes it ends it.
    pub fn take(&mut self, owner: CallId) -> Result<Open, Refusal> {
        self.owned(owner)?;
        Ok(self.open.take().expect("it was there"))
    }
}

/// The open transaction.
pub(super) struct Open {
    pub owner: CallId,
    pub path: Path,
    pub transaction: WriteTransaction,
    pub schedules: Vec<Scheduled>,
    /// The keys that it has written, by table.
    pub written: Written,
    /// What it reads in the place of what is committed.
    #[cfg(feature = "saboteurs")]
    pub stale: Option<std::sync::Arc<ReadTransaction>>,
}

/// Keys by table.
pub(super) type Written = BTreeMap<String, BTreeSet<String>>;

impl Open {
    /// Notes a key as written.
    pub fn note_written(&mut self, table: &str, key: &str) {
        match self.written.get_mut(table) {
            Some(keys) => drop(keys.insert(key.to_owned())),
            None => drop(self.written.insert(table.to_owned(), BTreeSet::from([key.to_owned()]))),
        }
    }
}
