//! A call in flight, as the instance that runs it knows it.

use std::{collections::HashMap, sync::Arc};

use evenlane_host_core::{call::Call, egress::Responses, engine::OpId, failure::Refusal, random::Sfc32};

use super::quickjs::Value;

/// A call in flight.
pub(crate) struct Running {
    /// The core's handle.
    pub call: Arc<Call>,
    /// What `Math.random` draws from.
    pub random: Sfc32,
    /// Text of the last refusal.
    pub message: String,
    /// What its fetches have brought.
    pub responses: Responses,
    /// The promise that the guest's `call` gave.
    pub root: Option<Value>,
    /// What fulfils the promise of each pending host operation.
    pub pending: HashMap<OpId, Value>,
}

impl Running {
    /// A call that has done nothing yet.
    pub fn new(call: &Arc<Call>) -> Running {
        Running {
            call: Arc::clone(call),
            random: Sfc32::new(call.seed()),
            message: String::new(),
            responses: Responses::default(),
            root: None,
            pending: HashMap::new(),
        }
    }

    /// The number that a refusal gives the guest; its text waits for `message()`.
    pub fn refuse(&mut self, refusal: Refusal) -> i32 {
        self.message = refusal.message;
        refusal.code.number()
    }
}
