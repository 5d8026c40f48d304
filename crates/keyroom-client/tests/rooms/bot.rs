//! The bot of `examples/echo_bot.rs`, run as a program.

use std::path::PathBuf;
use std::process::Command;

use keyroom_testkit::process::Running;

use crate::support::{Person, key};

/// Examples are built with the tests of their package and stand beside them.
fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().and_then(|deps| deps.parent()).unwrap();
    profile.join("examples").join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

#[test]
fn the_echo_bot_answers_what_it_hears() {
    let (mut host, room) = Person::host();
    let mut bot = Running::start(Command::new(example("echo_bot")).arg(room.listening[0].to_string()));
    bot.line(&key().show());
    bot.end_input();
    host.guests(1);
    host.say("hello bot");
    host.until(|host| host.texts() == ["echo: hello bot"]);
}
