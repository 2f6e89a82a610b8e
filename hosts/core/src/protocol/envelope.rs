//! The envelope of JSON-RPC 2.0, as strict as the protocol's schemas.

use serde_json::{Map, Value};

use super::codes::{Code, Refused};

/// A request whose envelope is right.
#[derive(Debug)]
pub(crate) struct Request {
    pub id: u64,
    pub method: String,
    pub params: Value,
}

/// Reads one line. The refusal goes with the id where one could be read.
pub(crate) fn read(line: &[u8]) -> Result<Request, (Option<u64>, Refused)> {
    let parse = |message: String| (None, (Code::Parse, message));
    let text = std::str::from_utf8(line).map_err(|error| parse(format!("the line is not UTF-8: {error}")))?;
    let value: Value = serde_json::from_str(text).map_err(|error| parse(format!("the line is not JSON: {error}")))?;
    let Value::Object(mut message) = value else {
        return Err((
            None,
            (
                Code::InvalidRequest,
                "the line is not an object; batches are not spoken here".to_owned(),
            ),
        ));
    };
    let id = message.remove("id");
    let id = id
        .as_ref()
        .and_then(Value::as_u64)
        .filter(|&id| (1..=MAX_ID).contains(&id));
    let invalid = |what: &str| (id, (Code::InvalidRequest, what.to_owned()));
    let Some(number) = id else {
        return Err(invalid("`id` is not a whole number from 1"));
    };
    if message.remove("jsonrpc").as_ref().and_then(Value::as_str) != Some("2.0") {
        return Err(invalid("`jsonrpc` is not \"2.0\""));
    }
    let Some(Value::String(method)) = message.remove("method") else {
        return Err(invalid("`method` is not a text"));
    };
    let Some(params @ Value::Object(_)) = message.remove("params") else {
        return Err((
            id,
            (
                Code::InvalidParams,
                format!("`params` of {method} is not an object: write {{}} for none"),
            ),
        ));
    };
    match first_key(&message) {
        Some(field) => Err(invalid(&format!("unknown field `{field}`"))),
        None => Ok(Request {
            id: number,
            method,
            params,
        }),
    }
}

/// The largest whole number that every JSON reader keeps.
const MAX_ID: u64 = (1 << 53) - 1;

fn first_key(rest: &Map<String, Value>) -> Option<&String> {
    rest.keys().next()
}

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
