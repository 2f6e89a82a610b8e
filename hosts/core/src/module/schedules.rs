//! The calls that a module makes of itself: scheduled ones, and reducers that a procedure submits.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{CallEnd, Caller, Module, interval::Interval};
use crate::{
    call::{Call, Kind, Level},
    canonical,
    failure::{Code, Failure, Refusal},
    store::{ScheduleId, Schedules},
};

impl Module {
    /// Makes the calls that a committed transaction scheduled, or sets their timers.
    pub fn make_scheduled(self: &Arc<Self>, scheduled: Schedules) {
        for (id, scheduled) in scheduled {
            if let Some(every) = scheduled.every {
                Interval::new(id, scheduled.function, scheduled.args, scheduled.at, every).start(self);
                continue;
            }
            let module = Arc::downgrade(self);
            let (function, args) = (scheduled.function.clone(), scheduled.args.clone());
            let set = self.host.clock.set(scheduled.at, move || {
                // One that was unloaded may be held by its threads for a moment; its schedules are gone or in its file.
                if let Some(module) = module.upgrade().filter(|module| !module.is_closed()) {
                    module.submit_scheduled(Some(id), &function, args, || ());
                }
            });
            if set.is_none() {
                self.submit_scheduled(Some(id), &scheduled.function, scheduled.args, || ());
            }
        }
    }

    /// Submits a call that is due: the only one of the schedule `once`, or one of an interval. `ended` is called when it
    /// has ended, with the lock of this module held.
    pub(super) fn submit_scheduled(
        self: &Arc<Self>,
        once: Option<ScheduleId>,
        function: &str,
        args: String,
        ended: impl FnOnce() + Send + 'static,
    ) {
        let code = self.code();
        let checked = object(&args).and_then(|args| code.check(function, args));
        if let (Some(id), false) = (once, matches!(checked, Ok((Kind::Reducer, _)))) {
            self.store.forget(id);
        }
        let (kind, args) = match checked {
            Ok(checked) => checked,
            Err(failure) => {
                ended();
                return self.log_scheduled(function, &failure);
            }
        };
        let caller = Caller {
            name: None,
            sender: self.identity.clone(),
            connection: None,
            parks: false,
            queues: false,
            opening: None,
            schedule: once.filter(|_| kind == Kind::Reducer),
        };
        let (module, of) = (Arc::downgrade(self), function.to_owned());
        let done = move |end: CallEnd| {
            ended();
            if let (Err(failure), Some(module)) = (end.outcome, module.upgrade()) {
                module.log_scheduled(&of, &failure);
            }
        };
        self.enqueue(caller, code, function, kind, args, Box::new(done));
    }

    /// Submits a reducer that a procedure calls, as if the procedure's own caller had.
    pub fn submit_nested(self: &Arc<Self>, by: &Call, function: &str, args: &str) {
        let caller = Caller {
            name: None,
            sender: by.sender().to_owned(),
            connection: by.connection().map(str::to_owned),
            parks: false,
            queues: true,
            opening: None,
            schedule: None,
        };
        let (module, of) = (
            Arc::downgrade(self),
            format!("`{function}` that `{}` called", by.name()),
        );
        let done = move |end: CallEnd| {
            if let (Err(failure), Some(module)) = (end.outcome, module.upgrade()) {
                let message = format!("the reducer {of} failed: {failure}");
                module.host.outbox.log(&module.id, None, Level::Warn, &message);
            }
        };
        self.submit(caller, function, args, Box::new(done));
    }

    fn log_scheduled(&self, function: &str, failure: &Failure) {
        let message = format!("the scheduled call of `{function}` failed: {failure}");
        self.host.outbox.log(&self.id, None, Level::Error, &message);
    }
}

/// The arguments that were scheduled.
fn object(args: &str) -> Result<Map<String, Value>, Failure> {
    let args = canonical::parse(args, "the scheduled call's arguments").map_err(Failure::from)?;
    let object = args.as_object().cloned();
    object.ok_or_else(|| {
        Failure::from(Refusal::new(
            Code::BadValue,
            "the scheduled call's arguments are no object",
        ))
    })
}
