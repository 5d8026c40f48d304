//! What a screen shows, as a reducer without a toolkit.
//!
//! A face makes one `App`, hands it every [`Input`] with the time, does every [`Effect`] that comes back, and
//! then draws what changed:
//!
//! ```text
//! let mut app = App::new(history, Options { me, discovery, clock, prefill });
//! let effects = app.handle(now, input);          // now: SystemTime
//! let changes = app.take_changes();              // Changes { shell, screen, rail, people, rows }
//! app.shell()   -> Shell                         // window title, which columns, text size, question
//! app.screen()  -> Screen                        // Start, HostSetup, Join, Room, About
//! app.rail()    -> Vec<RoomTile>                 // the list of rooms
//! app.people()  -> PeopleList                    // of the room on the screen
//! app.rows()    -> Vec<Row>                      // fresh render; a face applies changes.rows instead
//! app.next_tick() -> Option<SystemTime>          // when to hand in Input::Tick; None: sleep
//! ```

#![forbid(unsafe_code)]

mod avatar;
mod clock;
mod effect;
mod input;
mod row;
mod screen;
mod secret;
pub mod words;

pub use avatar::Avatar;
pub use clock::{LocalClock, LocalTime};
pub use effect::{Effect, Focus, ScrollTo};
pub use input::{Field, Input, ListenChoice, ScaleStep};
pub use row::{MessageRow, NoticeRow, Row, RowChange};
pub use screen::*;
pub use secret::FieldText;
