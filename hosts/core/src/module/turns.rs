//! Which turn the lane runs next, and the kit's control over it: pause, step, resume, quiesce.

use std::sync::Arc;

use super::{Module, Quiet, TurnLine, state::Ready, update::Update};
use crate::{
    call::{Call, Kind},
    queue::Taken,
};

/// What the driver does next.
pub(super) enum Next {
    /// Runs a reducer or hook, whose transaction is open.
    Reduce(Arc<Call>),
    /// Starts a procedure.
    Start(Arc<Call>),
    /// Hands a settled operation to its call.
    Resume(Arc<Call>, Ready),
    /// Forgets procedures that have ended while they were held. That is no turn.
    Discard(Vec<Arc<Call>>),
    /// Takes new code. That is no turn either.
    Update(Update),
    /// Waits until it is woken.
    Wait,
    /// Ends.
    Closed,
}

impl Module {
    /// Takes the next turn; the turn runs until [`Module::end_turn`].
    pub(super) fn next_turn(self: &Arc<Self>) -> Next {
        let mut state = self.lock();
        if state.closed {
            return Next::Closed;
        }
        if !state.discards.is_empty() {
            state.discarding = true;
            return Next::Discard(std::mem::take(&mut state.discards));
        }
        if let Some(update) = state.updates.pop_front() {
            return Next::Update(update);
        }
        if state.paused && state.steps.is_empty() {
            return Next::Wait;
        }
        let next = loop {
            let taken = match state.queue.take() {
                Some(Taken::Request(call)) => match self.renew(&mut state, call) {
                    Some(call) => Some(Taken::Request(call)),
                    None => continue,
                },
                taken => taken,
            };
            break match taken {
                None => None,
                Some(Taken::Completion(ready)) => Some(Err(ready)),
                Some(Taken::Request(call)) => match call.kind() {
                    Kind::Hook | Kind::Reducer if !self.store.try_begin_on_lane(call.id()) => {
                        // The store wakes this driver when the transaction in the way has ended.
                        state.kept_waiting = Some(call.id());
                        state.queue.put_back(call);
                        state.queue.take_completion().map(Err)
                    }
                    Kind::Hook | Kind::Reducer => Some(Ok(call)),
                    _ if self.host.max_in_flight == Some(state.on_lane) => {
                        state.held_back.push_back(call);
                        continue;
                    }
                    _ => {
                        state.on_lane += 1;
                        state
                            .calls
                            .get_mut(&call.id())
                            .expect("a queued call has not ended")
                            .holds_place = true;
                        Some(Ok(call))
                    }
                },
            };
        };
        let Some(next) = next else {
            let is_kept_waiting = !state.steps.is_empty() && state.first_is_kept_waiting();
            if is_kept_waiting {
                // It will not be tried again before the next step.
                state.kept_waiting = None;
                self.store.withdraw_lane();
            }
            if is_kept_waiting || state.queue.is_empty() {
                state.steps.drain(..).for_each(|told| told(None));
            }
            state.tell_if_quiet();
            return Next::Wait;
        };
        let next = match next {
            Ok(call) if matches!(call.kind(), Kind::Hook | Kind::Reducer) => Next::Reduce(call),
            Ok(call) => Next::Start(call),
            Err(ready) => {
                let entry = state
                    .calls
                    .get_mut(&ready.call)
                    .expect("completions go with their call");
                entry.ready -= 1;
                Next::Resume(Arc::clone(&entry.call), ready)
            }
        };
        if let Next::Reduce(call) | Next::Start(call) = &next {
            state.leave_queue(call.id());
        }
        let (call, completion) = match &next {
            Next::Reduce(call) | Next::Start(call) => (call, false),
            Next::Resume(call, _) => (call, true),
            Next::Discard(_) | Next::Update(_) | Next::Wait | Next::Closed => unreachable!("a turn was taken"),
        };
        state.running = Some(TurnLine {
            id: call.id(),
            completion,
            call: call.name().to_owned(),
            function: call.function().to_owned(),
        });
        state.turns += 1;
        state.stepped = state.steps.pop_front();
        next
    }

    /// The turn has ended, and everything that it caused was told.
    pub(super) fn end_turn(&self, lane_instances: usize) {
        let mut state = self.lock();
        let line = state.running.take();
        state.lane_instances = lane_instances;
        if let Some(id) = line.as_ref().map(|line| line.id) {
            let ending = state.calls.get_mut(&id).and_then(|entry| entry.ending.take());
            if let Some(failure) = ending {
                self.end_early(&mut state, id, failure);
            }
        }
        if let Some(told) = state.stepped.take() {
            told(line);
        }
        std::mem::take(&mut state.on_paused)
            .into_iter()
            .for_each(|told| told(()));
        state.tell_if_quiet();
    }

    /// The lane has forgotten what it was told to.
    pub(super) fn end_discards(&self, lane_instances: usize) {
        let mut state = self.lock();
        state.discarding = false;
        state.lane_instances = lane_instances;
        state.tell_if_quiet();
    }

    /// Starts no further turn; `told` is told once none runs.
    pub fn pause(&self, told: Box<dyn FnOnce(()) + Send>) {
        let mut state = self.lock();
        state.paused = true;
        // A reducer that cannot run must not keep pool threads from their transactions.
        state.kept_waiting = None;
        self.store.withdraw_lane();
        if state.running.is_some() {
            state.on_paused.push(told);
        } else {
            told(());
        }
        state.tell_if_quiet();
    }

    /// Goes on. Steps that were not run yet find that there is nothing to step.
    pub fn resume(&self) {
        let mut state = self.lock();
        state.paused = false;
        state.steps.drain(..).for_each(|told| told(None));
        self.wake.notify_one();
    }

    /// Whether turns run only by [`Module::step`].
    pub fn is_paused(&self) -> bool {
        self.lock().paused
    }

    /// Runs one turn of a paused lane and tells which, or none where nothing is ready.
    pub fn step(&self, told: Box<dyn FnOnce(Option<TurnLine>) + Send>) {
        self.lock().steps.push_back(told);
        self.wake.notify_one();
    }

    /// Tells `told` once at least `outcomes` fetch outcomes have come in and nothing can run.
    pub fn when_quiet(&self, outcomes: u64, told: Box<dyn FnOnce(Quiet) + Send>) {
        let mut state = self.lock();
        // Of a module that is gone nothing will ever be told again: `told` is dropped.
        if !state.closed {
            state.when_quiet(outcomes, told);
        }
    }
}
