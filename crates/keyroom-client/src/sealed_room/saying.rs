//! What a person says: into the timeline and the outbox, and where nothing holds it into an envelope in the same
//! transaction. Attack matrix rows 15, 38.

use keyroom_history::{EntryBody, NewEntry, State, Tx};
use keyroom_mls::{Body, Content};
use keyroom_types::limits::WAITING_MESSAGES;
use keyroom_types::{MessageId, Timestamp};

use super::outgoing::{Flying, Item, seal};
use super::{Desk, Phase, SealedRoom, Trouble, group_trouble};
use crate::event::{RoomEvent, SendRefusal};
use crate::history::Position;

impl SealedRoom {
    /// Says something: a line of the timeline at once, and a content in the outbox.
    pub fn say(&mut self, desk: &mut Desk<'_>, text: &str) {
        self.say_to(desk, text, None);
    }

    /// The same, as the answer to a message.
    pub(super) fn say_to(&mut self, desk: &mut Desk<'_>, text: &str, reply: Option<MessageId>) {
        if let Err(refusal) = self.check_text(text) {
            self.events.push_back(RoomEvent::SendRefused(refusal));
            return;
        }
        let id = desk.message_id();
        let content = Content::new(id, Body::Text { text: text.to_owned(), reply });
        let said = if self.can_send_at_once(desk) {
            self.send_at_once(desk, &content, text)
        } else {
            self.put(desk, &content, Some(text))
        };
        match said {
            Ok(()) => self.go_on(desk),
            Err(trouble) => self.fail(&trouble),
        }
    }

    pub(super) fn check_text(&self, text: &str) -> Result<(), SendRefusal> {
        if text.is_empty() {
            return Err(SendRefusal::Empty);
        }
        if text.len() > Content::MAX_TEXT {
            return Err(SendRefusal::TooLong { bytes: text.len(), limit: Content::MAX_TEXT });
        }
        if self.outgoing.waiting >= WAITING_MESSAGES {
            return Err(SendRefusal::TooMany { waiting: self.outgoing.waiting });
        }
        // Before a newcomer's join is made, the profile does not know the room.
        let outside = matches!(self.phase, Phase::Entering(_));
        if self.is_over() || self.outgoing.is_stopped() || outside {
            Err(SendRefusal::NoRoom)
        } else {
            Ok(())
        }
    }

    /// Puts a content into the outbox, with a line of the timeline if it is to be shown.
    pub(super) fn put(
        &mut self,
        desk: &mut Desk<'_>,
        content: &Content,
        shown: Option<&str>,
    ) -> Result<(), Trouble> {
        let tx = desk.profile.begin()?;
        let position = match shown {
            Some(text) => Some(self.line_of_ours(&tx, desk.wall, content, text, State::Waiting)?),
            None => None,
        };
        let encoded = content.encode().map_err(group_trouble)?;
        tx.outbox_push(&self.record.room, &encoded, position)?;
        tx.commit()?;
        self.outgoing.waiting += 1;
        self.show(position);
        Ok(())
    }

    fn line_of_ours(
        &self,
        tx: &Tx<'_>,
        at: Timestamp,
        content: &Content,
        text: &str,
        state: State,
    ) -> Result<u64, Trouble> {
        let body = EntryBody::Message {
            author: self.identity.key(),
            name: self.record.me.clone(),
            id: content.id,
            text: Some(text.to_owned()),
            reply: if let Body::Text { reply, .. } = content.body { reply } else { None },
            edited: false,
            state,
        };
        Ok(tx.append(&self.record.room, &NewEntry { at, seq: None, body })?)
    }

    fn show(&mut self, position: Option<u64>) {
        if let Some(position) = position {
            let place = Position(position);
            self.events.push_back(RoomEvent::Appended { first: place, last: place });
        }
    }

    /// Whether nothing is before it and nothing holds it: the room is live and caught up, all else that was said is under
    /// way, and no commit is, or comes first.
    fn can_send_at_once(&self, desk: &Desk<'_>) -> bool {
        matches!(self.phase, Phase::Member)
            && self.group.is_some()
            && self.record.unsure.is_none()
            && desk.link.is_live()
            && self.is_caught_up()
            && self.outgoing.is_open(desk.now, self.at())
            && !self.is_to_heal(desk.wall)
    }

    /// The same transaction holds the line, the content in the outbox, the name of its envelope and the ratchet that moved on.
    /// A crash before it is as if nothing was said; after it the envelope is doubtful until the log was read.
    fn send_at_once(&mut self, desk: &mut Desk<'_>, content: &Content, text: &str) -> Result<(), Trouble> {
        let (envelope, standing) = (desk.envelope_id(), self.standing());
        let tx = desk.profile.begin()?;
        let position = Some(self.line_of_ours(&tx, desk.wall, content, text, State::Sent)?);
        let encoded = content.encode().map_err(group_trouble)?;
        let id = tx.outbox_push_sealed(&self.record.room, &encoded, position, &envelope)?;
        let Some(group) = &mut self.group else { return Ok(()) };
        let sealed = seal(&tx.mls(), group, desk.crypto, &tx, &standing, content, envelope);
        let entry = match sealed.and_then(|sealed| Ok(tx.commit().map(|()| sealed)?)) {
            Ok(sealed) => sealed,
            Err(trouble) => {
                // The ratchet in memory has moved and the stored one has not.
                self.group = None;
                return Err(trouble);
            }
        };
        let item = Item { id, envelope, position, act: false };
        self.outgoing.waiting += 1;
        self.show(position);
        self.fly(desk, &standing, vec![entry], Flying::of(vec![item]))
    }

    pub(super) fn put_quiet(&mut self, desk: &mut Desk<'_>, body: Body) -> Result<(), Trouble> {
        let content = Content::new(desk.message_id(), body);
        self.put(desk, &content, None)
    }

    /// Leaves for good: a word to the others, the pass is deleted, and everything of the room here.
    pub fn leave_for_good(&mut self, desk: &mut Desk<'_>) {
        match self.put_quiet(desk, Body::Leave) {
            Ok(()) => self.go_on(desk),
            Err(trouble) => self.fail(&trouble),
        }
    }
}
