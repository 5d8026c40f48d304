//! The list of rooms, one room, its people, its key.

use keyroom_view::{
    AddressLine, DoorList, Field, PeopleList, RoomScreen, RoomTile, StateAction, StepState, TextField,
    words as say,
};
use slint::{Global, ModelRc, SharedString};

use super::{Drawn, entry, list, switch, tone, update, words};
use crate::fields::Fields;
use crate::{qr, rtl, ui};

pub(crate) fn rail(app: &ui::App, tiles: &[RoomTile], drawn: Drawn) {
    let to = ui::Rooms::get(app);
    let tiles = tiles.iter().zip(0..).map(|(tile, place)| ui::RoomTile {
        place,
        name: drawn.text(&tile.name),
        last: drawn.text(&tile.last),
        time: tile.time.as_str().into(),
        unread: tile.unread.as_str().into(),
        names_me: tile.names_me,
        state: tile.state.as_str().into(),
        kind: tile.kind.as_str().into(),
        tone: tone(tile.tone),
        selected: tile.selected,
        muted: tile.muted,
    });
    to.set_search_text(say::SEARCH.text().into());
    to.set_preferences_text(say::PREFERENCES.text().into());
    update(&to.get_list(), tiles, |new| to.set_list(new));
}

pub(crate) fn room(app: &ui::App, room: &RoomScreen, fields: &mut Fields, drawn: Drawn) {
    let to = ui::Room::get(app);
    to.set_title(drawn.text(&room.title));
    let chips = room.chips.iter().map(|chip| ui::ChipText {
        text: chip.text.as_str().into(),
        tone: tone(chip.tone),
        tip: chip.tip.as_str().into(),
    });
    update(&to.get_chips(), chips, |new| to.set_chips(new));
    let steps = room.steps.iter().map(|step| ui::StepText {
        text: step.text.as_str().into(),
        state: match step.state {
            StepState::Done => ui::StepState::Done,
            StepState::Now => ui::StepState::Now,
            StepState::Failed => ui::StepState::Failed,
            StepState::Later => ui::StepState::Later,
        },
        spoken: step.spoken.as_str().into(),
    });
    update(&to.get_steps(), steps, |new| to.set_steps(new));
    to.set_muted(room.muted);
    to.set_mute_text(room.mute.as_str().into());
    to.set_state(room.state.text.as_str().into());
    to.set_state_next(room.state.next.as_str().into());
    to.set_state_tone(tone(room.state.tone));
    let actions =
        room.state.actions.iter().map(|&act| ui::ActionText { action: action(act), text: act.word().into() });
    update(&to.get_state_actions(), actions, |new| to.set_state_actions(new));
    let (text, button) =
        room.banner.as_ref().map_or(("", ""), |banner| (banner.text.as_str(), banner.button.as_str()));
    to.set_banner(text.into());
    to.set_banner_tone(room.banner.as_ref().map_or(ui::Tone::Quiet, |banner| tone(banner.tone)));
    to.set_banner_button(button.into());
    let alarm = room.banner.iter().flat_map(|banner| &banner.actions);
    let alarm = alarm.map(|action| ui::DoText { text: action.word().into() });
    update(&to.get_alarm_actions(), alarm, |new| to.set_alarm_actions(new));
    to.set_typing(drawn.text(&room.typing));
    to.set_settings_text(if room.has_settings { keyroom_view::words::SETTINGS.text() } else { "" }.into());
    to.set_empty(room.empty.as_str().into());
    to.set_invites(room.has_key && room.empty == keyroom_view::words::EMPTY_HOST.text());
    to.set_jump(room.jump.as_str().into());
    to.set_has_key(room.has_key);
    to.set_leave_text(room.leave.as_str().into());
    to.set_leave_for_good_text(room.leave_for_good.as_str().into());

    let composer = &room.composer;
    fields.put_draft(room.room, composer, |text| {
        to.set_draft_rtl(rtl::starts_right(&text));
        to.set_draft(text);
    });
    to.set_placeholder(composer.placeholder.as_str().into());
    to.set_can_write(composer.enabled);
    to.set_can_send(composer.can_send);
    to.set_hint(composer.hint.as_str().into());
    to.set_hint_tone(tone(composer.tone));
    to.set_parts(composer.parts.as_str().into());
    to.set_about(drawn.text(&composer.about));
    to.set_names_label(keyroom_view::words::NAMES_HERE.text().into());
    update(&to.get_names(), composer.names.iter().map(|name| drawn.text(name)), |new| to.set_names(new));
    to.set_name(i32::try_from(composer.name).unwrap_or(0));
    to.set_there(true);
}

pub(crate) fn people(app: &ui::App, people: &PeopleList, fields: &mut Fields, drawn: Drawn) {
    let to = ui::Room::get(app);
    let nothing = TextField::default();
    to.set_people_heading(people.heading.as_str().into());
    let persons = people.people.iter().zip(0..).map(|(person, place)| ui::Person {
        place,
        name: drawn.text(&person.name),
        letter: person.avatar.initial.as_str().into(),
        face: i32::try_from(person.avatar.colour).unwrap_or(0),
        detail: person.detail.as_str().into(),
        address: person.address.as_str().into(),
        here: person.here,
        has_code: person.has_code,
        compared: person.compared,
        renamable: person.renamable && person.rename.is_none(),
        renaming: person.rename.is_some(),
        rename: entry(person.rename.as_ref().unwrap_or(&nothing)),
    });
    update(&to.get_people(), persons, |new| to.set_people(new));
    match people.people.iter().find_map(|person| person.rename.as_ref()) {
        Some(field) => fields.put(Field::Rename, field, |text| to.set_rename_text(text)),
        None => fields.forget(Field::Rename),
    }
    to.set_left(people.left.as_str().into());
    to.set_left_shown(people.left_shown);
    to.set_people_note(people.note.as_str().into());
    to.set_knocks_heading(keyroom_view::words::ASKING.text().into());
    to.set_let_in_text(keyroom_view::words::LET_IN.text().into());
    to.set_turn_away_text(keyroom_view::words::TURN_AWAY.text().into());
    let knocks = people
        .knocks
        .iter()
        .map(|knock| ui::KnockText { name: drawn.text(&knock.name), detail: knock.detail.as_str().into() });
    update(&to.get_knocks(), knocks, |new| to.set_knocks(new));
    to.set_code_heading(keyroom_view::words::ROOM_CODE.text().into());
    to.set_code_note(keyroom_view::words::ROOM_CODE_NOTE.text().into());
    let lines = people.room_code.chunks(3).map(|groups| SharedString::from(groups.join(" ")));
    update(&to.get_code_lines(), lines, |new| to.set_code_lines(new));
}

pub(crate) fn sheet(app: &ui::App, sheet: Option<&keyroom_view::KeySheet>) {
    let to = ui::KeySheet::get(app);
    to.set_shown(sheet.is_some());
    let Some(sheet) = sheet else {
        // The key does not stay in properties that nobody looks at.
        to.set_groups(list([]));
        to.set_spoken(SharedString::default());
        to.set_link(SharedString::default());
        to.set_code(slint::Image::default());
        return;
    };
    to.set_title(sheet.title.as_str().into());
    to.set_warning(sheet.warning.as_str().into());
    let groups = || sheet.key_lines.iter().flat_map(|line| line.split_whitespace());
    to.set_groups(list(groups().map(SharedString::from)));
    to.set_spoken(groups().collect::<Vec<_>>().join(" ").into());
    to.set_with_code(sheet.qr.is_some());
    to.set_code(sheet.qr.as_ref().map(qr::image).unwrap_or_default());
    to.set_link_label(say::LINK_HEADING.text().into());
    to.set_link((&*sheet.link).into());
    to.set_large(sheet.large);
    to.set_large_text(say::SHOW_LARGE.text().into());
    to.set_scan_text(say::SCAN_LARGE.text().into());
    addresses(&to.get_addresses(), &sheet.addresses, |new| to.set_addresses(new));
    doors(app, sheet.doors.as_ref());
    to.set_notes(words(&sheet.notes));
    to.set_with_announce(sheet.announce.is_some());
    if let Some(announce) = &sheet.announce {
        to.set_announce(switch(announce));
    }
    to.set_lacks(words(&sheet.lacks));
    to.set_copied(sheet.copied.as_str().into());
}

/// Where a room is, or will be.
pub(super) fn addresses(
    shown: &ModelRc<ui::AddressText>,
    lines: &[AddressLine],
    set: impl FnOnce(ModelRc<ui::AddressText>),
) {
    let lines = lines.iter().map(|line| ui::AddressText {
        address: line.address.as_str().into(),
        hint: line.hint.as_str().into(),
    });
    update(shown, lines, set);
}

/// What stands behind *Advanced*.
fn doors(app: &ui::App, doors: Option<&DoorList>) {
    let to = ui::KeySheet::get(app);
    to.set_with_doors(doors.is_some());
    let Some(doors) = doors else { return };
    to.set_fold_text(doors.fold.as_str().into());
    to.set_unfolded(doors.open);
    to.set_doors_heading(doors.heading.as_str().into());
    to.set_doors_lead(doors.lead.as_str().into());
    let rows = doors.doors.iter().map(|door| ui::DoorText {
        title: door.title.as_str().into(),
        detail: door.detail.as_str().into(),
        show: door.show.as_str().into(),
        close: door.close.as_str().into(),
    });
    update(&to.get_doors(), rows, |new| to.set_doors(new));
    to.set_doors_note(doors.note.as_str().into());
    to.set_makes_doors(doors.make.is_some());
    let Some(make) = &doors.make else { return };
    let place = |place: usize| i32::try_from(place).unwrap_or(0);
    to.set_make_heading(make.heading.as_str().into());
    to.set_time_label(make.time_label.as_str().into());
    update(&to.get_times(), make.times.iter().map(SharedString::from), |new| to.set_times(new));
    to.set_time(place(make.time));
    to.set_uses_label(make.uses_label.as_str().into());
    update(&to.get_uses(), make.uses.iter().map(SharedString::from), |new| to.set_uses(new));
    to.set_use(place(make.use_));
    to.set_make_text(make.make.as_str().into());
}

fn action(action: StateAction) -> ui::Action {
    match action {
        StateAction::TryNow => ui::Action::TryNow,
        StateAction::EnterAgain => ui::Action::EnterAgain,
        StateAction::OpenAgain => ui::Action::OpenAgain,
        StateAction::Remove => ui::Action::Remove,
    }
}
