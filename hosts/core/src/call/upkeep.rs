//! What the core does with a call, and the checks that stand before its host functions.

use std::sync::{Arc, MutexGuard, atomic::Ordering};

use super::{Call, Kind, ModuleCode, NewCall, Record};
use crate::{
    canonical,
    engine::Outcome,
    failure::{Category, Code, Failure, Refusal},
    fault, limits,
    store::{Path, Store},
};

impl Call {
    /// Where its guest code runs.
    pub(crate) fn path(&self) -> Path {
        if self.new.kind == Kind::SyncProcedure {
            Path::Pool
        } else {
            Path::Lane
        }
    }

    /// The code that it runs, or is to run if nothing comes between.
    pub(crate) fn code(&self) -> &ModuleCode {
        &self.new.code
    }

    /// The same call, which has not begun, as one of other code.
    pub(crate) fn renew(&self, code: Arc<ModuleCode>, kind: Kind) -> Arc<Call> {
        let mut new = NewCall {
            code,
            kind,
            ..self.new.clone()
        };
        if kind != Kind::Reducer {
            self.forget_schedule();
            new.schedule = None;
        }
        Call::new(new)
    }

    /// Its first turn begins.
    pub(crate) fn begin(&self) {
        self.timestamp();
    }

    /// The schedule of a reducer whose transaction is open ends with its commit.
    pub(crate) fn spend_schedule(&self) {
        if let Some(schedule) = self.new.schedule {
            // Refused where the module was unloaded meanwhile: then it was not called.
            let _ = self.store().spend(self.id(), schedule);
        }
    }

    /// The call of a schedule has failed: it is not made again.
    pub(crate) fn forget_schedule(&self) {
        if let Some(schedule) = self.new.schedule {
            self.store().forget(schedule);
        }
    }

    /// The call has ended.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Release);
    }

    /// The `seq` of each transaction that it committed, in order.
    pub(crate) fn seqs(&self) -> Vec<u64> {
        self.record().seqs.clone()
    }

    /// What an engine says of the call's end, with the result in canonical form and the failure as recorded.
    pub(crate) fn checked(&self, outcome: Outcome) -> Outcome {
        match outcome {
            Ok(result) => canonical::canonical(&result, "the result").map_err(Failure::from),
            Err(failure) if failure.category == Category::GuestError => {
                Err(self.record().failure.take().unwrap_or(failure))
            }
            Err(failure) => Err(failure),
        }
    }

    /// Commits the call's transaction and makes what it scheduled; or undoes it as a conflict, where the kit asked for one.
    pub(crate) fn commit(&self) -> Result<(), Refusal> {
        self.check_open()?;
        if self.store().is_open(self.id()) && self.new.module.failpoints.strikes(self.name()) {
            if fault!("conflict-is-told-and-committed") {
                self.store().commit(self.id())?;
            } else {
                self.store().abort(self.id())?;
            }
            let message = "the commit conflicted, as `store/fail` asked, and the transaction was undone";
            return Err(Refusal::new(Code::Conflict, message));
        }
        // Locked, so that whoever ends the call meanwhile tells of this commit or keeps it from happening.
        let mut record = self.record();
        let (seq, scheduled) = self.store().commit(self.id())?;
        record.seqs.push(seq);
        drop(record);
        self.new.module.make_scheduled(scheduled);
        Ok(())
    }

    pub(super) fn store(&self) -> &Store {
        &self.new.module.store
    }

    pub(super) fn record(&self) -> MutexGuard<'_, Record> {
        self.record
            .lock()
            .expect("no thread panics while it holds a call's record")
    }

    pub(super) fn check_open(&self) -> Result<(), Refusal> {
        if self.is_closed() {
            return Err(Refusal::new(
                Code::HandleClosed,
                format!(
                    "the call of `{}` that this handle belongs to has ended",
                    self.new.function
                ),
            ));
        }
        Ok(())
    }

    pub(super) fn check_procedure(&self, does: &str) -> Result<(), Refusal> {
        self.check_open()?;
        if matches!(self.new.kind, Kind::Hook | Kind::Reducer) {
            return Err(Refusal::new(
                Code::NotAllowed,
                format!("`{}` is a reducer and never {does}", self.new.function),
            ));
        }
        Ok(())
    }

    pub(super) fn check_yield(&self, does: &str) -> Result<(), Refusal> {
        self.check_procedure(does)?;
        if self.store().is_open(self.id()) {
            return Err(Refusal::new(
                Code::TransactionOpen,
                format!(
                    "`{}` {does} while it has a transaction open: end it first",
                    self.new.function
                ),
            ));
        }
        Ok(())
    }

    pub(super) fn check_transaction(&self) -> Result<(), Refusal> {
        self.check_open()?;
        if !self.store().is_open(self.id()) {
            return Err(Refusal::new(Code::NoTransaction, "this call has no transaction open"));
        }
        Ok(())
    }

    pub(super) fn check_table(&self, table: &str, key: &str) -> Result<(), Refusal> {
        self.check_transaction()?;
        if !self.new.code.interface.tables.contains(table) {
            return Err(Refusal::new(
                Code::UnknownTable,
                format!("the module declares no table `{table}`"),
            ));
        }
        if key.len() > limits::KEY_BYTES {
            return Err(Refusal::new(
                Code::Limit,
                format!("a key has {} bytes; the limit is {}", key.len(), limits::KEY_BYTES),
            ));
        }
        Ok(())
    }
}
