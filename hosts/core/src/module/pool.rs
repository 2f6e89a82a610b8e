//! The blocking path: threads that run one synchronous procedure each, from begin to end.

use std::{sync::Arc, thread};

use super::{Module, state::State};
use crate::{call::Call, engine::Blocking, failure::Failure, fault, limits::TURN_STACK_BYTES};

impl Module {
    /// Queues a synchronous procedure; a thread is made for it where none is idle and the pool is not full.
    pub(super) fn queue_for_pool(self: &Arc<Self>, state: &mut State, call: Arc<Call>) {
        state.pool.queue.push_back(call);
        if state.pool.queue.len() <= state.pool.idle {
            self.pool_work.notify_one();
        } else if state.pool.threads < state.pool.size {
            state.pool.threads += 1;
            let module = Arc::clone(self);
            let name = format!("{}-pool-{}", self.id, state.pool.threads);
            let spawned = thread::Builder::new()
                .name(name)
                .stack_size(TURN_STACK_BYTES)
                .spawn(move || module.run_pool_thread());
            if let Err(error) = spawned {
                state.pool.threads -= 1;
                eprintln!("no thread for the blocking path of {}: {error}", self.id);
            }
        }
    }

    fn run_pool_thread(self: Arc<Self>) {
        let mut instance: Option<Instance> = None;
        while let Some(call) = self.take_for_pool() {
            self.begin_call(&call);
            let outcome = self.run_blocking(&mut instance, &call);
            self.finish(&call, call.checked(outcome));
            let mut state = self.lock();
            state.pool.busy -= 1;
            state.tell_if_quiet();
        }
        if instance.take().is_some() {
            self.lock().blocking_instances -= 1;
        }
    }

    fn run_blocking(&self, kept: &mut Option<Instance>, call: &Arc<Call>) -> Result<String, Failure> {
        let code = call.code();
        if kept.take_if(|kept| kept.generation != code.generation).is_some() {
            self.lock().blocking_instances -= 1;
        }
        if kept.is_some() && fault!("leaked-instance") {
            std::mem::forget(kept.take());
        }
        if kept.is_none() {
            let opened = code.program.open_blocking();
            *kept = Some(Instance {
                generation: code.generation,
                blocking: opened
                    .map_err(|error| Failure::guest(format!("no instance for the blocking path: {error:?}")))?,
            });
            self.lock().blocking_instances += 1;
        }
        kept.as_mut().expect("it was made").blocking.run(call)
    }

    fn take_for_pool(self: &Arc<Self>) -> Option<Arc<Call>> {
        let mut state = self.lock();
        state.pool.idle += 1;
        let call = loop {
            let waited = self
                .pool_work
                .wait_while(state, |state| state.pool.queue.is_empty() && !state.closed);
            state = waited.expect("no thread panics while it holds a module");
            let Some(call) = state.pool.queue.pop_front() else {
                break None;
            };
            if let Some(call) = self.renew(&mut state, call) {
                break Some(call);
            }
            state.tell_if_quiet();
        };
        state.pool.idle -= 1;
        let call = call?;
        state.pool.busy += 1;
        state.leave_queue(call.id());
        Some(call)
    }
}

/// What one thread runs procedures in.
struct Instance {
    /// Of the code in it.
    generation: u64,
    blocking: Box<dyn Blocking>,
}
