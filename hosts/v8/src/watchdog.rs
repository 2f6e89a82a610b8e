//! The time budget of turns: one thread for the whole process.
//!
//! A turn is armed with its start on its thread's CPU clock and disarmed when it ends, both under one lock, so that the
//! watchdog never stops a turn that has ended. It waits on the wall clock for the earliest time at which a turn can
//! have used its budget and then reads that thread's CPU clock: a legal turn that got little of a busy machine is left
//! alone.

use std::{
    collections::HashMap,
    ffi::c_void,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU8, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use evenlane_host_core::{
    engine::{CallId, Outcome},
    failure::{Category, Failure},
    fault,
};

use crate::{running, text::Halt};

/// Why a turn was stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It passed its time budget.
    Time,
    /// Its isolate came near the limit of its heap.
    Heap,
}

/// A turn that was stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    /// Why.
    pub reason: Reason,
    /// The call whose code was running, where it could still be told.
    pub culprit: Option<CallId>,
}

impl Stop {
    /// How the call ends that was to blame.
    pub fn failure(self) -> Failure {
        let category = match self.reason {
            Reason::Time => Category::Budget,
            Reason::Heap => Category::Memory,
        };
        Failure::new(category, self.describe())
    }

    /// What happened, for people.
    pub fn describe(self) -> &'static str {
        match self.reason {
            Reason::Time => "a turn passed its budget of CPU time",
            Reason::Heap => "a turn passed the limit of the guest's heap",
        }
    }
}

/// How a call ends whose turn may have been stopped.
pub fn conclude(stop: Option<Stop>, outcome: Result<String, Halt>) -> Outcome {
    match stop {
        Some(stop) => Err(stop.failure()),
        None => outcome.map_err(|halt| halt.unwrap_or_else(|| Failure::guest("the guest was stopped"))),
    }
}

const NOT_STOPPED: u8 = 0;
const STOPPED_TIME: u8 = 1;
const STOPPED_HEAP: u8 = 2;
const NO_CALL: u64 = u64::MAX;

/// The watch over one isolate. Lives at least as long as the isolate.
#[derive(Debug)]
pub struct Watch {
    key: usize,
    budget: Duration,
    handle: v8::IsolateHandle,
    /// Number of the running turn, 0 between turns; an interrupt that comes late finds another one and does nothing.
    turn: AtomicU64,
    /// The turn that is to be stopped, and why.
    asked: AtomicU64,
    reason: AtomicU8,
    /// The call that was running when the interrupt came.
    culprit: AtomicU64,
    next_turn: AtomicU64,
}

impl Watch {
    /// A watch over the isolate of that handle; `budget` is CPU time.
    pub fn new(handle: v8::IsolateHandle, budget: Duration) -> Arc<Watch> {
        static KEYS: AtomicU64 = AtomicU64::new(0);
        Arc::new(Watch {
            key: KEYS.fetch_add(1, Ordering::Relaxed) as usize,
            budget,
            handle,
            turn: AtomicU64::new(0),
            asked: AtomicU64::new(0),
            reason: AtomicU8::new(NOT_STOPPED),
            culprit: AtomicU64::new(NO_CALL),
            next_turn: AtomicU64::new(1),
        })
    }

    /// Begins a turn on the calling thread.
    pub fn arm(self: &Arc<Watch>) {
        let turn = self.next_turn.fetch_add(1, Ordering::Relaxed);
        self.reason.store(NOT_STOPPED, Ordering::Relaxed);
        self.culprit.store(NO_CALL, Ordering::Relaxed);
        self.turn.store(turn, Ordering::Release);
        let mut check_at = Instant::now() + self.budget;
        let mut clock = CpuClock::current();
        if fault!("stray-watchdog-kill") {
            (clock.start, check_at) = (Duration::ZERO, Instant::now());
        }
        let armed = Armed {
            watch: self.clone(),
            turn,
            clock,
            check_at,
        };
        let dog = dog();
        let mut inner = dog.lock();
        inner.armed.insert(self.key, armed);
        // What it waits for may be a turn of another module, with a longer budget, and may have ended.
        if inner.looks_at.is_none_or(|at| check_at < at) {
            inner.looks_at = Some(check_at);
            dog.wake.notify_one();
        }
    }

    /// Gives the running turn its whole budget again: it has yielded its thread to a host call.
    pub fn rearm(self: &Arc<Watch>) {
        if let Some(armed) = dog().lock().armed.get_mut(&self.key) {
            armed.clock = CpuClock::current();
            armed.check_at = Instant::now() + self.budget;
        }
    }

    /// Ends the turn; says whether it was stopped.
    pub fn disarm(&self) -> Option<Stop> {
        dog().lock().armed.remove(&self.key);
        self.turn.store(0, Ordering::Release);
        let reason = match self.reason.load(Ordering::Acquire) {
            NOT_STOPPED => return None,
            STOPPED_HEAP => Reason::Heap,
            _ => Reason::Time,
        };
        let culprit = self.culprit.load(Ordering::Acquire);
        Some(Stop {
            reason,
            culprit: (culprit != NO_CALL).then_some(culprit),
        })
    }

    /// Asks the isolate to stop the running turn. The first reason stands.
    fn stop(&self, turn: u64, reason: u8) {
        if self.turn.load(Ordering::Acquire) == turn
            && self
                .reason
                .compare_exchange(NOT_STOPPED, reason, Ordering::AcqRel, Ordering::Acquire)
                .is_ok()
        {
            self.asked.store(turn, Ordering::Release);
            // Not `terminate_execution` at once: a termination empties the microtask queue and with it the data that
            // says whose code is running. The interrupt reads it first.
            self.handle
                .request_interrupt(interrupt, std::ptr::from_ref(self).cast_mut().cast());
        }
    }

    /// Stops the running turn because of the heap. To be called on the isolate's thread, also in the middle of a collection.
    pub fn stop_for_heap(&self) {
        let turn = self.turn.load(Ordering::Acquire);
        if turn != 0 {
            self.stop(turn, STOPPED_HEAP);
        }
    }
}

/// An isolate's context, in the isolate's slot.
#[derive(Clone, Debug)]
pub struct Home(pub v8::Global<v8::Context>);

/// Runs on the isolate's thread between two instructions of the guest.
unsafe extern "C" fn interrupt(mut isolate: v8::UnsafeRawIsolatePtr, data: *mut c_void) {
    // SAFETY: `data` is the isolate's own watch, which outlives the isolate.
    let watch = unsafe { &*data.cast::<Watch>() };
    if watch.turn.load(Ordering::Acquire) != watch.asked.load(Ordering::Acquire) {
        return;
    }
    // SAFETY: V8 hands over the isolate that runs on this thread, for the duration of this call.
    let isolate = unsafe { v8::Isolate::ref_from_raw_isolate_ptr_mut(&mut isolate) };
    if let Some(Home(context)) = isolate.get_slot::<Home>().cloned() {
        v8::scope_with_context!(let scope, &mut *isolate, &context);
        if let Some(call) = running::read(scope) {
            watch.culprit.store(call, Ordering::Release);
        }
    }
    isolate.terminate_execution();
}

struct Armed {
    watch: Arc<Watch>,
    turn: u64,
    clock: CpuClock,
    check_at: Instant,
}

#[derive(Default)]
struct Inner {
    armed: HashMap<usize, Armed>,
    /// When the watchdog looks next by itself. None where nothing was armed when it looked last. A turn that has to be looked at earlier wakes it.
    looks_at: Option<Instant>,
}

#[derive(Default)]
struct Dog {
    inner: Mutex<Inner>,
    wake: Condvar,
}

impl Dog {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn watch(&self) {
        let mut inner = self.lock();
        loop {
            let now = Instant::now();
            inner.armed.retain(|_, armed| !armed.check(now));
            let next = inner.armed.values().map(|armed| armed.check_at).min();
            inner.looks_at = next;
            inner = match next {
                None => self
                    .wake
                    .wait_while(inner, |inner| inner.looks_at.is_none())
                    .unwrap_or_else(PoisonError::into_inner),
                Some(at) => {
                    let wait = at.saturating_duration_since(now);
                    self.wake
                        .wait_timeout(inner, wait)
                        .unwrap_or_else(PoisonError::into_inner)
                        .0
                }
            };
        }
    }
}

impl Armed {
    /// Stops the turn where it has used its budget, else moves the next check to the earliest time at which it can have.
    fn check(&mut self, now: Instant) -> bool {
        if now < self.check_at {
            return false;
        }
        let used = self.clock.used();
        if used >= self.watch.budget {
            self.watch.stop(self.turn, STOPPED_TIME);
            return true;
        }
        self.check_at = now + (self.watch.budget - used).max(Duration::from_millis(1));
        false
    }
}

/// A thread's CPU clock, and what it said when the turn began.
#[derive(Clone, Copy)]
struct CpuClock {
    id: libc::clockid_t,
    start: Duration,
}

impl CpuClock {
    fn current() -> CpuClock {
        let mut id = libc::CLOCK_THREAD_CPUTIME_ID;
        // SAFETY: the calling thread is alive, and `id` is writable. On an error `id` stays as it is.
        unsafe { libc::pthread_getcpuclockid(libc::pthread_self(), &raw mut id) };
        CpuClock {
            id,
            start: read_clock(libc::CLOCK_THREAD_CPUTIME_ID),
        }
    }

    fn used(self) -> Duration {
        read_clock(self.id).saturating_sub(self.start)
    }
}

fn read_clock(id: libc::clockid_t) -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is writable. A clock that cannot be read leaves zero: such a turn is not stopped.
    unsafe { libc::clock_gettime(id, &raw mut time) };
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

fn dog() -> &'static Dog {
    static DOG: OnceLock<Dog> = OnceLock::new();
    static THREAD: OnceLock<()> = OnceLock::new();
    let dog = DOG.get_or_init(Dog::default);
    THREAD.get_or_init(|| {
        thread::Builder::new()
            .name("watchdog".into())
            .spawn(|| dog.watch())
            .map(drop)
            .expect("the system gave no thread for the watchdog of guests' time budgets");
    });
    dog
}
