//! What the turns of V8's lanes cost, beside V8 alone doing the same.

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
use evenlane_host_v8::V8Engine;
use support::Costs;

fn main() {
    let engine: Arc<dyn Engine> = Arc::new(V8Engine::new());
    let wasm = wat::parse_str(include_str!("../../../core/benches/support/guest.wat")).unwrap();
    let stage = |guest, source: &[u8]| Stage::open(Arc::clone(&engine), guest, source).unwrap();
    let mut costs = Costs::new("v8");

    let javascript = || stage(Guest::Ts, include_bytes!("guest.js"));
    lanes::measure_turns(&mut costs, "v8-js", &javascript);
    lanes::measure_crossing(&mut costs, "v8-js", &javascript);
    lanes::measure_whole(&mut costs, "v8-js", &javascript);
    let suspended = || stage(Guest::As, &wasm);
    lanes::measure_turns(&mut costs, "v8-wasm", &suspended);
    lanes::measure_crossing(&mut costs, "v8-wasm", &suspended);
    lanes::measure_new_instances(&mut costs, "v8-wasm", &suspended);

    bare::measure(&mut costs, &wasm);
    costs.finish();
}
