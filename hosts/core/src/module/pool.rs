//! The blocking path: threads that run one synchronous procedure each, from begin to end.

use std::{sync::Arc, thread};

use super::{Module, state::State};
use crate::{call::Call, engine::Blocking, failure::Failure};

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
                .spawn(move || module.run_pool_thread());
            if let Err(error) = spawned {
                state.pool.threads -= 1;
                eprintln!("no thread for the blocking path of {}: {error}", self.id);
            }
        }
    }

    fn run_pool_thread(self: Arc<Self>) {
        let mut instance: Option<Box<dyn Blocking>> = None;
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

    fn run_blocking(&self, instance: &mut Option<Box<dyn Blocking>>, call: &Arc<Call>) -> Result<String, Failure> {
        if instance.is_none() {
            let opened = self.program.open_blocking();
            *instance =
                Some(opened.map_err(|error| Failure::guest(format!("no instance for the blocking path: {error:?}")))?);
            self.lock().blocking_instances += 1;
        }
        instance.as_mut().expect("it was made").run(call)
    }

    fn take_for_pool(&self) -> Option<Arc<Call>> {
        let mut state = self.lock();
        state.pool.idle += 1;
        let waited = self
            .pool_work
            .wait_while(state, |state| state.pool.queue.is_empty() && !state.closed);
        state = waited.expect("no thread panics while it holds a module");
        state.pool.idle -= 1;
        let call = state.pool.queue.pop_front()?;
        state.pool.busy += 1;
        state.leave_queue(call.id());
        Some(call)
    }
}
