//! An engine whose guests are Rust functions: it runs the core's own paths, the blocking one included, without a
//! language's.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, mpsc},
};

use serde_json::{Value, json};

use crate::{
    call::{Call, Level, Sleep},
    canonical,
    engine::{Blocking, CallId, Ended, Engine, Guest, HostClock, Lane, LoadError, OpId, OpOutcome, Outcome, Program},
    failure::{Code, Failure, Refusal},
    limits::Limits,
};

/// The module's source is its description; what its functions do stands below.
#[derive(Clone)]
pub struct Scripted {
    /// Told when `syncHold` has its transaction open, or a turn of `holdTurn` or `holdThenFetch` runs; each goes on when
    /// the gate is told to open.
    pub holding: mpsc::Sender<()>,
    pub gate: Arc<Mutex<mpsc::Receiver<()>>>,
    /// Told what refused a guest that nobody answers any more.
    pub refused: mpsc::Sender<Code>,
    pub max_in_flight: Option<usize>,
}

pub fn description() -> Value {
    let function = |name: &str, kind: &str, mode: Option<&str>, params: &[(&str, &str)]| {
        let params: Vec<Value> = params
            .iter()
            .map(|(name, r#type)| json!({ "name": name, "type": r#type }))
            .collect();
        let mut function = json!({ "name": name, "kind": kind, "params": params });
        if let Some(mode) = mode {
            function["mode"] = json!(mode);
        }
        function
    };
    let (key, url, at) = (("key", "string"), ("url", "string"), ("at", "number"));
    json!({ "abi": 1, "name": "scripted", "tables": ["log"], "hooks": ["init", "connected", "disconnected"], "functions": [
        function("put", "reducer", None, &[key]),
        function("fail", "reducer", None, &[key]),
        function("putAndTakeBack", "reducer", None, &[key]),
        function("move", "reducer", None, &[key]),
        function("later", "reducer", None, &[key, at]),
        function("every", "reducer", None, &[("function", "string"), ("args", "json"), ("first", "number"), ("every", "number")]),
        function("everyThenFail", "reducer", None, &[key]),
        function("stamp", "reducer", None, &[]),
        function("holdTick", "procedure", Some("async"), &[url]),
        function("spawn", "procedure", Some("async"), &[("function", "string"), ("args", "json")]),
        function("spawnAndFail", "procedure", Some("async"), &[key]),
        function("stamps", "procedure", Some("async"), &[]),
        function("fetchPut", "procedure", Some("async"), &[key, url]),
        function("sleepPut", "procedure", Some("async"), &[key, at]),
        function("fetchThenBegin", "procedure", Some("async"), &[url]),
        function("dangle", "procedure", Some("async"), &[]),
        function("stall", "procedure", Some("async"), &[]),
        function("context", "procedure", Some("async"), &[]),
        function("lanePut", "procedure", Some("async"), &[key]),
        function("putThenFetch", "procedure", Some("async"), &[key, url]),
        function("holdTurn", "procedure", Some("async"), &[]),
        function("holdThenFetch", "procedure", Some("async"), &[url]),
        function("retryPut", "procedure", Some("async"), &[key]),
        function("lanePoints", "procedure", Some("async"), &[]),
        function("version", "procedure", Some("async"), &[]),
        function("fetchVersion", "procedure", Some("async"), &[url]),
        function("syncVersion", "procedure", Some("sync"), &[]),
        function("syncFetch", "procedure", Some("sync"), &[url]),
        function("syncSleep", "procedure", Some("sync"), &[at]),
        function("syncHold", "procedure", Some("sync"), &[key]),
        function("syncPut", "procedure", Some("sync"), &[key]),
        function("syncPoint", "procedure", Some("sync"), &[key]),
    ] })
}

impl Engine for Scripted {
    fn host(&self) -> (&str, &str) {
        ("scripted", "0")
    }

    fn versions(&self) -> Vec<(String, String)> {
        vec![("scripted".to_owned(), "0".to_owned())]
    }

    fn guests(&self) -> &[Guest] {
        &[Guest::Ts]
    }

    fn blocking_pool(&self) -> Option<usize> {
        Some(2)
    }

    fn max_in_flight(&self) -> Option<usize> {
        self.max_in_flight
    }

    fn compile(
        &self,
        _guest: Guest,
        _name: &str,
        source: &[u8],
        _limits: &Limits,
        _clock: &HostClock,
    ) -> Result<Arc<dyn Program>, LoadError> {
        let description = String::from_utf8(source.to_vec()).map_err(|error| LoadError::Compile(error.to_string()))?;
        Ok(Arc::new(ScriptedProgram {
            description,
            engine: Mutex::new(self.clone()),
        }))
    }
}

struct ScriptedProgram {
    description: String,
    engine: Mutex<Scripted>,
}

impl ScriptedProgram {
    /// What the `version` functions of this code give: its name.
    fn version(&self) -> String {
        let description: Value = serde_json::from_str(&self.description).unwrap();
        description["name"].to_string()
    }
}

impl Program for ScriptedProgram {
    fn describe(&self) -> Result<String, LoadError> {
        Ok(self.description.clone())
    }

    fn open_lane(&self) -> Result<Box<dyn Lane>, LoadError> {
        Ok(Box::new(ScriptedLane {
            version: self.version(),
            waiting: HashMap::new(),
            engine: self.engine.lock().unwrap().clone(),
        }))
    }

    fn open_blocking(&self) -> Result<Box<dyn Blocking>, LoadError> {
        Ok(Box::new(ScriptedBlocking(
            self.engine.lock().unwrap().clone(),
            self.version(),
        )))
    }
}

struct ScriptedLane {
    version: String,
    waiting: HashMap<CallId, Arc<Call>>,
    engine: Scripted,
}

impl Lane for ScriptedLane {
    fn reduce(&mut self, call: &Arc<Call>, _ended: &mut Vec<Ended>) -> Outcome {
        let args = args(call);
        match call.function() {
            "put" => put(call, &args["key"], "1")?,
            "fail" => {
                put(call, &args["key"], "1")?;
                return Err(Failure::guest("as asked"));
            }
            "putAndTakeBack" => {
                put(call, &args["key"], "1")?;
                call.table_delete("log", args["key"].as_str().unwrap())?;
            }
            "move" => {
                let key = args["key"].as_str().unwrap();
                let row = call.table_get("log", key)?;
                call.table_delete("log", key)?;
                call.table_insert("log", &format!("{key} moved"), &row)?;
            }
            "later" => {
                let put = json!({ "key": args["key"] }).to_string();
                call.schedule("put", &put, args["at"].as_f64().unwrap())?;
            }
            "every" => {
                let (first, every) = (args["first"].as_f64().unwrap(), args["every"].as_f64().unwrap());
                let function = args["function"].as_str().unwrap();
                call.schedule_every(function, &args["args"].to_string(), first, every)?;
            }
            "everyThenFail" => {
                call.schedule_every("put", &args.to_string(), 1000.0, 1.0)?;
                return Err(Failure::guest("as asked"));
            }
            "stamp" => {
                assert_eq!(call.call_reducer("stamp", "{}").unwrap_err().code, Code::NotAllowed);
                let context: Value = serde_json::from_str(&call.context()?).unwrap();
                assert_eq!(Some(call.tx_timestamp()?), context["timestamp"].as_f64());
                let row = json!([context["timestamp"], context["connection"], context["sender"]]);
                put(call, &json!(call.uuid()?), &row.to_string())?;
            }
            "$connected" if call.connection() == Some("unwelcome") => return Err(Failure::guest("as asked")),
            hook => {
                // Hooks count how often they ran; what is not theirs to do is refused.
                assert_eq!(call.tx_begin().unwrap_err().code, Code::NotAllowed);
                assert_eq!(call.fetch("{}", Vec::new(), None).unwrap_err().code, Code::NotAllowed);
                call.tx_point("in a hook")?;
                put(call, &json!(hook), "1")?;
            }
        }
        Ok("null".to_owned())
    }

    fn start(&mut self, call: Arc<Call>, ended: &mut Vec<Ended>) {
        let args = args(&call);
        let begun = match call.function() {
            "version" => Ok(Some(self.version.clone())),
            "fetchVersion" => call.fetch(&get(&args), Vec::new(), None).map(|_| None),
            "fetchPut" => call.fetch(&get(&args), Vec::new(), None).map(|_| None),
            "fetchThenBegin" => call.fetch(&get(&args), Vec::new(), None).and_then(|_| {
                call.tx_begin()?;
                put(&call, &json!("left open"), "1").map(|()| None)
            }),
            "sleepPut" => call.sleep_until(args["at"].as_f64().unwrap()).map(|sleep| match sleep {
                Sleep::Passed => Some("\"passed\"".to_owned()),
                Sleep::Pending(_) => None,
            }),
            "dangle" => call
                .tx_begin()
                .and_then(|()| put(&call, &json!("dangling"), "1"))
                .map(|()| Some("1".to_owned())),
            "context" => call.context().map(Some),
            "holdTick" => call.fetch(&get(&args), Vec::new(), None).map(|_| None),
            "spawn" => call
                .call_reducer(args["function"].as_str().unwrap(), &args["args"].to_string())
                .map(|()| Some("null".to_owned())),
            "spawnAndFail" => {
                let put = json!({ "key": args["key"] }).to_string();
                let called = call
                    .call_reducer("put", &put)
                    .and_then(|()| call.call_reducer("put", &put));
                called.and(Err(Refusal::new(Code::Limit, "as asked")))
            }
            "stamps" => stamps(&call).map(Some),
            "lanePut" => put_alone(&call, &args["key"]).map(|()| Some("1".to_owned())),
            "putThenFetch" => put_alone(&call, &args["key"]).and_then(|()| {
                call.fetch(&get(&args), Vec::new(), None)?;
                Ok(None)
            }),
            "holdTurn" => {
                self.engine.hold();
                Ok(Some("1".to_owned()))
            }
            "holdThenFetch" => {
                self.engine.hold();
                call.fetch(&get(&args), Vec::new(), None).map(|_| None)
            }
            "retryPut" => retry_put(&call, &args["key"]).map(|conflicts| Some(conflicts.to_string())),
            "lanePoints" => points(&call).map(Some),
            _ => Ok(None),
        };
        match begun.map_err(Failure::from).transpose() {
            Some(outcome) => ended.push(Ended {
                call: call.id(),
                outcome,
            }),
            None => drop(self.waiting.insert(call.id(), call)),
        }
    }

    fn resume(&mut self, call: CallId, _op: OpId, outcome: OpOutcome, ended: &mut Vec<Ended>) {
        let running = self.waiting.remove(&call).expect("the core resumes calls in flight");
        let outcome = match running.function() {
            "fetchVersion" => Ok(self.version.clone()),
            _ => finish(&running, outcome),
        };
        ended.push(Ended { call, outcome });
    }

    fn discard(&mut self, call: CallId) {
        self.waiting.remove(&call).expect("the core discards calls in flight");
    }

    fn instances(&self) -> usize {
        1 + self.waiting.len()
    }
}

fn finish(call: &Call, outcome: OpOutcome) -> Outcome {
    let row = match outcome {
        OpOutcome::Fetch(response) => String::from_utf8(response?.body).unwrap(),
        OpOutcome::Slept => "\"slept\"".to_owned(),
    };
    if call.function() == "holdTick" {
        return Ok(row);
    }
    if call.function() == "fetchThenBegin" {
        assert_eq!(call.tx_commit().unwrap_err().code, Code::NoTransaction);
        return Ok(row);
    }
    call.tx_begin()?;
    put(call, &args(call)["key"], &row)?;
    call.tx_commit()?;
    call.log(Level::Info, "done");
    Ok(row)
}

struct ScriptedBlocking(Scripted, String);

impl Blocking for ScriptedBlocking {
    fn run(&mut self, call: &Arc<Call>) -> Outcome {
        let args = args(call);
        match call.function() {
            "syncFetch" => {
                let response = call.fetch_blocking(&get(&args), Vec::new(), None)?;
                Ok(String::from_utf8(response.body).unwrap())
            }
            "syncVersion" => Ok(self.1.clone()),
            "syncSleep" => {
                call.sleep_blocking(args["at"].as_f64().unwrap())?;
                Ok("\"slept\"".to_owned())
            }
            "syncPut" => self.0.told(call.tx_begin().and_then(|()| {
                put(call, &args["key"], "1")?;
                call.tx_commit()
            })),
            "syncPoint" => self.0.told(call.tx_begin().and_then(|()| {
                put(call, &args["key"], "1")?;
                call.tx_point("here")?;
                call.tx_commit()
            })),
            _ => {
                call.tx_begin()?;
                put(call, &args["key"], "1")?;
                self.0.hold();
                self.0.told(call.tx_commit())
            }
        }
    }
}

impl Scripted {
    /// Stands still until the test opens the gate.
    fn hold(&self) {
        self.holding.send(()).unwrap();
        self.gate.lock().unwrap().recv().unwrap();
    }

    /// What a guest gives that nobody may be listening to.
    fn told(&self, result: Result<(), Refusal>) -> Outcome {
        if let Err(refusal) = &result {
            self.refused.send(refusal.code).unwrap();
        }
        result.map(|()| "1".to_owned()).map_err(Failure::from)
    }
}

fn put_alone(call: &Call, key: &Value) -> Result<(), Refusal> {
    call.tx_begin()?;
    put(call, key, "1")?;
    call.tx_commit()
}

/// Runs the transaction again for as long as it conflicts; gives how often it did.
fn retry_put(call: &Call, key: &Value) -> Result<u32, Refusal> {
    let mut conflicts = 0;
    loop {
        match put_alone(call, key) {
            Err(refusal) if refusal.code == Code::Conflict => conflicts += 1,
            result => return result.map(|()| conflicts),
        }
    }
}

/// When transactions began, and what is told outside of one.
fn stamps(call: &Call) -> Result<String, Refusal> {
    let outside = call.tx_timestamp().unwrap_err().code.number();
    call.tx_begin()?;
    assert_eq!(
        call.call_reducer("stamp", "{}").unwrap_err().code,
        Code::TransactionOpen
    );
    let began = call.tx_timestamp()?;
    call.tx_abort()?;
    Ok(format!("[{outside},{began}]"))
}

/// What points give outside of a transaction and in one.
fn points(call: &Call) -> Result<String, Refusal> {
    let outside = call.tx_point("outside").unwrap_err().code.number();
    call.tx_begin()?;
    call.tx_point("inside")?;
    call.tx_abort()?;
    Ok(format!("[{outside},0]"))
}

fn args(call: &Call) -> Value {
    canonical::parse_any_length(call.args(), "the arguments").unwrap()
}

/// The request for a call's `url`.
fn get(args: &Value) -> String {
    json!({ "url": args["url"] }).to_string()
}

fn put(call: &Call, key: &Value, row: &str) -> Result<(), Refusal> {
    call.table_insert("log", key.as_str().unwrap(), row)
}
