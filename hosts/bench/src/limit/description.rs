//! What the module `load` says of itself. A test of the kit compares it with the compiled modules.

use evenlane_host_core::engine::Guest;
use serde_json::{Value, json};

/// The description of the TypeScript module.
const LOAD: &str = include_str!("load.json");

/// The description, with the modes that procedures have in that language.
pub fn of(guest: Guest) -> String {
    if guest == Guest::Ts {
        return LOAD.to_owned();
    }
    let mut description: Value = serde_json::from_str(LOAD).expect("the file is JSON");
    let functions = description["functions"].as_array_mut();
    for function in functions.expect("a description has functions") {
        if function["kind"] == "procedure" {
            function["mode"] = json!("suspended");
        }
    }
    description.to_string()
}
