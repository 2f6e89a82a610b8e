//! The limit: an engine without a guest, whose functions are those of the module `load` as Rust code. A host with it
//! reads the same frames, makes the same fetches and commits the same rows as one with a guest, on the same runtime, so that
//! what it reaches is what a guest's cost is measured against.

mod description;
mod functions;
mod lane;

use std::sync::Arc;

use evenlane_host_core::{
    engine::{Blocking, Engine, Guest, HostClock, Lane, LoadError, Program},
    limits::Limits,
};

use lane::{LimitBlocking, LimitLane};

/// How many synchronous procedures run at once: as many as in the hosts with an engine.
const BLOCKING_POOL: usize = 4;

/// The engine that has no guest. Whatever file it is given, the module is `load`.
pub struct LimitEngine;

impl Engine for LimitEngine {
    fn host(&self) -> (&str, &str) {
        ("evenlane-bench-limit", env!("CARGO_PKG_VERSION"))
    }

    fn versions(&self) -> Vec<(String, String)> {
        vec![("none".to_owned(), env!("CARGO_PKG_VERSION").to_owned())]
    }

    fn guests(&self) -> &[Guest] {
        &[Guest::Ts, Guest::As]
    }

    fn blocking_pool(&self) -> Option<usize> {
        Some(BLOCKING_POOL)
    }

    fn compile(
        &self,
        guest: Guest,
        _name: &str,
        _source: &[u8],
        _limits: &Limits,
        _clock: &HostClock,
    ) -> Result<Arc<dyn Program>, LoadError> {
        Ok(Arc::new(LimitProgram(guest)))
    }
}

/// The functions, under the modes of that language.
struct LimitProgram(Guest);

impl Program for LimitProgram {
    fn describe(&self) -> Result<String, LoadError> {
        Ok(description::of(self.0))
    }

    fn open_lane(&self) -> Result<Box<dyn Lane>, LoadError> {
        Ok(Box::<LimitLane>::default())
    }

    fn open_blocking(&self) -> Result<Box<dyn Blocking>, LoadError> {
        Ok(Box::new(LimitBlocking))
    }
}
