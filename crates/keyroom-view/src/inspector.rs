//! The inspector: what the network saw of a message, how it was opened, what would have been refused; and why a room is private.
//!
//! A face hands in [`Inspect`]s, does [`Job`]s beside its own thread and hands back what they give, and draws an
//! [`InspectorView`]. Rows of bytes are made one at a time, when they come into sight: [`Bytes::row`].

mod bytes;
mod export;
mod job;
pub(crate) mod message;
pub(crate) mod room;
mod shown;
mod state;

pub use bytes::{Bytes, HexRow, HexRun, PartRow};
pub use export::{Export, Picture, SaveAs, Saving};
pub use job::{Done, Job};
pub use shown::*;

pub(crate) use bytes::Parts;
pub(crate) use export::file_name;
pub(crate) use job::Work;
pub(crate) use state::{Inspector, Slot, Subject};

use std::path::PathBuf;

use keyroom_client::Position;
use keyroom_client::inspect::Attack;

/// What a person does in the inspector, and what came of it.
#[derive(Debug)]
#[non_exhaustive]
pub enum Inspect {
    /// Looks at a line of the timeline, in the place of the room.
    Line(Position),
    /// Opens the inspector beside the room, at this line or the newest message; closes it where it is open.
    Toggle(Option<Position>),
    /// The line that is selected in the timeline is another: the inspector beside it follows.
    Follow(Position),
    /// Asks why this room is private.
    Room,
    /// Beside the room, or in its place.
    Widen,
    /// Another page.
    Page(PageName),
    /// Another part of the message's page, where it shows one at a time.
    Tab(TabName),
    /// Another level of nesting, by its place in the list shown.
    Level(usize),
    /// Into a field that has parts, by its place in the list of fields shown.
    Into(usize),
    /// Out of it again, to this place of the way in; 0 is the level itself.
    Out(usize),
    /// Points at a field, by its number among those without parts; `None`: at none.
    Point(Option<usize>),
    /// Tries something on a copy.
    Try(Attack),
    /// Chooses a byte of the copy.
    Byte(usize),
    /// Flips a bit of the chosen byte, counted from its first, and tries that.
    Bit(usize),
    /// For how long captures are kept, by its place in the list shown.
    KeepFor(usize),
    /// How much of them, by its place in the list shown.
    KeepUpTo(usize),
    /// Whether TLS records are captured, too.
    KeepRecords,
    /// Saves the inspection of the message.
    Save(SaveAs),
    /// What a [`Job`] gave.
    Done(Done),
    /// What became of a [`Saving`]: where it is now, or why it is not.
    Saved(Result<PathBuf, String>),
}
