//! Transactions: how a call opens one, and how it ends.

use std::sync::MutexGuard;

#[cfg(feature = "saboteurs")]
use super::sabotage;
use super::{
    LOCK, OPEN, Path, Schedules, Store, TABLES,
    layout::{self, COMMITS},
    schedules::{self, ScheduleId},
    writer::{Open, Writer},
};
use crate::{
    engine::CallId,
    failure::{Code, Refusal},
    fault,
};

impl Store {
    /// Opens a transaction for a reducer on the lane, unless one is open: then the lane has the next turn at it.
    pub fn try_begin_on_lane(&self, owner: CallId) -> bool {
        let mut writer = self.lock();
        writer.lane_wants = writer.open.is_some();
        if writer.open.is_none() {
            writer.begin(owner, Path::Lane);
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
            writer.begin(owner, path);
        }
        Ok(is_free)
    }

    /// Opens a transaction; waits while one of another thread is open, unless `has_ended` says that the call is over:
    /// whoever ends it calls [`Store::give_up`] after that.
    pub fn begin(&self, owner: CallId, path: Path, has_ended: &dyn Fn() -> bool) -> Result<(), Refusal> {
        let mut writer = self.lock();
        #[cfg(feature = "saboteurs")]
        let waited = std::sync::Arc::new(writer.snapshot());
        loop {
            if has_ended() {
                return Err(Refusal::new(
                    Code::Cancelled,
                    "the call was ended while it waited for its transaction",
                ));
            }
            if writer.is_free(owner, path)? {
                writer.begin(owner, path);
                #[cfg(feature = "saboteurs")]
                sabotage::after_wait(&mut writer, waited);
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
        } = writer.take(owner)?;
        #[cfg(feature = "saboteurs")]
        let (transaction, written, torn) = sabotage::before_commit(&writer, transaction, written);
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
        #[cfg(feature = "saboteurs")]
        sabotage::after_commit(&writer, torn);
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
        let open = writer.take(owner)?;
        if !open.written.is_empty() && fault!("rollback-skipped") {
            open.transaction.commit().expect(TABLES);
        } else {
            open.transaction.abort().expect(TABLES);
        }
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

    /// Lets whoever waits for a transaction try: the one that was open has ended.
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
