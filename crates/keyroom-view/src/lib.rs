//! What a screen shows, as a reducer without a toolkit.
//!
//! A face makes one `App`, hands it every [`Input`] with the time, does every [`Effect`] that comes back, and
//! then draws what changed:
//!
//! ```text
//! let mut app = App::new(history, Options { me, myself, kept, discovery, clock, version });
//! let effects = app.handle(now, input);          // now: SystemTime; first input: WindowOpened
//! let changes = app.take_changes();              // Changes { shell, screen, rail, people, search, inspector, rows }
//! app.shell()   -> Shell                         // window title, which columns, text size, question
//! app.screen()  -> Screen                        // Start, HostSetup, Join, Room (with its sheet), About
//! app.rail()    -> Vec<RoomTile>                 // the list of rooms
//! app.people()  -> PeopleList                    // of the room on the screen
//! app.looks()   -> Looks                         // language, text size, contrast; drawn with the shell
//! app.search()  -> Option<SearchPage>            // what lies over everything while somebody searches
//! app.inspector() -> Option<InspectorView>       // over the room, or beside it
//! app.rows()    -> Vec<Row>                      // fresh render; a face applies changes.rows instead
//! app.next_tick() -> Option<SystemTime>          // when to hand in Input::Tick; None: sleep
//! ```
//!
//! Before there is a profile there is a [`Gate`]: the first start, or the passphrase.
//!
//! What a face must know:
//!
//! - **Order**: apply `changes.rows` first ([`RowChange`] carries the rows, so each step stands alone), then draw
//!   the other parts, then do the effects.
//! - **Engine**: every [`keyroom_client::Event`] goes in as [`Input::Engine`], [`Effect::Engine`] goes out to it.
//!   The face starts the engine and the view with one history.
//! - **Text fields**: a face reports each change with [`Input::Edit`] or [`Input::ComposerChanged`], and puts a text
//!   back into the toolkit's field only when its `revision` changed; the echo of that is understood.
//! - **Timeline**: [`Input::Visible`] tells the rows in sight after they settled. While the last row is in sight the
//!   view follows the end and asks for [`ScrollTo::Bottom`] with each new entry; it stops when a report shows an
//!   earlier first row. [`RowChange::Prepend`] and [`RowChange::DropFront`] must leave what is in sight in place.
//! - **Closing**: [`Input::CloseWindow`] asks; [`Effect::Quit`] alone closes.
//! - **Secrets** travel as [`FieldText`]: wiped on drop, hidden in `Debug`.
//! - **Inspector**: its [`Effect::Aside`] runs on another thread and comes back as [`Inspect::Done`]; rows of bytes and of
//!   fields are asked of [`Bytes`] when they come into sight.
//! - **Links**: a link of a row's [`markup::Formed`] goes in as [`Input::OpenLink`]; after a question [`Effect::OpenLink`] asks to
//!   hand it to the system, as one argument of one program, never to a shell. Nothing else is ever opened or fetched.
//! - **Emoji** and fonts are the face's business: rows carry the text as it is, safe and bounded.

#![forbid(unsafe_code)]

mod app;
mod avatar;
mod clock;
mod effect;
mod forms;
mod gate;
mod input;
mod inspector;
pub mod markup;
mod room;
mod row;
mod screen;
mod secret;
mod timeline;
pub mod words;

pub use app::{App, Changes, Options};
pub use avatar::Avatar;
pub use clock::{LocalClock, LocalTime};
pub use effect::{Effect, Focus, Note, ScrollTo};
pub use gate::{Gate, GateEffect, GateField, GateInput, GateScreen, Keeping};
pub use input::{Field, Input, ListenChoice, Notify, RoomKind, ScaleStep};
pub use inspector::{
    AttackView, BitView, Bytes, ComparePage, CompareRow, Done, EpochLine, Export, HexRow, HexRun, Inspect,
    InspectorView, Job, KeepingPage, LabView, LegendLine, MessagePage, PageName, PageView, PartRow, Picture,
    RoomPage, SaveAs, Saving, See, SessionLine, SightCell, SightView, StepView, TabName, TreeNode, TrialView,
};
pub use row::{MessageRow, NoticeRow, Row, RowChange};
pub use screen::*;
pub use secret::FieldText;
pub use words::Language;
