//! The seam between the core and an engine. The core owns the queue, the tables, the egress and the clock; an engine
//! owns guest instances and knows how to run one turn of one call.
//!
//! One turn is one call into the engine. An engine never decides what runs next, and nothing outside the driver
//! wakes a guest: a finished fetch enters the lane's queue, and the driver hands it to [`Lane::resume`].

use std::{rc::Rc, sync::Arc};

use crate::{call::Call, failure::Failure};

/// The language that a module was written in, as the host protocol names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Guest {
    /// A JavaScript module, written in TypeScript.
    Ts,
    /// A wasm module, written in AssemblyScript.
    As,
}

/// Why a module was refused; the `data.reason` of error -32000.
#[derive(Debug)]
pub enum LoadError {
    /// The engine could not parse, validate or compile it, or it lacks an export or asks for an import that the ABI does not know.
    Compile(String),
    /// Its `describe` failed.
    Describe(String),
}

/// An engine: compiles modules for the guests that it can run.
pub trait Engine: Send + Sync + 'static {
    /// Name and version of each engine in the binary, as the engine reports them itself.
    fn versions(&self) -> Vec<(String, String)>;
    /// The guests that it runs.
    fn guests(&self) -> &[Guest];
    /// How many synchronous procedures run at once; `None` where no guest has them.
    fn blocking_pool(&self) -> Option<usize>;
    /// Compiles a module. Called on a helper thread, never on a lane.
    fn compile(&self, guest: Guest, name: &str, source: &[u8]) -> Result<Arc<dyn Program>, LoadError>;
}

/// A compiled module.
pub trait Program: Send + Sync + 'static {
    /// The description's JSON text, as the guest gave it.
    fn describe(&self) -> Result<String, LoadError>;
    /// Makes the lane. Called on the lane's own thread, where it stays.
    fn open_lane(&self) -> Result<Box<dyn Lane>, LoadError>;
    /// Makes one instance for synchronous procedures. Called on a pool thread, where it stays.
    fn open_blocking(&self) -> Result<Box<dyn Blocking>, LoadError>;
}

/// Result of a call: its JSON text in canonical form, or why it failed.
pub type Outcome = Result<String, Failure>;

/// A call that ended during a turn. A turn may end calls other than the one it resumed.
pub struct Ended {
    /// The call's number in its module.
    pub call: CallId,
    /// How it ended.
    pub outcome: Outcome,
}

/// A call's number in its module, in submission order; never used twice.
pub type CallId = u64;
/// A pending host operation's number in its module; never used twice.
pub type OpId = u64;

/// How a pending host operation ended.
pub enum OpOutcome {
    /// The whole response of a fetch, or the code and text of its failure.
    Fetch(Result<crate::egress::Response, crate::failure::Refusal>),
    /// The clock has reached the time slept for.
    Slept,
}

/// The guest instances of one lane. Lives on one thread.
pub trait Lane {
    /// Runs a reducer or a hook from begin to end. Its transaction is open already; the core commits or aborts it.
    fn reduce(&mut self, call: &Rc<Call>) -> Outcome;
    /// Starts a procedure and runs its first turn.
    fn start(&mut self, call: Rc<Call>, ended: &mut Vec<Ended>);
    /// Hands one settled operation to the call that issued it and runs one turn. The call may be gone: then nothing happens.
    fn resume(&mut self, call: CallId, op: OpId, outcome: OpOutcome, ended: &mut Vec<Ended>);
    /// Forgets a call that the core has ended; nothing of it runs any more.
    fn discard(&mut self, call: CallId);
    /// Guest instances (stores, isolates) that exist now, pooled ones included.
    fn instances(&self) -> usize;
}

/// One instance that runs synchronous procedures, one at a time, blocking its thread at host calls.
pub trait Blocking {
    /// Runs a procedure from begin to end.
    fn run(&mut self, call: &Call) -> Outcome;
}
