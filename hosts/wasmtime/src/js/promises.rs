//! Promises of the guest's realm, and the queue of jobs that their reactions wait in.

use wasmtime::Result;

use super::quickjs::{QuickJs, Value};

/// The state of a promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Promised {
    Pending,
    Fulfilled,
    Rejected,
}

impl QuickJs<'_> {
    /// A promise and the function that fulfils it.
    pub fn new_promise(&mut self) -> Result<(Value, Value)> {
        let out = self.lend(&[0; 8])?;
        let promise = self.exports.new_promise.call(&mut self.context, (out, out + 4))?;
        let (resolve, reject) = (self.word(out)?, self.word(out + 4)?);
        self.take_back(out)?;
        self.free(Value(reject))?;
        Ok((Value(promise), Value(resolve)))
    }

    /// Fulfils a promise with a number, which has no `then`: nothing of the guest runs in here. Frees the function.
    pub fn fulfil(&mut self, resolve: Value, number: i32) -> Result<()> {
        let (undefined, number) = (self.undefined()?, self.new_number(f64::from(number))?);
        let (Ok(value) | Err(value)) = self.call(resolve, undefined, &[number])?;
        for value in [value, number, undefined, resolve] {
            self.free(value)?;
        }
        Ok(())
    }

    /// Whether a promise is settled, and how.
    pub fn state(&mut self, promise: Value) -> Result<Promised> {
        Ok(
            match self.exports.promise_state.call(&mut self.context, (promise.0,))? {
                1 => Promised::Fulfilled,
                2 => Promised::Rejected,
                _ => Promised::Pending,
            },
        )
    }

    /// What a settled promise holds.
    pub fn promised(&mut self, promise: Value) -> Result<Value> {
        self.exports
            .promise_result
            .call(&mut self.context, (promise.0,))
            .map(Value)
    }

    /// Has that function called when the promise is settled. Asks the guest for nothing.
    pub fn on_settled(&mut self, promise: Value, function: Value) -> Result<()> {
        let reaction = (promise.0, function.0, function.0);
        let derived = self.exports.promise_then.call(&mut self.context, reaction)?;
        self.free(Value(derived))
    }

    /// What the promise may be rejected with is no rejection that nothing handles.
    pub fn mark_handled(&mut self, promise: Value) -> Result<()> {
        self.exports.promise_handled.call(&mut self.context, (promise.0,))
    }

    /// Runs the queue of jobs until it is empty.
    pub fn run_jobs(&mut self) -> Result<()> {
        while self.exports.is_job_pending.call(&mut self.context, ())? != 0 {
            if self.exports.run_job.call(&mut self.context, ())? < 0 {
                let thrown = self.exception()?;
                self.free(thrown)?;
            }
        }
        Ok(())
    }
}
