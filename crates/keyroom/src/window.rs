//! The desktop window, in builds that have it.

use crate::cli::{Global, HostArgs, JoinArgs};
use crate::failure::Failure;

/// What the window shows first.
#[derive(Clone, Copy)]
pub(crate) enum First<'a> {
    /// The start screen.
    Start,
    /// A room that is being opened.
    Host(&'a HostArgs),
    /// A room that is being entered, or the join screen where something is missing.
    Join(&'a JoinArgs),
}

/// Whether this build has a window and this session a display.
pub(crate) fn is_possible() -> bool {
    cfg!(feature = "gui") && has_display()
}

/// Opens the window and returns when it is closed.
#[cfg(not(feature = "gui"))]
pub(crate) fn open(_global: &Global, first: First<'_>) -> Result<(), Failure> {
    let verb = match first {
        First::Start => "host",
        First::Host(args) if args.face.fernet => "host --fernet",
        First::Join(args) if args.face.fernet => "join --fernet",
        First::Host(_) | First::Join(_) => "host",
    };
    Err(Failure::usage(format!("This build has no window. Use the terminal: keyroom {verb} --ui plain")))
}

fn has_display() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || set("WAYLAND_DISPLAY") || set("DISPLAY")
}
