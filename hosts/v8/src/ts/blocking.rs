//! One thread of the pool: an isolate that runs one synchronous procedure at a time and waits in host calls.

use std::sync::Arc;

use evenlane_host_core::{
    call::Call,
    engine::{Blocking, LoadError, Outcome, failures},
};

use super::{
    instance::{Instance, drain},
    program::TsModule,
    state::Path,
};

/// An instance for synchronous procedures.
pub struct TsBlocking {
    module: Arc<TsModule>,
    /// `None` after a turn that was stopped, until the next call.
    instance: Option<Instance>,
}

impl TsBlocking {
    /// Makes it on this thread, where it has to stay.
    pub fn open(module: Arc<TsModule>) -> Result<TsBlocking, LoadError> {
        let instance = Instance::open(&module, Path::Blocking)?;
        Ok(TsBlocking {
            module,
            instance: Some(instance),
        })
    }
}

impl Blocking for TsBlocking {
    fn run(&mut self, call: &Arc<Call>) -> Outcome {
        let mut instance = match self.instance.take() {
            Some(instance) => instance,
            None => Instance::open(&self.module, Path::Blocking).map_err(failures::not_rebuilt)?,
        };
        let (outcome, mut stop) = instance.run(call, failures::promise_from_sync);
        if stop.is_none() {
            // What the procedure left in the microtask queue runs now, with its host object closed: none of it can write.
            ((), stop) = instance.turn(|scope, _, state| drain(scope, state, &mut Vec::new()));
        }
        self.instance = stop.is_none().then_some(instance);
        outcome
    }
}
