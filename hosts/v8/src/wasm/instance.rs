//! One isolate for wasm guests, and the instances in it: pooled ones are used again after a clean end only.

use std::rc::Rc;

use evenlane_host_core::{
    engine::LoadError,
    failure::{Category, Failure},
};

use super::{imports, maps, program::WasmModule, runner::RUNNER, seat, state::State};
use crate::{
    sandbox::{Globals, Sandbox},
    text::{self, Halt},
    watchdog::Stop,
};

/// An instance whose memory has grown past this is not used again, in bytes.
const KEPT_BYTES: usize = 4 << 20;
const GLUE: &str = include_str!("glue.js");

/// One instance of the module.
pub struct Guest {
    /// Its memory.
    pub memory: v8::Global<v8::WasmMemoryObject>,
    /// Its `call`; for an instance that can be suspended its runner's `run`.
    pub call: v8::Global<v8::Function>,
    /// Its `describe`; not for instances that can be suspended.
    pub describe: Option<v8::Global<v8::Function>>,
    /// The promise of the runner, once it runs; it is never fulfilled.
    pub run: Option<v8::Global<v8::Promise>>,
    /// What an idle runner waits for.
    pub next: Option<v8::Global<v8::PromiseResolver>>,
}

/// What an instance is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Reducers, hooks and `describe`: runs to its end.
    Direct,
    /// Procedures: suspended at host calls that take time.
    Suspendable,
}

/// An isolate with the module in it.
pub struct Instances {
    /// The calls in flight.
    pub state: Rc<State>,
    /// Makes and keeps instances.
    pub pool: Pool,
    sandbox: Sandbox,
}

/// Makers of instances and the idle ones.
pub struct Pool {
    module: v8::Global<v8::WasmModuleObject>,
    direct: v8::Global<v8::Function>,
    suspendable: v8::Global<v8::Function>,
    idle_direct: Vec<Guest>,
    idle_suspendable: Vec<Guest>,
}

impl Instances {
    /// Makes an isolate on this thread, where it has to stay.
    pub fn open(module: &WasmModule) -> Result<Instances, LoadError> {
        let mut sandbox = Sandbox::new(Globals::Host, &module.limits);
        let state = Rc::new(State::default());
        let pool = sandbox.with(|scope| {
            scope.set_slot(state.clone());
            Pool::new(scope, module)
        })?;
        Ok(Instances { state, pool, sandbox })
    }

    /// Runs a turn.
    pub fn turn<R>(
        &mut self,
        work: impl FnOnce(&mut v8::PinScope<'_, '_>, &mut Pool, &State) -> R,
    ) -> (R, Option<Stop>) {
        let (pool, state) = (&mut self.pool, &self.state);
        self.sandbox.turn(|scope| work(scope, pool, state))
    }
}

impl Pool {
    fn new(scope: &mut v8::PinScope<'_, '_>, module: &WasmModule) -> Result<Pool, LoadError> {
        v8::tc_scope!(let scope, scope);
        let made = (|| {
            let natives = imports::natives(scope)?;
            let seat = seat::natives(scope)?;
            let runner = v8::WasmModuleObject::compile(scope, RUNNER)?;
            let source = v8::String::new(scope, GLUE)?;
            let glue = v8::Script::compile(scope, source, None)?.run(scope)?;
            let glue = v8::Local::<v8::Function>::try_from(glue).ok()?;
            let undefined = v8::undefined(scope);
            let makers = glue.call(scope, undefined.into(), &[natives.into(), seat.into(), runner.into()])?;
            let makers = v8::Local::<v8::Array>::try_from(makers).ok()?;
            let direct = function(scope, makers, 0)?;
            let suspendable = function(scope, makers, 1)?;
            let module = v8::WasmModuleObject::from_compiled_module(scope, &module.compiled)?;
            Some(Pool {
                module: v8::Global::new(scope, module),
                direct,
                suspendable,
                idle_direct: Vec::new(),
                idle_suspendable: Vec::new(),
            })
        })();
        made.ok_or_else(|| {
            let message = text::caught_message(scope);
            LoadError::Compile(format!("the engine refused the host's glue: {message}"))
        })
    }

    /// An idle instance, or a new one.
    pub fn take(&mut self, scope: &mut v8::PinScope<'_, '_>, purpose: Use) -> Result<Guest, Halt> {
        let (idle, maker, stack) = match purpose {
            Use::Direct => (&mut self.idle_direct, &self.direct, 0),
            Use::Suspendable => (&mut self.idle_suspendable, &self.suspendable, maps::STACK),
        };
        if let Some(guest) = idle.pop() {
            return Ok(guest);
        }
        let maps = stack + maps::INSTANCE;
        if !maps::reserve(maps) {
            scope.low_memory_notification();
            if !maps::reserve(maps) {
                let message = "the process has no memory maps left for another wasm instance: try again later";
                return Err(Some(Failure::new(Category::Limit, message)));
            }
        }
        v8::tc_scope!(let scope, scope);
        let maker = v8::Local::new(scope, maker);
        let module = v8::Local::new(scope, &self.module);
        let undefined = v8::undefined(scope);
        let made = maker.call(scope, undefined.into(), &[module.into()]).and_then(|parts| {
            let parts = v8::Local::<v8::Array>::try_from(parts).ok()?;
            let memory = parts.get_index(scope, 0)?;
            let memory = v8::Local::<v8::WasmMemoryObject>::try_from(memory).ok()?;
            Some(Guest {
                memory: v8::Global::new(scope, memory),
                call: function(scope, parts, 1)?,
                describe: function(scope, parts, 2),
                run: None,
                next: None,
            })
        });
        made.ok_or_else(|| {
            let failure = text::caught(scope)?;
            let message = format!("the engine could make no instance of the module: {}", failure.message);
            Some(Failure::new(Category::Limit, message))
        })
    }

    /// Keeps an instance whose last call ended cleanly. There are never more than were in flight at once.
    pub fn give_back(&mut self, scope: &mut v8::PinScope<'_, '_>, guest: Guest, purpose: Use) {
        if v8::Local::new(scope, &guest.memory).buffer().byte_length() > KEPT_BYTES {
            return;
        }
        match purpose {
            Use::Direct => self.idle_direct.push(guest),
            Use::Suspendable => self.idle_suspendable.push(guest),
        }
    }

    /// How many instances are idle.
    pub fn idle(&self) -> usize {
        self.idle_direct.len() + self.idle_suspendable.len()
    }
}

fn function(
    scope: &mut v8::PinScope<'_, '_>,
    parts: v8::Local<'_, v8::Array>,
    index: u32,
) -> Option<v8::Global<v8::Function>> {
    let part = parts.get_index(scope, index)?;
    v8::Local::<v8::Function>::try_from(part)
        .ok()
        .map(|function| v8::Global::new(scope, function))
}
