//! Everything of a module that changes, under one lock, so that *nothing can run* is a fact and not a guess.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use super::{Done, ops::Op};
use crate::{
    call::Call,
    engine::{CallId, OpId, OpOutcome},
    failure::Failure,
    queue::ReadyQueue,
};

/// How a call ended, for its caller.
pub(crate) struct CallEnd {
    /// The result in canonical form, or why it failed.
    pub outcome: Result<String, Failure>,
    /// The `seq` of each transaction that it committed, in order.
    pub seqs: Vec<u64>,
}

/// The answer of `quiesce`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Quiet {
    pub outcomes: u64,
    pub fetches: usize,
}

/// What `lane/step` tells of the turn it ran.
#[derive(Clone, Debug)]
pub(crate) struct TurnLine {
    pub completion: bool,
    pub call: String,
    pub function: String,
}

/// A settled host operation on its way to its call.
pub(super) struct Ready {
    pub call: CallId,
    pub op: OpId,
    pub outcome: OpOutcome,
}

/// A call that has not ended.
pub(super) struct Entry {
    pub call: Arc<Call>,
    pub done: Done,
    /// Host operations that have not settled.
    pub pending: Vec<OpId>,
    /// Settled ones that the lane has not handed over yet.
    pub ready: usize,
    /// Whether it is a procedure that the lane has begun.
    pub holds_place: bool,
}

impl Entry {
    pub fn new(call: Arc<Call>, done: Done) -> Entry {
        Entry {
            call,
            done,
            pending: Vec::new(),
            ready: 0,
            holds_place: false,
        }
    }
}

/// The blocking path.
pub(super) struct Pool {
    pub size: usize,
    pub queue: VecDeque<Arc<Call>>,
    pub threads: usize,
    pub idle: usize,
    /// Threads that have a call, waiting ones included.
    pub busy: usize,
    /// Threads whose call waits for a fetch or the clock.
    pub waiting: usize,
}

impl Pool {
    fn is_quiet(&self) -> bool {
        self.busy == self.waiting && (self.queue.is_empty() || self.busy == self.size)
    }
}

type Told<T> = Box<dyn FnOnce(T) + Send>;

/// Everything of a module that changes. What is called with the lock held sends a message and returns.
pub(super) struct State {
    pub closed: bool,
    pub queue: ReadyQueue<Arc<Call>, Ready>,
    pub calls: HashMap<CallId, Entry>,
    pub ops: HashMap<OpId, Op>,
    pub outcomes: u64,
    pub fetches: usize,
    pub turns: u64,
    /// The turn that runs.
    pub running: Option<TurnLine>,
    pub paused: bool,
    pub on_paused: Vec<Told<()>>,
    pub steps: VecDeque<Told<Option<TurnLine>>>,
    /// The turn that runs was stepped.
    pub stepped: Option<Told<Option<TurnLine>>>,
    /// Procedures that the lane has begun and that have not ended.
    pub on_lane: usize,
    /// Procedures that wait for a place on the lane.
    pub held_back: VecDeque<Arc<Call>>,
    pub pool: Pool,
    pub lane_instances: usize,
    pub blocking_instances: usize,
    waiting_for_quiet: Vec<(u64, Told<Quiet>)>,
    next_call: CallId,
    next_op: OpId,
}

impl State {
    pub fn new(pool_size: usize) -> State {
        State {
            closed: false,
            queue: ReadyQueue::new(),
            calls: HashMap::new(),
            ops: HashMap::new(),
            outcomes: 0,
            fetches: 0,
            turns: 0,
            running: None,
            paused: false,
            on_paused: Vec::new(),
            steps: VecDeque::new(),
            stepped: None,
            on_lane: 0,
            held_back: VecDeque::new(),
            pool: Pool {
                size: pool_size,
                queue: VecDeque::new(),
                threads: 0,
                idle: 0,
                busy: 0,
                waiting: 0,
            },
            lane_instances: 0,
            blocking_instances: 0,
            waiting_for_quiet: Vec::new(),
            next_call: 0,
            next_op: 1,
        }
    }

    /// The next call's number.
    pub fn number_call(&mut self) -> CallId {
        self.next_call += 1;
        self.next_call - 1
    }

    /// The next operation's number.
    pub fn number_op(&mut self) -> OpId {
        self.next_op += 1;
        self.next_op - 1
    }

    /// A procedure on the lane has ended: the one that waits longest for its place is the next request.
    pub fn leave_lane(&mut self) {
        self.on_lane -= 1;
        if let Some(call) = self.held_back.pop_front() {
            self.queue.push_first(call);
        }
    }

    pub fn instances(&self) -> usize {
        self.lane_instances + self.blocking_instances
    }

    /// Tells `told` once at least `outcomes` fetch outcomes have come in and nothing can run.
    pub fn when_quiet(&mut self, outcomes: u64, told: Told<Quiet>) {
        self.waiting_for_quiet.push((outcomes, told));
        self.tell_if_quiet();
    }

    /// To be called after every change that may leave nothing to run.
    pub fn tell_if_quiet(&mut self) {
        if self.waiting_for_quiet.is_empty() || !self.is_quiet() {
            return;
        }
        let quiet = Quiet {
            outcomes: self.outcomes,
            fetches: self.fetches,
        };
        let (due, rest): (Vec<_>, Vec<_>) = std::mem::take(&mut self.waiting_for_quiet)
            .into_iter()
            .partition(|(outcomes, _)| *outcomes <= quiet.outcomes);
        self.waiting_for_quiet = rest;
        due.into_iter().for_each(|(_, told)| told(quiet));
    }

    /// Nothing of the module can run. A call in flight on the lane that is in no queue waits for a host operation: the
    /// driver ends those that do not as stalled.
    fn is_quiet(&self) -> bool {
        let lane_stands = (self.paused && self.steps.is_empty()) || self.queue.is_empty();
        self.running.is_none() && lane_stands && self.pool.is_quiet()
    }

    /// Drops everyone who waits for something of this module: they are answered by being dropped.
    pub fn forget_waiters(&mut self) {
        self.waiting_for_quiet.clear();
        self.on_paused.clear();
        self.steps.clear();
        self.stepped = None;
        self.held_back.clear();
        self.pool.queue.clear();
    }
}
