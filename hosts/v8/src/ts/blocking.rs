//! One thread of the pool: an isolate that runs one synchronous procedure at a time and waits in host calls.

use std::sync::Arc;

use evenlane_host_core::{
    call::Call,
    engine::{Blocking, LoadError, Outcome},
    failure::{Category, Failure},
};

use super::{
    instance::{Gave, Instance, drain},
    program::TsModule,
    state::Path,
};
use crate::{running, watchdog::conclude};

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

    fn instance(&mut self) -> Result<&mut Instance, Failure> {
        if self.instance.is_none() {
            let opened = Instance::open(&self.module, Path::Blocking).map_err(|error| match error {
                LoadError::Compile(message) | LoadError::Describe(message) => Failure::new(
                    Category::LaneLost,
                    format!("the instance could not be rebuilt: {message}"),
                ),
            });
            return Ok(self.instance.insert(opened?));
        }
        self.instance
            .as_mut()
            .ok_or_else(|| Failure::new(Category::LaneLost, "the instance is gone"))
    }
}

impl Blocking for TsBlocking {
    fn run(&mut self, call: &Arc<Call>) -> Outcome {
        let id = call.id();
        let instance = self.instance()?;
        instance.state.admit(call);
        let (outcome, stop) = instance.turn(|scope, entry, state| {
            running::enter(scope, id);
            let gave = entry.invoke(scope, call);
            running::leave(scope);
            state.report_rejections();
            state.dismiss(id);
            match gave? {
                Gave::Text(text) => Ok(text),
                Gave::Promise(promise) => {
                    promise.mark_as_handled();
                    Err(Some(promise_from_sync(call)))
                }
                Gave::Thenable => Err(Some(promise_from_sync(call))),
            }
        });
        if stop.is_some() {
            self.instance = None;
            return conclude(stop, outcome);
        }
        // What the procedure left in the microtask queue runs now, with its host object closed: none of it can write.
        let ((), stop) = instance.turn(|scope, _, state| drain(scope, state, &mut Vec::new()));
        if stop.is_some() {
            self.instance = None;
        }
        conclude(None, outcome)
    }
}

fn promise_from_sync(call: &Call) -> Failure {
    let message = format!(
        "{name} is a synchronous procedure but gave a promise or another thenable: declare it as a native async \
         function, so that it runs on the lane. What it had committed stays",
        name = call.function()
    );
    Failure::new(Category::PromiseFromSync, message)
}
