//! The asynchronous lane: one isolate on one thread, reducers and any number of async procedures in flight.
//!
//! Microtasks run only where this file drains them, once a turn: after a procedure's first code, after one resolved
//! host promise, and after a reducer's commit. A reducer's own code therefore ends with its function: what it left in
//! the microtask queue runs after its transaction, when its host object is closed.

use std::sync::Arc;

use evenlane_host_core::{
    call::Call,
    engine::{CallId, Ended, Lane, LaneSlot, LoadError, OpId, OpOutcome, Outcome, end_lost, failures},
};

use super::{
    instance::{Gave, Instance, drain},
    program::TsModule,
    state::Path,
};
use crate::{running, watchdog::Stop};

/// The lane of a JavaScript guest.
pub struct TsLane {
    module: Arc<TsModule>,
    instance: LaneSlot<Instance>,
}

impl TsLane {
    /// Makes it on this thread, where it has to stay.
    pub fn open(module: Arc<TsModule>) -> Result<TsLane, LoadError> {
        let instance = Instance::open(&module, Path::Lane)?;
        Ok(TsLane {
            module,
            instance: LaneSlot::new(instance),
        })
    }

    /// After a turn that was stopped: ends every call in flight and makes a new isolate.
    fn recover(&mut self, stop: Option<Stop>, current: Option<CallId>, ended: &mut Vec<Ended>) {
        let (Some(stop), Some(instance)) = (stop, self.instance.get()) else {
            return;
        };
        let culprit = stop.culprit.or(current);
        end_lost(instance.state.dismiss_all(), culprit, &stop.failure(), ended);
        self.instance.rebuild(|| Instance::open(&self.module, Path::Lane));
    }
}

impl Lane for TsLane {
    fn reduce(&mut self, call: &Arc<Call>, ended: &mut Vec<Ended>) -> Outcome {
        let instance = self.instance.for_new_call()?;
        let (outcome, stop) = instance.run(call, failures::async_reducer);
        self.recover(stop, None, ended);
        outcome
    }

    fn settle(&mut self, ended: &mut Vec<Ended>) {
        let Some(instance) = self.instance.get_mut() else {
            return;
        };
        let ((), stop) = instance.turn(|scope, _, state| drain(scope, state, ended));
        self.recover(stop, None, ended);
    }

    fn start(&mut self, call: Arc<Call>, ended: &mut Vec<Ended>) {
        let id = call.id();
        let instance = match self.instance.for_new_call() {
            Ok(instance) => instance,
            Err(failure) => {
                return ended.push(Ended {
                    call: id,
                    outcome: Err(failure),
                });
            }
        };
        let running = instance.state.admit(&call);
        let ((), stop) = instance.turn(|scope, entry, state| {
            running::enter(scope, id);
            let outcome = entry.invoke(scope, &call).and_then(|gave| match gave {
                Gave::Text(text) => Ok(Some(text)),
                Gave::Promise(root) => {
                    *running.root.borrow_mut() = Some(v8::Global::new(scope, root));
                    entry.watch(scope, root).map(|()| None)
                }
                Gave::Thenable => Err(Some(failures::thenable_from_async())),
            });
            running::leave(scope);
            let outcome = match outcome {
                Ok(text) => text.map(Ok),
                // `None`: it was stopped, and stays until the lane recovers.
                Err(halt) => halt.map(Err),
            };
            if let Some(outcome) = outcome {
                state.dismiss(id);
                ended.push(Ended { call: id, outcome });
            }
            drain(scope, state, ended);
        });
        self.recover(stop, Some(id), ended);
    }

    fn resume(&mut self, call: CallId, op: OpId, outcome: OpOutcome, ended: &mut Vec<Ended>) {
        let Some(instance) = self.instance.get_mut() else {
            return;
        };
        let Some((resolver, number)) = instance.state.settle(call, op, outcome) else {
            return;
        };
        let ((), stop) = instance.turn(|scope, _, state| {
            resolve(scope, &resolver, number);
            drain(scope, state, ended);
        });
        self.recover(stop, Some(call), ended);
    }

    #[cfg(feature = "saboteurs")]
    fn hand_over(&mut self, call: CallId, op: OpId, outcome: OpOutcome, _: &mut Vec<Ended>) {
        let Some(instance) = self.instance.get_mut() else {
            return;
        };
        if let Some((resolver, number)) = instance.state.settle(call, op, outcome) {
            instance.turn(|scope, _, _| resolve(scope, &resolver, number));
        }
    }

    fn discard(&mut self, call: CallId) {
        if let Some(instance) = self.instance.get() {
            instance.state.dismiss(call);
        }
    }

    fn instances(&self) -> usize {
        usize::from(self.instance.get().is_some())
    }

    fn give_back(&mut self) {
        if let Some(instance) = self.instance.get_mut() {
            instance.give_back();
        }
    }
}

fn resolve(scope: &mut v8::PinScope<'_, '_>, resolver: &v8::Global<v8::PromiseResolver>, number: i32) {
    let resolver = v8::Local::new(scope, resolver);
    // A number has no `then`: nothing of the guest runs in here.
    let number = v8::Integer::new(scope, number);
    resolver.resolve(scope, number.into());
}
