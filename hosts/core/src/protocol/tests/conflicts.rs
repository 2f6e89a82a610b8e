//! Commits that conflict because the kit asked for it.

use serde_json::json;

use super::{category, engine, load, running, start};

#[test]
fn a_procedure_reads_the_conflict_and_may_try_again() {
    let mut host = running();
    host.kit.fail_commits("p", 1);
    host.kit.fail_commits("p", 2);
    let retried = host.kit.call("p", "retryPut", json!({ "key": "p" }));
    assert_eq!(
        host.kit.answer(retried).unwrap(),
        json!({ "outcome": "returned", "value": 3, "seqs": [3] }),
        "armed twice adds up, and what was undone takes no number"
    );
    host.kit.fail_commits("s", 1);
    let sync = host.kit.call("s", "syncPut", json!({ "key": "s" }));
    assert_eq!(category(host.kit.answer(sync)), "conflict");
    let other = host.kit.call("t", "syncPut", json!({ "key": "t" }));
    assert_eq!(host.kit.answer(other).unwrap()["seqs"], json!([4]));
    assert_eq!(
        host.kit.rows("log"),
        json!([["$connected", 1], ["$init", 1], ["p", 1], ["t", 1]])
    );
}

#[test]
fn a_call_may_be_armed_while_it_is_in_flight() {
    let mut host = running();
    let held = host.fetch_put("p");
    host.origin.arrived("p");
    host.kit.fail_commits("p", 1);
    host.origin.release("p", "1");
    assert_eq!(category(host.kit.answer(held)), "conflict");
    assert_eq!(host.kit.rows("log"), json!([["$connected", 1], ["$init", 1]]));
}

#[test]
fn a_reducer_and_a_hook_fail_as_conflict() {
    let mut host = start(None);
    host.kit.initialize(&[]);
    load(&mut host.kit, &engine::description()).unwrap();
    // The host names a module's calls by their numbers; `init` was the first.
    host.kit.fail_commits("$1", 1);
    let open = json!({ "module": "m1", "connection": "k" });
    let error = host.kit.request("connection/open", open).unwrap_err();
    assert_eq!(error["code"], -32003);
    assert_eq!(error["data"]["error"]["category"], "conflict");
    host.kit.connect();
    host.kit.fail_commits("r", 1);
    let reducer = host.kit.call("r", "put", json!({ "key": "r" }));
    let end = host.kit.answer(reducer).unwrap();
    assert_eq!(
        (&end["error"]["category"], &end["seqs"]),
        (&json!("conflict"), &json!([]))
    );
    let next = host.kit.call("n", "put", json!({ "key": "n" }));
    assert_eq!(host.kit.answer(next).unwrap()["seqs"], json!([3]));
    assert_eq!(host.kit.rows("log"), json!([["$connected", 1], ["$init", 1], ["n", 1]]));
}
