//! One thread of the pool: an instance that runs one synchronous procedure at a time and waits in host calls.

use std::sync::Arc;

use evenlane_host_core::{
    call::Call,
    engine::{Blocking, LoadError, Outcome, failures},
};

use super::{
    instance::{Instance, drain},
    program::JsModule,
    realm::Path,
};

/// An instance for synchronous procedures.
pub(crate) struct JsBlocking {
    module: Arc<JsModule>,
    /// `None` after a turn that was ended in the middle, until the next call.
    instance: Option<Instance>,
}

impl JsBlocking {
    /// Makes it on this thread.
    pub fn open(module: Arc<JsModule>) -> Result<JsBlocking, LoadError> {
        let instance = Instance::open(&module, Path::Blocking)?;
        Ok(JsBlocking {
            module,
            instance: Some(instance),
        })
    }
}

impl Blocking for JsBlocking {
    fn run(&mut self, call: &Arc<Call>) -> Outcome {
        let mut instance = match self.instance.take() {
            Some(instance) => instance,
            None => Instance::open(&self.module, Path::Blocking).map_err(failures::not_rebuilt)?,
        };
        let outcome = instance
            .run(call, failures::promise_from_sync)
            .map_err(|stop| stop.failure())?;
        // What the procedure left in the queue of jobs runs now, with its host object closed: none of it can write.
        if instance.turn(None, |js, _| drain(js, &mut Vec::new())).is_ok() {
            self.instance = Some(instance);
        }
        outcome
    }
}
