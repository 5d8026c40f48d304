//! From what a person says to tokens.

use std::sync::Arc;

use keyroom_fernet::Cipher;
use keyroom_types::limits::FERNET_TEXT_BYTES;

use super::duplicates::Duplicates;
use super::own::{Outgoing, OwnMessages};
use super::split::split_text;
use super::timeline::Timeline;
use super::{Ivs, Moment};
use crate::event::{RoomEvent, SendRefusal};
use crate::history::{Message, MessageId, MessageState, PeerId, Sender};

/// What a person says.
pub(super) struct Saying<'a> {
    pub(super) text: &'a str,
    /// Longest token of one part, in characters.
    pub(super) split: Option<usize>,
    /// The newest peer that hears it.
    pub(super) newest: PeerId,
}

/// Seals what a person says and puts it into the timeline as waiting. What comes back belongs into the outbox;
/// nothing does where the text is refused, which the timeline then tells.
pub(super) fn say(
    now: Moment,
    saying: &Saying<'_>,
    cipher: &Cipher,
    ivs: Ivs<'_>,
    own: &OwnMessages,
    timeline: &mut Timeline,
    seen: &mut Duplicates,
) -> Vec<Outgoing> {
    let sealed = seal_all(cipher, now, saying.text, saying.split, ivs).and_then(|parts| {
        own.check_room(parts.len(), parts.iter().map(|part| part.wire.len()).sum())?;
        Ok(parts)
    });
    let parts = match sealed {
        Ok(parts) => parts,
        Err(refusal) => {
            timeline.tell(RoomEvent::SendRefused(refusal));
            return Vec::new();
        }
    };
    let mut outgoing = Vec::with_capacity(parts.len());
    for part in parts {
        let message =
            Message { id: part.id, from: Sender::Me, text: part.text, state: MessageState::Waiting };
        let Some(position) = timeline.message(now.wall, message, &part.wire) else { continue };
        seen.remember_own(part.id, Some(position));
        outgoing.push(Outgoing { position, wire: part.wire, recipe: part.recipe, newest: saying.newest });
    }
    outgoing
}

/// One part of what was said, ready to be sent.
#[derive(Debug)]
struct Sealed {
    text: Arc<str>,
    id: MessageId,
    wire: Arc<[u8]>,
    recipe: Recipe,
}

/// What makes the same token of the same text again: less to keep than the token.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Recipe {
    unix_s: u64,
    iv: [u8; 16],
}

/// Checks a text, splits it where that was asked for, and seals each part.
fn seal_all(
    cipher: &Cipher,
    now: Moment,
    text: &str,
    split: Option<usize>,
    ivs: Ivs<'_>,
) -> Result<Vec<Sealed>, SendRefusal> {
    if text.is_empty() {
        return Err(SendRefusal::Empty);
    }
    if text.len() > FERNET_TEXT_BYTES {
        return Err(SendRefusal::TooLong { bytes: text.len(), limit: FERNET_TEXT_BYTES });
    }
    let parts = match split {
        None => vec![text],
        Some(chars) => {
            split_text(text, chars).ok_or(SendRefusal::SplitTooSmall { chars, least: LEAST_CHARS })?
        }
    };
    let unix_s = now.unix_s();
    parts
        .into_iter()
        .map(|part| {
            let recipe = Recipe { unix_s, iv: ivs().ok_or(SendRefusal::NoRandomness)? };
            let (wire, id) = seal(cipher, part, recipe)?;
            Ok(Sealed { text: part.into(), id, wire, recipe })
        })
        .collect()
}

/// Seals one part; the same recipe gives the same token.
pub(super) fn seal(
    cipher: &Cipher,
    text: &str,
    recipe: Recipe,
) -> Result<(Arc<[u8]>, MessageId), SendRefusal> {
    let token = cipher
        .seal(text.as_bytes(), recipe.unix_s, recipe.iv)
        .map_err(|_| SendRefusal::TooLong { bytes: text.len(), limit: FERNET_TEXT_BYTES })?;
    let id = MessageId::Token(*token.id().as_bytes());
    Ok((token.into_bytes().into(), id))
}

/// The shortest token there is: one block.
pub(super) const LEAST_CHARS: usize = 100;
const _: () = assert!(LEAST_CHARS.is_multiple_of(4));

#[cfg(test)]
mod tests {
    use std::time::{Instant, SystemTime};

    use keyroom_types::Key;

    use super::super::split::longest_text;
    use super::*;

    fn sealed(text: &str, split: Option<usize>) -> Result<Vec<Sealed>, SendRefusal> {
        let now = Moment { instant: Instant::now(), wall: SystemTime::UNIX_EPOCH };
        let mut next = 0;
        let mut ivs = || {
            next += 1;
            Some([next; 16])
        };
        seal_all(&Cipher::new(&Key::from_bytes([7; 32])), now, text, split, &mut ivs)
    }

    #[test]
    fn each_part_is_a_token_of_its_own() {
        let parts = sealed("one two three four", Some(LEAST_CHARS)).unwrap();
        assert_eq!(parts.iter().map(|part| &*part.text).collect::<String>(), "one two three four");
        assert!(parts.iter().all(|part| part.wire.len() == LEAST_CHARS));
        assert_ne!(parts[0].id, parts[1].id);
        assert_eq!(longest_text(LEAST_CHARS), 15);
    }

    #[test]
    fn what_cannot_be_said_is_refused_with_its_reason() {
        assert_eq!(sealed("", None).unwrap_err(), SendRefusal::Empty);
        assert_eq!(
            sealed(&"x".repeat(100_001), None).unwrap_err(),
            SendRefusal::TooLong { bytes: 100_001, limit: 100_000 }
        );
        assert_eq!(sealed("x", Some(99)).unwrap_err(), SendRefusal::SplitTooSmall { chars: 99, least: 100 });
        assert_eq!(sealed(&"x".repeat(100_000), None).unwrap().len(), 1);
    }

    #[test]
    fn a_failing_random_source_seals_nothing() {
        let now = Moment { instant: Instant::now(), wall: SystemTime::UNIX_EPOCH };
        let cipher = Cipher::new(&Key::from_bytes([7; 32]));
        assert_eq!(seal_all(&cipher, now, "x", None, &mut || None).unwrap_err(), SendRefusal::NoRandomness);
    }

    #[test]
    fn the_same_recipe_makes_the_same_token() {
        let cipher = Cipher::new(&Key::from_bytes([7; 32]));
        let first = &sealed("again", None).unwrap()[0];
        let (wire, id) = seal(&cipher, "again", first.recipe).unwrap();
        assert_eq!((wire, id), (first.wire.clone(), first.id));
    }
}
