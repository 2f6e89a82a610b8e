//! Requests that come right behind the opening of their connection.

use serde_json::{Value, json};

use super::{Running, code, engine, load, running, start};

/// Opens that connection, and submits calls on both paths and its end before the answer can come.
fn at_once(host: &mut Running, connection: &str) -> [u64; 5] {
    let before = host.kit.rows("log");
    host.kit.on_lane("lane/pause").unwrap();
    let open = host
        .kit
        .send("connection/open", json!({ "module": "m1", "connection": connection }));
    let mut call = |name: &str, function: &str| {
        let params = json!({ "call": name, "connection": connection, "function": function, "args": { "key": name } });
        host.kit.send("call", params)
    };
    let calls = [call("sync", "syncPut"), call("reducer", "put"), call("lane", "lanePut")];
    let close = host.kit.send("connection/close", json!({ "connection": connection }));
    host.kit.quiesce(0);
    assert_eq!(host.kit.rows("log"), before, "nothing overtakes `connected`");
    host.kit.on_lane("lane/resume").unwrap();
    [open, calls[0], calls[1], calls[2], close]
}

#[test]
fn calls_wait_for_their_connection() {
    let mut host = start(None);
    host.kit.initialize(&[]);
    load(&mut host.kit, &engine::description()).unwrap();
    for request in at_once(&mut host, "k") {
        host.kit.answer(request).unwrap();
    }
    let rows = host.kit.rows("log");
    let keys: Vec<&Value> = rows.as_array().unwrap().iter().map(|row| &row[0]).collect();
    assert_eq!(
        keys,
        ["$connected", "$disconnected", "$init", "lane", "reducer", "sync"]
    );
}

#[test]
fn a_connection_that_is_refused_takes_what_came_behind_it_along() {
    let mut host = running();
    let [open, calls @ .., close] = at_once(&mut host, "unwelcome");
    assert_eq!(code(host.kit.answer(open)), -32003);
    for request in [calls[0], calls[1], calls[2], close] {
        assert_eq!(code(host.kit.answer(request)), -32001);
    }
    assert_eq!(host.kit.quiesce(0), 0);
    assert_eq!(host.kit.rows("log").as_array().unwrap().len(), 2);
}
