//! What the operator does to calls: cancelling, points, commits that conflict.

use serde_json::{Value, json};

use super::{failed, running};

#[test]
fn a_held_call_is_cancelled_on_its_fiber_and_its_instance_goes() {
    let mut host = running();
    let held = host.fetch("held", "held", "held");
    let other = host.fetch("other", "held", "other");
    let sleeper = host.kit.call("s", "sleep", json!({}));
    host.origin.arrived("held");
    host.origin.arrived("other");
    let instances = |host: &mut super::Host| {
        let stats = host.kit.request("stats", json!({})).unwrap();
        stats["modules"][0]["instances"].as_u64().unwrap()
    };
    assert_eq!(host.kit.quiesce(0), 2);
    let before = instances(&mut host);
    for (name, id, function) in [("held", held, "held"), ("s", sleeper, "sleep")] {
        assert_eq!(host.kit.cancel(name), Ok(json!({})));
        let message = "the call was cancelled by its operator";
        assert_eq!(host.kit.answer(id).unwrap(), failed("cancelled", message, function));
    }
    host.origin.closed("held");
    assert_eq!(host.kit.quiesce(1), 1);
    assert_eq!(instances(&mut host), before - 2);
    host.kit.request("clock/advance", json!({ "to": 3000 })).unwrap();
    host.origin.release("other", "5");
    assert_eq!(host.kit.answer(other).unwrap()["seqs"], json!([1]));
    assert_eq!(host.kit.rows("log"), json!([["5", 5]]));
    host.ends_well();
}

#[test]
fn a_point_is_a_place_and_nothing_stops_there() {
    let mut host = running();
    let call = host.kit.call_parking("p", "points", json!({}));
    assert_eq!(
        host.kit.answer(call).unwrap(),
        json!({ "outcome": "returned", "value": true, "seqs": [1] })
    );
    // A wasm guest runs on the lane alone, where no call stands still.
    assert_eq!(host.kit.go_on("p").unwrap_err()["code"], -32002);
    host.ends_well();
}

#[test]
fn a_commit_that_conflicts_is_undone() {
    let mut host = running();
    host.kit.fail_commits("r", 1);
    let end = host.run("r", "record", json!({ "key": "r" }));
    assert_eq!(
        (&end["error"]["category"], &end["seqs"]),
        (&json!("conflict"), &json!([]))
    );
    host.kit.fail_commits("f", 1);
    let fetch = host.fetch("f", "fetch", "f");
    host.origin.release("f", "5");
    assert_eq!(
        host.kit.answer(fetch).unwrap()["seqs"],
        json!([]),
        "its guest took no notice"
    );
    assert_eq!(host.kit.rows("log"), Value::Array(Vec::new()));
    host.ends_well();
}
