//! The limit through the host protocol, over standard input and output.

#[path = "../../core/src/testing/client.rs"]
mod client;
#[path = "../../core/src/testing/origin.rs"]
mod origin;

use std::{
    io::Write,
    process::{Child, Command, Stdio},
};

use client::Client;
use origin::Origin;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

struct Host {
    kit: Client,
    origin: Origin,
    process: Child,
}

fn command() -> Command {
    Command::new(env!("CARGO_BIN_EXE_evenlane-bench-limit"))
}

/// A host with the module loaded as one of that language and a connection open.
fn running(guest: &str) -> Host {
    let mut process = command().stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (input, output) = (process.stdin.take().unwrap(), process.stdout.take().unwrap());
    let mut kit = Client::new(input, output);
    let origin = Origin::start();
    let answer = kit.initialize(&[origin.address.to_string()]);
    assert_eq!(answer["host"]["name"], "evenlane-bench-limit");
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(b"anything").unwrap();
    let sha256: String = Sha256::digest(b"anything")
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let load = json!({ "guest": guest, "path": file.path(), "sha256": sha256 });
    let loaded = kit.request("module/load", load).unwrap();
    assert_eq!(loaded["interface"]["name"], "load");
    kit.connect();
    Host { kit, origin, process }
}

fn returned(value: Value, seqs: Value) -> Value {
    json!({ "outcome": "returned", "value": value, "seqs": seqs })
}

impl Host {
    /// Submits a call that fetches the path of its name.
    fn fetching(&mut self, name: &str, function: &str, mut args: Value) -> u64 {
        args["url"] = json!(self.origin.url(name));
        self.kit.call(name, function, args)
    }

    fn ends_well(mut self) {
        self.kit.hang_up();
        assert!(self.process.wait().unwrap().success());
    }
}

#[test]
fn every_function_does_what_it_says() {
    for guest in ["ts", "as"] {
        let mut host = running(guest);
        let put = host.kit.call("put", "put", json!({ "key": "a" }));
        assert_eq!(host.kit.answer(put).unwrap(), returned(Value::Null, json!([1])));
        let commit = host.fetching("commit", "fetchCommit", json!({ "key": "b\"\\\u{1f600}" }));
        let only = host.fetching("only", "fetchOnly", json!({}));
        let hold = host.fetching("hold", "hold", json!({}));
        let sync = host.fetching("sync", "holdSync", json!({}));
        let overtakes = host.kit.call("c", "put", json!({ "key": "c" }));
        assert_eq!(host.kit.answer(overtakes).unwrap(), returned(Value::Null, json!([2])));
        for path in ["only", "hold", "sync", "commit"] {
            host.origin.release(path, "{}");
        }
        let expected = returned(json!(200), json!([]));
        for id in [only, hold, sync] {
            assert_eq!(host.kit.answer(id).unwrap(), expected);
        }
        assert_eq!(host.kit.answer(commit).unwrap(), returned(json!(200), json!([3])));
        let rows = json!([["a", 0], ["b\"\\\u{1f600}", 200], ["c", 0]]);
        assert_eq!(host.kit.rows("log"), rows);
        host.ends_well();
    }
}

#[test]
fn what_fails_fails_as_in_a_host_with_a_guest() {
    let mut host = running("ts");
    let forbidden = json!({ "url": "http://127.0.0.2:1/" });
    let with_key = json!({ "url": "http://127.0.0.2:1/", "key": "k" });
    let mut category = |name: &str, function: &str, args: Value| {
        let id = host.kit.call(name, function, args);
        let end = host.kit.answer(id).unwrap();
        assert_eq!(end["outcome"], "failed", "{end}");
        end["error"]["category"].as_str().unwrap().to_owned()
    };
    for function in ["fetchOnly", "hold", "holdSync"] {
        assert_eq!(category(function, function, forbidden.clone()), "transport");
    }
    assert_eq!(category("commit", "fetchCommit", with_key), "transport");
    assert_eq!(category("url", "fetchOnly", json!({ "url": "nowhere" })), "bad-value");
    assert_eq!(category("missing", "put", json!({})), "bad-arguments");
    let put = host.kit.call("put", "put", json!({ "key": "a" }));
    assert_eq!(host.kit.answer(put).unwrap()["seqs"], json!([1]));
    let again = host.kit.call("again", "put", json!({ "key": "a" }));
    assert_eq!(host.kit.answer(again).unwrap()["error"]["category"], "unique-violation");
    assert_eq!(host.kit.rows("log"), json!([["a", 0]]));
    host.ends_well();
}

#[test]
fn a_held_call_that_is_cancelled_is_forgotten() {
    let mut host = running("ts");
    let held = host.fetching("held", "hold", json!({}));
    host.origin.arrived("held");
    assert_eq!(host.origin.held(), 1);
    host.kit.cancel("held").unwrap();
    assert_eq!(host.kit.answer(held).unwrap()["error"]["category"], "cancelled");
    host.origin.closed("held");
    host.ends_well();
}

#[test]
fn it_takes_no_arguments() {
    let ended = command().arg("--port").output().unwrap();
    assert_eq!(ended.status.code(), Some(2));
    assert!(String::from_utf8(ended.stderr).unwrap().contains("--port"));
}
