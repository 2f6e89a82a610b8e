//! What the engine imports: the functions of its host, and the few of WASI that its libc asks for.

use evenlane_host_core::engine::CallId;
use wasmtime::{AsContextMut, Caller, Linker, Result};

use super::{
    instance::text_of,
    methods::{Answer, Asked, Fault, closed},
    quickjs::{QuickJs, Value},
    realm::Realm,
};

/// WASI's answer for what is not there.
const ERRNO_BADF: i32 = 8;

type From<'a> = Caller<'a, Realm>;

/// Defines all of them.
pub(crate) fn define(linker: &mut Linker<Realm>) -> Result<()> {
    let env = "env";
    linker.func_wrap(
        env,
        "host_call",
        |mut caller: From, name: i32, name_len: i32, _this: i32, count: i32, arguments: i32| -> Result<i32> {
            let mut js = QuickJs::of(&mut caller)?;
            let name = js.copy(name, name_len)?;
            let arguments = (0..count).map(|index| js.word(arguments + 4 * index).map(Value));
            let arguments = arguments.collect::<Result<Vec<_>>>()?;
            // Named by us: always UTF-8.
            serve(&mut js, &String::from_utf8_lossy(&name), &arguments)
        },
    )?;
    linker.func_wrap(
        env,
        "host_promise_rejection",
        |mut caller: From, promise: i32, reason: i32, handled: i32| -> Result<()> {
            let mut js = QuickJs::of(&mut caller)?;
            note_rejection(&mut js, Value(promise), Value(reason), handled != 0)
        },
    )?;
    // The budget is the epoch's, which also looks into the engine's own loops.
    linker.func_wrap(env, "host_interrupt", || 0_i32)?;
    linker.func_wrap(
        env,
        "host_module_normalize",
        |mut caller: From, _base: i32, name: i32| -> Result<i32> {
            let mut js = QuickJs::of(&mut caller)?;
            let name = js.name(name)?;
            js.lend(&name)
        },
    )?;
    linker.func_wrap(
        env,
        "host_module_load",
        |mut caller: From, name: i32, _length: i32| -> Result<i32> {
            let mut js = QuickJs::of(&mut caller)?;
            let name = js.name(name)?;
            js.throw_error(&format!(
                "it imports {:?}. A guest is one module without imports: bundle what it needs",
                String::from_utf8_lossy(&name)
            ))?;
            Ok(0)
        },
    )?;
    linker.func_wrap(env, "host_get_timezone_offset", |_: i32, _: i32| 0_i32)?;
    define_wasi(linker)
}

fn define_wasi(linker: &mut Linker<Realm>) -> Result<()> {
    let wasi = "wasi_snapshot_preview1";
    linker.func_wrap(
        wasi,
        "clock_time_get",
        |mut caller: From, _clock: i32, _precision: i64, out: i32| -> Result<i32> {
            let nanos = (caller.data().clock.now() * 1e6) as u64;
            write(&mut caller, out, &nanos.to_le_bytes())?;
            Ok(0)
        },
    )?;
    linker.func_wrap(
        wasi,
        "random_get",
        |mut caller: From, out: i32, length: i32| -> Result<i32> {
            // Asked for by nothing that a guest can see.
            write(&mut caller, out, &vec![0; length as u32 as usize])?;
            Ok(0)
        },
    )?;
    // What it would write is for those who debug the engine.
    linker.func_wrap(wasi, "fd_write", |_: i32, _: i32, _: i32, _: i32| ERRNO_BADF)?;
    linker.func_wrap(wasi, "fd_seek", |_: i32, _: i64, _: i32, _: i32| ERRNO_BADF)?;
    linker.func_wrap(wasi, "fd_close", |_: i32| ERRNO_BADF)?;
    linker.func_wrap(wasi, "fd_fdstat_get", |_: i32, _: i32| ERRNO_BADF)?;
    Ok(())
}

/// The engine's libc may ask before the engine is found.
fn write(caller: &mut From<'_>, at: i32, bytes: &[u8]) -> Result<()> {
    let memory = caller.get_export("memory").and_then(wasmtime::Extern::into_memory);
    let memory = memory.ok_or_else(|| wasmtime::Error::msg("the engine has no memory"))?;
    memory.write(caller.as_context_mut(), at as u32 as usize, bytes)?;
    Ok(())
}

/// Runs a function of the host and hands over what it gave: a value for the engine to free, or 0 for a thrown one.
fn serve(js: &mut QuickJs<'_>, name: &str, arguments: &[Value]) -> Result<i32> {
    match name {
        "now" => {
            let realm = js.realm();
            let now = match realm.running() {
                Some(running) => running.call.timestamp(),
                None => realm.clock.now(),
            };
            return give(js, Answer::Number(now));
        }
        "draw" => {
            let drawn = js.realm().running().map(|running| running.random.draw());
            return give(js, drawn.map_or(Answer::Nothing, Answer::Number));
        }
        _ => {}
    }
    let number = match arguments.first() {
        Some(&id) => js.number(id)?,
        None => None,
    };
    let id = number.unwrap_or(-1.0) as CallId;
    if name == "settled" {
        js.realm().note_settled(id);
        return give(js, Answer::Nothing);
    }
    let Some(running) = js.realm().find(id) else {
        let refusal = closed();
        let answer = if name == "message" {
            Answer::Text(refusal.message)
        } else {
            Answer::Number(f64::from(refusal.code.number()))
        };
        return give(js, answer);
    };
    if name == "message" {
        let message = running.message.clone();
        return give(js, Answer::Text(message));
    }
    let call = running.call.clone();
    let asked = Asked {
        js,
        id,
        call,
        arguments: &arguments[1..],
    };
    match asked.run(name) {
        Ok(answer) => give(js, answer),
        Err(Fault::Ended(error)) => Err(error),
        Err(Fault::Refused(refusal)) => {
            let code = match js.realm().find(id) {
                Some(running) => running.refuse(refusal),
                None => refusal.code.number(),
            };
            give(js, Answer::Number(f64::from(code)))
        }
    }
}

fn give(js: &mut QuickJs<'_>, answer: Answer) -> Result<i32> {
    let given = match answer {
        Answer::Nothing => Ok(js.undefined()?),
        Answer::Zero => Ok(js.new_number(0.0)?),
        Answer::Number(number) => Ok(js.new_number(number)?),
        Answer::Value(value) => Ok(value),
        Answer::Text(text) => js.new_text(&text)?,
        Answer::Bytes(bytes) => js.new_bytes(&bytes)?,
    };
    match given {
        Ok(value) => Ok(value.0),
        Err(thrown) => {
            js.throw(thrown)?;
            Ok(0)
        }
    }
}

fn note_rejection(js: &mut QuickJs<'_>, promise: Value, reason: Value, handled: bool) -> Result<()> {
    let address = js.address(promise)?;
    if handled {
        if let Some(kept) = js.realm().note_handled(address) {
            js.free(kept)?;
        }
        js.free(promise)?;
    } else {
        let text = text_of(js, reason)?;
        js.realm().note_rejection(promise, address, text);
    }
    js.free(reason)
}
