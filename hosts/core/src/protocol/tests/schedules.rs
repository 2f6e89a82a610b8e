//! Calls that a module makes of itself: intervals, and reducers that procedures call.

use serde_json::{Value, json};

use super::{Running, category, running};
use crate::seed;

/// Has `function` called with those arguments from `first` on.
fn every(host: &mut Running, function: &str, args: Value, (first, every): (i32, i32)) {
    let args = json!({ "function": function, "args": args, "first": first, "every": every });
    let call = host.kit.call("every", "every", args);
    assert_eq!(host.kit.answer(call).unwrap()["outcome"], "returned");
}

fn advance(host: &mut Running, to: i32) {
    host.kit.request("clock/advance", json!({ "to": to })).unwrap();
    host.kit.quiesce(0);
}

/// The rows that `stamp` has written, in order of their keys: time, connection, sender.
fn stamps(host: &mut Running) -> Vec<Value> {
    let rows = host.kit.rows("log");
    let stamps = rows.as_array().unwrap().iter().filter(|row| row[1].is_array());
    stamps.map(|row| row[1].clone()).collect()
}

fn times(host: &mut Running) -> Vec<Value> {
    stamps(host).into_iter().map(|mut stamp| stamp[0].take()).collect()
}

#[test]
fn an_interval_ticks_at_multiples_of_its_length_from_the_first() {
    let mut host = running();
    every(&mut host, "stamp", json!({}), (2000, 500));
    advance(&mut host, 3200);
    assert_eq!(times(&mut host), [2000, 2500, 3000]);
    advance(&mut host, 3500);
    assert_eq!(times(&mut host).len(), 4);
    assert_eq!(
        stamps(&mut host)[0][1],
        Value::Null,
        "a scheduled call has no connection"
    );
    host.kit.on_lane("module/unload").unwrap();
    host.kit.request("clock/advance", json!({ "to": 9000 })).unwrap();
    assert!(host.kit.logs.is_empty(), "{:?}", host.kit.logs);
}

#[test]
fn of_ticks_that_are_due_at_once_one_fires() {
    let mut host = running();
    every(&mut host, "stamp", json!({}), (-300, 500));
    host.kit.quiesce(0);
    assert_eq!(times(&mut host), [1000]);
    advance(&mut host, 1700);
    assert_eq!(times(&mut host), [1000, 1200, 1700]);
}

#[test]
fn a_tick_that_falls_due_while_the_last_call_is_in_flight_is_missed() {
    let mut host = running();
    let url = host.origin.url("tick");
    every(&mut host, "holdTick", json!({ "url": url }), (2000, 1000));
    advance(&mut host, 2000);
    host.origin.arrived("tick");
    advance(&mut host, 4500);
    assert_eq!(host.kit.quiesce(0), 1, "the ticks at 3,000 and 4,000 are missed");
    host.origin.release("tick", "1");
    assert_eq!(host.kit.quiesce(1), 0);
    advance(&mut host, 4999);
    assert_eq!(host.kit.quiesce(1), 0, "they are not made up for");
    advance(&mut host, 5000);
    host.origin.arrived("tick");
    host.origin.release("tick", "2");
    assert_eq!(host.kit.quiesce(2), 0);
}

#[test]
fn an_interval_comes_with_the_commit_alone_and_outlives_failed_calls() {
    let mut host = running();
    let undone = host.kit.call("u", "everyThenFail", json!({ "key": "undone" }));
    assert_eq!(category(host.kit.answer(undone)), "guest-error");
    every(&mut host, "put", json!({ "key": "k" }), (2000, 1000));
    advance(&mut host, 4000);
    assert_eq!(host.kit.rows("log"), json!([["$connected", 1], ["$init", 1], ["k", 1]]));
    let failed = host.kit.logs.iter().filter(|log| log["level"] == "error").count();
    assert_eq!(failed, 2, "{:?}", host.kit.logs);
}

#[test]
fn what_is_no_interval_is_refused() {
    let mut host = running();
    for (name, function, args, length) in [
        ("a", "nothing", json!({}), 1.0),
        ("b", "put", json!({}), 1.0),
        ("c", "put", json!({ "key": "k" }), 0.5),
    ] {
        let args = json!({ "function": function, "args": args, "first": 2000, "every": length });
        let call = host.kit.call(name, "every", args);
        assert_eq!(category(host.kit.answer(call)), "bad-value");
    }
}

#[test]
fn a_nested_call_enters_the_queue_when_it_is_made() {
    let mut host = running();
    host.kit.on_lane("lane/pause").unwrap();
    let spawn = host
        .kit
        .call("p", "spawn", json!({ "function": "put", "args": { "key": "nested" } }));
    let put = host.kit.call("r", "put", json!({ "key": "r" }));
    let mut step = || host.kit.on_lane("lane/step").unwrap()["turn"]["call"].take();
    assert_eq!(
        [step(), step(), step(), step()],
        [json!("p"), json!("r"), json!("$4"), Value::Null]
    );
    host.kit.on_lane("lane/resume").unwrap();
    assert_eq!(host.kit.answer(spawn).unwrap()["seqs"], json!([]));
    assert_eq!(host.kit.answer(put).unwrap()["seqs"], json!([3]));
    assert_eq!(host.kit.rows("log").as_array().unwrap().len(), 4);
}

#[test]
fn nested_calls_run_where_their_caller_fails_and_their_own_failure_is_a_warning() {
    let mut host = running();
    let call = host.kit.call("p", "spawnAndFail", json!({ "key": "k" }));
    assert_eq!(category(host.kit.answer(call)), "limit");
    host.kit.quiesce(0);
    assert_eq!(host.kit.rows("log")[2], json!(["k", 1]));
    let [log] = &host.kit.logs[..] else {
        panic!("{:?}", host.kit.logs)
    };
    assert_eq!((&log["call"], &log["level"]), (&Value::Null, &json!("warn")));
    assert!(
        log["message"].as_str().unwrap().contains("`put` that `p` called"),
        "{log}"
    );
}

#[test]
fn a_nested_call_is_made_in_the_name_of_the_caller() {
    let mut host = running();
    let call = host.kit.call("p", "spawn", json!({ "function": "stamp", "args": {} }));
    host.kit.answer(call).unwrap();
    host.kit.quiesce(0);
    let identity = seed::connection_identity("s", "scripted", "k");
    assert_eq!(stamps(&mut host), [json!([1000, "k", identity])]);
    for (name, function, args) in [
        ("a", "nothing", json!({})),
        ("b", "spawn", json!({ "function": "put", "args": {} })),
        ("c", "put", json!({})),
        ("d", "put", json!(1)),
    ] {
        let call = host
            .kit
            .call(name, "spawn", json!({ "function": function, "args": args }));
        assert_eq!(category(host.kit.answer(call)), "bad-value", "{name}");
    }
}

#[test]
fn a_transaction_tells_when_it_began() {
    let mut host = running();
    let call = host.kit.call("p", "stamps", json!({}));
    assert_eq!(host.kit.answer(call).unwrap()["value"], json!([-2, 1000]));
}

#[test]
fn uuids_are_those_of_the_seed() {
    let mut host = running();
    every(&mut host, "stamp", json!({}), (1000, 1000));
    advance(&mut host, 2000);
    let rows = host.kit.rows("log");
    let expected = [(0, "00000000-03e8"), (1, "00000000-07d0")]
        .map(|(n, time)| format!("{time}-7000-8000-{n:04x}{:08x}", seed::uuid_tail("s", n)));
    assert_eq!([&rows[2][0], &rows[3][0]], [&json!(expected[0]), &json!(expected[1])]);
}
