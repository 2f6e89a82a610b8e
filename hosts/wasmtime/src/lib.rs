//! The wasmtime host: wasm guests, suspended at host calls, and JavaScript guests in an engine that is wasm itself. One thread for
//! all turns of a module's lane. The program is a few lines around [`WasmtimeEngine`]; the benches run the engine without the
//! program.

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

pub use engine::WasmtimeEngine;
