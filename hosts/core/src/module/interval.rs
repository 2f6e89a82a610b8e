//! Calls that are made again and again, until the module is unloaded.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use super::Module;
use crate::store::ScheduleId;

/// An interval whose transaction has committed.
pub(super) struct Interval {
    id: ScheduleId,
    function: String,
    args: String,
    /// When the first tick is due; each later one is counted from here, so that what delays one delays no other.
    first: f64,
    every: f64,
    /// The call of a tick has not ended: ticks that fall due meanwhile are missed.
    in_flight: AtomicBool,
}

impl Interval {
    /// All times in milliseconds; `every` is at least 1.
    pub fn new(id: ScheduleId, function: String, args: String, first: f64, every: f64) -> Arc<Interval> {
        Arc::new(Interval {
            id,
            function,
            args,
            first,
            every,
            in_flight: AtomicBool::new(false),
        })
    }

    /// Waits for the first tick; where ticks are due already, the last of them fires.
    pub fn start(self: Arc<Self>, module: &Arc<Module>) {
        if !self.wait_until(self.first, module) {
            self.fire(module);
        }
    }

    /// Waits for the next tick, then makes the call of this one: what the call does may set timers, and they come after.
    fn fire(self: Arc<Self>, module: &Arc<Module>) {
        let next = loop {
            let due = self.next_due(module.host.clock.now());
            if self.wait_until(due, module) {
                break due;
            }
        };
        if module.is_closed() {
            return;
        }
        // Before anything that this tick can commit: of a file's ticks none is made twice.
        module.store.put_off(self.id, next);
        if self.in_flight.swap(true, Ordering::AcqRel) {
            return;
        }
        let (function, args) = (self.function.clone(), self.args.clone());
        module.submit_scheduled(None, &function, args, move || {
            self.in_flight.store(false, Ordering::Release)
        });
    }

    /// Fires at `due`; false where that time has passed.
    fn wait_until(self: &Arc<Self>, due: f64, module: &Arc<Module>) -> bool {
        let (interval, of) = (Arc::clone(self), Arc::downgrade(module));
        let set = module.host.clock.set(due, move || {
            if let Some(module) = of.upgrade().filter(|module| !module.is_closed()) {
                interval.fire(&module);
            }
        });
        set.is_some()
    }

    /// When the first tick after `now` is due.
    fn next_due(&self, now: f64) -> f64 {
        let last = ((now - self.first) / self.every).floor().max(0.0);
        // The quotient may be rounded either way; and so far from the epoch that milliseconds are not told apart any
        // more, a tick would be due at the time of the one before.
        let due = |tick: f64| self.first + tick * self.every;
        let ticks = [last, last + 1.0, last + 2.0].map(due);
        ticks.into_iter().find(|&due| due > now).unwrap_or(now.next_up())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(first: f64, every: f64, now: f64) -> f64 {
        Interval::new(0, "f".to_owned(), "{}".to_owned(), first, every).next_due(now)
    }

    #[test]
    fn ticks_are_counted_from_the_first() {
        assert_eq!(next(1000.0, 10.0, 1000.0), 1010.0);
        assert_eq!(next(1000.0, 10.0, 1037.0), 1040.0);
        assert_eq!(next(1000.0, 10.0, 1040.0), 1050.0);
        assert_eq!(next(-5.0, 10.0, 1000.0), 1005.0);
        // 3 · 1.1 is more than 3.3, and 3.3 / 1.1 less than 3.
        let third = 3.0 * 1.1;
        assert!(next(0.0, 1.1, third) > third);
        assert_eq!(next(0.0, 1.1, 2.0 * 1.1), third);
    }

    #[test]
    fn the_next_tick_is_always_later() {
        assert_eq!(next(0.0, 1.0, 1e300), 1e300f64.next_up());
        assert_eq!(next(0.0, 1e300, 1e301), 1.1e301);
    }
}
