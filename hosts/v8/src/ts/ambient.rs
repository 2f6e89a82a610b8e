//! What the language itself tells a guest of time and chance: `Date` shows the timestamp of the call whose code runs, and
//! `Math.random` draws from that call's seed. Outside of any call it is the host's clock, and V8's own numbers.

use std::rc::Rc;

use evenlane_host_core::engine::HostClock;

use super::{
    serve::{Args, Return, Scope},
    state::{Running, State},
};
use crate::running;

/// Gives a function, which takes what the realm is to read.
const PREPARE: &str = concat!("'use strict';\n", include_str!("ambient.js"));

/// The isolate's slot for the clock.
struct Outside(HostClock);

/// Prepares the realm of that scope, before the guest is evaluated in it. `None`: the engine has no memory left, or was
/// stopped.
pub fn prepare(scope: Scope<'_, '_, '_>, clock: HostClock) -> Option<()> {
    scope.set_slot(Outside(clock));
    let source = v8::String::new(scope, PREPARE)?;
    let prepare = v8::Script::compile(scope, source, None)?.run(scope)?;
    let prepare = v8::Local::<v8::Function>::try_from(prepare).ok()?;
    let (now, draw) = (function(scope, "now", now)?, function(scope, "draw", draw)?);
    let undefined = v8::undefined(scope);
    prepare.call(scope, undefined.into(), &[now.into(), draw.into()])?;
    Some(())
}

/// A function that is no constructor, as those of the language that it stands for.
fn function<'s>(
    scope: Scope<'s, '_, '_>,
    name: &str,
    serve: impl v8::MapFnTo<v8::FunctionCallback>,
) -> Option<v8::Local<'s, v8::Function>> {
    let function = v8::Function::builder(serve)
        .constructor_behavior(v8::ConstructorBehavior::Throw)
        .build(scope)?;
    function.set_name(v8::String::new(scope, name)?);
    Some(function)
}

/// The call whose code runs, until it ends.
fn current(scope: Scope<'_, '_, '_>) -> Option<Rc<Running>> {
    let state = State::of(scope)?;
    state.find(running::tell(scope)?)
}

fn now<'s>(scope: Scope<'s, '_, '_>, _: Args<'s>, mut give: Return<'s>) {
    match current(scope) {
        Some(running) => give.set_double(running.call.timestamp()),
        None => {
            if let Some(Outside(clock)) = scope.get_slot() {
                give.set_double(clock.now());
            }
        }
    }
}

/// Gives undefined outside of any call.
fn draw<'s>(scope: Scope<'s, '_, '_>, _: Args<'s>, mut give: Return<'s>) {
    if let Some(running) = current(scope) {
        give.set_double(running.random.borrow_mut().draw());
    }
}
