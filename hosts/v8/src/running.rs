//! Which call the running code belongs to: V8's continuation-preserved embedder data, which each `await` captures and
//! each continuation restores. It names the call of an unhandled rejection and the culprit of an endless loop.

use evenlane_host_core::engine::CallId;

/// Marks what runs from here as that call's.
pub fn enter(scope: &mut v8::PinScope<'_, '_>, call: CallId) {
    // Exact: call numbers stay far below 2^53.
    let number = v8::Number::new(scope, call as f64);
    #[cfg(feature = "saboteurs")]
    ENTERED.set(Some(call));
    scope.set_continuation_preserved_embedder_data(number.into());
}

#[cfg(feature = "saboteurs")]
thread_local! {
    /// The call whose first code runs on this thread.
    static ENTERED: std::cell::Cell<Option<CallId>> = const { std::cell::Cell::new(None) };
}

/// Marks what runs from here as no call's.
pub fn leave(scope: &mut v8::PinScope<'_, '_>) {
    #[cfg(feature = "saboteurs")]
    ENTERED.set(None);
    let undefined = v8::undefined(scope);
    scope.set_continuation_preserved_embedder_data(undefined.into());
}

/// The call whose code is running. Runs nothing of the guest.
pub fn read(scope: &v8::PinScope<'_, '_>) -> Option<CallId> {
    let data = scope.get_continuation_preserved_embedder_data();
    v8::Local::<v8::Number>::try_from(data)
        .ok()
        .map(|number| number.value() as CallId)
}

/// The call whose code is running, as the guest's surroundings are told.
pub fn tell(scope: &v8::PinScope<'_, '_>) -> Option<CallId> {
    let call = read(scope);
    #[cfg(feature = "saboteurs")]
    if call.is_some() && ENTERED.get().is_none() && evenlane_host_core::fault!("call-id-lost-across-await") {
        return None;
    }
    call
}
