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

fn main() {
    evenlane_host_core::run(engine::V8Engine::new())
}
