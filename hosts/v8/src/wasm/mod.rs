//! Wasm guests inside V8: the same bytes as every other engine loads. Procedures are suspended through JSPI, reducers
//! run on instances that cannot suspend.

mod arguments;
mod imports;
mod instance;
mod lane;
mod maps;
mod memory;
mod program;
mod runner;
mod seat;
mod signature;
mod state;

pub use program::WasmProgram;
