//! The forms: host a room, join a room, rename somebody.

mod field;
mod host;
mod join;

pub(crate) use field::{FieldState, next_revision};
pub(crate) use host::HostForm;
pub(crate) use join::JoinState;
