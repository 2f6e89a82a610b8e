//! `call/cancel`, wherever the call is.

use serde_json::{Value, json};

use super::{category, code, running, running_within};
use crate::failure::Code;

#[test]
fn a_queued_call_ends_without_having_begun() {
    let mut host = running();
    host.kit.on_lane("lane/pause").unwrap();
    let reducer = host.kit.call("r", "put", json!({ "key": "r" }));
    let procedure = host.fetch_put("p");
    let last = host.kit.call("l", "put", json!({ "key": "l" }));
    for (name, id) in [("r", reducer), ("p", procedure)] {
        assert_eq!(host.kit.cancel(name), Ok(json!({})));
        assert!(host.kit.has_answered(id), "it ends at once");
        let end = host.kit.answer(id).unwrap();
        assert_eq!(
            (&end["error"]["category"], &end["seqs"]),
            (&json!("cancelled"), &json!([]))
        );
    }
    let step = host.kit.on_lane("lane/step").unwrap();
    assert_eq!(step["turn"]["call"], "l");
    assert_eq!(host.kit.on_lane("lane/step").unwrap()["turn"], Value::Null);
    assert_eq!(host.kit.answer(last).unwrap()["seqs"], json!([3]));
    assert_eq!(host.origin.held(), 0);
}

#[test]
fn to_cancel_what_has_ended_does_nothing_and_what_never_was_is_unknown() {
    let mut host = running();
    let done = host.kit.call("r", "put", json!({ "key": "r" }));
    host.kit.answer(done).unwrap();
    let unknown = host.kit.call("u", "nothing", json!({}));
    assert_eq!(category(host.kit.answer(unknown)), "unknown-function");
    for name in ["r", "r", "u"] {
        assert_eq!(host.kit.cancel(name), Ok(json!({})));
    }
    for name in ["never", "$0"] {
        assert_eq!(code(host.kit.cancel(name)), -32001);
    }
    host.kit.on_lane("module/unload").unwrap();
    assert_eq!(host.kit.cancel("r"), Ok(json!({})));
}

#[test]
fn a_call_held_back_or_held_gives_its_place_to_the_next() {
    let mut host = running_within(Some(1));
    let calls = ["p0", "p1", "p2"].map(|name| host.fetch_put(name));
    host.origin.arrived("p0");
    assert_eq!(host.kit.quiesce(0), 1);
    host.kit.cancel("p1").unwrap();
    assert_eq!(category(host.kit.answer(calls[1])), "cancelled");
    host.kit.cancel("p0").unwrap();
    assert_eq!(category(host.kit.answer(calls[0])), "cancelled");
    host.origin.closed("p0");
    host.origin.release("p2", "2");
    assert_eq!(host.kit.answer(calls[2]).unwrap()["value"], 2);
}

#[test]
fn a_held_fetch_is_dropped_and_what_was_committed_stays() {
    let mut host = running();
    let args = json!({ "key": "p", "url": host.origin.url("p") });
    let held = host.kit.call("p", "putThenFetch", args);
    host.origin.arrived("p");
    host.kit.cancel("p").unwrap();
    let end = host.kit.answer(held).unwrap();
    assert_eq!(
        (&end["error"]["category"], &end["seqs"]),
        (&json!("cancelled"), &json!([3]))
    );
    host.origin.closed("p");
    assert_eq!(host.kit.quiesce(1), 0, "its outcome counts as discarded");
    assert!(host.kit.rows("log").to_string().contains(r#"["p",1]"#));
    let stats = host.kit.request("stats", json!({})).unwrap()["modules"][0].take();
    assert_eq!(stats["instances"], 1, "the lane has forgotten it");
    assert_eq!(
        (&stats["callsInFlight"], &stats["fetchesInFlight"]),
        (&json!(0), &json!(0))
    );
    let again = host.kit.call("p", "put", json!({ "key": "q" }));
    assert_eq!(code(host.kit.answer(again)), -32004, "its name stays taken");
}

#[test]
fn an_outcome_that_waits_for_its_turn_is_dropped_with_its_call() {
    let mut host = running();
    let (held, other) = (host.fetch_put("p"), host.fetch_put("q"));
    host.origin.arrived("p");
    host.origin.arrived("q");
    host.kit.on_lane("lane/pause").unwrap();
    host.kit.release_in_order(&host.origin, &[("p", "1"), ("q", "2")]);
    host.kit.cancel("p").unwrap();
    assert_eq!(category(host.kit.answer(held)), "cancelled");
    assert_eq!(host.kit.quiesce(2), 0);
    assert_eq!(host.kit.on_lane("lane/step").unwrap()["turn"]["call"], "q");
    assert_eq!(host.kit.on_lane("lane/step").unwrap()["turn"], Value::Null);
    assert_eq!(host.kit.answer(other).unwrap()["value"], 2);
}

#[test]
fn a_sleep_is_forgotten() {
    let mut host = running();
    let lane = host.kit.call("a", "sleepPut", json!({ "key": "a", "at": 2000 }));
    let pool = host.kit.call("b", "syncSleep", json!({ "at": 2000 }));
    host.kit.quiesce(0);
    for (name, id) in [("a", lane), ("b", pool)] {
        host.kit.cancel(name).unwrap();
        assert_eq!(category(host.kit.answer(id)), "cancelled");
    }
    host.kit.request("clock/advance", json!({ "to": 3000 })).unwrap();
    assert_eq!(host.kit.rows("log"), json!([["$connected", 1], ["$init", 1]]));
}

#[test]
fn a_turn_that_runs_is_run_to_its_end_first() {
    let mut host = running();
    let ends = host.kit.call("e", "holdTurn", json!({}));
    host.holding.recv().unwrap();
    host.kit.cancel("e").unwrap();
    assert!(!host.kit.has_answered(ends));
    host.open_gate.send(()).unwrap();
    assert_eq!(host.kit.answer(ends).unwrap()["outcome"], "returned");

    let goes_on = host.fetching("g", "holdThenFetch");
    host.holding.recv().unwrap();
    host.kit.cancel("g").unwrap();
    assert!(!host.kit.has_answered(goes_on));
    host.open_gate.send(()).unwrap();
    assert_eq!(category(host.kit.answer(goes_on)), "cancelled");
    assert_eq!(host.kit.quiesce(1), 0);
    let next = host.kit.call("n", "put", json!({ "key": "n" }));
    host.kit.answer(next).unwrap();
}

#[test]
fn a_call_in_the_queue_of_the_pool_leaves_it() {
    let mut host = running();
    let [first, second] = ["s0", "s1"].map(|name| host.fetching(name, "syncFetch"));
    let third = host.kit.call("s2", "syncPut", json!({ "key": "s2" }));
    host.origin.arrived("s0");
    host.origin.arrived("s1");
    host.kit.cancel("s2").unwrap();
    assert_eq!(category(host.kit.answer(third)), "cancelled");
    host.kit.cancel("s0").unwrap();
    assert_eq!(category(host.kit.answer(first)), "cancelled");
    host.origin.closed("s0");
    assert_eq!(host.kit.quiesce(1), 1);
    assert!(
        host.refused.try_recv().is_err(),
        "its guest has not begun, not even to be refused"
    );
    host.origin.release("s1", "1");
    assert_eq!(host.kit.answer(second).unwrap()["value"], 1);
}

#[test]
fn on_the_blocking_path_the_transaction_is_undone_at_once_and_the_guest_refused() {
    let mut host = running();
    let sync = host.kit.call("s", "syncHold", json!({ "key": "s" }));
    host.holding.recv().unwrap();
    let reducer = host.kit.call("r", "put", json!({ "key": "r" }));
    host.kit.cancel("s").unwrap();
    assert_eq!(category(host.kit.answer(sync)), "cancelled");
    assert_eq!(
        host.kit.answer(reducer).unwrap()["seqs"],
        json!([3]),
        "its thread still runs, and keeps nobody waiting"
    );
    let quiet = host.kit.send("quiesce", json!({ "module": "m1", "outcomes": 0 }));
    assert_eq!(host.kit.rows("log")[2], json!(["r", 1]));
    assert!(!host.kit.has_answered(quiet), "its guest runs");
    host.open_gate.send(()).unwrap();
    assert_eq!(host.refused.recv().unwrap(), Code::HandleClosed);
    host.kit.answer(quiet).unwrap();
}

#[test]
fn a_call_that_waits_for_its_transaction_is_woken() {
    let mut host = running();
    let parked = host.kit.call_parking("p", "syncPoint", json!({ "key": "p" }));
    host.kit.parked();
    let waiting = host.kit.call("w", "syncPut", json!({ "key": "w" }));
    host.kit.quiesce(0);
    host.kit.cancel("w").unwrap();
    assert_eq!(category(host.kit.answer(waiting)), "cancelled");
    assert_eq!(host.refused.recv().unwrap(), Code::Cancelled);
    host.kit.go_on("p").unwrap();
    assert_eq!(host.kit.answer(parked).unwrap()["seqs"], json!([3]));
    assert_eq!(host.kit.rows("log")[2], json!(["p", 1]));
}

#[test]
fn a_cancelled_reducer_keeps_no_pool_thread_from_its_transaction() {
    let mut host = running();
    let parked = host.kit.call_parking("p", "syncPoint", json!({ "key": "p" }));
    host.kit.parked();
    let reducer = host.kit.call("r", "put", json!({ "key": "r" }));
    let waiting = host.kit.call("w", "syncPut", json!({ "key": "w" }));
    // Answered once the lane has tried to begin the reducer.
    host.kit.quiesce(0);
    host.kit.cancel("r").unwrap();
    assert_eq!(category(host.kit.answer(reducer)), "cancelled");
    host.kit.go_on("p").unwrap();
    assert_eq!(host.kit.answer(parked).unwrap()["seqs"], json!([3]));
    assert_eq!(host.kit.answer(waiting).unwrap()["seqs"], json!([4]));
}

#[test]
fn a_parked_call_ends_and_its_transaction_is_undone() {
    let mut host = running();
    let parked = host.kit.call_parking("p", "syncPoint", json!({ "key": "p" }));
    host.kit.parked();
    let reducer = host.kit.call("r", "put", json!({ "key": "r" }));
    host.kit.cancel("p").unwrap();
    assert_eq!(category(host.kit.answer(parked)), "cancelled");
    assert_eq!(host.refused.recv().unwrap(), Code::Cancelled);
    assert_eq!(host.kit.answer(reducer).unwrap()["seqs"], json!([3]));
    assert_eq!(code(host.kit.go_on("p")), -32002);
    host.kit.quiesce(0);
    assert_eq!(host.kit.rows("log"), json!([["$connected", 1], ["$init", 1], ["r", 1]]));
}
