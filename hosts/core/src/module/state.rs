//! Everything of a module that changes, under one lock, so that *nothing can run* is a fact and not a guess.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Arc, mpsc},
};

use super::{Done, Opening, ops::Op, update::Update};
use crate::{
    call::{Call, Kind},
    clock::TimerId,
    engine::{CallId, OpId, OpOutcome, Signal},
    failure::Failure,
    queue::ReadyQueue,
    store::Path,
};

/// How a call ended, for its caller.
pub(crate) struct CallEnd {
    /// The result in canonical form, or why it failed.
    pub outcome: Result<String, Failure>,
    /// The `seq` of each transaction that it committed, in order.
    pub seqs: Vec<u64>,
}

impl CallEnd {
    /// That of a hook that the module does not have.
    pub fn of_no_hook() -> CallEnd {
        CallEnd {
            outcome: Ok("null".to_owned()),
            seqs: Vec::new(),
        }
    }
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
    pub id: CallId,
    pub completion: bool,
    pub call: String,
    pub function: String,
}

/// A settled host operation on its way to its call.
pub(super) struct Ready {
    pub call: CallId,
    pub op: OpId,
    pub outcome: OpOutcome,
    /// What the guest may still abort a fetch by.
    pub signal: Option<Signal>,
}

/// A call that has not ended.
pub(super) struct Entry {
    pub call: Arc<Call>,
    pub done: Done,
    /// Host operations that have not settled.
    pub pending: Vec<OpId>,
    /// Settled ones that the lane has not handed over yet.
    pub ready: usize,
    /// Signals that the guest has aborted.
    pub aborted: HashSet<Signal>,
    /// Whether it is a procedure that the lane has begun.
    pub holds_place: bool,
    /// Whether it is a client's call that has not begun.
    pub queued: bool,
    /// It was to end while a turn of it ran, and so it ends with that turn.
    pub ending: Option<Failure>,
    /// Ends it where it takes too long.
    pub deadline: Option<TimerId>,
    /// The opening of a connection that its end ends.
    pub opens: Option<Arc<Opening>>,
    /// The opening of its connection, which had not ended when it was submitted.
    pub awaits: Option<Arc<Opening>>,
}

impl Entry {
    /// A call that has not begun; `queued` where a client made it.
    pub fn new(call: Arc<Call>, queued: bool, done: Done) -> Entry {
        Entry {
            call,
            done,
            pending: Vec::new(),
            ready: 0,
            aborted: HashSet::new(),
            holds_place: false,
            queued,
            ending: None,
            deadline: None,
            opens: None,
            awaits: None,
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

/// A call that stands at a point, with its transaction open. There is at most one: it holds the module's only transaction.
pub(super) struct Parked {
    pub id: CallId,
    pub call: String,
    /// Lets it go on; dropped where it is to end.
    pub go_on: mpsc::Sender<()>,
}

type Told<T> = Box<dyn FnOnce(T) + Send>;

/// Everything of a module that changes. What is called with the lock held sends a message and returns.
pub(super) struct State {
    pub closed: bool,
    pub queue: ReadyQueue<Arc<Call>, Ready>,
    pub calls: HashMap<CallId, Entry>,
    /// Clients' calls that have not begun.
    pub queued: usize,
    /// The calls in flight that the kit has named.
    pub names: HashMap<String, CallId>,
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
    /// Procedures that have ended while they were held: the lane has to forget them.
    pub discards: Vec<Arc<Call>>,
    /// The lane is forgetting some.
    pub discarding: bool,
    /// New code that the lane is to take, in order.
    pub updates: VecDeque<Update>,
    pub pool: Pool,
    /// Calls for the blocking path whose connections are being opened.
    pub awaiting: Vec<(Arc<Opening>, Arc<Call>)>,
    pub parked: Option<Parked>,
    /// The reducer that the lane could not begin when it looked last: it asked for the next transaction.
    pub kept_waiting: Option<CallId>,
    /// Calls that wait for their transaction to begin, and where they run.
    pub beginning: HashMap<CallId, Path>,
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
            queued: 0,
            names: HashMap::new(),
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
            discards: Vec::new(),
            discarding: false,
            updates: VecDeque::new(),
            pool: Pool {
                size: pool_size,
                queue: VecDeque::new(),
                threads: 0,
                idle: 0,
                busy: 0,
                waiting: 0,
            },
            awaiting: Vec::new(),
            parked: None,
            kept_waiting: None,
            beginning: HashMap::new(),
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

    /// Takes a call in.
    pub fn admit(&mut self, entry: Entry) {
        self.queued += usize::from(entry.queued);
        self.calls.insert(entry.call.id(), entry);
    }

    /// The call begins, or ends without having begun.
    pub fn leave_queue(&mut self, id: CallId) {
        let entry = self.calls.get_mut(&id).expect("a call that waits is in flight");
        self.queued -= usize::from(std::mem::take(&mut entry.queued));
    }

    /// Whether a call of that kind can begin now, where no other waits.
    pub fn has_place(&self, kind: Kind, max_in_flight: Option<usize>) -> bool {
        match kind {
            Kind::Hook | Kind::Reducer => !self.paused,
            Kind::AsyncProcedure | Kind::SuspendedProcedure => !self.paused && Some(self.on_lane) != max_in_flight,
            Kind::SyncProcedure => self.pool.busy < self.pool.size,
        }
    }

    /// Takes a call that ends. It counts as running again where it stood still, until its guest has ended too.
    pub fn remove_call(&mut self, id: CallId) -> Option<Entry> {
        self.calls.contains_key(&id).then(|| self.leave_queue(id))?;
        let entry = self.calls.remove(&id)?;
        if self.names.get(entry.call.name()) == Some(&id) {
            self.names.remove(entry.call.name());
        }
        self.beginning.remove(&id);
        self.parked.take_if(|parked| parked.id == id);
        Some(entry)
    }

    /// A procedure on the lane has ended: the one that waits longest for its place is the next request.
    pub fn leave_lane(&mut self) {
        self.on_lane -= 1;
        if let Some(call) = self.held_back.pop_front() {
            self.queue.push_first(call);
        }
    }

    /// Gives back the room that was made for calls that have ended.
    pub fn shrink(&mut self) {
        self.calls.shrink_to_fit();
        self.names.shrink_to_fit();
        self.ops.shrink_to_fit();
        self.beginning.shrink_to_fit();
        self.held_back.shrink_to_fit();
        self.queue.shrink();
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
        self.lane_stands() && self.pool_stands()
    }

    fn lane_stands(&self) -> bool {
        if self.running.is_some() {
            // A turn that cannot begin its transaction stands, and with it all that waits for a turn.
            return self.standing_begins(Path::Lane) > 0;
        }
        if self.discarding || !self.discards.is_empty() {
            return false;
        }
        self.queue.is_empty() || (self.steps.is_empty() && (self.paused || self.first_is_kept_waiting()))
    }

    fn pool_stands(&self) -> bool {
        let parked = usize::from(self.parked.is_some());
        let standing = self.pool.waiting + parked + self.standing_begins(Path::Pool);
        self.pool.busy == standing && (self.pool.queue.is_empty() || self.pool.busy == self.pool.size)
    }

    /// Calls whose transaction cannot begin. While a call is parked it holds the transaction, so that no other can have
    /// got it; while none is, whoever waits may be about to go on.
    fn standing_begins(&self, path: Path) -> usize {
        let beginning = self.beginning.values().filter(|&&at| at == path).count();
        if self.parked.is_some() { beginning } else { 0 }
    }

    /// The lane's next turn is a reducer's, and a parked call holds the transaction that it has asked for.
    pub fn first_is_kept_waiting(&self) -> bool {
        let has_asked = |call: &Arc<Call>| self.kept_waiting == Some(call.id());
        self.parked.is_some() && self.queue.has_no_completion() && self.queue.first_request().is_some_and(has_asked)
    }

    /// Drops everyone who waits for something of this module: they are answered by being dropped.
    pub fn forget_waiters(&mut self) {
        self.waiting_for_quiet.clear();
        self.on_paused.clear();
        self.steps.clear();
        self.stepped = None;
        self.updates.clear();
        self.pool.queue.clear();
        self.awaiting.clear();
    }
}
