//! What belongs to a message besides its text.

use std::time::{Duration, SystemTime};

use keyroom_history::{DbError, EntryBody, Tx};
use keyroom_types::{IdentityKey, RoomId, Timestamp};

use super::ProfileHistory;
use crate::history::{Details, EarlierText, Position, Reaction, Sender};
use crate::sealed_room::{is_act, peer_of};

impl ProfileHistory {
    pub(super) fn details_of(&self, tx: &Tx<'_>, room: &RoomId, position: u64) -> Result<Details, DbError> {
        let Some(entry) = tx.entry(room, position)? else { return Ok(Details::default()) };
        let EntryBody::Message { author, text, reply, edited, .. } = entry.body else {
            return Ok(Details::default());
        };
        let reply = match reply {
            Some(id) => Some(tx.find_any(room, &id)?.map(Position)),
            None => None,
        };
        let earlier = tx.earlier_texts(room, position)?.into_iter();
        let reactions = tx.reactions(room, position)?.into_iter();
        let seen = |at: &keyroom_types::Seq| entry.seq.is_some_and(|seq| seq <= *at);
        let seen_by = if author == self.me { tx.seen(room)? } else { Vec::new() };
        let waits = tx.outbox(room, usize::MAX / 2)?;
        Ok(Details {
            reply,
            edited,
            earlier: earlier
                .map(|earlier| EarlierText { text: earlier.text.into(), until: time(earlier.until) })
                .collect(),
            gone: text.is_none(),
            reactions: reactions
                .map(|(by, emoji)| Reaction { by: self.sender(&by), emoji: emoji.into() })
                .collect(),
            seen_by: seen_by
                .iter()
                .filter(|(who, at)| *who != self.me && seen(at))
                .map(|(who, _)| peer_of(who))
                .collect(),
            unsaid: waits
                .iter()
                .any(|waiting| waiting.position == Some(position) && is_act(&waiting.content)),
        })
    }

    pub(super) fn sender(&self, author: &IdentityKey) -> Sender {
        if *author == self.me { Sender::Me } else { Sender::Peer(peer_of(author)) }
    }
}

/// A time as faces have it.
pub(super) fn time(at: Timestamp) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(at.as_millis())
}
