//! Which messages of a room were not seen yet.

use std::collections::VecDeque;

/// Places of unread messages, oldest first. Bounded: beyond [`Unread::MAX`] only *more than that* is known.
#[derive(Debug, Default)]
pub(crate) struct Unread {
    places: VecDeque<u64>,
    more: u64,
    /// The first line that was not looked at, where some were not.
    rest: Option<u64>,
    /// The last of them that names this person.
    named: Option<u64>,
}

impl Unread {
    /// A message came that is not in sight; whether it names this person.
    pub(crate) fn add(&mut self, position: u64, names_me: bool) {
        if names_me {
            self.named = Some(position);
        }
        // What is behind lines that nobody looked at is found when somebody does.
        if self.rest.is_some_and(|rest| position >= rest) {
            return;
        }
        if self.places.len() < Self::MAX { self.places.push_back(position) } else { self.more += 1 }
    }

    /// Everything through this entry was in sight.
    pub(crate) fn seen_through(&mut self, position: u64) -> bool {
        let before = (self.count(), self.named);
        if self.named.is_some_and(|named| named <= position) {
            self.named = None;
        }
        while self.places.front().is_some_and(|&first| first <= position) {
            self.places.pop_front();
        }
        if self.places.is_empty() {
            self.more = 0;
        }
        self.rest = self.rest.map(|rest| rest.max(position + 1));
        (self.count(), self.named) != before
    }

    /// Whether one of them names this person.
    pub(crate) fn names_me(&self) -> bool {
        self.named.is_some()
    }

    /// From this line on nobody looked yet: there may be more.
    pub(crate) fn leave(&mut self, line: u64) {
        self.rest = Some(line);
    }

    /// Where to look on, once few are left of what is known.
    pub(crate) fn look_on(&mut self) -> Option<u64> {
        self.rest.take_if(|_| self.places.len() < Self::FEW)
    }

    /// These are unread, too, behind all that is known.
    pub(crate) fn extend(&mut self, more: Self) {
        self.places.extend(more.places);
        self.more += more.more;
        self.rest = more.rest;
        self.named = more.named.max(self.named);
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
    /// Fewer than so many are left: it is time to look on.
    const FEW: usize = 500;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_scrolled_by_is_no_longer_unread() {
        let mut unread = Unread::default();
        [3, 5, 9].into_iter().for_each(|at| unread.add(at, false));
        assert_eq!((unread.count(), unread.first()), (3, Some(3)));
        assert!(unread.seen_through(5));
        assert_eq!((unread.count(), unread.first()), (1, Some(9)));
        assert!(!unread.seen_through(8));
        assert!(unread.clear());
        assert_eq!(Unread::chip(unread.count()), "");
    }

    #[test]
    fn what_is_behind_lines_that_nobody_looked_at_is_looked_at_later() {
        let mut unread = Unread::default();
        (0..600).for_each(|at| unread.add(at, false));
        unread.leave(1_000);
        // It came meanwhile, far behind them.
        unread.add(4_000, false);
        assert_eq!((unread.count(), unread.look_on()), (600, None));
        unread.seen_through(200);
        assert_eq!((unread.look_on(), unread.look_on()), (Some(1_000), None));
        let mut more = Unread::default();
        [1_000, 4_000].into_iter().for_each(|at| more.add(at, false));
        unread.extend(more);
        assert_eq!((unread.count(), unread.look_on()), (401, None));
        unread.leave(5_000);
        unread.seen_through(9_000);
        assert_eq!((unread.count(), unread.look_on()), (0, Some(9_001)));
    }

    #[test]
    fn a_message_that_names_this_person_is_told_until_it_was_seen() {
        let mut unread = Unread::default();
        unread.add(3, true);
        unread.add(5, false);
        assert!(unread.names_me() && unread.seen_through(3) && !unread.names_me());
        unread.add(9, true);
        assert!(unread.clear() && !unread.names_me());
    }

    /// Attack matrix row 27: a flood.
    #[test]
    fn a_flood_of_unread_messages_is_counted_and_bounded() {
        let mut unread = Unread::default();
        (0..50_000).for_each(|at| unread.add(at, false));
        assert_eq!(unread.count(), 50_000);
        assert!(unread.places.len() <= Unread::MAX);
        assert_eq!(Unread::chip(unread.count()), "99+");
    }
}
