//! Deliberate faults of the tables that need state or steps of their own.

use std::sync::Arc;

use redb::{Durability, ReadableTable, WriteTransaction};

use super::{
    OPEN, TABLES, rows,
    rows::rows_json,
    writer::{Open, Writer, Written},
};
use crate::{engine::CallId, fault, saboteur::is_chosen};

/// A row that was taken out of a commit.
pub(super) struct Torn {
    table: String,
    key: String,
    row: Option<String>,
}

/// What is committed in the place of a transaction, and what of it is not.
pub(super) fn before_commit(
    writer: &Writer,
    mut transaction: WriteTransaction,
    mut written: Written,
) -> (WriteTransaction, Written, Option<Torn>) {
    if !written.is_empty() && fault!("acknowledged-before-durable") {
        transaction
            .set_durability(Durability::None)
            .expect("a transaction without savepoints");
    }
    let has_many = written.values().map(|keys| keys.len()).sum::<usize>() > 1;
    if has_many && fault!("torn-commit") {
        tear(writer, &transaction, &mut written);
    }
    let torn = (has_many && fault!("durable-in-two-steps"))
        .then(|| tear(writer, &transaction, &mut written))
        .flatten();
    (transaction, written, torn)
}

/// Commits what was taken out, in a way that a kill undoes.
pub(super) fn after_commit(writer: &Writer, torn: Option<Torn>) {
    let Some(Torn { table, key, row }) = torn else { return };
    let mut transaction = writer.database.as_ref().expect(OPEN).begin_write().expect(TABLES);
    transaction
        .set_durability(Durability::None)
        .expect("a transaction without savepoints");
    put(&transaction, &table, &key, row.as_deref());
    transaction.commit().expect(TABLES);
}

/// Undoes the last row that a transaction has written.
fn tear(writer: &Writer, transaction: &WriteTransaction, written: &mut Written) -> Option<Torn> {
    let mut last = written.last_entry()?;
    let key = last.get_mut().pop_last()?;
    let table = last.key().clone();
    let row = {
        let rows = transaction.open_table(rows(&table)).expect(TABLES);
        rows.get(key.as_str()).expect(TABLES).map(|row| row.value().to_owned())
    };
    let before = writer.snapshot().open_table(rows(&table)).ok();
    let before = before.and_then(|rows| rows.get(key.as_str()).expect(TABLES));
    put(transaction, &table, &key, before.as_ref().map(|row| row.value()));
    Some(Torn { table, key, row })
}

fn put(transaction: &WriteTransaction, table: &str, key: &str, row: Option<&str>) {
    let mut rows = transaction.open_table(rows(table)).expect(TABLES);
    match row {
        Some(row) => drop(rows.insert(key, row).expect(TABLES)),
        None => drop(rows.remove(key).expect(TABLES)),
    }
}

/// The rows that the open transaction sees.
pub(super) fn uncommitted(writer: &Writer, table: &str) -> Option<String> {
    let open = writer.open.as_ref()?;
    if !open.written.contains_key(table) || !fault!("visible-before-commit") {
        return None;
    }
    let rows = open.transaction.open_table(rows(table)).expect(TABLES);
    rows_json(&rows, "", "", usize::MAX)
}

/// A transaction that had to wait reads what was committed when it began to.
pub(super) fn after_wait(writer: &mut Writer, waited: Arc<redb::ReadTransaction>) {
    if fault!("lost-update") {
        writer.open.as_mut().expect("it has begun").stale = Some(waited);
    }
}

impl Writer {
    /// A later transaction of a call reads what its first one did.
    pub(super) fn pin(&mut self, owner: CallId) {
        if !is_chosen("snapshot-pinned-across-await") {
            return;
        }
        let now = Arc::new(self.snapshot());
        let first = Arc::clone(self.pinned.entry(owner).or_insert_with(|| Arc::clone(&now)));
        if !Arc::ptr_eq(&first, &now) && fault!("snapshot-pinned-across-await") {
            self.open.as_mut().expect("it has begun").stale = Some(first);
        }
    }
}

impl Open {
    /// The row of the stale snapshot, if there is one and the transaction has not written it.
    pub(super) fn stale_row(&self, table: &str, key: &str) -> Option<Option<String>> {
        let own = self.written.get(table).is_some_and(|keys| keys.contains(key));
        let snapshot = self.stale.as_ref().filter(|_| !own)?;
        let rows = snapshot.open_table(rows(table)).ok()?;
        Some(rows.get(key).expect(TABLES).map(|row| row.value().to_owned()))
    }

    /// The rows of the stale snapshot, if there is one and the transaction has written none of the table.
    pub(super) fn stale_scan(&self, table: &str, from: &str, to: &str) -> Option<String> {
        let snapshot = self.stale.as_ref().filter(|_| !self.written.contains_key(table))?;
        let rows = snapshot.open_table(rows(table)).ok()?;
        rows_json(&rows, from, to, usize::MAX)
    }
}
