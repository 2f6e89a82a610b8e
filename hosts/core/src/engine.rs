//! The seam between the core and an engine. The core owns the queue, the tables, the egress and the clock; an engine
//! owns guest instances and knows how to run one turn of one call.
//!
//! One turn is one call into the engine. An engine never decides what runs next, and nothing outside the driver
//! wakes a guest: a finished fetch enters the lane's queue, and the driver hands it to [`Lane::resume`].

pub mod failures;
mod lane_slot;

use std::sync::Arc;

pub use lane_slot::{LaneSlot, end_lost};

use crate::{
    call::Call,
    clock::Clock,
    egress::Response,
    failure::{Failure, Refusal},
    limits::Limits,
};

/// The language that a module was written in, as the host protocol names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Guest {
    /// A JavaScript module, written in TypeScript.
    Ts,
    /// A wasm module, written in AssemblyScript.
    As,
}

impl Guest {
    /// The guest's name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Guest::Ts => "ts",
            Guest::As => "as",
        }
    }
}

/// Why a module was refused; the `data.reason` of error -32000.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoadError {
    /// The engine could not parse, validate or compile it, or it lacks an export or asks for an import that the ABI does not know.
    Compile(String),
    /// Its `describe` failed.
    Describe(String),
}

impl LoadError {
    /// What was wrong, for people.
    pub fn into_message(self) -> String {
        match self {
            LoadError::Compile(message) | LoadError::Describe(message) => message,
        }
    }
}

/// An engine: compiles modules for the guests that it can run.
pub trait Engine: Send + Sync + 'static {
    /// Name and version of the host program, as `initialize` answers them.
    fn host(&self) -> (&str, &str);
    /// Name and version of each engine in the binary, as the engine reports them itself.
    fn versions(&self) -> Vec<(String, String)>;
    /// The guests that it runs.
    fn guests(&self) -> &[Guest];
    /// How many synchronous procedures run at once; `None` where no guest has them.
    fn blocking_pool(&self) -> Option<usize>;
    /// How many procedures of a module may be in flight on its lane; `None` means unbounded. The core holds the rest back.
    fn max_in_flight(&self) -> Option<usize> {
        None
    }
    /// Compiles a module. `name` is for messages; of `limits` an engine enforces those of a turn and of memory; `clock` is what a
    /// guest sees that asks for the time outside of any call. Called on the thread that is to be the module's lane, before it
    /// is, or for an update between two of its turns.
    fn compile(
        &self,
        guest: Guest,
        name: &str,
        source: &[u8],
        limits: &Limits,
        clock: &HostClock,
    ) -> Result<Arc<dyn Program>, LoadError>;
}

/// The host's clock, to be read: what a guest's own clock shows outside of any call.
#[derive(Clone)]
pub struct HostClock(Arc<Clock>);

impl HostClock {
    pub(crate) fn new(clock: &Arc<Clock>) -> HostClock {
        HostClock(Arc::clone(clock))
    }

    /// Whole milliseconds since the Unix epoch.
    pub fn now(&self) -> f64 {
        self.0.now()
    }
}

/// A compiled module.
pub trait Program: Send + Sync + 'static {
    /// The description's JSON text, as the guest gave it. Called where it was compiled. The core validates it.
    fn describe(&self) -> Result<String, LoadError>;
    /// Makes the lane. Called on the lane's own thread, where it stays and is dropped; those of an older program may still be
    /// there.
    fn open_lane(&self) -> Result<Box<dyn Lane>, LoadError>;
    /// Makes one instance for synchronous procedures. Called on a pool thread, where it stays and is dropped. Never
    /// called where [`Engine::blocking_pool`] is `None`.
    fn open_blocking(&self) -> Result<Box<dyn Blocking>, LoadError>;
}

/// How a call ended: its result's JSON text as the guest gave it (`null` for none), or why it failed. The core checks
/// the text and brings it into canonical form, and puts what [`Call::fail`] recorded in the place of a `guest-error`.
pub type Outcome = Result<String, Failure>;

/// A procedure that ended during a turn. A turn may end calls other than the one it resumed.
#[derive(Debug)]
pub struct Ended {
    /// The call's number in its module.
    pub call: CallId,
    /// How it ended.
    pub outcome: Outcome,
}

/// A call's number in its module, in submission order; never used twice.
pub type CallId = u64;
/// A pending host operation's number in its module, from 1; never used twice.
pub type OpId = u64;
/// What a guest aborts fetches by: a number of its choice, from 1.
pub type Signal = u64;

/// The signal that a JavaScript number names, if any: a whole one, from 1, that JavaScript keeps exactly.
pub fn signal_from(number: f64) -> Option<Signal> {
    /// `Number.MAX_SAFE_INTEGER`.
    const MOST: f64 = 9_007_199_254_740_991.0;
    let is_signal = number.fract() == 0.0 && (1.0..=MOST).contains(&number);
    is_signal.then_some(number as Signal)
}

/// How a pending host operation ended.
#[derive(Debug)]
pub enum OpOutcome {
    /// The whole response of a fetch, or the code and text of its failure.
    Fetch(Result<Response, Refusal>),
    /// The clock has reached the time slept for.
    Slept,
}

/// The guest instances of one lane. Lives on one thread.
pub trait Lane {
    /// Runs a reducer or a hook from begin to end. Its transaction is open already; the core commits or undoes it.
    /// `ended` takes procedures that end on the way, as when the lane had to be rebuilt.
    fn reduce(&mut self, call: &Arc<Call>, ended: &mut Vec<Ended>) -> Outcome;
    /// Called once after each [`Lane::reduce`], when its transaction has been committed or undone: runs what the
    /// reducer left to run, such as microtasks. Part of the same turn. The call is closed by now.
    fn settle(&mut self, ended: &mut Vec<Ended>) {
        let _ = ended;
    }
    /// Starts a procedure and runs its first turn. Where the procedure ends in it, it stands in `ended`. A procedure
    /// that has not ended after a turn and has no host operation pending is ended by the core as `stalled`.
    fn start(&mut self, call: Arc<Call>, ended: &mut Vec<Ended>);
    /// Hands one settled operation to the call that issued it and runs one turn. The core never does so for a call that has ended.
    fn resume(&mut self, call: CallId, op: OpId, outcome: OpOutcome, ended: &mut Vec<Ended>);
    /// Hands over an operation and runs nothing: the next [`Lane::resume`] does. Only for a deliberate fault.
    #[cfg(feature = "saboteurs")]
    fn hand_over(&mut self, call: CallId, op: OpId, outcome: OpOutcome, ended: &mut Vec<Ended>) {
        self.resume(call, op, outcome, ended);
    }
    /// Forgets a procedure that the core has ended while it waited; nothing of it runs any more. Called between turns, and
    /// not for those in `ended`.
    fn discard(&mut self, call: CallId);
    /// Guest instances (stores, isolates) that exist now, pooled ones included.
    fn instances(&self) -> usize;
    /// Called once after many procedures were in flight and all have ended, when nothing else is to be done: gives back to the
    /// system what is kept for none of them. It may take milliseconds.
    fn give_back(&mut self) {}
}

/// One instance that runs synchronous procedures, one at a time, blocking its thread at host calls.
pub trait Blocking {
    /// Runs a procedure from begin to end.
    fn run(&mut self, call: &Arc<Call>) -> Outcome;
}
