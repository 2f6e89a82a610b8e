//! How long a turn of a guest may take: thread CPU time, looked at whenever the engine's epoch ticks. CPU time and not
//! wall time, so that a legal turn on a busy machine is not ended for what others take.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use wasmtime::{Engine, UpdateDeadline};

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

/// Measures the turn that runs on a thread, in that thread's CPU time.
#[derive(Clone)]
pub(crate) struct TurnClock {
    started: Arc<AtomicU64>,
    budget: Duration,
}

impl TurnClock {
    /// A clock for the turns of one thread.
    pub fn new(budget: Duration) -> TurnClock {
        TurnClock {
            started: Arc::default(),
            budget,
        }
    }

    /// What a turn may take.
    pub fn budget(&self) -> Duration {
        self.budget
    }

    /// A turn begins on this thread.
    pub fn start_turn(&self) {
        self.started.store(thread_cpu_nanos(), Ordering::Relaxed);
    }

    /// What a tick of the epoch means for the turn that runs on this thread.
    pub fn look(&self) -> UpdateDeadline {
        let spent = thread_cpu_nanos().saturating_sub(self.started.load(Ordering::Relaxed));
        if Duration::from_nanos(spent) > self.budget {
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
