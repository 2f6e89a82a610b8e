//! Commits that are to conflict, as the kit asks with `store/fail`.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard},
};

/// How many of the next commits of each call conflict. Its lock is held for nothing else.
#[derive(Default)]
pub(crate) struct Failpoints {
    armed: Mutex<HashMap<String, u64>>,
}

impl Failpoints {
    /// Has that many more commits of the call of that name conflict.
    pub fn arm(&self, call: &str, commits: u64) {
        let mut armed = self.lock();
        let left = armed.entry(call.to_owned()).or_default();
        *left = left.saturating_add(commits);
    }

    /// Whether this commit of that call conflicts; it counts.
    pub fn strikes(&self, call: &str) -> bool {
        let mut armed = self.lock();
        let Some(left) = armed.get_mut(call) else { return false };
        *left -= 1;
        if *left == 0 {
            armed.remove(call);
        }
        true
    }

    /// The call has ended: it commits nothing more.
    pub fn disarm(&self, call: &str) {
        self.lock().remove(call);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, u64>> {
        self.armed
            .lock()
            .expect("no thread panics while it holds the failpoints")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_commits_strike_as_were_armed() {
        let failpoints = Failpoints::default();
        assert!(!failpoints.strikes("a"));
        failpoints.arm("a", 1);
        failpoints.arm("a", 2);
        failpoints.arm("b", 1);
        failpoints.disarm("b");
        let struck: Vec<bool> = (0..4).map(|_| failpoints.strikes("a")).collect();
        assert_eq!(struck, [true, true, true, false]);
        assert!(!failpoints.strikes("b"), "a call that has ended strikes no more");
    }
}
