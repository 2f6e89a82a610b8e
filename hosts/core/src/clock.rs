//! The host's clock: real, or virtual and moved by the kit alone. Its timers are its own, so that a virtual clock
//! decides every one of them, fetch time limits included.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Condvar, Mutex, MutexGuard},
    thread,
    time::{Duration, Instant, SystemTime},
};

/// A timer: when it is due, then the order of creation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct TimerId {
    due: f64,
    number: u64,
}

type Action = Box<dyn FnOnce() + Send>;
/// Told the time once a virtual clock was moved.
type Arrived = Box<dyn FnOnce(f64) + Send>;
/// Waits until everything that a fired timer made runnable has run.
pub(crate) type Settle = Box<dyn Fn() + Send>;

/// Milliseconds since the Unix epoch, and what is to happen at which of them.
pub(crate) struct Clock {
    source: Source,
    state: Mutex<State>,
    changed: Condvar,
}

enum Source {
    Virtual,
    Real { started: Instant, epoch: f64 },
}

struct State {
    /// Of a virtual clock.
    now: f64,
    timers: BTreeMap<TimerId, Action>,
    created: u64,
    advances: VecDeque<(f64, Arrived)>,
}

impl Clock {
    /// A clock that stands at `now` until it is advanced. `settle` is called on the clock's thread before each timer.
    pub fn start_virtual(now: f64, settle: Settle) -> Arc<Clock> {
        let clock = Clock::new(Source::Virtual, now);
        let running = Arc::clone(&clock);
        thread::Builder::new()
            .name("clock".to_owned())
            .spawn(move || running.run_virtual(&settle))
            .expect("the system has a thread for the clock");
        clock
    }

    /// The system's time as read now, moved on by its monotonic clock.
    pub fn start_real() -> Arc<Clock> {
        let epoch = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        let clock = Clock::new(
            Source::Real {
                started: Instant::now(),
                epoch: epoch.as_secs_f64() * 1e3,
            },
            0.0,
        );
        let running = Arc::clone(&clock);
        thread::Builder::new()
            .name("clock".to_owned())
            .spawn(move || running.run_real())
            .expect("the system has a thread for the clock");
        clock
    }

    fn new(source: Source, now: f64) -> Arc<Clock> {
        let state = State {
            now,
            timers: BTreeMap::new(),
            created: 0,
            advances: VecDeque::new(),
        };
        Arc::new(Clock {
            source,
            state: Mutex::new(state),
            changed: Condvar::new(),
        })
    }

    /// Whole milliseconds since the Unix epoch.
    pub fn now(&self) -> f64 {
        self.now_of(&self.lock())
    }

    /// Whether the kit moves this clock.
    pub fn is_virtual(&self) -> bool {
        matches!(self.source, Source::Virtual)
    }

    /// Sets a timer, or gives nothing where that time has passed. `action` runs once, on the clock's thread.
    pub fn set(&self, due: f64, action: impl FnOnce() + Send + 'static) -> Option<TimerId> {
        let mut state = self.lock();
        if due <= self.now_of(&state) {
            return None;
        }
        let id = TimerId {
            due,
            number: state.created,
        };
        state.created += 1;
        state.timers.insert(id, Box::new(action));
        // The clock's thread sleeps until the earliest timer; of a virtual clock until an advance. Nothing else need wake it: each fetch sets a timer.
        if !self.is_virtual() && state.timers.first_key_value().is_some_and(|(first, _)| *first == id) {
            self.changed.notify_one();
        }
        Some(id)
    }

    /// Drops a timer. One that fires at this moment is not stopped: who set it ignores it.
    pub fn cancel(&self, id: TimerId) {
        self.lock().timers.remove(&id);
    }

    /// Moves a virtual clock to `to`, unless it is there already or past it, and fires what falls due, one at a time.
    /// `done` gets the time then.
    pub fn advance(&self, to: f64, done: impl FnOnce(f64) + Send + 'static) {
        self.lock().advances.push_back((to, Box::new(done)));
        self.changed.notify_one();
    }

    fn run_virtual(&self, settle: &Settle) {
        loop {
            let waiting = self.changed.wait_while(self.lock(), |state| state.advances.is_empty());
            let (to, done) = waiting.expect(LOCK).advances.pop_front().expect("it waited for one");
            loop {
                settle();
                let mut state = self.lock();
                let Some(action) = take_due(&mut state, to) else {
                    state.now = state.now.max(to);
                    break;
                };
                drop(state);
                action();
            }
            done(self.now());
        }
    }

    fn run_real(&self) {
        let mut state = self.lock();
        loop {
            let now = self.now_of(&state);
            if let Some(action) = take_due(&mut state, now) {
                drop(state);
                action();
                state = self.lock();
                continue;
            }
            let next = state.timers.keys().next().copied();
            state = match next {
                None => self.changed.wait(state).expect(LOCK),
                // Whole milliseconds are compared, so that the one after `due` is always late enough.
                Some(next) => {
                    let wait = Duration::from_secs_f64(((next.due - now).max(0.0) + 1.0).min(DAY) / 1e3);
                    self.changed.wait_timeout(state, wait).expect(LOCK).0
                }
            };
        }
    }

    fn now_of(&self, state: &State) -> f64 {
        match &self.source {
            Source::Virtual => state.now,
            Source::Real { started, epoch } => (epoch + started.elapsed().as_secs_f64() * 1e3).floor(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect(LOCK)
    }
}

/// Milliseconds; a clock's thread looks again after at most as much.
const DAY: f64 = 86_400_000.0;
const LOCK: &str = "no thread panics while it holds the clock";

/// Takes the first timer due by `by`; a virtual clock then shows its time.
fn take_due(state: &mut State, by: f64) -> Option<Action> {
    let first = state.timers.first_entry().filter(|first| first.key().due <= by)?;
    let due = first.key().due;
    let action = first.remove();
    state.now = state.now.max(due);
    Some(action)
}

impl Eq for TimerId {}

impl PartialOrd for TimerId {
    fn partial_cmp(&self, other: &TimerId) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for TimerId {
    fn cmp(&self, other: &TimerId) -> std::cmp::Ordering {
        self.due.total_cmp(&other.due).then(self.number.cmp(&other.number))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn a_virtual_clock_fires_by_due_time_then_creation_and_settles_between() {
        let (sent, received) = mpsc::channel();
        let settled = sent.clone();
        let clock = Clock::start_virtual(100.0, Box::new(move || settled.send("settled".to_owned()).unwrap()));
        for (due, name) in [(300.0, "c"), (200.0, "a"), (200.0, "b"), (900.0, "never")] {
            let (fired, at) = (sent.clone(), Arc::clone(&clock));
            let set = clock.set(due, move || fired.send(format!("{name} at {}", at.now())).unwrap());
            assert!(set.is_some());
        }
        assert_eq!(
            clock.set(100.0, || unreachable!()),
            None,
            "a time that has passed sets no timer"
        );
        let gone = clock.set(250.0, || unreachable!()).unwrap();
        clock.cancel(gone);
        clock.advance(500.0, move |now| sent.send(format!("done at {now}")).unwrap());
        let heard: Vec<String> = received.iter().take(8).collect();
        let expected = [
            "settled",
            "a at 200",
            "settled",
            "b at 200",
            "settled",
            "c at 300",
            "settled",
            "done at 500",
        ];
        assert_eq!(heard, expected);
        assert_eq!(clock.now(), 500.0);
    }

    #[test]
    fn a_real_clock_moves_and_fires() {
        let clock = Clock::start_real();
        let (sent, received) = mpsc::channel();
        let due = clock.now() + 5.0;
        let at = Arc::clone(&clock);
        clock.set(due, move || sent.send(at.now()).unwrap());
        assert!(received.recv().unwrap() >= due);
        assert!(!clock.is_virtual());
    }
}
