//! Members and relay of a sealed room are killed again and again, and go on from their disks. Attack matrix rows 6, 47, 52.
//!
//! `KEYROOM_KILLS=300 cargo test -p keyroom --test sealed_kills` kills as often as it says.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use keyroom_testkit::pair::Dice;
use keyroom_testkit::process::Running;
use keyroom_testkit::relay::{Relay, quiet_address};
use keyroom_testkit::scratch::Scratch;
use serde_json::Value;

fn keyroom() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keyroom"));
    command.env("RUST_BACKTRACE", "1");
    command
}

/// Somebody with a profile on disk, whose process comes and goes.
struct Member {
    name: &'static str,
    profile: PathBuf,
    invite: PathBuf,
    passphrase: PathBuf,
    running: Option<Running>,
    /// What was said by it, and what of that it was told to be stored.
    said: Vec<String>,
    stored: BTreeSet<String>,
}

impl Member {
    fn new(name: &'static str, dir: &Path, invite: &Path) -> Self {
        let passphrase = dir.join("passphrase");
        fs::write(&passphrase, "correct horse\n").unwrap();
        Self {
            name,
            profile: dir.join(name),
            invite: invite.to_owned(),
            passphrase,
            running: None,
            said: Vec::new(),
            stored: BTreeSet::new(),
        }
    }

    fn command(&self, verb: &str) -> Command {
        let mut command = keyroom();
        command.arg(verb).arg("--no-discovery");
        command.arg("--profile").arg(&self.profile).arg("--passphrase-file").arg(&self.passphrase);
        command
    }

    /// Enters, or goes on where it was.
    fn start(&mut self) {
        let mut command = self.command("join");
        command.args(["--json", "--as", self.name, "--key-file"]).arg(&self.invite);
        let mut running = Running::start(&mut command);
        while event(&running.next_line())["event"] != "joined" {}
        self.running = Some(running);
    }

    fn say(&mut self, text: String) {
        self.running.as_mut().unwrap().line(&text);
        self.said.push(text);
    }

    /// Waits until it was told so often that something is stored.
    fn wait_stored(&mut self, count: usize) {
        let mut seen = 0;
        while seen < count {
            let line = self.running.as_mut().unwrap().next_line();
            seen += usize::from(self.note(&line));
        }
    }

    fn note(&mut self, line: &str) -> bool {
        let event = event(line);
        let sent = event["event"] == "sent";
        if sent {
            self.stored.insert(event["text"].as_str().unwrap().to_owned());
        }
        sent
    }

    /// Killed without a warning. What it had said on its standard output counts.
    fn kill(&mut self) {
        let running = self.running.take().unwrap();
        running.signal("KILL");
        let (_, lines, _) = running.end();
        for line in &lines {
            self.note(line);
        }
    }

    /// Leaves well: what is pending is sent.
    fn leave(&mut self) {
        let (code, lines, errors) = self.running.take().unwrap().end();
        for line in &lines {
            self.note(line);
        }
        assert_eq!(code, Some(0), "{}: {errors}\n{lines:#?}", self.name);
    }

    /// All texts of its timeline, in the order of the log.
    fn timeline(&self) -> Vec<String> {
        let out = self.command("export").arg("Kitchen").output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        let lines = String::from_utf8(out.stdout).unwrap();
        let messages = lines.lines().map(event).filter(|event| event["text"].is_string());
        let place = |event: &Value| event["seq"].as_u64().unwrap_or(u64::MAX);
        let mut messages: Vec<Value> = messages.collect();
        messages.sort_by_key(place);
        messages.iter().map(|event| event["text"].as_str().unwrap().to_owned()).collect()
    }
}

fn event(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"))
}

#[test]
fn what_was_stored_outlives_every_kill_and_is_shown_once_in_one_order() {
    let kills: u64 = std::env::var("KEYROOM_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(KILLS);
    let scratch = Scratch::new("sealed-kills");
    let dir = scratch.path().to_owned();
    let data = dir.join("relay");
    let listen = quiet_address();
    let mut relay = Relay::start(move || {
        let mut command = keyroom();
        command.args(["relay", "--listen", &listen, "--data"]).arg(&data);
        command
    });
    let invite = dir.join("invite");
    let mut ada = Member::new("Ada", &dir, &invite);
    let at = format!("keyroom://{}?pin={}", relay.way().address, relay.way().pin);
    let mut command = ada.command("host");
    command.args(["--ui", "plain", "--name", "Kitchen", "--as", "Ada", "--at", &at]);
    let mut host = Running::start(&mut command);
    fs::write(&invite, host.line_after("invite: ")).unwrap();
    assert_eq!(host.end().0, Some(0));
    ada.start();
    let mut ben = Member::new("Ben", &dir, &invite);
    ben.start();

    let mut dice = Dice::new(kills);
    for kill in 0..kills {
        let count = 1 + dice.place(6);
        for number in 0..count {
            ada.say(format!("ada {kill}.{number}"));
            ben.say(format!("ben {kill}.{number}"));
        }
        // The kill meets messages in every state.
        match dice.below(4) {
            0 => {
                ben.wait_stored(dice.place(count + 1));
                relay.kill();
                relay.start_again();
            }
            1 => {
                ada.wait_stored(dice.place(count + 1));
                ada.kill();
                ada.start();
            }
            2 => {
                ben.wait_stored(dice.place(count + 1));
                ben.kill();
                ben.start();
            }
            _ => {
                ada.kill();
                relay.kill();
                relay.start_again();
                ada.start();
            }
        }
    }
    ada.leave();
    ben.leave();
    // Who left first comes back to read what came after.
    for member in [&mut ada, &mut ben] {
        member.start();
        let last = format!("{} is back", member.name);
        member.say(last);
        member.wait_stored(1);
        member.leave();
    }
    ada.start();
    ada.running.as_mut().unwrap().line("the end");
    ada.wait_stored(1);
    ada.leave();

    let (hers, his) = (ada.timeline(), ben.timeline());
    for timeline in [&hers, &his] {
        let once: BTreeSet<&String> = timeline.iter().collect();
        assert_eq!(once.len(), timeline.len(), "nothing is shown twice");
    }
    for member in [&ada, &ben] {
        let shown: BTreeSet<&String> = hers.iter().collect();
        let missing: Vec<&String> = member.stored.iter().filter(|text| !shown.contains(text)).collect();
        assert!(missing.is_empty(), "{} was told that these are stored: {missing:?}", member.name);
        assert!(!member.stored.is_empty());
    }
    let common: Vec<&String> = hers.iter().filter(|text| his.contains(text)).collect();
    let in_his: Vec<&String> = his.iter().filter(|text| hers.contains(text)).collect();
    assert_eq!(common, in_his, "both see one order");
    assert!(his.iter().all(|text| hers.contains(text)), "who read last has everything");
}

/// Kills in the usual test run.
const KILLS: u64 = 10;
