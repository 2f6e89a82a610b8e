//! The host end to end, with guests written by hand.

mod ambient;
mod calls;
mod cancelling;
mod javascript;
mod points;
mod support;
mod termination;
mod update;
mod wasm;
