//! Start, *Host a room*, *Join a room*, About.

use keyroom_view::{Choice, Field, ListenChoice, RoomKind};
use slint::{Global, ModelRc};

use super::{entry, switch, update, words};
use crate::fields::Fields;
use crate::ui;

pub(crate) fn start(app: &ui::App, start: &keyroom_view::Start) {
    let to = ui::Start::get(app);
    to.set_title(start.title.as_str().into());
    to.set_lead(start.lead.as_str().into());
    to.set_host(card(&start.host));
    to.set_join(card(&start.join));
    nearby(app, &start.nearby);
}

pub(crate) fn host(app: &ui::App, form: &keyroom_view::HostSetup, fields: &mut Fields) {
    let to = ui::HostForm::get(app);
    to.set_title(form.title.as_str().into());
    to.set_kind_label(keyroom_view::words::KIND.text().into());
    to.set_kind(kind(form.kind));
    choices(&to.get_kinds(), &form.kind_choices, |new| to.set_kinds(new));
    to.set_note(form.note.as_str().into());
    to.set_name(entry(&form.name));
    fields.put(Field::RoomName, &form.name, |text| to.set_name_text(text));
    to.set_me(entry(&form.me));
    fields.put(Field::HostMyName, &form.me, |text| to.set_me_text(text));
    to.set_port(entry(&form.port));
    fields.put(Field::Port, &form.port, |text| to.set_port_text(text));
    to.set_listen_label(keyroom_view::words::LISTEN.text().into());
    to.set_listen(match form.listen {
        ListenChoice::ThisNetwork => 0,
        ListenChoice::ThisComputer => 1,
    });
    choices(&to.get_choices(), &form.listen_choices, |new| to.set_choices(new));
    to.set_more_text(keyroom_view::words::MORE_OPTIONS.text().into());
    to.set_keep_label(keyroom_view::words::KEEP_ROOM.text().into());
    to.set_keep(i32::from(!form.on_disk));
    choices(&to.get_keeps(), &form.keep_choices, |new| to.set_keeps(new));
    to.set_addresses_label(form.addresses_label.as_str().into());
    super::room::addresses(&to.get_addresses(), &form.addresses, |new| to.set_addresses(new));
    to.set_announce(switch(&form.announce));
    to.set_lacks(words(&form.lacks));
    to.set_error(form.error.as_str().into());
    to.set_submit_text(form.submit.as_str().into());
    to.set_can_submit(form.can_submit);
}

pub(crate) fn join(app: &ui::App, form: &keyroom_view::JoinForm, fields: &mut Fields) {
    let to = ui::JoinForm::get(app);
    to.set_title(form.title.as_str().into());
    to.set_lead(form.lead.as_str().into());
    to.set_kind_label(keyroom_view::words::KIND.text().into());
    to.set_kind(kind(form.kind));
    choices(&to.get_kinds(), &form.kind_choices, |new| to.set_kinds(new));
    to.set_kind_asked(form.kind_asked);
    to.set_note(form.note.as_str().into());
    to.set_address(entry(&form.address));
    fields.put(Field::Address, &form.address, |text| to.set_address_text(text));
    to.set_key(entry(&form.key));
    fields.put(Field::Key, &form.key, |text| to.set_key_text(text));
    to.set_me(entry(&form.me));
    fields.put(Field::JoinMyName, &form.me, |text| to.set_me_text(text));
    to.set_submit_text(form.submit.as_str().into());
    to.set_can_submit(form.can_submit);
    nearby(app, &form.nearby);
}

pub(crate) fn about(app: &ui::App, about: &keyroom_view::About) {
    let to = ui::About::get(app);
    to.set_title(about.title.as_str().into());
    to.set_version(about.version.as_str().into());
    to.set_text(words(&about.text));
}

fn kind(kind: RoomKind) -> i32 {
    match kind {
        RoomKind::Sealed => 0,
        RoomKind::Fernet => 1,
    }
}

pub(super) fn choices(
    shown: &ModelRc<ui::ChoiceText>,
    choices: &[Choice],
    set: impl FnOnce(ModelRc<ui::ChoiceText>),
) {
    let choices = choices.iter().map(|choice| ui::ChoiceText {
        title: choice.title.as_str().into(),
        text: choice.text.as_str().into(),
    });
    update(shown, choices, set);
}

fn card(card: &keyroom_view::Card) -> ui::CardText {
    ui::CardText {
        title: card.title.as_str().into(),
        text: card.text.as_str().into(),
        button: card.button.as_str().into(),
    }
}

fn nearby(app: &ui::App, nearby: &keyroom_view::NearbyList) {
    let to = ui::Nearby::get(app);
    to.set_heading(nearby.heading.as_str().into());
    let rooms = nearby.rooms.iter().map(|room| ui::NearbyRoom {
        title: room.title.as_str().into(),
        detail: room.detail.as_str().into(),
        button: room.button.as_str().into(),
    });
    update(&to.get_list(), rooms, |new| to.set_list(new));
    to.set_note(nearby.note.as_str().into());
    to.set_help(words(&nearby.help));
}
