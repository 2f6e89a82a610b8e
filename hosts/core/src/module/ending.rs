//! How calls end: by themselves, by `call/cancel`, with their module.

use std::sync::Arc;

#[cfg(feature = "saboteurs")]
use super::sabotage;
use super::{
    CallEnd, Module,
    state::{Entry, State},
};
use crate::{
    call::{Call, Level},
    engine::{CallId, Outcome},
    failure::{Category, Failure},
    store::Path,
};

impl Module {
    /// Ends a call whose guest has ended or goes on no more: undoes what it has open, drops its host operations, and tells
    /// its caller.
    pub(super) fn finish(&self, call: &Arc<Call>, outcome: Outcome) {
        if self.store.abort(call.id()).is_ok() {
            self.log_undone(call);
        }
        let mut state = self.lock();
        call.close();
        if let Some(entry) = state.remove_call(call.id()) {
            self.tell_end(&mut state, entry, outcome);
        }
    }

    pub(super) fn log_undone(&self, call: &Call) {
        let message = "the transaction that was left open at the end of the turn was undone";
        self.host.outbox.log(&self.id, Some(call.name()), Level::Error, message);
    }

    /// Ends the call that the kit has given that name, wherever it is. Nothing where it has ended.
    pub fn cancel(&self, name: &str) {
        let mut state = self.lock();
        let Some(&id) = state.names.get(name) else { return };
        let message = "the call was cancelled by its operator";
        self.end_from_outside(&mut state, id, Failure::new(Category::Cancelled, message));
    }

    /// Ends a call: now, or where a turn of it runs on the lane after that, unless it has ended in it.
    pub(super) fn end_from_outside(&self, state: &mut State, id: CallId, failure: Failure) {
        if state.running.as_ref().is_some_and(|turn| turn.id == id) {
            // What came first stands.
            let entry = state.calls.get_mut(&id);
            entry.map(|entry| entry.ending.get_or_insert(failure));
            return;
        }
        self.end_early(state, id, failure);
    }

    /// Ends a call of which no turn runs on the lane.
    pub(super) fn end_early(&self, state: &mut State, id: CallId, failure: Failure) {
        #[cfg(feature = "saboteurs")]
        if sabotage::ends_in_name_only(state, id, &failure) {
            return;
        }
        let entry = state.calls.get(&id).expect("a call that is ended early is in flight");
        // First of all: what is removed with its entry wakes its thread, whose guest must not commit any more.
        entry.call.close();
        let entry = state.remove_call(id).expect("it is there");
        self.cut_off(&entry.call);
        let is_it = |call: &Arc<Call>| call.id() == id;
        match entry.call.path() {
            Path::Lane if entry.holds_place => state.discards.push(Arc::clone(&entry.call)),
            Path::Lane => {
                if state.kept_waiting.take_if(|kept| *kept == id).is_some() {
                    // Pool threads must not wait behind what it asked for.
                    self.store.withdraw_lane();
                }
                state.queue.retain_requests(|call| !is_it(call));
                state.held_back.retain(|call| !is_it(call));
            }
            Path::Pool => {
                state.pool.queue.retain(|call| !is_it(call));
                state.awaiting.retain(|(_, call)| !is_it(call));
            }
        }
        self.tell_end(state, entry, Err(failure));
        self.wake.notify_one();
        state.tell_if_quiet();
    }

    /// Ends everything: each call in flight fails as `shutdown`, the lane and the pool threads end by themselves.
    pub fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.queue.clear();
        state.held_back.clear();
        // All before any: what one call leaves free no other may take up.
        state.calls.values().for_each(|entry| entry.call.close());
        let mut calls: Vec<CallId> = state.calls.keys().copied().collect();
        calls.sort_unstable();
        for id in calls {
            let entry = state.remove_call(id).expect("it was there");
            self.cut_off(&entry.call);
            self.tell_end(&mut state, entry, Err(shut_down()));
        }
        state.forget_waiters();
        // What the lane wanted it will not take: threads whose calls have ended must not wait behind it.
        self.store.withdraw_lane();
        self.store.close();
        self.pool_work.notify_all();
        self.wake.notify_one();
    }

    /// From here nothing that the call's guest does has an effect, on whatever thread it runs. Its commits are complete:
    /// one that comes later finds no transaction.
    fn cut_off(&self, call: &Call) {
        call.close();
        self.store.give_up(call.id());
    }

    /// What is left to do for a call that was taken out of the state and is closed.
    pub(super) fn tell_end(&self, state: &mut State, entry: Entry, outcome: Outcome) {
        self.drop_ops(state, &entry);
        if let Some(deadline) = entry.deadline {
            self.host.clock.cancel(deadline);
        }
        self.failpoints.disarm(entry.call.name());
        if entry.holds_place {
            state.leave_lane();
        }
        let (seqs, succeeded) = (entry.call.seqs(), outcome.is_ok());
        let opened = entry.opens.inspect(|opening| opening.end(succeeded));
        (entry.done)(CallEnd { outcome, seqs });
        match opened {
            Some(opening) if succeeded => entry.call.module().let_in(state, &opening),
            // Of a module that is closed the others end by themselves.
            Some(opening) if !state.closed => self.turn_away(state, &opening),
            _ => {}
        }
    }
}

pub(super) fn shut_down() -> Failure {
    Failure::new(Category::Shutdown, "the module was shut down before the call ended")
}
