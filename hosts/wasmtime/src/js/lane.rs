//! The asynchronous lane: one instance on one thread, reducers and any number of async procedures in flight.
//!
//! Jobs run only where this file drains them, once a turn: after a procedure's first code, after one fulfilled host promise, and
//! after a reducer's commit. A reducer's own code therefore ends with its function: what it left in the queue of jobs runs after
//! its transaction, when its host object is closed.

use std::sync::Arc;

use evenlane_host_core::{
    call::Call,
    engine::{CallId, Ended, Lane, LaneSlot, LoadError, OpId, OpOutcome, Outcome, end_lost, failures},
};

use super::{
    instance::{Gave, Instance, Stop, dismiss, drain, invoke, watch},
    program::JsModule,
    realm::Path,
};

/// The lane of a JavaScript guest.
pub(crate) struct JsLane {
    module: Arc<JsModule>,
    instance: LaneSlot<Instance>,
}

impl JsLane {
    /// Makes it on this thread.
    pub fn open(module: Arc<JsModule>) -> Result<JsLane, LoadError> {
        let instance = Instance::open(&module, Path::Lane)?;
        Ok(JsLane {
            module,
            instance: LaneSlot::new(instance),
        })
    }

    /// After a turn that was ended in the middle: ends every call in flight and makes a new instance.
    fn recover(&mut self, stop: &Stop, culprit: Option<CallId>, ended: &mut Vec<Ended>) {
        let Some(instance) = self.instance.get_mut() else {
            return;
        };
        end_lost(instance.realm().dismiss_all(), culprit, &stop.failure(), ended);
        self.instance.rebuild(|| Instance::open(&self.module, Path::Lane));
    }
}

impl Lane for JsLane {
    fn reduce(&mut self, call: &Arc<Call>, ended: &mut Vec<Ended>) -> Outcome {
        let instance = self.instance.for_new_call()?;
        match instance.run(call, failures::async_reducer) {
            Ok(outcome) => outcome,
            Err(stop) => {
                instance.realm().dismiss(call.id());
                self.recover(&stop, None, ended);
                Err(stop.failure())
            }
        }
    }

    fn settle(&mut self, ended: &mut Vec<Ended>) {
        let Some(instance) = self.instance.get_mut() else {
            return;
        };
        if let Err(stop) = instance.turn(None, |js, _| drain(js, ended)) {
            self.recover(&stop, None, ended);
        }
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
        instance.realm().admit(&call);
        let turn = instance.turn(Some(id), |js, loaded| {
            let outcome = match invoke(js, loaded, &call)? {
                Gave::Text(text) => Some(Ok(text)),
                Gave::Failed(failure) => Some(Err(failure)),
                Gave::Thenable => Some(Err(failures::thenable_from_async())),
                Gave::Promise(root) => {
                    if let Some(running) = js.realm().find(id) {
                        running.root = Some(root);
                    }
                    watch(js, loaded, id, root)?;
                    None
                }
            };
            if let Some(outcome) = outcome {
                // First: to free what the engine kept for it may end the turn, which must not take its end away.
                ended.push(Ended { call: id, outcome });
                dismiss(js, id)?;
            }
            drain(js, ended)
        });
        if let Err(stop) = turn {
            self.recover(&stop, Some(id), ended);
        }
    }

    fn resume(&mut self, call: CallId, op: OpId, outcome: OpOutcome, ended: &mut Vec<Ended>) {
        let Some(instance) = self.instance.get_mut() else {
            return;
        };
        let Some(running) = instance.realm().find(call) else {
            return;
        };
        let Some(resolve) = running.pending.remove(&op) else {
            return;
        };
        let number = match outcome {
            OpOutcome::Slept => 0,
            OpOutcome::Fetch(Ok(response)) => running.responses.keep(response) as i32,
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
        let Some(instance) = self.instance.get_mut() else {
            return;
        };
        if instance.turn(None, |js, _| dismiss(js, call)).is_err() {
            // Only what the engine kept for it was not freed, which ends with the instance.
            instance.realm().dismiss(call);
        }
    }

    fn instances(&self) -> usize {
        usize::from(self.instance.get().is_some())
    }
}
