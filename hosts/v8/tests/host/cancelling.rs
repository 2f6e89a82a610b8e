//! Calls that are cancelled: on the lane, on the blocking path, in wasm.

use crate::support::{Host, failure};
use serde_json::{Value, json};

fn cancelled(host: &mut Host, name: &str, call: u64) -> Value {
    assert_eq!(host.kit.cancel(name), Ok(json!({})));
    let mut end = host.kit.answer(call).unwrap();
    assert_eq!(failure(&end).0, "cancelled");
    end["seqs"].take()
}

fn instances(host: &mut Host) -> u64 {
    let stats = host.kit.request("stats", json!({})).unwrap();
    stats["modules"][0]["instances"].as_u64().unwrap()
}

#[test]
fn a_held_procedure_never_goes_on() {
    let mut host = Host::javascript();
    let held = host.hold("c1", "putThenFetch", "held", json!({ "key": "kept" }));
    assert_eq!(cancelled(&mut host, "c1", held), json!([1]));
    host.origin.closed("held");
    assert_eq!(host.kit.quiesce(1), 0);
    // Its host object is closed, and it has not gone on: the token counts from 0 still.
    assert_eq!(host.value("c2", "useLeaked", json!({}))[4], -11);
    assert_eq!(host.value("c3", "put", json!({ "key": "next" })), 0);
    assert_eq!(host.kit.rows("log"), json!([["kept", 1], ["next", 1]]));
}

#[test]
fn a_procedure_that_shares_the_promise_of_a_cancelled_one_goes_on() {
    let mut host = Host::javascript();
    let owner = host.hold("c1", "share", "shared", json!({}));
    let guest = host.hold("c2", "raceShared", "own", json!({}));
    cancelled(&mut host, "c1", owner);
    host.origin.closed("shared");
    host.origin.release("own", "");
    assert_eq!(host.kit.answer(guest).unwrap()["value"], "guest");
}

#[test]
fn a_synchronous_procedure_ends_for_its_caller_and_its_thread_is_free_again() {
    let mut host = Host::javascript();
    for round in 0..8 {
        let path = format!("held{round}");
        let held = host.hold(&path, "syncFetch", &path, json!({}));
        assert_eq!(cancelled(&mut host, &path, held), json!([]));
        host.origin.closed(&path);
    }
    host.kit.quiesce(8);
    let put = host.value("after", "syncPut", json!({ "key": "after" }));
    assert_eq!(put, json!([0, 0, 0]));
    assert_eq!(host.kit.rows("log"), json!([["after", 1]]));
}

#[test]
fn an_endless_loop_on_the_blocking_path_keeps_no_caller() {
    let mut host = Host::javascript_within(json!({ "turnMs": 400 }));
    let looping = host.kit.call("c1", "syncLoop", json!({}));
    assert_eq!(host.kit.logged()[0]["message"], "about to loop");
    cancelled(&mut host, "c1", looping);
    assert_eq!(host.value("c2", "put", json!({ "key": "r" })), 0);
    // Answered once the watchdog has stopped the loop.
    host.kit.quiesce(0);
}

#[test]
fn a_suspended_wasm_call_is_unwound() {
    let mut host = Host::wasm();
    let [held, other] = ["held", "other"].map(|path| host.hold(path, "keep", path, json!({ "value": 1 })));
    host.kit.quiesce(0);
    let before = instances(&mut host);
    cancelled(&mut host, "held", held);
    host.origin.closed("held");
    assert_eq!(host.kit.quiesce(1), 1);
    assert_eq!(instances(&mut host), before - 1);
    host.origin.release("other", "");
    assert_eq!(host.kit.answer(other).unwrap()["value"]["value"], 1);
}
