//! Newcomers take turns, so that a thousand of them do not race for the same place in the log.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use keyroom_types::limits;
use keyroom_wire::Code;

/// Who waits, and whose turn it is. A newcomer is named by its link and the request that asked.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    turn: Option<(Place, Instant)>,
    waiting: VecDeque<Place>,
}

/// A newcomer's place: its link, and the request to answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Place {
    pub(crate) link: u64,
    pub(crate) request: u64,
}

/// What a newcomer is told.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum News {
    /// It is its turn.
    Now(Place),
    /// So many are before it.
    Ahead(Place, u32),
}

impl Queue {
    /// Takes a place at the end, or keeps the one that the link has.
    pub(crate) fn enter(&mut self, now: Instant, place: Place, news: &mut Vec<News>) -> Result<(), Code> {
        self.leave(now, place.link, news);
        if self.waiting.len() >= limits::QUEUE_PER_ROOM {
            return Err(Code::Queue);
        }
        self.waiting.push_back(place);
        if !self.next(now, news) {
            let ahead = self.waiting.len() - 1 + usize::from(self.turn.is_some());
            news.push(News::Ahead(place, u32::try_from(ahead).unwrap_or(u32::MAX)));
        }
        Ok(())
    }

    /// The link is gone, or its newcomer has entered.
    pub(crate) fn leave(&mut self, now: Instant, link: u64, news: &mut Vec<News>) {
        self.waiting.retain(|place| place.link != link);
        if self.turn.is_some_and(|(place, _)| place.link == link) {
            self.turn = None;
            self.next(now, news);
        }
    }

    /// Ends a turn that took too long: it goes on at the end of the queue.
    pub(crate) fn handle_timeout(&mut self, now: Instant, news: &mut Vec<News>) {
        if let Some((place, until)) = self.turn
            && until <= now
        {
            self.turn = None;
            self.waiting.push_back(place);
            self.next(now, news);
            let told = self.waiting.len().is_power_of_two();
            if self.turn.is_some_and(|(holder, _)| holder != place) && !told {
                let ahead = u32::try_from(self.waiting.len()).unwrap_or(u32::MAX);
                news.push(News::Ahead(place, ahead));
            }
        }
    }

    /// When the turn of this link ends, if it has it.
    pub(crate) fn timeout(&self, link: u64) -> Option<Instant> {
        self.turn.filter(|(place, _)| place.link == link).map(|(_, until)| until)
    }

    /// Whether it is the turn of this link.
    pub(crate) fn is_turn(&self, link: u64) -> bool {
        self.turn.is_some_and(|(place, _)| place.link == link)
    }

    /// Gives the turn to the next one. Those behind are told only when as many are before them as a power of two, so
    /// that what is said of places is linear in the newcomers, but for a logarithm.
    fn next(&mut self, now: Instant, news: &mut Vec<News>) -> bool {
        if self.turn.is_some() {
            return false;
        }
        let Some(place) = self.waiting.pop_front() else { return false };
        self.turn = Some((place, now + TURN));
        news.push(News::Now(place));
        let mut ahead = 1;
        while let Some(place) = self.waiting.get(ahead - 1) {
            news.push(News::Ahead(*place, u32::try_from(ahead).unwrap_or(u32::MAX)));
            ahead *= 2;
        }
        true
    }
}

/// How long a newcomer has to open the blob and append its join.
pub(crate) const TURN: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    fn place(link: u64) -> Place {
        Place { link, request: 1 }
    }

    fn entered(queue: &mut Queue, now: Instant, link: u64) -> Vec<News> {
        let mut news = Vec::new();
        queue.enter(now, place(link), &mut news).unwrap();
        news
    }

    #[test]
    fn turns_go_round_in_the_order_of_coming() {
        let now = Instant::now();
        let mut queue = Queue::default();
        assert_eq!(entered(&mut queue, now, 1), [News::Now(place(1))]);
        assert_eq!(entered(&mut queue, now, 2), [News::Ahead(place(2), 1)]);
        assert_eq!(entered(&mut queue, now, 3), [News::Ahead(place(3), 2)]);
        let mut news = Vec::new();
        queue.leave(now, 1, &mut news);
        assert_eq!(news, [News::Now(place(2)), News::Ahead(place(3), 1)]);
        assert!(queue.is_turn(2) && !queue.is_turn(3));
    }

    #[test]
    fn who_does_not_use_its_turn_waits_again() {
        let now = Instant::now();
        let mut queue = Queue::default();
        entered(&mut queue, now, 1);
        entered(&mut queue, now, 2);
        let mut news = Vec::new();
        queue.handle_timeout(now + TURN, &mut news);
        assert_eq!(news, [News::Now(place(2)), News::Ahead(place(1), 1)]);
        assert_eq!(queue.timeout(2), Some(now + TURN + TURN));
    }

    #[test]
    fn a_lone_newcomer_gets_its_turn_again() {
        let now = Instant::now();
        let mut queue = Queue::default();
        entered(&mut queue, now, 1);
        let mut news = Vec::new();
        queue.handle_timeout(now + TURN, &mut news);
        assert_eq!(news, [News::Now(place(1))]);
    }

    /// Attack matrix row 54.
    #[test]
    fn what_a_thousand_newcomers_are_told_is_nearly_linear() {
        let now = Instant::now();
        let mut queue = Queue::default();
        let mut told = 0;
        for link in 0..1_000 {
            told += entered(&mut queue, now, link).len();
        }
        for link in 0..1_000 {
            assert!(queue.is_turn(link));
            let mut news = Vec::new();
            queue.leave(now, link, &mut news);
            told += news.len();
        }
        assert!(told < 15_000, "{told} words to 1,000 newcomers");
    }

    #[test]
    fn a_full_queue_refuses() {
        let now = Instant::now();
        let mut queue = Queue::default();
        for link in 0..=u64::try_from(limits::QUEUE_PER_ROOM).unwrap() {
            entered(&mut queue, now, link);
        }
        assert_eq!(queue.enter(now, place(u64::MAX), &mut Vec::new()), Err(Code::Queue));
    }
}
