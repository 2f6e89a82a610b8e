//! The bounds that a host declares. Passing one is a `limit` refusal or failure, never a truncation.

use std::time::Duration;

/// Bytes of any one JSON text that crosses between guest and host: a row, a result, arguments, a request's head.
pub const JSON_BYTES: usize = 16 << 20;
/// Bytes of a row's key.
pub const KEY_BYTES: usize = 1 << 20;
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
/// Requests that a lane takes in a row before it takes one ready completion.
pub const REQUEST_BURST: usize = 64;
/// Time that one turn of a guest may take before its call ends with the category `budget`. An engine enforces it.
pub const TURN_BUDGET: Duration = Duration::from_secs(10);
