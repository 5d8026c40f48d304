//! Every screen, by name.

use keyroom_client::relay_link::ConnectError;
use keyroom_client::testing::StagedHistory;
use keyroom_client::{Alarm, CloseReason, Connection, LostReason, PeerId, RoomEvent};
use keyroom_gui::ui;
use keyroom_types::KeyPin;
use keyroom_view::{Field, Input, ScaleStep};
use slint::ComponentHandle;
use std::time::Duration;

use crate::sample;
use crate::stage::Stage;

/// All screens that pictures are made of.
pub(crate) const ALL: [&str; 20] = [
    "start",
    "profile",
    "lively",
    "menu",
    "formatted",
    "link",
    "code",
    "settings",
    "host",
    "join",
    "room",
    "sealed",
    "entering",
    "alarm",
    "sealed-key",
    "large-text",
    "lost",
    "key",
    "question",
    "about",
];

/// A stage of this size that shows this screen.
pub(crate) fn show(name: &str, width: u32, height: u32) -> Stage {
    let history = if name == "profile" { sample::profile() } else { StagedHistory::new() };
    let stage = Stage::over(history, width, height);
    match name {
        "profile" => {}
        "lively" => {
            let (room, ..) = sample::lively(&stage);
            sample::knocks(&stage, room);
            stage.room_event(room, RoomEvent::Typing(PeerId(1)));
        }
        "menu" => {
            let (_, asked, _) = sample::lively(&stage);
            let menu = stage.app.global::<ui::MessageMenu<'_>>();
            menu.set_at_x(420.0);
            menu.set_at_y(200.0);
            stage.handle(Input::OpenMenu(asked));
        }
        "formatted" => {
            sample::formatted(&stage);
            let text = "Thanks @a";
            stage.app.global::<ui::Room<'_>>().set_draft(text.into());
            stage.handle(Input::ComposerChanged(text.into()));
            stage.handle(Input::Cursor(text.len()));
        }
        "link" => {
            let of = sample::formatted(&stage);
            stage.handle(Input::OpenLink { of, link: 0 });
        }
        "code" => {
            sample::lively(&stage);
            stage.handle(Input::OpenPerson(Some(PeerId(1))));
        }
        "settings" => {
            sample::lively(&stage);
            stage.handle(Input::OpenSettings);
        }
        "start" => sample::nearby(&stage),
        "host" => {
            stage.handle(Input::OpenHostSetup);
            write(&stage, Field::RoomName, "Garden project");
        }
        "join" => {
            sample::nearby(&stage);
            stage.handle(Input::OpenJoin);
            write(&stage, Field::Address, "192.168.1.23:9999");
            write(&stage, Field::Key, "rA1D 7l8f 6T6K zG9k!");
        }
        "room" => {
            sample::rooms(&stage);
            stage.handle(Input::Back);
        }
        "sealed" => {
            sample::sealed(&stage);
        }
        "entering" => {
            let room = sample::knock(&stage);
            let mismatch = ConnectError::PinMismatch {
                expected: KeyPin::from_bytes([1; 32]),
                seen: KeyPin::from_bytes([2; 32]),
            };
            stage.room_event(room, RoomEvent::Closed(CloseReason::NotTrusted(mismatch)));
        }
        "alarm" => {
            let room = sample::sealed(&stage);
            stage.room_event(room, RoomEvent::Alarm(Alarm::Forked));
        }
        "sealed-key" => {
            sample::sealed(&stage);
            stage.handle(Input::ShowKeySheet);
        }
        "large-text" => {
            sample::rooms(&stage);
            stage.handle(Input::Back);
            for _ in 0..4 {
                stage.handle(Input::TextScale(ScaleStep::Larger));
            }
        }
        "lost" => {
            let room = sample::join(&stage, "Physics 9b");
            let lost = Connection::Waiting {
                reason: LostReason::Broken,
                retry_in: Duration::from_secs(4),
                attempt: 2,
            };
            stage.room_event(room, RoomEvent::Connection(lost));
        }
        // A room that was just opened shows its key by itself.
        "key" => {
            sample::rooms(&stage);
        }
        "question" => {
            sample::rooms(&stage);
            stage.handle(Input::LeaveRoom);
        }
        "about" => stage.handle(Input::OpenAbout),
        other => panic!("there is no screen {other}"),
    }
    stage.settle();
    stage
}

/// Writes into a field as a person does.
pub(crate) fn write(stage: &Stage, field: Field, text: &str) {
    match field {
        Field::RoomName => stage.app.global::<ui::HostForm<'_>>().set_name_text(text.into()),
        Field::Address => stage.app.global::<ui::JoinForm<'_>>().set_address_text(text.into()),
        Field::Key => stage.app.global::<ui::JoinForm<'_>>().set_key_text(text.into()),
        other => panic!("no screen here needs {other:?}"),
    }
    stage.handle(Input::Edit { field, text: text.into() });
}
