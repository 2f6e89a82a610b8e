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

use std::process::ExitCode;

use evenlane_host_core::limits;

fn main() -> ExitCode {
    match limits::turn_budget() {
        Ok(budget) => evenlane_host_core::run(engine::V8Engine::new(budget)),
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}
