//! Failures that engines find out and word alike.

use super::LoadError;
use crate::{
    call::Call,
    failure::{Category, Failure},
};

/// A reducer gave a promise or another thenable.
pub fn async_reducer(call: &Call) -> Failure {
    let message = format!(
        "{} gave a promise or another thenable: a reducer is synchronous and its transaction ends when it returns",
        call.function()
    );
    Failure::new(Category::AsyncReducer, message)
}

/// A synchronous procedure gave a promise or another thenable.
pub fn promise_from_sync(call: &Call) -> Failure {
    let message = format!(
        "{name} is a synchronous procedure but gave a promise or another thenable: declare it as a native async \
         function, so that it runs on the lane. What it had committed stays",
        name = call.function()
    );
    Failure::new(Category::PromiseFromSync, message)
}

/// An async procedure gave a thenable that is no promise.
pub fn thenable_from_async() -> Failure {
    Failure::guest("`call` of the module must give a promise for an async procedure, but gave another thenable")
}

/// A result cannot be brought into UTF-8.
pub fn lone_surrogate() -> Failure {
    Failure::new(Category::BadValue, "the result's JSON text holds a lone surrogate")
}

/// The instance of a thread of the pool was lost with an earlier call, and none can be made in its place.
pub fn not_rebuilt(error: LoadError) -> Failure {
    let message = format!("the instance could not be rebuilt: {}", error.into_message());
    Failure::new(Category::LaneLost, message)
}
