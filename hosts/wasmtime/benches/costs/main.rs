//! What the turns of the lane on wasmtime cost, beside wasmtime alone doing the same.

mod bare;
#[path = "../../../core/benches/support/lanes.rs"]
mod lanes;
#[path = "../../../core/benches/support/mod.rs"]
mod support;

use std::sync::Arc;

use evenlane_host_core::{
    bench_support::Stage,
    engine::{Engine, Guest},
};
use evenlane_host_wasmtime::WasmtimeEngine;
use support::Costs;

fn main() {
    let engine: Arc<dyn Engine> = Arc::new(WasmtimeEngine::new().unwrap());
    let wasm = wat::parse_str(include_str!("../../../core/benches/support/guest.wat")).unwrap();
    let stage = || Stage::open(Arc::clone(&engine), Guest::As, &wasm).unwrap();
    let mut costs = Costs::new("wasmtime");
    lanes::measure_turns(&mut costs, "wasmtime", &stage);
    lanes::measure_crossing(&mut costs, "wasmtime", &stage);
    lanes::measure_whole(&mut costs, "wasmtime", &stage);
    lanes::measure_new_instances(&mut costs, "wasmtime", &stage);
    // A store from the pool, an instance, one call of an export that makes one host call, and the end of it all.
    let described = stage();
    costs.each("wasmtime", "instance", || described.program().describe().unwrap());
    bare::measure(&mut costs);
    costs.finish();
}
