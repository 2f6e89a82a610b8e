//! Points, and what stands still while a call is parked at one.

use serde_json::{Value, json};

use super::{Running, category, code, running};
use crate::failure::Code;

/// A host with the call `p` parked, which has the key `p` written.
fn parked() -> (Running, u64) {
    let mut host = running();
    let call = host.kit.call_parking("p", "syncPoint", json!({ "key": "p" }));
    assert_eq!(
        host.kit.parked(),
        json!({ "module": "m1", "call": "p", "point": "here" })
    );
    (host, call)
}

#[test]
fn a_parked_call_stands_still_until_it_may_go_on() {
    let (mut host, call) = parked();
    assert_eq!(host.kit.quiesce(0), 0);
    assert!(!host.kit.has_answered(call));
    assert_eq!(code(host.kit.go_on("other")), -32002);
    assert_eq!(host.kit.go_on("p"), Ok(json!({})));
    assert_eq!(host.kit.answer(call).unwrap()["seqs"], json!([3]));
    assert_eq!(code(host.kit.go_on("p")), -32002);
}

#[test]
fn a_point_does_nothing_unless_asked_to_and_on_the_lane_never() {
    let mut host = running();
    let sync = host.kit.call("s", "syncPoint", json!({ "key": "s" }));
    assert_eq!(host.kit.answer(sync).unwrap()["seqs"], json!([3]));
    let lane = host.kit.call_parking("l", "lanePoints", json!({}));
    assert_eq!(host.kit.answer(lane).unwrap()["value"], json!([-2, 0]));
}

#[test]
fn whoever_waits_for_the_transaction_of_a_parked_call_stands_still() {
    let (mut host, call) = parked();
    let pool = host.kit.call("w", "syncPut", json!({ "key": "w" }));
    host.kit.quiesce(0);
    let reducer = host.kit.call("r", "put", json!({ "key": "r" }));
    host.kit.quiesce(0);
    host.kit.on_lane("lane/pause").unwrap();
    assert_eq!(
        host.kit.on_lane("lane/step").unwrap()["turn"],
        Value::Null,
        "the reducer is not ready"
    );
    host.kit.on_lane("lane/resume").unwrap();
    host.kit.quiesce(0);
    host.kit.go_on("p").unwrap();
    for id in [call, pool, reducer] {
        assert_eq!(host.kit.answer(id).unwrap()["outcome"], "returned");
    }
    assert_eq!(host.kit.rows("log").as_array().unwrap().len(), 5);
}

#[test]
fn a_step_that_nothing_can_run_for_lets_the_pool_go_on() {
    let (mut host, call) = parked();
    host.kit.on_lane("lane/pause").unwrap();
    let reducer = host.kit.call("r", "put", json!({ "key": "r" }));
    let pool = host.kit.call("w", "syncPut", json!({ "key": "w" }));
    assert_eq!(host.kit.on_lane("lane/step").unwrap()["turn"], Value::Null);
    host.kit.go_on("p").unwrap();
    host.kit.answer(call).unwrap();
    assert_eq!(host.kit.answer(pool).unwrap()["seqs"], json!([4]));
    host.kit.on_lane("lane/resume").unwrap();
    assert_eq!(host.kit.answer(reducer).unwrap()["seqs"], json!([5]));
}

#[test]
fn a_turn_that_waits_for_the_transaction_of_a_parked_call_stands_still() {
    let (mut host, call) = parked();
    let turn = host.kit.call("t", "lanePut", json!({ "key": "t" }));
    let behind = host.kit.call("r", "put", json!({ "key": "r" }));
    assert_eq!(host.kit.quiesce(0), 0);
    let paused = host.kit.send("lane/pause", json!({ "module": "m1" }));
    host.kit.cancel("t").unwrap();
    assert_eq!(
        host.kit.rows("log").as_array().unwrap().len(),
        2,
        "requests are answered"
    );
    assert!(!host.kit.has_answered(paused) && !host.kit.has_answered(turn));
    host.kit.go_on("p").unwrap();
    host.kit.answer(call).unwrap();
    let end = host.kit.answer(turn).unwrap();
    assert_eq!(
        (&end["outcome"], &end["seqs"]),
        (&json!("returned"), &json!([4])),
        "its turn ran to its end"
    );
    assert_eq!(host.kit.answer(paused), Ok(json!({})));
    host.kit.on_lane("lane/resume").unwrap();
    assert_eq!(host.kit.answer(behind).unwrap()["seqs"], json!([5]));
}

#[test]
fn whoever_waits_for_a_call_that_runs_does_not_stand_still() {
    let mut host = running();
    let holding = host.kit.call("h", "syncHold", json!({ "key": "h" }));
    host.holding.recv().unwrap();
    let waiting = host.kit.call("w", "syncPut", json!({ "key": "w" }));
    let quiet = host.kit.send("quiesce", json!({ "module": "m1", "outcomes": 0 }));
    host.kit.rows("log");
    assert!(!host.kit.has_answered(quiet));
    host.open_gate.send(()).unwrap();
    host.kit.answer(quiet).unwrap();
    assert!(host.kit.has_answered(holding) && host.kit.has_answered(waiting));
}

#[test]
fn the_clock_advances_past_a_parked_call() {
    let (mut host, call) = parked();
    let sleeper = host.kit.call("z", "syncSleep", json!({ "at": 2000 }));
    host.kit.request("clock/advance", json!({ "to": 2000 })).unwrap();
    assert_eq!(host.kit.answer(sleeper).unwrap()["value"], "slept");
    host.kit.go_on("p").unwrap();
    host.kit.answer(call).unwrap();
}

#[test]
fn unloading_and_shutdown_end_parked_calls_and_those_behind_them() {
    for method in ["module/unload", "shutdown"] {
        let (mut host, call) = parked();
        let turn = host.kit.call("t", "lanePut", json!({ "key": "t" }));
        let waiting = host.kit.call("w", "syncPut", json!({ "key": "w" }));
        host.kit.quiesce(0);
        let params = if method == "shutdown" {
            json!({})
        } else {
            json!({ "module": "m1" })
        };
        let last = host.kit.send(method, params);
        for id in [call, turn, waiting] {
            assert_eq!(category(host.kit.answer(id)), "shutdown");
        }
        assert_eq!(host.kit.answer(last), Ok(json!({})));
        let refused = [host.refused.recv().unwrap(), host.refused.recv().unwrap()];
        assert_eq!(refused, [Code::Cancelled; 2]);
        if method == "module/unload" {
            assert_eq!(code(host.kit.go_on("p")), -32001);
        }
    }
}
