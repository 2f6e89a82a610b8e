//! What the turns of an engine cost: the engine's share and that of the host calls in them, without the driver's.

use std::sync::Arc;

use evenlane_host_core::{
    bench_support::Stage,
    call::Call,
    engine::{Lane, OpOutcome},
};

use crate::support::{Costs, Meter};

/// Calls in flight at once.
pub const BATCH: u64 = 50;
/// Host calls that the function `cross` of a guest makes.
pub const CROSSINGS: u64 = 1_000;

/// A module and a lane of it that nothing has run in yet: what was measured before, and for how long, must change no count.
fn fresh(open: &dyn Fn() -> Stage) -> (Stage, Box<dyn Lane>) {
    let stage = open();
    let lane = stage.open_lane().unwrap();
    (stage, lane)
}

/// Measures a guest with the functions `nothing` and `hold`: start of a procedure to its suspension and resume to its end, in
/// instances that were used before where the engine keeps some; a reducer.
pub fn measure_turns(costs: &mut Costs, group: &str, open: &dyn Fn() -> Stage) {
    let (stage, mut lane) = fresh(open);
    costs.measure(group, "start", |meter, iterations| {
        in_batches(iterations, || hold(&stage, &mut *lane, meter, &mut Meter::default()))
    });
    let (stage, mut lane) = fresh(open);
    costs.measure(group, "resume", |meter, iterations| {
        in_batches(iterations, || hold(&stage, &mut *lane, &mut Meter::default(), meter))
    });
    let (stage, mut lane) = fresh(open);
    costs.measure(group, "reducer", |meter, iterations| {
        (0..iterations).for_each(|_| reduce(&stage, &mut *lane, "nothing", meter));
        iterations
    });
}

/// Measures one host call, by a guest's function `cross`.
pub fn measure_crossing(costs: &mut Costs, group: &str, open: &dyn Fn() -> Stage) {
    let (stage, mut lane) = fresh(open);
    costs.measure(group, "crossing", |meter, iterations| {
        let calls = iterations.div_ceil(CROSSINGS);
        (0..calls).for_each(|_| reduce(&stage, &mut *lane, "cross", meter));
        calls * CROSSINGS
    });
}

/// Measures all that becomes of a call, from its submission to the telling of its end: of a procedure that is held once, and
/// of a reducer with its transaction.
pub fn measure_whole(costs: &mut Costs, group: &str, open: &dyn Fn() -> Stage) {
    let (stage, mut lane) = fresh(open);
    costs.measure(group, "whole-procedure", |meter, iterations| {
        meter.span(|| {
            in_batches(iterations, || {
                hold(&stage, &mut *lane, &mut Meter::default(), &mut Meter::default())
            })
        })
    });
    let (stage, mut lane) = fresh(open);
    costs.measure(group, "whole-reducer", |meter, iterations| {
        meter.span(|| (0..iterations).for_each(|_| reduce(&stage, &mut *lane, "nothing", &mut Meter::default())));
        iterations
    });
}

/// Measures the start of a procedure where each needs an instance that was not there.
pub fn measure_new_instances(costs: &mut Costs, group: &str, open: &dyn Fn() -> Stage) {
    let stage = open();
    costs.measure(group, "start-new", |meter, iterations| {
        in_batches(iterations, || {
            // A new lane has kept none.
            let mut lane = stage.open_lane().unwrap();
            hold(&stage, &mut *lane, meter, &mut Meter::default());
        })
    });
}

/// Does a batch until so many iterations are done; gives how many those are.
pub fn in_batches(iterations: u64, mut batch: impl FnMut()) -> u64 {
    let batches = iterations.div_ceil(BATCH);
    (0..batches).for_each(|_| batch());
    batches * BATCH
}

/// Has a batch of procedures held at once, then ends them all.
fn hold(stage: &Stage, lane: &mut dyn Lane, start: &mut Meter, resume: &mut Meter) {
    let mut ended = Vec::new();
    let calls: Vec<Arc<Call>> = (0..BATCH).map(|_| stage.begin("hold", "{}")).collect();
    start.span(|| calls.iter().for_each(|call| lane.start(Arc::clone(call), &mut ended)));
    assert!(ended.is_empty(), "a procedure was not held: {ended:?}");
    stage.end_turns(&mut ended);
    let woken: Vec<_> = calls.iter().map(|call| (call.id(), stage.wake(call))).collect();
    resume.span(|| {
        for (call, op) in woken {
            lane.resume(call, op, OpOutcome::Slept, &mut ended);
        }
    });
    assert_eq!(ended.len() as u64, BATCH, "a procedure is held still");
    stage.end_turns(&mut ended);
}

/// Runs one reducer; its transaction begins and commits outside of the measured span.
fn reduce(stage: &Stage, lane: &mut dyn Lane, function: &str, meter: &mut Meter) {
    let mut ended = Vec::new();
    let call = stage.begin(function, "{}");
    let outcome = meter.span(|| lane.reduce(&call, &mut ended));
    stage.commit(&call, outcome);
    meter.span(|| lane.settle(&mut ended));
    assert!(ended.is_empty());
}
