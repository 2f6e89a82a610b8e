//! The `host` object of a JavaScript guest: made for each call from one template, with an internal field that names the
//! call. Its methods check their receiver, so that only a host object gets through, and find the call by its number, so
//! that a leaked one does nothing.

use evenlane_host_core::{
    call::{Level, Sleep},
    engine::CallId,
    failure::{Code, Refusal},
    fault,
};

use super::{
    serve::{Answer, Args, Return, Scope, body, handle, is_thenable, number, receiver, serve, signal, text},
    state::{Path, Running},
};

/// The template of host objects.
pub fn template<'s>(scope: &mut v8::PinScope<'s, '_>) -> v8::Local<'s, v8::ObjectTemplate> {
    let class = v8::FunctionTemplate::new(scope, construct);
    if let Some(name) = v8::String::new(scope, "Host") {
        class.set_class_name(name);
    }
    let signature = v8::Signature::new(scope, class);
    let prototype = class.prototype_template(scope);
    macro_rules! methods {
        ($($name:literal => $method:ident / $length:literal),* $(,)?) => {$(
            if let Some(name) = v8::String::new(scope, $name) {
                let method = v8::FunctionTemplate::builder($method)
                    .signature(signature)
                    .length($length)
                    .constructor_behavior(v8::ConstructorBehavior::Throw)
                    .build(scope);
                prototype.set(name.into(), method.into());
            }
        )*};
    }
    methods! {
        "context" => context / 0,
        "log" => log / 2,
        "txBegin" => tx_begin / 0,
        "txCommit" => tx_commit / 1,
        "txAbort" => tx_abort / 0,
        "txPoint" => tx_point / 1,
        "tableGet" => table_get / 2,
        "tableInsert" => table_insert / 3,
        "tableUpdate" => table_update / 3,
        "tableDelete" => table_delete / 2,
        "tableScan" => table_scan / 3,
        "schedule" => schedule / 3,
        "scheduleEvery" => schedule_every / 4,
        "callReducer" => call_reducer / 2,
        "txTimestamp" => tx_timestamp / 0,
        "uuid" => uuid / 0,
        "fetch" => fetch / 3,
        "abortFetch" => abort_fetch / 1,
        "takeHead" => take_head / 1,
        "takeBody" => take_body / 1,
        "sleepUntil" => sleep_until / 1,
        "fail" => fail / 2,
        "message" => message / 0,
    }
    let instances = class.instance_template(scope);
    instances.set_internal_field_count(1);
    instances
}

/// A host object for that call.
pub fn object<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    template: v8::Local<'s, v8::ObjectTemplate>,
    call: CallId,
) -> Option<v8::Local<'s, v8::Object>> {
    let object = template.new_instance(scope)?;
    let number = v8::Number::new(scope, call as f64);
    object.set_internal_field(0, number.into());
    Some(object)
}

/// Guests reach the class by `host.constructor`: they get no host object from it.
fn construct<'s>(scope: Scope<'s, '_, '_>, _: Args<'s>, _: Return<'s>) {
    throw_type_error(scope, "a host object is made by the host alone");
}

fn throw_type_error(scope: Scope<'_, '_, '_>, message: &str) {
    if let Some(message) = v8::String::new(scope, message) {
        let error = v8::Exception::type_error(scope, message);
        scope.throw_exception(error);
    }
}

fn context<'s>(scope: Scope<'s, '_, '_>, args: Args<'s>, give: Return<'s>) {
    serve(scope, &args, give, |_, _, running| {
        running.call.context().map(Answer::Text)
    });
}

fn log<'s>(scope: Scope<'s, '_, '_>, args: Args<'s>, give: Return<'s>) {
    serve(scope, &args, give, |scope, _, running| {
        let level = number(&args, 0, "level")?;
        let text = text(scope, &args, 1, "text")?;
        running.call.log(Level::from_number(level as i32), &text);
        Ok(Answer::Nothing)
    });
}

fn tx_begin<'s>(scope: Scope<'s, '_, '_>, args: Args<'s>, give: Return<'s>) {
    serve(scope, &args, give, |_, _, running| {
        running.call.tx_begin().map(|()| Answer::Zero)
    });
}

fn tx_abort<'s>(scope: Scope<'s, '_, '_>, args: Args<'s>, give: Return<'s>) {
    serve(scope, &args, give, |_, _, running| {
        running.call.tx_abort().map(|()| Answer::Zero)
    });
}

fn tx_point<'s>(scope: Scope<'s, '_, '_>, args: Args<'s>, give: Return<'s>) {
    serve(scope, &args, give, |scope, _, running| {
        // A thread that is parked uses no CPU time, and so nothing of its turn's budget.
        let name = text(scope, &args, 0, "name")?;
        running.call.tx_point(&name).map(|()| Answer::Zero)
    });
}

fn tx_commit<'s>(scope: Scope<'s, '_, '_>, args: Args<'s>, give: Return<'s>) {
    serve(scope, &args, give, |scope, _, running| {
        let gave = args.get(0);
        let mut thenable = is_thenable(scope, gave);
        if thenable == Some(true) && gave.is_promise() && fault!("early-commit-of-async-body") {
            thenable = Some(false);
        }
        if thenable == Some(true) && !gave.is_promise() && fault!("no-thenable-check") {
            thenable = Some(false);
        }
        match thenable {
            Some(false) => running.call.tx_commit().map(|()| Answer::Zero),
            Some(true) => {
                running.call.tx_abort()?;
                let message = "the body of the transaction gave a promise or another thenable: what it awaits would run \
                           after the commit. The transaction was undone; do the waiting outside of it";
                Err(Refusal::new(Code::ThenableBody, message))
            }
            None => {
                // The exception goes to the guest; that there is nothing to undo then says nothing more.
                let _ = running.call.tx_abort();
                Ok(Answer::Thrown)
            }
        }
    });
}

fn table_get<'s>(scope: Scope<'s, '_, '_>, args: Args<'s>, give: Return<'s>) {
    serve(scope, &args, give, |scope, _, running| {
        let (table, key) = (text(scope, &args, 0, "table")?, text(scope, &args, 1, "key")?);
        running.call.table_get(&table, &key).map(Answer::Text)
    });
}

fn table_insert<'s>(scope: Scope<'s, '_, '_>, args: Args<'s>, give: Return<'s>) {
    serve(scope, &args, give, |scope, _, running| {
        let (table, key) = (text(scope, &args, 0, "table")?, text(scope, &args, 1, "key")?);
        let row = text(scope, &args, 2, "row")?;
        running.call.table_insert(&table, &key, &row).map(|()| Answer::Zero)
    });
}

fn table_update<'s>(scope: Scope<'s, '_, '_>, args: Args<'s>, give: Return<'s>) {
    serve(scope, &args, give, |scope, _, running| {
        let (table, key) = (text(scope, &args, 0, "table")?, text(scope, &args, 1, "key")?);
        let row = text(scope, &args, 2, "row")?;
        running.call.table_update(&table, &key, &row).map(|()| Answer::Zero)
    });
}

fn table_delete<'s>(scope: Scope<'s, '_, '_>, args: Args<'s>, give: Return<'s>) {
    serve(scope, &args, give, |scope, _, running| {
        let (table, key) = (text(scope, &args, 0, "table")?, text(scope, &args, 1, "key")?);
        running.call.table_delete(&table, &key).map(|()| Answer::Zero)
    });
}

fn table_scan<'s>(scope: Scope<'s, '_, '_>, args: Args<'s>, give: Return<'s>) {
    serve(scope, &args, give, |scope, _, running| {
        let table = text(scope, &args, 0, "table")?;
        let (from, to) = (text(scope, &args, 1, "from")?, text(scope, &args, 2, "to")?);
        running.call.table_scan(&table, &from, &to).map(Answer::Text)
    });
}

fn schedule<'s>(scope: Scope<'s, '_, '_>, args: Args<'s>, give: Return<'s>) {
    serve(scope, &args, give, |scope, _, running| {
        let (name, call_args) = (text(scope, &args, 0, "name")?, text(scope, &args, 1, "args")?);
        let at = number(&args, 2, "at")?;
        running.call.schedule(&name, &call_args, at).map(|()| Answer::Zero)
    });
}

fn schedule_every<'s>(scope: Scope<'s, '_, '_>, args: Args<'s>, give: Return<'s>) {
    serve(scope, &args, give, |scope, _, running| {
        let (name, call_args) = (text(scope, &args, 0, "name")?, text(scope, &args, 1, "args")?);
        let (first, every) = (number(&args, 2, "first")?, number(&args, 3, "every")?);
        let scheduled = running.call.schedule_every(&name, &call_args, first, every);
        scheduled.map(|()| Answer::Zero)
    });
}

fn call_reducer<'s>(scope: Scope<'s, '_, '_>, args: Args<'s>, give: Return<'s>) {
    serve(scope, &args, give, |scope, _, running| {
        let (name, call_args) = (text(scope, &args, 0, "name")?, text(scope, &args, 1, "args")?);
        running.call.call_reducer(&name, &call_args).map(|()| Answer::Zero)
    });
}

fn tx_timestamp<'s>(scope: Scope<'s, '_, '_>, args: Args<'s>, give: Return<'s>) {
    serve(scope, &args, give, |_, _, running| {
        running.call.tx_timestamp().map(Answer::Float)
    });
}

fn uuid<'s>(scope: Scope<'s, '_, '_>, args: Args<'s>, give: Return<'s>) {
    serve(scope, &args, give, |_, _, running| {
        running.call.uuid().map(Answer::Text)
    });
}

fn fetch<'s>(scope: Scope<'s, '_, '_>, args: Args<'s>, give: Return<'s>) {
    serve(scope, &args, give, |scope, state, running| {
        let request = text(scope, &args, 0, "request")?;
        let body = body(&args)?;
        let signal = if args.get(2).is_undefined() {
            None
        } else {
            Some(signal(&args, 2)?)
        };
        match state.path {
            Path::Lane => promise(scope, running, || running.call.fetch(&request, body, signal).map(Some)),
            Path::Blocking => {
                let response = running.call.fetch_blocking(&request, body, signal);
                state.watch.rearm();
                Ok(Answer::Number(running.responses.borrow_mut().keep(response?) as i32))
            }
        }
    });
}

fn abort_fetch<'s>(scope: Scope<'s, '_, '_>, args: Args<'s>, give: Return<'s>) {
    serve(scope, &args, give, |_, _, running| {
        running.call.abort_fetch(signal(&args, 0)?).map(|()| Answer::Zero)
    });
}

fn sleep_until<'s>(scope: Scope<'s, '_, '_>, args: Args<'s>, give: Return<'s>) {
    serve(scope, &args, give, |scope, state, running| {
        let at = number(&args, 0, "at")?;
        match state.path {
            Path::Lane => promise(scope, running, || {
                running.call.sleep_until(at).map(|sleep| match sleep {
                    Sleep::Passed => None,
                    Sleep::Pending(op) => Some(op),
                })
            }),
            Path::Blocking => {
                let slept = running.call.sleep_blocking(at);
                state.watch.rearm();
                slept.map(|()| Answer::Zero)
            }
        }
    });
}

/// Issues an operation and gives its promise. The promise comes first: an operation is never issued in vain.
fn promise<'s>(
    scope: Scope<'s, '_, '_>,
    running: &Running,
    issue: impl FnOnce() -> Result<Option<u64>, Refusal>,
) -> Result<Answer<'s>, Refusal> {
    let Some(resolver) = v8::PromiseResolver::new(scope) else {
        return Ok(Answer::Thrown);
    };
    match issue()? {
        Some(op) => running.wait_for(op, v8::Global::new(scope, resolver)),
        None => {
            let zero = v8::Integer::new(scope, 0);
            resolver.resolve(scope, zero.into());
        }
    }
    Ok(Answer::Promise(resolver.get_promise(scope)))
}

fn take_head<'s>(scope: Scope<'s, '_, '_>, args: Args<'s>, give: Return<'s>) {
    serve(scope, &args, give, |_, _, running| {
        let head = running.responses.borrow_mut().take_head(handle(&args));
        head.map(Answer::Text)
    });
}

fn take_body<'s>(scope: Scope<'s, '_, '_>, args: Args<'s>, give: Return<'s>) {
    serve(scope, &args, give, |_, _, running| {
        let body = running.responses.borrow_mut().take_body(handle(&args));
        body.map(Answer::Bytes)
    });
}

fn fail<'s>(scope: Scope<'s, '_, '_>, args: Args<'s>, give: Return<'s>) {
    serve(scope, &args, give, |scope, _, running| {
        let code = number(&args, 0, "code")?;
        let message = text(scope, &args, 1, "message")?;
        running.call.fail(code as i32, &message);
        Ok(Answer::Nothing)
    });
}

fn message<'s>(scope: Scope<'s, '_, '_>, args: Args<'s>, mut give: Return<'s>) {
    let text = match receiver(scope, &args) {
        Some((_, running)) => running.message.borrow().clone(),
        None => "the call that this host object was made for has ended".to_owned(),
    };
    if let Some(text) = v8::String::new(scope, &text) {
        give.set(text.into());
    }
}
