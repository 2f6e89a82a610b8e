//! The calls that a call makes of its own module: scheduled ones, and reducers that it submits at once.

use serde_json::Value;

use super::{Call, Kind, finite};
use crate::{
    canonical,
    failure::{Code, Refusal},
    interface::Function,
    store::Scheduled,
};

/// Milliseconds that stand at least between two calls of one interval.
const SHORTEST_INTERVAL: f64 = 1.0;

impl Call {
    /// Schedules one call of `function`, at or after `at`, if the open transaction commits.
    pub fn schedule(&self, function: &str, args: &str, at: f64) -> Result<(), Refusal> {
        self.add_schedule(function, args, at, None)
    }

    /// Schedules calls of `function` at `first`, `first + every`, `first + 2·every` and so on, if the open transaction
    /// commits. All in milliseconds; `every` is at least 1.
    pub fn schedule_every(&self, function: &str, args: &str, first: f64, every: f64) -> Result<(), Refusal> {
        self.add_schedule(function, args, first, Some(every))
    }

    /// Submits a reducer in the name of this call's sender and connection, as if they had at this moment, and waits for
    /// nothing. For procedures without an open transaction.
    pub fn call_reducer(&self, function: &str, args: &str) -> Result<(), Refusal> {
        self.check_yield("calls a reducer")?;
        let (known, args) = self.target(function, args, "nested call")?;
        if known.kind != Kind::Reducer {
            let message = format!("`{function}` is a procedure: only a reducer is called from a procedure");
            return Err(Refusal::new(Code::BadValue, message));
        }
        self.new.module.submit_nested(self, function, &args);
        Ok(())
    }

    fn add_schedule(&self, function: &str, args: &str, at: f64, every: Option<f64>) -> Result<(), Refusal> {
        self.check_transaction()?;
        let at = finite(at)?;
        if every.is_some_and(|every| !(every.is_finite() && every >= SHORTEST_INTERVAL)) {
            let message = "the interval is not a finite number of milliseconds from 1";
            return Err(Refusal::new(Code::BadValue, message));
        }
        let (_, args) = self.target(function, args, "scheduled call")?;
        let scheduled = Scheduled {
            function: function.to_owned(),
            args,
            at,
            every,
        };
        self.store().schedule(self.id(), scheduled)
    }

    /// The function of this module that the guest means, and its arguments in canonical form; `what` is for messages.
    fn target(&self, function: &str, args: &str, what: &str) -> Result<(&Function, String), Refusal> {
        let bad = |message: String| Refusal::new(Code::BadValue, message);
        let known = self.new.code.interface.function(function);
        let known = known.ok_or_else(|| bad(format!("the module has no function `{function}` for a {what}")))?;
        let Value::Object(args) = canonical::parse(args, &format!("the {what}'s arguments"))? else {
            return Err(bad(format!("the {what}'s arguments are no object")));
        };
        let checked = known.check_args(&args);
        checked.map_err(|error| bad(format!("the {what} of `{function}`: {error}")))?;
        Ok((known, canonical::text(&Value::Object(args))))
    }
}
