//! Which turn runs when: stepping, the blocking path, waiting for a transaction.

use serde_json::{Value, json};

use super::{code, running};

#[test]
fn a_paused_lane_is_stepped_turn_by_turn() {
    let mut host = running();
    assert_eq!(code(host.kit.on_lane("lane/step")), -32002);
    let p = host.fetch_put("p");
    host.origin.arrived("p");
    host.kit.on_lane("lane/pause").unwrap();
    let first = host.kit.call("r1", "put", json!({ "key": "r1" }));
    let second = host.kit.call("r2", "put", json!({ "key": "r2" }));
    host.origin.release("p", "7");
    assert_eq!(host.kit.quiesce(1), 0);
    let mut step = || host.kit.on_lane("lane/step").unwrap()["turn"].take();
    assert_eq!(step(), json!({ "kind": "request", "call": "r1", "function": "put" }));
    assert_eq!(step(), json!({ "kind": "request", "call": "r2", "function": "put" }));
    assert_eq!(
        step(),
        json!({ "kind": "completion", "call": "p", "function": "fetchPut" })
    );
    assert_eq!(step(), Value::Null);
    for id in [first, second, p] {
        host.kit.answer(id).unwrap();
    }
    host.kit.on_lane("lane/resume").unwrap();
    let last = host.kit.call("r3", "put", json!({ "key": "r3" }));
    host.kit.answer(last).unwrap();
}

#[test]
fn the_blocking_path_blocks_nobody_and_queues_beyond_its_size() {
    let mut host = running();
    let calls = ["s0", "s1", "s2"].map(|name| host.fetching(name, "syncFetch"));
    host.origin.arrived("s0");
    host.origin.arrived("s1");
    assert_eq!(
        host.kit.quiesce(0),
        2,
        "the third waits for a place that only waiting calls occupy"
    );
    assert_eq!(host.origin.held(), 2);
    let reducer = host.kit.call("r", "put", json!({ "key": "r" }));
    host.kit.answer(reducer).unwrap();
    host.origin.release("s1", "1");
    assert_eq!(host.kit.answer(calls[1]).unwrap()["value"], 1);
    host.origin.release("s2", "2");
    host.origin.release("s0", "0");
    assert_eq!(host.kit.answer(calls[2]).unwrap()["value"], 2);
    assert_eq!(host.kit.answer(calls[0]).unwrap()["value"], 0);
    assert_eq!(host.kit.quiesce(3), 0);
}

#[test]
fn the_lane_goes_on_with_completions_while_a_pool_thread_has_the_transaction() {
    let mut host = running();
    let p = host.fetching("p", "fetchThenBegin");
    host.kit.quiesce(0);
    let sync = host.kit.call("s", "syncHold", json!({ "key": "s" }));
    host.holding.recv().unwrap();
    let reducer = host.kit.call("r", "put", json!({ "key": "r" }));
    host.origin.release("p", "7");
    assert_eq!(host.kit.answer(p).unwrap()["value"], 7);
    assert!(!host.kit.has_answered(reducer));
    host.open_gate.send(()).unwrap();
    assert_eq!(host.kit.answer(sync).unwrap()["seqs"], json!([3]));
    assert_eq!(host.kit.answer(reducer).unwrap()["seqs"], json!([4]));
}
