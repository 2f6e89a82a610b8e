//! Where a call stands still for its transaction: in `begin` while another call has it, and at a point that the kit
//! holds it at.

use std::sync::mpsc;

use super::{Module, state::Parked};
use crate::{
    call::Call,
    failure::{Code, Refusal},
};

impl Module {
    /// Opens a transaction for a procedure; waits while another instance of the module has one open.
    pub fn begin_transaction(&self, call: &Call) -> Result<(), Refusal> {
        if !self.store.try_begin(call.id(), call.path())? {
            self.wait_for_transaction(call)?;
        }
        if call.is_closed() {
            // Whoever ended the call may have undone it already.
            let _ = self.store.abort(call.id());
            return Err(ended("while it began its transaction"));
        }
        Ok(())
    }

    fn wait_for_transaction(&self, call: &Call) -> Result<(), Refusal> {
        let mut state = self.lock();
        if call.is_closed() {
            return Err(ended("while it began its transaction"));
        }
        state.beginning.insert(call.id(), call.path());
        state.tell_if_quiet();
        drop(state);
        let begun = self.store.begin(call.id(), call.path(), &|| call.is_closed());
        self.lock().beginning.remove(&call.id());
        begun
    }

    /// Stops this thread, whose call has its transaction open, until the kit lets the call go on or ends it.
    pub fn park(&self, call: &Call, point: &str) -> Result<(), Refusal> {
        let (go_on, gone_on) = mpsc::channel();
        let mut state = self.lock();
        if call.is_closed() {
            return Err(ended("at a point"));
        }
        state.parked = Some(Parked {
            id: call.id(),
            call: call.name().to_owned(),
            go_on,
        });
        self.host.outbox.parked(&self.id, call.name(), point);
        // A step may wait for a reducer that cannot begin now.
        self.wake.notify_one();
        state.tell_if_quiet();
        drop(state);
        gone_on.recv().map_err(|_| ended("while it was parked at a point"))
    }

    /// Lets the call of that name go on; false where it is not parked.
    pub fn go_on(&self, call: &str) -> bool {
        let parked = self.lock().parked.take_if(|parked| parked.call == call);
        // Its thread waits for this and for nothing else.
        parked.is_some_and(|parked| parked.go_on.send(()).is_ok())
    }
}

fn ended(when: &str) -> Refusal {
    Refusal::new(Code::Cancelled, format!("the call was ended {when}"))
}
