//! Subscriptions: whole commits, each once, in order, before the result that they belong to.

use serde_json::{Value, json};

use super::{Running, code, running};

fn subscribe(host: &mut Running, name: &str) -> Result<Value, Value> {
    let params = json!({ "module": "m1", "table": "log", "subscription": name });
    host.kit.request("table/subscribe", params)
}

fn run(host: &mut Running, name: &str, function: &str, key: &str) -> Value {
    let call = host.kit.call(name, function, json!({ "key": key }));
    host.kit.answer(call).unwrap()
}

fn change(name: &str, seq: u64, changes: &Value) -> Value {
    json!({ "subscription": name, "seq": seq, "changes": changes })
}

#[test]
fn a_subscriber_is_told_of_each_later_commit_before_its_result() {
    let mut host = running();
    let begun = subscribe(&mut host, "s").unwrap();
    assert_eq!(begun, json!({ "rows": [["$connected", 1], ["$init", 1]], "seq": 2 }));
    let calls = ["a", "b"].map(|key| host.kit.call(key, "put", json!({ "key": key })));
    for call in calls {
        host.kit.answer(call).unwrap();
    }
    let answered = host.kit.order.len();
    let expected = [
        (change("s", 3, &json!([["a", 1]])), answered - 2),
        (change("s", 4, &json!([["b", 1]])), answered - 1),
    ];
    assert_eq!(host.kit.changes, expected);
}

#[test]
fn what_is_undone_or_changes_nothing_is_not_told() {
    let mut host = running();
    subscribe(&mut host, "s").unwrap();
    run(&mut host, "f", "fail", "f");
    assert_eq!(run(&mut host, "n", "putAndTakeBack", "n")["seqs"], json!([3]));
    assert_eq!(host.kit.changes, []);
    run(&mut host, "a", "put", "a");
    run(&mut host, "m", "move", "a");
    let told: Vec<&Value> = host.kit.changes.iter().map(|(told, _)| told).collect();
    assert_eq!(
        told,
        [
            &change("s", 4, &json!([["a", 1]])),
            &change("s", 5, &json!([["a", null], ["a moved", 1]]))
        ]
    );
}

#[test]
fn a_transaction_that_was_open_when_the_subscription_began_is_told_whole() {
    let mut host = running();
    let parked = host.kit.call_parking("p", "syncPoint", json!({ "key": "p" }));
    host.kit.parked();
    let begun = subscribe(&mut host, "s").unwrap();
    assert_eq!(
        begun["seq"], 2,
        "answered while a transaction is open, without its rows"
    );
    host.kit.go_on("p").unwrap();
    host.kit.answer(parked).unwrap();
    assert_eq!(host.kit.changes[0].0, change("s", 3, &json!([["p", 1]])));
}

#[test]
fn each_subscriber_is_told_until_it_has_unsubscribed() {
    let mut host = running();
    subscribe(&mut host, "s").unwrap();
    subscribe(&mut host, "t").unwrap();
    assert_eq!(code(subscribe(&mut host, "s")), -32004);
    run(&mut host, "a", "put", "a");
    let unsubscribe = |host: &mut Running, name: &str| {
        let params = json!({ "subscription": name });
        host.kit.request("table/unsubscribe", params)
    };
    assert_eq!(unsubscribe(&mut host, "s"), Ok(json!({})));
    assert_eq!(code(unsubscribe(&mut host, "s")), -32001);
    run(&mut host, "b", "put", "b");
    let told: Vec<Value> = host.kit.changes.drain(..).map(|(told, _)| told).collect();
    let (a, b) = (json!([["a", 1]]), json!([["b", 1]]));
    assert_eq!(told, [change("s", 3, &a), change("t", 3, &a), change("t", 4, &b)]);
    assert_eq!(subscribe(&mut host, "s").unwrap()["seq"], 4, "the name is free again");
    host.kit.on_lane("module/unload").unwrap();
    assert_eq!(code(unsubscribe(&mut host, "t")), -32001, "gone with its module");
    let params = json!({ "module": "m1", "table": "nothing", "subscription": "u" });
    assert_eq!(code(host.kit.request("table/subscribe", params)), -32001);
}
