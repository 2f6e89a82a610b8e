//! How calls end: by the clock, for want of anything to wait for, by shutdown.

use serde_json::{Value, json};

use super::{category, code, engine, load, running, running_within};

#[test]
fn the_clock_fires_what_falls_due_in_order() {
    let mut host = running();
    let sleeps: Vec<u64> = [("b", 3000), ("a", 2000), ("c", 3000), ("z", 9000)]
        .map(|(key, at)| host.kit.call(key, "sleepPut", json!({ "key": key, "at": at })))
        .to_vec();
    let past = host.kit.call("past", "sleepPut", json!({ "key": "past", "at": 1000 }));
    assert_eq!(host.kit.answer(past).unwrap()["value"], "passed");
    let undone = host.kit.call("later", "later", json!({ "key": "l", "at": 2500 }));
    host.kit.answer(undone).unwrap();
    assert_eq!(
        host.kit.request("clock/advance", json!({ "to": 5000 })).unwrap(),
        json!({ "now": 5000 })
    );
    host.kit.quiesce(0);
    let mut seq = |id: u64| host.kit.answer(id).unwrap()["seqs"][0].as_u64().unwrap();
    let (b, a, c) = (seq(sleeps[0]), seq(sleeps[1]), seq(sleeps[2]));
    // The scheduled reducer, whose call nobody hears of, has the number between.
    assert_eq!((a, b, c), (4, 6, 7));
    assert!(!host.kit.has_answered(sleeps[3]));
    assert_eq!(code(host.kit.request("clock/advance", json!({ "to": 4999 }))), -32602);
    assert!(host.kit.rows("log").to_string().contains(r#"["l",1]"#));
}

#[test]
fn a_fetch_that_takes_too_long_times_out_and_its_connection_is_closed() {
    let mut host = running();
    let (slow, sync) = host.hold_on_both_paths();
    host.kit.request("clock/advance", json!({ "to": 30999 })).unwrap();
    assert!(!host.kit.has_answered(slow));
    host.kit.request("clock/advance", json!({ "to": 31000 })).unwrap();
    assert_eq!(category(host.kit.answer(slow)), "timeout");
    assert_eq!(category(host.kit.answer(sync)), "timeout");
    host.origin.closed("p");
    host.origin.closed("s");
    assert_eq!(host.kit.quiesce(2), 0);
}

#[test]
fn what_can_never_end_is_stalled_and_what_is_left_open_is_undone() {
    let mut host = running();
    let stalled = host.kit.call("a", "stall", json!({}));
    assert_eq!(category(host.kit.answer(stalled)), "stalled");
    let dangling = host.kit.call("b", "dangle", json!({}));
    assert_eq!(
        host.kit.answer(dangling).unwrap(),
        json!({ "outcome": "returned", "value": 1, "seqs": [] })
    );
    let open = host.fetching("c", "fetchThenBegin");
    let reducer = host.kit.call("r", "put", json!({ "key": "r" }));
    assert_eq!(host.kit.answer(reducer).unwrap()["seqs"], json!([3]));
    host.origin.release("c", "1");
    host.kit.answer(open).unwrap();
    assert_eq!(host.kit.rows("log"), json!([["$connected", 1], ["$init", 1], ["r", 1]]));
    let logged: Vec<&Value> = host.kit.logs.iter().map(|log| &log["call"]).collect();
    assert_eq!(logged, ["b", "c"]);
}

#[test]
fn procedures_beyond_the_bound_wait_for_a_place() {
    let mut host = running_within(Some(2));
    let calls = ["p0", "p1", "p2"].map(|name| host.fetch_put(name));
    let reducer = host.kit.call("r", "put", json!({ "key": "r" }));
    host.kit.answer(reducer).unwrap();
    assert_eq!(host.kit.quiesce(0), 2);
    host.origin.release("p0", "0");
    host.kit.answer(calls[0]).unwrap();
    host.origin.release("p2", "2");
    host.origin.release("p1", "1");
    host.kit.answer(calls[2]).unwrap();
    host.kit.answer(calls[1]).unwrap();
}

#[test]
fn shutdown_answers_everything_and_nothing_after_it() {
    let mut host = running();
    let (held, sync) = host.hold_on_both_paths();
    let never = host.kit.send("quiesce", json!({ "module": "m1", "outcomes": 9 }));
    let last = host.kit.send("shutdown", json!({}));
    assert_eq!(category(host.kit.answer(held)), "shutdown");
    assert_eq!(category(host.kit.answer(sync)), "shutdown");
    assert_eq!(code(host.kit.answer(never)), -32002);
    assert_eq!(host.kit.answer(last).unwrap(), json!({}));
    assert_eq!(host.kit.order.last(), Some(&last));
    host.host.join().unwrap();
    host.origin.closed("p");
}

#[test]
fn an_unloaded_module_fails_its_calls_and_is_gone() {
    let mut host = running();
    let held = host.fetch_put("p");
    host.origin.arrived("p");
    host.kit.on_lane("module/unload").unwrap();
    assert_eq!(category(host.kit.answer(held)), "shutdown");
    host.origin.closed("p");
    assert_eq!(code(host.kit.on_lane("lane/pause")), -32001);
    let gone = host.kit.call("q", "put", json!({ "key": "q" }));
    assert_eq!(code(host.kit.answer(gone)), -32001);
    load(&mut host.kit, &engine::description()).unwrap();
    assert_eq!(
        host.kit.request("stats", json!({})).unwrap()["modules"][0]["module"],
        "m2"
    );
    host.kit.request("clock/advance", json!({ "to": 99999 })).unwrap();
}
