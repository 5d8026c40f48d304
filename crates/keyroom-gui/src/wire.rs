//! From Slint's callbacks to the view's inputs.

use std::rc::Rc;

use keyroom_client::Position;
use keyroom_view::{Field, FieldText, Input, ListenChoice, RoomKind, Row, ScaleStep};
use slint::{ComponentHandle, Global};

use crate::face::Face;
use crate::{rtl, ui};

/// Connects every callback.
pub(crate) fn connect(app: &ui::App, face: &Rc<Face>) {
    navigation(app, face);
    forms(app, face);
    timeline(app, face);
    composer(app, face);
    people(app, face);
    sheet(app, face);
    looks(app, face);
    over::connect(app, face);
    search::connect(app, face);
    inspector::connect(app, face);
}

/// Slint's name of a field.
pub(crate) fn field_box(field: Field) -> ui::Box {
    match field {
        Field::RoomName => ui::Box::RoomName,
        Field::HostMyName => ui::Box::HostName,
        Field::Port => ui::Box::Port,
        Field::Address => ui::Box::Address,
        Field::Key => ui::Box::Key,
        Field::JoinMyName => ui::Box::JoinName,
        Field::Rename => ui::Box::Rename,
        Field::NewRoomName => ui::Box::NewRoomName,
        Field::Search => ui::Box::Search,
        Field::MyName => ui::Box::MyName,
    }
}

fn field(field: ui::Box) -> Field {
    match field {
        ui::Box::RoomName => Field::RoomName,
        ui::Box::HostName => Field::HostMyName,
        ui::Box::Port => Field::Port,
        ui::Box::Address => Field::Address,
        ui::Box::Key => Field::Key,
        ui::Box::JoinName => Field::JoinMyName,
        ui::Box::Rename => Field::Rename,
        ui::Box::NewRoomName => Field::NewRoomName,
        ui::Box::Search => Field::Search,
        ui::Box::MyName => Field::MyName,
    }
}

/// A callback without arguments that stands for one input.
macro_rules! says {
    ($global:expr, $face:expr, $($on:ident => $input:expr;)+) => {
        $({
            let face = $face.clone();
            $global.$on(move || face.handle($input));
        })+
    };
}

mod inspector;
mod over;
mod search;

fn navigation(app: &ui::App, face: &Rc<Face>) {
    let ui = ui::Ui::get(app);
    says! { ui, face,
        on_to_start => Input::OpenStart;
        on_to_host => Input::OpenHostSetup;
        on_to_join => Input::OpenJoin;
        on_to_about => Input::OpenAbout;
        on_to_key => Input::ShowKeySheet;
        on_go_back => Input::Back;
        on_confirm => Input::Confirm;
        on_to_preferences => Input::OpenPreferences;
        on_other => Input::Other;
    }
    let to = face.clone();
    ui.on_zoom(move |step| {
        to.handle(Input::TextScale(match step {
            1 => ScaleStep::Larger,
            -1 => ScaleStep::Smaller,
            _ => ScaleStep::Reset,
        }));
    });
    let to = face.clone();
    ui.on_resized(move |width, height| to.handle(resized(width, height)));
    let to = face.clone();
    ui::Rooms::get(app).on_open(move |place| {
        if let Some(room) = to.room_at(place) {
            to.handle(Input::PickRoom(room));
        }
    });
}

/// A size of the window, in whole logical pixels.
pub(crate) fn resized(width: f32, height: f32) -> Input {
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "`as` saturates, and a size is small"
    )]
    let whole = |length: f32| length.max(0.0) as u32;
    Input::Resized { width: whole(width), height: whole(height) }
}

fn forms(app: &ui::App, face: &Rc<Face>) {
    let to = face.clone();
    ui::Ui::get(app).on_edited(move |which, text| {
        to.handle(Input::Edit { field: field(which), text: FieldText::from(text.as_str()) });
    });
    let host = ui::HostForm::get(app);
    says! { host, face, on_submit => Input::SubmitHost; }
    let to = face.clone();
    host.on_choose(move |listen| {
        to.handle(Input::ChooseListen(if listen == 1 {
            ListenChoice::ThisComputer
        } else {
            ListenChoice::ThisNetwork
        }));
    });
    let to = face.clone();
    host.on_announce_toggled(move |on| to.handle(Input::ChooseAnnounce(on)));
    let to = face.clone();
    host.on_choose_kind(move |chosen| to.handle(Input::ChooseKind(kind(chosen))));
    let to = face.clone();
    host.on_choose_keep(move |chosen| to.handle(Input::ChooseOnDisk(chosen == 0)));
    let join = ui::JoinForm::get(app);
    says! { join, face, on_submit => Input::SubmitJoin; }
    let to = face.clone();
    join.on_choose_kind(move |chosen| to.handle(Input::ChooseKind(kind(chosen))));
    let to = face.clone();
    ui::Nearby::get(app).on_enter(move |place| {
        if let Ok(place) = usize::try_from(place) {
            to.handle(Input::PickNearby(place));
        }
    });
}

fn kind(place: i32) -> RoomKind {
    if place == 1 { RoomKind::Fernet } else { RoomKind::Sealed }
}

fn timeline(app: &ui::App, face: &Rc<Face>) {
    let room = ui::Room::get(app);
    says! { room, face, on_to_newest => Input::JumpToNewest; on_banner_act => Input::EnterAgain; on_leave => Input::LeaveRoom;
        on_leave_for_good => Input::LeaveForGood;
    }
    let to = face.clone();
    room.on_act(move |action| {
        to.handle(match action {
            ui::Action::TryNow => Input::TryNow,
            ui::Action::EnterAgain => Input::EnterAgain,
            ui::Action::OpenAgain => Input::OpenAgain,
            ui::Action::Remove => Input::LeaveRoom,
        });
    });
    let to = face.clone();
    room.on_visible_rows(move |first, last| to.saw(first, last));
    for_message(face, Input::OpenMenu, |to| room.on_open_menu(to));
    for_message(face, Input::Retry, |to| room.on_retry(to));
    for_message(face, Input::ShowAll, |to| room.on_show_all(to));
    let to = face.clone();
    room.on_copy_row(move |row| match to.rows().row(row) {
        Some(Row::Message(message)) => to.handle(Input::CopyMessage(message.position)),
        Some(Row::Notice(notice) | Row::Warning(notice)) => to.copy(&notice.text.into(), None),
        Some(Row::Day(text) | Row::Unread(text)) => to.copy(&text.into(), None),
        None => {}
    });
    let to = face.clone();
    room.on_copy_part(move |row, from, till| {
        if let (Ok(from), Ok(till)) = (usize::try_from(from), usize::try_from(till))
            && let Some(text) = to.rows().selected(row, from, till)
        {
            to.copy(&text.into(), None);
        }
    });
}

fn for_message(face: &Rc<Face>, input: fn(Position) -> Input, on: impl FnOnce(Box<dyn FnMut(i32)>)) {
    let to = face.clone();
    on(Box::new(move |row| {
        if let Some(Row::Message(message)) = to.rows().row(row) {
            to.handle(input(message.position));
        }
    }));
}

fn composer(app: &ui::App, face: &Rc<Face>) {
    let room = ui::Room::get(app);
    says! { room, face, on_send => Input::Send; on_send_in_parts => Input::SendInParts; }
    let to = face.clone();
    let window = app.as_weak();
    room.on_draft_edited(move |text| {
        if let Some(app) = window.upgrade() {
            ui::Room::get(&app).set_draft_rtl(rtl::starts_right(&text));
        }
        to.handle(Input::ComposerChanged(text.into()));
    });
    let to = face.clone();
    room.on_cursor_moved(move |at| {
        if let Ok(at) = usize::try_from(at) {
            to.handle(Input::Cursor(at));
        }
    });
    let to = face.clone();
    room.on_next_name(move |down| to.handle(Input::NextName(down)));
    let to = face.clone();
    room.on_take_name(move |place| {
        if let Ok(place) = usize::try_from(place) {
            to.handle(Input::TakeName(place));
        }
    });
}

fn people(app: &ui::App, face: &Rc<Face>) {
    let room = ui::Room::get(app);
    says! { room, face,
        on_toggle_people => Input::TogglePeople;
        on_toggle_left => Input::ToggleLeft;
        on_toggle_mute => Input::ToggleMute;
        on_rename_done => Input::RenameCommit;
    }
    let to = face.clone();
    room.on_rename_start(move |place| {
        if let Some(peer) = to.peer_at(place) {
            to.handle(Input::RenameStart(peer));
        }
    });
}

fn looks(app: &ui::App, face: &Rc<Face>) {
    let looks = ui::Looks::get(app);
    says! { looks, face, on_toggle_contrast => Input::ToggleContrast; }
    let to = face.clone();
    looks.on_choose_language(move |place| {
        if let Ok(place) = usize::try_from(place) {
            to.handle(Input::ChooseLanguage(place));
        }
    });
    let to = face.clone();
    looks.on_choose_scale(move |place| {
        if let Ok(place) = usize::try_from(place) {
            to.handle(Input::ChooseTextSize(place));
        }
    });
}

fn sheet(app: &ui::App, face: &Rc<Face>) {
    let sheet = ui::KeySheet::get(app);
    says! { sheet, face,
        on_copy_key => Input::CopyKey;
        on_copy_link => Input::CopyLink;
        on_toggle_announce => Input::ToggleAnnounce;
        on_toggle_large => Input::ToggleLargeCode;
        on_toggle_advanced => Input::ToggleAdvanced;
        on_make_door => Input::MakeDoor;
    }
    let by_place = |input: fn(usize) -> Input| {
        let to = face.clone();
        move |place: i32| {
            if let Ok(place) = usize::try_from(place) {
                to.handle(input(place));
            }
        }
    };
    sheet.on_show_door(by_place(Input::ShowDoor));
    sheet.on_close_door(by_place(Input::CloseDoor));
    sheet.on_choose_time(by_place(Input::ChooseDoorTime));
    sheet.on_choose_use(by_place(Input::ChooseDoorUses));
    sheet.on_copy_address(by_place(Input::CopyAddress));
}
