//! Prepares a realm and evaluates a guest's module in it.

use wasmtime::Result;

use super::{
    instance::text_of,
    methods,
    promises::Promised,
    quickjs::{Kind, QuickJs, Value},
};

/// Gives a function, which takes the functions of the host and gives those that the host calls.
const PREPARE: &str = include_str!("realm.js");

/// What the engine lacks of the language.
const ATOMICS: &str = include_str!("atomics.js");

/// A guest's module, evaluated, and the functions of its realm that the host calls.
pub(crate) struct Loaded {
    /// Its default export.
    pub guest: Value,
    /// The export's `describe`.
    pub describe: Value,
    /// The export's `call`.
    pub call: Value,
    /// Calls `call` with a host object.
    pub invoke: Value,
    /// Makes the reaction of a root promise.
    pub on_settled: Value,
    /// Whether a value is a thenable.
    pub is_thenable: Value,
}

/// Prepares the realm and evaluates the guest in it. Inner error: why the guest was refused.
pub(crate) fn load(js: &mut QuickJs<'_>, source: &str, name: &str) -> Result<Result<Loaded, String>> {
    let Some([invoke, on_settled, is_thenable, text_of]) = prepare(js)? else {
        return Ok(Err("the engine could not prepare its realm".to_owned()));
    };
    js.realm().text_of = Some(text_of);
    let exported = match evaluate(js, source, name)? {
        Ok(exported) => exported,
        Err(message) => return Ok(Err(message)),
    };
    let [guest, describe, call] = exported;
    Ok(Ok(Loaded {
        guest,
        describe,
        call,
        invoke,
        on_settled,
        is_thenable,
    }))
}

/// The functions that the host calls; `None` where the engine has no memory left.
fn prepare(js: &mut QuickJs<'_>) -> Result<Option<[Value; 4]>> {
    let natives = js.new_functions(&methods::NAMES)?;
    if js.evaluate(ATOMICS, "atomics.js")?.is_err() {
        return Ok(None);
    }
    let Ok(prepare) = js.evaluate(PREPARE, "realm.js")? else {
        return Ok(None);
    };
    let undefined = js.undefined()?;
    let Ok(functions) = js.call(prepare, undefined, &[natives])? else {
        return Ok(None);
    };
    let mut found = [undefined; 4];
    for (place, name) in found.iter_mut().zip(["invoke", "onSettled", "isThenable", "textOf"]) {
        let Ok(function) = js.get(functions, name)? else {
            return Ok(None);
        };
        *place = function;
    }
    for value in [natives, prepare, functions] {
        js.free(value)?;
    }
    Ok(Some(found))
}

/// Evaluates the module: its default export, `describe` and `call`.
fn evaluate(js: &mut QuickJs<'_>, source: &str, name: &str) -> Result<Result<[Value; 3], String>> {
    let (namespace, evaluation) = match js.evaluate_module(source, name)? {
        Ok(evaluated) => evaluated,
        Err(thrown) => return located(js, thrown).map(Err),
    };
    js.mark_handled(evaluation)?;
    js.run_jobs()?;
    match js.state(evaluation)? {
        Promised::Fulfilled => {}
        Promised::Pending => {
            return Ok(Err(
                "its top-level await never settles: there is no host to wait for".to_owned()
            ));
        }
        Promised::Rejected => {
            let thrown = js.promised(evaluation)?;
            let message = text_of(js, thrown)?;
            return Ok(Err(format!("its evaluation failed: {message}")));
        }
    }
    js.free(evaluation)?;
    exports(js, namespace)
}

/// Reads the default export and checks its shape.
fn exports(js: &mut QuickJs<'_>, namespace: Value) -> Result<Result<[Value; 3], String>> {
    let guest = js.get(namespace, "default")?;
    let guest = match guest {
        Ok(guest) if js.is(guest, Kind::Object)? => guest,
        _ => {
            let message = "its default export must be an object { abi: 1, describe, call }; it has none";
            return Ok(Err(message.to_owned()));
        }
    };
    let abi = match js.get(guest, "abi")? {
        Ok(abi) => js.number(abi)?,
        Err(_) => None,
    };
    if abi != Some(1.0) {
        return Ok(Err("`abi` of its default export must be the number 1".to_owned()));
    }
    let mut found = [guest; 3];
    for (place, name) in found[1..].iter_mut().zip(["describe", "call"]) {
        *place = match js.get(guest, name)? {
            Ok(function) if js.is(function, Kind::Function)? => function,
            _ => return Ok(Err(format!("`{name}` of its default export must be a function"))),
        };
    }
    Ok(Ok(found))
}

/// What a module that cannot be compiled was refused for, with its place in the source where the engine tells it.
fn located(js: &mut QuickJs<'_>, thrown: Value) -> Result<String> {
    let message = text_of(js, thrown)?;
    let stack = match js.get(thrown, "stack")? {
        Ok(stack) => js.lossy_text(stack)?,
        Err(_) => String::new(),
    };
    // `    at name:line:column`
    let mut place = stack.lines().next().unwrap_or_default().trim_end().rsplit(':');
    let column = place.next().and_then(|column| column.parse::<u32>().ok());
    let line = place.next().and_then(|line| line.parse::<u32>().ok());
    Ok(match (line, column) {
        (Some(line), Some(column)) => format!("line {line}, column {column}: {message}"),
        _ => message,
    })
}
