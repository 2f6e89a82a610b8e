//! One guest instance in a store of its own.

use std::sync::Arc;

use evenlane_host_core::{
    call::Call,
    engine::Outcome,
    failure::{Category, Failure},
};
use wasmtime::{Engine, Error, Instance, InstancePre, Memory, Store, Trap, TypedFunc};

use crate::{bounds::Bounds, guest::Guest};

/// Bytes of memory beyond which an instance is not kept for a later call: one large call must not cost its memory for ever.
const KEPT_MEMORY_BYTES: usize = 4 << 20;

/// A guest that may run a call.
pub(crate) struct GuestInstance {
    store: Store<Guest>,
    memory: Memory,
    call: TypedFunc<(i32, i32), ()>,
    bounds: Bounds,
}

/// A store within those bounds.
pub(crate) fn store(engine: &Engine, bounds: &Bounds) -> Store<Guest> {
    let mut store = Store::new(engine, Guest::new(bounds.limiter()));
    store.limiter(|guest| &mut guest.limiter);
    let bounds = bounds.clone();
    store.epoch_deadline_callback(move |_| Ok(bounds.look()));
    store.set_epoch_deadline(1);
    store
}

impl GuestInstance {
    /// An instance for reducers.
    pub fn open(pre: &InstancePre<Guest>, bounds: &Bounds) -> Result<GuestInstance, Error> {
        let mut store = store(pre.module().engine(), bounds);
        let instance = pre.instantiate(&mut store)?;
        GuestInstance::new(store, instance, bounds)
    }

    /// An instance for procedures. To be awaited in the procedure's own future: a start function runs on its fiber.
    pub async fn open_on_fiber(pre: &InstancePre<Guest>, bounds: &Bounds) -> Result<GuestInstance, Error> {
        let mut store = store(pre.module().engine(), bounds);
        let instance = pre.instantiate_async(&mut store).await?;
        GuestInstance::new(store, instance, bounds)
    }

    fn new(mut store: Store<Guest>, instance: Instance, bounds: &Bounds) -> Result<GuestInstance, Error> {
        let call = instance.get_typed_func(&mut store, "call")?;
        let memory = instance.get_memory(&mut store, "memory").expect("checked at load");
        Ok(GuestInstance {
            store,
            memory,
            call,
            bounds: bounds.clone(),
        })
    }

    /// The data of its store.
    pub fn guest(&mut self) -> &mut Guest {
        self.store.data_mut()
    }

    /// Runs a call from begin to end.
    pub fn run(&mut self, call: &Arc<Call>) -> Outcome {
        self.guest().prepare(call);
        let ended = self.call.call(&mut self.store, lengths(call));
        self.outcome(ended)
    }

    /// Runs a call on a fiber, which suspends where its host calls do.
    pub async fn run_on_fiber(&mut self, call: &Arc<Call>) -> Outcome {
        self.guest().prepare(call);
        let ended = self.call.call_async(&mut self.store, lengths(call)).await;
        self.outcome(ended)
    }

    /// Whether it may run another call after one that ended so.
    pub fn is_reusable(&mut self, outcome: &Outcome) -> bool {
        self.guest().reset();
        outcome.is_ok() && self.memory.data_size(&self.store) <= KEPT_MEMORY_BYTES
    }

    fn outcome(&mut self, ended: Result<(), Error>) -> Outcome {
        ended.map_err(|error| failure(&error, &self.bounds))?;
        let result = self.guest().result.take();
        result.unwrap_or_else(|| Ok("null".to_owned())).map_err(Failure::from)
    }
}

fn lengths(call: &Call) -> (i32, i32) {
    (call.function().len() as i32, call.args().len() as i32)
}

/// Why a guest ended, from what ended it.
pub(crate) fn failure(error: &Error, bounds: &Bounds) -> Failure {
    match error.downcast_ref::<Trap>() {
        Some(Trap::Interrupt) => {
            let message = format!(
                "a turn passed its budget of {} ms of CPU time",
                bounds.turn().as_millis()
            );
            Failure::new(Category::Budget, message)
        }
        Some(trap) => Failure::guest(trap.to_string()),
        None => Failure::guest(error.root_cause().to_string()),
    }
}
