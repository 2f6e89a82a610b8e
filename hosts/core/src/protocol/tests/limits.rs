//! Bounds that the operator sets for a module.

use serde_json::json;

use super::{category, running_limited};

#[test]
fn a_call_that_is_held_past_its_deadline_ends() {
    let mut host = running_limited(json!({ "callMs": 5000 }));
    let (lane, sync) = host.hold_on_both_paths();
    let sleeper = host.kit.call("z", "syncSleep", json!({ "at": 9000 }));
    host.kit.request("clock/advance", json!({ "to": 5999 })).unwrap();
    assert!(!host.kit.has_answered(lane));
    host.kit.request("clock/advance", json!({ "to": 6000 })).unwrap();
    for call in [lane, sync, sleeper] {
        assert_eq!(category(host.kit.answer(call)), "deadline");
    }
    host.origin.closed("p");
    host.origin.closed("s");
    assert_eq!(host.kit.quiesce(2), 0);
    let next = host.fetch_put("next");
    host.origin.release("next", "1");
    assert_eq!(
        host.kit.answer(next).unwrap()["outcome"],
        "returned",
        "its time began later"
    );
    host.kit.request("clock/advance", json!({ "to": 99000 })).unwrap();
}

#[test]
fn a_parked_call_ends_at_its_deadline_and_lets_the_others_go_on() {
    let mut host = running_limited(json!({ "callMs": 5000 }));
    let parked = host.kit.call_parking("p", "syncPoint", json!({ "key": "p" }));
    host.kit.parked();
    let turn = host.kit.call("t", "lanePut", json!({ "key": "t" }));
    let waiting = host.kit.call("w", "syncPut", json!({ "key": "w" }));
    host.kit.quiesce(0);
    host.kit.request("clock/advance", json!({ "to": 6000 })).unwrap();
    assert_eq!(category(host.kit.answer(parked)), "deadline");
    for call in [turn, waiting] {
        assert_eq!(
            host.kit.answer(call).unwrap()["outcome"],
            "returned",
            "it could go on before its time was up"
        );
    }
}

#[test]
fn the_time_of_a_call_begins_when_it_does() {
    let mut host = running_limited(json!({ "callMs": 5000, "inFlight": 1 }));
    let first = host.fetch_put("first");
    let second = host.fetch_put("second");
    host.kit.request("clock/advance", json!({ "to": 6000 })).unwrap();
    assert_eq!(category(host.kit.answer(first)), "deadline");
    host.origin.arrived("second");
    host.kit.request("clock/advance", json!({ "to": 10999 })).unwrap();
    assert!(!host.kit.has_answered(second));
    host.origin.release("second", "2");
    assert_eq!(host.kit.answer(second).unwrap()["value"], 2);
}

#[test]
fn so_many_procedures_are_in_flight_and_the_next_waits() {
    let mut host = running_limited(json!({ "inFlight": 2 }));
    let calls = ["p0", "p1", "p2"].map(|name| host.fetch_put(name));
    assert_eq!(host.kit.quiesce(0), 2);
    let reducer = host.kit.call("r", "put", json!({ "key": "r" }));
    host.kit.answer(reducer).unwrap();
    for (path, call) in ["p0", "p1", "p2"].into_iter().zip(calls) {
        host.origin.release(path, "1");
        assert_eq!(host.kit.answer(call).unwrap()["outcome"], "returned");
    }
}

#[test]
fn so_many_calls_wait_and_the_next_is_refused() {
    let mut host = running_limited(json!({ "queued": 2 }));
    host.kit.on_lane("lane/pause").unwrap();
    let put = |host: &mut super::Running, name: &str| host.kit.call(name, "put", json!({ "key": name }));
    let (first, second) = (put(&mut host, "a"), put(&mut host, "b"));
    let third = put(&mut host, "c");
    assert_eq!(category(host.kit.answer(third)), "limit");
    host.kit.cancel("a").unwrap();
    assert_eq!(category(host.kit.answer(first)), "cancelled");
    let fourth = put(&mut host, "d");
    host.kit.on_lane("lane/step").unwrap();
    host.kit.answer(second).unwrap();
    let fifth = put(&mut host, "e");
    let sixth = put(&mut host, "f");
    assert_eq!(category(host.kit.answer(sixth)), "limit");
    // What is no client's runs all the same.
    let closed = host.kit.send("connection/close", json!({ "connection": "k" }));
    host.kit.on_lane("lane/resume").unwrap();
    for call in [fourth, fifth, closed] {
        host.kit.answer(call).unwrap();
    }
    assert_eq!(host.kit.rows("log").as_array().unwrap().len(), 6);
}

#[test]
fn where_none_may_wait_a_call_that_can_begin_is_taken() {
    let mut host = running_limited(json!({ "inFlight": 1, "queued": 0 }));
    let held = host.fetch_put("held");
    host.origin.arrived("held");
    let next = host.fetch_put("next");
    assert_eq!(category(host.kit.answer(next)), "limit");
    let reducer = host.kit.call("r", "put", json!({ "key": "r" }));
    assert_eq!(host.kit.answer(reducer).unwrap()["outcome"], "returned");
    let sync = host.fetching("s", "syncFetch");
    host.origin.arrived("s");
    let more = host.fetching("t", "syncFetch");
    assert_eq!(category(host.kit.answer(more)), "limit");
    host.origin.release("held", "1");
    host.origin.release("s", "1");
    for call in [held, sync] {
        host.kit.answer(call).unwrap();
    }
    host.kit.on_lane("lane/pause").unwrap();
    let paused = host.kit.call("p", "put", json!({ "key": "p" }));
    assert_eq!(category(host.kit.answer(paused)), "limit");
}

#[test]
fn a_response_past_its_bound_is_a_limit() {
    let mut host = running_limited(json!({ "responseBytes": 2 }));
    let (right, long) = (host.fetch_put("right"), host.fetch_put("long"));
    host.origin.release("right", "22");
    host.origin.release("long", "333");
    assert_eq!(host.kit.answer(right).unwrap()["value"], 22);
    assert_eq!(category(host.kit.answer(long)), "limit");
}
