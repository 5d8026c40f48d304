//! What the reducer asks of a face.

use std::time::Duration;

use keyroom_client::Command;

use crate::input::Field;
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
    /// Move the timeline, after applying its changes.
    Scroll(ScrollTo),
    /// Leave every room and close the window.
    Quit,
}

/// Where the keyboard goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Focus {
    /// A field of a form.
    Field(Field),
    /// The composer.
    Composer,
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
