//! Points in transactions, and commits that conflict.

use crate::support::{Host, failure};
use serde_json::json;

#[test]
fn a_synchronous_procedure_stops_at_its_point_with_its_transaction_open() {
    let mut host = Host::javascript();
    let parked = host.kit.call_parking("c1", "syncPoints", json!({ "key": "parked" }));
    assert_eq!(
        host.kit.parked(),
        json!({ "module": "m1", "call": "c1", "point": "inside" })
    );
    let pool = host.kit.call("c2", "syncPut", json!({ "key": "pool" }));
    host.kit.quiesce(0);
    let lane = host.kit.call("c3", "lanePut", json!({ "key": "lane" }));
    assert_eq!(host.kit.quiesce(0), 0);
    assert_eq!(host.kit.rows("log"), json!([]), "nobody has overtaken it");
    host.kit.go_on("c1").unwrap();
    let end = host.kit.answer(parked).unwrap();
    assert_eq!((&end["value"], &end["seqs"]), (&json!([-2, 0, 0, 0]), &json!([1])));
    for call in [pool, lane] {
        assert_eq!(host.kit.answer(call).unwrap()["value"], json!([0, 0, 0]));
    }
    assert_eq!(host.kit.rows("log"), json!([["lane", 1], ["parked", 1], ["pool", 1]]));
}

#[test]
fn a_parked_procedure_is_cancelled_or_ends_with_its_module() {
    let mut host = Host::javascript();
    let parked = host.kit.call_parking("c1", "syncPoints", json!({ "key": "parked" }));
    host.kit.parked();
    host.kit.cancel("c1").unwrap();
    assert_eq!(failure(&host.kit.answer(parked).unwrap()).0, "cancelled");
    host.kit.quiesce(0);
    assert_eq!(host.kit.rows("log"), json!([]));
    let parked = host.kit.call_parking("c2", "syncPoints", json!({ "key": "parked" }));
    host.kit.parked();
    host.kit.on_lane("module/unload").unwrap();
    assert_eq!(failure(&host.kit.answer(parked).unwrap()).0, "shutdown");
}

#[test]
fn elsewhere_a_point_does_nothing() {
    let mut host = Host::javascript();
    let lane = host.kit.call_parking("c1", "points", json!({ "key": "lane" }));
    assert_eq!(host.kit.answer(lane).unwrap()["value"], json!([-2, 0, 0, 0]));
    assert_eq!(
        host.value("c2", "syncPoints", json!({ "key": "pool" })),
        json!([-2, 0, 0, 0])
    );
    assert_eq!(host.value("c3", "reducerPoint", json!({})), 0);
    let mut host = Host::wasm();
    let lane = host.kit.call_parking("c1", "point", json!({}));
    assert_eq!(host.kit.answer(lane).unwrap()["value"], 2);
}

#[test]
fn a_conflict_is_a_code_for_a_procedure_and_the_end_of_a_reducer() {
    let mut host = Host::javascript();
    host.kit.fail_commits("c1", 1);
    let end = host.run("c1", "commitTwice", json!({ "key": "a" }));
    assert_eq!(end["value"][0], json!([0, 0, -12]));
    assert!(end["value"][1].as_str().unwrap().contains("undone"), "{end}");
    assert_eq!((&end["value"][2], &end["seqs"]), (&json!([0, 0, 0]), &json!([1])));
    host.kit.fail_commits("c2", 1);
    assert_eq!(host.failure("c2", "put", json!({ "key": "b" })).0, "conflict");
    assert_eq!(host.kit.rows("log"), json!([["a", 1]]));
}
