//! Calls on a connection whose `connected` has not ended: they are submitted, and run only where it succeeds.

use std::sync::{Arc, OnceLock};

use super::{Module, state::State};
use crate::{
    call::Call,
    engine::CallId,
    failure::{Category, Failure},
};

/// How the opening of one connection ended, once it has.
#[derive(Default)]
pub(crate) struct Opening(OnceLock<bool>);

impl Opening {
    /// Whether `connected` failed.
    pub fn has_failed(&self) -> bool {
        self.0.get() == Some(&false)
    }

    /// Whether `connected` has ended.
    pub fn has_ended(&self) -> bool {
        self.0.get().is_some()
    }

    /// `connected` has ended so.
    pub fn end(&self, succeeded: bool) {
        self.0.set(succeeded).expect("a connection opens once");
    }
}

impl Module {
    /// The calls that wait for `connected` may begin: those of the lane do when their turn comes.
    pub(super) fn let_in(self: &Arc<Self>, state: &mut State, opening: &Arc<Opening>) {
        for call in state.take_awaiting(|awaited| Arc::ptr_eq(awaited, opening)) {
            self.queue_for_pool(state, call);
        }
    }

    /// Ends the calls of a connection that was refused; none of them has begun.
    pub(super) fn turn_away(&self, state: &mut State, opening: &Arc<Opening>) {
        let awaits =
            |awaited: &Option<Arc<Opening>>| awaited.as_ref().is_some_and(|awaited| Arc::ptr_eq(awaited, opening));
        let calls = state.calls.iter().filter(|(_, entry)| awaits(&entry.awaits));
        let mut calls: Vec<CallId> = calls.map(|(id, _)| *id).collect();
        calls.sort_unstable();
        for id in calls {
            self.end_early(state, id, not_let_in());
        }
    }
}

impl State {
    /// The opening that a call waits for, where that has not ended.
    pub fn opening_of(&self, call: CallId) -> Option<Arc<Opening>> {
        let opening = self.calls.get(&call)?.awaits.clone();
        opening.filter(|opening| !opening.has_ended())
    }

    /// Keeps a call from the blocking path until its connection is open. On the lane it stands behind `connected` anyway.
    pub fn await_opening(&mut self, opening: Arc<Opening>, call: Arc<Call>) {
        self.awaiting.push((opening, call));
    }

    fn take_awaiting(&mut self, which: impl Fn(&Arc<Opening>) -> bool) -> Vec<Arc<Call>> {
        let taken = self.awaiting.extract_if(.., |(opening, _)| which(opening));
        taken.map(|(_, call)| call).collect()
    }
}

/// How a call ends whose connection was refused. Its caller reads a refusal of the request instead.
pub(super) fn not_let_in() -> Failure {
    Failure::new(Category::Cancelled, "the connection was refused")
}
