//! The plain face in a pseudo-terminal: what a person sees there, byte by byte.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::fd::OwnedFd;
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use keyroom_testkit::process::Running;
use keyroom_testkit::scratch::Scratch;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, tcgetattr};

/// A program whose three streams and controlling terminal are one pseudo-terminal.
struct InTerminal {
    child: Child,
    keyboard: File,
    screen: Receiver<Vec<u8>>,
    shown: Vec<u8>,
}

impl InTerminal {
    fn start(args: &[&str]) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
        let tty = || OwnedFd::from(OpenOptions::new().read(true).write(true).open(&name).unwrap());
        // `setsid --ctty` makes the terminal on standard input the controlling one, as a terminal program does.
        let child = Command::new("setsid")
            .args(["--ctty", "--wait", env!("CARGO_BIN_EXE_keyroom")])
            .args(args)
            .stdin(tty())
            .stdout(tty())
            .stderr(tty())
            .spawn()
            .unwrap();
        let keyboard = File::from(master);
        let mut reader = BufReader::new(keyboard.try_clone().unwrap());
        let (tell, screen) = channel();
        std::thread::spawn(move || {
            while let Ok(bytes) = reader.fill_buf() {
                let bytes = bytes.to_vec();
                reader.consume(bytes.len());
                if bytes.is_empty() || tell.send(bytes).is_err() {
                    break;
                }
            }
        });
        Self { child, keyboard, screen, shown: Vec::new() }
    }

    fn type_line(&mut self, line: &str) {
        self.keyboard.write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    /// Waits until what is typed is not shown: the prompt comes a moment before that.
    fn wait_for_silence(&self) {
        while tcgetattr(&self.keyboard).unwrap().local_modes.contains(LocalModes::ECHO) {
            std::thread::yield_now();
        }
    }

    /// Waits until the screen shows this, and gives all that it showed so far.
    fn wait_for(&mut self, part: &str) -> String {
        while !String::from_utf8_lossy(&self.shown).contains(part) {
            match self.screen.recv_timeout(Duration::from_secs(60)) {
                Ok(bytes) => self.shown.extend(bytes),
                Err(_) => panic!("the screen never shows {part:?}: {}", String::from_utf8_lossy(&self.shown)),
            }
        }
        String::from_utf8_lossy(&self.shown).into_owned()
    }
}

impl InTerminal {
    /// Types Ctrl-D once the room is open, and waits for the end.
    fn end(mut self) {
        self.wait_for("; Ctrl-D or Ctrl-C leaves.");
        self.keyboard.write_all(&[4]).unwrap();
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for InTerminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn host() -> (Running, String, String) {
    let mut host = Running::start(Command::new(env!("CARGO_BIN_EXE_keyroom")).args([
        "host",
        "--fernet",
        "--json",
        "--listen",
        "127.0.0.1:0",
    ]));
    let key = host.line_after("{\"event\":\"key\",\"key\":\"").trim_end_matches("\"}").to_owned();
    let address = host.line_after("{\"event\":\"address\",\"address\":\"").trim_end_matches("\"}").to_owned();
    host.line_after("{\"event\":\"invite\"");
    (host, key, address)
}

/// Attack matrix rows 23 and 24: the terminal gets no control that the terminal's own line ends do not need.
#[test]
fn no_escape_sequence_of_a_peer_reaches_the_terminal() {
    let (mut host, key, address) = host();
    let mut terminal = InTerminal::start(&["join", &address, "--fernet", "--ui", "plain"]);
    terminal.wait_for("Paste the invite or the key: ");
    terminal.type_line(&key);
    terminal.wait_for("joined: ");
    let attacks = [
        "\u{1b}]0;title\u{7}",
        "\u{1b}]52;c;aGk=\u{7}",
        "\u{1b}]8;;http://x\u{1b}\\link\u{1b}]8;;\u{1b}\\",
        "\u{1b}[2J\u{1b}[H\u{1b}[?1000h",
        "\u{90}q\u{9c}\u{9b}31m\u{9d}0;t\u{9c}",
        "over\rwritten\u{8}\u{8}",
        "\u{202e}desrever\u{2066}\u{2069}\u{200f}",
        "\u{85}\u{2028}\u{2029}\u{b}\u{c}next line",
    ];
    for attack in attacks {
        host.line(attack);
    }
    host.line("the end");
    let screen = terminal.wait_for("host: the end");
    let after = screen.split("joined: ").nth(1).unwrap();
    let stray: Vec<char> =
        after.chars().filter(|&ch| keyroom_types::text::is_hidden(ch) && ch != '\n' && ch != '\r').collect();
    assert_eq!(stray, Vec::<char>::new(), "{after:?}");
    assert_eq!(after.matches("host: ").count(), attacks.len() + 1, "one line a message: {after:?}");
}

/// Attack matrix row 34, the part that a prompt has.
#[test]
fn a_key_typed_at_the_prompt_is_not_shown() {
    let (mut host, key, address) = host();
    let mut terminal = InTerminal::start(&["join", &address, "--fernet", "--ui", "plain"]);
    terminal.wait_for("Paste the invite or the key: ");
    terminal.wait_for_silence();
    terminal.type_line(&key);
    let screen = terminal.wait_for("joined: ");
    assert!(!screen.contains(&key[..8]), "{screen}");
    terminal.type_line("hello from a terminal");
    host.line_after("{\"event\":\"message\"");
}

#[test]
fn a_bare_key_at_the_prompt_is_asked_for_its_address() {
    let (mut host, key, address) = host();
    let mut terminal = InTerminal::start(&["--no-discovery", "join", "--fernet", "--ui", "plain"]);
    terminal.wait_for("Paste the invite or the key: ");
    terminal.wait_for_silence();
    terminal.type_line(&key);
    let screen = terminal.wait_for("Number or address (Enter for this computer, 127.0.0.1:9999): ");
    assert!(screen.contains("No room was found on this network."), "{screen}");
    terminal.type_line(&address);
    terminal.wait_for(&format!("joined: {address}"));
    terminal.wait_for("A line you type is a message");
    terminal.type_line("asked and answered");
    host.line_after("{\"event\":\"message\"");
}

#[test]
fn a_passphrase_is_chosen_twice_and_asked_for_from_then_on() {
    let scratch = Scratch::new("passphrase");
    let profile = scratch.path().join("profile").to_str().unwrap().to_owned();
    let host = ["--no-discovery", "--profile", &profile, "host", "--listen", "127.0.0.1:0", "--ui", "plain"];
    let mut first = InTerminal::start(&host);
    for prompt in ["Choose a passphrase: ", "The same again: "] {
        first.wait_for(prompt);
        first.wait_for_silence();
        first.type_line("correct horse");
    }
    let screen = first.wait_for("invite: ");
    assert!(!screen.contains("correct horse") && screen.contains(&profile), "{screen}");
    first.end();

    let mut second = InTerminal::start(&host);
    second.wait_for(&format!("Passphrase of the profile {profile}: "));
    second.wait_for_silence();
    second.type_line("correct horse");
    second.wait_for("Going on with the room Room");
    second.end();
}

#[test]
fn an_empty_passphrase_keeps_nothing_and_that_is_said() {
    let scratch = Scratch::new("no-passphrase");
    let profile = scratch.path().join("profile");
    let mut host = InTerminal::start(&[
        "--no-discovery",
        "--profile",
        profile.to_str().unwrap(),
        "host",
        "--listen",
        "127.0.0.1:0",
        "--ui",
        "plain",
    ]);
    host.wait_for("Choose a passphrase: ");
    host.wait_for_silence();
    host.type_line("");
    host.wait_for("Nothing is kept");
    host.wait_for("invite: ");
    assert!(!profile.exists());
}
