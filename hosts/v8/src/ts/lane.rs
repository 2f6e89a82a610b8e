//! The asynchronous lane: one isolate on one thread, reducers and any number of async procedures in flight.
//!
//! Microtasks run only where this file drains them, once a turn: after a procedure's first code, after one resolved
//! host promise, and after a reducer's commit. A reducer's own code therefore ends with its function: what it left in
//! the microtask queue runs after its transaction, when its host object is closed.

use std::sync::Arc;

use evenlane_host_core::{
    call::Call,
    engine::{CallId, Ended, Lane, LoadError, OpId, OpOutcome, Outcome},
    failure::{Category, Failure},
};

use super::{
    instance::{Gave, Instance, drain, lose_all},
    program::TsModule,
    state::Path,
};
use crate::{
    running,
    watchdog::{Stop, conclude},
};

/// The lane of a JavaScript guest.
pub struct TsLane {
    module: Arc<TsModule>,
    /// `Err` where it could not be rebuilt after a stop, and why.
    instance: Result<Instance, String>,
}

impl TsLane {
    /// Makes it on this thread, where it has to stay.
    pub fn open(module: Arc<TsModule>) -> Result<TsLane, LoadError> {
        let instance = Instance::open(&module, Path::Lane)?;
        Ok(TsLane {
            module,
            instance: Ok(instance),
        })
    }

    /// After a turn that was stopped: ends every call in flight and makes a new isolate.
    fn recover(&mut self, stop: Option<Stop>, current: Option<CallId>, ended: &mut Vec<Ended>) {
        let (Some(stop), Ok(instance)) = (stop, &self.instance) else {
            return;
        };
        lose_all(&instance.state, stop, current, ended);
        self.instance = Err("it is being rebuilt".to_owned());
        self.instance = Instance::open(&self.module, Path::Lane).map_err(|error| match error {
            LoadError::Compile(message) | LoadError::Describe(message) => message,
        });
    }
}

/// Why a call cannot run on a lane that is gone for good.
fn gone(why: &str) -> Failure {
    Failure::new(Category::LaneLost, format!("the lane could not be rebuilt: {why}"))
}

impl Lane for TsLane {
    fn reduce(&mut self, call: &Arc<Call>, ended: &mut Vec<Ended>) -> Outcome {
        let id = call.id();
        let instance = self.instance.as_mut().map_err(|why| gone(why))?;
        instance.state.admit(call);
        let (outcome, stop) = instance.turn(|scope, entry, state| {
            running::enter(scope, id);
            let gave = entry.invoke(scope, call);
            running::leave(scope);
            state.report_rejections();
            state.dismiss(id);
            match gave? {
                Gave::Text(text) => Ok(text),
                Gave::Promise(promise) => {
                    promise.mark_as_handled();
                    Err(Some(async_reducer(call)))
                }
                Gave::Thenable => Err(Some(async_reducer(call))),
            }
        });
        self.recover(stop, None, ended);
        conclude(stop, outcome)
    }

    fn settle(&mut self, ended: &mut Vec<Ended>) {
        let Ok(instance) = &mut self.instance else { return };
        let ((), stop) = instance.turn(|scope, _, state| drain(scope, state, ended));
        self.recover(stop, None, ended);
    }

    fn start(&mut self, call: Arc<Call>, ended: &mut Vec<Ended>) {
        let id = call.id();
        let instance = match &mut self.instance {
            Ok(instance) => instance,
            Err(why) => {
                return ended.push(Ended {
                    call: id,
                    outcome: Err(gone(why)),
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
                Gave::Thenable => Err(Some(Failure::guest(
                    "`call` of the module must give a promise for an async procedure, but gave another thenable",
                ))),
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
        let Ok(instance) = &mut self.instance else { return };
        let Some(running) = instance.state.find(call) else {
            return;
        };
        let Some(resolver) = running.done_waiting(op) else {
            return;
        };
        let number = match outcome {
            OpOutcome::Slept => 0,
            OpOutcome::Fetch(Ok(response)) => running.keep(response) as i32,
            OpOutcome::Fetch(Err(refusal)) => running.refuse(refusal),
        };
        let ((), stop) = instance.turn(|scope, _, state| {
            let resolver = v8::Local::new(scope, &resolver);
            // A number has no `then`: nothing of the guest runs in here.
            let number = v8::Integer::new(scope, number);
            resolver.resolve(scope, number.into());
            drain(scope, state, ended);
        });
        self.recover(stop, Some(call), ended);
    }

    fn discard(&mut self, call: CallId) {
        if let Ok(instance) = &self.instance {
            instance.state.dismiss(call);
        }
    }

    fn instances(&self) -> usize {
        usize::from(self.instance.is_ok())
    }
}

fn async_reducer(call: &Call) -> Failure {
    let message = format!(
        "{} gave a promise or another thenable: a reducer is synchronous and its transaction ends when it returns",
        call.function()
    );
    Failure::new(Category::AsyncReducer, message)
}
