//! Host operations that a call waits for: fetches and sleeps. Each settles once; who comes first wins.

use std::sync::{Arc, mpsc};

use tokio::task::AbortHandle;

#[cfg(feature = "saboteurs")]
use super::sabotage;
use super::{
    Module,
    state::{Entry, Ready, State},
};
use crate::{
    clock::TimerId,
    egress::Request,
    engine::{CallId, OpId, OpOutcome, Signal},
    failure::{Code, Refusal},
    fault,
};

/// Who waits for an operation.
pub(crate) enum Waiter {
    /// The lane's queue takes its outcome.
    Lane,
    /// A pool thread stands still for it.
    Pool(mpsc::Sender<OpOutcome>),
}

/// A pending operation.
pub(super) struct Op {
    call: CallId,
    waiter: Waiter,
    timer: Option<TimerId>,
    /// The task of a fetch; a sleep has none.
    task: Option<AbortHandle>,
    /// What the guest aborts a fetch by.
    signal: Option<Signal>,
}

impl Module {
    /// Issues a fetch for a call in flight, unless the guest has aborted that signal.
    pub fn issue_fetch(
        self: &Arc<Self>,
        call: CallId,
        request: Request,
        signal: Option<Signal>,
        waiter: Waiter,
    ) -> Result<OpId, Refusal> {
        let mut state = self.lock();
        let is_aborted = |entry: &Entry| signal.is_some_and(|signal| entry.aborted.contains(&signal));
        if state.calls.get(&call).is_some_and(is_aborted) {
            return Err(aborted());
        }
        let op = self.begin(&mut state, call, &waiter)?;
        state.fetches += 1;
        let millis = request.timeout_millis;
        let module = Arc::clone(self);
        let fetch = async move {
            #[cfg(feature = "saboteurs")]
            let (_turn, request) = (sabotage::turn_to_fetch().await, sabotage::fetched(&module, op, request));
            #[cfg(feature = "saboteurs")]
            let Some(request) = request else { return };
            let outcome = module.host.egress.fetch(request).await;
            module.settle(op, OpOutcome::Fetch(outcome));
        };
        let runtime = self.runtime.get().expect("the lane's runtime is there before any call");
        let task = Some(runtime.spawn(fetch).abort_handle());
        let timer = self.set_timer(op, self.host.clock.now() + millis, move || {
            let message = format!("the fetch took longer than {} seconds", millis / 1e3);
            OpOutcome::Fetch(Err(Refusal::new(Code::Timeout, message)))
        });
        state.ops.insert(
            op,
            Op {
                call,
                waiter,
                timer,
                task,
                signal,
            },
        );
        state.tell_if_quiet();
        Ok(op)
    }

    /// Begins a sleep for a call in flight, or gives nothing where the time has passed.
    pub fn issue_sleep(self: &Arc<Self>, call: CallId, at: f64, waiter: Waiter) -> Result<Option<OpId>, Refusal> {
        let mut state = self.lock();
        let op = self.begin(&mut state, call, &waiter)?;
        let timer = self.set_timer(op, at, || OpOutcome::Slept);
        if timer.is_none() {
            forget(&mut state, call, op, &waiter);
            return Ok(None);
        }
        state.ops.insert(
            op,
            Op {
                call,
                waiter,
                timer,
                task: None,
                signal: None,
            },
        );
        state.tell_if_quiet();
        Ok(Some(op))
    }

    /// Aborts the fetches of a call with that signal whose outcomes its guest has not been given, and those to come.
    pub fn abort_fetches(&self, call: CallId, signal: Signal) {
        let mut state = self.lock();
        let Some(entry) = state.calls.get_mut(&call) else {
            return;
        };
        entry.aborted.insert(signal);
        let mut pending = entry.pending.clone();
        pending.retain(|op| state.ops.get(op).is_some_and(|op| op.signal == Some(signal)));
        // What the guest does decides, not whether the network was faster.
        for ready in state.queue.completions_mut() {
            if ready.call == call && ready.signal == Some(signal) {
                ready.outcome = OpOutcome::Fetch(Err(aborted()));
            }
        }
        for op in pending {
            self.settle_in(&mut state, op, OpOutcome::Fetch(Err(aborted())));
        }
    }

    /// A pending operation has ended. Without effect where it has already, or its call has.
    pub fn settle(&self, op: OpId, outcome: OpOutcome) {
        self.settle_in(&mut self.lock(), op, outcome);
    }

    fn settle_in(&self, state: &mut State, op: OpId, outcome: OpOutcome) {
        let Some(Op {
            call,
            waiter,
            timer,
            task,
            signal,
        }) = state.ops.remove(&op)
        else {
            return;
        };
        if let Some(timer) = timer {
            self.host.clock.cancel(timer);
        }
        if let Some(task) = task {
            // Where the time limit or the guest came first; a task that has ended is not harmed.
            task.abort();
            state.fetches -= 1;
            state.outcomes += 1;
        }
        forget(state, call, op, &waiter);
        match waiter {
            Waiter::Lane => {
                state
                    .calls
                    .get_mut(&call)
                    .expect("operations end with their call")
                    .ready += 1;
                #[cfg(feature = "saboteurs")]
                let outcome = sabotage::exchanged(state, call, outcome);
                state.queue.push_completion(Ready {
                    call,
                    op,
                    outcome,
                    signal,
                });
                self.wake.notify_one();
            }
            // Its thread is gone only where its call has ended: then the operation was dropped before.
            Waiter::Pool(thread) => drop(thread.send(outcome)),
        }
        state.tell_if_quiet();
    }

    /// Drops all operations of a call that has ended, settled ones included.
    pub(super) fn drop_ops(&self, state: &mut State, entry: &Entry) {
        for id in &entry.pending {
            let op = state.ops.remove(id).expect("pending operations are kept");
            if let Some(timer) = op.timer {
                self.host.clock.cancel(timer);
            }
            if let Some(task) = op.task {
                if !fault!("fetch-outlives-its-call") {
                    task.abort();
                }
                state.fetches -= 1;
                state.outcomes += 1;
            }
            if let Waiter::Pool(thread) = op.waiter {
                state.pool.waiting -= 1;
                drop(thread.send(OpOutcome::Fetch(Err(cancelled()))));
            }
        }
        if entry.ready > 0 {
            let call = entry.call.id();
            state.queue.retain_completions(|completion| completion.call != call);
        }
    }

    fn begin(&self, state: &mut State, call: CallId, waiter: &Waiter) -> Result<OpId, Refusal> {
        let op = state.number_op();
        state.calls.get_mut(&call).ok_or_else(cancelled)?.pending.push(op);
        if matches!(waiter, Waiter::Pool(_)) {
            state.pool.waiting += 1;
        }
        Ok(op)
    }

    fn set_timer(
        self: &Arc<Self>,
        op: OpId,
        due: f64,
        outcome: impl FnOnce() -> OpOutcome + Send + 'static,
    ) -> Option<TimerId> {
        let module = Arc::downgrade(self);
        self.host.clock.set(due, move || {
            if let Some(module) = module.upgrade() {
                module.settle(op, outcome());
            }
        })
    }
}

/// The operation is pending no more: its call, and the pool thread that stood still for it, may go on.
fn forget(state: &mut State, call: CallId, op: OpId, waiter: &Waiter) {
    if let Some(entry) = state.calls.get_mut(&call) {
        entry.pending.retain(|pending| *pending != op);
    }
    if matches!(waiter, Waiter::Pool(_)) {
        state.pool.waiting -= 1;
    }
}

fn aborted() -> Refusal {
    Refusal::new(Code::Aborted, "the fetch was aborted by its guest")
}

fn cancelled() -> Refusal {
    Refusal::new(Code::Cancelled, "the call or its module was ended by its operator")
}
