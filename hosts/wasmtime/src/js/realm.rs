//! What a store knows of the calls that run in its instance. Host functions find it as the store's data.

use std::{collections::HashMap, sync::Arc};

use evenlane_host_core::{
    call::{Call, Level},
    engine::{CallId, HostClock},
};

use super::{bound::MemoryBound, exports::Exports, quickjs::Value, running::Running};
use crate::bounds::Bounds;

/// How host calls that take time are answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Path {
    /// With a promise.
    Lane,
    /// After waiting, on a thread of the pool.
    Blocking,
}

/// The data of a store: one instance of the engine, with a guest's realm in it. A call that is not here has ended: its host
/// object answers `handle-closed`.
pub(crate) struct Realm {
    /// How host calls that take time are answered.
    pub path: Path,
    /// The engine, once it has been instantiated.
    pub exports: Option<Arc<Exports>>,
    /// Keeps the engine's memory within its bound.
    pub limiter: MemoryBound,
    /// The budget of its turns.
    pub bounds: Bounds,
    /// What the guest sees that asks for the time outside of any call.
    pub clock: HostClock,
    /// The call whose turn it is: to it belongs what runs in it.
    pub current: Option<CallId>,
    /// The function of the realm that words what was thrown.
    pub text_of: Option<Value>,
    calls: HashMap<CallId, Running>,
    settled: Vec<CallId>,
    rejections: Vec<Rejection>,
}

/// A promise that was rejected in this turn while nothing handled it.
pub(crate) struct Rejection {
    /// The promise, kept for as long as its address names it.
    pub promise: Value,
    address: i32,
    call: Option<CallId>,
    text: String,
}

impl Realm {
    /// No call in flight.
    pub fn new(path: Path, limiter: MemoryBound, bounds: Bounds, clock: HostClock) -> Realm {
        Realm {
            path,
            exports: None,
            limiter,
            bounds,
            clock,
            current: None,
            text_of: None,
            calls: HashMap::new(),
            settled: Vec::new(),
            rejections: Vec::new(),
        }
    }

    /// Takes a call in.
    pub fn admit(&mut self, call: &Arc<Call>) {
        self.calls.insert(call.id(), Running::new(call));
    }

    /// The call of that number, while it runs.
    pub fn find(&mut self, call: CallId) -> Option<&mut Running> {
        self.calls.get_mut(&call)
    }

    /// The call whose turn it is, until it ends.
    pub fn running(&mut self) -> Option<&mut Running> {
        self.calls.get_mut(&self.current?)
    }

    /// Lets a call go: whatever it left behind has no effect from here.
    pub fn dismiss(&mut self, call: CallId) -> Option<Running> {
        self.calls.remove(&call)
    }

    /// Lets all calls go, in the order of their numbers.
    pub fn dismiss_all(&mut self) -> Vec<CallId> {
        let mut all: Vec<_> = self.calls.drain().map(|(call, _)| call).collect();
        all.sort_unstable();
        all
    }

    /// Notes that the root promise of that call has settled.
    pub fn note_settled(&mut self, call: CallId) {
        self.settled.push(call);
    }

    /// The calls whose root promises have settled since the last time, in that order.
    pub fn take_settled(&mut self) -> Vec<CallId> {
        std::mem::take(&mut self.settled)
    }

    /// Notes a rejection that nothing handles yet.
    pub fn note_rejection(&mut self, promise: Value, address: i32, text: String) {
        let call = self.current;
        self.rejections.push(Rejection {
            promise,
            address,
            call,
            text,
        });
    }

    /// Notes that the promise at that address is handled after all; gives what was kept of it.
    pub fn note_handled(&mut self, address: i32) -> Option<Value> {
        let at = self
            .rejections
            .iter()
            .position(|rejection| rejection.address == address)?;
        Some(self.rejections.remove(at).promise)
    }

    /// Logs the rejections that nothing has handled by the end of the turn, each under the call that it belongs to. Gives the
    /// promises, which are kept no longer.
    pub fn report_rejections(&mut self) -> Vec<Value> {
        let rejections = std::mem::take(&mut self.rejections);
        for Rejection { call, text, .. } in &rejections {
            if let Some(running) = call.and_then(|call| self.calls.get(&call)) {
                let message = format!("unhandled promise rejection: {text}");
                running.call.log(Level::Warn, &message);
            }
        }
        rejections.into_iter().map(|rejection| rejection.promise).collect()
    }
}
