//! Keyroom: private chat rooms that you open with a key.

#![forbid(unsafe_code)]

mod cli;
mod failure;
mod fernet;
mod hardening;
mod input;
mod interrupt;
mod plain;
mod relay;
mod room;
mod secret;
mod start;
mod window;

use std::process::ExitCode;

fn main() -> ExitCode {
    hardening::close_memory();
    start::run()
}
