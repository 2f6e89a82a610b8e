//! The calls that committed transactions have scheduled and that have not begun. They are kept where the tables are: a
//! file's come back with it.

use redb::{ReadTransaction, ReadableTable, TableDefinition, WriteTransaction};
use serde::{Deserialize, Serialize};

use super::{Store, TABLES};
use crate::{engine::CallId, failure::Refusal};

/// A call to be made if a transaction commits.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Scheduled {
    pub function: String,
    pub args: String,
    /// When; of an interval, when first.
    pub at: f64,
    /// Milliseconds between one call of an interval and the next; none for a single call.
    pub every: Option<f64>,
}

/// A schedule's number in its database, in the order in which they were made.
pub(crate) type ScheduleId = u64;

/// Schedules in the order in which they were made.
pub(crate) type Schedules = Vec<(ScheduleId, Scheduled)>;

const SCHEDULES: TableDefinition<ScheduleId, &str> = TableDefinition::new("$schedules");

impl Store {
    /// The reducer whose transaction is open is the call of that schedule: it goes with the commit, so that either both
    /// are in the file or none.
    pub fn spend(&self, owner: CallId, schedule: ScheduleId) -> Result<(), Refusal> {
        let mut writer = self.lock();
        remove(&writer.owned(owner)?.transaction, schedule);
        Ok(())
    }

    /// That schedule's call has been made, or cannot be. Whatever is committed later is in the file only where the
    /// schedule is not.
    pub fn forget(&self, schedule: ScheduleId) {
        self.do_when_free(Box::new(move |transaction| remove(transaction, schedule)));
    }

    /// The next call of that interval is due at `at`: where the tables live in a file, it goes on from there.
    pub fn put_off(&self, schedule: ScheduleId, at: f64) {
        self.do_when_free(Box::new(move |transaction| {
            let mut table = transaction.open_table(SCHEDULES).expect(TABLES);
            let kept = table.get(schedule).expect(TABLES).map(|text| read(text.value()));
            if let Some(mut scheduled) = kept {
                scheduled.at = at;
                table.insert(schedule, write(&scheduled).as_str()).expect(TABLES);
            }
        }));
    }
}

/// Makes the table.
pub(super) fn create(transaction: &WriteTransaction) {
    transaction.open_table(SCHEDULES).expect(TABLES);
}

/// Writes schedules, numbered from `first`.
pub(super) fn keep(transaction: &WriteTransaction, first: ScheduleId, schedules: Vec<Scheduled>) -> Schedules {
    let numbered: Vec<_> = (first..).zip(schedules).collect();
    for (id, scheduled) in &numbered {
        let mut table = transaction.open_table(SCHEDULES).expect(TABLES);
        table.insert(id, write(scheduled).as_str()).expect(TABLES);
    }
    numbered
}

/// The number for the next schedule, and those that are there, in the order in which they were made.
pub(super) fn kept(snapshot: &ReadTransaction) -> (ScheduleId, Schedules) {
    let table = snapshot.open_table(SCHEDULES).expect(TABLES);
    let rows = table.iter().expect(TABLES).map(|row| row.expect(TABLES));
    let all: Vec<_> = rows.map(|(id, text)| (id.value(), read(text.value()))).collect();
    (all.last().map_or(0, |(last, _)| last + 1), all)
}

fn remove(transaction: &WriteTransaction, schedule: ScheduleId) {
    let mut table = transaction.open_table(SCHEDULES).expect(TABLES);
    table.remove(schedule).expect(TABLES);
}

fn write(scheduled: &Scheduled) -> String {
    serde_json::to_string(scheduled).expect("texts and numbers are JSON")
}

fn read(text: &str) -> Scheduled {
    serde_json::from_str(text).expect("what this host has written of a schedule it can read")
}
