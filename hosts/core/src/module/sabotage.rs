//! Deliberate faults of calls and their operations that need state or steps of their own.

use std::{
    mem,
    sync::{Arc, LazyLock},
    thread,
    time::Duration,
};

use tokio::{
    runtime::Builder,
    sync::{Mutex, MutexGuard},
};

use super::{
    CallEnd, Module,
    state::{Ready, State},
};
use crate::{
    call::Call,
    egress::Request,
    engine::{CallId, Ended, Lane, OpId, OpOutcome},
    failure::{Category, Failure},
    fault,
};

/// One fetch at a time in the whole process.
pub(super) async fn turn_to_fetch() -> Option<MutexGuard<'static, ()>> {
    static FETCHING: LazyLock<Mutex<()>> = LazyLock::new(Mutex::default);
    if fault!("one-global-fetch-lock") {
        return Some(FETCHING.lock().await);
    }
    None
}

/// Fetches while the lane's thread stands still; gives the request back where it does not.
pub(super) fn fetched(module: &Arc<Module>, op: OpId, request: Request) -> Option<Request> {
    if !fault!("fetch-blocks-the-lane") {
        return Some(request);
    }
    let outcome = thread::scope(|scope| {
        let fetching = scope.spawn(|| {
            let runtime = Builder::new_current_thread().enable_all().build();
            runtime
                .expect("the system has an event queue for a fetch")
                .block_on(module.host.egress.fetch(request))
        });
        fetching.join().expect("a fetch does not panic")
    });
    module.settle(op, OpOutcome::Fetch(outcome));
    None
}

/// Exchanges a response for one that waits for another call's turn.
pub(super) fn exchanged(state: &mut State, call: CallId, mut outcome: OpOutcome) -> OpOutcome {
    let is_response = |outcome: &OpOutcome| matches!(outcome, OpOutcome::Fetch(Ok(_)));
    let others = state.queue.completions_mut();
    let other = others
        .filter(|ready| ready.call != call && is_response(&ready.outcome))
        .last();
    if let Some(other) = other.filter(|_| is_response(&outcome) && fault!("response-to-the-wrong-call")) {
        mem::swap(&mut other.outcome, &mut outcome);
    }
    outcome
}

/// Tells a cancelled call's caller of its end, and lets it go on.
pub(super) fn ends_in_name_only(state: &mut State, id: CallId, failure: &Failure) -> bool {
    let entry = state.calls.get_mut(&id).filter(|entry| entry.holds_place);
    let Some(entry) = entry.filter(|_| failure.category == Category::Cancelled && fault!("late-resume-after-cancel"))
    else {
        return false;
    };
    let done = mem::replace(&mut entry.done, Box::new(|_| {}));
    done(CallEnd {
        outcome: Err(failure.clone()),
        seqs: entry.call.seqs(),
    });
    true
}

/// A thread that lives as long as the call.
pub(super) fn thread_for(call: &Arc<Call>) {
    if fault!("thread-per-call") {
        let call = Arc::clone(call);
        thread::spawn(move || {
            while !call.is_closed() {
                thread::park_timeout(Duration::from_millis(5));
            }
        });
    }
}

/// Hands over all other completions that are ready, for one checkpoint.
pub(super) fn resume_others(module: &Module, lane: &mut dyn Lane, ended: &mut Vec<Ended>) {
    let mut state = module.lock();
    while let Some(Ready { call, op, outcome, .. }) = next_of_batch(&mut state) {
        state
            .calls
            .get_mut(&call)
            .expect("completions go with their call")
            .ready -= 1;
        drop(state);
        lane.hand_over(call, op, outcome, ended);
        state = module.lock();
    }
}

fn next_of_batch(state: &mut State) -> Option<Ready> {
    if state.queue.has_no_completion() || !fault!("completions-in-one-checkpoint") {
        return None;
    }
    state.queue.take_completion()
}
