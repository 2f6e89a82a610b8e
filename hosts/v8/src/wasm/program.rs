//! A compiled wasm guest.

use std::sync::Arc;

use evenlane_host_core::{
    engine::{Blocking, Lane, LoadError, Program},
    failure::Failure,
    limits::Limits,
};

use super::{
    instance::{Instances, Use},
    lane::WasmLane,
    memory, signature,
    state::Running,
};
use crate::{
    sandbox::{Globals, Sandbox},
    text, watchdog,
};

/// A module, compiled once for all isolates.
pub struct WasmModule {
    name: String,
    /// V8's compiled code.
    pub compiled: v8::CompiledWasmModule,
    /// The bounds of its turns.
    pub limits: Limits,
}

/// The program of a wasm guest.
pub struct WasmProgram(Arc<WasmModule>);

impl WasmProgram {
    /// Validates and compiles a guest, whose memory has the bound of those limits.
    pub fn compile(name: &str, bytes: &[u8], limits: &Limits) -> Result<WasmProgram, LoadError> {
        signature::check(name, bytes)?;
        let bounded = memory::bounded(bytes, limits.memory_bytes);
        let bounded = bounded.map_err(|message| LoadError::Compile(format!("{name}: {message}")))?;
        let compiled = Sandbox::new(Globals::Host, limits).with(|scope| {
            v8::tc_scope!(let scope, scope);
            match v8::WasmModuleObject::compile(scope, &bounded) {
                Some(module) => Ok(module.get_compiled_module()),
                None => {
                    let message = text::caught_message(scope);
                    Err(LoadError::Compile(format!("{name}: {message}")))
                }
            }
        })?;
        Ok(WasmProgram(Arc::new(WasmModule {
            name: name.to_owned(),
            compiled,
            limits: limits.clone(),
        })))
    }
}

impl Program for WasmProgram {
    fn describe(&self) -> Result<String, LoadError> {
        let refused =
            |failure: Failure| LoadError::Describe(format!("{}: `describe` failed: {}", self.0.name, failure.message));
        let mut instances = Instances::open(&self.0)?;
        let running = Running::new(None, false);
        let (outcome, stop) = instances.turn(|scope, pool, state| {
            state.run(&running, || {
                let guest = pool.take(scope, Use::Direct)?;
                let describe = guest.describe.clone();
                running.guest.replace(Some(guest));
                let describe = describe.ok_or_else(|| Failure::guest("it is not exported"))?;
                super::lane::enter(scope, &running, &describe, &[])?;
                running.take_result().map_err(Some)
            })
        });
        watchdog::conclude(stop, outcome).map_err(refused)
    }

    fn open_lane(&self) -> Result<Box<dyn Lane>, LoadError> {
        Ok(Box::new(WasmLane::open(self.0.clone())?))
    }

    fn open_blocking(&self) -> Result<Box<dyn Blocking>, LoadError> {
        Err(LoadError::Compile(format!(
            "{}: a wasm guest has no synchronous procedures: V8 suspends them",
            self.0.name
        )))
    }
}
