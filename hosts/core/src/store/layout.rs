//! What a database holds beside a module's tables. No table of a module has a name with `$`.

use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition, TableError, TableHandle, WriteTransaction};

use super::{ScheduleId, Schedules, TABLES, rows, schedules};

/// `seq` of each committed transaction, and the call that committed it.
pub(super) const COMMITS: TableDefinition<u64, u64> = TableDefinition::new("$commits");
/// Says that a database is a module's, and of which format.
const ABOUT: TableDefinition<&str, u64> = TableDefinition::new("$evenlane");
/// Which tables there are, and what is in them.
const FORMAT: u64 = 1;
const INITIALIZED: &str = "initialized";
/// How often a module was loaded with what was there already.
const RELOADS: &str = "reloads";

/// What was found.
#[derive(Default)]
pub(super) struct Layout {
    pub seq: u64,
    pub initialized: bool,
    pub next_schedule: ScheduleId,
    pub schedules: Schedules,
    /// How often a module was loaded with it before, this load not counted.
    pub loads: u64,
}

/// Why a database cannot be a module's.
pub(super) enum Misfit {
    /// It was not made by [`create`], or by another version of it.
    Foreign(String),
    /// It has this table, which the module does not declare.
    Undeclared(String),
}

/// Makes an empty database a module's.
pub(super) fn create<'a>(database: &Database, tables: impl Iterator<Item = &'a String>) {
    let transaction = database.begin_write().expect("a new database has no writer");
    let mut about = transaction.open_table(ABOUT).expect(TABLES);
    about.insert("format", FORMAT).expect(TABLES);
    drop(about);
    transaction.open_table(COMMITS).expect(TABLES);
    schedules::create(&transaction);
    declare(&transaction, tables);
    transaction.commit().expect(TABLES);
}

/// Reads what [`create`] has made, counts the load, and adds the tables that are missing.
pub(super) fn read(database: &Database, tables: &[&String]) -> Result<Layout, Misfit> {
    let foreign = |error: TableError| Misfit::Foreign(error.to_string());
    let snapshot = database.begin_read().expect(TABLES);
    let about = snapshot.open_table(ABOUT).map_err(foreign)?;
    let number = |key: &str| about.get(key).expect(TABLES).map(|number| number.value());
    match number("format") {
        Some(FORMAT) => {}
        other => return Err(Misfit::Foreign(format!("its format is {other:?}, not {FORMAT}"))),
    }
    for table in snapshot.list_tables().expect(TABLES) {
        let name = table.name();
        if !name.starts_with('$') && tables.iter().all(|declared| *declared != name) {
            return Err(Misfit::Undeclared(name.to_owned()));
        }
    }
    let commits = snapshot.open_table(COMMITS).map_err(foreign)?;
    let (next_schedule, schedules) = schedules::kept(&snapshot);
    let layout = Layout {
        seq: commits.last().expect(TABLES).map_or(0, |(seq, _)| seq.value()),
        initialized: number(INITIALIZED) == Some(1),
        next_schedule,
        schedules,
        loads: number(RELOADS).unwrap_or(0) + 1,
    };
    let transaction = database
        .begin_write()
        .expect("a database that was opened has no writer");
    let mut about = transaction.open_table(ABOUT).expect(TABLES);
    about.insert(RELOADS, layout.loads).expect(TABLES);
    drop(about);
    declare(&transaction, tables.iter().copied());
    transaction.commit().expect(TABLES);
    Ok(layout)
}

/// Creates the tables that are not there.
pub(super) fn declare<'a>(transaction: &WriteTransaction, tables: impl Iterator<Item = &'a String>) {
    for table in tables {
        transaction.open_table(rows(table)).expect(TABLES);
    }
}

/// Writes that `init` has run, or never has to.
pub(super) fn note_initialized(transaction: &WriteTransaction) {
    let mut about = transaction.open_table(ABOUT).expect(TABLES);
    about.insert(INITIALIZED, 1).expect(TABLES);
}
