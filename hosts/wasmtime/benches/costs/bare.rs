//! The same with nothing but wasmtime: a pool of the same stacks and memories, and none of the host's bounds.

use std::{
    future::{Future, poll_fn},
    mem,
    pin::Pin,
    task::{Context, Poll, Waker},
};

use wasmtime::{
    Config, Engine, InstanceAllocationStrategy, InstancePre, Linker, Module, PoolingAllocationConfig, Store, TypedFunc,
};

use crate::{
    lanes::{BATCH, CROSSINGS, in_batches},
    support::{Costs, Meter},
};

/// Instances of the pool: a batch, and some.
const INSTANCES: u32 = 128;
/// As the host's.
const MEMORY_BYTES: usize = 256 << 20;
const FIBER_STACK_BYTES: usize = 512 << 10;
const GUEST_STACK_BYTES: usize = 256 << 10;

/// An instance in its store, and the export that a bench calls.
struct Guest {
    store: Store<()>,
    function: TypedFunc<(), ()>,
}

type Held = Pin<Box<dyn Future<Output = Guest>>>;

fn engine() -> Engine {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_core_instances(INSTANCES)
        .total_memories(INSTANCES)
        .total_tables(INSTANCES)
        .total_stacks(INSTANCES)
        .max_memory_size(MEMORY_BYTES);
    let mut config = Config::new();
    config
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool))
        .memory_reservation(MEMORY_BYTES as u64)
        .max_wasm_stack(GUEST_STACK_BYTES)
        .async_stack_size(FIBER_STACK_BYTES);
    Engine::new(&config).unwrap()
}

/// The module with `suspend` as a function that suspends, or that cannot.
fn linked(engine: &Engine, suspends: bool) -> InstancePre<()> {
    let module = wat::parse_str(include_str!("bare.wat")).unwrap();
    let module = Module::from_binary(engine, &module).unwrap();
    let mut linker = Linker::new(engine);
    linker.func_wrap("bare", "cross", || 0i32).unwrap();
    if suspends {
        linker
            .func_wrap_async("bare", "suspend", |_, (): ()| Box::new(once()))
            .unwrap();
    } else {
        linker.func_wrap("bare", "suspend", || 0i32).unwrap();
    }
    linker.instantiate_pre(&module).unwrap()
}

/// Suspends once.
async fn once() -> i32 {
    let mut is_first = true;
    poll_fn(move |_| match mem::take(&mut is_first) {
        true => Poll::Pending,
        false => Poll::Ready(0),
    })
    .await
}

fn poll<T>(future: &mut Pin<Box<dyn Future<Output = T>>>) -> Poll<T> {
    future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

fn open(pre: &InstancePre<()>, function: &str) -> Guest {
    let mut store = Store::new(pre.module().engine(), ());
    let instance = pre.instantiate(&mut store).unwrap();
    let function = instance.get_typed_func(&mut store, function).unwrap();
    Guest { store, function }
}

/// Calls the export of an instance, from the pool where it has none, on a fiber; suspended when this returns.
fn start(pre: &InstancePre<()>, kept: Option<Guest>) -> Held {
    let pre = pre.clone();
    let mut held: Held = Box::pin(async move {
        let mut guest = match kept {
            Some(guest) => guest,
            None => {
                let mut store = Store::new(pre.module().engine(), ());
                let instance = pre.instantiate_async(&mut store).await.unwrap();
                let function = instance.get_typed_func(&mut store, "hold").unwrap();
                Guest { store, function }
            }
        };
        guest.function.call_async(&mut guest.store, ()).await.unwrap();
        guest
    });
    assert!(poll(&mut held).is_pending());
    held
}

/// Has a batch of calls held at once, then ends them all; gives their instances.
fn hold(pre: &InstancePre<()>, mut kept: Vec<Guest>, begin: &mut Meter, resume: &mut Meter) -> Vec<Guest> {
    let mut held: Vec<Held> = begin.span(|| (0..BATCH).map(|_| start(pre, kept.pop())).collect());
    resume.span(|| {
        let ended = held.iter_mut().map(|held| match poll(held) {
            Poll::Ready(guest) => guest,
            Poll::Pending => panic!("it is suspended once"),
        });
        ended.collect()
    })
}

/// Measures start and resume of a call on a fiber, in instances that are kept and in new ones, a call without a fiber, a
/// crossing, and an instance from its store to its end.
pub fn measure(costs: &mut Costs) {
    let engine = engine();
    let (plain, suspends) = (linked(&engine, false), linked(&engine, true));
    let mut kept = Vec::new();
    costs.measure("wasmtime-bare", "start", |meter, iterations| {
        in_batches(iterations, || {
            kept = hold(&suspends, mem::take(&mut kept), meter, &mut Meter::default());
        })
    });
    costs.measure("wasmtime-bare", "resume", |meter, iterations| {
        in_batches(iterations, || {
            kept = hold(&suspends, mem::take(&mut kept), &mut Meter::default(), meter);
        })
    });
    drop(kept);
    costs.measure("wasmtime-bare", "start-new", |meter, iterations| {
        in_batches(iterations, || {
            drop(hold(&suspends, Vec::new(), meter, &mut Meter::default()));
        })
    });
    let mut nothing = open(&plain, "nothing");
    costs.each("wasmtime-bare", "call", || nothing.call());
    let mut cross = open(&plain, "cross");
    costs.measure("wasmtime-bare", "crossing", |meter, iterations| {
        let calls = iterations.div_ceil(CROSSINGS);
        meter.span(|| (0..calls).for_each(|_| cross.call()));
        calls * CROSSINGS
    });
    costs.each("wasmtime-bare", "instance", || open(&plain, "once").call());
}

impl Guest {
    fn call(&mut self) {
        self.function.call(&mut self.store, ()).unwrap();
    }
}
