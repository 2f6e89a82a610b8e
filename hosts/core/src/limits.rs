//! The bounds that a host declares, and those that an operator sets for one module. Passing one is a `limit` refusal or failure, never a truncation.

use std::time::Duration;

/// Bytes of any one JSON text that crosses between guest and host: a row, a result, arguments, a request's head.
pub const JSON_BYTES: usize = 16 << 20;
/// How deep arrays and objects of a JSON text may nest.
pub const JSON_DEPTH: usize = 128;
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
/// Time limit of a fetch that sets none, from its issue to its last byte, in milliseconds of the host's clock.
pub const FETCH_MILLIS: f64 = 30_000.0;
/// The longest that a fetch may set.
pub const MOST_FETCH_MILLIS: f64 = 180_000.0;
/// Requests that a lane takes in a row while a completion is ready, before it takes that completion.
pub const REQUEST_BURST: usize = 64;
/// CPU time that one turn of a guest may take before its call ends with the category `budget`. An engine enforces it.
pub const TURN_BUDGET: Duration = Duration::from_secs(10);

/// Bytes of stack of a thread that runs turns of guests: addresses, of which those count that are touched. An engine that is itself
/// wasm recurses with its guest, in large frames.
pub const TURN_STACK_BYTES: usize = 8 << 20;

/// The bounds of one module: those above, where its operator has set no others.
#[derive(Clone, Debug)]
pub struct Limits {
    /// CPU time of one turn; an engine enforces it.
    pub turn: Duration,
    /// Bytes of memory of one instance; an engine enforces it, and has its own bound where none is set.
    pub memory_bytes: Option<usize>,
    /// Milliseconds of the host's clock from the beginning of a procedure to its end.
    pub call_millis: Option<f64>,
    /// Procedures in flight on the lane, and as many on the blocking path; the next waits.
    pub in_flight: Option<usize>,
    /// Calls of clients that wait for their beginning; the next is refused.
    pub queued: Option<usize>,
    /// Bytes of a response's body.
    pub response_bytes: usize,
    /// Redirects that one fetch follows.
    pub redirects: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            turn: TURN_BUDGET,
            memory_bytes: None,
            call_millis: None,
            in_flight: None,
            queued: None,
            response_bytes: RESPONSE_BODY_BYTES,
            redirects: REDIRECTS,
        }
    }
}
