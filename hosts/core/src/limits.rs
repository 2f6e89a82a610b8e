//! The bounds that a host declares. Passing one is a `limit` refusal or failure, never a truncation.

use std::time::Duration;

/// Bytes of any one JSON text that crosses between guest and host: a row, a result, arguments, a request's head.
pub const JSON_BYTES: usize = 16 << 20;
/// Bytes of a row's key.
pub const KEY_BYTES: usize = 16 << 20;
/// Bytes of a request's body.
pub const REQUEST_BODY_BYTES: usize = 32 << 20;
/// Bytes of a response's body.
pub const RESPONSE_BODY_BYTES: usize = 32 << 20;
/// Bytes of the JSON that one scan gives.
pub const SCAN_BYTES: usize = 64 << 20;
/// Redirects that one fetch follows.
pub const REDIRECTS: usize = 10;
/// Time limit of a fetch, from its issue to its last byte, in milliseconds of the host's clock.
pub const FETCH_MILLIS: f64 = 30_000.0;
/// Requests that a lane takes in a row while a completion is ready, before it takes that completion.
pub const REQUEST_BURST: usize = 64;
/// CPU time that one turn of a guest may take before its call ends with the category `budget`. An engine enforces it.
pub const TURN_BUDGET: Duration = Duration::from_secs(10);

/// The environment's value for [`TURN_BUDGET`] in milliseconds, for tests of termination.
const TURN_BUDGET_VARIABLE: &str = "EVENLANE_TURN_BUDGET_MS";

/// [`TURN_BUDGET`], or what the environment variable `EVENLANE_TURN_BUDGET_MS` puts in its place. The error says what is wrong with it.
pub fn turn_budget() -> Result<Duration, String> {
    let Some(text) = std::env::var_os(TURN_BUDGET_VARIABLE) else {
        return Ok(TURN_BUDGET);
    };
    let millis = text
        .to_str()
        .and_then(|text| text.parse().ok())
        .filter(|&millis: &u64| millis > 0);
    let invalid = || format!("{TURN_BUDGET_VARIABLE} is {text:?}; give a whole number of milliseconds from 1");
    millis.map(Duration::from_millis).ok_or_else(invalid)
}
