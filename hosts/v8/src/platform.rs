//! V8's process-wide set-up.
//!
//! The single-threaded platform with the flag `--single-threaded` (without the flag the first scavenge crashes): V8
//! then starts no thread of its own, so the number of threads does not depend on what guests do, and every isolate
//! collects and compiles on the thread that runs it. V8's foreground tasks are never pumped. Its collector is driven
//! by allocation and does not need them; what does is `FinalizationRegistry` callbacks and `Atomics.waitAsync`, which
//! would run a guest outside of any turn.

use std::sync::Once;

/// Flags that V8 is started with. A wasm memory may have 4,096 pages of 64 KiB, which is 256 MiB.
const FLAGS: &str = "--single-threaded --wasm-max-mem-pages=4096";

/// Initialises V8. To be called first on the main thread: V8 asks that every thread that enters an isolate descends
/// from the one that initialised it.
pub fn initialize() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        v8::V8::set_flags_from_string(FLAGS);
        v8::V8::initialize_platform(v8::new_single_threaded_default_platform(false).make_shared());
        v8::V8::initialize();
    });
}
