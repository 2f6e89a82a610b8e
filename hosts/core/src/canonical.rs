//! JSON as it crosses: parsed strictly, kept in the canonical form of RFC 8785.

use serde::Deserialize;
use serde_json::Value;

use crate::{
    failure::{Code, Refusal},
    limits,
};

/// Parses JSON text that a guest handed over. `what` names it in the message.
///
/// Refuses with `limit` what is longer than [`limits::JSON_BYTES`], and with `bad-value` what is not JSON, nests deeper than
/// [`limits::JSON_DEPTH`], holds a lone surrogate, or a number outside the range of a double.
pub(crate) fn parse(text: &str, what: &str) -> Result<Value, Refusal> {
    if text.len() > limits::JSON_BYTES {
        let message = format!(
            "{what} has {} bytes of JSON; the limit is {}",
            text.len(),
            limits::JSON_BYTES
        );
        return Err(Refusal::new(Code::Limit, message));
    }
    parse_any_length(text, what)
}

/// The same for text whose length is bounded elsewhere: what it refuses is `bad-value`.
pub(crate) fn parse_any_length(text: &str, what: &str) -> Result<Value, Refusal> {
    let bad = |message: String| Refusal::new(Code::BadValue, message);
    if is_too_deep(text) {
        return Err(bad(format!("{what} nests more than {} deep", limits::JSON_DEPTH)));
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    // Its own limit is one less; the depth is known by now.
    reader.disable_recursion_limit();
    let value = Value::deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    value.map_err(|error| bad(format!("{what} is not JSON: {error}")))
}

/// Whether arrays and objects nest deeper than they may. Looks at brackets alone, so that no text is too deep for it.
fn is_too_deep(text: &str) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => depth += 1,
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > limits::JSON_DEPTH {
            return true;
        }
    }
    false
}

/// The canonical text of a value. Integers beyond 2^53 become the nearest double, as RFC 8785 has it.
pub(crate) fn text(value: &Value) -> String {
    serde_json_canonicalizer::to_string(value).expect("a parsed value has text keys and finite numbers")
}

/// Brings JSON text that a guest handed over into canonical form. Refuses as [`parse`] does.
pub(crate) fn canonical(given: &str, what: &str) -> Result<String, Refusal> {
    parse(given, what).map(|value| text(&value))
}

/// A text as a JSON string.
pub(crate) fn quote(text: &str) -> String {
    serde_json::to_string(text).expect("a text is always JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_sorted_by_utf16_and_numbers_printed_as_ecmascript_does() {
        let text = canonical(r#"{"b":-0.0,"a":1e21,"😀":1.0,"ﬁ":9007199254740993}"#, "it").unwrap();
        assert_eq!(text, r#"{"a":1e+21,"b":0,"😀":1,"ﬁ":9007199254740992}"#);
    }

    #[test]
    fn doubles_are_read_to_the_last_bit() {
        for text in [
            "5e-324",
            "1.7976931348623157e+308",
            "0.1",
            "2.2250738585072014e-308",
            "333333333.3333333",
        ] {
            assert_eq!(canonical(text, "it").unwrap(), text);
        }
    }

    #[test]
    fn what_is_not_json_is_a_bad_value() {
        for text in ["", "nul", "1e400", "\"\\ud800\"", "[1,]", "{\"a\":1}x", "NaN"] {
            assert_eq!(canonical(text, "it").unwrap_err().code, Code::BadValue, "{text}");
        }
    }

    #[test]
    fn json_nests_so_deep_and_no_deeper() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(canonical(&nested(128), "it").unwrap(), nested(128));
        assert_eq!(canonical(&nested(129), "it").unwrap_err().code, Code::BadValue);
        assert_eq!(canonical(&nested(1 << 20), "it").unwrap_err().code, Code::BadValue);
        let beside = format!(r#"["\"{}\\",{}]"#, "[".repeat(200), nested(127));
        assert_eq!(canonical(&beside, "it").unwrap(), beside);
        assert_eq!(
            canonical(&vec!["[]"; 200].join(","), "it").unwrap_err().code,
            Code::BadValue
        );
    }

    #[test]
    fn one_byte_over_the_bound_is_a_limit() {
        let text = format!("\"{}\"", "x".repeat(limits::JSON_BYTES - 2));
        assert_eq!(canonical(&text, "it").unwrap().len(), limits::JSON_BYTES);
        assert_eq!(canonical(&format!("{text} "), "it").unwrap_err().code, Code::Limit);
    }
}
