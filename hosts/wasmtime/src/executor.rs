//! The lane of a module on wasmtime.

use std::{
    collections::HashMap,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use evenlane_host_core::{
    call::Call,
    engine::{CallId, Ended, Lane, OpId, OpOutcome, Outcome},
    failure::{Category, Failure},
    fault,
};
use wasmtime::InstancePre;

use crate::{
    bounds::Bounds,
    guest::Guest,
    instance::{self, GuestInstance},
    mailbox::Mailbox,
};

/// Instances that wait for a later procedure.
const KEPT_INSTANCES: usize = 64;

/// All guest turns of a module on one thread, the core's tokio current-thread runtime. Each procedure in flight has a
/// store of its own and runs on a fiber; at a host call the fiber suspends, and the thread is free for the next turn.
/// Nothing but [`Lane::resume`] continues a fiber: it puts the outcome into the procedure's mailbox and polls that one
/// future, with a waker that wakes nothing. One completion, one turn. Reducers run on a store without fibers.
pub(crate) struct SingleCoreExecutor {
    reducers: InstancePre<Guest>,
    procedures: InstancePre<Guest>,
    bounds: Bounds,
    /// The instance that runs reducers, once one has run.
    reducer: Option<GuestInstance>,
    /// Instances whose procedure has ended cleanly.
    idle: Vec<GuestInstance>,
    in_flight: HashMap<CallId, Procedure>,
}

/// A procedure that waits for a host operation.
struct Procedure {
    mailbox: Mailbox,
    turn: Pin<Box<dyn Future<Output = Finished>>>,
}

/// A procedure's end, and its instance where it may be used again.
struct Finished {
    outcome: Outcome,
    instance: Option<GuestInstance>,
}

impl SingleCoreExecutor {
    /// A lane without instances: they are made when they are needed.
    pub fn new(reducers: InstancePre<Guest>, procedures: InstancePre<Guest>, bounds: Bounds) -> SingleCoreExecutor {
        SingleCoreExecutor {
            reducers,
            procedures,
            bounds,
            reducer: None,
            idle: Vec::new(),
            in_flight: HashMap::new(),
        }
    }

    /// Runs one turn of a procedure.
    fn poll(&mut self, call: CallId, mut procedure: Procedure, ended: &mut Vec<Ended>) {
        if !fault!("stray-watchdog-kill") {
            self.bounds.start_turn();
        }
        match procedure.turn.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Pending => {
                self.in_flight.insert(call, procedure);
            }
            Poll::Ready(Finished { outcome, instance }) => {
                if instance.is_some() && fault!("leaked-instance") {
                    std::mem::forget(instance);
                    return ended.push(Ended { call, outcome });
                }
                self.idle.extend(instance.filter(|_| self.idle.len() < KEPT_INSTANCES));
                ended.push(Ended { call, outcome });
            }
        }
    }
}

impl Lane for SingleCoreExecutor {
    fn reduce(&mut self, call: &Arc<Call>, _ended: &mut Vec<Ended>) -> Outcome {
        self.bounds.start_turn();
        let mut instance = match self.reducer.take() {
            Some(instance) => instance,
            None => {
                GuestInstance::open(&self.reducers, &self.bounds).map_err(|error| cannot_open(&error, &self.bounds))?
            }
        };
        let outcome = instance.run(call);
        self.reducer = instance.is_reusable(&outcome).then_some(instance);
        outcome
    }

    fn start(&mut self, call: Arc<Call>, ended: &mut Vec<Ended>) {
        let id = call.id();
        let mailbox = Mailbox::default();
        let turn = run(
            self.idle.pop(),
            self.procedures.clone(),
            self.bounds.clone(),
            mailbox.clone(),
            call,
        );
        self.poll(
            id,
            Procedure {
                mailbox,
                turn: Box::pin(turn),
            },
            ended,
        );
    }

    fn resume(&mut self, call: CallId, _op: OpId, outcome: OpOutcome, ended: &mut Vec<Ended>) {
        if let Some(procedure) = self.in_flight.remove(&call) {
            procedure.mailbox.put(outcome);
            self.poll(call, procedure, ended);
        }
    }

    fn discard(&mut self, call: CallId) {
        // To drop the future unwinds its fiber; its instance is never used again.
        self.in_flight.remove(&call);
    }

    fn instances(&self) -> usize {
        usize::from(self.reducer.is_some()) + self.idle.len() + self.in_flight.len()
    }
}

/// A procedure from begin to end.
async fn run(
    kept: Option<GuestInstance>,
    pre: InstancePre<Guest>,
    bounds: Bounds,
    mailbox: Mailbox,
    call: Arc<Call>,
) -> Finished {
    let opened = match kept {
        Some(instance) => Ok(instance),
        None => GuestInstance::open_on_fiber(&pre, &bounds).await,
    };
    let mut instance = match opened {
        Ok(instance) => instance,
        Err(error) => {
            return Finished {
                outcome: Err(cannot_open(&error, &bounds)),
                instance: None,
            };
        }
    };
    instance.guest().mailbox = mailbox;
    let outcome = instance.run_on_fiber(&call).await;
    let instance = if instance.is_reusable(&outcome) {
        Some(instance)
    } else {
        None
    };
    Finished { outcome, instance }
}

/// An instance could not be made: all places are taken, or its start function failed.
fn cannot_open(error: &wasmtime::Error, bounds: &Bounds) -> Failure {
    if error.is::<wasmtime::PoolConcurrencyLimitError>() {
        return Failure::new(
            Category::Limit,
            "the host has no free instance: too many procedures are in flight in all modules",
        );
    }
    instance::failure(error, bounds)
}
