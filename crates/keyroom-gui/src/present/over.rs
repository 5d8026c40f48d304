//! What lies over a room: the menu of a message, a code to compare, the settings.

use keyroom_view::{Field, words as say};
use slint::{Global, SharedString};

use super::{Drawn, entry, list, switch, update};
use crate::fields::Fields;
use crate::{qr, ui};

pub(crate) fn menu(app: &ui::App, menu: Option<&keyroom_view::MessageMenu>, drawn: Drawn) {
    let to = ui::MessageMenu::get(app);
    if let Some(menu) = menu {
        to.set_title(drawn.text(&menu.title));
        to.set_react_text(say::REACT.text().into());
        to.set_palette(list(menu.palette.iter().map(|emoji| ui::ReactionText {
            emoji: drawn.text(&emoji.emoji),
            count: SharedString::default(),
            mine: emoji.mine,
            spoken: format!("{} {}", say::REACT.text(), emoji.emoji).into(),
        })));
        to.set_links(list(menu.links.iter().map(|link| line(link))));
        to.set_actions(list(menu.actions.iter().map(|action| line(action.word()))));
    }
    to.set_shown(menu.is_some());
}

pub(crate) fn card(app: &ui::App, card: Option<&keyroom_view::CodeCard>, drawn: Drawn) {
    let to = ui::CodeCard::get(app);
    if let Some(card) = card {
        to.set_title(drawn.text(&card.title));
        to.set_lead(card.lead.as_str().into());
        to.set_groups(list(card.groups.iter().map(SharedString::from)));
        to.set_spoken(card.groups.join(" ").into());
        to.set_with_code(card.qr.is_some());
        to.set_code(card.qr.as_ref().map(qr::image).unwrap_or_default());
        to.set_note(card.note.as_str().into());
        to.set_with_compared(card.compared.is_some());
        if let Some(compared) = &card.compared {
            to.set_compared(switch(compared));
        }
        let actions = card.actions.iter().map(|action| line(action.word()));
        update(&to.get_actions(), actions, |new| to.set_actions(new));
    }
    to.set_shown(card.is_some());
}

pub(crate) fn settings(app: &ui::App, settings: Option<&keyroom_view::RoomSettings>, fields: &mut Fields) {
    let to = ui::RoomSettings::get(app);
    if let Some(settings) = settings {
        to.set_title(settings.title.as_str().into());
        to.set_note(settings.note.as_str().into());
        to.set_admin(settings.admin);
        to.set_name(entry(&settings.name));
        fields.put(Field::NewRoomName, &settings.name, |text| to.set_name_text(text));
        to.set_save_text(say::SAVE_NAME.text().into());
        to.set_can_save(settings.can_save);
        to.set_lifetime_label(say::LIFETIME.text().into());
        to.set_lifetime_hint(say::LIFETIME_HINT.text().into());
        let lifetimes = settings.lifetimes.iter().map(SharedString::from);
        update(&to.get_lifetimes(), lifetimes, |new| to.set_lifetimes(new));
        to.set_lifetime(settings.lifetime.and_then(|place| i32::try_from(place).ok()).unwrap_or(-1));
        to.set_approval(switch(&settings.approval));
        to.set_key_works(switch(&settings.key_works));
        to.set_new_key_text(say::NEW_KEY_BUTTON.text().into());
        to.set_new_key_hint(say::NEW_KEY_HINT.text().into());
        to.set_for_me(say::FOR_ME.text().into());
        to.set_receipts(switch(&settings.receipts));
        to.set_typing(switch(&settings.typing));
        to.set_muted(switch(&settings.muted));
    } else {
        fields.forget(Field::NewRoomName);
    }
    to.set_shown(settings.is_some());
}

fn line(word: &str) -> ui::DoText {
    ui::DoText { text: word.into() }
}
