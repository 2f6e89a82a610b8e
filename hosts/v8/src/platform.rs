//! V8's process-wide set-up.
//!
//! The single-threaded platform with the flag `--single-threaded` (without the flag the first scavenge crashes): V8
//! then starts no thread of its own, so the number of threads does not depend on what guests do, and every isolate
//! collects and compiles on the thread that runs it. V8's foreground tasks are run after each turn: they free what
//! collected objects held outside of the heap. The two parts of ECMAScript whose jobs would run a guest there,
//! outside of any turn, are taken away from guests: see `sandbox.rs`.

use std::sync::OnceLock;

/// Flags that V8 is started with. A wasm memory may have 4,096 pages of 64 KiB, which is 256 MiB. The stack of a
/// suspended wasm call has 512 KiB, of which only what it touches takes memory.
const FLAGS: &str = "--single-threaded --wasm-max-mem-pages=4096 --wasm-stack-switching-stack-size=512";

static PLATFORM: OnceLock<v8::SharedRef<v8::Platform>> = OnceLock::new();

/// Initialises V8. To be called first on the main thread: V8 asks that every thread that enters an isolate descends
/// from the one that initialised it.
pub fn initialize() {
    PLATFORM.get_or_init(|| {
        v8::V8::set_flags_from_string(FLAGS);
        let platform = v8::new_single_threaded_default_platform(false).make_shared();
        v8::V8::initialize_platform(platform.clone());
        v8::V8::initialize();
        platform
    });
}

/// Runs the tasks that V8 has set itself for that isolate.
pub fn pump(isolate: &v8::Isolate) {
    if let Some(platform) = PLATFORM.get() {
        while v8::Platform::pump_message_loop(platform, isolate, false) {}
    }
}
