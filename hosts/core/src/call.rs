//! A call, as the host functions of an engine see it.

mod schedule;
mod upkeep;

use std::sync::{
    Arc, Mutex, OnceLock,
    atomic::{AtomicBool, Ordering},
    mpsc,
};

use crate::{
    canonical,
    egress::{Request, Response},
    engine::{CallId, OpId, OpOutcome, Signal},
    failure::{Category, Code, Failure, Refusal},
    module::{Code as ModuleCode, Module, Waiter},
    store::{Path, ScheduleId},
};

/// What a call runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A lifecycle hook; runs as a reducer.
    Hook,
    /// A reducer.
    Reducer,
    /// A native async procedure of a JavaScript guest: on the lane.
    AsyncProcedure,
    /// Any other procedure of a JavaScript guest: on the blocking path.
    SyncProcedure,
    /// A procedure of a wasm guest: on the lane, suspended by the host.
    SuspendedProcedure,
}

/// Severity of a guest's log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Level {
    /// 0
    Debug,
    /// 1
    Info,
    /// 2
    Warn,
    /// 3
    Error,
}

impl Level {
    /// The level of that number; what is no level counts as an error line.
    pub fn from_number(number: i32) -> Level {
        match number {
            0 => Level::Debug,
            1 => Level::Info,
            2 => Level::Warn,
            _ => Level::Error,
        }
    }

    /// The level's name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Level::Debug => "debug",
            Level::Info => "info",
            Level::Warn => "warn",
            Level::Error => "error",
        }
    }
}

/// What `sleep_until` found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sleep {
    /// The time has passed: nothing to wait for.
    Passed,
    /// The operation to wait for.
    Pending(OpId),
}

/// One call of a module's function. An engine's host functions act through it; all of it refuses with `handle-closed`
/// once the call has ended, so that a leaked handle does nothing. May be used from any thread.
pub struct Call {
    new: NewCall,
    /// Read when the first turn begins.
    timestamp: OnceLock<f64>,
    closed: AtomicBool,
    record: Mutex<Record>,
}

/// What a call is made of.
#[derive(Clone)]
pub(crate) struct NewCall {
    pub module: Arc<Module>,
    pub code: Arc<ModuleCode>,
    pub id: CallId,
    pub name: String,
    pub function: String,
    pub kind: Kind,
    pub args: String,
    pub sender: String,
    pub connection: Option<String>,
    /// Whether it stops at the points that it marks, on the blocking path.
    pub parks: bool,
    /// The schedule that its reducer's transaction ends.
    pub schedule: Option<ScheduleId>,
    pub seed: [u32; 4],
}

#[derive(Default)]
struct Record {
    seqs: Vec<u64>,
    /// When the procedure's open transaction began.
    tx_began: f64,
    failure: Option<Failure>,
}

impl Call {
    pub(crate) fn new(new: NewCall) -> Arc<Call> {
        let (timestamp, closed, record) = (OnceLock::new(), AtomicBool::new(false), Mutex::default());
        Arc::new(Call {
            new,
            timestamp,
            closed,
            record,
        })
    }

    /// The call's number in its module.
    pub fn id(&self) -> CallId {
        self.new.id
    }

    /// The call's name, as the kit or the host chose it.
    pub fn name(&self) -> &str {
        &self.new.name
    }

    /// The function or hook (`$init`, `$connected`, `$disconnected`) to run.
    pub fn function(&self) -> &str {
        &self.new.function
    }

    /// What it runs.
    pub fn kind(&self) -> Kind {
        self.new.kind
    }

    /// The arguments' JSON text in canonical form, validated against the description.
    pub fn args(&self) -> &str {
        &self.new.args
    }

    /// The module whose function it runs.
    pub(crate) fn module(&self) -> &Arc<Module> {
        &self.new.module
    }

    /// The identity that made the call.
    pub(crate) fn sender(&self) -> &str {
        &self.new.sender
    }

    /// The connection that made the call, if one did.
    pub(crate) fn connection(&self) -> Option<&str> {
        self.new.connection.as_deref()
    }

    /// Whether the call has ended: whatever its guest still does has no effect.
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// When its first turn began, in milliseconds since the Unix epoch.
    pub fn timestamp(&self) -> f64 {
        *self.timestamp.get_or_init(|| self.new.module.host.clock.now())
    }

    /// The seed of its random numbers: the first state of an sfc32.
    pub fn seed(&self) -> [u32; 4] {
        self.new.seed
    }

    /// The context's JSON text.
    pub fn context(&self) -> Result<String, Refusal> {
        self.check_open()?;
        Ok(canonical::text(&serde_json::json!({
            "call": self.new.name,
            "function": self.new.function,
            "timestamp": self.timestamp(),
            "sender": self.new.sender,
            "connection": self.new.connection,
            "seed": self.new.seed,
        })))
    }

    /// Writes a line to the kit's log, under this call's name. Nothing once the call has ended.
    pub fn log(&self, level: Level, text: &str) {
        if !self.is_closed() {
            self.new
                .module
                .host
                .outbox
                .log(&self.new.module.id, Some(&self.new.name), level, text);
        }
    }

    /// Opens a transaction. Waits while another instance of the module has one open.
    pub fn tx_begin(&self) -> Result<(), Refusal> {
        self.check_procedure("begins a transaction: the host has opened the one it runs in")?;
        self.new.module.begin_transaction(self)?;
        self.record().tx_began = self.new.module.host.clock.now();
        Ok(())
    }

    /// Commits the open transaction.
    pub fn tx_commit(&self) -> Result<(), Refusal> {
        self.check_procedure("commits a transaction: the host commits it when the call has returned")?;
        self.commit()
    }

    /// Undoes the open transaction.
    pub fn tx_abort(&self) -> Result<(), Refusal> {
        self.check_procedure("aborts a transaction: fail the call instead")?;
        self.store().abort(self.id())
    }

    /// When the open transaction began, in milliseconds since the Unix epoch; never before the context's timestamp.
    pub fn tx_timestamp(&self) -> Result<f64, Refusal> {
        self.check_transaction()?;
        // That of a reducer or hook began with the call.
        let call_began = self.timestamp();
        Ok(self.record().tx_began.max(call_began))
    }

    /// A UUID of version 7, later in order than all that the module was given before.
    pub fn uuid(&self) -> Result<String, Refusal> {
        self.check_open()?;
        Ok(self.new.module.uuid())
    }

    /// Marks a place in the open transaction: stops this thread there until the kit lets the call go on, where it asked
    /// for that and the call runs on the blocking path; else it does nothing.
    pub fn tx_point(&self, name: &str) -> Result<(), Refusal> {
        self.check_transaction()?;
        if self.new.parks && self.path() == Path::Pool {
            return self.new.module.park(self, name);
        }
        Ok(())
    }

    /// The row under `key`, or the refusal `absent`.
    pub fn table_get(&self, table: &str, key: &str) -> Result<String, Refusal> {
        self.check_table(table, key)?;
        self.store().get(self.id(), table, key)
    }

    /// Stores a new row.
    pub fn table_insert(&self, table: &str, key: &str, row: &str) -> Result<(), Refusal> {
        self.check_table(table, key)?;
        self.store()
            .insert(self.id(), table, key, &canonical::canonical(row, "the row")?)
    }

    /// Replaces a row.
    pub fn table_update(&self, table: &str, key: &str, row: &str) -> Result<(), Refusal> {
        self.check_table(table, key)?;
        self.store()
            .update(self.id(), table, key, &canonical::canonical(row, "the row")?)
    }

    /// Removes a row.
    pub fn table_delete(&self, table: &str, key: &str) -> Result<(), Refusal> {
        self.check_table(table, key)?;
        self.store().delete(self.id(), table, key)
    }

    /// The rows with from ≤ key < to, as `[["key", row], …]`; an empty `to` means no upper bound.
    pub fn table_scan(&self, table: &str, from: &str, to: &str) -> Result<String, Refusal> {
        self.check_table(table, from)?;
        self.store().scan(self.id(), table, from, to)
    }

    /// Issues a fetch. For guests on a lane: its outcome comes to [`crate::engine::Lane::resume`]. `request` is the guest ABI's
    /// JSON; [`Call::abort_fetch`] ends it by its `signal`.
    pub fn fetch(&self, request: &str, body: Vec<u8>, signal: Option<Signal>) -> Result<OpId, Refusal> {
        self.check_yield("fetches")?;
        let request = Request::parse(request, body)?;
        self.new.module.issue_fetch(self.id(), request, signal, Waiter::Lane)
    }

    /// Fetches and waits. For pool threads.
    pub fn fetch_blocking(&self, request: &str, body: Vec<u8>, signal: Option<Signal>) -> Result<Response, Refusal> {
        self.check_yield("fetches")?;
        let request = Request::parse(request, body)?;
        let (settled, outcome) = mpsc::channel();
        let waiter = Waiter::Pool(settled);
        self.new.module.issue_fetch(self.id(), request, signal, waiter)?;
        match outcome.recv() {
            Ok(OpOutcome::Fetch(result)) => result,
            Ok(OpOutcome::Slept) | Err(_) => unreachable!("a fetch settles with a fetch's outcome"),
        }
    }

    /// Ends the fetches of this call with that signal as `aborted`, each in its turn; later ones are refused so.
    pub fn abort_fetch(&self, signal: Signal) -> Result<(), Refusal> {
        self.check_open()?;
        self.new.module.abort_fetches(self.id(), signal);
        Ok(())
    }

    /// Begins a sleep. For guests on a lane: its end comes to [`crate::engine::Lane::resume`].
    pub fn sleep_until(&self, at: f64) -> Result<Sleep, Refusal> {
        self.check_yield("sleeps")?;
        let op = self.new.module.issue_sleep(self.id(), finite(at)?, Waiter::Lane)?;
        Ok(op.map_or(Sleep::Passed, Sleep::Pending))
    }

    /// Sleeps and waits. For pool threads.
    pub fn sleep_blocking(&self, at: f64) -> Result<(), Refusal> {
        self.check_yield("sleeps")?;
        let (settled, outcome) = mpsc::channel();
        if self
            .new
            .module
            .issue_sleep(self.id(), finite(at)?, Waiter::Pool(settled))?
            .is_none()
        {
            return Ok(());
        }
        match outcome.recv() {
            Ok(OpOutcome::Fetch(Err(cancelled))) => Err(cancelled),
            _ => Ok(()),
        }
    }

    /// Records why the call is about to fail. `code` is a number of [`Code`]; any other counts as `guest-error`.
    pub fn fail(&self, code: i32, message: &str) {
        let category = Code::from_number(code).map_or(Category::GuestError, Code::category);
        self.record().failure = Some(Failure::new(category, message));
    }
}

fn finite(at: f64) -> Result<f64, Refusal> {
    if at.is_finite() {
        return Ok(at);
    }
    Err(Refusal::new(
        Code::BadValue,
        "the time is not a finite number of milliseconds",
    ))
}
