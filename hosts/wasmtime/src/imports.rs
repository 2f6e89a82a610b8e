//! The host functions of the guest ABI that do not suspend, the same for every store, and the two that do.

use evenlane_host_core::{
    call::{Call, Level, Sleep},
    engine::OpOutcome,
    failure::Refusal,
};
use wasmtime::{Caller, Error, Linker, Result};

use crate::{
    abi::NAMESPACE,
    guest::{Ending, Guest, Span, memory},
};

type From<'a> = Caller<'a, Guest>;

/// Host functions for reducers and for `describe`: nothing in them suspends, so that a plain call runs them.
pub(crate) fn for_reducers(linker: &mut Linker<Guest>) -> Result<()> {
    define_plain(linker)?;
    linker.func_wrap(
        NAMESPACE,
        "http_fetch",
        |mut caller: From, request: u32, request_len: u32, body: u32, body_len: u32| {
            let begun = begin_fetch(&mut caller, span(request, request_len), span(body, body_len))?;
            refused(&mut caller, begun.map(|_| ()))
        },
    )?;
    linker.func_wrap(NAMESPACE, "sleep_until", |mut caller: From, at: f64| {
        let begun = caller.data().running().and_then(|call| call.sleep_until(at));
        refused(&mut caller, begun.map(|_| ()))
    })?;
    Ok(())
}

/// Host functions for procedures, which run on fibers: `http_fetch` and `sleep_until` suspend.
pub(crate) fn for_procedures(linker: &mut Linker<Guest>) -> Result<()> {
    define_plain(linker)?;
    linker.func_wrap_async(
        NAMESPACE,
        "http_fetch",
        |mut caller: From, (request, request_len, body, body_len): (u32, u32, u32, u32)| {
            Box::new(async move {
                let begun = begin_fetch(&mut caller, span(request, request_len), span(body, body_len))?;
                let given = match begun {
                    Err(refusal) => Err(refusal),
                    Ok(_) => match caller.data().mailbox.clone().take().await {
                        OpOutcome::Fetch(fetched) => fetched.map(evenlane_host_core::egress::Response::into_payload),
                        OpOutcome::Slept => return Err(Error::msg("a fetch was answered as a sleep")),
                    },
                };
                Ok(caller.data_mut().answer(given))
            })
        },
    )?;
    linker.func_wrap_async(NAMESPACE, "sleep_until", |mut caller: From, (at,): (f64,)| {
        Box::new(async move {
            let begun = caller.data().running().and_then(|call| call.sleep_until(at));
            if let Ok(Sleep::Pending(_)) = begun {
                caller.data().mailbox.clone().take().await;
            }
            caller.data_mut().answer_done(begun.map(|_| ()))
        })
    })?;
    Ok(())
}

fn define_plain(linker: &mut Linker<Guest>) -> Result<()> {
    define_exchange(linker)?;
    define_transactions(linker)?;
    define_calls(linker)?;
    define_tables(linker)
}

/// Payloads, results, and ways to end the call.
fn define_exchange(linker: &mut Linker<Guest>) -> Result<()> {
    linker.func_wrap(NAMESPACE, "payload_len", |caller: From| caller.data().payload_len())?;
    linker.func_wrap(NAMESPACE, "take", |mut caller: From, ptr: u32| -> Result<()> {
        let payload = caller.data_mut().take_payload();
        let written = memory(&mut caller)?.write(&mut caller, ptr as usize, &payload);
        written.map_err(|_| Error::new(Ending::OutOfMemory(ptr, payload.len() as u32)))
    })?;
    linker.func_wrap(
        NAMESPACE,
        "result",
        |mut caller: From, ptr: u32, len: u32| -> Result<()> {
            let memory = memory(&mut caller)?;
            let (bytes, guest) = memory.data_and_store_mut(&mut caller);
            guest.result = Some(span(ptr, len).text(bytes)?.map(str::to_owned));
            Ok(())
        },
    )?;
    linker.func_wrap(
        NAMESPACE,
        "fail",
        |mut caller: From, code: i32, ptr: u32, len: u32| -> Result<()> {
            let message = message(&mut caller, span(ptr, len))?;
            if let Ok(call) = caller.data().running() {
                call.fail(code, &message);
                return Err(Error::new(Ending::Failed));
            }
            Err(Error::new(Ending::Aborted(message)))
        },
    )?;
    linker.func_wrap(
        NAMESPACE,
        "abort",
        |mut caller: From, ptr: u32, len: u32, _line: i32, _column: i32| -> Result<()> {
            let message = message(&mut caller, span(ptr, len))?;
            Err(Error::new(Ending::Aborted(message)))
        },
    )?;
    type Give = fn(&Call) -> Result<String, Refusal>;
    let texts: [(&str, Give); 2] = [("context", Call::context), ("uuid", Call::uuid)];
    for (name, give) in texts {
        linker.func_wrap(NAMESPACE, name, move |mut caller: From| {
            let text = caller.data().running().and_then(|call| give(&call));
            caller.data_mut().answer(text.map(String::into_bytes))
        })?;
    }
    linker.func_wrap(
        NAMESPACE,
        "log",
        |mut caller: From, level: i32, ptr: u32, len: u32| -> Result<()> {
            let message = message(&mut caller, span(ptr, len))?;
            match caller.data().running() {
                Ok(call) => call.log(Level::from_number(level), &message),
                Err(_) => eprintln!("the module, while it described itself: {message}"),
            }
            Ok(())
        },
    )?;
    Ok(())
}

fn define_transactions(linker: &mut Linker<Guest>) -> Result<()> {
    type Run = fn(&Call) -> Result<(), Refusal>;
    let all: [(&str, Run); 3] = [
        ("tx_begin", Call::tx_begin),
        ("tx_commit", Call::tx_commit),
        ("tx_abort", Call::tx_abort),
    ];
    for (name, run) in all {
        linker.func_wrap(NAMESPACE, name, move |mut caller: From| {
            let done = caller.data().running().and_then(|call| run(&call));
            caller.data_mut().answer_done(done)
        })?;
    }
    linker.func_wrap(NAMESPACE, "tx_timestamp", |mut caller: From| {
        let began = caller.data().running().and_then(|call| call.tx_timestamp());
        caller.data_mut().answer_number(began)
    })?;
    linker.func_wrap(NAMESPACE, "tx_point", |mut caller: From, name: u32, name_len: u32| {
        done(&mut caller, [span(name, name_len)], |call, [name]| call.tx_point(name))
    })?;
    Ok(())
}

/// Calls that a guest makes of its own module.
fn define_calls(linker: &mut Linker<Guest>) -> Result<()> {
    linker.func_wrap(
        NAMESPACE,
        "schedule",
        |mut caller: From, name: u32, name_len: u32, args: u32, args_len: u32, at: f64| {
            let spans = [span(name, name_len), span(args, args_len)];
            done(&mut caller, spans, |call, [name, args]| call.schedule(name, args, at))
        },
    )?;
    linker.func_wrap(
        NAMESPACE,
        "schedule_every",
        |mut caller: From, name: u32, name_len: u32, args: u32, args_len: u32, first: f64, every: f64| {
            let spans = [span(name, name_len), span(args, args_len)];
            done(&mut caller, spans, |call, [name, args]| {
                call.schedule_every(name, args, first, every)
            })
        },
    )?;
    linker.func_wrap(
        NAMESPACE,
        "call_reducer",
        |mut caller: From, name: u32, name_len: u32, args: u32, args_len: u32| {
            let spans = [span(name, name_len), span(args, args_len)];
            done(&mut caller, spans, |call, [name, args]| call.call_reducer(name, args))
        },
    )?;
    Ok(())
}

fn define_tables(linker: &mut Linker<Guest>) -> Result<()> {
    linker.func_wrap(
        NAMESPACE,
        "table_get",
        |mut caller: From, table: u32, table_len: u32, key: u32, key_len: u32| {
            let spans = [span(table, table_len), span(key, key_len)];
            given(&mut caller, spans, |call, [table, key]| call.table_get(table, key))
        },
    )?;
    type Write = fn(&Call, &str, &str, &str) -> Result<(), Refusal>;
    let writes: [(&str, Write); 2] = [
        ("table_insert", Call::table_insert),
        ("table_update", Call::table_update),
    ];
    for (name, write) in writes {
        let run =
            move |mut caller: From, table: u32, table_len: u32, key: u32, key_len: u32, row: u32, row_len: u32| {
                let spans = [span(table, table_len), span(key, key_len), span(row, row_len)];
                done(&mut caller, spans, |call, [table, key, row]| {
                    write(call, table, key, row)
                })
            };
        linker.func_wrap(NAMESPACE, name, run)?;
    }
    linker.func_wrap(
        NAMESPACE,
        "table_delete",
        |mut caller: From, table: u32, table_len: u32, key: u32, key_len: u32| {
            let spans = [span(table, table_len), span(key, key_len)];
            done(&mut caller, spans, |call, [table, key]| call.table_delete(table, key))
        },
    )?;
    let scan = |mut caller: From, table: u32, table_len: u32, from: u32, from_len: u32, to: u32, to_len: u32| {
        let spans = [span(table, table_len), span(from, from_len), span(to, to_len)];
        given(&mut caller, spans, |call, [table, from, to]| {
            call.table_scan(table, from, to)
        })
    };
    linker.func_wrap(NAMESPACE, "table_scan", scan)?;
    Ok(())
}

fn span(ptr: u32, len: u32) -> Span {
    Span { ptr, len }
}

/// Runs a host call on texts of the guest. Traps where one lies outside of its memory, refuses what is not UTF-8.
fn on_texts<const N: usize, R>(
    caller: &mut From<'_>,
    spans: [Span; N],
    run: impl FnOnce(&Call, [&str; N]) -> Result<R, Refusal>,
) -> Result<Result<R, Refusal>> {
    let memory = memory(caller)?;
    let (bytes, guest) = memory.data_and_store_mut(caller);
    let call = match guest.running() {
        Ok(call) => call,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let mut texts = [""; N];
    for (text, span) in texts.iter_mut().zip(spans) {
        *text = match span.text(bytes)? {
            Ok(text) => text,
            Err(refusal) => return Ok(Err(refusal)),
        };
    }
    Ok(run(&call, texts))
}

/// A host call on texts that gives JSON.
fn given<const N: usize>(
    caller: &mut From<'_>,
    spans: [Span; N],
    run: impl FnOnce(&Call, [&str; N]) -> Result<String, Refusal>,
) -> Result<i32> {
    let given = on_texts(caller, spans, run)?;
    Ok(caller.data_mut().answer(given.map(String::into_bytes)))
}

/// A host call on texts that gives nothing but success.
fn done<const N: usize>(
    caller: &mut From<'_>,
    spans: [Span; N],
    run: impl FnOnce(&Call, [&str; N]) -> Result<(), Refusal>,
) -> Result<i32> {
    let done = on_texts(caller, spans, run)?;
    Ok(caller.data_mut().answer_done(done))
}

fn begin_fetch(caller: &mut From<'_>, request: Span, body: Span) -> Result<Result<u64, Refusal>> {
    let memory = memory(caller)?;
    let (bytes, guest) = memory.data_and_store_mut(caller);
    let body = body.bytes(bytes)?.to_vec();
    let request = request.text(bytes)?;
    Ok(request.and_then(|request| guest.running()?.fetch(request, body, None)))
}

/// A reducer asked to suspend: the core refuses that for every reducer and hook.
fn refused(caller: &mut From<'_>, begun: Result<(), Refusal>) -> Result<i32> {
    let refusal = begun.expect_err("a reducer neither fetches nor sleeps");
    Ok(caller.data_mut().answer_done(Err(refusal)))
}

/// A message for people; what is not UTF-8 in it is replaced.
fn message(caller: &mut From<'_>, span: Span) -> Result<String> {
    let memory = memory(caller)?;
    Ok(String::from_utf8_lossy(span.bytes(memory.data(&caller))?).into_owned())
}
