//! A module without its driver, for benches: whoever has it makes the turns, and so can measure what an engine does in one.

use std::sync::Arc;

use super::{Caller, Code, Module, Surroundings, turns::Next};
use crate::{
    call::Call,
    clock::Clock,
    egress::{AllowList, Egress, system_tls},
    engine::{Ended, Engine, Guest, HostClock, Lane, LoadError, OpId, OpOutcome, Outcome, Program},
    interface::Interface,
    limits::Limits,
    protocol::Outbox,
};

/// A loaded module whose turns nobody makes but the bench. Its clock is virtual and stands at 0; its procedures may sleep and
/// must not fetch. `init` does not run.
pub struct Stage {
    module: Arc<Module>,
    program: Arc<dyn Program>,
}

impl Stage {
    /// Compiles a module. What it writes to the kit is thrown away.
    pub fn open(engine: Arc<dyn Engine>, guest: Guest, source: &[u8]) -> Result<Stage, LoadError> {
        let limits = Limits::default();
        let clock = Clock::start_virtual(0.0, Box::new(|| ()));
        let program = engine.compile(guest, "bench", source, &limits, &HostClock::new(&clock))?;
        let interface = Interface::parse(guest, &program.describe()?).map_err(LoadError::Describe)?;
        let code = Code {
            generation: 0,
            interface,
            program: Arc::clone(&program),
        };
        let host = Surroundings {
            engine,
            run_seed: "bench".into(),
            clock,
            outbox: Outbox::start(std::io::sink(), || ()),
            egress: Egress::new(
                AllowList::parse(&[]).expect("an empty list is one"),
                &system_tls(),
                &limits,
            ),
            blocking_pool: 0,
            max_in_flight: None,
            limits,
        };
        let made = Module::new("bench".to_owned(), guest, code, None, host);
        let (module, _) = made.expect("tables in memory need no file");
        module.store.set_initialized();
        Ok(Stage { module, program })
    }

    /// The compiled module.
    pub fn program(&self) -> &dyn Program {
        &*self.program
    }

    /// A lane on this thread, where it has to stay.
    pub fn open_lane(&self) -> Result<Box<dyn Lane>, LoadError> {
        self.program.open_lane()
    }

    /// Submits a call and begins its first turn: a reducer's transaction is open. Panics where it cannot begin.
    pub fn begin(&self, function: &str, args: &str) -> Arc<Call> {
        let caller = Caller {
            name: None,
            sender: self.module.identity.clone(),
            connection: None,
            parks: false,
            queues: true,
            opening: None,
            schedule: None,
        };
        self.module.submit(caller, function, args, Box::new(|_| ()));
        match self.module.next_turn() {
            Next::Reduce(call) | Next::Start(call) => {
                self.module.begin_call(&call);
                call
            }
            _ => panic!("{function} {args} cannot begin"),
        }
    }

    /// The sleep that a call waits for ends, and its next turn begins: what the lane is to be resumed with. Panics where the
    /// call does not wait.
    pub fn wake(&self, call: &Call) -> OpId {
        let pending = self.module.lock().calls.get(&call.id()).map(|entry| entry.pending[0]);
        self.module
            .settle(pending.expect("the call is in flight"), OpOutcome::Slept);
        match self.module.next_turn() {
            Next::Resume(_, ready) => ready.op,
            _ => panic!("another turn is ready"),
        }
    }

    /// The turns that were begun have ended; procedures that ended in them are told of. Panics where one failed.
    pub fn end_turns(&self, ended: &mut Vec<Ended>) {
        for Ended { call, outcome } in ended.drain(..) {
            let found = self.module.lock().calls.get(&call).map(|entry| Arc::clone(&entry.call));
            self.finish(&found.expect("a call ends once"), outcome);
        }
        self.module.end_turn(0);
    }

    /// A reducer has ended: its transaction is committed. Panics where it failed.
    pub fn commit(&self, call: &Arc<Call>, outcome: Outcome) {
        call.commit().expect("the reducer's transaction is open");
        self.finish(call, outcome);
        self.module.end_turn(0);
    }

    fn finish(&self, call: &Arc<Call>, outcome: Outcome) {
        let checked = call.checked(outcome);
        assert!(checked.is_ok(), "{} failed: {checked:?}", call.function());
        self.module.finish(call, checked);
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.module.close();
    }
}
