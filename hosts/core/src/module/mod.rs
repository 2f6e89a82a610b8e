//! A loaded module: what its lane, its pool threads, its egress tasks, the clock and the protocol share.

mod code;
mod deadline;
mod ending;
mod failpoints;
mod interval;
mod lane;
mod lanes;
mod load;
mod opening;
mod ops;
mod points;
mod pool;
#[cfg(feature = "saboteurs")]
mod sabotage;
mod schedules;
mod slack;
#[cfg(feature = "bench")]
mod stage;
mod state;
mod turns;
mod update;
mod uuids;

use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, RwLock};

use serde_json::Value;
use tokio::{runtime::Handle, sync::Notify};

pub(crate) use code::Code;
pub(crate) use load::{Refused, Wanted, load_and_run};
pub(crate) use opening::Opening;
use opening::not_let_in;
pub(crate) use ops::Waiter;
#[cfg(feature = "bench")]
pub use stage::Stage;
pub(crate) use state::{CallEnd, Quiet, TurnLine};
pub(crate) use update::Update;

use crate::{
    call::{Call, Kind, NewCall},
    clock::Clock,
    egress::Egress,
    engine::{Engine, Guest},
    failure::{Category, Failure},
    interface::Hook,
    limits::Limits,
    protocol::Outbox,
    seed,
    store::{Kept, NotOpened, Path, ScheduleId, Schedules, Store},
};
use ending::shut_down;
use failpoints::Failpoints;
use state::{Entry, State};
use uuids::Uuids;

/// What a module gets from the host it is loaded into.
pub(crate) struct Surroundings {
    pub engine: Arc<dyn Engine>,
    pub run_seed: Arc<str>,
    pub clock: Arc<Clock>,
    pub outbox: Outbox,
    pub egress: Egress,
    pub blocking_pool: usize,
    pub max_in_flight: Option<usize>,
    pub limits: Limits,
}

/// A loaded module.
pub(crate) struct Module {
    pub id: String,
    /// As it described itself when it was loaded: identities are made of it.
    pub name: String,
    pub store: Arc<Store>,
    pub host: Surroundings,
    guest: Guest,
    /// What calls that begin now run.
    code: RwLock<Arc<Code>>,
    identity: String,
    pub failpoints: Failpoints,
    uuids: Uuids,
    /// Locked before a call's record, and that before the store's writer.
    state: Mutex<State>,
    /// A synchronous procedure waits for a pool thread.
    pool_work: Condvar,
    /// Something happened that the lane's driver should look at.
    wake: Arc<Notify>,
    /// The lane's runtime, on which egress runs.
    runtime: OnceLock<Handle>,
}

/// On whose behalf a call is made.
pub(crate) struct Caller {
    /// The call's name; the host makes one up for hooks and scheduled calls.
    pub name: Option<String>,
    pub sender: String,
    pub connection: Option<String>,
    /// Whether it stops at the points that it marks, on the blocking path.
    pub parks: bool,
    /// Whether it is a client's, so that the bound on calls that wait holds for it.
    pub queues: bool,
    /// The opening of its connection, which `connected` ends and all others wait for.
    pub opening: Option<Arc<Opening>>,
    /// The schedule that its reducer's transaction ends.
    pub schedule: Option<ScheduleId>,
}

/// The connection that a hook runs for.
pub(crate) struct OfConnection<'a> {
    pub identity: &'a str,
    pub name: &'a str,
    pub opening: &'a Arc<Opening>,
}

/// What is told of a call's end, once.
pub(crate) type Done = Box<dyn FnOnce(CallEnd) + Send>;

impl Module {
    /// The module, and what is scheduled in the file `data` of its tables, which are in memory where there is none.
    fn new(
        id: String,
        guest: Guest,
        code: Code,
        data: Option<&str>,
        host: Surroundings,
    ) -> Result<(Arc<Module>, Schedules), NotOpened> {
        let wake = Arc::new(Notify::new());
        let freed = Arc::clone(&wake);
        let (tables, on_freed) = (code.interface.tables.iter(), Box::new(move || freed.notify_one()));
        let (store, kept) = match data {
            Some(path) => Store::in_file(path, tables, on_freed)?,
            None => (Store::new(tables, on_freed), Kept::default()),
        };
        let name = code.interface.name.clone();
        let identity = seed::module_identity(&host.run_seed, &name);
        let state = Mutex::new(State::new(host.blocking_pool));
        let (pool_work, runtime) = (Condvar::new(), OnceLock::new());
        let module = Arc::new(Module {
            id,
            name,
            store,
            host,
            guest,
            code: RwLock::new(Arc::new(code)),
            identity,
            failpoints: Failpoints::default(),
            uuids: Uuids::after(kept.loads),
            state,
            pool_work,
            wake,
            runtime,
        });
        Ok((module, kept.schedules))
    }

    /// Submits a call with the text of its arguments, an object. `done` is called once, with the lock of this module held:
    /// it must not come back to it.
    pub fn submit(self: &Arc<Self>, caller: Caller, function: &str, args: &str, done: Done) {
        let code = self.code();
        match code.check_text(function, args) {
            Ok((kind, args)) => self.enqueue(caller, code, function, kind, args, done),
            Err(failure) => {
                self.lock().number_call();
                done(CallEnd {
                    outcome: Err(failure),
                    seqs: Vec::new(),
                });
            }
        }
    }

    /// Submits a hook, or gives `done` back where the module has none of that name.
    pub fn submit_hook(self: &Arc<Self>, hook: Hook, connection: Option<OfConnection<'_>>, done: Done) -> Option<Done> {
        let code = self.code();
        if !code.interface.has_hook(hook) {
            return Some(done);
        }
        let (sender, connection, opening) = match connection {
            Some(of) => (
                of.identity.to_owned(),
                Some(of.name.to_owned()),
                Some(Arc::clone(of.opening)),
            ),
            None => (self.identity.clone(), None, None),
        };
        let caller = Caller {
            name: None,
            sender,
            connection,
            parks: false,
            queues: false,
            opening,
            schedule: None,
        };
        self.enqueue(caller, code, hook.function(), Kind::Hook, "{}".to_owned(), done);
        None
    }

    /// The next UUID.
    pub fn uuid(&self) -> String {
        self.uuids.next(&self.host.run_seed, self.host.clock.now())
    }

    /// What calls that begin now run.
    pub fn code(&self) -> Arc<Code> {
        Arc::clone(&self.code.read().expect("no thread panics while it changes the code"))
    }

    /// Queues a call that `code` was asked for: its kind and arguments are as that says.
    fn enqueue(
        self: &Arc<Self>,
        caller: Caller,
        code: Arc<Code>,
        function: &str,
        kind: Kind,
        args: String,
        done: Done,
    ) {
        let mut state = self.lock();
        let id = state.number_call();
        if state.closed {
            return done(CallEnd {
                outcome: Err(shut_down()),
                seqs: Vec::new(),
            });
        }
        if caller.opening.as_ref().is_some_and(|opening| opening.has_failed()) {
            return done(CallEnd {
                outcome: Err(not_let_in()),
                seqs: Vec::new(),
            });
        }
        if caller.queues && self.is_full(&state, kind) {
            return done(CallEnd {
                outcome: Err(too_many(state.queued)),
                seqs: Vec::new(),
            });
        }
        if let Some(name) = &caller.name {
            state.names.insert(name.clone(), id);
        }
        let call = Call::new(NewCall {
            module: Arc::clone(self),
            code,
            id,
            name: caller.name.unwrap_or_else(|| format!("${id}")),
            function: function.to_owned(),
            kind,
            args,
            sender: caller.sender,
            connection: caller.connection,
            parks: caller.parks,
            schedule: caller.schedule,
            seed: seed::call_seed(&self.host.run_seed, id),
        });
        let mut entry = Entry::new(Arc::clone(&call), caller.queues, done);
        if call.function() == Hook::Connected.function() {
            entry.opens = caller.opening;
        } else {
            entry.awaits = caller.opening;
        }
        #[cfg(feature = "saboteurs")]
        sabotage::thread_for(&call);
        state.admit(entry);
        self.route(&mut state, call);
    }

    /// Puts a call at the end of the queue that it belongs to. Of the lane's, it stands behind its `connected` there.
    fn route(self: &Arc<Self>, state: &mut State, call: Arc<Call>) {
        match call.path() {
            Path::Lane => {
                state.queue.push_request(call);
                self.wake.notify_one();
            }
            Path::Pool => match state.opening_of(call.id()) {
                Some(opening) => state.await_opening(opening, call),
                None => self.queue_for_pool(state, call),
            },
        }
    }

    /// Whether a client's call of that kind may not wait: as many wait already as the operator lets. Where none waits, one
    /// that can begin now does not wait either.
    fn is_full(&self, state: &State, kind: Kind) -> bool {
        let Some(queued) = self.host.limits.queued else {
            return false;
        };
        state.queued >= queued && (state.queued > 0 || !state.has_place(kind, self.host.max_in_flight))
    }

    /// Whether the module was unloaded.
    fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// Counts for `stats`.
    pub fn stats(&self) -> Value {
        let state = self.lock();
        serde_json::json!({
            "module": self.id,
            "callsInFlight": state.calls.len(),
            "fetchesInFlight": state.fetches,
            "outcomes": state.outcomes,
            "instances": state.instances(),
            "turns": state.turns,
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no thread panics while it holds a module")
    }
}

fn too_many(queued: usize) -> Failure {
    let message = format!("{queued} calls of the module wait already, as many as its operator lets: try again later");
    Failure::new(Category::Limit, message)
}
