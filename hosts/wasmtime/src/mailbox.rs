//! Where a suspended guest finds the outcome of its host operation. The lane alone puts it there and polls the guest's
//! fiber after it: nothing wakes the fiber by itself.

use std::{
    future::poll_fn,
    sync::{Arc, Mutex},
    task::Poll,
};

use evenlane_host_core::engine::OpOutcome;

/// The outcome that one suspended guest waits for.
#[derive(Clone, Default)]
pub(crate) struct Mailbox(Arc<Mutex<Option<OpOutcome>>>);

impl Mailbox {
    /// Puts the outcome there. The guest runs nothing before its fiber is polled.
    pub fn put(&self, outcome: OpOutcome) {
        *self.0.lock().expect(LOCK) = Some(outcome);
    }

    /// Suspends until the outcome is there.
    pub async fn take(&self) -> OpOutcome {
        poll_fn(|_| match self.0.lock().expect(LOCK).take() {
            Some(outcome) => Poll::Ready(outcome),
            None => Poll::Pending,
        })
        .await
    }
}

const LOCK: &str = "no thread panics while it holds a mailbox";
