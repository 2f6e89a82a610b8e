//! The host end to end, with guests written by hand.

mod javascript;
mod support;
mod termination;
mod wasm;
