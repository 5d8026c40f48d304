//! What lies over a sealed room: codes to compare, and its settings.

use std::time::Duration;

use keyroom_client::{Change, Choices, Command, PeerId, SpokenCode};
use keyroom_types::{Label, text};

use super::{App, Asked, Over};
use crate::effect::{Effect, Focus};
use crate::forms::FieldState;
use crate::input::Input;
use crate::room::{Room, plain_qr};
use crate::screen::{CardAction, CodeCard, RoomSettings, Switch};
use crate::words;

impl App {
    /// Asks the history who is in the room on the screen, where that may have changed.
    pub(super) fn read_roster(&mut self) {
        let Some(id) = self.shown_id() else { return };
        let Some(room) = self.rooms.iter_mut().find(|room| room.id == id) else { return };
        if !room.roster_is_old || room.kept.is_none() {
            return;
        }
        room.roster_is_old = false;
        let roster = self.history.roster(id).ok().flatten();
        let choices = self.history.choices(id).unwrap_or_default();
        if room.roster != roster || room.choices != choices {
            let members = roster.iter().flat_map(|roster| &roster.members).filter(|member| member.unclear);
            let beginning = |code: SpokenCode| code.to_string().chars().take(5).collect();
            let suffixes = members.map(|member| (member.peer, beginning(member.code))).collect();
            let renamed = room.people.tell_apart(suffixes);
            room.roster = roster;
            room.choices = choices;
            if renamed {
                self.with_timeline(crate::timeline::Timeline::refresh_all);
            }
            self.doors_changed();
            self.changes.people = true;
            self.changes.screen = true;
        }
    }

    pub(super) fn open_over(&mut self, over: Over) {
        let known = match &over {
            Over::Person(peer) => self.shown_room().is_some_and(|room| room.member(*peer).is_some()),
            Over::RoomCode => self.shown_room().is_some_and(|room| code(room).is_some()),
            Over::Settings(_) => true,
        };
        if known {
            self.menu = None;
            self.over = Some(over);
            self.changes.screen = true;
            self.effects.push(Effect::Focus(Focus::First));
        }
    }

    pub(super) fn open_settings(&mut self) {
        let Some(room) = self.shown_room().filter(|room| has_settings(room)) else { return };
        let field = FieldState::with(room.name.as_str());
        self.open_over(Over::Settings(field));
    }

    /// Asks for a change of the room on the screen.
    pub(super) fn change(&mut self, change: Change) {
        if let Some(room) = self.shown_room_mut() {
            // What was refused before is not said of this.
            room.sealed.refused = None;
            let room = room.id;
            self.engine_do(Command::Change { room, change });
        }
    }

    pub(super) fn toggle_compared(&mut self) {
        let (Some(id), Some(Over::Person(Some(peer)))) = (self.shown_id(), &self.over) else { return };
        let peer = *peer;
        let Some(on) =
            self.shown_room().and_then(|room| room.member(Some(peer))).map(|known| !known.verified)
        else {
            return;
        };
        // Where it cannot be kept the switch stays as it is.
        let _ = self.history.set_verified(id, peer, on);
        if let Some(room) = self.shown_room_mut() {
            room.roster_is_old = true;
        }
    }

    /// Folds the messages of a person on this computer, or no longer.
    pub(super) fn mute(&mut self, peer: PeerId, on: bool) {
        let Some(room) = self.shown_room_mut() else { return };
        let id = room.id;
        room.people.mute(peer, on);
        // Where it cannot be kept it holds until the room is closed.
        let _ = self.history.set_muted(id, peer, on);
        self.with_timeline(crate::timeline::Timeline::refresh_all);
        self.redraw();
    }

    pub(super) fn card_do(&mut self, action: CardAction) {
        let Some(Over::Person(Some(peer))) = self.over.take() else { return };
        self.changes.screen = true;
        match action {
            CardAction::MakeAdmin => self.change(Change::Admin(peer, true)),
            CardAction::TakeAdmin => self.change(Change::Admin(peer, false)),
            CardAction::Mute => self.mute(peer, true),
            CardAction::Unmute => self.mute(peer, false),
            CardAction::Remove => {
                self.question = Some(Asked::Remove(peer));
                self.changes.shell = true;
            }
        }
        self.effects.push(Effect::Focus(Focus::First));
    }

    /// Changes a setting.
    pub(super) fn set(&mut self, input: &Input) {
        let Some(room) = self.shown_room() else { return };
        let (roster, choices) = (room.roster.clone(), room.choices);
        match (input, roster) {
            (Input::SaveRoomName, Some(_)) => {
                if let Some(name) = self.new_name() {
                    self.change(Change::Rename(name));
                }
            }
            (Input::ChooseLifetime(place), Some(roster)) => {
                if let Some(lifetime) = LIFETIMES.get(*place).filter(|lifetime| **lifetime != roster.lifetime)
                {
                    self.change(Change::Lifetime(*lifetime));
                }
            }
            (Input::ToggleApproval, Some(roster)) => self.change(Change::Approval(!roster.approval)),
            (Input::ToggleKeyWorks, Some(roster)) => {
                self.change(if roster.open { Change::CloseDoors } else { Change::NewDoor });
            }
            (Input::NewKey, Some(_)) => self.change(Change::NewDoor),
            (Input::ToggleReceipts, _) => self.choose(Choices { receipts: !choices.receipts, ..choices }),
            (Input::ToggleTyping, _) => self.choose(Choices { typing: !choices.typing, ..choices }),
            (Input::ToggleMute, _) => self.choose(Choices { muted: !choices.muted, ..choices }),
            _ => {}
        }
    }

    fn choose(&mut self, choices: Choices) {
        if let Some(room) = self.shown_room_mut() {
            room.choices = choices;
            let room = room.id;
            self.engine_do(Command::Choose { room, choices });
            self.redraw();
        }
    }

    /// The name in the settings, where it is one and not the room's already.
    fn new_name(&self) -> Option<Label> {
        let Some(Over::Settings(field)) = &self.over else { return None };
        let name: Label = field.text().parse().ok()?;
        let now = self.shown_room()?.roster.as_ref()?.name.as_str();
        (field.is_bounded() && name.as_str() != now).then_some(name)
    }

    /// The card over the room on the screen.
    pub(super) fn code_card(&self) -> Option<CodeCard> {
        let room = self.shown_room()?;
        match self.over.as_ref()? {
            Over::Person(peer) => person_card(room, *peer),
            Over::RoomCode => Some(CodeCard {
                title: words::ROOM_CODE.to_owned(),
                lead: words::ROOM_CODE_LEAD.to_owned(),
                groups: groups(code(room)?),
                qr: plain_qr(&code(room)?.to_string()),
                note: words::keys_changed(room.roster.as_ref()?.epoch),
                compared: None,
                actions: Vec::new(),
            }),
            Over::Settings(_) => None,
        }
    }

    /// The settings over the room on the screen.
    pub(super) fn room_settings(&self) -> Option<RoomSettings> {
        let Some(Over::Settings(field)) = &self.over else { return None };
        let room = self.shown_room()?;
        let roster = room.roster.as_ref()?;
        let admin = room.is_admin() && room.can_write();
        let switch = |label: &str, hint: &str, on, enabled| Switch {
            label: label.to_owned(),
            hint: hint.to_owned(),
            on,
            enabled,
        };
        let ask = if roster.approval { words::ASK_FIRST_ON.text() } else { words::ASK_FIRST_OFF.text() };
        let works = if roster.open { words::KEY_WORKS_ON.text() } else { words::KEY_WORKS_OFF.text() };
        let wrong = field.text().parse::<Label>().err().map(words::label_error).unwrap_or_default();
        Some(RoomSettings {
            title: words::SETTINGS.to_owned(),
            note: if admin { "" } else { words::NOT_YOURS_TO_CHANGE.text() }.to_owned(),
            admin,
            name: field.show(words::ROOM_NAME.text(), "", words::ROOM_NAME_SEEN.to_owned(), wrong),
            can_save: admin && self.new_name().is_some(),
            lifetimes: LIFETIMES.iter().map(|lifetime| words::kept_for(*lifetime)).collect(),
            lifetime: LIFETIMES.iter().position(|lifetime| *lifetime == roster.lifetime),
            approval: switch(words::ASK_FIRST.text(), ask, roster.approval, admin),
            key_works: switch(words::KEY_WORKS.text(), works, roster.open, admin),
            receipts: switch(
                words::RECEIPTS.text(),
                words::RECEIPTS_HINT.text(),
                room.choices.receipts,
                true,
            ),
            typing: switch(words::TYPING.text(), words::TYPING_HINT.text(), room.choices.typing, true),
            muted: switch(words::MUTE.text(), words::MUTE_HINT.text(), room.choices.muted, true),
        })
    }
}

/// Whether a room has settings: a sealed one that is in the profile.
pub(super) fn has_settings(room: &Room) -> bool {
    room.is_sealed() && room.roster.is_some()
}

fn person_card(room: &Room, peer: Option<PeerId>) -> Option<CodeCard> {
    let member = room.member(peer)?;
    let name = text::one_line(&member.name);
    let may = room.is_admin() && !member.me && room.can_write();
    let mute = if room.people.is_muted(member.peer) { CardAction::Unmute } else { CardAction::Mute };
    let rights = if member.admin { CardAction::TakeAdmin } else { CardAction::MakeAdmin };
    Some(CodeCard {
        title: words::code_of(&name),
        lead: if member.me { words::OWN_CODE_LEAD.text() } else { words::MEMBER_CODE_LEAD.text() }.to_owned(),
        groups: groups(member.code),
        qr: plain_qr(&member.code.to_string()),
        note: String::new(),
        compared: (!member.me).then(|| Switch {
            label: words::COMPARED_SWITCH.to_owned(),
            hint: words::COMPARED_HINT.to_owned(),
            on: member.verified,
            enabled: true,
        }),
        actions: [(rights, may), (mute, !member.me), (CardAction::Remove, may)]
            .into_iter()
            .filter(|(_, offered)| *offered)
            .map(|(action, _)| action)
            .collect(),
    })
}

/// The room's code, where it has one.
pub(super) fn code(room: &Room) -> Option<SpokenCode> {
    room.roster.as_ref()?.code
}

/// Six groups of five digits.
pub(super) fn groups(code: SpokenCode) -> Vec<String> {
    code.to_string().split(' ').map(str::to_owned).collect()
}

/// How long messages can be kept.
const LIFETIMES: [Option<Duration>; 5] = [
    None,
    Some(Duration::from_secs(30 * 24 * 60 * 60)),
    Some(Duration::from_secs(7 * 24 * 60 * 60)),
    Some(Duration::from_secs(24 * 60 * 60)),
    Some(Duration::from_secs(60 * 60)),
];
