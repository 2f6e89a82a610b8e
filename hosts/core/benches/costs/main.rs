//! What the core costs, each part beside the library that it stands on, doing the same.

mod bare;
#[path = "../support/lanes.rs"]
#[allow(dead_code, reason = "this file is shared by the benches of several crates")]
mod lanes;
mod rust;
#[path = "../support/mod.rs"]
mod support;

use std::sync::Arc;

use evenlane_host_core::{
    bench_support::{Frames, Queue, Stage, Tables, canonical},
    engine::Guest,
};
use serde_json::Value;
use support::Costs;

/// A row as guests write them.
const ROW: &str = r#"{"token":"t1","n":12,"body":"ok","ratio":0.5}"#;
/// A frame as the kit sends them.
const CALL: &str = r#"{"jsonrpc":"2.0","id":7,"method":"call","params":{"call":"c7","connection":"k","function":"fetchCommit","args":{"key":"k7","url":"http://127.0.0.1:40000/now"}}}"#;

fn main() {
    let mut costs = Costs::new("core");
    transactions(&mut costs);
    frames(&mut costs);
    costs.each("json", "canonical", || canonical(ROW).unwrap());
    costs.each("json", "serde_json", || {
        serde_json::from_str::<Value>(ROW).unwrap().to_string()
    });
    queue(&mut costs);
    let stage = || Stage::open(Arc::new(rust::Rust), Guest::Ts, rust::SOURCE.as_bytes()).unwrap();
    lanes::measure_turns(&mut costs, "turn", &stage);
    lanes::measure_whole(&mut costs, "turn", &stage);
    costs.finish();
}

fn transactions(costs: &mut Costs) {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();

    let (mut tables, mut key) = (Tables::in_memory(), keys());
    costs.each("transaction-memory", "store", || {
        tables.commit_row(&key(), ROW).unwrap()
    });
    let (mut redb, mut key) = (bare::Tables::in_memory(), keys());
    costs.each("transaction-memory", "redb", || redb.commit_row(&key(), ROW));

    let (mut tables, mut key) = (Tables::in_file(&path("store")).unwrap(), keys());
    costs.each("transaction-file", "store", || tables.commit_row(&key(), ROW).unwrap());
    let (mut redb, mut key) = (bare::Tables::in_file(&path("redb")), keys());
    costs.each("transaction-file", "redb", || redb.commit_row(&key(), ROW));
}

/// New keys, all of one length.
fn keys() -> impl FnMut() -> String {
    let mut numbers = 0u64..;
    move || format!("k{:012}", numbers.next().unwrap())
}

fn frames(costs: &mut Costs) {
    let frames = Frames::new();
    costs.each("frame", "call-in", || frames.read_call(CALL.as_bytes()).unwrap());
    costs.each("frame", "call-in-serde_json", || bare::read_call(CALL));
    costs.measure("frame", "answer-out", |meter, iterations| {
        // In batches, so that the lines that nobody has thrown away yet stay few.
        for _ in 0..iterations.div_ceil(BATCH) {
            meter.span(|| (1..=BATCH).for_each(|id| assert!(frames.answer(id, "200", &[id]))));
            frames.flush();
        }
        iterations.div_ceil(BATCH) * BATCH
    });
    costs.each("frame", "answer-out-serde_json", || bare::answer(7, 200, &[7]));
}

/// Lines that are sent before the writer is waited for.
const BATCH: u64 = 256;

fn queue(costs: &mut Costs) {
    let mut queue = Queue::new();
    costs.each("queue", "request", || {
        queue.push_request(1);
        queue.take()
    });
    costs.each("queue", "completion", || {
        queue.push_completion(1);
        queue.take()
    });
    let mut full = Queue::new();
    (0..10_000).for_each(|n| full.push_completion(n));
    costs.each("queue", "completion-behind-10000", || {
        full.push_completion(1);
        full.take()
    });
}
