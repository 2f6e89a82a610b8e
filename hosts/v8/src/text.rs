//! Text and thrown values across the boundary. Nothing here runs code of the guest.

use evenlane_host_core::failure::Failure;

/// The text of a string value; `None` where it is no string or holds a lone surrogate.
pub fn exact(scope: &mut v8::PinScope<'_, '_>, value: v8::Local<'_, v8::Value>) -> Option<String> {
    let string = v8::Local::<v8::String>::try_from(value).ok()?;
    if string.contains_only_onebyte() {
        return Some(string.to_rust_string_lossy(scope));
    }
    let mut units = vec![0u16; string.length()];
    string.write_v2(scope, 0, &mut units, v8::WriteFlags::empty());
    String::from_utf16(&units).ok()
}

/// What a thrown value says: an error's own message, a string itself, and V8's side-effect free text for all else.
pub fn thrown(scope: &mut v8::PinScope<'_, '_>, value: v8::Local<'_, v8::Value>) -> String {
    if value.is_string() {
        return value.to_rust_string_lossy(scope);
    }
    own_message(scope, value).unwrap_or_else(|| {
        let text = v8::Exception::create_message(scope, value)
            .get(scope)
            .to_rust_string_lossy(scope);
        text.strip_prefix("Uncaught ").map(str::to_owned).unwrap_or(text)
    })
}

/// The failure of a call whose guest threw that value.
pub fn failure(scope: &mut v8::PinScope<'_, '_>, thrown_value: v8::Local<'_, v8::Value>) -> Failure {
    Failure::guest(thrown(scope, thrown_value))
}

/// A scope that catches what guests throw.
pub type Catching<'t, 'c, 's, 'i> = v8::PinnedRef<'t, v8::TryCatch<'c, 's, v8::HandleScope<'i>>>;

/// Why a guest's code gave nothing: the failure of its call, or `None` where its turn was stopped.
pub type Halt = Option<Failure>;

/// Why what ran in that scope gave nothing.
pub fn caught(scope: &mut Catching<'_, '_, '_, '_>) -> Halt {
    if scope.has_terminated() {
        return None;
    }
    let thrown = scope.exception()?;
    Some(failure(scope, thrown))
}

/// What was caught, for people.
pub fn caught_message(scope: &mut Catching<'_, '_, '_, '_>) -> String {
    caught(scope).map_or_else(|| "it was stopped".to_owned(), |failure| failure.message)
}

/// The `message` of an error that has one as a plain property of its own; a getter is not asked.
fn own_message(scope: &mut v8::PinScope<'_, '_>, value: v8::Local<'_, v8::Value>) -> Option<String> {
    if !value.is_native_error() {
        return None;
    }
    let error = v8::Local::<v8::Object>::try_from(value).ok()?;
    let key = v8::String::new(scope, "message")?;
    let descriptor = error.get_own_property_descriptor(scope, key.into())?;
    let descriptor = v8::Local::<v8::Object>::try_from(descriptor).ok()?;
    let key = v8::String::new(scope, "value")?;
    // Own, lest a getter be asked that a guest has put on `Object.prototype`.
    if !descriptor.has_own_property(scope, key.into())? {
        return None;
    }
    let text = descriptor.get(scope, key.into())?;
    text.is_string().then(|| text.to_rust_string_lossy(scope))
}
