//! What a store knows of the guest in it, and how host functions read the guest's memory and answer it.

use std::{fmt, sync::Arc};

use evenlane_host_core::{
    call::Call,
    failure::{Code, Refusal},
};
use wasmtime::{Caller, Error, Extern, Memory, Result, StoreLimits};

use crate::mailbox::Mailbox;

/// The data of a store: one guest instance, which runs one call at a time.
pub(crate) struct Guest {
    /// The call that runs; none while the module describes itself.
    pub call: Option<Arc<Call>>,
    /// What the guest handed over by `result`.
    pub result: Option<Result<String, Refusal>>,
    pub mailbox: Mailbox,
    /// Keeps the instance's memory within its bound.
    pub limiter: StoreLimits,
    memory: Option<Memory>,
    payload: Option<Vec<u8>>,
}

impl Guest {
    /// A guest that runs no call yet.
    pub fn new(limiter: StoreLimits) -> Guest {
        Guest {
            call: None,
            result: None,
            mailbox: Mailbox::default(),
            limiter,
            memory: None,
            payload: None,
        }
    }

    /// Makes the guest ready for a call whose name and arguments wait as one payload.
    pub fn prepare(&mut self, call: &Arc<Call>) {
        self.payload = Some([call.function().as_bytes(), call.args().as_bytes()].concat());
        self.result = None;
        self.call = Some(Arc::clone(call));
    }

    /// Drops what belonged to the call.
    pub fn reset(&mut self) {
        self.payload = None;
        self.result = None;
        self.call = None;
    }

    /// Length of the waiting payload, 0 when none waits.
    pub fn payload_len(&self) -> i32 {
        self.payload.as_ref().map_or(0, |payload| payload.len() as i32)
    }

    /// The waiting payload, which then waits no more.
    pub fn take_payload(&mut self) -> Vec<u8> {
        self.payload.take().unwrap_or_default()
    }

    /// Answers a host call that gives a payload, and says what it returns.
    pub fn answer(&mut self, given: Result<Vec<u8>, Refusal>) -> i32 {
        let (number, payload) = match given {
            Ok(payload) => (payload.len() as i32, payload),
            Err(refusal) => (refusal.code.number(), refusal.message.into_bytes()),
        };
        self.payload = Some(payload);
        number
    }

    /// Answers a host call that gives nothing but success, and says what it returns.
    pub fn answer_done(&mut self, done: Result<(), Refusal>) -> i32 {
        match done {
            Ok(()) => {
                self.payload = None;
                0
            }
            Err(refusal) => self.answer(Err(refusal)),
        }
    }

    /// Answers a host call that gives a number and no payload, and says what it returns.
    pub fn answer_number(&mut self, given: Result<f64, Refusal>) -> f64 {
        match given {
            Ok(number) => {
                self.payload = None;
                number
            }
            Err(refusal) => f64::from(self.answer(Err(refusal))),
        }
    }

    /// The call that runs, or the refusal for a module that describes itself.
    pub fn running(&self) -> Result<Arc<Call>, Refusal> {
        let call = self.call.as_ref().map(Arc::clone);
        call.ok_or_else(|| Refusal::new(Code::HandleClosed, "no call is running: `describe` has no context"))
    }
}

/// A stretch of guest memory, as a pair of parameters names it.
#[derive(Clone, Copy)]
pub(crate) struct Span {
    pub ptr: u32,
    pub len: u32,
}

impl Span {
    /// Its bytes; traps where it does not lie in the guest's memory.
    pub fn bytes(self, memory: &[u8]) -> Result<&[u8]> {
        let start = self.ptr as usize;
        memory
            .get(start..start + self.len as usize)
            .ok_or_else(|| Error::new(Ending::OutOfMemory(self.ptr, self.len)))
    }

    /// Its text; the inner refusal is `bad-value` for what is not UTF-8.
    pub fn text(self, memory: &[u8]) -> Result<Result<&str, Refusal>> {
        let text = std::str::from_utf8(self.bytes(memory)?);
        Ok(text.map_err(|error| {
            Refusal::new(
                Code::BadValue,
                format!("a text that was handed over is not UTF-8: {error}"),
            )
        }))
    }
}

/// Why a host function ended the guest.
#[derive(Debug)]
pub(crate) enum Ending {
    /// The guest called `fail`; the call has recorded why.
    Failed,
    /// The guest called `abort` with that message.
    Aborted(String),
    /// A pointer and length outside of the guest's memory.
    OutOfMemory(u32, u32),
}

impl fmt::Display for Ending {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ending::Failed => write!(out, "the guest ended the call"),
            Ending::Aborted(message) => write!(out, "{message}"),
            Ending::OutOfMemory(ptr, len) => {
                write!(out, "the guest named {len} bytes at {ptr}, which are not in its memory")
            }
        }
    }
}

impl std::error::Error for Ending {}

/// The guest's memory, found once.
pub(crate) fn memory(caller: &mut Caller<'_, Guest>) -> Result<Memory> {
    if let Some(memory) = caller.data().memory {
        return Ok(memory);
    }
    let memory = caller.get_export("memory").and_then(Extern::into_memory);
    let memory = memory.ok_or_else(|| Error::msg("the guest has no memory yet"))?;
    caller.data_mut().memory = Some(memory);
    Ok(memory)
}
