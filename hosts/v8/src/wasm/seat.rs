//! The host functions of a runner: `runner.wat`.

use super::state::State;

type Args<'s> = v8::FunctionCallbackArguments<'s>;
type Return<'s> = v8::ReturnValue<'s, v8::Value>;
type Scope<'s, 'i, 'a> = &'a mut v8::PinScope<'s, 'i>;

/// The runner's host functions, as one object.
pub fn natives<'s>(scope: &mut v8::PinScope<'s, '_>) -> Option<v8::Local<'s, v8::Object>> {
    let object = v8::Object::new(scope);
    macro_rules! functions {
        ($($name:ident),* $(,)?) => {$(
            let function = v8::Function::new(scope, $name)?;
            let name = v8::String::new(scope, stringify!($name))?;
            object.set(scope, name.into(), function.into())?;
        )*};
    }
    functions!(next, args_len, done);
    Some(object)
}

/// Gives the length of the next call's name: at once to a new runner, else as a promise, at which it is suspended.
fn next<'s>(scope: Scope<'s, '_, '_>, _: Args<'s>, mut give: Return<'s>) {
    let Some(running) = State::of(scope).and_then(|state| state.current()) else {
        return;
    };
    if !running.returned.get() {
        return give.set_int32(running.lengths[0]);
    }
    let Some(resolver) = v8::PromiseResolver::new(scope) else {
        return;
    };
    if let Some(guest) = &mut *running.guest.borrow_mut() {
        guest.next = Some(v8::Global::new(scope, resolver));
    }
    give.set(resolver.get_promise(scope).into());
}

fn args_len<'s>(scope: Scope<'s, '_, '_>, _: Args<'s>, mut give: Return<'s>) {
    if let Some(running) = State::of(scope).and_then(|state| state.current()) {
        give.set_int32(running.lengths[1]);
    }
}

fn done<'s>(scope: Scope<'s, '_, '_>, _: Args<'s>, _: Return<'s>) {
    if let Some(running) = State::of(scope).and_then(|state| state.current()) {
        running.returned.set(true);
    }
}
