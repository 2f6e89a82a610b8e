//! JavaScript guests end to end. The guests and what is expected of them are those of the V8 host's tests: two engines behind the same
//! contract. Not among them is what V8 alone knows: whose code a continuation is that runs in the turn of another call.

#[path = "../../../v8/tests/host/ambient.rs"]
mod ambient;
#[path = "../../../v8/tests/host/calls.rs"]
mod calls;
#[path = "../../../v8/tests/host/cancelling.rs"]
mod cancelling;
#[path = "../../../v8/tests/host/javascript.rs"]
mod javascript;
#[path = "../../../v8/tests/host/points.rs"]
mod points;
#[path = "../../../v8/tests/host/support.rs"]
mod support;
#[path = "../../../v8/tests/host/termination.rs"]
mod termination;
#[path = "../../../v8/tests/host/update.rs"]
mod update;

use serde_json::Value;

/// The host that is tested.
const BINARY: &str = env!("CARGO_BIN_EXE_evenlane-host-wasmtime");
/// What a thrown value says that has no text of its own.
const UNWORDED: &str = "the guest threw an object that is no error";

fn check_engines(engines: &Value) {
    assert_eq!(engines[0]["name"], "wasmtime");
    assert_eq!(engines[1]["name"], "quickjs-ng");
}
