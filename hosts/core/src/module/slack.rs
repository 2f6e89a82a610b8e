//! Memory that many calls have left free is given back once the lane is idle: the allocator itself keeps all that lies below
//! something still in use, which after ten thousand held fetches is nearly everything.

/// Procedures in flight at once from which on it is worth the milliseconds that it takes.
const MANY: usize = 256;

/// The most procedures that were in flight on a lane since its free memory was given back.
#[derive(Default)]
pub(super) struct Slack {
    most: usize,
}

impl Slack {
    /// So many are in flight now.
    pub fn note(&mut self, in_flight: usize) {
        self.most = self.most.max(in_flight);
    }

    /// The lane is idle, with so many in flight: whether free memory is to be given back, which is told once.
    pub fn is_due(&mut self, in_flight: usize) -> bool {
        let is_due = in_flight == 0 && self.most >= MANY;
        if is_due {
            self.most = 0;
        }
        is_due
    }
}

/// Gives all free pages of the process's allocator back to the system, where its allocator can.
pub(super) fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: takes the allocator's own locks, and touches free memory alone.
    unsafe {
        libc::malloc_trim(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_given_back_once_after_many_have_all_ended() {
        let mut slack = Slack::default();
        slack.note(MANY - 1);
        assert!(!slack.is_due(0), "too few were in flight");
        slack.note(MANY);
        slack.note(3);
        assert!(!slack.is_due(3), "some are still in flight");
        assert!(slack.is_due(0));
        assert!(!slack.is_due(0), "it was given back already");
    }
}
