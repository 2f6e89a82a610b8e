//! Tables in a file, and a process that is killed.

use std::path::Path;

use serde_json::{Value, json};

use crate::{Host, start};

const GUEST: &str = include_str!("../guest.wat");

/// A host with the guest by hand loaded from that file, and a connection open.
fn running(data: &Path) -> Host {
    let mut host = start();
    load(&mut host, data).unwrap();
    host.kit.connect();
    host
}

fn load(host: &mut Host, data: &Path) -> Result<Value, Value> {
    host.with_code("module/load", GUEST, json!({ "guest": "as", "data": data }))
}

fn record(host: &mut Host, key: &str) -> Value {
    host.run(key, "record", json!({ "key": key }))["seqs"].take()
}

#[test]
fn what_was_answered_before_the_process_was_killed_is_there_in_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("tables");
    for round in 0..3u64 {
        let mut host = running(&data);
        let expected: Vec<Value> = (0..round).map(|of| json!([format!("k{of}"), 1])).collect();
        assert_eq!(host.kit.rows("log"), json!(expected));
        let held = host.fetch("held", "held", "p");
        host.origin.arrived("p");
        assert_eq!(record(&mut host, &format!("k{round}")), json!([round + 1]));
        assert!(!host.kit.has_answered(held));
        host.process.kill().unwrap();
        host.process.wait().unwrap();
    }
}

#[test]
fn another_process_does_not_get_a_file_that_is_in_use() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("tables");
    let mut first = running(&data);
    let mut second = start();
    let refused = load(&mut second, &data).unwrap_err();
    assert_eq!(refused["data"]["reason"], "unreadable", "{refused}");
    assert_eq!(record(&mut first, "a"), json!([1]));
    first.ends_well();
    load(&mut second, &data).unwrap();
    second.ends_well();
}
