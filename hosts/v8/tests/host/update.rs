//! New code while calls of the old one are held.

use serde_json::json;

use crate::support::{Host, JAVASCRIPT_GUEST};

#[test]
fn a_javascript_call_ends_by_the_code_that_it_began_with() {
    let mut host = Host::javascript();
    assert_eq!(host.run("c1", "put", json!({ "key": "old" }))["outcome"], "returned");
    assert_eq!(
        host.run("c2", "syncPut", json!({ "key": "sync" }))["outcome"],
        "returned"
    );
    let held = host.hold("c3", "putThenFetch", "held", json!({ "key": "held" }));
    let guest = JAVASCRIPT_GUEST.replace("let token = 0;", "let token = 100;");
    let params = json!({ "module": "m1" });
    host.with_code("module/update", guest.as_bytes(), params.clone())
        .unwrap();
    host.run("c4", "put", json!({ "key": "new" }));
    host.run("c5", "syncPut", json!({ "key": "sync again" }));
    // Twice, so that three generations are there at once.
    let second = host.hold("c6", "putThenFetch", "second", json!({ "key": "second" }));
    let guest = guest.replace("let token = 100;", "let token = 200;");
    host.with_code("module/update", guest.as_bytes(), params).unwrap();
    host.run("c7", "put", json!({ "key": "newest" }));
    host.origin.release("held", "1");
    assert_eq!(host.kit.answer(held).unwrap()["outcome"], "returned");
    host.run("c8", "put", json!({ "key": "newest too" }));
    host.origin.release("second", "1");
    assert_eq!(host.kit.answer(second).unwrap()["outcome"], "returned");
    let rows = host.kit.rows("log");
    let expected = [("new", 101), ("newest", 201), ("newest too", 202), ("old", 1)];
    for (key, token) in expected {
        assert!(rows.as_array().unwrap().contains(&json!([key, token])), "{key}: {rows}");
    }
    host.kit.quiesce(2);
    let stats = host.kit.request("stats", json!({})).unwrap();
    assert_eq!(
        stats["modules"][0]["instances"], 2,
        "one isolate on the lane and one on the blocking path: {stats}"
    );
}

#[test]
fn a_suspended_wasm_call_ends_by_the_code_that_it_began_with() {
    let mut host = Host::wasm();
    let held = host.hold("c1", "keep", "held", json!({ "value": 1 }));
    let guest = wat::parse_str(include_str!("guest.wat").replace("byHand", "byFoot")).unwrap();
    let updated = host
        .with_code("module/update", &guest, json!({ "module": "m1" }))
        .unwrap();
    assert_eq!(updated["interface"]["name"], "byFoot");
    let new = host.hold("c2", "keep", "new", json!({ "value": 2 }));
    host.origin.release("held", "1");
    host.origin.release("new", "1");
    assert_eq!(host.kit.answer(held).unwrap()["value"]["value"], 1);
    assert_eq!(host.kit.answer(new).unwrap()["value"]["value"], 2);
}
