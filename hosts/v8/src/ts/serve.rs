//! What the methods of host objects have in common: their receiver, their arguments, their answers.

use std::rc::Rc;

use evenlane_host_core::{
    engine::{CallId, Signal, signal_from},
    failure::{Code, Refusal},
};

use super::state::{Running, State};
use crate::text;

/// Arguments of a method.
pub type Args<'s> = v8::FunctionCallbackArguments<'s>;
/// Where a method puts what it gives.
pub type Return<'s> = v8::ReturnValue<'s, v8::Value>;
/// The scope that a method runs in.
pub type Scope<'s, 'i, 'a> = &'a mut v8::PinScope<'s, 'i>;

/// What a method gives where nothing refuses.
pub enum Answer<'s> {
    /// Nothing.
    Nothing,
    /// 0.
    Zero,
    /// A string.
    Text(String),
    /// A `Uint8Array`.
    Bytes(Vec<u8>),
    /// A number.
    Number(i32),
    /// A number that may be no 32-bit integer.
    Float(f64),
    /// A promise.
    Promise(v8::Local<'s, v8::Promise>),
    /// An exception is on its way to the guest.
    Thrown,
}

/// The call that the receiver works for, while it runs.
pub fn receiver(scope: Scope<'_, '_, '_>, args: &Args<'_>) -> Option<(Rc<State>, Rc<Running>)> {
    let state = State::of(scope)?;
    let field = args.this().get_internal_field(scope, 0)?;
    let number = v8::Local::<v8::Number>::try_from(field).ok()?;
    let running = state.find(number.value() as CallId)?;
    Some((state, running))
}

/// Runs a method for the call of its receiver, and hands over what it gave.
pub fn serve<'s, 'i>(
    scope: Scope<'s, 'i, '_>,
    args: &Args<'s>,
    mut give: Return<'s>,
    method: impl FnOnce(Scope<'s, 'i, '_>, &State, &Running) -> Result<Answer<'s>, Refusal>,
) {
    let Some((state, running)) = receiver(scope, args) else {
        return give.set_int32(Code::HandleClosed.number());
    };
    let answer = method(scope, &state, &running).and_then(|answer| match answer {
        Answer::Text(text) => match v8::String::new(scope, &text) {
            Some(string) => {
                give.set(string.into());
                Ok(())
            }
            None => Err(Refusal::new(
                Code::Limit,
                "the answer is longer than the longest string of this engine",
            )),
        },
        Answer::Bytes(bytes) => match byte_array(scope, bytes) {
            Some(array) => {
                give.set(array);
                Ok(())
            }
            None => Err(Refusal::new(
                Code::Limit,
                "the answer does not fit in the memory of this engine",
            )),
        },
        Answer::Zero => {
            give.set_int32(0);
            Ok(())
        }
        Answer::Number(number) => {
            give.set_int32(number);
            Ok(())
        }
        Answer::Float(number) => {
            give.set_double(number);
            Ok(())
        }
        Answer::Promise(promise) => {
            give.set(promise.into());
            Ok(())
        }
        Answer::Nothing | Answer::Thrown => Ok(()),
    });
    if let Err(refusal) = answer {
        give.set_int32(running.refuse(refusal));
    }
}

fn byte_array<'s>(scope: Scope<'s, '_, '_>, bytes: Vec<u8>) -> Option<v8::Local<'s, v8::Value>> {
    let length = bytes.len();
    let store = v8::ArrayBuffer::new_backing_store_from_vec(bytes).make_shared();
    let buffer = v8::ArrayBuffer::with_backing_store(scope, &store);
    v8::Uint8Array::new(scope, buffer, 0, length).map(Into::into)
}

/// An argument that has to be text without lone surrogates.
pub fn text(scope: Scope<'_, '_, '_>, args: &Args<'_>, index: i32, name: &str) -> Result<String, Refusal> {
    text::exact(scope, args.get(index)).ok_or_else(|| {
        Refusal::new(
            Code::BadValue,
            format!("argument {} ({name}) must be a string of whole characters", index + 1),
        )
    })
}

/// An argument that has to be a number.
pub fn number(args: &Args<'_>, index: i32, name: &str) -> Result<f64, Refusal> {
    v8::Local::<v8::Number>::try_from(args.get(index))
        .map(|number| number.value())
        .map_err(|_| {
            Refusal::new(
                Code::BadValue,
                format!("argument {} ({name}) must be a number", index + 1),
            )
        })
}

/// An argument that names a signal.
pub fn signal(args: &Args<'_>, index: i32) -> Result<Signal, Refusal> {
    signal_from(number(args, index, "signal")?).ok_or_else(|| {
        let message = format!("argument {} (signal) must be a whole number from 1", index + 1);
        Refusal::new(Code::BadValue, message)
    })
}

/// An argument that names a response.
pub fn handle(args: &Args<'_>) -> Option<u32> {
    v8::Local::<v8::Uint32>::try_from(args.get(0))
        .ok()
        .map(|handle| handle.value())
}

/// The body of a request: a copy, since the guest may change its own at once.
pub fn body(args: &Args<'_>) -> Result<Vec<u8>, Refusal> {
    let value = args.get(1);
    if value.is_null_or_undefined() {
        return Ok(Vec::new());
    }
    let array = v8::Local::<v8::Uint8Array>::try_from(value)
        .map_err(|_| Refusal::new(Code::BadValue, "argument 2 (body) must be a Uint8Array or null"))?;
    let mut bytes = vec![0; array.byte_length()];
    let copied = array.copy_contents(&mut bytes);
    bytes.truncate(copied);
    Ok(bytes)
}

/// Whether a value is an object with a callable `then`; `None` where reading it threw. Runs a getter of the guest.
pub fn is_thenable(scope: Scope<'_, '_, '_>, value: v8::Local<'_, v8::Value>) -> Option<bool> {
    let Ok(object) = v8::Local::<v8::Object>::try_from(value) else {
        return Some(false);
    };
    let key = v8::String::new(scope, "then")?;
    object.get(scope, key.into()).map(|then| then.is_function())
}
