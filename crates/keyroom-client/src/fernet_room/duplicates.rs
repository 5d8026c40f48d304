//! Which tokens were here before. Attack matrix row 44: a replayed token is flagged.

use std::collections::{HashMap, VecDeque};

use keyroom_types::limits::REMEMBERED_TOKENS;

use crate::history::{MessageId, Position};

/// Remembers the newest [`REMEMBERED_TOKENS`] tokens of a room by the hash of their decoded bytes.
#[derive(Debug, Default)]
pub(crate) struct Duplicates {
    seen: HashMap<MessageId, Seen>,
    order: VecDeque<MessageId>,
}

/// What is known of a token that came.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Judgement {
    /// Not here before, or too long ago to be remembered.
    New,
    /// Our own, come back for the first time: some simple peers echo all that they get.
    Echo,
    /// Here before; at this place, where it has one.
    Repeated(Option<Position>),
}

impl Duplicates {
    /// Judges a token that came from the network. Does not remember a new one: [`Duplicates::remember`] does.
    pub(crate) fn judge(&mut self, id: MessageId) -> Judgement {
        match self.seen.get_mut(&id) {
            None => Judgement::New,
            Some(seen) if seen.own && !seen.echoed => {
                seen.echoed = true;
                Judgement::Echo
            }
            Some(seen) => Judgement::Repeated(seen.position),
        }
    }

    /// Remembers a token that came.
    pub(crate) fn remember(&mut self, id: MessageId, position: Option<Position>) {
        self.insert(id, Seen { position, own: false, echoed: false });
    }

    /// Remembers a token that this computer made.
    pub(crate) fn remember_own(&mut self, id: MessageId, position: Option<Position>) {
        self.insert(id, Seen { position, own: true, echoed: false });
    }

    fn insert(&mut self, id: MessageId, seen: Seen) {
        if self.seen.insert(id, seen).is_none() {
            self.order.push_back(id);
        }
        if self.order.len() > REMEMBERED_TOKENS
            && let Some(oldest) = self.order.pop_front()
        {
            self.seen.remove(&oldest);
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    position: Option<Position>,
    own: bool,
    echoed: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: usize) -> MessageId {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&(number as u64).to_be_bytes());
        MessageId::Token(bytes)
    }

    /// Attack matrix row 44.
    #[test]
    fn a_token_that_comes_again_is_repeated_with_its_place() {
        let mut tokens = Duplicates::default();
        assert_eq!(tokens.judge(id(1)), Judgement::New);
        tokens.remember(id(1), Some(Position(7)));
        assert_eq!(tokens.judge(id(1)), Judgement::Repeated(Some(Position(7))));
        assert_eq!(tokens.judge(id(2)), Judgement::New);
    }

    #[test]
    fn the_first_echo_of_an_own_token_is_no_repetition_and_the_second_is() {
        let mut tokens = Duplicates::default();
        tokens.remember_own(id(1), Some(Position(0)));
        assert_eq!(tokens.judge(id(1)), Judgement::Echo);
        assert_eq!(tokens.judge(id(1)), Judgement::Repeated(Some(Position(0))));
    }

    #[test]
    fn memory_is_bounded_and_the_newest_are_kept() {
        let mut tokens = Duplicates::default();
        for number in 0..REMEMBERED_TOKENS + 10 {
            tokens.remember(id(number), None);
        }
        assert_eq!((tokens.seen.len(), tokens.order.len()), (REMEMBERED_TOKENS, REMEMBERED_TOKENS));
        assert_eq!(tokens.judge(id(9)), Judgement::New);
        assert_eq!(tokens.judge(id(10)), Judgement::Repeated(None));
    }
}
