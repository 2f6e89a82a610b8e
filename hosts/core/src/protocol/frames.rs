//! Frames in and out, for benches.

use std::io;

use super::{
    Outbox,
    connections::returned,
    envelope,
    params::{self, MakeCall},
};

/// The way of a `call` in, and of its answer out, with a writer that throws away what it writes.
pub struct Frames(Outbox);

impl Frames {
    /// Starts the writer, which is a thread of its own.
    #[allow(clippy::new_without_default, reason = "it starts a thread")]
    pub fn new() -> Frames {
        Frames(Outbox::start(io::sink(), || ()))
    }

    /// Reads a line that is a `call`: the id, the function, the arguments' text. `None` where it is no such line.
    pub fn read_call(&self, line: &[u8]) -> Option<(u64, String, String)> {
        let request = envelope::read(line).ok()?;
        let call: MakeCall = params::read(&request.method, request.params.get()).ok()?;
        Some((request.id, call.function, call.args.get().to_owned()))
    }

    /// Answers the call of that id, which returned that JSON text and committed those `seqs`. False where one of that id is
    /// unanswered.
    pub fn answer(&self, id: u64, value: &str, seqs: &[u64]) -> bool {
        let reply = self.0.reply(id);
        let is_free = reply.is_some();
        if let Some(reply) = reply {
            reply.result_text(&returned(value, seqs));
        }
        is_free
    }

    /// Waits until everything was written.
    pub fn flush(&self) {
        self.0.flush();
    }
}
