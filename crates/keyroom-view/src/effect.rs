//! What the reducer asks of a face.

use std::time::Duration;

use keyroom_client::{Command, RoomId};

use crate::input::Field;
use crate::inspector::{Job, Saving};
use crate::markup::WebAddress;
use crate::secret::FieldText;

/// Something that a face does for the reducer.
#[derive(Debug)]
#[non_exhaustive]
pub enum Effect {
    /// Hand this to the engine.
    Engine(Command),
    /// Put this on the clipboard. With `clear_after` it is a secret: mark it as one where the system can, and
    /// empty the clipboard after that time if it still holds this text (attack matrix row 34).
    Copy {
        /// The text, exactly.
        text: FieldText,
        /// After how long a secret is taken away again.
        clear_after: Option<Duration>,
    },
    /// Hand this address to the program that the system opens web addresses with, as one argument and without a shell
    /// (attack matrix row 25). Where that cannot be done: [`Input::LinkNotOpened`](crate::Input::LinkNotOpened).
    OpenLink(WebAddress),
    /// Put the cursor of the composer behind this many bytes of its text, after putting the text in.
    Cursor(usize),
    /// Put the keyboard there.
    Focus(Focus),
    /// Do this on another thread, and hand back what it gives as [`Inspect::Done`](crate::Inspect::Done).
    Aside(Job),
    /// Save this, and tell what became of it with [`Inspect::Saved`](crate::Inspect::Saved).
    Save(Saving),
    /// Move the timeline, after applying its changes.
    Scroll(ScrollTo),
    /// Tell the desktop about a room. What was told of it before is replaced.
    Tell(Note),
    /// Take back what was told of a room: it was read.
    Untell(RoomId),
    /// Minimise the window: it goes on.
    Minimise,
    /// Leave every room and close the window.
    Quit,
}

/// A notification of the desktop. Plain text: nothing in it is markup.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Note {
    /// About which room: whoever clicks on it wants [`Input::PickRoom`](crate::Input::PickRoom).
    pub room: RoomId,
    /// Its title.
    pub title: String,
    /// What it says.
    pub text: String,
}

/// Where the keyboard goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Focus {
    /// A field of a form.
    Field(Field),
    /// The composer.
    Composer,
    /// A row of the timeline, by its number.
    Row(usize),
    /// The first button of the screen or sheet.
    First,
}

/// Where the timeline goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ScrollTo {
    /// To its end, and stay there as it grows.
    Bottom,
    /// So that this row is the first in sight.
    Row(usize),
}
