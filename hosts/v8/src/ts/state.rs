//! What an isolate for JavaScript guests knows of the calls that run in it. Host functions find it in the isolate's slot.

use std::{cell::RefCell, collections::HashMap, rc::Rc, sync::Arc};

use evenlane_host_core::{
    call::{Call, Level},
    egress::Responses,
    engine::{CallId, OpId, OpOutcome},
    failure::Refusal,
    random::Sfc32,
};

use crate::watchdog::Watch;

/// How host calls that take time are answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path {
    /// With a promise.
    Lane,
    /// After waiting, on a thread of the pool.
    Blocking,
}

/// The calls in flight in one isolate. A call that is not here has ended: its host object answers `handle-closed`.
pub struct State {
    /// How host calls that take time are answered.
    pub path: Path,
    /// The isolate's watch, restarted after a host call that waited.
    pub watch: Arc<Watch>,
    calls: RefCell<HashMap<CallId, Rc<Running>>>,
    settled: RefCell<Vec<CallId>>,
    rejections: RefCell<Vec<Rejection>>,
}

/// A promise that was rejected in this turn while nothing handled it.
struct Rejection {
    promise: v8::Global<v8::Promise>,
    call: Option<CallId>,
    text: String,
}

impl State {
    /// No call in flight.
    pub fn new(path: Path, watch: Arc<Watch>) -> Rc<State> {
        Rc::new(State {
            path,
            watch,
            calls: RefCell::default(),
            settled: RefCell::default(),
            rejections: RefCell::default(),
        })
    }

    /// The state of the isolate that runs.
    pub fn of(scope: &mut v8::PinScope<'_, '_>) -> Option<Rc<State>> {
        scope.get_slot::<Rc<State>>().cloned()
    }

    /// Gives back the room of calls that have ended.
    pub fn shrink(&self) {
        self.calls.borrow_mut().shrink_to_fit();
        self.settled.borrow_mut().shrink_to_fit();
        self.rejections.borrow_mut().shrink_to_fit();
    }

    /// Takes a call in.
    pub fn admit(&self, call: &Arc<Call>) -> Rc<Running> {
        let running = Rc::new(Running {
            call: call.clone(),
            random: RefCell::new(Sfc32::new(call.seed())),
            message: RefCell::default(),
            responses: RefCell::default(),
            pending: RefCell::default(),
            root: RefCell::default(),
        });
        self.calls.borrow_mut().insert(call.id(), running.clone());
        running
    }

    /// The call of that number, while it runs.
    pub fn find(&self, call: CallId) -> Option<Rc<Running>> {
        self.calls.borrow().get(&call).cloned()
    }

    /// Takes the outcome of a host operation that a call waits for: what resolves its promise, and with which number.
    pub fn settle(&self, call: CallId, op: OpId, outcome: OpOutcome) -> Option<(v8::Global<v8::PromiseResolver>, i32)> {
        let running = self.find(call)?;
        let resolver = running.done_waiting(op)?;
        let number = match outcome {
            OpOutcome::Slept => 0,
            OpOutcome::Fetch(Ok(response)) => running.responses.borrow_mut().keep(response) as i32,
            OpOutcome::Fetch(Err(refusal)) => running.refuse(refusal),
        };
        Some((resolver, number))
    }

    /// Lets a call go: whatever it left behind has no effect from here.
    pub fn dismiss(&self, call: CallId) -> Option<Rc<Running>> {
        self.calls.borrow_mut().remove(&call)
    }

    /// Lets all calls go; gives their numbers in order.
    pub fn dismiss_all(&self) -> Vec<CallId> {
        let mut all: Vec<_> = self.calls.borrow_mut().drain().map(|(call, _)| call).collect();
        all.sort_unstable();
        self.rejections.borrow_mut().clear();
        all
    }

    /// Notes that the root promise of that call has settled.
    pub fn note_settled(&self, call: CallId) {
        self.settled.borrow_mut().push(call);
    }

    /// The calls whose root promises have settled since the last time, in that order.
    pub fn take_settled(&self) -> Vec<CallId> {
        std::mem::take(&mut *self.settled.borrow_mut())
    }

    /// Notes a rejection that nothing handles yet.
    pub fn note_rejection(&self, promise: v8::Global<v8::Promise>, call: Option<CallId>, text: String) {
        self.rejections.borrow_mut().push(Rejection { promise, call, text });
    }

    /// Notes that a rejection is handled after all.
    pub fn note_handled(&self, promise: &v8::Global<v8::Promise>) {
        self.rejections
            .borrow_mut()
            .retain(|rejection| rejection.promise != *promise);
    }

    /// Logs the rejections that nothing has handled by the end of the turn, each under the call that it belongs to.
    pub fn report_rejections(&self) {
        for rejection in std::mem::take(&mut *self.rejections.borrow_mut()) {
            if let Some(running) = rejection.call.and_then(|call| self.find(call)) {
                running
                    .call
                    .log(Level::Warn, &format!("unhandled promise rejection: {}", rejection.text));
            }
        }
    }
}

/// A call in flight.
pub struct Running {
    /// The core's handle.
    pub call: Arc<Call>,
    /// What `Math.random` draws from.
    pub random: RefCell<Sfc32>,
    /// Text of the last refusal.
    pub message: RefCell<String>,
    /// What its fetches have brought.
    pub responses: RefCell<Responses>,
    /// The promise that the guest's `call` gave.
    pub root: RefCell<Option<v8::Global<v8::Promise>>>,
    pending: RefCell<HashMap<OpId, v8::Global<v8::PromiseResolver>>>,
}

impl Running {
    /// Keeps the resolver of a pending host operation.
    pub fn wait_for(&self, op: OpId, resolver: v8::Global<v8::PromiseResolver>) {
        self.pending.borrow_mut().insert(op, resolver);
    }

    /// The resolver of a host operation that is no longer pending.
    pub fn done_waiting(&self, op: OpId) -> Option<v8::Global<v8::PromiseResolver>> {
        self.pending.borrow_mut().remove(&op)
    }

    /// The number that a refusal gives the guest; its text waits for `message()`.
    pub fn refuse(&self, refusal: Refusal) -> i32 {
        *self.message.borrow_mut() = refusal.message;
        refusal.code.number()
    }
}
