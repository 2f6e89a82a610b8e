//! Calls that a guest makes of its own module.

use serde_json::json;

use super::{Host, start};

fn calling() -> Host {
    let mut host = start();
    host.load(include_str!("../../../core/src/testing/calls.wat")).unwrap();
    host.kit.connect();
    host
}

#[test]
fn an_interval_ticks_with_the_clock() {
    let mut host = calling();
    assert_eq!(host.run("p", "plan", json!({}))["outcome"], "returned");
    host.kit.request("clock/advance", json!({ "to": 3200 })).unwrap();
    host.kit.quiesce(0);
    let rows = host.kit.rows("log");
    let times: Vec<_> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row[1]["timestamp"])
        .collect();
    assert_eq!(times, [2000, 2500, 3000]);
    host.ends_well();
}

#[test]
fn a_procedure_calls_a_reducer_in_the_name_of_its_caller() {
    let mut host = calling();
    assert_eq!(host.run("s", "spawn", json!({}))["value"], true);
    host.kit.quiesce(0);
    let rows = host.kit.rows("log");
    assert_eq!(
        (rows.as_array().unwrap().len(), &rows[0][1]["connection"]),
        (1, &json!("k"))
    );
    host.ends_well();
}
