//! The host functions of a wasm guest. The instance that calls one is the one that runs.

use std::rc::Rc;

use evenlane_host_core::{
    call::{Call, Level, Sleep},
    engine::OpId,
    failure::{Code, Failure, Refusal},
};

use super::{
    arguments::{Args, Scope, Stop, bytes, float, integer, lossy, memory, text},
    state::{Running, State},
};

type Return<'s> = v8::ReturnValue<'s, v8::Value>;

/// What a host function gives where nothing stops it.
enum Answer<'s> {
    Nothing,
    Number(i32),
    Float(f64),
    Promise(v8::Local<'s, v8::Promise>),
}

/// The host functions, as one object.
pub fn natives<'s>(scope: &mut v8::PinScope<'s, '_>) -> Option<v8::Local<'s, v8::Object>> {
    let object = v8::Object::new(scope);
    macro_rules! functions {
        ($($name:ident),* $(,)?) => {$(
            let function = v8::Function::new(scope, $name)?;
            let name = v8::String::new(scope, stringify!($name))?;
            object.set(scope, name.into(), function.into())?;
        )*};
    }
    functions!(
        payload_len,
        take,
        result,
        fail,
        abort,
        context,
        log,
        tx_begin,
        tx_commit,
        tx_abort,
        tx_point,
        table_get,
        table_insert,
        table_update,
        table_delete,
        table_scan,
        schedule,
        schedule_every,
        call_reducer,
        tx_timestamp,
        uuid,
        http_fetch,
        sleep_until,
    );
    Some(object)
}

/// Runs a host function for the call that runs, and hands over what it gave.
fn serve<'s, 'i>(
    scope: Scope<'s, 'i, '_>,
    mut give: Return<'s>,
    function: impl FnOnce(Scope<'s, 'i, '_>, &Running) -> Result<Answer<'s>, Stop>,
) {
    let Some(running) = current(scope) else {
        return trap(scope, "a host function was called outside of a call");
    };
    if running.ending().is_some() {
        return trap(scope, "the call has ended");
    }
    match function(scope, &running) {
        Ok(Answer::Nothing) => {}
        Ok(Answer::Number(number)) => give.set_int32(number),
        Ok(Answer::Float(number)) => give.set_double(number),
        Ok(Answer::Promise(promise)) => give.set(promise.into()),
        Err(Stop::Refused(refusal)) => give.set_int32(running.refuse(refusal)),
        Err(Stop::Trap(message)) => trap(scope, &message),
    }
}

fn current(scope: Scope<'_, '_, '_>) -> Option<Rc<Running>> {
    State::of(scope)?.current()
}

fn trap(scope: Scope<'_, '_, '_>, message: &str) {
    if let Some(message) = v8::String::new(scope, message) {
        let error = v8::Exception::error(scope, message);
        scope.throw_exception(error);
    }
}

/// The call that runs; `describe` has none.
fn call(running: &Running) -> Result<&Call, Refusal> {
    let none = || {
        Refusal::new(
            Code::HandleClosed,
            "no call is running: `describe` may only give its result",
        )
    };
    running.call.as_deref().ok_or_else(none)
}

/// A payload for the guest, as the number that says so.
fn payload<'s>(running: &Running, text: String) -> Answer<'s> {
    Answer::Number(running.offer(text.into_bytes()))
}

fn payload_len<'s>(scope: Scope<'s, '_, '_>, _: Args<'s>, give: Return<'s>) {
    serve(scope, give, |_, running| Ok(Answer::Number(running.payload_len())));
}

fn take<'s>(scope: Scope<'s, '_, '_>, args: Args<'s>, give: Return<'s>) {
    serve(scope, give, |scope, running| {
        let start = integer(&args, 0) as u32 as usize;
        let payload = running.take_payload();
        memory(scope, running, |memory| {
            memory
                .get_mut(start..start + payload.len())
                .map(|target| target.copy_from_slice(&payload))
        })?;
        Ok(Answer::Nothing)
    });
}

fn result<'s>(scope: Scope<'s, '_, '_>, args: Args<'s>, give: Return<'s>) {
    serve(scope, give, |scope, running| {
        running.keep_result(String::from_utf8(bytes(scope, running, &args, 0)?));
        Ok(Answer::Nothing)
    });
}

fn fail<'s>(scope: Scope<'s, '_, '_>, args: Args<'s>, give: Return<'s>) {
    serve(scope, give, |scope, running| {
        let message = lossy(scope, running, &args, 1)?;
        if let Some(call) = &running.call {
            call.fail(integer(&args, 0), &message);
        }
        running.end(Failure::guest(message.clone()));
        Err(Stop::Trap(message))
    });
}

fn abort<'s>(scope: Scope<'s, '_, '_>, args: Args<'s>, give: Return<'s>) {
    serve(scope, give, |scope, running| {
        let message = lossy(scope, running, &args, 0)?;
        running.end(Failure::guest(message.clone()));
        Err(Stop::Trap(message))
    });
}

fn context<'s>(scope: Scope<'s, '_, '_>, _: Args<'s>, give: Return<'s>) {
    serve(scope, give, |_, running| {
        Ok(payload(running, call(running)?.context()?))
    });
}

fn log<'s>(scope: Scope<'s, '_, '_>, args: Args<'s>, give: Return<'s>) {
    serve(scope, give, |scope, running| {
        let text = lossy(scope, running, &args, 1)?;
        match call(running) {
            Ok(call) => call.log(Level::from_number(integer(&args, 0)), &text),
            Err(_) => eprintln!("a module, while it described itself: {text}"),
        }
        Ok(Answer::Nothing)
    });
}

fn tx_begin<'s>(scope: Scope<'s, '_, '_>, _: Args<'s>, give: Return<'s>) {
    serve(scope, give, |_, running| done(running, call(running)?.tx_begin()));
}

fn tx_commit<'s>(scope: Scope<'s, '_, '_>, _: Args<'s>, give: Return<'s>) {
    serve(scope, give, |_, running| done(running, call(running)?.tx_commit()));
}

fn tx_abort<'s>(scope: Scope<'s, '_, '_>, _: Args<'s>, give: Return<'s>) {
    serve(scope, give, |_, running| done(running, call(running)?.tx_abort()));
}

fn tx_point<'s>(scope: Scope<'s, '_, '_>, args: Args<'s>, give: Return<'s>) {
    serve(scope, give, |scope, running| {
        let name = text(scope, running, &args, 0, "name")?;
        done(running, call(running)?.tx_point(&name))
    });
}

/// Success without a payload: what waited before is dropped.
fn done<'s>(running: &Running, result: Result<(), Refusal>) -> Result<Answer<'s>, Stop> {
    result?;
    Ok(Answer::Number(running.offer(Vec::new())))
}

/// The table and the key that a row is meant by.
fn place(scope: Scope<'_, '_, '_>, running: &Running, args: &Args<'_>) -> Result<(String, String), Stop> {
    Ok((
        text(scope, running, args, 0, "table")?,
        text(scope, running, args, 2, "key")?,
    ))
}

fn table_get<'s>(scope: Scope<'s, '_, '_>, args: Args<'s>, give: Return<'s>) {
    serve(scope, give, |scope, running| {
        let (table, key) = place(scope, running, &args)?;
        Ok(payload(running, call(running)?.table_get(&table, &key)?))
    });
}

fn table_insert<'s>(scope: Scope<'s, '_, '_>, args: Args<'s>, give: Return<'s>) {
    write(scope, args, give, Call::table_insert);
}

fn table_update<'s>(scope: Scope<'s, '_, '_>, args: Args<'s>, give: Return<'s>) {
    write(scope, args, give, Call::table_update);
}

fn write<'s>(
    scope: Scope<'s, '_, '_>,
    args: Args<'s>,
    give: Return<'s>,
    run: fn(&Call, &str, &str, &str) -> Result<(), Refusal>,
) {
    serve(scope, give, |scope, running| {
        let (table, key) = place(scope, running, &args)?;
        let row = text(scope, running, &args, 4, "row")?;
        done(running, run(call(running)?, &table, &key, &row))
    });
}

fn table_delete<'s>(scope: Scope<'s, '_, '_>, args: Args<'s>, give: Return<'s>) {
    serve(scope, give, |scope, running| {
        let (table, key) = place(scope, running, &args)?;
        done(running, call(running)?.table_delete(&table, &key))
    });
}

fn table_scan<'s>(scope: Scope<'s, '_, '_>, args: Args<'s>, give: Return<'s>) {
    serve(scope, give, |scope, running| {
        let table = text(scope, running, &args, 0, "table")?;
        let (from, to) = (
            text(scope, running, &args, 2, "lower bound")?,
            text(scope, running, &args, 4, "upper bound")?,
        );
        Ok(payload(running, call(running)?.table_scan(&table, &from, &to)?))
    });
}

fn schedule<'s>(scope: Scope<'s, '_, '_>, args: Args<'s>, give: Return<'s>) {
    serve(scope, give, |scope, running| {
        let (name, call_args) = (
            text(scope, running, &args, 0, "name")?,
            text(scope, running, &args, 2, "arguments")?,
        );
        done(running, call(running)?.schedule(&name, &call_args, float(&args, 4)))
    });
}

fn schedule_every<'s>(scope: Scope<'s, '_, '_>, args: Args<'s>, give: Return<'s>) {
    serve(scope, give, |scope, running| {
        let (name, call_args) = (
            text(scope, running, &args, 0, "name")?,
            text(scope, running, &args, 2, "arguments")?,
        );
        let (first, every) = (float(&args, 4), float(&args, 5));
        done(running, call(running)?.schedule_every(&name, &call_args, first, every))
    });
}

fn call_reducer<'s>(scope: Scope<'s, '_, '_>, args: Args<'s>, give: Return<'s>) {
    serve(scope, give, |scope, running| {
        let (name, call_args) = (
            text(scope, running, &args, 0, "name")?,
            text(scope, running, &args, 2, "arguments")?,
        );
        done(running, call(running)?.call_reducer(&name, &call_args))
    });
}

fn tx_timestamp<'s>(scope: Scope<'s, '_, '_>, _: Args<'s>, give: Return<'s>) {
    serve(scope, give, |_, running| {
        let began = call(running)?.tx_timestamp()?;
        running.offer(Vec::new());
        Ok(Answer::Float(began))
    });
}

fn uuid<'s>(scope: Scope<'s, '_, '_>, _: Args<'s>, give: Return<'s>) {
    serve(scope, give, |_, running| Ok(payload(running, call(running)?.uuid()?)));
}

fn http_fetch<'s>(scope: Scope<'s, '_, '_>, args: Args<'s>, give: Return<'s>) {
    serve(scope, give, |scope, running| {
        let request = text(scope, running, &args, 0, "request")?;
        let body = bytes(scope, running, &args, 2)?;
        suspend(scope, running, |call| call.fetch(&request, body, None).map(Some))
    });
}

fn sleep_until<'s>(scope: Scope<'s, '_, '_>, args: Args<'s>, give: Return<'s>) {
    serve(scope, give, |scope, running| {
        suspend(scope, running, |call| {
            call.sleep_until(float(&args, 0)).map(|sleep| match sleep {
                Sleep::Passed => None,
                Sleep::Pending(op) => Some(op),
            })
        })
    });
}

/// Issues an operation and gives the promise at which V8 suspends the instance; a number lets it go on. The promise
/// comes first: an operation is never issued in vain.
fn suspend<'s>(
    scope: Scope<'s, '_, '_>,
    running: &Running,
    issue: impl FnOnce(&Call) -> Result<Option<OpId>, Refusal>,
) -> Result<Answer<'s>, Stop> {
    let call = call(running)?;
    let resolver = if running.suspends() {
        v8::PromiseResolver::new(scope)
    } else {
        None
    };
    match (issue(call)?, resolver) {
        (None, _) => done(running, Ok(())),
        (Some(op), Some(resolver)) => {
            running.wait_for(op, v8::Global::new(scope, resolver));
            Ok(Answer::Promise(resolver.get_promise(scope)))
        }
        (Some(_), None) => Err(Stop::Trap(
            "a host call that suspends was made where nothing can be suspended".to_owned(),
        )),
    }
}
