//! What the functions do. Arguments are read by serde_json where they lie; nothing is copied but what outlives the turn.

use std::borrow::Cow;

use evenlane_host_core::{
    call::Call,
    egress::Response,
    engine::Outcome,
    failure::{Failure, Refusal},
};
use serde::Deserialize;
use serde_json::value::RawValue;

/// The arguments of any function of the module; the host has checked that the function's own are there.
#[derive(Deserialize)]
struct Args<'a> {
    /// As JSON text: it goes into the request as it is.
    #[serde(borrow)]
    url: Option<&'a RawValue>,
    #[serde(borrow)]
    key: Option<Key<'a>>,
}

/// A text that is copied only where it holds escapes.
#[derive(Deserialize)]
#[serde(transparent)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

/// What is read of a response's head.
#[derive(Deserialize)]
struct Head {
    status: u16,
}

fn args(call: &Call) -> Args<'_> {
    serde_json::from_str(call.args()).expect("the host has checked the arguments")
}

/// The request for the call's URL.
pub fn request(call: &Call) -> String {
    let url = args(call).url.map_or("null", RawValue::get);
    format!(r#"{{"url":{url}}}"#)
}

/// The reducer: writes one row in the transaction that the host has opened.
pub fn put(call: &Call) -> Outcome {
    insert(call, "0")?;
    Ok("null".to_owned())
}

/// What follows a fetch: one transaction with one row where the function is `fetchCommit`; the status is the result.
pub fn finish(call: &Call, fetched: Result<Response, Refusal>) -> Outcome {
    let response = fetched?;
    let head = serde_json::from_str::<Head>(&response.head);
    let Head { status } = head.map_err(|error| Failure::guest(format!("the response's head: {error}")))?;
    let status = status.to_string();
    if call.function() == "fetchCommit" {
        call.tx_begin()?;
        insert(call, &status)?;
        call.tx_commit()?;
    }
    Ok(status)
}

fn insert(call: &Call, row: &str) -> Result<(), Refusal> {
    let args = args(call);
    let key = args.key.as_ref().map_or("", |Key(key)| key);
    call.table_insert("log", key, row)
}
