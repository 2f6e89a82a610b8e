//! What the host writes: answers, each once, and notifications. A thread of its own writes them, so that no lane ever waits
//! for the kit to read.

use std::{
    collections::HashSet,
    io::{self, Write},
    sync::{Arc, Mutex, mpsc},
    thread,
};

use serde_json::{Value, json};

use super::codes::Code;
use crate::{call::Level, canonical};

/// The way out; cheap to clone.
#[derive(Clone)]
pub(crate) struct Outbox {
    lines: mpsc::Sender<Line>,
    /// Requests that were not answered yet.
    unanswered: Arc<Mutex<HashSet<u64>>>,
}

enum Line {
    Text(String),
    /// Everything before it has been written.
    Flushed(mpsc::Sender<()>),
}

impl Outbox {
    /// Writes to `out` on a thread of its own. `on_closed` is called when nobody reads any more.
    pub fn start(out: impl Write + Send + 'static, on_closed: impl FnOnce() + Send + 'static) -> Outbox {
        let (lines, waiting) = mpsc::channel();
        let write = move || {
            if write_lines(out, &waiting).is_err() {
                on_closed();
            }
        };
        thread::Builder::new()
            .name("writer".to_owned())
            .spawn(write)
            .expect("the system has a thread for the writer");
        Outbox {
            lines,
            unanswered: Arc::default(),
        }
    }

    /// The reply to the request of that id, or nothing where one of that id is still unanswered.
    pub fn reply(&self, id: u64) -> Option<Reply> {
        self.unanswered().insert(id).then(|| Reply {
            id,
            outbox: self.clone(),
            is_answered: false,
        })
    }

    /// Refuses a line that has no id to answer to.
    pub fn refuse_line(&self, code: Code, message: &str) {
        self.send(
            json!({ "jsonrpc": "2.0", "id": null, "error": { "code": code.number(), "message": message } }).to_string(),
        );
    }

    /// A line for the kit's log; `call` is none for what no call wrote.
    pub fn log(&self, module: &str, call: Option<&str>, level: Level, message: &str) {
        let params = json!({ "module": module, "call": call, "level": level.name(), "message": message });
        self.send(json!({ "jsonrpc": "2.0", "method": "log", "params": params }).to_string());
    }

    /// A call stands at a point.
    pub fn parked(&self, module: &str, call: &str, point: &str) {
        let params = json!({ "module": module, "call": call, "point": point });
        self.send(json!({ "jsonrpc": "2.0", "method": "tx/parked", "params": params }).to_string());
    }

    /// A commit has changed a table that the kit subscribed to. `changes` is JSON text.
    pub fn changed(&self, subscription: &str, seq: u64, changes: &str) {
        let subscription = canonical::quote(subscription);
        let params = format!(r#"{{"subscription":{subscription},"seq":{seq},"changes":{changes}}}"#);
        self.send(format!(
            r#"{{"jsonrpc":"2.0","method":"table/changed","params":{params}}}"#
        ));
    }

    /// Answers everything but `last` that was not answered yet, for the host is going down.
    pub fn refuse_rest(&self, last: Option<u64>) {
        let mut rest: Vec<u64> = self
            .unanswered()
            .iter()
            .copied()
            .filter(|&id| Some(id) != last)
            .collect();
        rest.sort_unstable();
        for id in rest {
            self.refuse(id, Code::NotNow, "the host was shut down before it could answer", None);
        }
    }

    /// Waits until everything sent so far was written.
    pub fn flush(&self) {
        let (flushed, done) = mpsc::channel();
        if self.lines.send(Line::Flushed(flushed)).is_ok() {
            // A writer that is gone has nothing left to write.
            let _ = done.recv();
        }
    }

    fn refuse(&self, id: u64, code: Code, message: &str, data: Option<Value>) {
        if self.unanswered().remove(&id) {
            let mut error = json!({ "code": code.number(), "message": message });
            if let Some(data) = data {
                error["data"] = data;
            }
            self.send(json!({ "jsonrpc": "2.0", "id": id, "error": error }).to_string());
        }
    }

    fn send(&self, text: String) {
        // The writer ends only with the process.
        let _ = self.lines.send(Line::Text(text));
    }

    fn unanswered(&self) -> std::sync::MutexGuard<'_, HashSet<u64>> {
        self.unanswered.lock().expect("no thread panics while it holds the ids")
    }
}

/// The answer that one request gets. Dropped without one, it says so: no request stays unanswered.
pub(crate) struct Reply {
    id: u64,
    outbox: Outbox,
    /// The kit may use the id again from here.
    is_answered: bool,
}

impl Reply {
    /// The request's id.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Answers with a result.
    pub fn result(self, result: &Value) {
        self.result_text(&canonical::text(result));
    }

    /// Answers with a result that is JSON text already.
    pub fn result_text(mut self, result: &str) {
        self.is_answered = true;
        if self.outbox.unanswered().remove(&self.id) {
            self.outbox
                .send(format!(r#"{{"jsonrpc":"2.0","id":{},"result":{result}}}"#, self.id));
        }
    }

    /// Refuses the request.
    pub fn refuse(mut self, code: Code, message: &str) {
        self.is_answered = true;
        self.outbox.refuse(self.id, code, message, None);
    }

    /// Refuses the request with `data`.
    pub fn refuse_with(mut self, code: Code, message: &str, data: Value) {
        self.is_answered = true;
        self.outbox.refuse(self.id, code, message, Some(data));
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        if !self.is_answered {
            let message = "what this request was about ended before it could be answered";
            self.outbox.refuse(self.id, Code::NotNow, message, None);
        }
    }
}

fn write_lines(mut out: impl Write, waiting: &mpsc::Receiver<Line>) -> io::Result<()> {
    let mut next = waiting.recv().ok();
    while let Some(line) = next {
        match line {
            Line::Text(text) => {
                out.write_all(text.as_bytes())?;
                out.write_all(b"\n")?;
            }
            Line::Flushed(flushed) => {
                out.flush()?;
                // Whoever waited may be gone.
                let _ = flushed.send(());
            }
        }
        next = match waiting.try_recv() {
            Ok(line) => Some(line),
            Err(_) => {
                out.flush()?;
                waiting.recv().ok()
            }
        };
    }
    Ok(())
}
