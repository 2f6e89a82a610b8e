//! JavaScript guests: each in a JavaScript engine that is itself wasm, so that a guest is in two sandboxes.

mod blocking;
mod bound;
mod engine;
mod exports;
mod imports;
mod instance;
mod lane;
mod load;
mod methods;
mod program;
mod promises;
mod quickjs;
mod realm;
mod running;

pub(crate) use engine::{JsEngine, QUICKJS_VERSION};
pub(crate) use program::JsProgram;
