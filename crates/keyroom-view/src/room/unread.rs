//! Which messages of a room were not seen yet.

use std::collections::VecDeque;

/// Places of unread messages, oldest first. Bounded: beyond [`Unread::MAX`] only *more than that* is known.
#[derive(Debug, Default)]
pub(crate) struct Unread {
    places: VecDeque<u64>,
    more: u64,
}

impl Unread {
    /// A message came that is not in sight.
    pub(crate) fn add(&mut self, position: u64) {
        if self.places.len() < Self::MAX { self.places.push_back(position) } else { self.more += 1 }
    }

    /// Everything through this entry was in sight.
    pub(crate) fn seen_through(&mut self, position: u64) -> bool {
        let before = self.count();
        while self.places.front().is_some_and(|&first| first <= position) {
            self.places.pop_front();
        }
        if self.places.is_empty() {
            self.more = 0;
        }
        self.count() != before
    }

    /// All was seen.
    pub(crate) fn clear(&mut self) -> bool {
        let before = self.count();
        *self = Self::default();
        before > 0
    }

    /// The oldest of them.
    pub(crate) fn first(&self) -> Option<u64> {
        self.places.front().copied()
    }

    /// How many.
    pub(crate) fn count(&self) -> u64 {
        self.places.len() as u64 + self.more
    }

    /// The count in a chip: empty for none, `99+` for many.
    pub(crate) fn chip(count: u64) -> String {
        match count {
            0 => String::new(),
            1..=99 => count.to_string(),
            _ => "99+".to_owned(),
        }
    }

    /// Places that are remembered.
    const MAX: usize = 10_000;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_scrolled_by_is_no_longer_unread() {
        let mut unread = Unread::default();
        [3, 5, 9].into_iter().for_each(|at| unread.add(at));
        assert_eq!((unread.count(), unread.first()), (3, Some(3)));
        assert!(unread.seen_through(5));
        assert_eq!((unread.count(), unread.first()), (1, Some(9)));
        assert!(!unread.seen_through(8));
        assert!(unread.clear());
        assert_eq!(Unread::chip(unread.count()), "");
    }

    /// Attack matrix row 27: a flood.
    #[test]
    fn a_flood_of_unread_messages_is_counted_and_bounded() {
        let mut unread = Unread::default();
        (0..50_000).for_each(|at| unread.add(at));
        assert_eq!(unread.count(), 50_000);
        assert!(unread.places.len() <= Unread::MAX);
        assert_eq!(Unread::chip(unread.count()), "99+");
    }
}
