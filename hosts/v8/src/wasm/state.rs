//! What an isolate for wasm guests knows of the calls that run in it. Host functions find it in the isolate's slot.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    rc::Rc,
    sync::Arc,
};

use evenlane_host_core::{
    call::Call,
    engine::{CallId, OpId},
    failure::{Code, Failure, Refusal},
};

use super::instance::Guest;

/// The calls in flight in one isolate, and the one that runs.
#[derive(Default)]
pub struct State {
    calls: RefCell<HashMap<CallId, Rc<Running>>>,
    current: RefCell<Option<Rc<Running>>>,
}

impl State {
    /// The state of the isolate that runs.
    pub fn of(scope: &mut v8::PinScope<'_, '_>) -> Option<Rc<State>> {
        scope.get_slot::<Rc<State>>().cloned()
    }

    /// The call whose instance runs. Instances share nothing, so a turn runs one.
    pub fn current(&self) -> Option<Rc<Running>> {
        self.current.borrow().clone()
    }

    /// Makes that call the one that runs while `work` does.
    pub fn run<R>(&self, running: &Rc<Running>, work: impl FnOnce() -> R) -> R {
        let before = self.current.replace(Some(running.clone()));
        let result = work();
        self.current.replace(before);
        result
    }

    /// Keeps a call that is suspended.
    pub fn admit(&self, call: CallId, running: Rc<Running>) {
        self.calls.borrow_mut().insert(call, running);
    }

    /// The call of that number, while it is in flight.
    pub fn find(&self, call: CallId) -> Option<Rc<Running>> {
        self.calls.borrow().get(&call).cloned()
    }

    /// Lets a call go.
    pub fn dismiss(&self, call: CallId) -> Option<Rc<Running>> {
        self.calls.borrow_mut().remove(&call)
    }

    /// Lets all calls go; gives their numbers in order.
    pub fn dismiss_all(&self) -> Vec<CallId> {
        let mut all: Vec<_> = self.calls.borrow_mut().drain().map(|(call, _)| call).collect();
        all.sort_unstable();
        all
    }

    /// How many calls are in flight.
    pub fn in_flight(&self) -> usize {
        self.calls.borrow().len()
    }
}

/// A call, or a module's `describe`, on its instance.
pub struct Running {
    /// The core's handle; `None` for `describe`, which may use none of the host's tables, transactions and fetches.
    pub call: Option<Arc<Call>>,
    /// The instance; `None` while it is made.
    pub guest: RefCell<Option<Guest>>,
    /// Lengths of the two parts of the first payload: the name's, the arguments'.
    pub lengths: [i32; 2],
    /// Whether the guest has returned from a call that can be suspended.
    pub returned: Cell<bool>,
    payload: RefCell<Vec<u8>>,
    result: RefCell<Option<Result<String, Failure>>>,
    ending: RefCell<Option<Failure>>,
    pending: RefCell<Option<(OpId, v8::Global<v8::PromiseResolver>)>>,
    suspends: bool,
}

impl Running {
    /// A call, or `describe`; `suspends` where its instance can be suspended.
    pub fn new(call: Option<Arc<Call>>, suspends: bool) -> Rc<Running> {
        let (name, args) = call.as_ref().map_or(("", ""), |call| (call.function(), call.args()));
        let payload = [name.as_bytes(), args.as_bytes()].concat();
        let lengths = [name.len() as i32, args.len() as i32];
        Rc::new(Running {
            call,
            guest: RefCell::default(),
            lengths,
            returned: Cell::new(false),
            payload: RefCell::new(payload),
            result: RefCell::default(),
            ending: RefCell::default(),
            pending: RefCell::default(),
            suspends,
        })
    }

    /// Whether host functions that take time give a promise; elsewhere the core refuses them.
    pub fn suspends(&self) -> bool {
        self.suspends
    }

    /// Length of the waiting payload.
    pub fn payload_len(&self) -> i32 {
        self.payload.borrow().len() as i32
    }

    /// The waiting payload, once.
    pub fn take_payload(&self) -> Vec<u8> {
        self.payload.take()
    }

    /// Puts a payload in the place of the one that waited; gives its length.
    pub fn offer(&self, payload: Vec<u8>) -> i32 {
        let length = payload.len() as i32;
        self.payload.replace(payload);
        length
    }

    /// The code that a refusal gives the guest; its text is the waiting payload.
    pub fn refuse(&self, refusal: Refusal) -> i32 {
        self.offer(refusal.message.into_bytes());
        refusal.code.number()
    }

    /// Keeps the call's result.
    pub fn keep_result(&self, result: Result<String, std::string::FromUtf8Error>) {
        let result = result.map_err(|_| Failure::new(Code::BadValue.category(), "the result is not UTF-8"));
        self.result.replace(Some(result));
    }

    /// The result that the guest handed over, `null` where it handed over none.
    pub fn take_result(&self) -> Result<String, Failure> {
        self.result.take().unwrap_or_else(|| Ok("null".to_owned()))
    }

    /// Notes that the call ends with that failure, whatever its guest still does.
    pub fn end(&self, failure: Failure) {
        self.ending.borrow_mut().get_or_insert(failure);
    }

    /// The failure that the call ends with.
    pub fn ending(&self) -> Option<Failure> {
        self.ending.borrow().clone()
    }

    /// Keeps the resolver of the operation that the call is suspended at.
    pub fn wait_for(&self, op: OpId, resolver: v8::Global<v8::PromiseResolver>) {
        self.pending.replace(Some((op, resolver)));
    }

    /// The resolver of an operation that is no longer pending.
    pub fn done_waiting(&self, op: OpId) -> Option<v8::Global<v8::PromiseResolver>> {
        let mut pending = self.pending.borrow_mut();
        match pending.take() {
            Some((waiting, resolver)) if waiting == op => Some(resolver),
            other => {
                *pending = other;
                None
            }
        }
    }

    /// The resolver of the operation that the call is suspended at, whichever that is.
    pub fn stop_waiting(&self) -> Option<v8::Global<v8::PromiseResolver>> {
        self.pending.take().map(|(_, resolver)| resolver)
    }
}
