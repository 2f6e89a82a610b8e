//! The Evenlane host on wasmtime.

fn main() {
    match evenlane_host_wasmtime::WasmtimeEngine::new() {
        Ok(engine) => evenlane_host_core::run(engine),
        Err(error) => {
            eprintln!("wasmtime cannot be set up on this machine: {error:#}");
            std::process::exit(1);
        }
    }
}
