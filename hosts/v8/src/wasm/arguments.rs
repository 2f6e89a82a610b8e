//! What a wasm guest hands over: numbers, and bytes of its memory, which is looked up anew for each access, since a
//! guest's memory moves when it grows.

use evenlane_host_core::failure::{Code, Refusal};

use super::state::Running;

/// What a host function is called with.
pub type Args<'s> = v8::FunctionCallbackArguments<'s>;
/// Where it runs.
pub type Scope<'s, 'i, 'a> = &'a mut v8::PinScope<'s, 'i>;

/// Why a host function gives no number.
pub enum Stop {
    /// The contract forbids it: the guest reads the code.
    Refused(Refusal),
    /// The instance is trapped with that message.
    Trap(String),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Stop {
        Stop::Refused(refusal)
    }
}

/// A 32-bit number.
pub fn integer(args: &Args<'_>, index: i32) -> i32 {
    v8::Local::<v8::Int32>::try_from(args.get(index)).map_or(0, |number| number.value())
}

/// A 64-bit floating-point number.
pub fn float(args: &Args<'_>, index: i32) -> f64 {
    v8::Local::<v8::Number>::try_from(args.get(index)).map_or(f64::NAN, |number| number.value())
}

/// Lends the guest's memory to `access`, which must run nothing of V8.
pub fn memory<R>(
    scope: Scope<'_, '_, '_>,
    running: &Running,
    access: impl FnOnce(&mut [u8]) -> Option<R>,
) -> Result<R, Stop> {
    let guest = running.guest.borrow();
    let guest = guest
        .as_ref()
        .ok_or_else(|| Stop::Trap("the instance is not ready: its start code called the host".to_owned()))?;
    let memory = v8::Local::new(scope, &guest.memory);
    let buffer = memory.buffer();
    let lent = match buffer.data() {
        // SAFETY: `data` is the start of `byte_length` bytes, which stay in place while nothing of V8 runs; the guest's
        // memory is not shared, and this is the only thread that has the isolate.
        Some(data) => access(unsafe { std::slice::from_raw_parts_mut(data.as_ptr().cast(), buffer.byte_length()) }),
        None => access(&mut []),
    };
    lent.ok_or_else(|| Stop::Trap("out of bounds: the guest gave an address outside of its memory".to_owned()))
}

/// The bytes that a pair of arguments, at `at` and after it, names: an address and a length.
pub fn bytes(scope: Scope<'_, '_, '_>, running: &Running, args: &Args<'_>, at: i32) -> Result<Vec<u8>, Stop> {
    let (start, length) = (integer(args, at) as u32 as usize, integer(args, at + 1) as u32 as usize);
    memory(scope, running, |memory| {
        memory.get(start..start + length).map(<[u8]>::to_vec)
    })
}

/// The same as text; `name` is what the message calls it.
pub fn text(scope: Scope<'_, '_, '_>, running: &Running, args: &Args<'_>, at: i32, name: &str) -> Result<String, Stop> {
    let bytes = bytes(scope, running, args, at)?;
    String::from_utf8(bytes)
        .map_err(|_| Stop::Refused(Refusal::new(Code::BadValue, format!("the {name} is not UTF-8"))))
}

/// The same for people: what is no UTF-8 is replaced.
pub fn lossy(scope: Scope<'_, '_, '_>, running: &Running, args: &Args<'_>, at: i32) -> Result<String, Stop> {
    bytes(scope, running, args, at).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}
