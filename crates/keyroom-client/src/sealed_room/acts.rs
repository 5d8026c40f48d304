//! What is done about messages: answered, changed, withdrawn, reacted to, tried again; and hints that somebody writes. Attack
//! matrix row 14.
//!
//! What is done is shown here at once and goes through the outbox, so that it is said however often the process is killed. Who
//! may do what to a message does not follow from what comes: only its author's identity finds it.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use bytes::Bytes;
use keyroom_history::{Entry, EntryBody, State, Tx};
use keyroom_mls::{Body, Content, Provider};
use keyroom_types::limits::EMOJI_BYTES;
use keyroom_types::{IdentityKey, MessageId, RoomId, text};

use super::notice::peer_of;
use super::{CLEAN_AFTER, Desk, Phase, SealedRoom, Trouble, group_trouble};
use crate::command::Act;
use crate::event::{ActRefusal, RoomEvent};
use crate::history::Position;

/// Hints that somebody writes.
#[derive(Debug, Default)]
pub(super) struct Hints {
    /// When we last said that we do.
    told: Option<Instant>,
    /// When each member's last hint was shown, by its leaf.
    shown: HashMap<u32, Instant>,
}

/// Why something was not done.
enum Failure {
    Refused(ActRefusal),
    Trouble(Trouble),
}

impl<T: Into<Trouble>> From<T> for Failure {
    fn from(trouble: T) -> Self {
        Self::Trouble(trouble.into())
    }
}

/// A message that something is done about.
struct Target {
    position: u64,
    id: MessageId,
    text: String,
    state: State,
    mine: bool,
}

impl SealedRoom {
    /// Does something about a message, or says that one is being written.
    pub fn act(&mut self, desk: &mut Desk<'_>, act: Act) {
        let done = match act {
            Act::Reply { to, text } => self.reply(desk, to, &text),
            Act::Edit { of, text } => self.edit(desk, of, text),
            Act::Delete { of } => self.delete(desk, of),
            Act::React { to, emoji, on } => self.react(desk, to, emoji, on),
            Act::Typing => self.hint(desk),
        };
        match done {
            Ok(()) => self.go_on(desk),
            Err(Failure::Refused(refusal)) => self.events.push_back(RoomEvent::ActRefused(refusal)),
            Err(Failure::Trouble(trouble)) => self.fail(&trouble),
        }
    }

    fn reply(&mut self, desk: &mut Desk<'_>, to: Position, text: &str) -> Result<(), Failure> {
        let target = self.target(&desk.profile.begin()?, to)?;
        self.say_to(desk, text, Some(target.id));
        Ok(())
    }

    fn edit(&mut self, desk: &mut Desk<'_>, of: Position, text: String) -> Result<(), Failure> {
        if let Err(refusal) = self.check_text(&text) {
            self.events.push_back(RoomEvent::SendRefused(refusal));
            return Ok(());
        }
        let (room, id) = (self.record.room, desk.message_id());
        let tx = desk.profile.begin()?;
        let target = self.own_message_at(&tx, of)?;
        if target.text == text {
            return Ok(());
        }
        // What failed was said to nobody: it is said as it is now when it is tried again.
        let said = !matches!(target.state, State::Failed(_));
        if said {
            tx.keep_text(&room, target.position, desk.wall)?;
        }
        tx.set_text(&room, target.position, Some(&text))?;
        if said {
            push(&tx, &room, target.position, &Content::new(id, Body::Edit { target: target.id, text }))?;
        }
        tx.commit()?;
        self.acted(target.position, said);
        Ok(())
    }

    fn delete(&mut self, desk: &mut Desk<'_>, of: Position) -> Result<(), Failure> {
        let (room, id) = (self.record.room, desk.message_id());
        let tx = desk.profile.begin()?;
        let target = self.own_message_at(&tx, of)?;
        // What is still in the outbox as it was written is said to nobody any more.
        let about: Vec<_> = tx
            .outbox(&room, usize::MAX / 2)?
            .into_iter()
            .filter(|waiting| waiting.position == Some(target.position) && waiting.sealed.is_none())
            .collect();
        let unsaid = about.iter().any(|waiting| !is_act(&waiting.content));
        about.iter().try_for_each(|waiting| tx.outbox_done(waiting.id))?;
        let said = !unsaid && !matches!(target.state, State::Failed(_));
        tx.set_text(&room, target.position, None)?;
        if said {
            push(&tx, &room, target.position, &Content::new(id, Body::Delete { target: target.id }))?;
        } else {
            // Nothing of it is on its way.
            tx.set_state(&room, target.position, State::Stored, None, None)?;
        }
        tx.commit()?;
        self.outgoing.unsaid(about.len());
        // The text is in the write-ahead log until then.
        self.clean.get_or_insert(desk.now + CLEAN_AFTER);
        self.acted(target.position, said);
        Ok(())
    }

    fn react(&mut self, desk: &mut Desk<'_>, to: Position, emoji: String, on: bool) -> Result<(), Failure> {
        let shown = !emoji.trim().is_empty() && text::one_line(&emoji) == emoji;
        if !shown || emoji.len() > EMOJI_BYTES {
            return Err(Failure::Refused(ActRefusal::NotAnEmoji));
        }
        let (room, id, me) = (self.record.room, desk.message_id(), self.identity.key());
        let tx = desk.profile.begin()?;
        let target = self.target(&tx, to)?;
        let there = tx.reactions(&room, target.position)?.contains(&(me, emoji.clone()));
        if there == on {
            return Ok(());
        }
        if !may_react(&tx, &room, target.position, &me, on)? {
            return Err(Failure::Refused(ActRefusal::NotAnEmoji));
        }
        tx.react(&room, target.position, &me, &emoji, on)?;
        let body = Body::Reaction { target: target.id, emoji, on };
        push(&tx, &room, target.position, &Content::new(id, body))?;
        tx.commit()?;
        self.acted(target.position, true);
        Ok(())
    }

    /// Tries a failed message again.
    pub fn retry(&mut self, desk: &mut Desk<'_>, position: Position) {
        if let Err(trouble) = self.try_retry(desk, position) {
            self.fail(&trouble);
        }
        self.go_on(desk);
    }

    fn try_retry(&mut self, desk: &mut Desk<'_>, position: Position) -> Result<(), Trouble> {
        let room = self.record.room;
        let tx = desk.profile.begin()?;
        let Some(entry) = tx.entry(&room, position.0)? else { return Ok(()) };
        let EntryBody::Message { id, text: Some(text), reply, state: State::Failed(_), .. } = entry.body
        else {
            return Ok(());
        };
        push(&tx, &room, position.0, &Content::new(id, Body::Text { text, reply }))?;
        tx.set_state(&room, position.0, State::Waiting, None, None)?;
        tx.commit()?;
        self.acted(position.0, true);
        Ok(())
    }

    fn acted(&mut self, position: u64, said: bool) {
        self.outgoing.pushed(usize::from(said));
        self.events.push_back(RoomEvent::Changed { position: Position(position) });
    }

    fn own_message_at(&self, tx: &Tx<'_>, position: Position) -> Result<Target, Failure> {
        let target = self.target(tx, position)?;
        if target.mine { Ok(target) } else { Err(Failure::Refused(ActRefusal::NotYours)) }
    }

    fn target(&self, tx: &Tx<'_>, position: Position) -> Result<Target, Failure> {
        let refused = |refusal| Err(Failure::Refused(refusal));
        if self.is_over() || self.outgoing.is_stopped() || !matches!(self.phase, Phase::Member) {
            return refused(ActRefusal::NotIn);
        }
        match tx.entry(&self.record.room, position.0)? {
            Some(Entry {
                position,
                body: EntryBody::Message { author, id, text: Some(text), state, .. },
                ..
            }) => Ok(Target { position, id, text, state, mine: author == self.identity.key() }),
            Some(Entry { body: EntryBody::Message { .. }, .. }) => refused(ActRefusal::Gone),
            _ => refused(ActRefusal::NoMessage),
        }
    }

    /// Says that something is being written, not too often, and where that is wanted.
    fn hint(&mut self, desk: &mut Desk<'_>) -> Result<(), Failure> {
        let soon = self.hints.told.is_some_and(|told| desk.now < told + HINT_EVERY);
        let ready = desk.link.is_live() && self.is_caught_up() && !self.outgoing.is_stopped();
        let (Some(group), true, false) = (&self.group, ready, soon) else { return Ok(()) };
        let tx = desk.profile.begin()?;
        if !tx.choices(&self.record.room)?.typing {
            return Ok(());
        }
        let storage = tx.mls();
        let provider = Provider { crypto: desk.crypto, storage: &storage };
        let sealed = group.seal_ephemeral(&provider, &typing(group.me().leaf)).map_err(group_trouble)?;
        // A hint that cannot be sent is none.
        let _ = desk.link.ephemeral(Bytes::from(sealed));
        self.hints.told = Some(desk.now);
        Ok(())
    }

    /// Somebody sent a hint. Everybody in the room can make one in anybody's name.
    pub(super) fn hinted(&mut self, desk: &mut Desk<'_>, bytes: &Bytes) -> Result<(), Trouble> {
        let (Some(group), false) = (&self.group, self.is_over()) else { return Ok(()) };
        let tx = desk.profile.begin()?;
        let opened = {
            let storage = tx.mls();
            let provider = Provider { crypto: desk.crypto, storage: &storage };
            group.open_ephemeral(&provider, bytes)
        };
        let member = opened.and_then(|hint| group.member(typing_leaf(&hint)?)).filter(|member| !member.me);
        let Some(member) = member else { return Ok(()) };
        let soon = self.hints.shown.get(&member.leaf).is_some_and(|last| desk.now < *last + SHOW_EVERY);
        if soon || !tx.choices(&self.record.room)?.typing {
            return Ok(());
        }
        self.hints.shown.insert(member.leaf, desk.now);
        self.events.push_back(RoomEvent::Typing(peer_of(&member.identity)));
        Ok(())
    }
}

/// Whether a message of the timeline still has a text: what is gone stays gone, whatever comes about it.
pub(super) fn has_text(tx: &Tx<'_>, room: &RoomId, position: u64) -> Result<bool, Trouble> {
    let entry = tx.entry(room, position)?;
    Ok(entry.is_some_and(|entry| matches!(entry.body, EntryBody::Message { text: Some(_), .. })))
}

/// Whether somebody may put one thing more beside a message.
pub(super) fn may_react(
    tx: &Tx<'_>,
    room: &RoomId,
    position: u64,
    who: &IdentityKey,
    on: bool,
) -> Result<bool, Trouble> {
    let of_them = || -> Result<usize, Trouble> {
        Ok(tx.reactions(room, position)?.iter().filter(|(author, _)| author == who).count())
    };
    Ok(!on || of_them()? < MOST_REACTIONS)
}

/// Whether a content of the outbox is about a message that is there without it.
pub(crate) fn is_act(content: &[u8]) -> bool {
    let body = Content::decode(content).map(|content| content.body);
    matches!(body, Ok(Body::Edit { .. } | Body::Delete { .. } | Body::Reaction { .. }))
}

fn push(tx: &Tx<'_>, room: &RoomId, position: u64, content: &Content) -> Result<(), Trouble> {
    let encoded = content.encode().map_err(group_trouble)?;
    tx.outbox_push(room, &encoded, Some(position))?;
    Ok(())
}

/// Version 1, kind 1, and the leaf of who writes.
fn typing(leaf: u32) -> Vec<u8> {
    [&[VERSION, TYPING][..], &leaf.to_be_bytes()].concat()
}

fn typing_leaf(hint: &[u8]) -> Option<u32> {
    match hint {
        [VERSION, TYPING, leaf @ ..] => Some(u32::from_be_bytes(leaf.try_into().ok()?)),
        _ => None,
    }
}

const VERSION: u8 = 1;
const TYPING: u8 = 1;

/// How often we say that we write.
const HINT_EVERY: Duration = Duration::from_secs(3);

/// How often it is shown that somebody does.
const SHOW_EVERY: Duration = Duration::from_secs(1);

/// What one member may put beside one message.
const MOST_REACTIONS: usize = 16;
