//! The Evenlane host on wasmtime.

use evenlane_host_core::options::Options;
use evenlane_host_wasmtime::WasmtimeEngine;

fn main() {
    let options = Options::of_process("evenlane-host-wasmtime");
    match WasmtimeEngine::new() {
        Ok(engine) => evenlane_host_core::run(engine.with(options)),
        Err(error) => {
            eprintln!("wasmtime cannot be set up on this machine: {error:#}");
            std::process::exit(1);
        }
    }
}
