//! What a person does about messages: menu, answers, changes, reactions, jumps; and who is writing.

use std::time::Duration;

use keyroom_client::{Act, Body, Command, Details, Message, MessageState, PeerId, Position, RoomId, Sender};
use keyroom_types::text;

use super::{App, Asked};
use crate::effect::{Effect, Focus, ScrollTo};
use crate::room::Room;
use crate::screen::{MenuAction, MessageMenu, PaletteEmoji};
use crate::timeline::shown;
use crate::words;

impl App {
    pub(super) fn open_menu(&mut self, position: Position) {
        self.menu = self.message(position).map(|_| position);
        self.changes.screen = true;
    }

    pub(super) fn menu_do(&mut self, action: MenuAction) {
        let Some(position) = self.menu.take() else { return };
        self.changes.screen = true;
        let Some(id) = self.shown_id() else { return };
        match action {
            MenuAction::Reply => return self.reply(position),
            MenuAction::Copy => self.copy_message(position),
            MenuAction::Edit => return self.edit_message(position),
            MenuAction::Earlier => {
                self.with_timeline(|timeline, look| timeline.toggle_earlier(look, position.0));
            }
            MenuAction::Original => {
                let details = self.history.details(id, position).unwrap_or_default();
                if let Some(of) = details.reply.flatten() {
                    self.jump_to(of);
                }
            }
            MenuAction::Retry => self.engine_do(Command::Retry { room: id, position }),
            MenuAction::Inspect => return self.inspect(crate::inspector::Inspect::Line(position)),
            MenuAction::Mute | MenuAction::Unmute => {
                if let Some((Message { from: Sender::Peer(peer), .. }, _)) = self.message(position) {
                    self.mute(peer, action == MenuAction::Mute);
                }
            }
            MenuAction::Delete => {
                self.question = Some(Asked::Withdraw(position));
                self.changes.shell = true;
                return self.effects.push(Effect::Focus(Focus::First));
            }
        }
        self.effects.push(Effect::Focus(Focus::Composer));
    }

    pub(super) fn withdraw(&mut self, of: Position) {
        self.do_about(Act::Delete { of });
    }

    pub(super) fn reply(&mut self, to: Position) {
        let Some((message, details)) = self.message(to) else { return };
        let Some(room) = self.shown_room().filter(|room| room.is_sealed() && room.can_write()) else {
            return;
        };
        if details.gone {
            return;
        }
        let said = shown::line(&message.text, room.people.names());
        let quote = words::answering(&author(room, message.from), &said);
        if let Some(room) = self.shown_room_mut() {
            room.draft.reply(to, quote);
        }
        self.changes.screen = true;
        self.effects.push(Effect::Focus(Focus::Composer));
    }

    fn edit_message(&mut self, of: Position) {
        let Some((message, _)) = self.message(of) else { return };
        if let Some(room) = self.shown_room_mut() {
            room.draft.edit(of, message.text.to_string());
        }
        self.changes.screen = true;
        self.effects.push(Effect::Focus(Focus::Composer));
    }

    /// Puts an emoji beside a message, or takes it back where it is there already.
    pub(super) fn react(&mut self, to: Position, emoji: &str) {
        self.menu = None;
        self.changes.screen = true;
        let Some((_, details)) = self.message(to) else { return };
        // Chips show a safe copy: what is taken back is what stands there.
        let mut ours = details.reactions.iter().filter(|reaction| reaction.by == Sender::Me);
        let mine = ours.find(|reaction| shown::emoji(&reaction.emoji) == emoji);
        let (emoji, on) = match mine {
            Some(reaction) => (reaction.emoji.to_string(), false),
            None => {
                let same = details.reactions.iter().find(|reaction| shown::emoji(&reaction.emoji) == emoji);
                (same.map_or_else(|| emoji.to_owned(), |reaction| reaction.emoji.to_string()), true)
            }
        };
        if text::one_line(&emoji) == emoji {
            self.do_about(Act::React { to, emoji, on });
        }
    }

    /// Goes to a message: so that it is in sight, wherever it stands.
    pub(super) fn jump_to(&mut self, position: Position) {
        let row = self.with_timeline(|timeline, look| timeline.go_to(look, position.0)).flatten();
        if let Some(row) = row {
            self.effects.push(Effect::Scroll(ScrollTo::Row(row)));
        }
        self.changes.screen = true;
    }

    /// The menu that is open, as it is shown.
    pub(super) fn message_menu(&self) -> Option<MessageMenu> {
        let position = self.menu?;
        let (message, details) = self.message(position)?;
        let room = self.shown_room()?;
        let (own, open) = (message.from == Sender::Me, room.is_sealed() && room.can_write() && !details.gone);
        let failed = matches!(message.state, MessageState::Failed(_)) && !details.gone;
        let muted = match message.from {
            Sender::Me => None,
            Sender::Peer(peer) => Some(room.people.is_muted(peer)),
        };
        let offered = [
            (MenuAction::Retry, failed),
            (MenuAction::Reply, open && !failed),
            (MenuAction::Copy, !details.gone),
            (MenuAction::Edit, open && own),
            (MenuAction::Earlier, !details.earlier.is_empty()),
            (MenuAction::Original, matches!(details.reply, Some(Some(_)))),
            (MenuAction::Inspect, !failed && !details.gone),
            (MenuAction::Mute, muted == Some(false)),
            (MenuAction::Unmute, muted == Some(true)),
            (MenuAction::Delete, open && own),
        ];
        let mine = |emoji: &str| {
            details.reactions.iter().any(|reaction| reaction.by == Sender::Me && &*reaction.emoji == emoji)
        };
        let author = author(room, message.from);
        let said = if details.gone {
            words::WITHDRAWN.to_owned()
        } else {
            shown::line(&message.text, room.people.names())
        };
        Some(MessageMenu {
            position,
            title: format!("{author}: {said}"),
            palette: words::PALETTE
                .iter()
                .filter(|_| open && !failed)
                .map(|&emoji| PaletteEmoji { emoji: emoji.to_owned(), mine: mine(emoji) })
                .collect(),
            links: self.links_of(position),
            actions: offered.into_iter().filter(|(_, offered)| *offered).map(|(action, _)| action).collect(),
        })
    }

    /// Something was not done, and the composer says why.
    pub(super) fn say(&mut self, id: RoomId, why: String) {
        if let Some(room) = self.room_mut(id) {
            room.draft.say(why);
        }
        self.changes.screen |= self.shown_id() == Some(id);
    }

    /// The others are told now and then that this person writes.
    pub(super) fn hint(&mut self) {
        let now = self.now;
        let Some(room) = self.shown_room_mut().filter(|room| room.is_sealed() && room.can_write()) else {
            return;
        };
        let soon = room.hinted.is_some_and(|last| now < last + HINT_EVERY);
        if room.draft.text().trim().is_empty() || soon {
            return;
        }
        room.hinted = Some(now);
        self.do_about(Act::Typing);
    }

    pub(super) fn somebody_types(&mut self, id: RoomId, peer: PeerId) {
        let until = self.now + SAID_FOR;
        if let Some(room) = self.room_mut(id) {
            room.typing.retain(|(who, _)| *who != peer);
            // A hint proves nothing: who floods the room with them fills no memory (attack matrix row 27).
            if room.typing.len() < MOST_TYPING
                && room.people.get(peer).is_some()
                && !room.people.is_muted(peer)
            {
                room.typing.push((peer, until));
            }
        }
        self.changes.screen |= self.shown_id() == Some(id);
    }

    /// Who was silent for a while is not writing any more.
    pub(super) fn stop_typing(&mut self) {
        let now = self.now;
        let Some(room) = self.shown_room_mut() else { return };
        let before = room.typing.len();
        room.typing.retain(|(_, until)| now < *until);
        let changed = before != room.typing.len();
        self.changes.screen |= changed;
    }

    fn do_about(&mut self, act: Act) {
        if let Some(room) = self.shown_id() {
            self.engine_do(Command::Act { room, act });
        }
    }

    fn message(&self, position: Position) -> Option<(Message, Details)> {
        let id = self.shown_id()?;
        let entry = self.history.page(id, position, 1).ok()?.into_iter().next()?;
        let Body::Message(message) = entry.body else { return None };
        Some((message, self.history.details(id, position).ok()?))
    }
}

/// Who wrote a message, by name.
pub(super) fn author(room: &Room, from: Sender) -> String {
    match from {
        Sender::Me => room.me.clone(),
        Sender::Peer(peer) => room.people.name(peer),
    }
}

/// How often the engine is asked to say that this person writes.
const HINT_EVERY: Duration = Duration::from_secs(3);
/// How long somebody is said to write after a hint.
const SAID_FOR: Duration = Duration::from_secs(6);
/// People who write at once that are told apart.
const MOST_TYPING: usize = 32;
