//! The asynchronous lane: one instance on one thread, reducers and any number of async procedures in flight.
//!
//! Jobs run only where this file drains them, once a turn: after a procedure's first code, after one fulfilled host promise, and
//! after a reducer's commit. A reducer's own code therefore ends with its function: what it left in the queue of jobs runs after
//! its transaction, when its host object is closed.

use std::sync::Arc;

use evenlane_host_core::{
    call::Call,
    engine::{CallId, Ended, Lane, LoadError, OpId, OpOutcome, Outcome},
    failure::{Category, Failure},
};

use super::{
    instance::{Gave, Instance, Stop, dismiss, drain, invoke, report_rejections, watch},
    program::JsModule,
    realm::Path,
};

/// The lane of a JavaScript guest.
pub(crate) struct JsLane {
    module: Arc<JsModule>,
    /// `Err` where it could not be rebuilt after a turn that was ended, and why.
    instance: Result<Instance, String>,
}

impl JsLane {
    /// Makes it on this thread.
    pub fn open(module: Arc<JsModule>) -> Result<JsLane, LoadError> {
        let instance = Instance::open(&module, Path::Lane)?;
        Ok(JsLane {
            module,
            instance: Ok(instance),
        })
    }

    /// After a turn that was ended in the middle: ends every call in flight and makes a new instance.
    fn recover(&mut self, stop: &Stop, culprit: Option<CallId>, ended: &mut Vec<Ended>) {
        let Ok(instance) = &mut self.instance else { return };
        for call in instance.realm().dismiss_all() {
            // It may have ended earlier in the same turn.
            if ended.iter().any(|ended| ended.call == call) {
                continue;
            }
            let failure = if Some(call) == culprit {
                stop.failure()
            } else {
                stop.collateral()
            };
            ended.push(Ended {
                call,
                outcome: Err(failure),
            });
        }
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

impl Lane for JsLane {
    fn reduce(&mut self, call: &Arc<Call>, ended: &mut Vec<Ended>) -> Outcome {
        let id = call.id();
        let instance = self.instance.as_mut().map_err(|why| gone(why))?;
        instance.realm().admit(call);
        let outcome = instance.turn(Some(id), |js, loaded| {
            let gave = invoke(js, loaded, call)?;
            report_rejections(js)?;
            dismiss(js, id)?;
            Ok(match gave {
                Gave::Text(text) => Ok(text),
                Gave::Failed(failure) => Err(failure),
                Gave::Thenable => Err(async_reducer(call)),
                Gave::Promise(promise) => {
                    js.mark_handled(promise)?;
                    js.free(promise)?;
                    Err(async_reducer(call))
                }
            })
        });
        match outcome {
            Ok(outcome) => outcome,
            Err(stop) => {
                instance.realm().dismiss(id);
                self.recover(&stop, None, ended);
                Err(stop.failure())
            }
        }
    }

    fn settle(&mut self, ended: &mut Vec<Ended>) {
        let Ok(instance) = &mut self.instance else { return };
        if let Err(stop) = instance.turn(None, |js, _| drain(js, ended)) {
            self.recover(&stop, None, ended);
        }
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
        instance.realm().admit(&call);
        let turn = instance.turn(Some(id), |js, loaded| {
            let outcome = match invoke(js, loaded, &call)? {
                Gave::Text(text) => Some(Ok(text)),
                Gave::Failed(failure) => Some(Err(failure)),
                Gave::Thenable => Some(Err(Failure::guest(
                    "`call` of the module must give a promise for an async procedure, but gave another thenable",
                ))),
                Gave::Promise(root) => {
                    if let Some(running) = js.realm().find(id) {
                        running.root = Some(root);
                    }
                    watch(js, loaded, id, root)?;
                    None
                }
            };
            if let Some(outcome) = outcome {
                dismiss(js, id)?;
                ended.push(Ended { call: id, outcome });
            }
            drain(js, ended)
        });
        if let Err(stop) = turn {
            self.recover(&stop, Some(id), ended);
        }
    }

    fn resume(&mut self, call: CallId, op: OpId, outcome: OpOutcome, ended: &mut Vec<Ended>) {
        let Ok(instance) = &mut self.instance else { return };
        let Some(running) = instance.realm().find(call) else {
            return;
        };
        let Some(resolve) = running.pending.remove(&op) else {
            return;
        };
        let number = match outcome {
            OpOutcome::Slept => 0,
            OpOutcome::Fetch(Ok(response)) => running.keep(response) as i32,
            OpOutcome::Fetch(Err(refusal)) => running.refuse(refusal),
        };
        let turn = instance.turn(Some(call), |js, _| {
            js.fulfil(resolve, number)?;
            drain(js, ended)
        });
        if let Err(stop) = turn {
            self.recover(&stop, Some(call), ended);
        }
    }

    fn discard(&mut self, call: CallId) {
        let Ok(instance) = &mut self.instance else { return };
        if instance.turn(None, |js, _| dismiss(js, call)).is_err() {
            // Only what the engine kept for it was not freed, which ends with the instance.
            instance.realm().dismiss(call);
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
