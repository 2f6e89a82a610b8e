//! The same work with nothing but the libraries.

use redb::{Database, ReadableTable, TableDefinition, backends::InMemoryBackend};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

const ROWS: TableDefinition<&str, &str> = TableDefinition::new("log");
const COMMITS: TableDefinition<u64, u64> = TableDefinition::new("commits");
/// Bytes of a file that are kept in memory, as in the core.
const CACHE_BYTES: usize = 64 << 20;

/// redb with a table of rows and one of commits.
pub struct Tables {
    database: Database,
    seq: u64,
}

impl Tables {
    pub fn in_memory() -> Tables {
        let database = Database::builder().create_with_backend(InMemoryBackend::new());
        Tables {
            database: database.unwrap(),
            seq: 0,
        }
    }

    pub fn in_file(path: &str) -> Tables {
        let database = Database::builder().set_cache_size(CACHE_BYTES).create(path);
        Tables {
            database: database.unwrap(),
            seq: 0,
        }
    }

    /// One transaction: looks whether the key is there, writes the row, numbers the commit.
    pub fn commit_row(&mut self, key: &str, row: &str) -> u64 {
        self.seq += 1;
        let transaction = self.database.begin_write().unwrap();
        {
            let mut rows = transaction.open_table(ROWS).unwrap();
            assert!(rows.get(key).unwrap().is_none());
            rows.insert(key, row).unwrap();
        }
        transaction.open_table(COMMITS).unwrap().insert(self.seq, 0).unwrap();
        transaction.commit().unwrap();
        self.seq
    }
}

#[derive(Deserialize)]
struct Frame<'a> {
    id: u64,
    method: &'a str,
    #[serde(borrow)]
    params: Params<'a>,
}

#[derive(Deserialize)]
struct Params<'a> {
    call: &'a str,
    connection: &'a str,
    function: &'a str,
    #[serde(borrow)]
    args: &'a RawValue,
}

/// Reads a `call` in one go, what is kept of it copied as the core does.
pub fn read_call(line: &str) -> (u64, String, String) {
    let Frame { id, method, params } = serde_json::from_str(line).unwrap();
    assert_eq!((method, params.call, params.connection), ("call", "c7", "k"));
    (id, params.function.to_owned(), params.args.get().to_owned())
}

#[derive(Serialize)]
struct Answer<'a> {
    jsonrpc: &'a str,
    id: u64,
    result: Returned<'a>,
}

#[derive(Serialize)]
struct Returned<'a> {
    outcome: &'a str,
    value: u64,
    seqs: &'a [u64],
}

/// The line that answers a call.
pub fn answer(id: u64, value: u64, seqs: &[u64]) -> String {
    let outcome = "returned";
    let result = Returned { outcome, value, seqs };
    let jsonrpc = "2.0";
    serde_json::to_string(&Answer { jsonrpc, id, result }).unwrap()
}
