//! The lane's guests, by the code that they run: after an update those of the code before stay until their calls have
//! ended. One driver runs them all, one turn at a time.

use super::Module;
use crate::{call::Call, engine::Lane};

/// In order of their code; the last takes the calls that begin.
pub(super) struct Lanes(Vec<(u64, Box<dyn Lane>)>);

impl Lanes {
    /// The guests of the first code.
    pub fn new(generation: u64, lane: Box<dyn Lane>) -> Lanes {
        Lanes(vec![(generation, lane)])
    }

    /// The guests of the code that calls begin with from now on.
    pub fn add(&mut self, generation: u64, lane: Box<dyn Lane>) {
        self.0.push((generation, lane));
    }

    /// The guests that run a call which has begun, or begins now.
    pub fn of(&mut self, call: &Call) -> &mut dyn Lane {
        let generation = call.code().generation;
        let lane = self.0.iter_mut().find(|(of, _)| *of == generation);
        &mut *lane.expect("a lane is kept while a call of its code is in flight").1
    }

    /// Drops guests of former code of which no call is in flight, nor waits to be forgotten.
    pub fn drop_unused(&mut self, module: &Module) {
        let [former @ .., _] = &self.0[..] else { return };
        if former.is_empty() {
            return;
        }
        let state = module.lock();
        let in_flight = state.calls.values().filter(|entry| entry.holds_place);
        let used: Vec<u64> = in_flight
            .map(|entry| &entry.call)
            .chain(&state.discards)
            .map(|call| call.code().generation)
            .collect();
        drop(state);
        let last = self.0.len() - 1;
        let mut at = 0;
        self.0.retain(|(generation, _)| {
            at += 1;
            at > last || used.contains(generation)
        });
    }

    /// Gives back what is kept for no call.
    pub fn give_back(&mut self) {
        self.0.iter_mut().for_each(|(_, lane)| lane.give_back());
    }

    /// Guest instances that exist now.
    pub fn instances(&self) -> usize {
        self.0.iter().map(|(_, lane)| lane.instances()).sum()
    }
}
