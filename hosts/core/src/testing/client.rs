//! The kit's side of the host protocol.

use std::{
    collections::{HashMap, VecDeque},
    io::{BufRead, BufReader, Read, Write},
    sync::mpsc,
    thread,
};

use serde_json::{Value, json};

use super::origin::Origin;

/// Speaks with one host. Every wait is for a line of the host's.
pub struct Client {
    out: Option<Box<dyn Write>>,
    lines: mpsc::Receiver<Value>,
    answers: HashMap<u64, Value>,
    /// Answered requests, in the order of their answers.
    pub order: Vec<u64>,
    pub logs: Vec<Value>,
    parked: VecDeque<Value>,
    /// What was told of commits, and the answers that had come before.
    #[allow(dead_code, reason = "this file is shared by the tests of several crates")]
    pub changes: Vec<(Value, usize)>,
    last: u64,
}

impl Client {
    pub fn new(out: impl Write + 'static, input: impl Read + Send + 'static) -> Client {
        let (sent, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(input).lines() {
                if sent.send(serde_json::from_str(&line.unwrap()).unwrap()).is_err() {
                    return;
                }
            }
        });
        let (answers, order, logs) = (HashMap::new(), Vec::new(), Vec::new());
        Client {
            out: Some(Box::new(out)),
            lines,
            answers,
            order,
            logs,
            parked: VecDeque::new(),
            changes: Vec::new(),
            last: 0,
        }
    }

    pub fn write(&mut self, line: &str) {
        let out = self.out.as_mut().unwrap();
        out.write_all(line.as_bytes()).unwrap();
        out.write_all(b"\n").unwrap();
        out.flush().unwrap();
    }

    /// Sends a request and gives its id.
    pub fn send(&mut self, method: &str, params: Value) -> u64 {
        self.last += 1;
        let line = json!({ "jsonrpc": "2.0", "id": self.last, "method": method, "params": params });
        self.write(&line.to_string());
        self.last
    }

    /// The next line that is an answer, or nothing where the host has ended.
    pub fn next(&mut self) -> Option<Value> {
        loop {
            let line = self.lines.recv().ok()?;
            if let Some(answer) = self.sort(line) {
                return Some(answer);
            }
        }
    }

    /// Keeps a notification, or gives the line back as an answer.
    fn sort(&mut self, mut line: Value) -> Option<Value> {
        match line["method"].as_str() {
            Some("log") => self.logs.push(line["params"].take()),
            Some("table/changed") => self.changes.push((line["params"].take(), self.order.len())),
            Some("tx/parked") => self.parked.push_back(line["params"].take()),
            _ => return Some(line),
        }
        None
    }

    fn keep(&mut self, line: Value) {
        let answered = line["id"]
            .as_u64()
            .unwrap_or_else(|| panic!("an answer to no request: {line}"));
        self.order.push(answered);
        self.answers.insert(answered, line);
    }

    /// Waits until a call of `m1` stands at a point: what `tx/parked` says of it.
    #[allow(dead_code, reason = "this file is shared by the tests of several crates")]
    pub fn parked(&mut self) -> Value {
        self.told("no call is parked", |kit| kit.parked.pop_front())
    }

    /// Waits until something was logged, and takes all that was.
    #[allow(dead_code, reason = "this file is shared by the tests of several crates")]
    pub fn logged(&mut self) -> Vec<Value> {
        self.told("nothing is logged", |kit| {
            (!kit.logs.is_empty()).then(|| std::mem::take(&mut kit.logs))
        })
    }

    /// Waits for a notification that a call of `m1` sends while it runs. Once nothing can run any more, none will come.
    #[allow(dead_code, reason = "this file is shared by the tests of several crates")]
    fn told<T>(&mut self, missing: &str, found: impl Fn(&mut Client) -> Option<T>) -> T {
        let fence = self.send("quiesce", json!({ "module": "m1", "outcomes": 0 }));
        loop {
            if let Some(told) = found(self) {
                return told;
            }
            assert!(!self.has_answered(fence), "nothing can run any more, and {missing}");
            let line = self
                .lines
                .recv()
                .unwrap_or_else(|_| panic!("the host ended, and {missing}"));
            if let Some(answer) = self.sort(line) {
                self.keep(answer);
            }
        }
    }

    /// Waits for the answer of a request: its result, or its error.
    pub fn answer(&mut self, id: u64) -> Result<Value, Value> {
        while !self.answers.contains_key(&id) {
            let line = self.next().expect("the host ended before it answered");
            self.keep(line);
        }
        let mut line = self.answers.remove(&id).unwrap();
        match line.get_mut("error") {
            Some(error) => Err(error.take()),
            None => Ok(line["result"].take()),
        }
    }

    /// Whether a request has been answered by the lines read so far.
    #[allow(dead_code, reason = "this file is shared by the tests of several crates")]
    pub fn has_answered(&self, id: u64) -> bool {
        self.order.contains(&id)
    }

    pub fn request(&mut self, method: &str, params: Value) -> Result<Value, Value> {
        let id = self.send(method, params);
        self.answer(id)
    }

    /// `initialize` with a virtual clock at 1,000.
    pub fn initialize(&mut self, allow: &[String]) -> Value {
        let clock = json!({ "mode": "virtual", "now": 1000 });
        let params = json!({ "protocol": 1, "nonce": "n", "seed": "s", "clock": clock, "allow": allow });
        self.request("initialize", params).unwrap()
    }

    /// Opens the connection `k` of the module `m1`.
    pub fn connect(&mut self) {
        self.request("connection/open", json!({ "module": "m1", "connection": "k" }))
            .unwrap();
    }

    /// Submits a call on the connection `k`.
    pub fn call(&mut self, name: &str, function: &str, args: Value) -> u64 {
        self.send(
            "call",
            json!({ "call": name, "connection": "k", "function": function, "args": args }),
        )
    }

    /// Submits a call that stops at its points.
    #[allow(dead_code, reason = "this file is shared by the tests of several crates")]
    pub fn call_parking(&mut self, name: &str, function: &str, args: Value) -> u64 {
        self.send(
            "call",
            json!({ "call": name, "connection": "k", "function": function, "args": args, "park": true }),
        )
    }

    pub fn cancel(&mut self, call: &str) -> Result<Value, Value> {
        self.request("call/cancel", json!({ "call": call }))
    }

    /// Lets a call of `m1` go on that stands at a point.
    #[allow(dead_code, reason = "this file is shared by the tests of several crates")]
    pub fn go_on(&mut self, call: &str) -> Result<Value, Value> {
        self.request("tx/continue", json!({ "module": "m1", "call": call }))
    }

    /// Has that many commits of a call of `m1` conflict.
    #[allow(dead_code, reason = "this file is shared by the tests of several crates")]
    pub fn fail_commits(&mut self, call: &str, commits: u64) {
        let params = json!({ "module": "m1", "call": call, "commits": commits });
        assert_eq!(self.request("store/fail", params), Ok(json!({})));
    }

    /// Waits until nothing of `m1` can run and that many fetch outcomes have come in; gives the fetches in flight.
    pub fn quiesce(&mut self, outcomes: u64) -> u64 {
        let quiet = self
            .request("quiesce", json!({ "module": "m1", "outcomes": outcomes }))
            .unwrap();
        quiet["fetchesInFlight"].as_u64().unwrap()
    }

    /// Has the outcomes of these fetches, of a path and a body each, come in one by one; they are the first of `m1`.
    #[allow(dead_code, reason = "this file is shared by the tests of several crates")]
    pub fn release_in_order(&mut self, origin: &Origin, responses: &[(&str, &str)]) {
        for (outcomes, (path, body)) in (1..).zip(responses) {
            origin.release(path, body);
            self.quiesce(outcomes);
        }
    }

    #[allow(dead_code, reason = "this file is shared by the tests of several crates")]
    pub fn on_lane(&mut self, method: &str) -> Result<Value, Value> {
        self.request(method, json!({ "module": "m1" }))
    }

    /// The rows of a table of `m1`.
    pub fn rows(&mut self, table: &str) -> Value {
        self.request("table/read", json!({ "module": "m1", "table": table }))
            .unwrap()["rows"]
            .take()
    }

    /// Ends the input.
    pub fn hang_up(&mut self) {
        self.out = None;
    }
}
