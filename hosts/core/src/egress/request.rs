//! A request as the guest hands it over, checked before anything leaves the host.

use bytes::Bytes;
use reqwest::{
    Method, Url,
    header::{HeaderMap, HeaderName, HeaderValue},
};
use serde::Deserialize;

use crate::{
    canonical,
    failure::{Code, Refusal},
    limits,
};

/// A request that may be sent.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub url: Url,
    pub method: Method,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// Time limit, from the issue to the last byte, in milliseconds of the host's clock.
    pub timeout_millis: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Raw {
    url: String,
    method: Option<String>,
    #[serde(default)]
    headers: Vec<(String, String)>,
    #[serde(default = "usual_timeout")]
    timeout_ms: f64,
}

fn usual_timeout() -> f64 {
    limits::FETCH_MILLIS
}

/// Headers by which a message is framed and a connection managed: a guest that set them could smuggle a second request.
const HOST_ONLY: [&str; 9] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

impl Request {
    /// Checks the guest ABI's JSON and body. Refuses with `bad-value` or `limit`; no message holds the query.
    pub fn parse(json: &str, body: Vec<u8>) -> Result<Request, Refusal> {
        let value = canonical::parse(json, "the request")?;
        let raw = Raw::deserialize(&value).map_err(|error| bad(format!("the request: {error}")))?;
        if body.len() > limits::REQUEST_BODY_BYTES {
            let message = format!(
                "the request's body has {} bytes; the limit is {}",
                body.len(),
                limits::REQUEST_BODY_BYTES
            );
            return Err(Refusal::new(Code::Limit, message));
        }
        Ok(Request {
            url: url(&raw.url)?,
            method: method(raw.method.as_deref())?,
            headers: headers(&raw.headers)?,
            body: body.into(),
            timeout_millis: timeout(raw.timeout_ms)?,
        })
    }
}

fn bad(message: impl Into<String>) -> Refusal {
    Refusal::new(Code::BadValue, message)
}

fn url(text: &str) -> Result<Url, Refusal> {
    let mut url = Url::parse(text).map_err(|error| bad(format!("the URL is not an absolute one: {error}")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(bad(format!(
            "the URL's scheme is `{}`: only http and https are fetched",
            url.scheme()
        )));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad("the URL holds credentials: send them in a header"));
    }
    url.set_fragment(None);
    Ok(url)
}

fn timeout(millis: f64) -> Result<f64, Refusal> {
    if millis < 1.0 || millis.fract() != 0.0 {
        return Err(bad(format!("`timeoutMs` is {millis}: give a whole number from 1")));
    }
    Ok(millis.min(limits::MOST_FETCH_MILLIS))
}

/// Upper case for the methods that the Fetch standard normalizes; the others as they are.
fn method(text: Option<&str>) -> Result<Method, Refusal> {
    let text = text.unwrap_or("GET");
    let upper = text.to_ascii_uppercase();
    match upper.as_str() {
        "CONNECT" | "TRACE" | "TRACK" => Err(bad(format!("the method {upper} is not for guests"))),
        "DELETE" | "GET" | "HEAD" | "OPTIONS" | "POST" | "PUT" => {
            Ok(Method::from_bytes(upper.as_bytes()).expect("these are tokens"))
        }
        _ => Method::from_bytes(text.as_bytes()).map_err(|_| bad("the method is not a token of RFC 9110")),
    }
}

fn headers(list: &[(String, String)]) -> Result<HeaderMap, Refusal> {
    let mut headers = HeaderMap::new();
    for (name, value) in list {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| {
            bad(format!(
                "the header name {} is not a token of RFC 9110",
                canonical::quote(name)
            ))
        })?;
        if HOST_ONLY.contains(&name.as_str()) || name.as_str().starts_with("proxy-") {
            return Err(bad(format!("the header `{name}` is the host's to set")));
        }
        let bytes = latin1(value.trim_matches(['\t', '\n', '\r', ' ']));
        let value = bytes.and_then(|bytes| HeaderValue::from_bytes(&bytes).ok());
        headers.append(
            name.clone(),
            value.ok_or_else(|| {
                bad(format!(
                    "the value of the header `{name}` holds a character that no header may hold"
                ))
            })?,
        );
    }
    Ok(headers)
}

/// One byte for each character up to U+00FF, as the Fetch standard writes header values.
fn latin1(text: &str) -> Option<Vec<u8>> {
    text.chars()
        .map(|character| u8::try_from(u32::from(character)).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(json: &str) -> String {
        let refusal = Request::parse(json, Vec::new()).unwrap_err();
        assert_eq!(refusal.code, Code::BadValue, "{json}");
        refusal.message
    }

    #[test]
    fn a_request_is_read() {
        let json = r#"{"url":"http://h:1/a?q#f","method":"post","headers":[["X-A","1"],["x-a"," ü "]]}"#;
        let request = Request::parse(json, vec![0, 255]).unwrap();
        assert_eq!(request.url.as_str(), "http://h:1/a?q");
        assert_eq!(request.method, Method::POST);
        let values: Vec<&[u8]> = request
            .headers
            .get_all("x-a")
            .iter()
            .map(HeaderValue::as_bytes)
            .collect();
        assert_eq!(values, [b"1".as_slice(), b"\xfc"]);
        assert_eq!(
            Request::parse(r#"{"url":"http://h/"}"#, Vec::new()).unwrap().method,
            Method::GET
        );
    }

    #[test]
    fn what_is_no_request_is_refused_without_its_query() {
        refused("{}");
        refused(r#"{"url":"http://h/","body":"x"}"#);
        refused(r#"{"url":"/relative?secret"}"#);
        refused(r#"{"url":"ftp://h/"}"#);
        refused(r#"{"url":"http://h/","method":"A B"}"#);
        refused(r#"{"url":"http://h/","method":"trace"}"#);
        refused(r#"{"url":"http://h/","headers":[["a b","1"]]}"#);
        refused(r#"{"url":"http://h/","headers":[["a","1\r\nb: 2"]]}"#);
        refused(r#"{"url":"http://h/","headers":[["a","€"]]}"#);
        refused(r#"{"url":"http://h/","headers":[["Content-Length","3"]]}"#);
        assert!(!refused(r#"{"url":"http://user:secret@h/?secret"}"#).contains("secret"));
        assert!(!refused(r#"{"url":"http://h:x/?secret"}"#).contains("secret"));
    }

    #[test]
    fn a_request_may_set_its_time_limit() {
        let timeout = |value: &str| {
            let request = format!(r#"{{"url":"http://h/","timeoutMs":{value}}}"#);
            Request::parse(&request, Vec::new()).map(|request| request.timeout_millis)
        };
        assert_eq!(
            Request::parse(r#"{"url":"http://h/"}"#, Vec::new())
                .unwrap()
                .timeout_millis,
            30_000.0
        );
        for (value, millis) in [
            ("1", 1.0),
            ("2e3", 2000.0),
            ("180000", 180_000.0),
            ("180001", 180_000.0),
            ("1e300", 180_000.0),
        ] {
            assert_eq!(timeout(value), Ok(millis));
        }
        for value in ["0", "-1", "0.5", "1.5", "\"1\"", "null"] {
            assert_eq!(timeout(value).unwrap_err().code, Code::BadValue, "{value}");
        }
    }

    #[test]
    fn a_body_over_the_bound_is_a_limit() {
        let body = vec![0; limits::REQUEST_BODY_BYTES + 1];
        assert_eq!(
            Request::parse(r#"{"url":"http://h/"}"#, body).unwrap_err().code,
            Code::Limit
        );
    }
}
