//! The memory maps that the system allows a process. An instance takes about five of them with its stack, V8 ends the
//! process when it gets no more, and it keeps a map of each stack that it frees. So they are estimated from above,
//! counted anew when the estimate comes near the limit, and a call is refused before they run out.

use std::{
    fs,
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
};

/// Maps of an instance: its memory, and what its memory may still grow into.
pub const INSTANCE: usize = 3;
/// Maps of a stack: itself and a guard on each side.
pub const STACK: usize = 3;
/// Linux's own value of `vm.max_map_count`.
const DEFAULT_LIMIT: usize = 65_530;

static ESTIMATE: AtomicUsize = AtomicUsize::new(0);

/// Nine tenths of the limit: V8's heap and the rest of the process take maps too.
fn limit() -> usize {
    static LIMIT: OnceLock<usize> = OnceLock::new();
    *LIMIT.get_or_init(|| {
        let limit = fs::read_to_string("/proc/sys/vm/max_map_count")
            .ok()
            .and_then(|text| text.trim().parse().ok());
        limit.unwrap_or(DEFAULT_LIMIT) / 10 * 9
    })
}

/// Takes room for that many maps; says whether there was any.
pub fn reserve(maps: usize) -> bool {
    if ESTIMATE.fetch_add(maps, Ordering::Relaxed) + maps <= limit() {
        return true;
    }
    // Where the system does not say, nothing is refused.
    let counted = fs::read("/proc/self/maps").map_or(0, |maps| maps.split(|byte| *byte == b'\n').count());
    ESTIMATE.store(counted + maps, Ordering::Relaxed);
    counted + maps <= limit()
}
