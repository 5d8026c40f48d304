//! Keyroom: private chat rooms that you open with a key.

#![forbid(unsafe_code)]

mod cli;
mod doctor;
mod ending;
mod failure;
mod fernet;
mod hardening;
mod input;
mod inspect;
mod interrupt;
mod plain;
mod profile;
mod profile_rooms;
mod relay;
mod room;
mod sealed;
mod secret;
mod start;
mod visit;
mod window;

use std::process::ExitCode;

fn main() -> ExitCode {
    hardening::close_memory();
    start::run()
}
