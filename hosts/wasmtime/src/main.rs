//! The wasmtime host: wasm guests, suspended at host calls, and JavaScript guests in an engine that is wasm itself. One thread for
//! all turns of a module's lane.

mod abi;
mod bounds;
mod engine;
mod executor;
mod guest;
mod imports;
mod instance;
mod js;
mod mailbox;
mod program;

fn main() {
    match engine::WasmtimeEngine::new() {
        Ok(engine) => evenlane_host_core::run(engine),
        Err(error) => {
            eprintln!("wasmtime cannot be set up on this machine: {error:#}");
            std::process::exit(1);
        }
    }
}
