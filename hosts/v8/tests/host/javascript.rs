//! JavaScript guests: the lane, host objects, modules.

use crate::{
    UNWORDED,
    support::{Host, failure},
};
use serde_json::json;

#[test]
fn a_reducer_overtakes_a_held_fetch() {
    let mut host = Host::javascript();
    let held = host.hold("c1", "fetchThenPut", "held", json!({ "key": "after" }));
    assert_eq!(host.value("c2", "put", json!({ "key": "before" })), 0);
    assert!(!host.kit.has_answered(held));
    host.origin.release("held", "body");
    assert_eq!(host.kit.answer(held).unwrap()["value"], json!([0, "body"]));
    assert_eq!(host.kit.rows("log"), json!([["after", 2], ["before", 1]]));
}

#[test]
fn one_completion_is_one_turn() {
    let mut host = Host::javascript();
    let first = host.hold("c1", "twoSteps", "a", json!({ "key": "a" }));
    let second = host.hold("c2", "twoSteps", "b", json!({ "key": "b" }));
    host.kit.on_lane("lane/pause").unwrap();
    host.kit.release_in_order(&host.origin, &[("b", ""), ("a", "")]);
    let turn = host.kit.on_lane("lane/step").unwrap();
    assert_eq!(
        turn["turn"],
        json!({ "kind": "completion", "call": "c2", "function": "twoSteps" })
    );
    assert_eq!(host.kit.rows("log"), json!([["b.1", 1], ["b.2", 2]]));
    let turn = host.kit.on_lane("lane/step").unwrap();
    assert_eq!(turn["turn"]["call"], "c1");
    assert_eq!(
        host.kit.rows("log"),
        json!([["a.1", 3], ["a.2", 4], ["b.1", 1], ["b.2", 2]])
    );
    host.kit.on_lane("lane/resume").unwrap();
    for call in [first, second] {
        assert_eq!(host.kit.answer(call).unwrap()["outcome"], "returned");
    }
}

#[test]
fn many_fetches_of_one_call_are_in_flight_at_once() {
    let mut host = Host::javascript();
    let paths: Vec<String> = (0..32).map(|n| format!("p{n}")).collect();
    let urls: Vec<String> = paths.iter().map(|path| host.origin.url(path)).collect();
    let call = host.kit.call("c1", "all", json!({ "urls": urls }));
    for path in &paths {
        host.origin.arrived(path);
    }
    for path in paths.iter().rev() {
        host.origin.release(path, path);
    }
    assert_eq!(host.kit.answer(call).unwrap()["value"], json!(paths));
}

#[test]
fn what_a_body_gives_decides_its_transaction() {
    let mut host = Host::javascript();
    assert_eq!(host.value("c1", "thenableBody", json!({})), json!([-8, true, -2]));
    assert_eq!(
        host.value("c2", "throwingGetter", json!({})),
        json!(["from the getter", -2])
    );
    assert_eq!(host.kit.rows("log"), json!([]));
}

#[test]
fn a_leaked_host_object_does_nothing() {
    let mut host = Host::javascript();
    host.value("c1", "leak", json!({}));
    let answers = host.value("c2", "useLeaked", json!({}));
    assert_eq!(
        answers,
        json!([-11, -11, -11, -11, -11, -11, -11, -11, -11, "TypeError", "TypeError"])
    );
}

#[test]
fn what_is_no_value_of_the_contract_is_refused() {
    let mut host = Host::javascript();
    assert_eq!(host.value("c1", "badValues", json!({})), json!([-7, -7, -7, -7, -7]));
    assert_eq!(host.value("c2", "refusedInReducer", json!({})), json!([-4, -4, -4, -4]));
    assert_eq!(host.failure("c3", "noText", json!({})).0, "guest-error");
}

#[test]
fn no_transaction_spans_a_yield() {
    let mut host = Host::javascript();
    let url = host.origin.url("never");
    assert_eq!(
        host.value("c1", "openAcrossYield", json!({ "url": url })),
        json!([-3, -3, 0])
    );
    assert_eq!(host.origin.held(), 0);
}

#[test]
fn a_reducer_is_synchronous() {
    let mut host = Host::javascript();
    let (category, message) = host.failure("c1", "asyncReducer", json!({}));
    assert_eq!(category, "async-reducer");
    assert!(message.contains("asyncReducer"), "{message}");
    assert_eq!(
        host.failure("c2", "failing", json!({ "key": "x" })),
        ("guest-error".into(), "as asked".into())
    );
    host.value("c3", "leaveMicrotask", json!({}));
    // The microtask has run, after the commit: its host object was closed.
    assert_eq!(host.value("c4", "leftBehind", json!({})), json!(-11));
    assert_eq!(host.kit.rows("log"), json!([]));
}

#[test]
fn a_promise_shared_between_calls_ends_both_in_their_turns() {
    let mut host = Host::javascript();
    let owner = host.hold("c1", "share", "shared", json!({}));
    let guest = host.hold("c2", "raceShared", "own", json!({}));
    host.origin.release("shared", "");
    assert_eq!(host.kit.answer(owner).unwrap()["value"], "owner");
    assert_eq!(host.kit.answer(guest).unwrap()["value"], "guest");
    host.origin.closed("own");
}

#[test]
fn a_promise_that_nothing_settles_stalls_its_call() {
    assert_eq!(Host::javascript().failure("c1", "stall", json!({})).0, "stalled");
}

#[test]
fn failures_say_what_the_guest_said() {
    let mut host = Host::javascript();
    assert_eq!(
        host.failure("c1", "recorded", json!({})),
        ("bad-value".into(), "as recorded".into())
    );
    let said = |how: &str| json!({ "how": how });
    assert_eq!(
        host.failure("c2", "throws", said("error")),
        ("guest-error".into(), "its message".into())
    );
    assert_eq!(
        host.failure("c3", "throws", said("text")),
        ("guest-error".into(), "a text".into())
    );
    // Its getter is not asked.
    assert_eq!(host.failure("c4", "throws", said("getter")).1, UNWORDED);
    let (category, message) = host.failure("c5", "overflow", json!({}));
    assert_eq!(
        (category.as_str(), message.as_str()),
        ("guest-error", "Maximum call stack size exceeded")
    );
    assert_eq!(host.value("c6", "rows", json!({})), json!([]));
}

#[test]
fn an_unhandled_rejection_is_logged_with_its_call() {
    let mut host = Host::javascript();
    let url = host.origin.url("held");
    let call = host.kit.call("c1", "unhandled", json!({ "url": url }));
    host.origin.release("held", "");
    assert_eq!(host.kit.answer(call).unwrap()["outcome"], "returned");
    let log = host.kit.logs.iter().find(|log| log["call"] == "c1").unwrap();
    assert!(log["message"].as_str().unwrap().contains("nobody caught it"), "{log}");
}

#[test]
fn a_guest_has_nothing_but_its_host_object() {
    let mut host = Host::javascript();
    assert_eq!(host.value("c1", "globals", json!({})), json!([]));
    assert_eq!(host.failure("c2", "wait", json!({})).0, "guest-error");
    let (category, message) = host.failure("c3", "importing", json!({}));
    assert_eq!(category, "guest-error");
    assert!(message.contains("node:fs"), "{message}");
}

#[test]
fn a_module_that_is_no_guest_is_refused_with_the_reason() {
    let mut host = Host::start();
    let cases = [
        ("export default {", "compile", "line 1"),
        ("import { x } from 'y';\nexport default x;", "compile", "\"y\""),
        ("export const x = 1;", "compile", "default export"),
        ("export default { abi: 2, describe() {}, call() {} };", "compile", "abi"),
        (
            "export default { abi: 1, describe() { return '{}'; } };",
            "compile",
            "`call`",
        ),
        ("throw new Error('at load');", "compile", "at load"),
        ("await new Promise(() => {});", "compile", "top-level await"),
        (
            "export default { abi: 1, describe() { throw 'in it'; }, call() {} };",
            "describe",
            "in it",
        ),
        (
            "export default { abi: 1, describe() { return 1; }, call() {} };",
            "describe",
            "JSON",
        ),
    ];
    for (source, reason, names) in cases {
        let (found, message) = host.refusal("ts", source.as_bytes());
        assert_eq!(found, reason, "{source}: {message}");
        assert!(message.contains(names), "{source}: {message}");
    }
}

#[test]
fn a_synchronous_procedure_holds_its_thread_while_reducers_run() {
    let mut host = Host::javascript();
    let held = host.hold("c1", "syncFetch", "held", json!({}));
    host.value("c2", "put", json!({ "key": "meanwhile" }));
    assert!(!host.kit.has_answered(held));
    host.origin.release("held", "body");
    assert_eq!(host.kit.answer(held).unwrap()["value"], json!([0, "body"]));
    assert_eq!(host.kit.rows("log"), json!([["meanwhile", 1], ["sync", 1]]));
}

#[test]
fn a_synchronous_procedure_gives_no_promise() {
    let mut host = Host::javascript();
    let end = host.run("c1", "syncPromise", json!({}));
    let (category, message) = failure(&end);
    assert_eq!(category, "promise-from-sync");
    assert!(message.contains("syncPromise"), "{message}");
    assert_eq!(end["seqs"].as_array().unwrap().len(), 1);
    assert_eq!(host.failure("c2", "syncThenable", json!({})).0, "promise-from-sync");
    assert_eq!(host.kit.rows("log"), json!([["kept", 1]]));
}

#[test]
fn aborted_fetches_end_in_their_turns_and_those_that_come_later_at_once() {
    let mut host = Host::javascript();
    let urls = ["a", "b", "c"].map(|path| host.origin.url(path));
    let call = host.kit.call("c1", "aborting", json!({ "urls": urls }));
    ["a", "b", "c"].iter().for_each(|path| host.origin.arrived(path));
    // The outcome of `a` waits for its turn when the guest aborts it.
    host.kit.on_lane("lane/pause").unwrap();
    host.kit.release_in_order(&host.origin, &[("c", "3"), ("a", "1")]);
    host.kit.on_lane("lane/resume").unwrap();
    assert_eq!(
        host.kit.answer(call).unwrap()["value"],
        json!([0, [-15, -15], [-15, 0, -7, -7]])
    );
    host.origin.closed("b");
    assert_eq!(host.kit.quiesce(3), 0);
}

#[test]
fn a_synchronous_procedure_fetches_nothing_that_it_has_aborted() {
    let mut host = Host::javascript();
    let url = host.origin.url("never");
    let value = host.value("c1", "syncAbort", json!({ "url": url }));
    assert_eq!(value, json!([0, -15, "the fetch was aborted by its guest"]));
    assert_eq!(host.origin.held(), 0);
}
