//! The ready queue of a lane: two classes, requests first, with a bound on how long a ready completion waits.

use std::collections::VecDeque;

use crate::{fault, limits};

/// What a lane may run next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Taken<R, C> {
    Request(R),
    Completion(C),
}

/// Requests in submission order, completions in order of entry.
pub(crate) struct ReadyQueue<R, C> {
    requests: VecDeque<R>,
    completions: VecDeque<C>,
    /// Requests taken in a row while a completion was ready.
    overtaken: usize,
}

impl<R, C> ReadyQueue<R, C> {
    /// Gives back the room of what was taken.
    pub fn shrink(&mut self) {
        self.requests.shrink_to_fit();
        self.completions.shrink_to_fit();
    }

    pub fn new() -> Self {
        ReadyQueue {
            requests: VecDeque::new(),
            completions: VecDeque::new(),
            overtaken: 0,
        }
    }

    pub fn push_request(&mut self, request: R) {
        self.requests.push_back(request);
    }

    /// Puts a request that was held back before all others.
    pub fn push_first(&mut self, request: R) {
        self.requests.push_front(request);
    }

    pub fn push_completion(&mut self, completion: C) {
        if !self.completions.is_empty() && fault!("last-in-first-out-completions") {
            return self.completions.push_front(completion);
        }
        self.completions.push_back(completion);
    }

    /// Takes what runs next: a request, or a completion where none waits or where [`limits::REQUEST_BURST`] requests in
    /// a row were taken past it. Requests taken while no completion was ready do not count: nobody waited for them.
    pub fn take(&mut self) -> Option<Taken<R, C>> {
        let mut is_due = self.overtaken >= limits::REQUEST_BURST && !self.completions.is_empty();
        if is_due && !self.requests.is_empty() && fault!("starved-completions") {
            is_due = false;
        }
        if !self.completions.is_empty() && !self.requests.is_empty() && fault!("starved-requests") {
            is_due = true;
        }
        if let Some(request) = self.requests.pop_front_if(|_| !is_due) {
            self.overtaken = if self.completions.is_empty() {
                0
            } else {
                self.overtaken + 1
            };
            return Some(Taken::Request(request));
        }
        self.take_completion().map(Taken::Completion)
    }

    /// Puts back a request that could not be run now: it stays the first and counts as not taken.
    pub fn put_back(&mut self, request: R) {
        self.requests.push_front(request);
        self.overtaken = self.overtaken.saturating_sub(1);
    }

    /// Takes a completion, past the requests.
    pub fn take_completion(&mut self) -> Option<C> {
        let completion = self.completions.pop_front()?;
        self.overtaken = 0;
        Some(completion)
    }

    /// The request that is taken next, unless a completion is.
    pub fn first_request(&self) -> Option<&R> {
        self.requests.front()
    }

    /// Whether no completion waits.
    pub fn has_no_completion(&self) -> bool {
        self.completions.is_empty()
    }

    /// The completions that wait, in order.
    pub fn completions_mut(&mut self) -> impl Iterator<Item = &mut C> {
        self.completions.iter_mut()
    }

    /// Drops the requests that `keep` refuses.
    pub fn retain_requests(&mut self, keep: impl FnMut(&R) -> bool) {
        self.requests.retain(keep);
    }

    /// Drops the completions that `keep` refuses.
    pub fn retain_completions(&mut self, keep: impl FnMut(&C) -> bool) {
        self.completions.retain(keep);
    }

    pub fn is_empty(&self) -> bool {
        self.requests.is_empty() && self.completions.is_empty()
    }

    pub fn clear(&mut self) {
        self.requests.clear();
        self.completions.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(queue: &mut ReadyQueue<usize, usize>) -> Vec<Taken<usize, usize>> {
        std::iter::from_fn(|| queue.take()).collect()
    }

    #[test]
    fn requests_run_before_completions_each_in_order() {
        let mut queue = ReadyQueue::new();
        queue.push_completion(10);
        queue.push_completion(11);
        queue.push_request(1);
        queue.push_request(2);
        let expected = [
            Taken::Request(1),
            Taken::Request(2),
            Taken::Completion(10),
            Taken::Completion(11),
        ];
        assert_eq!(order(&mut queue), expected);
    }

    #[test]
    fn after_a_burst_of_requests_one_completion_runs() {
        let mut queue = ReadyQueue::new();
        (0..200).for_each(|n| queue.push_request(n));
        (0..3).for_each(|n| queue.push_completion(n));
        let places: Vec<usize> = order(&mut queue)
            .iter()
            .enumerate()
            .filter(|(_, taken)| matches!(taken, Taken::Completion(_)))
            .map(|(place, _)| place)
            .collect();
        assert_eq!(places, [64, 129, 194]);
    }

    #[test]
    fn requests_that_overtook_nothing_do_not_count() {
        let mut queue = ReadyQueue::new();
        (0..65).for_each(|n| queue.push_request(n));
        (0..64).for_each(|n| assert_eq!(queue.take(), Some(Taken::Request(n))));
        queue.push_completion(0);
        assert_eq!(queue.take(), Some(Taken::Request(64)));
    }

    #[test]
    fn a_request_put_back_stays_first_and_lets_completions_pass() {
        let mut queue = ReadyQueue::new();
        queue.push_request(1);
        queue.push_request(2);
        queue.push_completion(10);
        let Some(Taken::Request(first)) = queue.take() else {
            panic!("requests come first")
        };
        queue.put_back(first);
        assert_eq!(queue.take_completion(), Some(10));
        assert_eq!(queue.take_completion(), None);
        assert_eq!(order(&mut queue), [Taken::Request(1), Taken::Request(2)]);
    }
}
