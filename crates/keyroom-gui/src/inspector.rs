//! The inspector's part of the window: rows of bytes and fields as Slint asks for them, work on other threads, files.

mod models;
mod picture;
mod save;
mod work;

pub(crate) use models::{Look, kind, part, whole};
pub(crate) use work::Workshop;
