//! Calls that a guest makes of its own module.

use crate::support::Host;
use serde_json::{Value, json};

const WASM: &str = include_str!("../../../core/src/testing/calls.wat");

/// The contexts of the ticks of an interval from 2,000 on.
fn ticks(mut host: Host) -> Vec<Value> {
    assert_eq!(host.run("p", "plan", json!({}))["outcome"], "returned");
    host.kit.request("clock/advance", json!({ "to": 3200 })).unwrap();
    host.kit.quiesce(0);
    let rows = host.kit.rows("log");
    rows.as_array()
        .unwrap()
        .iter()
        .map(|row| row[1]["timestamp"].clone())
        .collect()
}

#[test]
fn an_interval_ticks_with_the_clock() {
    assert_eq!(ticks(Host::javascript()), [2000, 2500, 3000]);
    let wasm = Host::running("as", &wat::parse_str(WASM).unwrap(), json!({}));
    assert_eq!(ticks(wasm), [2000, 2500, 3000]);
}

#[test]
fn a_procedure_calls_a_reducer_in_the_name_of_its_caller() {
    let wasm = Host::running("as", &wat::parse_str(WASM).unwrap(), json!({}));
    for (mut host, value) in [
        (Host::javascript(), json!([-2, 0, -7, [1000, -3]])),
        (wasm, json!(true)),
    ] {
        assert_eq!(host.value("s", "spawn", json!({})), value);
        host.kit.quiesce(0);
        let rows = host.kit.rows("log");
        assert_eq!(
            (rows.as_array().unwrap().len(), &rows[0][1]["connection"]),
            (1, &json!("k"))
        );
    }
}

#[test]
fn an_interval_has_to_be_one() {
    let value = Host::javascript().value("p", "plan", json!({}));
    assert_eq!(value, json!([-7, 0]));
}
