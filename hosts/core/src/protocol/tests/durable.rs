//! Modules whose tables live in a file.

use std::{
    fs,
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
};

use serde_json::{Value, json};

use super::{Running, category, engine, load_with, start};

/// A folder that is gone after the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        static FOLDERS: AtomicU32 = AtomicU32::new(0);
        let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("evenlane-core-data-{}-{number}", std::process::id()));
        fs::create_dir(&path).unwrap();
        Folder(path)
    }

    fn file(&self) -> PathBuf {
        self.0.join("module.redb")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

fn host() -> Running {
    let mut host = start(None);
    host.kit.initialize(&[host.origin.address.to_string()]);
    host
}

fn load(host: &mut Running, description: &Value, folder: &Folder) -> Result<Value, Value> {
    load_with(&mut host.kit, description, &json!({ "data": folder.file() }))
}

/// A host with the scripted module loaded from the file of that folder, and a connection open.
fn running(folder: &Folder) -> Running {
    let mut host = host();
    load(&mut host, &engine::description(), folder).unwrap();
    host.kit.connect();
    host
}

fn put(host: &mut Running, key: &str) -> Value {
    let call = host.kit.call(key, "put", json!({ "key": key }));
    host.kit.answer(call).unwrap()
}

/// Has the module unloaded and loaded again in the same host, as `m2`.
fn reload(host: &mut Running, description: &Value, folder: &Folder) -> Result<Value, Value> {
    host.kit.on_lane("module/unload").unwrap();
    load(host, description, folder)
}

fn read(host: &mut Running, module: &str) -> Value {
    let params = json!({ "module": module, "table": "log" });
    host.kit.request("table/read", params).unwrap()
}

fn refusal(answer: Result<Value, Value>) -> (String, String) {
    let error = answer.unwrap_err();
    let text = |text: &Value| text.as_str().unwrap().to_owned();
    (text(&error["data"]["reason"]), text(&error["message"]))
}

#[test]
fn rows_and_seq_are_there_at_the_next_load_and_init_runs_once() {
    let folder = Folder::new();
    let mut host = running(&folder);
    assert_eq!(put(&mut host, "a")["seqs"], json!([3]));
    let undone = host.kit.call("f", "fail", json!({ "key": "f" }));
    assert_eq!(category(host.kit.answer(undone)), "guest-error");
    reload(&mut host, &engine::description(), &folder).unwrap();
    let expected = json!({ "rows": [["$connected", 1], ["$init", 1], ["a", 1]], "seq": 3 });
    assert_eq!(read(&mut host, "m2"), expected);
    host.kit
        .request("connection/open", json!({ "module": "m2", "connection": "again" }))
        .unwrap_err();
    assert_eq!(
        read(&mut host, "m2"),
        expected,
        "its hook would have inserted a row twice"
    );
}

#[test]
fn what_was_open_when_the_module_went_is_undone() {
    let folder = Folder::new();
    let mut host = running(&folder);
    let parked = host.kit.call_parking("p", "syncPoint", json!({ "key": "p" }));
    host.kit.parked();
    reload(&mut host, &engine::description(), &folder).unwrap();
    assert_eq!(category(host.kit.answer(parked)), "shutdown");
    assert_eq!(read(&mut host, "m2")["seq"], 2);
}

#[test]
fn a_file_has_one_user_and_one_kind() {
    let folder = Folder::new();
    let mut first = running(&folder);
    let (reason, message) = refusal(load(&mut first, &engine::description(), &folder));
    assert_eq!(reason, "unreadable");
    assert!(message.contains("another module or process"), "{message}");
    assert_eq!(put(&mut first, "a")["seqs"], json!([3]), "the user of the file goes on");
    let text = Folder::new();
    fs::write(text.file(), "no database, but long enough for the head of one").unwrap();
    let (reason, message) = refusal(load(&mut first, &engine::description(), &text));
    assert_eq!(reason, "unreadable");
    assert!(message.contains("none of this host's"), "{message}");
    let foreign = Folder::new();
    let database = redb::Database::create(foreign.file()).unwrap();
    drop(database);
    let (reason, message) = refusal(load(&mut first, &engine::description(), &foreign));
    assert_eq!(reason, "unreadable");
    assert!(message.contains("none of this host's"), "{message}");
    let nowhere = json!({ "data": folder.0.join("nowhere").join("f") });
    let refused = load_with(&mut first.kit, &engine::description(), &nowhere);
    assert_eq!(refusal(refused).0, "unreadable");
}

#[test]
fn a_module_declares_every_table_of_its_file() {
    let folder = Folder::new();
    let mut host = running(&folder);
    let mut other = engine::description();
    other["tables"] = json!(["other"]);
    let (reason, message) = refusal(reload(&mut host, &other, &folder));
    assert_eq!(reason, "interface");
    assert!(message.contains("`log`"), "{message}");
    other["tables"] = json!(["log", "other"]);
    load(&mut host, &other, &folder).expect("a refused load leaves the file as it was, and closed");
    let added = host
        .kit
        .request("table/read", json!({ "module": "m3", "table": "other" }));
    assert_eq!(added.unwrap(), json!({ "rows": [], "seq": 2 }));
}

#[test]
fn init_runs_again_where_it_has_not_committed() {
    let folder = Folder::new();
    let mut host = host();
    let mut failing = engine::description();
    failing["tables"] = json!([]);
    assert_eq!(refusal(load(&mut host, &failing, &folder)).0, "init");
    load(&mut host, &engine::description(), &folder).unwrap();
    assert_eq!(read(&mut host, "m2")["rows"], json!([["$init", 1]]));
}

#[test]
fn a_module_without_init_never_gets_one_later() {
    let folder = Folder::new();
    let mut host = host();
    let mut without = engine::description();
    without["hooks"] = json!([]);
    load(&mut host, &without, &folder).unwrap();
    reload(&mut host, &engine::description(), &folder).unwrap();
    assert_eq!(read(&mut host, "m2"), json!({ "rows": [], "seq": 0 }));
}

#[test]
fn schedules_are_there_at_the_next_load_and_each_fires_once() {
    let folder = Folder::new();
    let mut host = running(&folder);
    let schedule = |host: &mut Running, key: &str, at: u32| {
        let call = host.kit.call(key, "later", json!({ "key": key, "at": at }));
        host.kit.answer(call).unwrap();
    };
    schedule(&mut host, "fired", 1500);
    schedule(&mut host, "meanwhile", 2000);
    schedule(&mut host, "later", 5000);
    host.kit.request("clock/advance", json!({ "to": 1500 })).unwrap();
    host.kit.on_lane("module/unload").unwrap();
    host.kit.request("clock/advance", json!({ "to": 3000 })).unwrap();
    let quiesced = |host: &mut Running, module: &str| {
        host.kit
            .request("quiesce", json!({ "module": module, "outcomes": 0 }))
            .unwrap();
        read(host, module)
    };
    load(&mut host, &engine::description(), &folder).unwrap();
    let rows = json!([["$connected", 1], ["$init", 1], ["fired", 1], ["meanwhile", 1]]);
    assert_eq!(quiesced(&mut host, "m2"), json!({ "rows": rows, "seq": 7 }));
    host.kit.request("module/unload", json!({ "module": "m2" })).unwrap();
    load(&mut host, &engine::description(), &folder).unwrap();
    host.kit.request("clock/advance", json!({ "to": 9000 })).unwrap();
    assert_eq!(quiesced(&mut host, "m3")["seq"], 8);
    assert_eq!(
        host.kit.logs,
        [] as [Value; 0],
        "none has failed, as one that came twice would have"
    );
}

#[test]
fn a_schedule_of_a_function_that_is_gone_is_logged_once() {
    let folder = Folder::new();
    let mut host = running(&folder);
    let call = host.kit.call("s", "later", json!({ "key": "s", "at": 2000 }));
    host.kit.answer(call).unwrap();
    let mut without = engine::description();
    without["functions"] = json!([]);
    reload(&mut host, &without, &folder).unwrap();
    host.kit.request("clock/advance", json!({ "to": 2000 })).unwrap();
    host.kit.request("module/unload", json!({ "module": "m2" })).unwrap();
    load(&mut host, &engine::description(), &folder).unwrap();
    assert_eq!(read(&mut host, "m3")["seq"], 3);
    assert_eq!(host.kit.logs.len(), 1);
    let message = host.kit.logs[0]["message"].as_str().unwrap();
    assert!(message.contains("no function `put`"), "{message}");
}

#[test]
fn an_interval_goes_on_from_its_next_tick() {
    let folder = Folder::new();
    let mut host = running(&folder);
    let args = json!({ "function": "put", "args": { "key": "tick" }, "first": 1010, "every": 10 });
    let call = host.kit.call("every", "every", args);
    host.kit.answer(call).unwrap();
    host.kit.request("clock/advance", json!({ "to": 1015 })).unwrap();
    reload(&mut host, &engine::description(), &folder).unwrap();
    host.kit.request("clock/advance", json!({ "to": 1019 })).unwrap();
    assert_eq!(
        read(&mut host, "m2")["seq"],
        4,
        "the tick that was made is not made again"
    );
    host.kit.request("clock/advance", json!({ "to": 1020 })).unwrap();
    host.kit
        .request("quiesce", json!({ "module": "m2", "outcomes": 0 }))
        .unwrap();
    let message = host.kit.logs[0]["message"].as_str().unwrap();
    assert!(
        message.contains("has a row under \"tick\""),
        "the second tick: {message}"
    );
}
