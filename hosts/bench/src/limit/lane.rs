//! Where the functions run: a lane that keeps nothing of a call but its handle, and a thread of the blocking path.

use std::{collections::HashMap, sync::Arc};

use evenlane_host_core::{
    call::Call,
    engine::{Blocking, CallId, Ended, Lane, OpId, OpOutcome, Outcome},
    failure::Failure,
};

use super::functions::{finish, put, request};

/// The lane: the calls that wait for their fetch.
#[derive(Default)]
pub struct LimitLane {
    waiting: HashMap<CallId, Arc<Call>>,
}

impl Lane for LimitLane {
    fn reduce(&mut self, call: &Arc<Call>, _ended: &mut Vec<Ended>) -> Outcome {
        put(call)
    }

    fn start(&mut self, call: Arc<Call>, ended: &mut Vec<Ended>) {
        match call.fetch(&request(&call), Vec::new(), None) {
            Ok(_) => drop(self.waiting.insert(call.id(), call)),
            Err(refusal) => ended.push(Ended {
                call: call.id(),
                outcome: Err(refusal.into()),
            }),
        }
    }

    fn resume(&mut self, call: CallId, _op: OpId, outcome: OpOutcome, ended: &mut Vec<Ended>) {
        let Some(waiting) = self.waiting.remove(&call) else {
            return;
        };
        let outcome = match outcome {
            OpOutcome::Fetch(fetched) => finish(&waiting, fetched),
            OpOutcome::Slept => Err(Failure::guest("no function of this module sleeps")),
        };
        ended.push(Ended { call, outcome });
    }

    fn discard(&mut self, call: CallId) {
        self.waiting.remove(&call);
    }

    fn instances(&self) -> usize {
        0
    }
}

/// A thread of the blocking path.
pub struct LimitBlocking;

impl Blocking for LimitBlocking {
    fn run(&mut self, call: &Arc<Call>) -> Outcome {
        finish(call, call.fetch_blocking(&request(call), Vec::new(), None))
    }
}
