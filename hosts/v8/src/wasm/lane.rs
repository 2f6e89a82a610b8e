//! The lane of a wasm guest: one isolate on one thread, one instance for each call in flight.

use std::sync::Arc;

use evenlane_host_core::{
    call::Call,
    engine::{CallId, Ended, Lane, LaneSlot, LoadError, OpId, OpOutcome, Outcome, end_lost},
    failure::{Category, Failure},
};

use super::{
    instance::{Instances, Pool, Use},
    program::WasmModule,
    state::{Running, State},
};
use crate::{
    text::{self, Halt},
    watchdog::{self, Stop},
};

/// The lane of a wasm guest.
pub struct WasmLane {
    module: Arc<WasmModule>,
    instances: LaneSlot<Instances>,
    /// A stop outside of any turn; the next turn recovers from it.
    doomed: Option<(Stop, CallId)>,
}

impl WasmLane {
    /// Makes it on this thread, where it has to stay.
    pub fn open(module: Arc<WasmModule>) -> Result<WasmLane, LoadError> {
        let instances = Instances::open(&module)?;
        Ok(WasmLane {
            module,
            instances: LaneSlot::new(instances),
            doomed: None,
        })
    }

    /// Before each turn: recovers from a stop that no turn could report.
    fn repair(&mut self, ended: &mut Vec<Ended>) {
        if let Some((stop, culprit)) = self.doomed.take() {
            self.recover(Some(stop), culprit, ended);
        }
    }

    /// After a turn that was stopped: ends every call in flight and makes a new isolate. The code that runs in a turn
    /// is one call's, so that one is the culprit.
    fn recover(&mut self, stop: Option<Stop>, current: CallId, ended: &mut Vec<Ended>) {
        let (Some(stop), Some(instances)) = (stop, self.instances.get()) else {
            return;
        };
        end_lost(instances.state.dismiss_all(), Some(current), &stop.failure(), ended);
        self.instances.rebuild(|| Instances::open(&self.module));
    }
}

/// Calls an export of the running call's instance.
pub fn enter<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    running: &Running,
    export: &v8::Global<v8::Function>,
    numbers: &[i32],
) -> Result<v8::Local<'s, v8::Value>, Halt> {
    v8::tc_scope!(let scope, scope);
    let export = v8::Local::new(scope, export);
    let undefined = v8::undefined(scope);
    let args: Vec<v8::Local<'_, v8::Value>> = numbers
        .iter()
        .map(|number| v8::Integer::new(scope, *number).into())
        .collect();
    match export.call(scope, undefined.into(), &args) {
        Some(value) => Ok(value),
        None => Err(text::caught(scope).map(|failure| running.ending().unwrap_or(failure))),
    }
}

/// Ends the call where its guest has returned or its runner has been trapped; the instance is used again after a clean
/// end.
fn conclude(
    scope: &mut v8::PinScope<'_, '_>,
    pool: &mut Pool,
    state: &State,
    call: CallId,
    running: &Running,
    ended: &mut Vec<Ended>,
) {
    let outcome = if running.returned.get() {
        finish(running)
    } else if let Some(failure) = trapped(scope, running) {
        Err(failure)
    } else {
        return;
    };
    state.dismiss(call);
    if let (Some(guest), true) = (running.guest.take(), outcome.is_ok()) {
        pool.give_back(scope, guest, Use::Suspendable);
    }
    ended.push(Ended { call, outcome });
}

/// Why the runner of a call has ended, if it has.
fn trapped(scope: &mut v8::PinScope<'_, '_>, running: &Running) -> Option<Failure> {
    let guest = running.guest.borrow();
    let run = v8::Local::new(scope, guest.as_ref()?.run.as_ref()?);
    if run.state() != v8::PromiseState::Rejected {
        return None;
    }
    let thrown = run.result(scope);
    Some(running.ending().unwrap_or_else(|| text::failure(scope, thrown)))
}

/// How a call ends whose guest returned.
fn finish(running: &Running) -> Outcome {
    match running.ending() {
        Some(failure) => Err(failure),
        None => running.take_result(),
    }
}

impl Lane for WasmLane {
    fn reduce(&mut self, call: &Arc<Call>, ended: &mut Vec<Ended>) -> Outcome {
        self.repair(ended);
        let instances = self.instances.for_new_call()?;
        let running = Running::new(Some(call.clone()), false);
        let (outcome, stop) = instances.turn(|scope, pool, state| {
            state.run(&running, || {
                let guest = pool.take(scope, Use::Direct)?;
                let export = guest.call.clone();
                running.guest.replace(Some(guest));
                enter(scope, &running, &export, &running.lengths)?;
                let outcome = finish(&running);
                if let (Some(guest), true) = (running.guest.take(), outcome.is_ok()) {
                    pool.give_back(scope, guest, Use::Direct);
                }
                outcome.map_err(Some)
            })
        });
        self.recover(stop, call.id(), ended);
        watchdog::conclude(stop, outcome)
    }

    fn start(&mut self, call: Arc<Call>, ended: &mut Vec<Ended>) {
        self.repair(ended);
        let id = call.id();
        let instances = match self.instances.for_new_call() {
            Ok(instances) => instances,
            Err(failure) => {
                return ended.push(Ended {
                    call: id,
                    outcome: Err(failure),
                });
            }
        };
        let running = Running::new(Some(call), true);
        instances.state.admit(id, running.clone());
        let ((), stop) = instances.turn(|scope, pool, state| {
            state.run(&running, || {
                match begin(scope, pool, &running) {
                    Ok(()) => {}
                    // It was stopped, and stays until the lane recovers.
                    Err(None) => return,
                    Err(Some(failure)) => {
                        state.dismiss(id);
                        return ended.push(Ended {
                            call: id,
                            outcome: Err(failure),
                        });
                    }
                }
                scope.perform_microtask_checkpoint();
                conclude(scope, pool, state, id, &running, ended);
            });
        });
        self.recover(stop, id, ended);
    }

    fn resume(&mut self, call: CallId, op: OpId, outcome: OpOutcome, ended: &mut Vec<Ended>) {
        self.repair(ended);
        let Some(instances) = self.instances.get_mut() else {
            return;
        };
        let Some(running) = instances.state.find(call) else {
            return;
        };
        let Some(resolver) = running.done_waiting(op) else {
            return;
        };
        let number = match outcome {
            OpOutcome::Slept => running.offer(Vec::new()),
            OpOutcome::Fetch(Ok(response)) => running.offer(response.into_payload()),
            OpOutcome::Fetch(Err(refusal)) => running.refuse(refusal),
        };
        let ((), stop) = instances.turn(|scope, pool, state| {
            state.run(&running, || {
                let resolver = v8::Local::new(scope, &resolver);
                let number = v8::Integer::new(scope, number);
                resolver.resolve(scope, number.into());
                scope.perform_microtask_checkpoint();
                conclude(scope, pool, state, call, &running, ended);
            });
        });
        self.recover(stop, call, ended);
    }

    fn discard(&mut self, call: CallId) {
        let Some(instances) = self.instances.get_mut() else {
            return;
        };
        let Some(running) = instances.state.dismiss(call) else {
            return;
        };
        let Some(resolver) = running.stop_waiting() else { return };
        // V8 never frees the stack of a call that stays suspended, so it is unwound: the host call that it waits in
        // throws, and any other that it might still make traps.
        running.end(Failure::new(Category::Cancelled, "the call has been ended"));
        let ((), stop) = instances.turn(|scope, _, state| {
            state.run(&running, || {
                let resolver = v8::Local::new(scope, &resolver);
                let reason = v8::undefined(scope);
                resolver.reject(scope, reason.into());
                scope.perform_microtask_checkpoint();
            });
        });
        if let Some(stop) = stop {
            self.doomed = Some((stop, call));
        }
    }

    fn instances(&self) -> usize {
        self.instances
            .get()
            .map_or(0, |instances| instances.state.in_flight() + instances.pool.idle())
    }
}

/// Has the runner of an idle or a new instance take the call up.
fn begin(scope: &mut v8::PinScope<'_, '_>, pool: &mut Pool, running: &Running) -> Result<(), Halt> {
    let mut guest = pool.take(scope, Use::Suspendable)?;
    let next = guest.next.take();
    let export = guest.call.clone();
    running.guest.replace(Some(guest));
    if let Some(next) = next {
        let next = v8::Local::new(scope, &next);
        let name_len = v8::Integer::new(scope, running.lengths[0]);
        next.resolve(scope, name_len.into());
        return Ok(());
    }
    let run = enter(scope, running, &export, &[])?;
    let run = v8::Local::<v8::Promise>::try_from(run)
        .map_err(|_| Failure::guest("the engine gave no promise for a procedure"))?;
    run.mark_as_handled();
    let run = v8::Global::new(scope, run);
    if let Some(guest) = &mut *running.guest.borrow_mut() {
        guest.run = Some(run);
    }
    Ok(())
}
