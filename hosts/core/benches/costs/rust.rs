//! An engine whose guest is Rust code: what is left of a turn where the guest costs nothing.

use std::sync::Arc;

use evenlane_host_core::{
    call::Call,
    engine::{Blocking, CallId, Ended, Engine, Guest, HostClock, Lane, LoadError, OpId, OpOutcome, Outcome, Program},
    limits::Limits,
};

/// What the module says of itself: the functions that every guest of the benches has.
pub const SOURCE: &str = r#"{"abi":1,"name":"bench","tables":[],"hooks":[],"functions":[{"name":"nothing","kind":"reducer","params":[]},{"name":"hold","kind":"procedure","mode":"async","params":[]}]}"#;

/// The engine, its one program, and its lane.
#[derive(Clone, Copy)]
pub struct Rust;

impl Engine for Rust {
    fn host(&self) -> (&str, &str) {
        ("bench", "0")
    }

    fn versions(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    fn guests(&self) -> &[Guest] {
        &[Guest::Ts]
    }

    fn blocking_pool(&self) -> Option<usize> {
        None
    }

    fn compile(
        &self,
        _guest: Guest,
        _name: &str,
        _source: &[u8],
        _limits: &Limits,
        _clock: &HostClock,
    ) -> Result<Arc<dyn Program>, LoadError> {
        Ok(Arc::new(Rust))
    }
}

impl Program for Rust {
    fn describe(&self) -> Result<String, LoadError> {
        Ok(SOURCE.to_owned())
    }

    fn open_lane(&self) -> Result<Box<dyn Lane>, LoadError> {
        Ok(Box::new(Rust))
    }

    fn open_blocking(&self) -> Result<Box<dyn Blocking>, LoadError> {
        unreachable!("the module has no synchronous procedures")
    }
}

impl Lane for Rust {
    fn reduce(&mut self, _call: &Arc<Call>, _ended: &mut Vec<Ended>) -> Outcome {
        Ok("null".to_owned())
    }

    fn start(&mut self, call: Arc<Call>, _ended: &mut Vec<Ended>) {
        call.sleep_until(1e9).expect("a procedure may sleep");
    }

    fn resume(&mut self, call: CallId, _op: OpId, _outcome: OpOutcome, ended: &mut Vec<Ended>) {
        let outcome = Ok("null".to_owned());
        ended.push(Ended { call, outcome });
    }

    fn discard(&mut self, _call: CallId) {}

    fn instances(&self) -> usize {
        0
    }
}
