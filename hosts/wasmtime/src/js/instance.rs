//! One instance of the engine with the guest in it: what the lane and each thread of the pool run calls in.

use std::sync::Arc;

use evenlane_host_core::{
    call::Call,
    engine::{CallId, Ended, LoadError, Outcome, failures},
    failure::{Category, Failure},
};
use wasmtime::{Error, Result, Store};

use super::{
    bound::{MemoryBound, MemoryExceeded},
    exports::Exports,
    load::{self, Loaded},
    program::JsModule,
    promises::Promised,
    quickjs::{Kind, QuickJs, Value},
    realm::{Path, Realm},
};
use crate::bounds::Bounds;

/// Bytes that calls may take of the stack that the engine has in its memory, which is 1 MiB, before it throws an overflow. The
/// machine's stack, of which frames take up to four times as much, lasts longer: to exhaust that would cost the lane.
const STACK_BYTES: i32 = 896 << 10;

/// An instance in which the guest has been evaluated.
pub(crate) struct Instance {
    store: Store<Realm>,
    loaded: Loaded,
}

/// What the guest's `call` gave.
pub(crate) enum Gave {
    /// A string: the result's JSON text.
    Text(String),
    /// A promise of the engine's own.
    Promise(Value),
    /// Another object with a callable `then`.
    Thenable,
    /// Nothing of use: it threw, or gave what is no result.
    Failed(Failure),
}

/// A turn that was ended in the middle. The instance is of no use any more.
pub(crate) struct Stop(Failure);

impl Stop {
    /// Why, from what ended it.
    pub fn of(error: &Error, bounds: &Bounds) -> Stop {
        let failure = if error.is::<MemoryExceeded>() {
            Failure::new(Category::Memory, error.root_cause().to_string())
        } else {
            crate::instance::failure(error, bounds)
        };
        Stop(failure)
    }

    /// How the call ends whose turn it was.
    pub fn failure(&self) -> Failure {
        self.0.clone()
    }
}

impl Instance {
    /// Makes one on this thread and evaluates the guest in it.
    pub fn open(module: &JsModule, path: Path) -> Result<Instance, LoadError> {
        let bounds = Bounds::new(&module.limits);
        let limiter = MemoryBound::new(module.limits.memory_bytes);
        let realm = Realm::new(path, limiter, bounds.clone(), module.clock.clone());
        let mut store = Store::new(module.engine.pre.module().engine(), realm);
        store.limiter(|realm| &mut realm.limiter);
        let looked = bounds.clone();
        store.epoch_deadline_callback(move |_| Ok(looked.look()));
        store.set_epoch_deadline(1);
        bounds.start_turn();
        let loaded = begin(&mut store, module).and_then(|()| {
            let mut js = QuickJs::of(&mut store)?;
            load::load(&mut js, &module.source, &module.name)
        });
        let refused = |message: String| LoadError::Compile(format!("{}: {message}", module.name));
        match loaded {
            Ok(Ok(loaded)) => Ok(Instance { store, loaded }),
            Ok(Err(message)) => Err(refused(message)),
            Err(error) => {
                let why = Stop::of(&error, &bounds).0.message;
                Err(refused(format!("its evaluation was stopped: {why}")))
            }
        }
    }

    /// What the store knows of the calls in it.
    pub fn realm(&mut self) -> &mut Realm {
        self.store.data_mut()
    }

    /// Runs a function that has to end with its first code: where it gives a promise or another thenable, it fails by what
    /// `refused` says. What it left in the queue of jobs waits.
    pub fn run(&mut self, call: &Arc<Call>, refused: fn(&Call) -> Failure) -> Result<Outcome, Stop> {
        self.realm().admit(call);
        self.turn(Some(call.id()), |js, loaded| {
            let gave = invoke(js, loaded, call)?;
            report_rejections(js)?;
            dismiss(js, call.id())?;
            Ok(match gave {
                Gave::Text(text) => Ok(text),
                Gave::Failed(failure) => Err(failure),
                Gave::Thenable => Err(refused(call)),
                Gave::Promise(promise) => {
                    js.mark_handled(promise)?;
                    js.free(promise)?;
                    Err(refused(call))
                }
            })
        })
    }

    /// Runs a turn. What runs in it belongs to `current`.
    pub fn turn<R>(
        &mut self,
        current: Option<CallId>,
        work: impl FnOnce(&mut QuickJs<'_>, &Loaded) -> Result<R>,
    ) -> Result<R, Stop> {
        let bounds = self.store.data().bounds.clone();
        bounds.start_turn();
        self.store.data_mut().current = current;
        let mut js = QuickJs::of(&mut self.store).map_err(|error| Stop::of(&error, &bounds))?;
        let result = work(&mut js, &self.loaded).map_err(|error| Stop::of(&error, &bounds));
        self.store.data_mut().current = None;
        result
    }

    /// What the guest says of itself.
    pub fn describe(&mut self) -> Result<Result<String, String>, Stop> {
        self.turn(None, |js, loaded| {
            match js.call(loaded.describe, loaded.guest, &[])? {
                Ok(given) => {
                    let text = js.text(given)?;
                    Ok(text.ok_or_else(|| "it must give JSON text: a string without lone surrogates".to_owned()))
                }
                Err(thrown) => text_of(js, thrown).map(Err),
            }
        })
    }
}

fn begin(store: &mut Store<Realm>, module: &JsModule) -> Result<()> {
    let instance = module.engine.pre.instantiate(&mut *store)?;
    instance
        .get_typed_func::<(), ()>(&mut *store, "_initialize")?
        .call(&mut *store, ())?;
    let begun = instance
        .get_typed_func::<(), i32>(&mut *store, "qjs_init")?
        .call(&mut *store, ())?;
    if begun != 0 {
        return Err(Error::new(MemoryExceeded));
    }
    let exports = Exports::find(store, &instance)?;
    store.data_mut().exports = Some(Arc::new(exports));
    QuickJs::of(store)?.configure(STACK_BYTES)
}

/// Calls the guest's `call`, and does no more: what it left in the queue of jobs waits.
pub(crate) fn invoke(js: &mut QuickJs<'_>, loaded: &Loaded, call: &Call) -> Result<Gave> {
    let (name, args) = (js.new_text(call.function())?, js.new_text(call.args())?);
    let (Ok(name), Ok(args)) = (name, args) else {
        let message = "the arguments do not fit in the engine";
        return Ok(Gave::Failed(Failure::new(Category::Limit, message)));
    };
    // Exact: call numbers stay far below 2^53.
    let id = js.new_number(call.id() as f64)?;
    let undefined = js.undefined()?;
    let passed = [loaded.guest, loaded.call, id, name, args];
    let gave = js.call(loaded.invoke, undefined, &passed)?;
    for value in [undefined, id, name, args] {
        js.free(value)?;
    }
    match gave {
        Ok(value) => classify(js, loaded, value),
        Err(thrown) => failed(js, thrown).map(Gave::Failed),
    }
}

fn classify(js: &mut QuickJs<'_>, loaded: &Loaded, value: Value) -> Result<Gave> {
    if js.is(value, Kind::Promise)? {
        return Ok(Gave::Promise(value));
    }
    let gave = if js.is(value, Kind::String)? {
        match result(js, value)? {
            Ok(text) => Gave::Text(text),
            Err(failure) => Gave::Failed(failure),
        }
    } else {
        let undefined = js.undefined()?;
        match js.call(loaded.is_thenable, undefined, &[value])? {
            Ok(answer) if js.is_true(answer)? => Gave::Thenable,
            Ok(_) => Gave::Failed(no_text()),
            Err(thrown) => Gave::Failed(failed(js, thrown)?),
        }
    };
    js.free(value)?;
    Ok(gave)
}

/// The result's text.
fn result(js: &mut QuickJs<'_>, value: Value) -> Result<Outcome> {
    if !js.is(value, Kind::String)? {
        return Ok(Err(no_text()));
    }
    let text = js.text(value)?;
    Ok(text.ok_or_else(failures::lone_surrogate))
}

fn no_text() -> Failure {
    Failure::guest("`call` of the module must give the result's JSON text, but gave what is no string")
}

/// The failure of a call whose guest threw that value, which is freed.
fn failed(js: &mut QuickJs<'_>, thrown: Value) -> Result<Failure> {
    let text = text_of(js, thrown)?;
    js.free(thrown)?;
    Ok(Failure::guest(text))
}

/// What a thrown value says. Runs no code of the guest.
pub(crate) fn text_of(js: &mut QuickJs<'_>, thrown: Value) -> Result<String> {
    let unworded = "the guest threw a value that has no text".to_owned();
    let Some(word) = js.realm().text_of else {
        return Ok(unworded);
    };
    let is_error = js.is(thrown, Kind::Error)?;
    let (undefined, flag) = (js.undefined()?, js.new_number(f64::from(u8::from(is_error)))?);
    let text = match js.call(word, undefined, &[thrown, flag])? {
        Ok(text) => {
            let worded = js.lossy_text(text)?;
            js.free(text)?;
            worded
        }
        // Its stack or memory did not suffice.
        Err(thrown) => {
            js.free(thrown)?;
            unworded
        }
    };
    js.free(flag)?;
    js.free(undefined)?;
    Ok(text)
}

/// Has the call noted as settled once its root promise is.
pub(crate) fn watch(js: &mut QuickJs<'_>, loaded: &Loaded, call: CallId, root: Value) -> Result<()> {
    let (undefined, id) = (js.undefined()?, js.new_number(call as f64)?);
    if let Ok(reaction) = js.call(loaded.on_settled, undefined, &[id])? {
        js.on_settled(root, reaction)?;
        js.free(reaction)?;
    }
    js.free(id)?;
    js.free(undefined)
}

/// Runs the queue of jobs until it is empty, once, then ends the calls whose root promises have settled.
pub(crate) fn drain(js: &mut QuickJs<'_>, ended: &mut Vec<Ended>) -> Result<()> {
    js.run_jobs()?;
    report_rejections(js)?;
    for call in js.realm().take_settled() {
        let root = js.realm().find(call).and_then(|running| running.root);
        if let Some(root) = root
            && let Some(outcome) = outcome(js, root)?
        {
            ended.push(Ended { call, outcome });
        }
        dismiss(js, call)?;
    }
    Ok(())
}

/// Logs the rejections that nothing has handled.
pub(crate) fn report_rejections(js: &mut QuickJs<'_>) -> Result<()> {
    for promise in js.realm().report_rejections() {
        js.free(promise)?;
    }
    Ok(())
}

/// Lets a call go, and what the engine kept for it.
pub(crate) fn dismiss(js: &mut QuickJs<'_>, call: CallId) -> Result<()> {
    let Some(running) = js.realm().dismiss(call) else {
        return Ok(());
    };
    for value in running.root.into_iter().chain(running.pending.into_values()) {
        js.free(value)?;
    }
    Ok(())
}

/// How a call's root promise has settled.
fn outcome(js: &mut QuickJs<'_>, root: Value) -> Result<Option<Outcome>> {
    let state = js.state(root)?;
    if state == Promised::Pending {
        return Ok(None);
    }
    let value = js.promised(root)?;
    if state == Promised::Rejected {
        return failed(js, value).map(|failure| Some(Err(failure)));
    }
    let outcome = result(js, value)?;
    js.free(value)?;
    Ok(Some(outcome))
}
