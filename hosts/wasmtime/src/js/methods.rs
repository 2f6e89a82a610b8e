//! The functions of the host behind a guest's host object. Each is called with the number of its call, which the guest cannot
//! choose, and with what the guest handed over.

use std::sync::Arc;

use evenlane_host_core::{
    call::{Call, Level, Sleep},
    engine::{CallId, OpId, Signal, signal_from},
    failure::{Code, Refusal},
};
use wasmtime::Error;

use super::{
    quickjs::{Kind, QuickJs, Value},
    realm::Path,
    running::Running,
};

/// The functions that a realm is prepared with.
pub(crate) const NAMES: [&str; 26] = [
    "context",
    "log",
    "txBegin",
    "txCommit",
    "txAbort",
    "txPoint",
    "tableGet",
    "tableInsert",
    "tableUpdate",
    "tableDelete",
    "tableScan",
    "schedule",
    "scheduleEvery",
    "callReducer",
    "txTimestamp",
    "uuid",
    "fetch",
    "abortFetch",
    "takeHead",
    "takeBody",
    "sleepUntil",
    "fail",
    "message",
    "now",
    "draw",
    "settled",
];

/// What a function gives where nothing refuses.
pub(crate) enum Answer {
    Nothing,
    Zero,
    Text(String),
    Bytes(Vec<u8>),
    Number(f64),
    Value(Value),
}

/// Why a function gives no answer.
pub(crate) enum Fault {
    /// The contract forbids it, or it failed: the guest goes on.
    Refused(Refusal),
    /// The instance is of no use any more.
    Ended(Error),
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Fault {
        Fault::Refused(refusal)
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Fault {
        Fault::Ended(error)
    }
}

/// One call of a function of the host.
pub(crate) struct Asked<'a, 'b> {
    /// The engine that calls.
    pub js: &'a mut QuickJs<'b>,
    /// The call that it works for.
    pub id: CallId,
    /// The same, as the core holds it.
    pub call: Arc<Call>,
    /// What the guest handed over.
    pub arguments: &'a [Value],
}

impl Asked<'_, '_> {
    /// Runs the function of that name.
    pub fn run(mut self, name: &str) -> Result<Answer, Fault> {
        let call = Arc::clone(&self.call);
        match name {
            "context" => Ok(Answer::Text(call.context()?)),
            "log" => {
                let level = self.number(0, "level")?;
                let text = self.text(1, "text")?;
                call.log(Level::from_number(level as i32), &text);
                Ok(Answer::Nothing)
            }
            "txBegin" => done(call.tx_begin()),
            "txCommit" => self.commit(),
            "txAbort" => done(call.tx_abort()),
            "txPoint" => {
                // A thread that is parked uses no CPU time, and so nothing of its turn's budget.
                let name = self.text(0, "name")?;
                done(call.tx_point(&name))
            }
            "tableGet" => {
                let (table, key) = (self.text(0, "table")?, self.text(1, "key")?);
                Ok(Answer::Text(call.table_get(&table, &key)?))
            }
            "tableInsert" => {
                let (table, key, row) = (self.text(0, "table")?, self.text(1, "key")?, self.text(2, "row")?);
                done(call.table_insert(&table, &key, &row))
            }
            "tableUpdate" => {
                let (table, key, row) = (self.text(0, "table")?, self.text(1, "key")?, self.text(2, "row")?);
                done(call.table_update(&table, &key, &row))
            }
            "tableDelete" => {
                let (table, key) = (self.text(0, "table")?, self.text(1, "key")?);
                done(call.table_delete(&table, &key))
            }
            "tableScan" => {
                let (table, from, to) = (self.text(0, "table")?, self.text(1, "from")?, self.text(2, "to")?);
                Ok(Answer::Text(call.table_scan(&table, &from, &to)?))
            }
            "schedule" => {
                let (name, args, at) = (self.text(0, "name")?, self.text(1, "args")?, self.number(2, "at")?);
                done(call.schedule(&name, &args, at))
            }
            "scheduleEvery" => {
                let (name, args) = (self.text(0, "name")?, self.text(1, "args")?);
                let (first, every) = (self.number(2, "first")?, self.number(3, "every")?);
                done(call.schedule_every(&name, &args, first, every))
            }
            "callReducer" => {
                let (name, args) = (self.text(0, "name")?, self.text(1, "args")?);
                done(call.call_reducer(&name, &args))
            }
            "txTimestamp" => Ok(Answer::Number(call.tx_timestamp()?)),
            "uuid" => Ok(Answer::Text(call.uuid()?)),
            "fetch" => self.fetch(),
            "abortFetch" => {
                let signal = self.signal(0)?;
                done(call.abort_fetch(signal))
            }
            "takeHead" => {
                let handle = self.handle()?;
                Ok(self
                    .kept(|running| running.responses.take_head(handle))
                    .map(Answer::Text)?)
            }
            "takeBody" => {
                let handle = self.handle()?;
                Ok(self
                    .kept(|running| running.responses.take_body(handle))
                    .map(Answer::Bytes)?)
            }
            "sleepUntil" => self.sleep(),
            "fail" => {
                let (code, message) = (self.number(0, "code")?, self.text(1, "message")?);
                call.fail(code as i32, &message);
                Ok(Answer::Nothing)
            }
            _ => Err(Fault::Ended(Error::msg(
                "the engine calls a function that the host does not have",
            ))),
        }
    }

    /// The realm has found out whether the transaction's body gave a thenable.
    fn commit(&mut self) -> Result<Answer, Fault> {
        if self.number(0, "thenable")? == 0.0 {
            return done(self.call.tx_commit());
        }
        self.call.tx_abort()?;
        let message = "the body of the transaction gave a promise or another thenable: what it awaits would run after the \
                       commit. The transaction was undone; do the waiting outside of it";
        Err(Refusal::new(Code::ThenableBody, message).into())
    }

    fn fetch(&mut self) -> Result<Answer, Fault> {
        let request = self.text(0, "request")?;
        let body = match self.number(1, "kind of the body")? as i32 {
            0 => Vec::new(),
            1 => self.js.bytes(self.arguments[2])?,
            _ => return Err(Refusal::new(Code::BadValue, "the argument `body` must be a Uint8Array or null").into()),
        };
        let signal = match self.arguments.get(3) {
            Some(&signal) if !self.js.is(signal, Kind::Undefined)? => Some(self.signal(3)?),
            _ => None,
        };
        let call = Arc::clone(&self.call);
        if self.js.realm().path == Path::Lane {
            return self.promise(|| call.fetch(&request, body, signal).map(Some));
        }
        let response = call.fetch_blocking(&request, body, signal);
        self.js.realm().bounds.start_turn();
        let response = response?;
        let handle = self.kept(|running| Ok(running.responses.keep(response)))?;
        Ok(Answer::Number(f64::from(handle)))
    }

    fn sleep(&mut self) -> Result<Answer, Fault> {
        let at = self.number(0, "at")?;
        let call = Arc::clone(&self.call);
        if self.js.realm().path == Path::Lane {
            return self.promise(|| match call.sleep_until(at)? {
                Sleep::Passed => Ok(None),
                Sleep::Pending(op) => Ok(Some(op)),
            });
        }
        let slept = call.sleep_blocking(at);
        self.js.realm().bounds.start_turn();
        done(slept)
    }

    /// Issues an operation and gives its promise; that is fulfilled at once where there is nothing to wait for.
    fn promise(&mut self, issue: impl FnOnce() -> Result<Option<OpId>, Refusal>) -> Result<Answer, Fault> {
        let op = issue()?;
        let (promise, resolve) = self.js.new_promise()?;
        match op {
            Some(op) => {
                self.kept(|running| Ok(running.pending.insert(op, resolve)))?;
            }
            None => self.js.fulfil(resolve, 0)?,
        }
        Ok(Answer::Value(promise))
    }

    fn kept<T>(&mut self, use_it: impl FnOnce(&mut Running) -> Result<T, Refusal>) -> Result<T, Refusal> {
        match self.js.realm().find(self.id) {
            Some(running) => use_it(running),
            None => Err(closed()),
        }
    }

    fn argument(&self, index: usize) -> Option<Value> {
        self.arguments.get(index).copied()
    }

    /// An argument that has to be text without lone surrogates.
    fn text(&mut self, index: usize, name: &str) -> Result<String, Fault> {
        let text = match self.argument(index) {
            Some(value) => self.js.text(value)?,
            None => None,
        };
        text.ok_or_else(|| bad(name, "must be a string of whole characters"))
    }

    /// An argument that has to be a number.
    fn number(&mut self, index: usize, name: &str) -> Result<f64, Fault> {
        let number = match self.argument(index) {
            Some(value) => self.js.number(value)?,
            None => None,
        };
        number.ok_or_else(|| bad(name, "must be a number"))
    }

    /// An argument that names a signal.
    fn signal(&mut self, index: usize) -> Result<Signal, Fault> {
        let signal = signal_from(self.number(index, "signal")?);
        signal.ok_or_else(|| bad("signal", "must be a whole number from 1"))
    }

    /// An argument that names a response.
    fn handle(&mut self) -> Result<Option<u32>, Fault> {
        let number = match self.argument(0) {
            Some(value) => self.js.number(value)?,
            None => None,
        };
        let whole = number.filter(|number| number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(number));
        Ok(whole.map(|number| number as u32))
    }
}

/// The refusal of a host object whose call has ended.
pub(crate) fn closed() -> Refusal {
    let message = "the call that this host object was made for has ended";
    Refusal::new(Code::HandleClosed, message)
}

fn done(done: Result<(), Refusal>) -> Result<Answer, Fault> {
    done?;
    Ok(Answer::Zero)
}

fn bad(name: &str, what: &str) -> Fault {
    let message = format!("the argument `{name}` {what}");
    Fault::Refused(Refusal::new(Code::BadValue, message))
}
