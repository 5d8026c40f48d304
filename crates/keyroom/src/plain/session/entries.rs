//! Lines of the timeline in a plain session: messages, and what else happened.

use std::io;

use keyroom_client::{Body, Entry, Message, MessageState, Notice, PeerId, SendFailure, Sender};

use keyroom_types::Label;

use super::Session;
use crate::plain::face::{Face, MemberChange, Said};

impl Session {
    pub(super) fn on_entry(&mut self, entry: &Entry, face: &mut dyn Face) -> io::Result<()> {
        match &entry.body {
            Body::Message(message) => match message.state {
                MessageState::Received => {
                    self.opened_any = true;
                    let from = self.label(entry);
                    face.message(&self.name, &said(entry, message, &from))
                }
                _ => {
                    self.waiting.insert(entry.position);
                    self.on_change(entry, face)
                }
            },
            Body::Notice(notice) => self.on_notice(*notice, face),
            _ => Ok(()),
        }
    }

    pub(super) fn on_change(&mut self, entry: &Entry, face: &mut dyn Face) -> io::Result<()> {
        let message = match &entry.body {
            Body::Message(message) => message,
            Body::Notice(notice) => return self.on_notice(*notice, face),
            _ => return Ok(()),
        };
        if message.state == MessageState::Received {
            return self.on_changed_text(entry, message, face);
        }
        if message.state == MessageState::Waiting {
            return Ok(());
        }
        let from = self.label(entry);
        let said = said(entry, message, &from);
        if self.verbose && self.is_sealed() {
            face.state(&said, message.state)?;
        }
        if self.is_sealed() && matches!(message.state, MessageState::Sent { .. }) {
            // Under way: settled only when it is on the relay's disk and on ours.
            return Ok(());
        }
        if !self.waiting.remove(&entry.position) {
            return Ok(());
        }
        self.permit();
        match message.state {
            MessageState::Sent { to } => face.sent(&self.name, &said, Some(to)),
            MessageState::Stored | MessageState::Delivered => face.sent(&self.name, &said, None),
            MessageState::Failed(failure) => {
                self.unsent += 1;
                let kind = if failure == SendFailure::NobodyHere { "nobody_here" } else { "not_sent" };
                face.warning(&self.name, kind, &format!("Not sent: {failure}."))
            }
            _ => Ok(()),
        }
    }

    /// Somebody else's message is not what it was: another text, or none. What else may have changed about it is not shown.
    fn on_changed_text(&mut self, entry: &Entry, message: &Message, face: &mut dyn Face) -> io::Result<()> {
        let details = self.engine.history().details(self.room, entry.position).unwrap_or_default();
        if !details.edited && !details.gone {
            return Ok(());
        }
        let now = (!details.gone).then(|| message.text.clone());
        if self.changed.get(&entry.position) == Some(&now) {
            return Ok(());
        }
        self.changed.insert(entry.position, now);
        let from = self.label(entry);
        face.changed(&self.name, &said(entry, message, &from), details.gone)
    }

    fn on_notice(&mut self, notice: Notice, face: &mut dyn Face) -> io::Result<()> {
        let label = |peer| self.name_of(peer);
        let messages = |count| if count == 1 { "a message".into() } else { format!("{count} messages") };
        match notice {
            Notice::Dropped(peer, why) => {
                face.member(&self.name, &label(peer), &MemberChange::Dropped(why.to_string()))
            }
            Notice::NotOpened(peer, count) => {
                let text = format!(
                    "{} sent {} that this key does not open. If that goes on, one of you has a wrong key: compare them.",
                    label(peer),
                    messages(count)
                );
                self.not_opened = true;
                face.warning(&self.name, "not_opened", &text)
            }
            Notice::NotText(peer, count) => {
                let text = format!("{} sent {} that opened, but not to text.", label(peer), messages(count));
                face.warning(&self.name, "not_text", &text)
            }
            Notice::Junk(peer, bytes) => {
                let text = format!("{} sent {bytes} bytes that are no message.", label(peer));
                face.warning(&self.name, "junk", &text)
            }
            Notice::Repeated { peer, times, .. } => {
                let what = if times == 1 { "a message".into() } else { format!("messages, {times} times,") };
                let text = format!(
                    "{} sent {what} that came before: it may be a replay. It is not shown again.",
                    label(peer)
                );
                face.warning(&self.name, "repeated", &text)
            }
            other => tell_notice(&self.name, other, &|peer| self.name_of(peer), face),
        }
    }

    fn name_of(&self, peer: PeerId) -> String {
        let person = self.engine.history().person(self.room, peer).ok().flatten();
        person.map_or_else(|| "somebody".into(), |person| person.label.to_string())
    }

    pub(super) fn label(&self, entry: &Entry) -> String {
        match &entry.body {
            Body::Message(Message { from: Sender::Me, .. }) => self.me.clone(),
            Body::Message(Message { from: Sender::Peer(peer), .. }) => self.name_of(*peer),
            _ => String::new(),
        }
    }
}

/// A message as a face shows it.
pub(crate) fn said<'a>(entry: &Entry, message: &'a Message, from: &'a str) -> Said<'a> {
    Said { id: message.id.to_string(), from, text: &message.text, at: entry.at, seq: entry.seq }
}

/// Tells what happened in a room besides messages, as far as it happens in sealed rooms.
pub(crate) fn tell_notice(
    room: &Label,
    notice: Notice,
    name: &dyn Fn(PeerId) -> String,
    face: &mut dyn Face,
) -> io::Result<()> {
    let by = |peer: Option<PeerId>| peer.map_or_else(|| "Somebody".to_owned(), name);
    match notice {
        Notice::Joined(peer) => face.member(room, &name(peer), &MemberChange::Joined),
        Notice::Left(peer) => face.member(room, &name(peer), &MemberChange::Left),
        Notice::Reentered(peer) => face.member(room, &name(peer), &MemberChange::Reentered),
        Notice::Admitted { who, .. } => face.member(room, &name(who), &MemberChange::Joined),
        Notice::Removed { who, by } => face.member(room, &name(who), &MemberChange::Removed(name(by))),
        Notice::RulesChanged(peer) => {
            let text = format!("{} changed the room: its name, its admins, or its key.", name(peer));
            face.warning(room, "rules_changed", &text)
        }
        Notice::Skipped(peer) => {
            let text = format!("{} sent a change of the room that is not valid. It was skipped.", by(peer));
            face.warning(room, "skipped", &text)
        }
        Notice::Unreadable(peer) => {
            let text = format!("{} sent a message that cannot be read.", by(peer));
            face.warning(room, "unreadable", &text)
        }
        Notice::Expired => {
            face.warning(room, "expired", "A message was not kept by the relay until you came.")
        }
        Notice::Unsure(peer) => {
            let text =
                format!("{} changed the room's keys in a way that could not be followed here.", by(peer));
            face.warning(room, "unsure", &text)
        }
        _ => Ok(()),
    }
}
