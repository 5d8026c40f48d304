//! The callbacks of menus, codes, settings, knocks and alarms.

use std::rc::Rc;

use keyroom_view::{AlarmAction, Input, Row};
use slint::Global;

use crate::face::Face;
use crate::present::formed;
use crate::ui;

pub(super) fn connect(app: &ui::App, face: &Rc<Face>) {
    message(app, face);
    people(app, face);
    card(app, face);
    settings(app, face);
}

fn message(app: &ui::App, face: &Rc<Face>) {
    let room = ui::Room::get(app);
    let to = face.clone();
    room.on_to_quoted(move |row| {
        if let Some(Row::Message(message)) = to.rows().row(row)
            && let Some(position) = message.quote.and_then(|quote| quote.position)
        {
            to.handle(Input::JumpTo(position));
        }
    });
    let to = face.clone();
    room.on_react(move |row, index| {
        if let Some(Row::Message(message)) = to.rows().row(row)
            && let Some(reaction) = at(&message.reactions, index)
        {
            to.handle(Input::React { to: message.position, emoji: reaction.emoji.clone() });
        }
    });
    let to = face.clone();
    room.on_open_link(move |row, target| open_link(&to, row, formed::link(&target)));
    let to = face.clone();
    room.on_open_link_at(move |row, link| open_link(&to, row, usize::try_from(link).ok()));
    let menu = ui::MessageMenu::get(app);
    let to = face.clone();
    menu.on_open_link(move |index| {
        if let Ok(index) = usize::try_from(index) {
            to.handle(Input::MenuLink(index));
        }
    });
    let to = face.clone();
    menu.on_do(move |index| {
        let action = to.room().and_then(|room| at(&room.menu?.actions, index).copied());
        if let Some(action) = action {
            to.handle(Input::MenuDo(action));
        }
    });
    let to = face.clone();
    menu.on_react(move |index| {
        let Some(menu) = to.room().and_then(|room| room.menu) else { return };
        if let Some(emoji) = at(&menu.palette, index) {
            to.handle(Input::React { to: menu.position, emoji: emoji.emoji.clone() });
        }
    });
    let to = face.clone();
    room.on_alarm_act(move |index| {
        let action = to.room().and_then(|room| at(&room.banner?.actions, index).copied());
        match action {
            Some(AlarmAction::AskAgain) => to.handle(Input::TryNow),
            Some(AlarmAction::NewRoom) => to.handle(Input::OpenHostSetup),
            Some(AlarmAction::LeaveForGood) => to.handle(Input::LeaveForGood),
            None => {}
        }
    });
}

fn people(app: &ui::App, face: &Rc<Face>) {
    let room = ui::Room::get(app);
    says! { room, face, on_open_code => Input::OpenRoomCode; on_open_settings => Input::OpenSettings; }
    let to = face.clone();
    room.on_open_person(move |place| {
        if let Some(peer) = to.person_at(place) {
            to.handle(Input::OpenPerson(peer));
        }
    });
    let to = face.clone();
    room.on_admit(move |place| {
        if let Some(knock) = to.knock_at(place) {
            to.handle(Input::Admit(knock));
        }
    });
    let to = face.clone();
    room.on_turn_away(move |place| {
        if let Some(knock) = to.knock_at(place) {
            to.handle(Input::TurnAway(knock));
        }
    });
}

fn card(app: &ui::App, face: &Rc<Face>) {
    let card = ui::CodeCard::get(app);
    says! { card, face, on_toggle_compared => Input::ToggleCompared; }
    let to = face.clone();
    card.on_do(move |index| {
        let action = to.room().and_then(|room| at(&room.card?.actions, index).copied());
        if let Some(action) = action {
            to.handle(Input::CardDo(action));
        }
    });
}

fn settings(app: &ui::App, face: &Rc<Face>) {
    let settings = ui::RoomSettings::get(app);
    says! { settings, face,
        on_save => Input::SaveRoomName;
        on_toggle_approval => Input::ToggleApproval;
        on_toggle_key_works => Input::ToggleKeyWorks;
        on_new_key => Input::NewKey;
        on_toggle_receipts => Input::ToggleReceipts;
        on_toggle_typing => Input::ToggleTyping;
        on_toggle_muted => Input::ToggleMute;
    }
    let to = face.clone();
    settings.on_choose_lifetime(move |index| {
        if let Ok(index) = usize::try_from(index) {
            to.handle(Input::ChooseLifetime(index));
        }
    });
}

fn open_link(to: &Rc<Face>, row: i32, link: Option<usize>) {
    if let (Some(Row::Message(message)), Some(link)) = (to.rows().row(row), link) {
        to.handle(Input::OpenLink { of: message.position, link });
    }
}

fn at<T>(items: &[T], index: i32) -> Option<&T> {
    items.get(usize::try_from(index).ok()?)
}
