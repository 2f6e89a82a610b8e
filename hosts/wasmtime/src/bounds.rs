//! How much memory an instance of a guest may have, and how long a turn may take: thread CPU time, looked at whenever the engine's epoch ticks. CPU time and not
//! wall time, so that a legal turn on a busy machine is not ended for what others take.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use evenlane_host_core::limits::Limits;
use wasmtime::{Engine, StoreLimits, StoreLimitsBuilder, UpdateDeadline};

/// Time between two ticks of the epoch: how late, at most, an endless turn is noticed.
const TICK: Duration = Duration::from_millis(50);

/// Ticks the engine's epoch for as long as the engine is there.
pub(crate) fn start_ticking(engine: &Engine) -> std::io::Result<()> {
    let engine = engine.weak();
    let tick = move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            thread::sleep(TICK);
        }
    };
    thread::Builder::new().name("epoch".to_owned()).spawn(tick).map(drop)
}

/// The bounds of the instances of one thread. Measures the turn that runs on it, in its CPU time.
#[derive(Clone)]
pub(crate) struct Bounds {
    turn_started: Arc<AtomicU64>,
    turn: Duration,
    memory_bytes: Option<usize>,
}

impl Bounds {
    /// Those that `limits` sets, for the turns of one thread.
    pub fn new(limits: &Limits) -> Bounds {
        Bounds {
            turn_started: Arc::default(),
            turn: limits.turn,
            memory_bytes: limits.memory_bytes,
        }
    }

    /// CPU time that a turn may take.
    pub fn turn(&self) -> Duration {
        self.turn
    }

    /// What keeps the memory of one instance within its bound: to grow past it is refused.
    pub fn limiter(&self) -> StoreLimits {
        let builder = StoreLimitsBuilder::new();
        match self.memory_bytes {
            Some(bytes) => builder.memory_size(bytes).build(),
            None => builder.build(),
        }
    }

    /// A turn begins on this thread.
    pub fn start_turn(&self) {
        self.turn_started.store(thread_cpu_nanos(), Ordering::Relaxed);
    }

    /// What a tick of the epoch means for the turn that runs on this thread.
    pub fn look(&self) -> UpdateDeadline {
        let spent = thread_cpu_nanos().saturating_sub(self.turn_started.load(Ordering::Relaxed));
        if Duration::from_nanos(spent) > self.turn {
            UpdateDeadline::Interrupt
        } else {
            UpdateDeadline::Continue(1)
        }
    }
}

fn thread_cpu_nanos() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a valid timespec for the length of the call, and the clock is there on every Linux.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}
