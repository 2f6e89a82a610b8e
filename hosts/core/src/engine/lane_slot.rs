//! What a lane runs its calls in, and what becomes of those calls where it is lost.

use super::{CallId, Ended, LoadError};
use crate::failure::{Category, Failure};

/// The place of a lane's instance, which is made again after a turn that was ended in the middle.
pub struct LaneSlot<I>(
    /// `Err` where it could not be made again, and why.
    Result<I, String>,
);

impl<I> LaneSlot<I> {
    /// With that instance.
    pub fn new(instance: I) -> LaneSlot<I> {
        LaneSlot(Ok(instance))
    }

    /// The instance; `None` where it is gone for good.
    pub fn get(&self) -> Option<&I> {
        self.0.as_ref().ok()
    }

    /// The same, to run a turn in.
    pub fn get_mut(&mut self) -> Option<&mut I> {
        self.0.as_mut().ok()
    }

    /// The same for a call that begins: otherwise how that call fails.
    pub fn for_new_call(&mut self) -> Result<&mut I, Failure> {
        let gone = |why: &mut String| {
            let message = format!("the lane could not be rebuilt: {why}");
            Failure::new(Category::LaneLost, message)
        };
        self.0.as_mut().map_err(gone)
    }

    /// Drops the instance, then makes another: never are there two.
    pub fn rebuild(&mut self, open: impl FnOnce() -> Result<I, LoadError>) {
        self.0 = Err("it is being rebuilt".to_owned());
        self.0 = open().map_err(LoadError::into_message);
    }
}

/// Ends the calls that are lost with an instance whose turn was ended: the culprit by `failure`, the others so that they may be
/// tried again.
pub fn end_lost(
    calls: impl IntoIterator<Item = CallId>,
    culprit: Option<CallId>,
    failure: &Failure,
    ended: &mut Vec<Ended>,
) {
    let Failure { message, .. } = failure;
    let collateral = format!("the lane had to be rebuilt because of another call: {message}; try again");
    ended.extend(calls.into_iter().map(|call| {
        let failure = if Some(call) == culprit {
            failure.clone()
        } else {
            Failure::new(Category::LaneLost, collateral.as_str())
        };
        Ended {
            call,
            outcome: Err(failure),
        }
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_learns_why_its_lane_is_gone() {
        let mut slot = LaneSlot::new(1);
        slot.rebuild(|| Err(LoadError::Compile("no memory".to_owned())));
        assert_eq!(slot.get(), None);
        let failure = slot.for_new_call().unwrap_err();
        assert_eq!(failure.category, Category::LaneLost);
        assert!(failure.message.contains("no memory"), "{failure}");
    }

    #[test]
    fn the_old_instance_is_dropped_before_the_new_one_is_made() {
        let old = std::rc::Rc::new(());
        let seen = std::rc::Rc::downgrade(&old);
        let mut slot = LaneSlot::new(old);
        slot.rebuild(|| {
            assert!(seen.upgrade().is_none());
            Ok(std::rc::Rc::new(()))
        });
        assert!(slot.get_mut().is_some());
    }

    #[test]
    fn only_the_culprit_ends_by_its_own_failure() {
        let mut ended = Vec::new();
        let failure = Failure::new(Category::Budget, "too long");
        end_lost([3, 5], Some(5), &failure, &mut ended);
        let lost = ended[0].outcome.as_ref().unwrap_err();
        assert_eq!((ended[0].call, lost.category), (3, Category::LaneLost));
        assert!(lost.message.contains("too long"), "{lost}");
        assert_eq!((ended[1].call, &ended[1].outcome), (5, &Err(failure)));
    }
}
