//! An isolate with one context: where guests run. It is entered for each use only, so that several can live on a thread
//! and be dropped in any order.

use std::{mem::ManuallyDrop, sync::Arc};

use evenlane_host_core::limits::Limits;

use crate::{
    buffers, platform,
    watchdog::{Home, Stop, Watch},
};

/// Limit of an isolate's heap in bytes, where the operator sets none; buffers outside of it have their own in [`buffers`].
const HEAP_BYTES: usize = 256 << 20;
/// The same where no guest's JavaScript runs. V8 counts the memories of wasm instances against half of it, and collects
/// the whole heap again and again once they pass that.
const HOST_HEAP_BYTES: usize = 4 << 30;
/// What the limit is raised by, once, so that a guest that has reached it can be stopped: room for the longest array or
/// string that it can ask for at once, for V8 ends the process where one allocation does not fit.
const HEADROOM_BYTES: usize = 2 << 30;

/// What a guest finds in its global scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Globals {
    /// What ECMAScript defines, and nothing else: for JavaScript guests.
    Bare,
    /// V8's own: for the host's glue alone, where no guest's JavaScript runs.
    Host,
}

/// An isolate, its one context and the watch over both.
#[derive(Debug)]
pub struct Sandbox {
    isolate: ManuallyDrop<v8::OwnedIsolate>,
    context: ManuallyDrop<v8::Global<v8::Context>>,
    watch: Arc<Watch>,
}

impl Sandbox {
    /// A new isolate on this thread, where it has to stay, with the bounds of a turn and, where a guest's JavaScript runs,
    /// of memory.
    pub fn new(globals: Globals, limits: &Limits) -> Sandbox {
        let (limit, buffers) = match (globals, limits.memory_bytes) {
            (Globals::Bare, Some(bytes)) => (bytes, bytes.min(buffers::BYTES)),
            (Globals::Bare, None) => (HEAP_BYTES, buffers::BYTES),
            (Globals::Host, _) => (HOST_HEAP_BYTES, buffers::BYTES),
        };
        let params = v8::Isolate::create_params()
            .heap_limits(limit / 4, limit)
            .array_buffer_allocator(buffers::bounded_allocator(buffers))
            .allow_atomics_wait(false);
        let mut isolate = v8::Isolate::new(params);
        isolate.set_microtasks_policy(v8::MicrotasksPolicy::Explicit);
        let watch = Watch::new(isolate.thread_safe_handle(), limits.turn);
        isolate.add_near_heap_limit_callback(near_heap_limit, Arc::as_ptr(&watch).cast_mut().cast());
        let context = {
            v8::scope!(let scope, &mut isolate);
            let context = v8::Context::new(scope, v8::ContextOptions::default());
            let scope = &mut v8::ContextScope::new(scope, context);
            if globals == Globals::Bare {
                strip(scope, context);
            }
            let context = v8::Global::new(scope, context);
            scope.set_slot(Home(context.clone()));
            context
        };
        // SAFETY: V8 entered it on creation; every later use enters it again.
        unsafe { isolate.exit() };
        Sandbox {
            isolate: ManuallyDrop::new(isolate),
            context: ManuallyDrop::new(context),
            watch,
        }
    }

    /// The watch, for host calls that wait.
    pub fn watch(&self) -> &Arc<Watch> {
        &self.watch
    }

    /// Runs the host's own code in the context. Guests run through [`Sandbox::turn`].
    pub fn with<R>(&mut self, work: impl FnOnce(&mut v8::PinScope<'_, '_>) -> R) -> R {
        let _entered = Entered::new(&self.isolate);
        let isolate: &mut v8::Isolate = &mut self.isolate;
        v8::scope_with_context!(let scope, isolate, &*self.context);
        work(scope)
    }

    /// Runs a turn: with a fresh handle scope, under the watchdog. After a stop the isolate has to be dropped: V8 has
    /// emptied its microtask queue and guests' state may be half changed.
    pub fn turn<R>(&mut self, work: impl FnOnce(&mut v8::PinScope<'_, '_>) -> R) -> (R, Option<Stop>) {
        let watch = self.watch.clone();
        self.with(|scope| {
            watch.arm();
            let result = work(scope);
            let stop = watch.disarm();
            platform::pump(scope);
            (result, stop)
        })
    }

    /// Collects all garbage and gives its pages back to the system. Not while guest code runs.
    pub fn give_back(&mut self) {
        self.with(|scope| {
            scope.low_memory_notification();
            platform::pump(scope);
        });
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // SAFETY: neither is used again; the isolate has to be entered when it is dropped, and leaves then.
        unsafe {
            self.isolate.enter();
            self.isolate.remove_near_heap_limit_callback(near_heap_limit, 0);
            ManuallyDrop::drop(&mut self.context);
            ManuallyDrop::drop(&mut self.isolate);
        }
    }
}

/// An entered isolate; left when dropped, also by a panic.
struct Entered(v8::UnsafeRawIsolatePtr);

impl Entered {
    fn new(isolate: &v8::OwnedIsolate) -> Entered {
        // SAFETY: the isolate was made on this thread, and nothing else has entered it.
        unsafe {
            isolate.enter();
            Entered(isolate.as_raw_isolate_ptr())
        }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        // SAFETY: it was entered by `new` and is still the current one: uses nest.
        unsafe { v8::Isolate::ref_from_raw_isolate_ptr(&self.0).exit() };
    }
}

/// Raises the limit once, by a fixed amount, and has the turn stopped. V8 calls it again at the raised limit; a guest
/// that gets there has allocated the whole headroom between two instructions.
unsafe extern "C" fn near_heap_limit(data: *mut std::ffi::c_void, current: usize, initial: usize) -> usize {
    // SAFETY: `data` is the isolate's own watch, which outlives the isolate.
    let watch = unsafe { &*data.cast::<Watch>() };
    watch.stop_for_heap();
    current.max(initial + HEADROOM_BYTES)
}

/// Takes away what V8 adds to ECMAScript, and the two parts of ECMAScript whose jobs a host schedules by itself: they
/// would run a guest outside of any turn.
fn strip(scope: &mut v8::PinScope<'_, '_>, context: v8::Local<'_, v8::Context>) {
    let global = context.global(scope);
    remove(scope, global, "console");
    remove(scope, global, "WebAssembly");
    // They read the machine's clock, time zone and language.
    remove(scope, global, "Intl");
    remove(scope, global, "Temporal");
    remove(scope, global, "FinalizationRegistry");
    let name = v8::String::new_from_one_byte(scope, b"Atomics", v8::NewStringType::Internalized);
    let atomics = name.and_then(|name| global.get(scope, name.into()));
    if let Some(atomics) = atomics.and_then(|atomics| v8::Local::<v8::Object>::try_from(atomics).ok()) {
        remove(scope, atomics, "waitAsync");
    }
}

fn remove(scope: &mut v8::PinScope<'_, '_>, from: v8::Local<'_, v8::Object>, name: &'static str) {
    if let Some(name) = v8::String::new(scope, name) {
        from.delete(scope, name.into());
    }
}
