//! The host end to end, with guests written by hand.

mod cancelling;
mod javascript;
mod points;
mod support;
mod termination;
mod wasm;
