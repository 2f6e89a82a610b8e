//! Inner parts, one at a time, for benches. Only with the feature `bench`, which no host is built with: what stands here is no
//! interface, and changes with what it measures.

use std::sync::Arc;

use crate::{
    canonical,
    engine::CallId,
    failure::Refusal,
    queue::{ReadyQueue, Taken},
    store::{Path, Store},
};
pub use crate::{module::Stage, protocol::Frames};

/// Brings JSON text into canonical form, as each row, argument and result is.
pub fn canonical(text: &str) -> Result<String, Refusal> {
    canonical::canonical(text, "the text")
}

/// A module's tables: one, named `log`.
pub struct Tables {
    store: Arc<Store>,
    table: String,
    next: CallId,
}

impl Tables {
    /// In memory.
    pub fn in_memory() -> Tables {
        let table = "log".to_owned();
        Tables::on(Store::new([&table].into_iter(), Box::new(|| ())), table)
    }

    /// In a file that is not there yet. The error is the store's, for people.
    pub fn in_file(path: &str) -> Result<Tables, String> {
        let table = "log".to_owned();
        let opened = Store::in_file(path, [&table].into_iter(), Box::new(|| ()));
        let (store, _) = opened.map_err(|error| format!("{error:?}"))?;
        Ok(Tables::on(store, table))
    }

    fn on(store: Arc<Store>, table: String) -> Tables {
        store.set_initialized();
        Tables { store, table, next: 0 }
    }

    /// One transaction of one new row, begin to commit, as a call's; gives its `seq`.
    pub fn commit_row(&mut self, key: &str, row: &str) -> Result<u64, Refusal> {
        let call = self.next;
        self.next += 1;
        self.store.begin(call, Path::Lane, &|| false)?;
        self.store.insert(call, &self.table, key, row)?;
        Ok(self.store.commit(call)?.0)
    }
}

/// A lane's ready queue, of numbers.
pub struct Queue(ReadyQueue<u64, u64>);

impl Queue {
    /// An empty one.
    #[allow(clippy::new_without_default, reason = "a bench says what it makes")]
    pub fn new() -> Queue {
        Queue(ReadyQueue::new())
    }

    /// Adds a request.
    pub fn push_request(&mut self, request: u64) {
        self.0.push_request(request);
    }

    /// Adds a completion.
    pub fn push_completion(&mut self, completion: u64) {
        self.0.push_completion(completion);
    }

    /// Takes what runs next.
    pub fn take(&mut self) -> Option<u64> {
        Some(match self.0.take()? {
            Taken::Request(number) | Taken::Completion(number) => number,
        })
    }
}
