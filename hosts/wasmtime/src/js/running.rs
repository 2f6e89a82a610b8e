//! A call in flight, as the instance that runs it knows it.

use std::{collections::HashMap, sync::Arc};

use evenlane_host_core::{
    call::Call,
    egress::Response,
    engine::OpId,
    failure::{Code, Refusal},
};

use super::{quickjs::Value, random::Sfc32};

/// A call in flight.
pub(crate) struct Running {
    /// The core's handle.
    pub call: Arc<Call>,
    /// What `Math.random` draws from.
    pub random: Sfc32,
    /// Text of the last refusal.
    pub message: String,
    /// The promise that the guest's `call` gave.
    pub root: Option<Value>,
    /// What fulfils the promise of each pending host operation.
    pub pending: HashMap<OpId, Value>,
    responses: HashMap<u32, Parts>,
    next_handle: u32,
}

/// What of a response the guest has not taken yet.
struct Parts {
    head: Option<String>,
    body: Option<Vec<u8>>,
}

impl Running {
    /// A call that has done nothing yet.
    pub fn new(call: &Arc<Call>) -> Running {
        Running {
            call: Arc::clone(call),
            random: Sfc32::new(call.seed()),
            message: String::new(),
            root: None,
            pending: HashMap::new(),
            responses: HashMap::new(),
            next_handle: 0,
        }
    }

    /// Keeps a response; gives the handle that the guest takes its parts with.
    pub fn keep(&mut self, response: Response) -> u32 {
        let handle = self.next_handle;
        self.next_handle += 1;
        let parts = Parts {
            head: Some(response.head),
            body: Some(response.body),
        };
        self.responses.insert(handle, parts);
        handle
    }

    /// The head of a kept response, once.
    pub fn take_head(&mut self, handle: Option<u32>) -> Result<String, Refusal> {
        self.take(handle, "takeHead", |parts| parts.head.take())
    }

    /// The body of a kept response, once.
    pub fn take_body(&mut self, handle: Option<u32>) -> Result<Vec<u8>, Refusal> {
        self.take(handle, "takeBody", |parts| parts.body.take())
    }

    /// The number that a refusal gives the guest; its text waits for `message()`.
    pub fn refuse(&mut self, refusal: Refusal) -> i32 {
        self.message = refusal.message;
        refusal.code.number()
    }

    fn take<T>(
        &mut self,
        handle: Option<u32>,
        method: &str,
        part: impl FnOnce(&mut Parts) -> Option<T>,
    ) -> Result<T, Refusal> {
        let closed = || {
            Refusal::new(
                Code::HandleClosed,
                format!("{method}: no such response of this call, or taken before"),
            )
        };
        let handle = handle.ok_or_else(closed)?;
        let parts = self.responses.get_mut(&handle).ok_or_else(closed)?;
        let taken = part(parts).ok_or_else(closed)?;
        if parts.head.is_none() && parts.body.is_none() {
            self.responses.remove(&handle);
        }
        Ok(taken)
    }
}
