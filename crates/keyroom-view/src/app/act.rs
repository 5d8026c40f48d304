//! What a person does in a room.

use std::time::Duration;

use keyroom_client::{Body, Change, Command, PeerId, Position};
use keyroom_types::{Label, limits};

use super::{App, Asked, Over, Rename};
use crate::effect::{Effect, Focus, ScrollTo};
use crate::forms::FieldState;
use crate::input::{Field, Input};
use crate::room::{Copied, Sheet, Written};
use crate::secret::FieldText;
use crate::timeline::Timeline;
use crate::words;

impl App {
    pub(super) fn act(&mut self, input: Input) {
        let Some(id) = self.shown_id() else { return };
        match input {
            Input::ComposerChanged(text) => {
                if let Some(room) = self.shown_room_mut() {
                    room.draft.change(text);
                }
                self.hint();
                self.changes.screen = true;
            }
            Input::Send => self.send(None),
            Input::SendInParts => self.send(Some(limits::SIMPLE_PEER_CHARS)),
            Input::Retry(position) => self.engine_do(Command::Retry { room: id, position }),
            Input::CopyMessage(position) => self.copy_message(position),
            Input::ShowAll(position) => {
                self.with_timeline(|timeline, look| timeline.show_all(look, position));
            }
            Input::OpenMenu(position) => self.open_menu(position),
            Input::MenuDo(action) => self.menu_do(action),
            Input::React { to, emoji } => self.react(to, &emoji),
            Input::OpenLink { of, link } => self.open_link(of, link),
            Input::MenuLink(link) => self.menu_link(link),
            Input::LinkNotOpened => self.say(id, words::LINK_NOT_OPENED.to_owned()),
            Input::Cursor(at) => self.cursor(at),
            Input::NextName(down) => self.next_name(down),
            Input::TakeName(place) => self.take_name(place),
            Input::Reply(position) => self.reply(position),
            Input::JumpTo(position) => self.jump_to(position),
            Input::Visible { first, last } => self.visible(first, last),
            Input::JumpToNewest => {
                self.with_timeline(Timeline::jump_to_newest);
                self.effects.push(Effect::Scroll(ScrollTo::Bottom));
                self.all_seen();
                self.changes.screen = true;
            }
            Input::TogglePeople => {
                // They stand in the same place.
                let covered = self.close_inspector();
                let shown = !covered && self.people_wanted.unwrap_or_else(|| self.is_roomy());
                self.people_wanted = Some(!shown);
                self.redraw();
            }
            Input::ToggleLeft => {
                self.left_shown = !self.left_shown;
                self.changes.people = true;
            }
            Input::RenameStart(peer) => self.rename_start(peer),
            Input::RenameCommit => self.rename_commit(),
            Input::OpenPerson(peer) => self.open_over(Over::Person(peer)),
            Input::OpenRoomCode => self.open_over(Over::RoomCode),
            Input::OpenSettings => self.open_settings(),
            Input::Inspect(what) => self.inspect(what),
            Input::ToggleCompared => self.toggle_compared(),
            Input::CardDo(action) => self.card_do(action),
            Input::Admit(knock) => self.change(Change::Admit(knock)),
            Input::TurnAway(knock) => self.change(Change::Decline(knock)),
            Input::SaveRoomName
            | Input::ChooseLifetime(_)
            | Input::ToggleApproval
            | Input::ToggleKeyWorks
            | Input::NewKey
            | Input::ToggleReceipts
            | Input::ToggleTyping
            | Input::ToggleMute => self.set(&input),
            Input::ShowKeySheet => self.show_key(id),
            Input::CopyKey => self.copy(Copied::Key, |sheet| Some(sheet.key())),
            Input::CopyLink => self.copy(Copied::Link, |sheet| Some(sheet.link())),
            Input::CopyAddress(place) => self.copy_address(place),
            Input::ToggleLargeCode
            | Input::ToggleAdvanced
            | Input::ShowDoor(_)
            | Input::CloseDoor(_)
            | Input::ChooseDoorTime(_)
            | Input::ChooseDoorUses(_)
            | Input::MakeDoor => self.on_sheet(&input),
            Input::ToggleAnnounce => {
                if let Some(on) =
                    self.shown_room().and_then(|room| room.opened()).map(|opened| !opened.announced)
                {
                    self.engine_do(Command::Announce { room: id, on });
                }
            }
            Input::TryNow => self.engine_do(Command::Reconnect { room: id }),
            Input::EnterAgain => self.enter_again(),
            Input::OpenAgain => self.open_again(),
            Input::LeaveForGood => self.ask_to_leave_for_good(),
            Input::LeaveRoom => self.leave_asked(),
            _ => {}
        }
    }

    fn send(&mut self, split: Option<usize>) {
        let Some(room) = self.shown_room_mut().filter(|room| room.can_write()) else { return };
        let id = room.id;
        if let Some(written) = room.draft.take_written() {
            room.hinted = None;
            self.engine_do(match written {
                Written::Message(text) => Command::Send { room: id, text, split },
                Written::Act(act) => Command::Act { room: id, act },
            });
            self.save_draft();
            self.changes.screen = true;
        }
        self.effects.push(Effect::Focus(Focus::Composer));
    }

    pub(super) fn copy_message(&mut self, position: Position) {
        let Some(id) = self.shown_id() else { return };
        let page = self.history.page(id, position, 1).unwrap_or_default();
        if let Some(Body::Message(message)) = page.into_iter().next().map(|entry| entry.body) {
            self.effects.push(Effect::Copy { text: FieldText::from(&*message.text), clear_after: None });
        }
    }

    fn copy(&mut self, what: Copied, text: impl FnOnce(&Sheet) -> Option<FieldText>) {
        let now = self.now;
        let Some(sheet) = &mut self.sheet else { return };
        let Some(text) = text(sheet) else { return };
        sheet.copied(what, now);
        let clear_after = (what != Copied::Address).then_some(CLIPBOARD);
        self.effects.push(Effect::Copy { text, clear_after });
        self.changes.screen = true;
    }

    fn copy_address(&mut self, place: usize) {
        let (Some(sheet), Some(room)) = (&self.sheet, self.shown_room()) else { return };
        let address = sheet.addresses(room).get(place).map(|address| FieldText::from(address.to_string()));
        self.copy(Copied::Address, |_| address);
    }

    fn visible(&mut self, first: usize, last: usize) {
        let followed = self.timeline.as_ref().is_some_and(Timeline::follows);
        let bottom = self.with_timeline(|timeline, look| timeline.visible(look, first, last)).flatten();
        let follows = self.timeline.as_ref().is_some_and(Timeline::follows);
        self.changes.screen |= followed != follows;
        if !self.window.active {
            return;
        }
        if follows {
            self.all_seen();
        } else if let Some(bottom) = bottom {
            self.read_through(bottom);
            if self.shown_room_mut().is_some_and(|room| room.unread.seen_through(bottom)) {
                self.look_on();
                self.unread_changed();
            }
        }
    }

    fn rename_start(&mut self, peer: PeerId) {
        let Some(label) = self.shown_room().and_then(|room| room.people.get(peer)).map(|p| p.label.clone())
        else {
            return;
        };
        let field = FieldState::with(label.as_str());
        self.rename = Some(Rename { peer, field, error: String::new(), asked: None });
        self.changes.people = true;
        self.effects.push(Effect::Focus(Focus::Field(Field::Rename)));
    }

    fn rename_commit(&mut self) {
        let Some(room) = self.shown_room() else { return };
        let (id, now) = (room.id, self.rename.as_ref().and_then(|rename| room.people.get(rename.peer)));
        let now = now.map(|person| person.label.clone());
        let Some(rename) = self.rename.as_mut().filter(|rename| rename.field.is_bounded()) else { return };
        self.changes.people = true;
        match rename.field.text().parse::<Label>() {
            Err(error) => rename.error = words::label_error(error),
            Ok(label) if Some(&label) == now.as_ref() => self.rename = None,
            Ok(label) => {
                rename.asked = Some(label.clone());
                let peer = rename.peer;
                self.engine_do(Command::Rename { room: id, peer, label });
            }
        }
    }

    fn leave_asked(&mut self) {
        let Some(room) = self.shown_room() else { return };
        let id = room.id;
        if room.kept.is_some() && room.closed.is_some() {
            return self.ask_to_leave_for_good();
        }
        if room.is_hosted() && room.closed.is_none() {
            self.question = Some(Asked::CloseRoom(id));
            self.changes.shell = true;
            self.effects.push(Effect::Focus(Focus::First));
        } else {
            self.leave(id);
        }
    }

    fn ask_to_leave_for_good(&mut self) {
        let Some(room) = self.shown_room().filter(|room| room.is_sealed()) else { return };
        self.question = Some(Asked::LeaveForGood(room.id));
        self.changes.shell = true;
        self.effects.push(Effect::Focus(Focus::First));
    }

    pub(super) fn confirm(&mut self) {
        match self.question.take() {
            Some(Asked::CloseRoom(id)) => self.leave(id),
            Some(Asked::Withdraw(position)) => self.withdraw(position),
            Some(Asked::Remove(peer)) => self.change(Change::Remove(peer)),
            Some(Asked::CloseDoor(door)) => self.close_door(door),
            Some(Asked::LeaveForGood(id)) => self.leave_for_good(id),
            Some(Asked::OpenLink) => self.link_confirmed(),
            Some(Asked::Quit) => {
                self.save_draft();
                self.save_my_name();
                self.effects.push(Effect::Quit);
            }
            None => {}
        }
        self.changes.shell = true;
    }
}

/// How long a key or a link stays on the clipboard (attack matrix row 34).
pub(super) const CLIPBOARD: Duration = Duration::from_secs(60);
