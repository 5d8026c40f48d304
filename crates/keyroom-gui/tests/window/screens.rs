//! Every screen, by name.

use keyroom_client::inspect::Attack;
use keyroom_client::relay_link::ConnectError;
use keyroom_client::testing::StagedHistory;
use keyroom_client::{
    Alarm, CloseReason, Connection, LostReason, MessageState, PeerId, ProfileError, RoomEvent, Sender,
};
use keyroom_gui::ui;
use keyroom_types::KeyPin;
use keyroom_view::{Field, Gate, GateField, GateInput, Input, Inspect, PageName, ScaleStep, TabName};
use slint::ComponentHandle;
use std::time::Duration;

use crate::sample;
use crate::stage::{AtGate, Stage};

/// All screens that pictures are made of.
pub(crate) const ALL: [&str; 35] = [
    "first-start",
    "unlock",
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
    "doors",
    "large-code",
    "search",
    "preferences",
    "joining",
    "quit",
    "large-text",
    "lost",
    "key",
    "question",
    "about",
    "inspector",
    "inspector-steps",
    "inspector-lab",
    "inspector-gone",
    "inspector-sealed",
    "inspector-room",
    "inspector-keeping",
];

/// A stage of this size that shows this screen.
pub(crate) fn show(name: &str, width: u32, height: u32) -> Stage {
    if let "first-start" | "unlock" = name {
        return at_gate(name, width, height);
    }
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
            sample::networks(&stage);
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
        "doors" => {
            sample::doors(&stage);
            stage.handle(Input::ShowKeySheet);
            stage.handle(Input::ToggleAdvanced);
        }
        "large-code" => {
            sample::sealed(&stage);
            stage.handle(Input::ShowKeySheet);
            stage.handle(Input::ToggleLargeCode);
        }
        "search" => {
            sample::rooms(&stage);
            sample::found(&stage);
            stage.handle(Input::OpenSearch { everywhere: true });
            stage.app.global::<ui::Search<'_>>().set_text("seeds".into());
            stage.handle(Input::Edit { field: Field::Search, text: "seeds".into() });
            stage.handle(Input::SubmitSearch);
        }
        "preferences" => stage.handle(Input::OpenPreferences),
        "joining" => {
            let room = sample::knock(&stage);
            stage.room_event(room, RoomEvent::Connection(Connection::Joining));
        }
        "quit" => {
            sample::rooms(&stage);
            stage.handle(Input::CloseWindow);
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
        "inspector" | "inspector-steps" | "inspector-lab" | "inspector-beside" | "inspector-compare" => {
            looks(&stage, name);
        }
        "inspector-gone" => {
            let room = sample::rooms(&stage);
            stage.handle(Input::Back);
            let said = sample::say(&stage, room, 44, Sender::Peer(PeerId(2)), "bye", MessageState::Received);
            stage.handle(Input::Inspect(Inspect::Line(said)));
        }
        "inspector-sealed" | "inspector-inside" => {
            let (_, asked) = sample::captured_sealed(&stage, 596);
            stage.handle(Input::Inspect(Inspect::Line(asked)));
            if name == "inspector-inside" {
                stage.handle(Input::Inspect(Inspect::Level(1)));
            }
        }
        "inspector-room" => {
            sample::captured_sealed(&stage, 596);
            stage.handle(Input::Inspect(Inspect::Room));
        }
        "inspector-keeping" => {
            sample::captured_sealed(&stage, 596);
            stage.handle(Input::Inspect(Inspect::Room));
            stage.handle(Input::Inspect(Inspect::Page(PageName::Keeping)));
        }
        other => panic!("there is no screen {other}"),
    }
    stage.settle();
    stage
}

/// The screens before the rooms.
fn at_gate(name: &str, width: u32, height: u32) -> Stage {
    let folder = std::path::Path::new("/home/djamila/.local/share/keyroom/profile");
    let gate = if name == "unlock" { Gate::locked(folder) } else { Gate::first(folder, None) };
    let AtGate { stage, gate, .. } = AtGate::open(gate, width, height);
    if name == "unlock" {
        gate.handle(GateInput::Edit { field: GateField::Passphrase, text: "wrong".into() });
        gate.handle(GateInput::Submit);
        gate.handle(GateInput::Failed(ProfileError::WrongPassphrase));
    } else {
        stage.app.global::<ui::Gate<'_>>().set_name_text("Djamila".into());
        gate.handle(GateInput::Edit { field: GateField::Name, text: "Djamila".into() });
    }
    stage.settle();
    stage
}

/// A message of a Fernet room in the inspector.
fn looks(stage: &Stage, name: &str) {
    let (_, said) = sample::captured(stage);
    if name == "inspector-beside" {
        return stage.handle(Input::Inspect(Inspect::Toggle(Some(said))));
    }
    stage.handle(Input::Inspect(Inspect::Line(said)));
    match name {
        "inspector-steps" => stage.handle(Input::Inspect(Inspect::Tab(TabName::Steps))),
        "inspector-lab" => {
            stage.handle(Input::Inspect(Inspect::Tab(TabName::Lab)));
            stage.handle(Input::Inspect(Inspect::Try(Attack::Replay)));
            stage.handle(Input::Inspect(Inspect::Byte(31)));
            stage.handle(Input::Inspect(Inspect::Bit(3)));
        }
        "inspector-compare" => stage.handle(Input::Inspect(Inspect::Page(PageName::Compare))),
        _ => stage.handle(Input::Inspect(Inspect::Point(Some(2)))),
    }
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
