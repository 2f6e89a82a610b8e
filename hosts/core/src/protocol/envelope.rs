//! The envelope of JSON-RPC 2.0, as strict as the protocol's schemas.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::codes::{Code, Refused};

/// A request whose envelope is right.
#[derive(Debug)]
pub(crate) struct Request {
    pub id: u64,
    pub method: String,
    /// An object. Read by the method: what the kit nests in it may be deeper than a line may be.
    pub params: Box<RawValue>,
}

/// Reads one line. The refusal goes with the id where one could be read.
pub(crate) fn read(line: &[u8]) -> Result<Request, (Option<u64>, Refused)> {
    let parse = |message: String| (None, (Code::Parse, message));
    let text = std::str::from_utf8(line).map_err(|error| parse(format!("the line is not UTF-8: {error}")))?;
    let value: Box<RawValue> =
        serde_json::from_str(text).map_err(|error| parse(format!("the line is not JSON: {error}")))?;
    let Ok(mut message) = serde_json::from_str::<Fields>(value.get()) else {
        let message = "the line is not an object; batches are not spoken here";
        return Err((None, (Code::InvalidRequest, message.to_owned())));
    };
    let id = message.remove("id").and_then(|id| field::<u64>(&id));
    let id = id.filter(|id| (1..=MAX_ID).contains(id));
    let invalid = |what: &str| (id, (Code::InvalidRequest, what.to_owned()));
    let Some(number) = id else {
        return Err(invalid("`id` is not a whole number from 1"));
    };
    if message
        .remove("jsonrpc")
        .and_then(|version| field::<String>(&version))
        .as_deref()
        != Some("2.0")
    {
        return Err(invalid("`jsonrpc` is not \"2.0\""));
    }
    let Some(method) = message.remove("method").and_then(|method| field::<String>(&method)) else {
        return Err(invalid("`method` is not a text"));
    };
    let params = message.remove("params").filter(|params| params.get().starts_with('{'));
    let Some(params) = params else {
        let message = format!("`params` of {method} is not an object: write {{}} for none");
        return Err((id, (Code::InvalidParams, message)));
    };
    match message.keys().next() {
        Some(field) => Err(invalid(&format!("unknown field `{field}`"))),
        None => Ok(Request {
            id: number,
            method,
            params,
        }),
    }
}

/// The fields of a message, each as its text.
type Fields = BTreeMap<String, Box<RawValue>>;

/// A field of that type, if it is one.
fn field<'de, T: Deserialize<'de>>(text: &'de RawValue) -> Option<T> {
    serde_json::from_str(text.get()).ok()
}

/// The largest whole number that every JSON reader keeps.
const MAX_ID: u64 = (1 << 53) - 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read() {
        let request = read(br#"{"jsonrpc":"2.0","id":7,"method":"stats","params":{}}"#).unwrap();
        assert_eq!((request.id, request.method.as_str()), (7, "stats"));
    }

    #[test]
    fn each_fault_has_its_code_and_the_id_where_there_is_one() {
        let cases: [(&str, Option<u64>, Code); 11] = [
            ("", None, Code::Parse),
            ("{", None, Code::Parse),
            ("\u{feff}{}", None, Code::Parse),
            ("[]", None, Code::InvalidRequest),
            ("{}", None, Code::InvalidRequest),
            (
                r#"{"jsonrpc":"2.0","id":"a","method":"stats","params":{}}"#,
                None,
                Code::InvalidRequest,
            ),
            (
                r#"{"jsonrpc":"2.0","id":0,"method":"stats","params":{}}"#,
                None,
                Code::InvalidRequest,
            ),
            (
                r#"{"jsonrpc":"1.0","id":1,"method":"stats","params":{}}"#,
                Some(1),
                Code::InvalidRequest,
            ),
            (r#"{"jsonrpc":"2.0","id":1,"params":{}}"#, Some(1), Code::InvalidRequest),
            (
                r#"{"jsonrpc":"2.0","id":1,"method":"stats"}"#,
                Some(1),
                Code::InvalidParams,
            ),
            (
                r#"{"jsonrpc":"2.0","id":1,"method":"stats","params":{},"x":1}"#,
                Some(1),
                Code::InvalidRequest,
            ),
        ];
        for (line, id, code) in cases {
            let (found, (refused, _)) = read(line.as_bytes()).unwrap_err();
            assert_eq!((found, refused), (id, code), "{line}");
        }
        assert_eq!(read(b"\"\xff\"").unwrap_err().1.0, Code::Parse);
    }
}
