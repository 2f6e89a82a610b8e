//! Turns that are stopped: the culprit ends by its own failure, the others retryably, and the lane works again.

use crate::support::{Host, failure};
use serde_json::json;

/// A host whose turns may take less than usual; far more than any turn below takes that is not stopped.
pub fn host() -> Host {
    Host::javascript_within(json!({ "turnMs": 400 }))
}

/// Holds `others` fetches, has `culprit` loop once its own fetch is released, and checks what becomes of all.
fn loops(culprit: &str) {
    let mut host = host();
    let paths = ["other0", "other1", "other2"];
    let others = paths.map(|path| host.hold(path, "fetch", path, json!({})));
    let url = host.origin.url("culprit");
    let call = host.kit.call("culprit", culprit, json!({ "url": url }));
    host.origin.release("culprit", "");
    assert_eq!(failure(&host.kit.answer(call).unwrap()).0, "budget");
    for other in others {
        assert_eq!(failure(&host.kit.answer(other).unwrap()).0, "lane-lost");
    }
    paths.iter().for_each(|path| host.origin.closed(path));
    works(&mut host);
}

/// Demands that the lane works again.
pub fn works(host: &mut Host) {
    assert_eq!(host.value("again", "put", json!({ "key": "again" })), 0);
    let url = host.origin.url("again");
    let call = host.kit.call("fetched", "fetch", json!({ "url": url }));
    host.origin.release("again", "body");
    assert_eq!(host.kit.answer(call).unwrap()["value"], json!([200, "body", -11]));
}

#[test]
fn an_endless_loop_is_stopped() {
    loops("loop");
}

#[test]
fn an_endless_loop_of_microtasks_is_stopped() {
    loops("microtaskLoop");
}

#[test]
fn a_first_turn_without_end_is_stopped() {
    let mut host = host();
    assert_eq!(host.failure("culprit", "spin", json!({})).0, "budget");
    works(&mut host);
}

#[test]
fn an_endless_reducer_is_stopped_and_undone() {
    let mut host = host();
    let held = host.hold("held", "fetch", "held", json!({}));
    assert_eq!(host.failure("culprit", "loopingReducer", json!({})).0, "budget");
    assert_eq!(failure(&host.kit.answer(held).unwrap()).0, "lane-lost");
    works(&mut host);
}

#[test]
fn an_endless_synchronous_procedure_is_stopped_alone() {
    let mut host = host();
    let held = host.hold("held", "fetch", "held", json!({}));
    assert_eq!(host.failure("culprit", "syncLoop", json!({})).0, "budget");
    host.origin.release("held", "body");
    assert_eq!(host.kit.answer(held).unwrap()["value"], json!([200, "body", -11]));
    let url = host.origin.url("sync");
    let sync = host.kit.call("sync", "syncFetch", json!({ "url": url }));
    host.origin.release("sync", "body");
    assert_eq!(host.kit.answer(sync).unwrap()["value"], json!([0, "body"]));
}

#[test]
fn a_full_heap_does_not_end_the_process() {
    // With the budget of the product: filling the heap takes seconds of collecting.
    let mut host = Host::javascript();
    host.value("before", "put", json!({ "key": "kept" }));
    for fill in ["fill", "fillAtOnce", "fillText"] {
        let (category, message) = host.failure(fill, fill, json!({}));
        assert!(
            category == "memory" || category == "budget",
            "{fill}: {category}: {message}"
        );
    }
    // A buffer too many is a `RangeError`; or the collector, which buffers keep busy, says first that it gets nowhere.
    let (category, message) = host.failure("buffers", "fillBuffers", json!({}));
    assert!(
        category == "memory" || category == "guest-error",
        "{category}: {message}"
    );
    assert_eq!(host.value("after", "rows", json!({})), json!([["kept", 1]]));
    assert_eq!(host.value("again", "put", json!({ "key": "again" })), 0);
}

#[test]
fn an_operator_bounds_the_heap() {
    let mut host = Host::javascript_within(json!({ "memoryBytes": 32 << 20 }));
    let held = host.hold("held", "fetch", "held", json!({}));
    assert_eq!(host.value("within", "hoard", json!({ "bytes": 4 << 20 })), 4 << 20);
    assert_eq!(host.failure("past", "hoard", json!({ "bytes": 64 << 20 })).0, "memory");
    assert_eq!(failure(&host.kit.answer(held).unwrap()).0, "lane-lost");
    assert_eq!(
        host.failure("sync", "syncHoard", json!({ "bytes": 64 << 20 })).0,
        "memory"
    );
    assert_eq!(host.value("again", "put", json!({ "key": "again" })), 0);
}
