//! Who is told of commits: whole ones, each once, in the order of their `seq`.

use std::collections::{BTreeMap, BTreeSet};

use redb::{Database, ReadTransaction, ReadableDatabase, ReadableTable, TableError, WriteTransaction};

use super::{TABLES, rows, writer::Written};
use crate::canonical;

/// Told the `seq` of a commit and what it changed, as `[["key", row or null], …]` in key order.
pub(crate) type Tell = Box<dyn Fn(u64, &str) + Send>;

/// The subscriptions of one module. All of it runs with the writer locked, so that they are told in commit order.
#[derive(Default)]
pub(super) struct Subscriptions {
    /// In order of their beginning.
    all: Vec<Subscription>,
}

struct Subscription {
    name: String,
    table: String,
    tell: Tell,
}

/// What a transaction changes in each table that somebody has subscribed to, as JSON.
pub(super) type Changes = BTreeMap<String, String>;

impl Subscriptions {
    pub fn add(&mut self, name: &str, table: &str, tell: Tell) {
        self.all.push(Subscription {
            name: name.to_owned(),
            table: table.to_owned(),
            tell,
        });
    }

    pub fn remove(&mut self, name: &str) {
        self.all.retain(|subscription| subscription.name != name);
    }

    /// What the open transaction changes, where somebody is to be told of it. To be asked before it commits: only then a
    /// row that it has put back to what it was can be told from a changed one.
    pub fn changes(&self, database: &Database, open: &WriteTransaction, written: &Written) -> Changes {
        let told = |table: &String| self.all.iter().any(|subscription| subscription.table == *table);
        let written: Vec<_> = written.iter().filter(|(table, _)| told(table)).collect();
        if written.is_empty() {
            return Changes::new();
        }
        let before = database.begin_read().expect(TABLES);
        let changed = |(table, keys): (&String, &BTreeSet<String>)| {
            changes(&before, open, table, keys).map(|changes| (table.clone(), changes))
        };
        written.into_iter().filter_map(changed).collect()
    }

    /// Tells everyone whose table a commit has changed.
    pub fn tell(&self, seq: u64, changes: &Changes) {
        for Subscription { table, tell, .. } in &self.all {
            if let Some(changes) = changes.get(table) {
                tell(seq, changes);
            }
        }
    }
}

/// The keys whose row is another one in `after`, with it, or nothing where there are none.
fn changes(before: &ReadTransaction, after: &WriteTransaction, table: &str, keys: &BTreeSet<String>) -> Option<String> {
    let before = match before.open_table(rows(table)) {
        // Declared by an update while this transaction was open.
        Err(TableError::TableDoesNotExist(_)) => None,
        before => Some(before.expect(TABLES)),
    };
    let after = after.open_table(rows(table)).expect(TABLES);
    let mut json = String::new();
    for key in keys {
        let old = before.as_ref().and_then(|rows| rows.get(key.as_str()).expect(TABLES));
        let new = after.get(key.as_str()).expect(TABLES);
        let (old, new) = (old.as_ref().map(|row| row.value()), new.as_ref().map(|row| row.value()));
        if old == new {
            continue;
        }
        json.push(if json.is_empty() { '[' } else { ',' });
        json.push_str(&format!("[{},{}]", canonical::quote(key), new.unwrap_or("null")));
    }
    if json.is_empty() {
        return None;
    }
    json.push(']');
    Some(json)
}
