//! Every screen, by name.

use keyroom_client::{Connection, LostReason, RoomEvent};
use keyroom_view::{Field, Input};
use std::time::Duration;

use crate::sample;
use crate::stage::Stage;

/// All screens that pictures are made of.
pub(crate) const ALL: [&str; 8] = ["start", "host", "join", "room", "lost", "key", "question", "about"];

/// A stage of this size that shows this screen.
pub(crate) fn show(name: &str, width: u32, height: u32) -> Stage {
    let stage = Stage::open(width, height);
    match name {
        "start" => sample::nearby(&stage),
        "host" => {
            stage.handle(Input::OpenHostSetup);
            stage.handle(Input::Edit { field: Field::RoomName, text: "Garden project".into() });
        }
        "join" => {
            sample::nearby(&stage);
            stage.handle(Input::OpenJoin);
            stage.handle(Input::Edit { field: Field::Address, text: "192.168.1.23:9999".into() });
            stage.handle(Input::Edit { field: Field::Key, text: "rA1D 7l8f 6T6K zG9k".into() });
        }
        "room" => {
            sample::rooms(&stage);
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
        "key" => {
            sample::rooms(&stage);
            stage.handle(Input::ShowKeySheet);
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
