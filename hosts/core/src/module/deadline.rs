//! How long a call may take: from its beginning to its end, by the host's clock.

use std::sync::Arc;

use super::{Module, state::State};
use crate::{
    call::{Call, Kind},
    engine::CallId,
    failure::{Category, Failure},
};

impl Module {
    /// A call begins. Its time starts, where the operator has set one; a reducer or hook ends with its only turn.
    pub(super) fn begin_call(self: &Arc<Self>, call: &Call) {
        call.begin();
        let Some(millis) = self.host.limits.call_millis else {
            return;
        };
        if matches!(call.kind(), Kind::Hook | Kind::Reducer) {
            return;
        }
        let (module, id) = (Arc::downgrade(self), call.id());
        let mut state = self.lock();
        // One that was cancelled at this moment needs none.
        if !state.calls.contains_key(&id) {
            return;
        }
        let deadline = self.host.clock.set(self.host.clock.now() + millis, move || {
            if let Some(module) = module.upgrade() {
                module.pass_deadline(&mut module.lock(), id, millis);
            }
        });
        match (deadline, state.calls.get_mut(&id)) {
            (Some(_), Some(entry)) => entry.deadline = deadline,
            // The clock has moved on by all of it meanwhile.
            _ => self.pass_deadline(&mut state, id, millis),
        }
    }

    fn pass_deadline(&self, state: &mut State, id: CallId, millis: f64) {
        if state.calls.contains_key(&id) {
            let message = format!("the call has not ended in {millis} ms, the time that its operator gives it");
            self.end_from_outside(state, id, Failure::new(Category::Deadline, message));
        }
    }
}
