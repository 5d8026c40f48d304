//! One thing after the other: drawing can make Slint call back, and what it says then comes after what is being done.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

/// What waits for its turn.
pub(crate) struct Turns<T> {
    waiting: RefCell<VecDeque<T>>,
    busy: Cell<bool>,
}

impl<T> Default for Turns<T> {
    fn default() -> Self {
        Self { waiting: RefCell::default(), busy: Cell::new(false) }
    }
}

impl<T> Turns<T> {
    /// Lets something wait for its turn.
    pub(crate) fn add(&self, one: T) {
        self.waiting.borrow_mut().push_back(one);
    }

    /// Does `each` with this and all that waits, unless somebody further out is at it: then that one does. Returns whether it
    /// was done here.
    pub(crate) fn take(&self, one: T, mut each: impl FnMut(T)) -> bool {
        self.add(one);
        if self.busy.replace(true) {
            return false;
        }
        loop {
            let next = self.waiting.borrow_mut().pop_front();
            let Some(next) = next else { break };
            each(next);
        }
        self.busy.set(false);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_up_meanwhile_is_done_after_it() {
        let (turns, done) = (Turns::default(), RefCell::new(Vec::new()));
        let outside = turns.take(1, |one| {
            if one == 1 {
                turns.add(2);
                assert!(!turns.take(3, |_| panic!("only the outermost does it")));
            }
            done.borrow_mut().push(one);
        });
        assert!(outside);
        assert_eq!(*done.borrow(), [1, 2, 3]);
    }
}
