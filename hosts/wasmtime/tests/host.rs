//! The host as the kit sees it, over standard input and output, with guests written by hand.

#[path = "host/calls.rs"]
mod calls;
#[path = "../../core/src/testing/client.rs"]
mod client;
#[path = "host/durable.rs"]
mod durable;
#[path = "host/operator.rs"]
mod operator;
#[path = "../../core/src/testing/origin.rs"]
mod origin;
#[path = "host/update.rs"]
mod update;

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

/// A host that is initialized.
fn start() -> Host {
    let mut command = Command::new(env!("CARGO_BIN_EXE_evenlane-host-wasmtime"));
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut process = command.spawn().unwrap();
    let (input, output) = (process.stdin.take().unwrap(), process.stdout.take().unwrap());
    let mut host = Host {
        kit: Client::new(input, output),
        origin: Origin::start(),
        process,
    };
    let answer = host.kit.initialize(&[host.origin.address.to_string()]);
    assert_eq!(answer["engines"][0]["name"], "wasmtime");
    assert_eq!(
        answer["capabilities"],
        json!([
            "quiesce",
            "stepping",
            "clock",
            "cancel",
            "txPoints",
            "failpoints",
            "limits",
            "memoryLimit",
            "subscriptions",
            "update",
            "durable"
        ])
    );
    host
}

/// A host with the guest by hand loaded and a connection open.
fn running() -> Host {
    running_within(json!({}))
}

/// The same, within those limits.
fn running_within(limits: Value) -> Host {
    let mut host = start();
    let loaded = host.load_within(include_str!("guest.wat"), limits).unwrap();
    assert_eq!(loaded["interface"]["name"], "byHand");
    host.kit.connect();
    host
}

impl Host {
    fn load(&mut self, wat: &str) -> Result<Value, Value> {
        self.load_within(wat, json!({}))
    }

    fn load_within(&mut self, wat: &str, limits: Value) -> Result<Value, Value> {
        self.with_code("module/load", wat, json!({ "guest": "as", "limits": limits }))
    }

    /// Makes a request that names a module's code.
    fn with_code(&mut self, method: &str, wat: &str, mut params: Value) -> Result<Value, Value> {
        let source = wat::parse_str(wat).unwrap();
        let mut file = tempfile::Builder::new().suffix(".wasm").tempfile().unwrap();
        file.write_all(&source).unwrap();
        let sha256: String = Sha256::digest(&source)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        params["path"] = json!(file.path());
        params["sha256"] = json!(sha256);
        self.kit.request(method, params)
    }

    /// Submits a call that fetches that path.
    fn fetch(&mut self, name: &str, function: &str, path: &str) -> u64 {
        let request = json!({ "url": self.origin.url(path) });
        self.kit.call(name, function, json!({ "request": request }))
    }

    fn run(&mut self, name: &str, function: &str, args: Value) -> Value {
        let id = self.kit.call(name, function, args);
        self.kit.answer(id).unwrap()
    }

    fn ends_well(mut self) {
        self.kit.hang_up();
        assert!(self.process.wait().unwrap().success());
    }
}

fn failed(category: &str, message: &str, function: &str) -> Value {
    json!({ "outcome": "failed", "error": { "category": category, "message": message, "function": function }, "seqs": [] })
}

#[test]
fn a_reducer_overtakes_held_procedures_which_resume_in_release_order() {
    let mut host = running();
    let a = host.fetch("a", "held", "a");
    let b = host.fetch("b", "held", "b");
    let record = host.run("r", "record", json!({ "key": "r" }));
    assert_eq!(
        record,
        json!({ "outcome": "returned", "value": [["r", 1]], "seqs": [1] })
    );
    assert_eq!(host.kit.quiesce(0), 2);
    host.origin.release("b", "22");
    assert_eq!(
        host.kit.answer(b).unwrap(),
        json!({ "outcome": "returned", "value": 22, "seqs": [2] })
    );
    host.origin.release("a", "11");
    assert_eq!(
        host.kit.answer(a).unwrap(),
        json!({ "outcome": "returned", "value": 11, "seqs": [3] })
    );
    assert_eq!(host.kit.rows("log"), json!([["11", 11], ["22", 22], ["r", 1]]));
    let calls: Vec<&Value> = host.kit.logs.iter().map(|log| &log["call"]).collect();
    assert_eq!(calls, ["b", "a"]);
    host.ends_well();
}

#[test]
fn a_frozen_lane_is_stepped_one_completion_a_turn() {
    let mut host = running();
    let a = host.fetch("a", "fetch", "a");
    let b = host.fetch("b", "fetch", "b");
    host.origin.arrived("a");
    host.origin.arrived("b");
    host.kit.on_lane("lane/pause").unwrap();
    host.origin.release("b", "2");
    assert_eq!(host.kit.quiesce(1), 1);
    host.origin.release("a", "1");
    assert_eq!(host.kit.quiesce(2), 0);
    let record = host.kit.call("r", "record", json!({ "key": "r" }));
    let mut step = || host.kit.on_lane("lane/step").unwrap()["turn"].take();
    assert_eq!(step(), json!({ "kind": "request", "call": "r", "function": "record" }));
    assert_eq!(
        step(),
        json!({ "kind": "completion", "call": "b", "function": "fetch" })
    );
    assert_eq!(
        step(),
        json!({ "kind": "completion", "call": "a", "function": "fetch" })
    );
    assert_eq!(step(), Value::Null);
    for id in [a, b, record] {
        host.kit.answer(id).unwrap();
    }
    host.ends_well();
}

#[test]
fn a_failure_ends_its_own_call_alone() {
    let mut host = running();
    let held = host.fetch("held", "held", "held");
    let trap = host.fetch("trap", "trap", "trap");
    host.origin.release("trap", "1");
    let unreachable = "wasm trap: wasm `unreachable` instruction executed";
    assert_eq!(
        host.kit.answer(trap).unwrap(),
        failed("guest-error", unreachable, "trap")
    );
    let overflow = "wasm trap: call stack exhausted";
    assert_eq!(
        host.run("o", "overflow", json!({})),
        failed("guest-error", overflow, "overflow")
    );
    assert_eq!(
        host.run("a", "abort", json!({})),
        failed("guest-error", "boom", "abort")
    );
    let wild = "the guest named 16 bytes at 4294967288, which are not in its memory";
    assert_eq!(host.run("w", "wild", json!({})), failed("guest-error", wild, "wild"));
    host.run("r", "record", json!({ "key": "r" }));
    let twice = host.run("r2", "record", json!({ "key": "r" }));
    assert_eq!(twice["error"]["category"], "unique-violation");
    host.origin.release("held", "5");
    assert_eq!(host.kit.answer(held).unwrap()["value"], 5);
    assert_eq!(host.kit.rows("log"), json!([["5", 5], ["r", 1]]));
    host.ends_well();
}

#[test]
fn an_endless_loop_passes_its_budget_and_the_lane_goes_on() {
    let mut host = running_within(json!({ "turnMs": 200 }));
    let held = host.fetch("held", "held", "held");
    let ended = host.run("l", "loop", json!({}));
    assert_eq!(
        ended,
        failed("budget", "a turn passed its budget of 200 ms of CPU time", "loop")
    );
    // The epoch has ticked on while this one was suspended: its next turn has the whole budget all the same.
    host.origin.release("held", "5");
    assert_eq!(host.kit.answer(held).unwrap()["value"], 5);
    host.ends_well();
}

#[test]
fn refusals_are_codes_that_the_guest_can_handle() {
    let mut host = running();
    let truth = |seqs: Value| json!({ "outcome": "returned", "value": true, "seqs": seqs });
    assert_eq!(host.run("n", "nested", json!({ "request": {} })), truth(json!([1])));
    assert_eq!(host.run("g", "greedy", json!({})), truth(json!([2])));
    assert_eq!(host.run("b", "bytes", json!({})), truth(json!([3])));
    let forbidden = json!({ "request": { "url": "http://127.0.0.2:1/" } });
    assert_eq!(host.run("f", "fetch", forbidden)["error"]["category"], "transport");
    let invalid = json!({ "request": { "url": "nowhere" } });
    assert_eq!(host.run("i", "fetch", invalid)["error"]["category"], "bad-value");
    host.ends_well();
}

#[test]
fn the_clock_resumes_sleepers() {
    let mut host = running();
    let sleeper = host.kit.call("s", "sleep", json!({}));
    assert_eq!(host.kit.quiesce(0), 0);
    assert!(!host.kit.has_answered(sleeper));
    assert_eq!(
        host.kit.request("clock/advance", json!({ "to": 2000 })).unwrap(),
        json!({ "now": 2000 })
    );
    assert_eq!(host.kit.answer(sleeper).unwrap()["value"], true);
    let context = host.run("c", "context", json!({}))["value"].take();
    assert_eq!(
        (&context["call"], &context["connection"], &context["timestamp"]),
        (&json!("c"), &json!("k"), &json!(2000))
    );
    host.ends_well();
}

#[test]
fn many_procedures_are_held_on_as_many_threads_as_one() {
    /// The test's own process has a thread and three open files for each.
    const N: u64 = 200;
    let mut host = running();
    let threads = |host: &Host| {
        std::fs::read_dir(format!("/proc/{}/task", host.process.id()))
            .unwrap()
            .count()
    };
    let first = host.fetch("first", "fetch", "0");
    host.origin.release("0", "0");
    host.kit.answer(first).unwrap();
    let before = threads(&host);
    let calls: Vec<u64> = (1..=N)
        .map(|n| host.fetch(&format!("p{n}"), "fetch", &n.to_string()))
        .collect();
    (1..=N).for_each(|n| host.origin.arrived(&n.to_string()));
    assert_eq!(host.kit.quiesce(0), N);
    assert_eq!(threads(&host), before);
    (1..=N)
        .rev()
        .for_each(|n| host.origin.release(&n.to_string(), &n.to_string()));
    for (n, id) in (1..=N).zip(calls) {
        assert_eq!(host.kit.answer(id).unwrap()["value"], n);
    }
    host.ends_well();
}

#[test]
fn shutdown_fails_held_calls_and_ends_the_process() {
    let mut host = running();
    let held = host.fetch("held", "held", "held");
    host.origin.arrived("held");
    let last = host.kit.send("shutdown", json!({}));
    assert_eq!(host.kit.answer(held).unwrap()["error"]["category"], "shutdown");
    assert_eq!(host.kit.answer(last).unwrap(), json!({}));
    assert!(host.process.wait().unwrap().success());
    host.origin.closed("held");
}

#[test]
fn modules_that_are_no_guests_are_refused_with_all_that_is_wrong() {
    let mut host = start();
    let mut refused = |wat: &str| {
        let error = host.load(wat).unwrap_err();
        assert_eq!(error["code"], -32000);
        (
            error["data"]["reason"].as_str().unwrap().to_owned(),
            error["message"].as_str().unwrap().to_owned(),
        )
    };
    let (reason, message) = refused(
        r#"(module (import "wasi" "fd_write" (func)) (import "evenlane_1" "spawn" (func)) (func (export "call")))"#,
    );
    assert_eq!(reason, "compile");
    for part in [
        "`fd_write` from `wasi`",
        "`spawn` from `evenlane_1`",
        "no `memory`",
        "no `describe`",
        "`call` is not a function (i32, i32) -> ()",
    ] {
        assert!(message.contains(part), "{part}: {message}");
    }
    let guest = |imports: &str, describe: &str| {
        format!(
            r#"(module {imports} (memory (export "memory") 1) (func (export "describe") {describe}) (func (export "call") (param i32 i32)))"#
        )
    };
    let (reason, message) = refused(&guest(r#"(import "evenlane_1" "take" (func (result i32)))"#, ""));
    assert_eq!(reason, "compile");
    assert!(message.contains("take"), "{message}");
    let (reason, message) = refused(&guest("", "unreachable"));
    assert_eq!(reason, "describe");
    assert!(message.contains("unreachable"), "{message}");
    assert_eq!(refused(&guest("", "")).0, "describe");
    let empty = r#"(import "evenlane_1" "result" (func $result (param i32 i32))) (data (i32.const 0) "{}")"#;
    let (reason, message) = refused(&guest(empty, "(call $result (i32.const 0) (i32.const 2))"));
    assert_eq!(reason, "interface");
    assert!(message.contains("missing field"), "{message}");
    host.ends_well();
}

#[test]
fn an_operator_bounds_the_memory_of_an_instance() {
    let guest = r#"(module
        (import "evenlane_1" "result" (func $result (param i32 i32)))
        (memory (export "memory") 2)
        (data (i32.const 0) "-1")
        (data (i32.const 8) "{\"abi\":1,\"name\":\"grows\",\"tables\":[],\"hooks\":[],\"functions\":[{\"name\":\"grow\",\"kind\":\"reducer\",\"params\":[]}]}")
        (func (export "describe") (call $result (i32.const 8) (i32.const 106)))
        (func (export "call") (param i32 i32)
            (if (i32.ne (memory.grow (i32.const 2)) (i32.const 2)) (then unreachable))
            (if (i32.ne (memory.grow (i32.const 1)) (i32.const -1)) (then unreachable))
            (call $result (i32.const 0) (i32.const 2))))"#;
    let mut host = start();
    let refused = host.load_within(guest, json!({ "memoryBytes": 131_071 })).unwrap_err();
    assert_eq!(refused["data"]["reason"], "compile", "{refused}");
    host.load_within(guest, json!({ "memoryBytes": 262_144 })).unwrap();
    let open = json!({ "module": "m2", "connection": "k" });
    host.kit.request("connection/open", open).unwrap();
    assert_eq!(host.run("g", "grow", json!({}))["value"], -1);
    host.ends_well();
}
