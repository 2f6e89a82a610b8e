//! One isolate with the guest in it: what the lane and each thread of the pool run calls in.

use std::{rc::Rc, sync::Arc};

use evenlane_host_core::{
    call::Call,
    engine::{Ended, LoadError, Outcome, failures},
    failure::{Category, Failure},
};

use super::{
    host,
    load::Loaded,
    program::TsModule,
    serve,
    state::{Path, Running, State},
};
use crate::{
    running,
    sandbox::Sandbox,
    text::{self, Halt},
    watchdog::{Stop, conclude},
};

/// An isolate in which the guest has been evaluated.
pub struct Instance {
    /// The calls in flight in it.
    pub state: Rc<State>,
    entry: Entry,
    sandbox: Sandbox,
}

/// What a turn needs to enter the guest.
pub struct Entry {
    loaded: Loaded,
    template: v8::Global<v8::ObjectTemplate>,
    on_settled: v8::Global<v8::Function>,
}

/// What the guest's `call` gave.
pub enum Gave<'s> {
    /// A string: the result's JSON text.
    Text(String),
    /// A promise of the engine's own.
    Promise(v8::Local<'s, v8::Promise>),
    /// Another object with a callable `then`.
    Thenable,
}

impl Instance {
    /// Makes one on this thread, where it has to stay.
    pub fn open(module: &TsModule, path: Path) -> Result<Instance, LoadError> {
        let (mut sandbox, loaded) = module.instantiate()?;
        let state = State::new(path, sandbox.watch().clone());
        let (template, on_settled) = sandbox.with(|scope| {
            scope.set_slot(state.clone());
            scope.set_promise_reject_callback(on_rejection);
            let template = host::template(scope);
            let on_settled = v8::Function::new(scope, on_settled)
                .ok_or_else(|| LoadError::Compile("the engine has no memory left".to_owned()))?;
            Ok((v8::Global::new(scope, template), v8::Global::new(scope, on_settled)))
        })?;
        Ok(Instance {
            state,
            entry: Entry {
                loaded,
                template,
                on_settled,
            },
            sandbox,
        })
    }

    /// Runs a function that has to end with its first code: where it gives a promise or another thenable, it fails by what
    /// `refused` says. What it left in the microtask queue waits.
    pub fn run(&mut self, call: &Arc<Call>, refused: fn(&Call) -> Failure) -> (Outcome, Option<Stop>) {
        let id = call.id();
        self.state.admit(call);
        let (outcome, stop) = self.turn(|scope, entry, state| {
            running::enter(scope, id);
            let gave = entry.invoke(scope, call);
            running::leave(scope);
            state.report_rejections();
            state.dismiss(id);
            match gave? {
                Gave::Text(text) => Ok(text),
                Gave::Promise(promise) => {
                    promise.mark_as_handled();
                    Err(Some(refused(call)))
                }
                Gave::Thenable => Err(Some(refused(call))),
            }
        });
        (conclude(stop, outcome), stop)
    }

    /// Runs a turn.
    pub fn turn<R>(&mut self, work: impl FnOnce(&mut v8::PinScope<'_, '_>, &Entry, &State) -> R) -> (R, Option<Stop>) {
        let (entry, state) = (&self.entry, &self.state);
        self.sandbox.turn(|scope| work(scope, entry, state))
    }

    /// Gives back what the calls that have ended left in its heap.
    pub fn give_back(&mut self) {
        self.state.shrink();
        self.sandbox.give_back();
    }
}

impl Entry {
    /// Calls the guest's `call`.
    pub fn invoke<'s>(&self, scope: &mut v8::PinScope<'s, '_>, call: &Call) -> Result<Gave<'s>, Halt> {
        v8::tc_scope!(let scope, scope);
        let template = v8::Local::new(scope, &self.template);
        let guest = v8::Local::new(scope, &self.loaded.guest);
        let function = v8::Local::new(scope, &self.loaded.call);
        let host = host::object(scope, template, call.id());
        let name = v8::String::new(scope, call.function());
        let args = v8::String::new(scope, call.args());
        let (Some(host), Some(name), Some(args)) = (host, name, args) else {
            let message = "the arguments do not fit in the memory of the engine";
            return Err(Some(Failure::new(Category::Limit, message)));
        };
        let gave = function
            .call(scope, guest.into(), &[host.into(), name.into(), args.into()])
            .and_then(|value| classify(scope, value));
        match gave {
            Some(gave) => gave.map_err(Some),
            None => Err(text::caught(scope)),
        }
    }

    /// Has the call noted as settled once the promise is: one shared function, which knows the call by what `then`
    /// captures here.
    pub fn watch(&self, scope: &mut v8::PinScope<'_, '_>, root: v8::Local<'_, v8::Promise>) -> Result<(), Halt> {
        v8::tc_scope!(let scope, scope);
        let settled = v8::Local::new(scope, &self.on_settled);
        match root.then2(scope, settled, settled) {
            Some(_) => Ok(()),
            None => Err(text::caught(scope)),
        }
    }
}

/// `None`: an exception is pending.
fn classify<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    value: v8::Local<'s, v8::Value>,
) -> Option<Result<Gave<'s>, Failure>> {
    if let Ok(promise) = v8::Local::<v8::Promise>::try_from(value) {
        return Some(Ok(Gave::Promise(promise)));
    }
    if value.is_string() {
        return Some(result(scope, value).map(Gave::Text));
    }
    Some(if serve::is_thenable(scope, value)? {
        Ok(Gave::Thenable)
    } else {
        Err(no_text(scope, value))
    })
}

/// The result's text.
fn result(scope: &mut v8::PinScope<'_, '_>, value: v8::Local<'_, v8::Value>) -> Result<String, Failure> {
    if !value.is_string() {
        return Err(no_text(scope, value));
    }
    text::exact(scope, value).ok_or_else(failures::lone_surrogate)
}

fn no_text(scope: &mut v8::PinScope<'_, '_>, value: v8::Local<'_, v8::Value>) -> Failure {
    let kind = value.type_of(scope).to_rust_string_lossy(scope);
    Failure::guest(format!(
        "`call` of the module must give the result's JSON text, but gave a value of type {kind}"
    ))
}

/// Drains the microtasks once, then ends the calls whose root promises have settled.
pub fn drain(scope: &mut v8::PinScope<'_, '_>, state: &State, ended: &mut Vec<Ended>) {
    scope.perform_microtask_checkpoint();
    state.report_rejections();
    for call in state.take_settled() {
        let Some(running) = state.dismiss(call) else { continue };
        if let Some(outcome) = outcome(scope, &running) {
            ended.push(Ended { call, outcome });
        }
    }
}

/// How a call's root promise has settled.
fn outcome(scope: &mut v8::PinScope<'_, '_>, running: &Running) -> Option<Outcome> {
    let root = running.root.borrow();
    let root = v8::Local::new(scope, root.as_ref()?);
    match root.state() {
        v8::PromiseState::Pending => None,
        v8::PromiseState::Fulfilled => {
            let value = root.result(scope);
            Some(result(scope, value))
        }
        v8::PromiseState::Rejected => {
            let thrown = root.result(scope);
            Some(Err(text::failure(scope, thrown)))
        }
    }
}

/// The reaction of every root promise.
fn on_settled(
    scope: &mut v8::PinScope<'_, '_>,
    _: v8::FunctionCallbackArguments<'_>,
    _: v8::ReturnValue<'_, v8::Value>,
) {
    if let (Some(state), Some(call)) = (State::of(scope), running::read(scope)) {
        state.note_settled(call);
    }
}

unsafe extern "C" fn on_rejection(message: v8::PromiseRejectMessage<'_>) {
    v8::callback_scope!(unsafe scope, &message);
    let Some(state) = State::of(scope) else { return };
    let promise = v8::Global::new(scope, message.get_promise());
    match message.get_event() {
        v8::PromiseRejectEvent::PromiseRejectWithNoHandler => {
            let text = message
                .get_value()
                .map_or_else(String::new, |value| text::thrown(scope, value));
            let call = running::tell(scope);
            state.note_rejection(promise, call, text);
        }
        v8::PromiseRejectEvent::PromiseHandlerAddedAfterReject => state.note_handled(&promise),
        v8::PromiseRejectEvent::PromiseRejectAfterResolved | v8::PromiseRejectEvent::PromiseResolveAfterResolved => {}
    }
}
