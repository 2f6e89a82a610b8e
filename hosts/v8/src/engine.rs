//! The engine, as the core sees it.

use std::sync::Arc;

use evenlane_host_core::{
    engine::{Engine, Guest, HostClock, LoadError, Program},
    limits::Limits,
    options::Options,
};

use crate::{ts::TsProgram, wasm::WasmProgram};

/// How many synchronous procedures of a module run at once, each on a thread and in an isolate of its own, unless an operator says.
const BLOCKING_POOL: usize = 4;
/// Procedures of one module in flight at once. A suspended wasm call takes about five memory maps, of which Linux gives
/// a process 65,530.
const IN_FLIGHT: usize = 10_000;

/// V8.
pub struct V8Engine {
    blocking_pool: usize,
}

impl V8Engine {
    /// Initialises V8, for the whole process. To be called first on the main thread.
    #[allow(clippy::new_without_default, reason = "it does more than make a value")]
    pub fn new() -> V8Engine {
        crate::platform::initialize();
        V8Engine {
            blocking_pool: BLOCKING_POOL,
        }
    }

    /// The same as an operator has set it.
    pub fn with(self, options: Options) -> V8Engine {
        V8Engine {
            blocking_pool: options.blocking_pool.unwrap_or(self.blocking_pool),
        }
    }
}

impl Engine for V8Engine {
    fn host(&self) -> (&str, &str) {
        ("evenlane-host-v8", env!("CARGO_PKG_VERSION"))
    }

    fn versions(&self) -> Vec<(String, String)> {
        vec![("v8".to_owned(), v8::V8::get_version().to_owned())]
    }

    fn guests(&self) -> &[Guest] {
        &[Guest::Ts, Guest::As]
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
        match guest {
            Guest::Ts => Ok(Arc::new(TsProgram::compile(name, source, limits, clock)?)),
            Guest::As => Ok(Arc::new(WasmProgram::compile(name, source, limits)?)),
        }
    }
}
