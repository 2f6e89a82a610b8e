//! How many wasm instances the process may hold. Each takes about five of the memory maps that the system allows a
//! process, and V8 ends the process when it gets no more of them, so instances are counted, dropped ones too until
//! they have been collected.

use std::{
    cell::Cell,
    rc::Rc,
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
};

/// Maps for each instance: five, and one to spare for the rest of the process.
const MAPS: usize = 6;
/// Linux's own value of `vm.max_map_count`.
const DEFAULT_MAPS: usize = 65_530;
/// Fewer dropped instances than this are not worth a collection.
const WORTH_COLLECTING: usize = 64;

static EXISTING: AtomicUsize = AtomicUsize::new(0);

fn capacity() -> usize {
    static CAPACITY: OnceLock<usize> = OnceLock::new();
    *CAPACITY.get_or_init(|| {
        let maps = std::fs::read_to_string("/proc/sys/vm/max_map_count").ok().and_then(|text| text.trim().parse().ok());
        maps.unwrap_or(DEFAULT_MAPS) / MAPS
    })
}

/// The instances of one isolate.
#[derive(Debug, Default)]
pub struct Tally {
    existing: Cell<usize>,
    dropped: Cell<usize>,
}

/// What one more instance needs first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// Nothing.
    Free,
    /// A collection, which frees the dropped ones.
    AfterCollection,
    /// The process holds as many as it may.
    None,
}

impl Tally {
    /// Whether there is room for one more.
    pub fn room(&self) -> Room {
        if EXISTING.load(Ordering::Relaxed) < capacity() {
            Room::Free
        } else if self.dropped.get() >= WORTH_COLLECTING {
            Room::AfterCollection
        } else {
            Room::None
        }
    }

    /// Counts one more; it counts as dropped when the lease is.
    pub fn lease(self: &Rc<Tally>) -> Lease {
        EXISTING.fetch_add(1, Ordering::Relaxed);
        self.existing.set(self.existing.get() + 1);
        Lease(self.clone())
    }

    /// Counts the dropped ones as gone.
    pub fn collected(&self) {
        let gone = self.dropped.take();
        EXISTING.fetch_sub(gone, Ordering::Relaxed);
        self.existing.set(self.existing.get() - gone);
    }
}

impl Drop for Tally {
    fn drop(&mut self) {
        EXISTING.fetch_sub(self.existing.get(), Ordering::Relaxed);
    }
}

/// One instance's place in the tally.
#[derive(Debug)]
pub struct Lease(Rc<Tally>);

impl Drop for Lease {
    fn drop(&mut self) {
        self.0.dropped.set(self.0.dropped.get() + 1);
    }
}
