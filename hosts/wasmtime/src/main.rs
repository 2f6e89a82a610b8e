//! The wasmtime host: wasm guests, suspended at host calls, one thread for all turns of a module.

mod abi;
mod budget;
mod engine;
mod executor;
mod guest;
mod imports;
mod instance;
mod mailbox;
mod program;

use evenlane_host_core::limits;

fn main() {
    let engine = limits::turn_budget().and_then(|budget| {
        let engine = engine::WasmtimeEngine::new(budget);
        engine.map_err(|error| format!("wasmtime cannot be set up on this machine: {error:#}"))
    });
    match engine {
        Ok(engine) => evenlane_host_core::run(engine),
        Err(error) => {
            eprintln!("{error}");
            std::process::exit(1);
        }
    }
}
