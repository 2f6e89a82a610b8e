//! The driver of a lane: one thread, one current-thread runtime. Egress tasks run between turns; nothing but the
//! driver runs guest code.

use std::{
    sync::{Arc, Barrier},
    time::Duration,
};

use tokio::runtime::{Builder, Runtime};

#[cfg(feature = "saboteurs")]
use super::sabotage;
use super::{
    Module,
    lanes::Lanes,
    slack::{self, Slack},
    turns::Next,
};
use crate::{
    call::Call,
    engine::{Ended, Lane, LoadError, Outcome},
    failure::{Category, Failure},
};

/// Threads that resolve names, which is the only thing that blocks a thread of the runtime.
const RESOLVER_THREADS: usize = 2;

impl Module {
    /// Opens the lane on this thread, tells `opened`, and drives it until the module is closed.
    pub(super) fn run_lane(self: &Arc<Self>, opened: impl FnOnce(Result<(), LoadError>)) {
        let runtime = runtime();
        assert!(
            self.runtime.set(runtime.handle().clone()).is_ok(),
            "a module has one lane"
        );
        let code = self.code();
        match code.program.open_lane() {
            Ok(lane) => {
                self.lock().lane_instances = lane.instances();
                opened(Ok(()));
                runtime.block_on(drive(self, Lanes::new(code.generation, lane)));
            }
            Err(error) => opened(Err(error)),
        }
        runtime.shutdown_background();
    }
}

fn runtime() -> Runtime {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(RESOLVER_THREADS)
        .thread_keep_alive(Duration::MAX)
        .build()
        .expect("the system has an event queue for the lane");
    // Started now and kept, so that the number of threads never depends on what guests fetch.
    let all_started = Arc::new(Barrier::new(RESOLVER_THREADS));
    for _ in 0..RESOLVER_THREADS {
        let all_started = Arc::clone(&all_started);
        runtime.spawn_blocking(move || all_started.wait());
    }
    runtime
}

async fn drive(module: &Arc<Module>, mut lanes: Lanes) {
    let mut ended = Vec::new();
    let mut slack = Slack::default();
    loop {
        match module.next_turn() {
            Next::Closed => return,
            Next::Wait => {
                if slack.is_due(module.lock().on_lane) {
                    module.lock().shrink();
                    lanes.give_back();
                    slack::give_back();
                }
                module.wake.notified().await;
                continue;
            }
            Next::Discard(calls) => {
                for call in calls {
                    lanes.of(&call).discard(call.id());
                }
                lanes.drop_unused(module);
                module.end_discards(lanes.instances());
                // Lets the runtime drop the fetches that were aborted.
                tokio::task::yield_now().await;
                continue;
            }
            Next::Update(update) => {
                if let Some((code, lane)) = module.take_update(update) {
                    lanes.add(code.generation, lane);
                    lanes.drop_unused(module);
                }
                module.lock().lane_instances = lanes.instances();
                continue;
            }
            Next::Reduce(call) => reduce(module, lanes.of(&call), &call, &mut ended),
            Next::Start(call) => {
                module.begin_call(&call);
                slack.note(module.lock().on_lane);
                let lane = lanes.of(&call);
                lane.start(Arc::clone(&call), &mut ended);
                settle_turn(module, lane, &call, &mut ended);
            }
            Next::Resume(call, ready) => {
                let lane = lanes.of(&call);
                #[cfg(feature = "saboteurs")]
                sabotage::resume_others(module, lane, &mut ended);
                lane.resume(ready.call, ready.op, ready.outcome, &mut ended);
                settle_turn(module, lane, &call, &mut ended);
            }
        }
        lanes.drop_unused(module);
        module.end_turn(lanes.instances());
        // Lets the runtime look at its sockets: fetches go out, outcomes come in.
        tokio::task::yield_now().await;
    }
}

fn reduce(module: &Arc<Module>, lane: &mut dyn Lane, call: &Arc<Call>, ended: &mut Vec<Ended>) {
    module.begin_call(call);
    call.spend_schedule();
    let outcome = call.checked(lane.reduce(call, ended));
    let outcome = outcome.and_then(|value| match call.commit() {
        Ok(()) => Ok(value),
        Err(refusal) => Err(refusal.into()),
    });
    if outcome.is_err() {
        // Undone quietly: that a failed reducer leaves nothing is no news.
        let _ = module.store.abort(call.id());
        call.forget_schedule();
    }
    module.finish(call, outcome);
    lane.settle(ended);
    end_others(module, ended);
    undo_open(module);
}

/// What is left to do after a turn of a procedure: end those that ended, undo what was left open, end what cannot go on.
fn settle_turn(module: &Arc<Module>, lane: &mut dyn Lane, call: &Arc<Call>, ended: &mut Vec<Ended>) {
    end_others(module, ended);
    undo_open(module);
    let stalled = module
        .lock()
        .calls
        .get(&call.id())
        .is_some_and(|entry| entry.pending.is_empty() && entry.ready == 0);
    if stalled {
        lane.discard(call.id());
        let message = "no host operation of the call is pending, so that it can never end";
        module.finish(call, Err(Failure::new(Category::Stalled, message)));
    }
}

/// Undoes the transaction that a turn has left open.
fn undo_open(module: &Module) {
    if let Some(owner) = module.store.abort_on_lane() {
        let state = module.lock();
        if let Some(entry) = state.calls.get(&owner) {
            module.log_undone(&entry.call);
        }
    }
}

fn end_others(module: &Arc<Module>, ended: &mut Vec<Ended>) {
    for Ended { call, outcome } in ended.drain(..) {
        let found = module.lock().calls.get(&call).map(|entry| Arc::clone(&entry.call));
        if let Some(call) = found {
            let outcome: Outcome = call.checked(outcome);
            module.finish(&call, outcome);
        }
        // Where it was cancelled meanwhile the engine has forgotten it already. After its end, so that none comes later.
        module.lock().discards.retain(|discard| discard.id() != call);
    }
}
