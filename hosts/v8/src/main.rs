//! The Evenlane host on V8.

mod buffers;
mod engine;
mod platform;
mod running;
mod sandbox;
mod text;
mod ts;
mod wasm;
mod watchdog;

use std::time::Duration;

use evenlane_host_core::limits::TURN_BUDGET;

/// Milliseconds of CPU time that one turn of a guest may take; for tests, in the place of the core's limit.
const BUDGET_VARIABLE: &str = "EVENLANE_TURN_BUDGET_MS";

fn main() {
    let budget = std::env::var(BUDGET_VARIABLE)
        .ok()
        .and_then(|millis| millis.parse().ok())
        .map_or(TURN_BUDGET, Duration::from_millis);
    evenlane_host_core::run(engine::V8Engine::new(budget))
}
