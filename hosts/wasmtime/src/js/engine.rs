//! The JavaScript engine that guests in JavaScript run in: QuickJS, itself a wasm module.

use evenlane_host_core::limits::TURN_STACK_BYTES;
use wasmtime::{Config, Engine, InstancePre, Linker, Module, Result};

use super::{imports, realm::Realm};
use crate::bounds;

/// QuickJS as the npm package `quickjs-wasi` ships it.
const QUICKJS: &[u8] = include_bytes!("../../../../node_modules/quickjs-wasi/quickjs.wasm");
/// Version of QuickJS in it. A test compares it with what the module says itself.
pub(crate) const QUICKJS_VERSION: &str = "0.17.0";
/// Bytes of the machine's stack that the engine may use; the rest of a thread's is the host's.
const STACK_BYTES: usize = TURN_STACK_BYTES - (2 << 20);
/// Bytes of addresses that an instance's memory gets at once.
const MEMORY_RESERVATION: u64 = 512 << 20;

/// QuickJS, compiled and linked.
pub(crate) struct JsEngine {
    /// What instances are made of.
    pub pre: InstancePre<Realm>,
}

impl JsEngine {
    /// Compiles it: for itself, because its bounds are others than those of wasm guests.
    pub fn new() -> Result<JsEngine> {
        let mut config = Config::new();
        config
            .epoch_interruption(true)
            .memory_reservation(MEMORY_RESERVATION)
            .memory_init_cow(true)
            .max_wasm_stack(STACK_BYTES)
            .async_stack_size(TURN_STACK_BYTES);
        let engine = Engine::new(&config)?;
        bounds::start_ticking(&engine)?;
        let module = Module::from_binary(&engine, QUICKJS)?;
        let mut linker = Linker::new(&engine);
        imports::define(&mut linker)?;
        Ok(JsEngine {
            pre: linker.instantiate_pre(&module)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_that_of_the_module() {
        let version = format!("{QUICKJS_VERSION}\0");
        assert!(QUICKJS.windows(version.len()).any(|bytes| bytes == version.as_bytes()));
    }
}
