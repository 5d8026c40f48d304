//! The lab for a Fernet token.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use keyroom_fernet::{Cipher, OpenError, Policy, TokenId};
use keyroom_types::Key;

use super::super::phrase::{Phrase, Text, phrases};
use super::super::{Outcome, inspect_token};
use super::{Attack, NOTHING_DONE, OPENS, Trial};
use crate::fernet_room::{Duplicates, Judgement};
use crate::history::MessageId;

/// A token and its key, to be attacked. The room never hears of it.
pub struct FernetLab {
    key: Key,
    wrong: Key,
    text: Vec<u8>,
    raw: Vec<u8>,
    now_s: u64,
}

impl FernetLab {
    /// A lab for a token as it was captured. `wrong` is any other key. `None` where it is no base64.
    pub fn new(key: Key, wrong: Key, token: &[u8], now_s: u64) -> Option<Self> {
        let (raw, _) = keyroom_fernet::decode(token)?;
        Some(Self { key, wrong, text: token.to_vec(), raw, now_s })
    }

    /// How many bits can be flipped: those of the decoded token.
    pub fn bits(&self) -> usize {
        self.raw.len() * 8
    }

    /// Carries out an attack on a copy.
    pub fn run(&self, attack: Attack) -> Trial {
        match attack {
            Attack::None => self.open(attack, UNCHANGED.into(), &self.text, &self.key, OPENS),
            Attack::FlipBit(bit) => self.flip(attack, bit),
            Attack::WrongKey => self.open(attack, OTHER_KEY.into(), &self.text, &self.wrong, OPENS),
            Attack::Replay => self.replay(attack),
            Attack::Old => self.old(attack),
            Attack::RemovedMember => self.open(attack, KEPT_KEY.into(), &self.text, &self.key, NO_REMOVAL),
        }
    }

    fn flip(&self, attack: Attack, bit: usize) -> Trial {
        let mut raw = self.raw.clone();
        let place = bit / 8;
        let Some(byte) = raw.get_mut(place) else {
            return Trial {
                attack,
                done: BEHIND.with([Text::as_is(bit)]),
                opened: false,
                refused_by: None,
                meaning: NOTHING_DONE,
            };
        };
        *byte ^= 0x80 >> (bit % 8);
        let done = FLIPPED.with([Text::as_is(bit % 8), Text::as_is(place)]);
        self.open(attack, done, URL_SAFE.encode(raw).as_bytes(), &self.key, OPENS)
    }

    fn replay(&self, attack: Attack) -> Trial {
        let seen = TokenId::of(&self.text).map(|id| {
            let id = MessageId::Token(*id.as_bytes());
            let mut seen = Duplicates::default();
            let first = seen.judge(id);
            seen.remember(id, None);
            first == Judgement::New && seen.judge(id) == Judgement::Repeated(None)
        });
        let done = if seen == Ok(true) { SECOND_MARKED } else { SECOND_UNKNOWN };
        self.open(attack, done.into(), &self.text, &self.key, REPLAYED)
    }

    fn old(&self, attack: Attack) -> Trial {
        let later = self.now_s.saturating_add(YEAR);
        let limited =
            Cipher::new(&self.key).open(&self.text, &Policy::within(later, TTL, Policy::PYTHON_SKEW_S));
        let came = match limited {
            Err(OpenError::Expired { .. }) => TOO_OLD,
            Err(_) => OTHER_REASON,
            Ok(_) => CLOCK_AHEAD,
        };
        let done = YEAR_LATER.with([Text::as_is(TTL), came.into()]);
        self.open(attack, done, &self.text, &self.key, NO_AGE)
    }

    /// Opens a copy; what refuses it is found by going through the steps, whose verdict is the codec's.
    fn open(&self, attack: Attack, done: Text, text: &[u8], key: &Key, meaning: Phrase) -> Trial {
        let opened = Cipher::new(key).open(text, &Policy::lenient()).is_ok();
        let steps = inspect_token(text, Some(key), self.now_s, None).steps;
        let refused = steps.iter().find(|step| matches!(step.outcome, Outcome::Refused(_)));
        let refused_by = refused.filter(|_| !opened).map(|step| step.name);
        let meaning = refused.filter(|_| !opened).map_or(meaning, |step| step.if_wrong);
        Trial { attack, done, opened, refused_by, meaning }
    }
}

const TTL: u64 = 60;
const YEAR: u64 = 365 * 24 * 60 * 60;

phrases! {
    UNCHANGED = "The token, unchanged.";
    OTHER_KEY = "The same token, opened with another key.";
    KEPT_KEY = "Somebody who is not to read any more kept the key, and opens the token.";
    BEHIND = "Bit {} is behind the end of the token.";
    FLIPPED = "Bit {} of byte {} is the other way round.";
    SECOND_MARKED = "The same token comes a second time. A room that saw the first marks it as repeated.";
    SECOND_UNKNOWN = "The same token comes a second time. A room that saw the first knows it as no token.";
    YEAR_LATER = "The token comes a year later. With an age limit of {} s it is {}.";
    TOO_OLD = "refused as too old";
    OTHER_REASON = "refused, but for another reason";
    CLOCK_AHEAD = "still opened: its author's clock was ahead";
    REPLAYED = "It opens again. A room that saw the first marks it as repeated; one that did not takes it for new: this kind of room has no protection against replay.";
    NO_AGE = "It opens: a room asks for no age, and the time in the token is only what its author's clock said.";
    NO_REMOVAL = "It opens, and so does every later one: whoever has the key reads all, and nobody can be removed.";
}
