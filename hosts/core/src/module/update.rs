//! New code for a module that stays loaded. The lane's driver makes it between two turns; calls that have begun end by the
//! code that they began with.

use std::sync::Arc;

use super::{Code, Module, Refused, load, state::State};
use crate::{call::Call, engine::Lane};

/// What the kit asks for.
pub(crate) struct Update {
    pub path: String,
    pub sha256: String,
    /// Told what the new code says of itself, or why it was refused. It is called with the module locked: it must not come
    /// back to it.
    pub done: Updated,
}

type Updated = Box<dyn FnOnce(Result<&str, Refused>) + Send>;

impl Module {
    /// Has the lane take new code. Of a module that is gone nothing will ever be told: `update` is dropped.
    pub fn update(&self, update: Update) {
        let mut state = self.lock();
        if !state.closed {
            state.updates.push_back(update);
            self.wake.notify_one();
        }
    }

    /// Compiles the code that an update asks for and opens a lane for it; or tells why not. For the lane's thread.
    pub(super) fn take_update(&self, update: Update) -> Option<(Arc<Code>, Box<dyn Lane>)> {
        let Update { path, sha256, done } = update;
        let made = self.prepare_update(&path, &sha256);
        let mut state = self.lock();
        match made {
            Ok((code, lane)) if !state.closed => {
                let code = Arc::new(code);
                self.put_in_force(&mut state, &code);
                done(Ok(&code.interface.json));
                Some((code, lane))
            }
            Ok(_) => None,
            Err(refused) => {
                done(Err(refused));
                None
            }
        }
    }

    fn prepare_update(&self, path: &str, sha256: &str) -> Result<(Code, Box<dyn Lane>), Refused> {
        let old = self.code();
        let mut code = load::compile(&self.host, self.guest, &self.id, path, sha256)?;
        code.generation = old.generation + 1;
        if let Some(table) = old.interface.tables.difference(&code.interface.tables).next() {
            return Err(Refused {
                reason: "interface",
                message: format!(
                    "{path} does not declare the table `{table}`, which the module has: an update keeps every table"
                ),
            });
        }
        let lane = code.program.open_lane()?;
        Ok((code, lane))
    }

    fn put_in_force(&self, state: &mut State, code: &Arc<Code>) {
        self.store.declare(code.interface.tables.iter().cloned().collect());
        *self.code.write().expect("no thread panics while it changes the code") = Arc::clone(code);
        // The request that has asked for a transaction may be no reducer's any more.
        state.kept_waiting = None;
        self.store.withdraw_lane();
    }

    /// The call that is about to begin, by the code that is in force now; nothing where that has ended it, or has it
    /// begin elsewhere.
    pub(super) fn renew(self: &Arc<Self>, state: &mut State, call: Arc<Call>) -> Option<Arc<Call>> {
        let code = self.code();
        if call.code().generation == code.generation {
            return Some(call);
        }
        let outcome = match code.check_again(call.function(), call.args()) {
            Ok(Some(kind)) => {
                let renewed = call.renew(code, kind);
                let entry = state.calls.get_mut(&call.id()).expect("a queued call has not ended");
                entry.call = Arc::clone(&renewed);
                if renewed.path() == call.path() {
                    return Some(renewed);
                }
                self.route(state, renewed);
                return None;
            }
            Ok(None) => Ok("null".to_owned()),
            Err(failure) => Err(failure),
        };
        let entry = state.remove_call(call.id()).expect("a queued call has not ended");
        call.close();
        call.forget_schedule();
        self.tell_end(state, entry, outcome);
        None
    }
}
