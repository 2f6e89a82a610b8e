//! One thread of the pool: an instance that runs one synchronous procedure at a time and waits in host calls.

use std::sync::Arc;

use evenlane_host_core::{
    call::Call,
    engine::{Blocking, LoadError, Outcome},
    failure::{Category, Failure},
};

use super::{
    instance::{Gave, Instance, dismiss, drain, invoke, report_rejections},
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
        let id = call.id();
        let kept = self.instance.take();
        let opened = kept.map_or_else(|| Instance::open(&self.module, Path::Blocking), Ok);
        let mut instance = opened.map_err(|error| match error {
            LoadError::Compile(message) | LoadError::Describe(message) => Failure::new(
                Category::LaneLost,
                format!("the instance could not be rebuilt: {message}"),
            ),
        })?;
        instance.realm().admit(call);
        let outcome = instance.turn(Some(id), |js, loaded| {
            let gave = invoke(js, loaded, call)?;
            report_rejections(js)?;
            dismiss(js, id)?;
            Ok(match gave {
                Gave::Text(text) => Ok(text),
                Gave::Failed(failure) => Err(failure),
                Gave::Thenable => Err(promise_from_sync(call)),
                Gave::Promise(promise) => {
                    js.mark_handled(promise)?;
                    js.free(promise)?;
                    Err(promise_from_sync(call))
                }
            })
        });
        let outcome = outcome.map_err(|stop| stop.failure())?;
        // What the procedure left in the queue of jobs runs now, with its host object closed: none of it can write.
        if instance.turn(None, |js, _| drain(js, &mut Vec::new())).is_ok() {
            self.instance = Some(instance);
        }
        outcome
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
