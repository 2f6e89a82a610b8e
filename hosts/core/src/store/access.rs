//! What a call reads and writes in the transaction that it has open.

use redb::ReadableTable;

use super::{
    Scheduled, Store, TABLES, rows,
    rows::{absent, rows_json, shown},
};
use crate::{
    engine::CallId,
    failure::{Code, Refusal},
    limits,
};

impl Store {
    /// Adds a call to those that the commit makes.
    pub fn schedule(&self, owner: CallId, scheduled: Scheduled) -> Result<(), Refusal> {
        let mut writer = self.lock();
        writer.owned(owner)?.schedules.push(scheduled);
        Ok(())
    }

    /// The row under `key`.
    pub fn get(&self, owner: CallId, table: &str, key: &str) -> Result<String, Refusal> {
        let mut writer = self.lock();
        let open = writer.owned(owner)?;
        #[cfg(feature = "saboteurs")]
        if let Some(row) = open.stale_row(table, key) {
            return row.ok_or_else(|| absent(table, key));
        }
        let rows = open.transaction.open_table(rows(table)).expect(TABLES);
        let row = rows.get(key).expect(TABLES);
        row.map(|row| row.value().to_owned()).ok_or_else(|| absent(table, key))
    }

    /// Stores a new row.
    pub fn insert(&self, owner: CallId, table: &str, key: &str, row: &str) -> Result<(), Refusal> {
        let mut writer = self.lock();
        let open = writer.owned(owner)?;
        let mut rows = open.transaction.open_table(rows(table)).expect(TABLES);
        if rows.get(key).expect(TABLES).is_some() {
            return Err(Refusal::new(
                Code::UniqueViolation,
                format!("the table `{table}` has a row under {}", shown(key)),
            ));
        }
        rows.insert(key, row).expect(TABLES);
        drop(rows);
        open.note_written(table, key);
        Ok(())
    }

    /// Replaces a row.
    pub fn update(&self, owner: CallId, table: &str, key: &str, row: &str) -> Result<(), Refusal> {
        let mut writer = self.lock();
        let open = writer.owned(owner)?;
        let mut rows = open.transaction.open_table(rows(table)).expect(TABLES);
        if rows.get(key).expect(TABLES).is_none() {
            return Err(absent(table, key));
        }
        rows.insert(key, row).expect(TABLES);
        drop(rows);
        open.note_written(table, key);
        Ok(())
    }

    /// Removes a row.
    pub fn delete(&self, owner: CallId, table: &str, key: &str) -> Result<(), Refusal> {
        let mut writer = self.lock();
        let open = writer.owned(owner)?;
        let mut rows = open.transaction.open_table(rows(table)).expect(TABLES);
        if rows.remove(key).expect(TABLES).is_none() {
            return Err(absent(table, key));
        }
        drop(rows);
        open.note_written(table, key);
        Ok(())
    }

    /// The rows with from ≤ key < to as JSON, in code point order; an empty `to` means no upper bound.
    pub fn scan(&self, owner: CallId, table: &str, from: &str, to: &str) -> Result<String, Refusal> {
        let mut writer = self.lock();
        let open = writer.owned(owner)?;
        #[cfg(feature = "saboteurs")]
        if let Some(rows) = open.stale_scan(table, from, to) {
            return Ok(rows);
        }
        let rows = open.transaction.open_table(rows(table)).expect(TABLES);
        rows_json(&rows, from, to, limits::SCAN_BYTES).ok_or_else(|| {
            Refusal::new(
                Code::Limit,
                format!(
                    "a scan of `{table}` passes {} bytes: scan a smaller range",
                    limits::SCAN_BYTES
                ),
            )
        })
    }
}
