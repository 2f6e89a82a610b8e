//! The host end to end, with guests written by hand.

mod ambient;
mod calls;
mod cancelling;
mod identity;
mod javascript;
mod points;
mod support;
mod termination;
mod update;
mod wasm;

use serde_json::Value;

/// The host that is tested.
const BINARY: &str = env!("CARGO_BIN_EXE_evenlane-host-v8");
/// What a thrown value says that has no text of its own.
const UNWORDED: &str = "#<Object>";

fn check_engines(engines: &Value) {
    assert_eq!(engines[0]["name"], "v8");
    assert!(engines[0]["version"].as_str().unwrap().starts_with("15.2."));
}
