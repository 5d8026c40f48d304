//! The forms: host a room, join a room, rename somebody.

mod field;
mod host;
mod join;

use crate::screen::Choice;
use crate::words;

pub(crate) use field::{FieldState, next_revision};
pub(crate) use host::HostForm;
pub(crate) use join::JoinState;

/// Both kinds of room, in the order [`RoomKind::Sealed`](crate::RoomKind::Sealed), [`RoomKind::Fernet`](crate::RoomKind::Fernet).
fn kind_choices() -> [Choice; 2] {
    [words::KIND_SEALED, words::KIND_FERNET]
        .map(|(title, text)| Choice { title: title.to_owned(), text: text.to_owned() })
}
