//! The host as the kit sees it, over pipes.

use std::{
    fs,
    io::{BufReader, pipe},
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
        mpsc,
    },
    thread::{self, JoinHandle},
};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::*;
use crate::{
    failure, seed,
    testing::{
        client::Client,
        engine::{self, Scripted},
        origin::Origin,
    },
};

mod cancelling;
mod conflicts;
mod connections;
mod durable;
mod endings;
mod limits;
mod points;
mod schedules;
mod subscriptions;
mod turns;
mod update;

struct Running {
    kit: Client,
    origin: Origin,
    holding: mpsc::Receiver<()>,
    open_gate: mpsc::Sender<()>,
    refused: mpsc::Receiver<failure::Code>,
    host: JoinHandle<()>,
}

/// A host that nobody has initialized.
fn start(max_in_flight: Option<usize>) -> Running {
    let (holding_sender, holding) = mpsc::channel();
    let (open_gate, gate) = mpsc::channel();
    let (refused_sender, refused) = mpsc::channel();
    let engine = Scripted {
        holding: holding_sender,
        gate: Arc::new(Mutex::new(gate)),
        refused: refused_sender,
        max_in_flight,
    };
    let ((input, to_host), (from_host, output)) = (pipe().unwrap(), pipe().unwrap());
    let outbox = Outbox::start(output, || ());
    let host = thread::spawn(move || serve(Arc::new(engine), BufReader::new(input), outbox));
    Running {
        kit: Client::new(to_host, from_host),
        origin: Origin::start(),
        holding,
        open_gate,
        refused,
        host,
    }
}

impl Running {
    /// Submits a procedure on the lane that fetches the path of that name and writes the body under it.
    fn fetch_put(&mut self, name: &str) -> u64 {
        let args = json!({ "key": name, "url": self.origin.url(name) });
        self.kit.call(name, "fetchPut", args)
    }

    /// Submits a procedure that takes a URL alone, with that of the path of its name.
    fn fetching(&mut self, name: &str, function: &str) -> u64 {
        let args = json!({ "url": self.origin.url(name) });
        self.kit.call(name, function, args)
    }

    /// Has `p` held on the lane and `s` on the blocking path.
    fn hold_on_both_paths(&mut self) -> (u64, u64) {
        let held = (self.fetch_put("p"), self.fetching("s", "syncFetch"));
        self.origin.arrived("p");
        self.origin.arrived("s");
        held
    }
}

/// A host with the scripted module loaded and a connection open.
fn running() -> Running {
    running_within(None)
}

/// The same, with so many procedures in flight at the most.
fn running_within(max_in_flight: Option<usize>) -> Running {
    running_with(start(max_in_flight), json!({}))
}

/// The same, with bounds of the operator's.
fn running_limited(limits: Value) -> Running {
    running_with(start(None), json!({ "limits": limits }))
}

fn running_with(mut host: Running, more: Value) -> Running {
    host.kit.initialize(&[host.origin.address.to_string()]);
    load_with(&mut host.kit, &engine::description(), &more).unwrap();
    host.kit.connect();
    host
}

fn load(kit: &mut Client, description: &Value) -> Result<Value, Value> {
    load_with(kit, description, &json!({}))
}

/// Loads a module, with fields beside those that say which.
fn load_with(kit: &mut Client, description: &Value, fields: &Value) -> Result<Value, Value> {
    let mut fields = fields.clone();
    fields["guest"] = json!("ts");
    with_code(kit, "module/load", description, fields)
}

/// Makes a request that names a module's code, which is its description.
fn with_code(kit: &mut Client, method: &str, description: &Value, mut params: Value) -> Result<Value, Value> {
    static FILES: AtomicU32 = AtomicU32::new(0);
    let name = format!(
        "evenlane-core-{}-{}.json",
        std::process::id(),
        FILES.fetch_add(1, Ordering::Relaxed)
    );
    let path = std::env::temp_dir().join(name);
    let source = description.to_string();
    fs::write(&path, &source).unwrap();
    params["path"] = json!(path);
    params["sha256"] = json!(seed::hex(&Sha256::digest(&source)));
    let answer = kit.request(method, params);
    fs::remove_file(&path).unwrap();
    answer
}

fn category(answer: Result<Value, Value>) -> String {
    let answer = answer.unwrap();
    assert_eq!(answer["outcome"], "failed", "{answer}");
    answer["error"]["category"].as_str().unwrap().to_owned()
}

fn code(answer: Result<Value, Value>) -> i64 {
    answer.unwrap_err()["code"].as_i64().unwrap()
}

#[test]
fn requests_that_cannot_be_taken_have_their_codes() {
    let mut host = start(None);
    let kit = &mut host.kit;
    assert_eq!(code(kit.request("stats", json!({}))), -32002, "before `initialize`");
    assert_eq!(code(kit.request("nonsense", json!({}))), -32601);
    let refused = kit.request(
        "initialize",
        json!({ "protocol": 1, "nonce": "n", "seed": "s", "clock": { "mode": "real" }, "allow": ["x"] }),
    );
    assert_eq!(code(refused), -32602);
    let answer = kit.initialize(&[]);
    assert_eq!(
        (&answer["nonce"], &answer["protocol"], &answer["guests"]),
        (&json!("n"), &json!(1), &json!(["ts"]))
    );
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
    assert_eq!(
        answer["profile"],
        json!({ "tx": "closure", "retry": "none", "blockingPool": 2, "requestBurst": 64, "maxInFlight": null })
    );
    assert_eq!(
        code(kit.request(
            "initialize",
            json!({ "protocol": 1, "nonce": "n", "seed": "s", "clock": { "mode": "real" }, "allow": [] })
        )),
        -32002
    );
    let unknown = kit.request("stats", json!({ "colour": 1 })).unwrap_err();
    assert_eq!(unknown["code"], -32602);
    assert!(unknown["message"].as_str().unwrap().contains("`colour`"), "{unknown}");
    for (method, params) in [
        ("table/read", json!({ "module": "m9", "table": "log" })),
        ("connection/close", json!({ "connection": "k" })),
        (
            "module/update",
            json!({ "module": "m9", "path": "p", "sha256": "0".repeat(64) }),
        ),
        ("quiesce", json!({ "module": "m9", "outcomes": 0 })),
        ("call/cancel", json!({ "call": "c" })),
        ("tx/continue", json!({ "module": "m9", "call": "c" })),
        ("store/fail", json!({ "module": "m9", "call": "c", "commits": 1 })),
        (
            "table/subscribe",
            json!({ "module": "m9", "table": "log", "subscription": "s" }),
        ),
        ("table/unsubscribe", json!({ "subscription": "s" })),
    ] {
        assert_eq!(code(kit.request(method, params)), -32001, "{method}");
    }
    kit.write("not JSON");
    assert_eq!(kit.next().unwrap()["error"]["code"], -32700);
    kit.write(r#"{"jsonrpc":"2.0","id":99,"method":"stats","params":{},"extra":1}"#);
    let line = kit.next().unwrap();
    assert_eq!((&line["id"], &line["error"]["code"]), (&json!(99), &json!(-32600)));
    assert_eq!(kit.request("stats", json!({})).unwrap()["modules"], json!([]));
    kit.hang_up();
    host.host.join().unwrap();
}

#[test]
fn modules_are_refused_with_the_reason() {
    let mut host = start(None);
    host.kit.initialize(&[]);
    let reason = |answer: Result<Value, Value>| answer.unwrap_err()["data"]["reason"].take();
    let mut load_from = |path: &str, sha256: &str| {
        host.kit
            .request("module/load", json!({ "guest": "ts", "path": path, "sha256": sha256 }))
    };
    assert_eq!(reason(load_from("/nowhere", &"0".repeat(64))), "unreadable");
    assert_eq!(
        reason(load_from(file!().trim_start_matches("hosts/core/"), &"0".repeat(64))),
        "hash-mismatch"
    );
    let mut wrong = engine::description();
    wrong["tables"] = json!(["a-b"]);
    let error = load(&mut host.kit, &wrong).unwrap_err();
    assert_eq!(error["data"]["reason"], "interface");
    assert!(error["message"].as_str().unwrap().contains("`a-b`"));
    let mut failing = engine::description();
    failing["tables"] = json!([]);
    assert_eq!(
        reason(load(&mut host.kit, &failing)),
        "init",
        "the hook writes to a table that is not there"
    );
}

#[test]
fn hooks_run_once_and_calls_fail_before_guest_code() {
    let mut host = running();
    let kit = &mut host.kit;
    assert_eq!(kit.rows("log"), json!([["$connected", 1], ["$init", 1]]));
    let calls = [
        ("a", "nothing", json!({}), "unknown-function"),
        ("b", "put", json!({}), "bad-arguments"),
        ("c", "put", json!({ "key": 1 }), "bad-arguments"),
    ];
    for (name, function, args, expected) in calls {
        let id = kit.call(name, function, args);
        assert_eq!(category(kit.answer(id)), expected);
    }
    let duplicate = kit.call("a", "put", json!({ "key": "k" }));
    assert_eq!(code(kit.answer(duplicate)), -32004);
    let context = kit.call("d", "context", json!({}));
    let context = kit.answer(context).unwrap()["value"].take();
    // `init`, `connected` and the three failed calls were numbered before.
    assert_eq!(
        (&context["call"], &context["timestamp"], &context["seed"]),
        (&json!("d"), &json!(1000), &json!(seed::call_seed("s", 5)))
    );
    assert_eq!(
        kit.request("connection/open", json!({ "module": "m1", "connection": "k" }))
            .unwrap_err()["code"],
        -32004
    );
    kit.request("connection/close", json!({ "connection": "k" })).unwrap();
    assert_eq!(kit.rows("log")[1][0], "$disconnected");
    let gone = kit.call("e", "put", json!({ "key": "k" }));
    assert_eq!(code(kit.answer(gone)), -32001);
}

#[test]
fn arguments_nest_as_deep_as_json_may() {
    let mut host = running();
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let mut end = |call: &str, depth: usize| {
        // The arguments' object, the one in it, and the arrays; a line of its own, which no JSON library would write.
        let args = format!(r#"{{"function":"put","args":{{"key":{}}}}}"#, nested(depth - 2));
        let params = format!(r#"{{"call":"{call}","connection":"k","function":"spawn","args":{args}}}"#);
        host.kit.write(&format!(
            r#"{{"jsonrpc":"2.0","id":900,"method":"call","params":{params}}}"#
        ));
        category(host.kit.answer(900))
    };
    assert_eq!(end("a", 128), "bad-value", "they reached the guest");
    assert_eq!(end("b", 129), "bad-arguments");
    assert_eq!(end("c", 1 << 20), "bad-arguments");
}

#[test]
fn calls_of_a_closed_connection_run_on_and_are_answered() {
    let mut host = running();
    let (held, sync) = host.hold_on_both_paths();
    host.kit
        .request("connection/close", json!({ "connection": "k" }))
        .unwrap();
    assert!(!host.kit.has_answered(held) && !host.kit.has_answered(sync));
    assert_eq!(host.kit.quiesce(0), 2);
    host.origin.release("p", "7");
    host.origin.release("s", "8");
    assert_eq!(
        host.kit.answer(held).unwrap(),
        json!({ "outcome": "returned", "value": 7, "seqs": [4] })
    );
    assert_eq!(host.kit.answer(sync).unwrap()["value"], 8);
}

#[test]
fn a_reducer_overtakes_a_held_procedure() {
    let mut host = running();
    let held = host.fetch_put("p");
    let reducer = host.kit.call("r", "put", json!({ "key": "r" }));
    assert_eq!(
        host.kit.answer(reducer).unwrap(),
        json!({ "outcome": "returned", "value": null, "seqs": [3] })
    );
    host.origin.arrived("p");
    assert_eq!(host.kit.quiesce(0), 1);
    assert!(!host.kit.has_answered(held));
    host.origin.release("p", "7");
    assert_eq!(
        host.kit.answer(held).unwrap(),
        json!({ "outcome": "returned", "value": 7, "seqs": [4] })
    );
    assert_eq!(
        host.kit.rows("log"),
        json!([["$connected", 1], ["$init", 1], ["p", 7], ["r", 1]])
    );
    assert_eq!(
        host.kit.logs,
        [json!({ "module": "m1", "call": "p", "level": "info", "message": "done" })]
    );
}

#[test]
fn a_failing_reducer_leaves_nothing() {
    let mut host = running();
    let failed = host.kit.call("f", "fail", json!({ "key": "f" }));
    let error = json!({ "category": "guest-error", "message": "as asked", "function": "fail" });
    assert_eq!(
        host.kit.answer(failed).unwrap(),
        json!({ "outcome": "failed", "error": error, "seqs": [] })
    );
    let next = host.kit.call("r", "put", json!({ "key": "r" }));
    assert_eq!(host.kit.answer(next).unwrap()["seqs"], json!([3]));
}
