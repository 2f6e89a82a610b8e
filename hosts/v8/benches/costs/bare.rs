//! The same with nothing but the crate `v8`.

use crate::{
    lanes::{BATCH, CROSSINGS, in_batches},
    support::{Costs, Meter},
};

type Scope<'s, 'i, 'a> = &'a mut v8::PinScope<'s, 'i>;
type Args<'s> = v8::FunctionCallbackArguments<'s>;
type Return<'s> = v8::ReturnValue<'s, v8::Value>;

/// The resolvers of those that are suspended, in the isolate's slot.
#[derive(Default)]
struct Suspended(Vec<v8::Global<v8::PromiseResolver>>);

/// An isolate with one context, microtasks run when they are asked for, and the functions of `bare.js`.
struct Bare {
    nothing: v8::Global<v8::Function>,
    cross: v8::Global<v8::Function>,
    hold: v8::Global<v8::Function>,
    instantiate: v8::Global<v8::Function>,
    context: v8::Global<v8::Context>,
    isolate: v8::OwnedIsolate,
}

impl Bare {
    fn new() -> Bare {
        let mut isolate = v8::Isolate::new(v8::CreateParams::default());
        isolate.set_microtasks_policy(v8::MicrotasksPolicy::Explicit);
        isolate.set_slot(Suspended::default());
        let ([nothing, cross, hold, instantiate], context) = {
            v8::scope!(let scope, &mut isolate);
            let context = v8::Context::new(scope, v8::ContextOptions::default());
            let inner = &mut v8::ContextScope::new(scope, context);
            let source = v8::String::new(inner, include_str!("bare.js")).unwrap();
            let made = v8::Script::compile(inner, source, None).unwrap().run(inner);
            let maker = v8::Local::<v8::Function>::try_from(made.unwrap()).unwrap();
            let suspend = v8::FunctionTemplate::new(inner, suspend).get_function(inner);
            let cross = v8::FunctionTemplate::new(inner, cross).get_function(inner);
            let undefined = v8::undefined(inner);
            let natives = [suspend.unwrap().into(), cross.unwrap().into()];
            let given = maker.call(inner, undefined.into(), &natives).unwrap();
            let given = v8::Local::<v8::Array>::try_from(given).unwrap();
            let functions = std::array::from_fn(|index| {
                let function = given.get_index(inner, index as u32).unwrap();
                v8::Global::new(inner, v8::Local::<v8::Function>::try_from(function).unwrap())
            });
            (functions, v8::Global::new(inner, context))
        };
        Bare {
            nothing,
            cross,
            hold,
            instantiate,
            context,
            isolate,
        }
    }

    /// Runs something with a fresh handle scope, as a turn.
    fn with<R>(&mut self, work: impl FnOnce(Scope<'_, '_, '_>) -> R) -> R {
        v8::scope_with_context!(let scope, &mut self.isolate, &self.context);
        work(scope)
    }

    fn call(&mut self, function: fn(&Bare) -> &v8::Global<v8::Function>) {
        let function = function(self).clone();
        self.with(|scope| {
            let undefined = v8::undefined(scope);
            let function = v8::Local::new(scope, &function);
            function.call(scope, undefined.into(), &[]).unwrap();
        });
    }

    /// Calls `hold` and drains the microtasks: its promise.
    fn start(&mut self) -> v8::Global<v8::Promise> {
        let hold = self.hold.clone();
        self.with(|scope| {
            let undefined = v8::undefined(scope);
            let hold = v8::Local::new(scope, &hold);
            let given = hold.call(scope, undefined.into(), &[]).unwrap();
            scope.perform_microtask_checkpoint();
            let promise = v8::Local::<v8::Promise>::try_from(given).unwrap();
            v8::Global::new(scope, promise)
        })
    }

    /// Resolves what `hold` waits for and drains the microtasks; whether its promise is settled then.
    fn resume(&mut self, resolver: &v8::Global<v8::PromiseResolver>, promise: &v8::Global<v8::Promise>) -> bool {
        self.with(|scope| {
            let resolver = v8::Local::new(scope, resolver);
            let number = v8::Integer::new(scope, 0);
            resolver.resolve(scope, number.into());
            scope.perform_microtask_checkpoint();
            v8::Local::new(scope, promise).state() == v8::PromiseState::Fulfilled
        })
    }

    /// Has a batch of calls held at once, then ends them all.
    fn hold(&mut self, start: &mut Meter, resume: &mut Meter) {
        let held: Vec<_> = start.span(|| (0..BATCH).map(|_| self.start()).collect());
        let suspended = std::mem::take(&mut self.isolate.get_slot_mut::<Suspended>().unwrap().0);
        resume.span(|| {
            for (resolver, promise) in suspended.iter().zip(&held) {
                assert!(self.resume(resolver, promise));
            }
        });
    }
}

fn suspend<'s>(scope: Scope<'s, '_, '_>, _: Args<'s>, mut give: Return<'s>) {
    let resolver = v8::PromiseResolver::new(scope).unwrap();
    give.set(resolver.get_promise(scope).into());
    let resolver = v8::Global::new(scope, resolver);
    scope.get_slot_mut::<Suspended>().unwrap().0.push(resolver);
}

fn cross<'s>(scope: Scope<'s, '_, '_>, _: Args<'s>, mut give: Return<'s>) {
    give.set(v8::String::empty(scope).into());
}

fn ignore<'s>(_: Scope<'s, '_, '_>, _: Args<'s>, _: Return<'s>) {}

/// Measures an async call's start and resume, a call, a crossing, a promise from end to end, a checkpoint with nothing to
/// run, and an instance of that wasm module.
pub fn measure(costs: &mut Costs, wasm: &[u8]) {
    let mut bare = Bare::new();
    costs.measure("v8-bare", "start", |meter, iterations| {
        in_batches(iterations, || bare.hold(meter, &mut Meter::default()))
    });
    costs.measure("v8-bare", "resume", |meter, iterations| {
        in_batches(iterations, || bare.hold(&mut Meter::default(), meter))
    });
    costs.each("v8-bare", "call", || bare.call(|bare| &bare.nothing));
    costs.measure("v8-bare", "crossing", |meter, iterations| {
        let calls = iterations.div_ceil(CROSSINGS);
        meter.span(|| (0..calls).for_each(|_| bare.call(|bare| &bare.cross)));
        calls * CROSSINGS
    });
    let reaction = bare.with(|scope| {
        let reaction = v8::FunctionTemplate::new(scope, ignore).get_function(scope).unwrap();
        v8::Global::new(scope, reaction)
    });
    costs.each("v8-bare", "promise", || {
        bare.with(|scope| {
            let resolver = v8::PromiseResolver::new(scope).unwrap();
            let reaction = v8::Local::new(scope, &reaction);
            resolver.get_promise(scope).then(scope, reaction).unwrap();
            let number = v8::Integer::new(scope, 0);
            resolver.resolve(scope, number.into());
            scope.perform_microtask_checkpoint();
        })
    });
    costs.each("v8-bare", "checkpoint", || {
        bare.with(|scope| scope.perform_microtask_checkpoint())
    });
    drop(bare);
    costs.measure("v8-bare", "wasm-instance", |meter, iterations| {
        in_batches(iterations, || instantiate(wasm, meter))
    });
}

/// Makes a batch of instances in an isolate of its own, which takes them all with it: V8 by itself frees their memories late.
fn instantiate(wasm: &[u8], meter: &mut Meter) {
    let mut bare = Bare::new();
    let instantiate = bare.instantiate.clone();
    bare.with(|scope| {
        let module = v8::WasmModuleObject::compile(scope, wasm).unwrap();
        let instantiate = v8::Local::new(scope, &instantiate);
        let undefined = v8::undefined(scope);
        meter.span(|| {
            for _ in 0..BATCH {
                assert!(instantiate.call(scope, undefined.into(), &[module.into()]).is_some());
            }
        });
    });
}
