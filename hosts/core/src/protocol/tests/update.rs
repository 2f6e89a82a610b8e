//! New code for a module that stays loaded.

use serde_json::{Value, json};

use super::{Running, category, code, engine, running, with_code};

/// The scripted module's description under the name `next`, as `change` leaves it.
fn next(change: impl FnOnce(&mut Value)) -> Value {
    let mut description = engine::description();
    description["name"] = json!("next");
    change(&mut description);
    description
}

fn update(host: &mut Running, description: &Value) -> Result<Value, Value> {
    with_code(&mut host.kit, "module/update", description, json!({ "module": "m1" }))
}

fn value(host: &mut Running, call: u64) -> Value {
    host.kit.answer(call).unwrap()["value"].take()
}

fn functions(description: &mut Value) -> &mut Vec<Value> {
    description["functions"].as_array_mut().unwrap()
}

fn function<'a>(description: &'a mut Value, name: &str) -> &'a mut Value {
    let mut all = functions(description).iter_mut();
    all.find(|function| function["name"] == name).unwrap()
}

#[test]
fn a_held_call_ends_by_old_code_and_later_ones_run_the_new() {
    let mut host = running();
    let held = host.fetching("p", "fetchVersion");
    host.origin.arrived("p");
    let sync = host.kit.call("s", "syncVersion", json!({}));
    assert_eq!(value(&mut host, sync), "scripted");
    let updated = update(&mut host, &next(|_| ())).unwrap();
    assert_eq!(updated["interface"]["name"], "next");
    let calls = [("v", "version"), ("w", "syncVersion")].map(|(name, of)| host.kit.call(name, of, json!({})));
    for call in calls {
        assert_eq!(value(&mut host, call), "next");
    }
    assert!(!host.kit.has_answered(held));
    host.origin.release("p", "1");
    assert_eq!(value(&mut host, held), "scripted");
    let put = host.kit.call("r", "put", json!({ "key": "r" }));
    assert_eq!(
        host.kit.answer(put).unwrap()["seqs"],
        json!([3]),
        "on the same connection"
    );
    assert_eq!(
        host.kit.rows("log"),
        json!([["$connected", 1], ["$init", 1], ["r", 1]]),
        "rows stay, and `init` does not run again"
    );
}

#[test]
fn a_held_call_of_old_code_can_be_cancelled() {
    let mut host = running();
    let held = host.fetching("p", "fetchVersion");
    host.origin.arrived("p");
    update(&mut host, &next(|_| ())).unwrap();
    host.kit.cancel("p").unwrap();
    assert_eq!(category(host.kit.answer(held)), "cancelled");
    assert_eq!(host.kit.quiesce(0), 0);
    let stats = host.kit.request("stats", json!({})).unwrap();
    assert_eq!(stats["modules"][0]["instances"], 1, "the old code's guests are gone");
}

#[test]
fn queued_calls_are_checked_again_when_they_begin() {
    let mut host = running();
    host.kit.on_lane("lane/pause").unwrap();
    let mut call = |name: &str, function: &str, args: Value| host.kit.call(name, function, args);
    let gone = call("a", "fail", json!({ "key": "a" }));
    let other = call("b", "putAndTakeBack", json!({ "key": "b" }));
    let same = call("c", "put", json!({ "key": "c" }));
    let procedure = call("d", "version", json!({}));
    let now_sync = call("e", "lanePut", json!({ "key": "e" }));
    let closed = host.kit.send("connection/close", json!({ "connection": "k" }));
    let description = next(|next| {
        functions(next).retain(|function| function["name"] != "fail");
        function(next, "putAndTakeBack")["params"] = json!([]);
        function(next, "lanePut")["mode"] = json!("sync");
        next["hooks"] = json!(["init", "connected"]);
    });
    update(&mut host, &description).expect("a lane that is paused takes new code");
    assert!(!host.kit.has_answered(gone), "it has not begun");
    host.kit.on_lane("lane/resume").unwrap();
    assert_eq!(category(host.kit.answer(gone)), "unknown-function");
    assert_eq!(category(host.kit.answer(other)), "bad-arguments");
    assert_eq!(host.kit.answer(same).unwrap()["seqs"], json!([3]));
    assert_eq!(value(&mut host, procedure), "next");
    // The scripted engine takes a synchronous procedure that it does not know for one that holds.
    host.holding.recv().unwrap();
    host.open_gate.send(()).unwrap();
    host.kit.answer(now_sync).unwrap();
    assert_eq!(host.kit.answer(closed), Ok(json!({})), "its hook is gone");
}

#[test]
fn a_refused_update_changes_nothing() {
    let mut host = running();
    let reason = |answer: Result<Value, Value>| answer.unwrap_err()["data"]["reason"].take();
    let without_table = next(|next| next["tables"] = json!(["other"]));
    assert_eq!(reason(update(&mut host, &without_table)), "interface");
    let wrong = next(|next| next["abi"] = json!(2));
    assert_eq!(reason(update(&mut host, &wrong)), "interface");
    let mut from = |path: &str, sha256: &str| {
        let params = json!({ "module": "m1", "path": path, "sha256": sha256 });
        host.kit.request("module/update", params)
    };
    assert_eq!(reason(from("/nowhere", &"0".repeat(64))), "unreadable");
    assert_eq!(code(from("", &"0".repeat(64))), -32602);
    let call = host.kit.call("v", "version", json!({}));
    assert_eq!(value(&mut host, call), "scripted");
}

#[test]
fn new_tables_are_empty_also_while_a_transaction_is_open() {
    let mut host = running();
    let parked = host.kit.call_parking("p", "syncPoint", json!({ "key": "p" }));
    host.kit.parked();
    let description = next(|next| next["tables"] = json!(["log", "added"]));
    update(&mut host, &description).unwrap();
    assert_eq!(host.kit.rows("added"), json!([]));
    host.kit.go_on("p").unwrap();
    host.kit.answer(parked).unwrap();
    assert_eq!(host.kit.rows("added"), json!([]));
    let subscribed = json!({ "module": "m1", "table": "added", "subscription": "s" });
    host.kit.request("table/subscribe", subscribed).unwrap();
}

#[test]
fn a_reducer_that_waits_for_its_transaction_may_become_a_procedure() {
    let mut host = running();
    let parked = host.kit.call_parking("p", "syncPoint", json!({ "key": "p" }));
    host.kit.parked();
    let waiting = host.kit.call("q", "put", json!({ "key": "q" }));
    host.kit.quiesce(0);
    let description = next(|next| {
        *function(next, "put") = json!({ "name": "put", "kind": "procedure", "mode": "async", "params": [{ "name": "key", "type": "string" }] });
    });
    update(&mut host, &description).unwrap();
    assert_eq!(
        category(host.kit.answer(waiting)),
        "stalled",
        "the scripted engine has nothing for it to do as a procedure"
    );
    let pool = host.kit.call("t", "syncPut", json!({ "key": "t" }));
    host.kit.go_on("p").unwrap();
    host.kit.answer(parked).unwrap();
    host.kit
        .answer(pool)
        .expect("nobody on the lane wants the next transaction any more");
}

#[test]
fn a_schedule_whose_function_is_gone_is_logged() {
    let mut host = running();
    let call = host.kit.call("l", "later", json!({ "key": "l", "at": 2000 }));
    host.kit.answer(call).unwrap();
    update(&mut host, &next(|next| functions(next).clear())).unwrap();
    host.kit.request("clock/advance", json!({ "to": 2000 })).unwrap();
    let logged = host.kit.logged();
    let message = logged[0]["message"].as_str().unwrap();
    assert!(message.contains("unknown-function"), "{message}");
}
