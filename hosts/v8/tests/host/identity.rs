//! Whose code runs, where a continuation runs in the turn of another call: V8 knows it of each continuation.

use crate::{
    support::{Host, failure},
    termination::{host, works},
};
use serde_json::json;

#[test]
fn the_culprit_is_the_call_whose_code_ran_not_the_one_whose_turn_it_was() {
    let mut host = host();
    let (shared, own) = (host.origin.url("shared"), host.origin.url("own"));
    let owner = host.kit.call("owner", "share", json!({ "url": shared }));
    let culprit = host.kit.call("culprit", "loopAfterShared", json!({ "url": own }));
    host.origin.arrived("own");
    host.origin.release("shared", "");
    assert_eq!(failure(&host.kit.answer(culprit).unwrap()).0, "budget");
    // The owner had ended, or was lost with the lane: never in silence.
    let owner = host.kit.answer(owner).unwrap();
    assert!(
        owner["outcome"] == "returned" || failure(&owner).0 == "lane-lost",
        "{owner}"
    );
    works(&mut host);
}

#[test]
fn outside_of_any_call_a_guest_sees_the_clock_of_the_host() {
    let mut host = Host::javascript();
    let held = host.hold("c1", "share", "held", json!({}));
    // Its continuation runs when it has long ended, in the turn of the call that it shares a promise with.
    host.value("c2", "noteClockAfterShared", json!({}));
    host.kit.request("clock/advance", json!({ "to": 8000 })).unwrap();
    host.origin.release("held", "");
    assert_eq!(host.kit.answer(held).unwrap()["value"], "owner");
    // The first was read when the module was evaluated.
    assert_eq!(host.value("c3", "clockLeftBehind", json!({})), json!([1000, 8000]));
}
