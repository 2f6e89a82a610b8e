//! What the tests of the protocol stand on: the kit's side of it, a gated origin and an engine without a language.

pub mod client;
pub mod engine;
pub mod origin;
