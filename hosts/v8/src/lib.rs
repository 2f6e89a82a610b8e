//! The Evenlane host on V8. The program is one line around [`V8Engine`]; the benches run the engine without the program.

mod buffers;
mod engine;
mod platform;
mod running;
mod sandbox;
mod text;
mod ts;
mod wasm;
mod watchdog;

pub use engine::V8Engine;
