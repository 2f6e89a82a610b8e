//! The host as the kit sees it, over pipes.

use std::{
    fs,
    io::{BufReader, pipe},
    sync::{Mutex, atomic::{AtomicU32, Ordering}, mpsc},
    thread::{self, JoinHandle},
};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::*;
use crate::{
    seed,
    testing::{client::Client, engine::{self, Scripted}, origin::Origin},
};

struct Running {
    kit: Client,
    origin: Origin,
    holding: mpsc::Receiver<()>,
    open_gate: mpsc::Sender<()>,
    host: JoinHandle<()>,
}

/// A host that nobody has initialized.
fn start(max_in_flight: Option<usize>) -> Running {
    let (holding_sender, holding) = mpsc::channel();
    let (open_gate, gate) = mpsc::channel();
    let engine = Scripted { holding: holding_sender, gate: Arc::new(Mutex::new(gate)), max_in_flight };
    let ((input, to_host), (from_host, output)) = (pipe().unwrap(), pipe().unwrap());
    let outbox = Outbox::start(output, || ());
    let host = thread::spawn(move || serve(Arc::new(engine), BufReader::new(input), outbox));
    Running { kit: Client::new(to_host, from_host), origin: Origin::start(), holding, open_gate, host }
}

/// A host with the scripted module loaded and a connection open.
fn running() -> Running {
    let mut host = start(None);
    host.kit.initialize(&[host.origin.address.to_string()]);
    load(&mut host.kit, &engine::description()).unwrap();
    host.kit.connect();
    host
}

fn load(kit: &mut Client, description: &Value) -> Result<Value, Value> {
    static FILES: AtomicU32 = AtomicU32::new(0);
    let name = format!("evenlane-core-{}-{}.json", std::process::id(), FILES.fetch_add(1, Ordering::Relaxed));
    let path = std::env::temp_dir().join(name);
    let source = description.to_string();
    fs::write(&path, &source).unwrap();
    let sha256 = seed::hex(&Sha256::digest(&source));
    let loaded = kit.request("module/load", json!({ "guest": "ts", "path": path, "sha256": sha256 }));
    fs::remove_file(&path).unwrap();
    loaded
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
    let refused = kit.request("initialize", json!({ "protocol": 1, "nonce": "n", "seed": "s", "clock": { "mode": "real" }, "allow": ["x"] }));
    assert_eq!(code(refused), -32602);
    let answer = kit.initialize(&[]);
    assert_eq!((&answer["nonce"], &answer["protocol"], &answer["guests"]), (&json!("n"), &json!(1), &json!(["ts"])));
    assert_eq!(answer["profile"], json!({ "tx": "closure", "retry": "none", "blockingPool": 2, "requestBurst": 64, "maxInFlight": null }));
    assert_eq!(code(kit.request("initialize", json!({ "protocol": 1, "nonce": "n", "seed": "s", "clock": { "mode": "real" }, "allow": [] }))), -32002);
    let unknown = kit.request("stats", json!({ "colour": 1 })).unwrap_err();
    assert_eq!(unknown["code"], -32602);
    assert!(unknown["message"].as_str().unwrap().contains("`colour`"), "{unknown}");
    for (method, params) in [("table/read", json!({ "module": "m9", "table": "log" })), ("connection/close", json!({ "connection": "k" })), ("quiesce", json!({ "module": "m9", "outcomes": 0 }))] {
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
    let mut load_from = |path: &str, sha256: &str| host.kit.request("module/load", json!({ "guest": "ts", "path": path, "sha256": sha256 }));
    assert_eq!(reason(load_from("/nowhere", &"0".repeat(64))), "unreadable");
    assert_eq!(reason(load_from(file!().trim_start_matches("hosts/core/"), &"0".repeat(64))), "hash-mismatch");
    let mut wrong = engine::description();
    wrong["tables"] = json!(["a-b"]);
    let error = load(&mut host.kit, &wrong).unwrap_err();
    assert_eq!(error["data"]["reason"], "interface");
    assert!(error["message"].as_str().unwrap().contains("`a-b`"));
    let mut failing = engine::description();
    failing["tables"] = json!([]);
    assert_eq!(reason(load(&mut host.kit, &failing)), "init", "the hook writes to a table that is not there");
}

#[test]
fn hooks_run_once_and_calls_fail_before_guest_code() {
    let mut host = running();
    let kit = &mut host.kit;
    assert_eq!(kit.rows("log"), json!([["$connected", 1], ["$init", 1]]));
    let calls = [("a", "nothing", json!({}), "unknown-function"), ("b", "put", json!({}), "bad-arguments"), ("c", "put", json!({ "key": 1 }), "bad-arguments")];
    for (name, function, args, expected) in calls {
        let id = kit.call(name, function, args);
        assert_eq!(category(kit.answer(id)), expected);
    }
    let duplicate = kit.call("a", "put", json!({ "key": "k" }));
    assert_eq!(code(kit.answer(duplicate)), -32004);
    let context = kit.call("d", "context", json!({}));
    let context = kit.answer(context).unwrap()["value"].take();
    // `init`, `connected` and the three failed calls were numbered before.
    assert_eq!((&context["call"], &context["timestamp"], &context["seed"]), (&json!("d"), &json!(1000), &json!(seed::call_seed("s", 5))));
    assert_eq!(kit.request("connection/open", json!({ "module": "m1", "connection": "k" })).unwrap_err()["code"], -32004);
    kit.request("connection/close", json!({ "connection": "k" })).unwrap();
    assert_eq!(kit.rows("log")[1][0], "$disconnected");
    let gone = kit.call("e", "put", json!({ "key": "k" }));
    assert_eq!(code(kit.answer(gone)), -32001);
}

#[test]
fn a_reducer_overtakes_a_held_procedure() {
    let mut host = running();
    let held = host.kit.call("p", "fetchPut", json!({ "key": "p", "url": host.origin.url("p") }));
    let reducer = host.kit.call("r", "put", json!({ "key": "r" }));
    assert_eq!(host.kit.answer(reducer).unwrap(), json!({ "outcome": "returned", "value": null, "seqs": [3] }));
    host.origin.arrived("p");
    assert_eq!(host.kit.quiesce(0), 1);
    assert!(!host.kit.has_answered(held));
    host.origin.release("p", "7");
    assert_eq!(host.kit.answer(held).unwrap(), json!({ "outcome": "returned", "value": 7, "seqs": [4] }));
    assert_eq!(host.kit.rows("log"), json!([["$connected", 1], ["$init", 1], ["p", 7], ["r", 1]]));
    assert_eq!(host.kit.logs, [json!({ "module": "m1", "call": "p", "level": "info", "message": "done" })]);
}

#[test]
fn a_failing_reducer_leaves_nothing() {
    let mut host = running();
    let failed = host.kit.call("f", "fail", json!({ "key": "f" }));
    let error = json!({ "category": "guest-error", "message": "as asked", "function": "fail" });
    assert_eq!(host.kit.answer(failed).unwrap(), json!({ "outcome": "failed", "error": error, "seqs": [] }));
    let next = host.kit.call("r", "put", json!({ "key": "r" }));
    assert_eq!(host.kit.answer(next).unwrap()["seqs"], json!([3]));
}

#[test]
fn a_paused_lane_is_stepped_turn_by_turn() {
    let mut host = running();
    assert_eq!(code(host.kit.on_lane("lane/step")), -32002);
    let p = host.kit.call("p", "fetchPut", json!({ "key": "p", "url": host.origin.url("p") }));
    host.origin.arrived("p");
    host.kit.on_lane("lane/pause").unwrap();
    let first = host.kit.call("r1", "put", json!({ "key": "r1" }));
    let second = host.kit.call("r2", "put", json!({ "key": "r2" }));
    host.origin.release("p", "7");
    assert_eq!(host.kit.quiesce(1), 0);
    let mut step = || host.kit.on_lane("lane/step").unwrap()["turn"].take();
    assert_eq!(step(), json!({ "kind": "request", "call": "r1", "function": "put" }));
    assert_eq!(step(), json!({ "kind": "request", "call": "r2", "function": "put" }));
    assert_eq!(step(), json!({ "kind": "completion", "call": "p", "function": "fetchPut" }));
    assert_eq!(step(), Value::Null);
    for id in [first, second, p] {
        host.kit.answer(id).unwrap();
    }
    host.kit.on_lane("lane/resume").unwrap();
    let last = host.kit.call("r3", "put", json!({ "key": "r3" }));
    host.kit.answer(last).unwrap();
}

#[test]
fn the_blocking_path_blocks_nobody_and_queues_beyond_its_size() {
    let mut host = running();
    let calls: Vec<u64> = (0..3)
        .map(|n| {
            let url = host.origin.url(&format!("s{n}"));
            host.kit.call(&format!("s{n}"), "syncFetch", json!({ "url": url }))
        })
        .collect();
    host.origin.arrived("s0");
    host.origin.arrived("s1");
    assert_eq!(host.kit.quiesce(0), 2, "the third waits for a place that only waiting calls occupy");
    assert_eq!(host.origin.held(), 2);
    let reducer = host.kit.call("r", "put", json!({ "key": "r" }));
    host.kit.answer(reducer).unwrap();
    host.origin.release("s1", "1");
    assert_eq!(host.kit.answer(calls[1]).unwrap()["value"], 1);
    host.origin.release("s2", "2");
    host.origin.release("s0", "0");
    assert_eq!(host.kit.answer(calls[2]).unwrap()["value"], 2);
    assert_eq!(host.kit.answer(calls[0]).unwrap()["value"], 0);
    assert_eq!(host.kit.quiesce(3), 0);
}

#[test]
fn the_lane_goes_on_with_completions_while_a_pool_thread_has_the_transaction() {
    let mut host = running();
    let p = host.kit.call("p", "fetchThenBegin", json!({ "url": host.origin.url("p") }));
    host.kit.quiesce(0);
    let sync = host.kit.call("s", "syncHold", json!({ "key": "s" }));
    host.holding.recv().unwrap();
    let reducer = host.kit.call("r", "put", json!({ "key": "r" }));
    host.origin.release("p", "7");
    assert_eq!(host.kit.answer(p).unwrap()["value"], 7);
    assert!(!host.kit.has_answered(reducer));
    host.open_gate.send(()).unwrap();
    assert_eq!(host.kit.answer(sync).unwrap()["seqs"], json!([3]));
    assert_eq!(host.kit.answer(reducer).unwrap()["seqs"], json!([4]));
}

#[test]
fn the_clock_fires_what_falls_due_in_order() {
    let mut host = running();
    let sleeps: Vec<u64> = [("b", 3000), ("a", 2000), ("c", 3000), ("z", 9000)]
        .map(|(key, at)| host.kit.call(key, "sleepPut", json!({ "key": key, "at": at })))
        .to_vec();
    let past = host.kit.call("past", "sleepPut", json!({ "key": "past", "at": 1000 }));
    assert_eq!(host.kit.answer(past).unwrap()["value"], "passed");
    let undone = host.kit.call("later", "later", json!({ "key": "l", "at": 2500 }));
    host.kit.answer(undone).unwrap();
    assert_eq!(host.kit.request("clock/advance", json!({ "to": 5000 })).unwrap(), json!({ "now": 5000 }));
    host.kit.quiesce(0);
    let mut seq = |id: u64| host.kit.answer(id).unwrap()["seqs"][0].as_u64().unwrap();
    let (b, a, c) = (seq(sleeps[0]), seq(sleeps[1]), seq(sleeps[2]));
    // The scheduled reducer, whose call nobody hears of, has the number between.
    assert_eq!((a, b, c), (4, 6, 7));
    assert!(!host.kit.has_answered(sleeps[3]));
    assert_eq!(code(host.kit.request("clock/advance", json!({ "to": 4999 }))), -32602);
    assert!(host.kit.rows("log").to_string().contains(r#"["l",1]"#));
}

#[test]
fn a_fetch_that_takes_too_long_times_out_and_its_connection_is_closed() {
    let mut host = running();
    let slow = host.kit.call("p", "fetchPut", json!({ "key": "p", "url": host.origin.url("p") }));
    let sync = host.kit.call("s", "syncFetch", json!({ "url": host.origin.url("s") }));
    host.origin.arrived("p");
    host.origin.arrived("s");
    host.kit.request("clock/advance", json!({ "to": 30999 })).unwrap();
    assert!(!host.kit.has_answered(slow));
    host.kit.request("clock/advance", json!({ "to": 31000 })).unwrap();
    assert_eq!(category(host.kit.answer(slow)), "timeout");
    assert_eq!(category(host.kit.answer(sync)), "timeout");
    host.origin.closed("p");
    host.origin.closed("s");
    assert_eq!(host.kit.quiesce(2), 0);
}

#[test]
fn what_can_never_end_is_stalled_and_what_is_left_open_is_undone() {
    let mut host = running();
    let stalled = host.kit.call("a", "stall", json!({}));
    assert_eq!(category(host.kit.answer(stalled)), "stalled");
    let dangling = host.kit.call("b", "dangle", json!({}));
    assert_eq!(host.kit.answer(dangling).unwrap(), json!({ "outcome": "returned", "value": 1, "seqs": [] }));
    let open = host.kit.call("c", "fetchThenBegin", json!({ "url": host.origin.url("c") }));
    let reducer = host.kit.call("r", "put", json!({ "key": "r" }));
    assert_eq!(host.kit.answer(reducer).unwrap()["seqs"], json!([3]));
    host.origin.release("c", "1");
    host.kit.answer(open).unwrap();
    assert_eq!(host.kit.rows("log"), json!([["$connected", 1], ["$init", 1], ["r", 1]]));
    let logged: Vec<&Value> = host.kit.logs.iter().map(|log| &log["call"]).collect();
    assert_eq!(logged, ["b", "c"]);
}

#[test]
fn procedures_beyond_the_bound_wait_for_a_place() {
    let mut host = start(Some(2));
    host.kit.initialize(&[host.origin.address.to_string()]);
    load(&mut host.kit, &engine::description()).unwrap();
    host.kit.connect();
    let calls: Vec<u64> = ["p0", "p1", "p2"].map(|name| host.kit.call(name, "fetchPut", json!({ "key": name, "url": host.origin.url(name) }))).to_vec();
    let reducer = host.kit.call("r", "put", json!({ "key": "r" }));
    host.kit.answer(reducer).unwrap();
    assert_eq!(host.kit.quiesce(0), 2);
    host.origin.release("p0", "0");
    host.kit.answer(calls[0]).unwrap();
    host.origin.release("p2", "2");
    host.origin.release("p1", "1");
    host.kit.answer(calls[2]).unwrap();
    host.kit.answer(calls[1]).unwrap();
}

#[test]
fn shutdown_answers_everything_and_nothing_after_it() {
    let mut host = running();
    let url = host.origin.url("p");
    let held = host.kit.call("p", "fetchPut", json!({ "key": "p", "url": url }));
    let sync = host.kit.call("s", "syncFetch", json!({ "url": host.origin.url("s") }));
    host.origin.arrived("p");
    host.origin.arrived("s");
    let never = host.kit.send("quiesce", json!({ "module": "m1", "outcomes": 9 }));
    let last = host.kit.send("shutdown", json!({}));
    assert_eq!(category(host.kit.answer(held)), "shutdown");
    assert_eq!(category(host.kit.answer(sync)), "shutdown");
    assert_eq!(code(host.kit.answer(never)), -32002);
    assert_eq!(host.kit.answer(last).unwrap(), json!({}));
    assert_eq!(host.kit.order.last(), Some(&last));
    host.host.join().unwrap();
    host.origin.closed("p");
}

#[test]
fn an_unloaded_module_fails_its_calls_and_is_gone() {
    let mut host = running();
    let held = host.kit.call("p", "fetchPut", json!({ "key": "p", "url": host.origin.url("p") }));
    host.origin.arrived("p");
    host.kit.on_lane("module/unload").unwrap();
    assert_eq!(category(host.kit.answer(held)), "shutdown");
    host.origin.closed("p");
    assert_eq!(code(host.kit.on_lane("lane/pause")), -32001);
    let gone = host.kit.call("q", "put", json!({ "key": "q" }));
    assert_eq!(code(host.kit.answer(gone)), -32001);
    load(&mut host.kit, &engine::description()).unwrap();
    assert_eq!(host.kit.request("stats", json!({})).unwrap()["modules"][0]["module"], "m2");
    host.kit.request("clock/advance", json!({ "to": 99999 })).unwrap();
}
