//! A loaded module: what its lane, its pool threads, its egress tasks, the clock and the protocol share.

mod ending;
mod failpoints;
mod interval;
mod lane;
mod load;
mod ops;
mod points;
mod pool;
mod state;
mod turns;
mod uuids;

use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock};

use serde_json::{Map, Value};
use tokio::{runtime::Handle, sync::Notify};

pub(crate) use load::{Refused, load_and_run};
pub(crate) use ops::Waiter;
pub(crate) use state::{CallEnd, Quiet, TurnLine};

use crate::{
    call::{Call, Kind, Level, NewCall},
    canonical,
    clock::Clock,
    egress::Egress,
    engine::Program,
    failure::{Category, Failure},
    interface::{Hook, Interface},
    limits,
    protocol::Outbox,
    seed,
    store::{Path, Scheduled, Store},
};
use ending::shut_down;
use failpoints::Failpoints;
use interval::Interval;
use state::{Entry, State};
use uuids::Uuids;

/// What a module gets from the host it is loaded into.
pub(crate) struct Surroundings {
    pub run_seed: Arc<str>,
    pub clock: Arc<Clock>,
    pub outbox: Outbox,
    pub egress: Egress,
    pub blocking_pool: usize,
    pub max_in_flight: Option<usize>,
}

/// A loaded module.
pub(crate) struct Module {
    pub id: String,
    pub interface: Interface,
    pub store: Arc<Store>,
    pub host: Surroundings,
    program: Arc<dyn Program>,
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
}

/// What is told of a call's end, once.
pub(crate) type Done = Box<dyn FnOnce(CallEnd) + Send>;

impl Module {
    fn new(id: String, interface: Interface, program: Arc<dyn Program>, host: Surroundings) -> Arc<Module> {
        let wake = Arc::new(Notify::new());
        let freed = Arc::clone(&wake);
        let store = Store::new(interface.tables.iter(), Box::new(move || freed.notify_one()));
        let identity = seed::module_identity(&host.run_seed, &interface.name);
        let state = Mutex::new(State::new(host.blocking_pool));
        let (pool_work, runtime) = (Condvar::new(), OnceLock::new());
        Arc::new(Module {
            id,
            interface,
            store,
            host,
            program,
            identity,
            failpoints: Failpoints::default(),
            uuids: Uuids::default(),
            state,
            pool_work,
            wake,
            runtime,
        })
    }

    /// Submits a call. `done` is called once, with the lock of this module held: it must not come back to it.
    pub fn submit(self: &Arc<Self>, caller: Caller, function: &str, args: Map<String, Value>, done: Done) {
        match self.check(function, args) {
            Ok((kind, args)) => self.enqueue(caller, function, kind, args, done),
            Err(failure) => {
                self.lock().number_call();
                done(CallEnd {
                    outcome: Err(failure),
                    seqs: Vec::new(),
                });
            }
        }
    }

    fn check(&self, function: &str, args: Map<String, Value>) -> Result<(Kind, String), Failure> {
        let found = self.interface.function(function);
        let unknown = || {
            Failure::new(
                Category::UnknownFunction,
                format!("the module has no function `{function}`"),
            )
        };
        let found = found.ok_or_else(unknown)?;
        let bad = |message: String| Failure::new(Category::BadArguments, message);
        found.check_args(&args).map_err(bad)?;
        let args = canonical::text(&Value::Object(args));
        if args.len() > limits::JSON_BYTES {
            return Err(bad(format!(
                "the arguments have {} bytes of JSON; the limit is {}",
                args.len(),
                limits::JSON_BYTES
            )));
        }
        Ok((found.kind, args))
    }

    /// Submits a hook, or gives `done` back where the module has none of that name.
    pub fn submit_hook(self: &Arc<Self>, hook: Hook, connection: Option<(&str, &str)>, done: Done) -> Option<Done> {
        if !self.interface.has_hook(hook) {
            return Some(done);
        }
        let (sender, connection) = match connection {
            Some((identity, name)) => (identity.to_owned(), Some(name.to_owned())),
            None => (self.identity.clone(), None),
        };
        let caller = Caller {
            name: None,
            sender,
            connection,
            parks: false,
        };
        self.enqueue(caller, hook.function(), Kind::Hook, "{}".to_owned(), done);
        None
    }

    /// Makes the calls that a committed transaction scheduled, or sets their timers.
    pub fn make_scheduled(self: &Arc<Self>, scheduled: Vec<Scheduled>) {
        for Scheduled {
            function,
            args,
            at,
            every,
        } in scheduled
        {
            if let Some(every) = every {
                Interval::new(function, args, at, every).start(self);
                continue;
            }
            let module = Arc::downgrade(self);
            let (later, later_args) = (function.clone(), args.clone());
            let set = self.host.clock.set(at, move || {
                if let Some(module) = module.upgrade() {
                    module.submit_scheduled(&later, later_args, || ());
                }
            });
            if set.is_none() {
                self.submit_scheduled(&function, args, || ());
            }
        }
    }

    /// Submits a call that is due; `ended` is called when it has ended, with the lock of this module held.
    fn submit_scheduled(self: &Arc<Self>, function: &str, args: String, ended: impl FnOnce() + Send + 'static) {
        let kind = self
            .interface
            .function(function)
            .expect("checked when it was scheduled")
            .kind;
        let caller = Caller {
            name: None,
            sender: self.identity.clone(),
            connection: None,
            parks: false,
        };
        let (module, of) = (Arc::downgrade(self), function.to_owned());
        let done = move |end: CallEnd| {
            ended();
            if let (Err(failure), Some(module)) = (end.outcome, module.upgrade()) {
                module.host.outbox.log(
                    &module.id,
                    None,
                    Level::Error,
                    &format!("the scheduled call of `{of}` failed: {failure}"),
                );
            }
        };
        self.enqueue(caller, function, kind, args, Box::new(done));
    }

    /// Submits a reducer that a procedure calls, as if the procedure's own caller had.
    pub fn submit_nested(self: &Arc<Self>, by: &Call, function: &str, args: Map<String, Value>) {
        let caller = Caller {
            name: None,
            sender: by.sender().to_owned(),
            connection: by.connection().map(str::to_owned),
            parks: false,
        };
        let (module, of) = (
            Arc::downgrade(self),
            format!("`{function}` that `{}` called", by.name()),
        );
        let done = move |end: CallEnd| {
            if let (Err(failure), Some(module)) = (end.outcome, module.upgrade()) {
                let message = format!("the reducer {of} failed: {failure}");
                module.host.outbox.log(&module.id, None, Level::Warn, &message);
            }
        };
        self.submit(caller, function, args, Box::new(done));
    }

    /// The next UUID.
    pub fn uuid(&self) -> String {
        self.uuids.next(&self.host.run_seed, self.host.clock.now())
    }

    fn enqueue(self: &Arc<Self>, caller: Caller, function: &str, kind: Kind, args: String, done: Done) {
        let mut state = self.lock();
        let id = state.number_call();
        if state.closed {
            return done(CallEnd {
                outcome: Err(shut_down()),
                seqs: Vec::new(),
            });
        }
        if let Some(name) = &caller.name {
            state.names.insert(name.clone(), id);
        }
        let call = Call::new(NewCall {
            module: Arc::clone(self),
            id,
            name: caller.name.unwrap_or_else(|| format!("${id}")),
            function: function.to_owned(),
            kind,
            args,
            sender: caller.sender,
            connection: caller.connection,
            parks: caller.parks,
            seed: seed::call_seed(&self.host.run_seed, id),
        });
        state.calls.insert(id, Entry::new(Arc::clone(&call), done));
        match call.path() {
            Path::Lane => {
                state.queue.push_request(call);
                self.wake.notify_one();
            }
            Path::Pool => self.queue_for_pool(&mut state, call),
        }
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
