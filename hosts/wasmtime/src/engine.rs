//! The engine: how wasmtime is set up for thousands of suspended calls.

use std::sync::{Arc, Mutex, PoisonError};

use evenlane_host_core::{
    engine::{Engine, Guest, HostClock, LoadError, Program},
    limits::Limits,
    options::Options,
};
use wasmtime::{Config, InstanceAllocationStrategy, Module, PoolingAllocationConfig};

use crate::{
    bounds,
    js::{JsEngine, JsProgram, QUICKJS_VERSION},
    program::GuestProgram,
};

/// Version of wasmtime, which does not tell it at run time. A test compares it with the lock file.
const WASMTIME_VERSION: &str = "48.0.8";
/// Procedures of one module in flight at once. Each takes about five memory maps, of which Linux gives a process 65,530.
const IN_FLIGHT: usize = 10_000;
/// Instances of all modules together: those in flight, and some for reducers and for later.
const INSTANCES: u32 = 10_240;
/// Bytes that the memory of one instance may have. Reserved as addresses, used as it grows.
const MEMORY_BYTES: usize = 256 << 20;
/// Bytes of a fiber's stack: the guest's part, and what host calls need on top of it. Only touched pages are used.
const FIBER_STACK_BYTES: usize = 512 << 10;
/// Threads of a module that run synchronous procedures of JavaScript guests, unless an operator says.
const BLOCKING_POOL: usize = 4;
/// Bytes of stack that guest code may use, on a fiber or not.
const GUEST_STACK_BYTES: usize = 256 << 10;

/// wasmtime with a pooling allocator, and beside it the engine of JavaScript guests.
pub struct WasmtimeEngine {
    engine: wasmtime::Engine,
    /// Made for the first JavaScript guest: to compile it takes a second.
    js: Mutex<Option<Arc<JsEngine>>>,
    blocking_pool: usize,
}

impl WasmtimeEngine {
    /// Sets wasmtime up and starts the thread that ticks its epoch. Where the system refuses the addresses for the
    /// pool, instances are allocated one by one, which is slower and otherwise the same.
    pub fn new() -> wasmtime::Result<WasmtimeEngine> {
        let engine = wasmtime::Engine::new(&config(InstanceAllocationStrategy::Pooling(pool()))).or_else(|error| {
            eprintln!("no pool of instances: {error:#}; they are allocated one by one");
            wasmtime::Engine::new(&config(InstanceAllocationStrategy::OnDemand))
        })?;
        bounds::start_ticking(&engine)?;
        Ok(WasmtimeEngine {
            engine,
            js: Mutex::default(),
            blocking_pool: BLOCKING_POOL,
        })
    }

    /// The same as an operator has set it.
    pub fn with(self, options: Options) -> WasmtimeEngine {
        let blocking_pool = options.blocking_pool.unwrap_or(self.blocking_pool);
        WasmtimeEngine { blocking_pool, ..self }
    }

    fn javascript(&self) -> Result<Arc<JsEngine>, LoadError> {
        let mut made = self.js.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(engine) = &*made {
            return Ok(Arc::clone(engine));
        }
        let engine = JsEngine::new();
        let engine = engine.map_err(|error| LoadError::Compile(format!("QuickJS cannot be set up: {error:#}")))?;
        Ok(Arc::clone(made.insert(Arc::new(engine))))
    }
}

fn config(allocation: InstanceAllocationStrategy) -> Config {
    let mut config = Config::new();
    config
        .allocation_strategy(allocation)
        .epoch_interruption(true)
        .memory_reservation(MEMORY_BYTES as u64)
        .memory_init_cow(true)
        .max_wasm_stack(GUEST_STACK_BYTES)
        .async_stack_size(FIBER_STACK_BYTES);
    config
}

fn pool() -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_core_instances(INSTANCES)
        .total_memories(INSTANCES)
        .total_tables(INSTANCES)
        .total_stacks(INSTANCES)
        .max_memory_size(MEMORY_BYTES);
    pool
}

impl Engine for WasmtimeEngine {
    fn host(&self) -> (&str, &str) {
        ("evenlane-host-wasmtime", env!("CARGO_PKG_VERSION"))
    }

    fn versions(&self) -> Vec<(String, String)> {
        vec![
            ("wasmtime".to_owned(), WASMTIME_VERSION.to_owned()),
            ("quickjs-ng".to_owned(), QUICKJS_VERSION.to_owned()),
        ]
    }

    fn guests(&self) -> &[Guest] {
        &[Guest::As, Guest::Ts]
    }

    fn blocking_pool(&self) -> Option<usize> {
        Some(self.blocking_pool)
    }

    fn max_in_flight(&self) -> Option<usize> {
        Some(IN_FLIGHT)
    }

    fn compile(
        &self,
        guest: Guest,
        name: &str,
        source: &[u8],
        limits: &Limits,
        clock: &HostClock,
    ) -> Result<Arc<dyn Program>, LoadError> {
        if guest == Guest::Ts {
            let program = JsProgram::compile(self.javascript()?, name, source, limits, clock)?;
            return Ok(Arc::new(program));
        }
        let module = Module::from_binary(&self.engine, source);
        let module = module
            .map_err(|error| LoadError::Compile(format!("{name} is no wasm module that wasmtime takes: {error:#}")))?;
        Ok(Arc::new(GuestProgram::link(&module, limits)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_that_of_the_lock_file() {
        let lock = include_str!("../../../Cargo.lock");
        assert!(lock.contains(&format!("name = \"wasmtime\"\nversion = \"{WASMTIME_VERSION}\"")));
    }
}
