//! What belongs to a message besides its text.

use std::collections::HashSet;
use std::time::{Duration, SystemTime};

use keyroom_history::{DbError, Entry, EntryBody, Tx};
use keyroom_types::{IdentityKey, RoomId, Seq, Timestamp};

use super::ProfileHistory;
use crate::history::{Details, EarlierText, Position, Reaction, Sender};
use crate::sealed_room::{is_act, peer_of};

impl ProfileHistory {
    pub(super) fn details_of(&self, tx: &Tx<'_>, room: &RoomId, position: u64) -> Result<Details, DbError> {
        Ok(self.details_from(tx, room, position, 1)?.pop().unwrap_or_default())
    }

    /// The same for the lines of a page. What all of them need is read once.
    pub(super) fn details_from(
        &self,
        tx: &Tx<'_>,
        room: &RoomId,
        from: u64,
        at_most: usize,
    ) -> Result<Vec<Details>, DbError> {
        let waits = tx.outbox(room, usize::MAX / 2)?;
        let unsaid: HashSet<u64> =
            waits.iter().filter(|one| is_act(&one.content)).filter_map(|one| one.position).collect();
        let seen = tx.seen(room)?;
        let page = tx.page(room, from, at_most)?;
        page.into_iter().map(|entry| self.details_in(tx, room, entry, &seen, &unsaid)).collect()
    }

    fn details_in(
        &self,
        tx: &Tx<'_>,
        room: &RoomId,
        entry: Entry,
        all_seen: &[(IdentityKey, Seq)],
        unsaid: &HashSet<u64>,
    ) -> Result<Details, DbError> {
        let position = entry.position;
        let EntryBody::Message { author, text, reply, edited, .. } = entry.body else {
            return Ok(Details::default());
        };
        let reply = match reply {
            Some(id) => Some(tx.find_any(room, &id)?.map(Position)),
            None => None,
        };
        let earlier = if edited { tx.earlier_texts(room, position)? } else { Vec::new() }.into_iter();
        let reactions = tx.reactions(room, position)?.into_iter();
        let seen = |at: &keyroom_types::Seq| entry.seq.is_some_and(|seq| seq <= *at);
        let seen_by = if author == self.me { all_seen } else { &[] };
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
            unsaid: unsaid.contains(&position),
        })
    }

    pub(super) fn sender(&self, author: &IdentityKey) -> Sender {
        if *author == self.me { Sender::Me } else { Sender::Peer(peer_of(author)) }
    }
}

/// A time as faces have it.
pub(crate) fn time(at: Timestamp) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(at.as_millis())
}
