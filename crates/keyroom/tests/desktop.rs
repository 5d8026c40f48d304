//! The real window on a real (virtual) screen, used with mouse and keyboard: one hosts, one joins, both read both.
#![cfg(all(target_os = "linux", feature = "gui"))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};
use x11rb::protocol::xproto::{ClientMessageEvent, ConnectionExt as _, EventMask};

/// A screen, a session bus, and somebody who sees and moves the mouse.
struct Desktop {
    display: String,
    bus: String,
    eyes: ChildStdin,
    answers: BufReader<ChildStdout>,
    children: Vec<Child>,
}

impl Desktop {
    fn start() -> Self {
        let mut screen = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1600x900x24", "-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb is installed (./test does that)");
        let display = format!(":{}", first_line(&mut screen));
        let mut bus_daemon = Command::new("dbus-daemon")
            .args(["--session", "--print-address", "--nofork"])
            .env("DISPLAY", &display)
            .stdout(Stdio::piped())
            .spawn()
            .expect("dbus-daemon is installed (./test does that)");
        let bus = first_line(&mut bus_daemon);
        // Debian's own Python: the binding to AT-SPI is a package of Debian's.
        let mut person = Command::new("/usr/bin/python3")
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/desktop/person.py"))
            .env("DISPLAY", &display)
            .env("DBUS_SESSION_BUS_ADDRESS", &bus)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let eyes = person.stdin.take().unwrap();
        let mut answers = BufReader::new(person.stdout.take().unwrap());
        let mut ready = String::new();
        answers.read_line(&mut ready).unwrap();
        assert_eq!(
            ready, "ready\n",
            "Debian's python3-gi and gir1.2-atspi-2.0 are installed (./test does that)"
        );
        Self { display, bus, eyes, answers, children: vec![person, bus_daemon, screen] }
    }

    /// Opens Keyroom's window with its left edge at `x`.
    fn open(&mut self, x: i32, more: &[&str]) -> Window {
        let child = Command::new(env!("CARGO_BIN_EXE_keyroom"))
            .arg("--no-discovery")
            .args(more)
            .env("DISPLAY", &self.display)
            .env("DBUS_SESSION_BUS_ADDRESS", &self.bus)
            .env("KEYROOM_RENDERER", "software")
            .env_remove("WAYLAND_DISPLAY")
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let pid = child.id();
        let id = self.xdotool(&["search", "--sync", "--onlyvisible", "--pid", &pid.to_string()]);
        let id = id.lines().last().unwrap().to_owned();
        self.xdotool(&["windowsize", "--sync", &id, "780", "860"]);
        self.xdotool(&["windowmove", &id, &x.to_string(), "20"]);
        Window { child, id, x }
    }

    fn ask(&mut self, request: &Value) -> Value {
        writeln!(self.eyes, "{request}").unwrap();
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        serde_json::from_str(&answer).unwrap_or_else(|_| panic!("no answer to {request}"))
    }

    /// Waits for something with this role and name.
    fn find(&mut self, window: &Window, role: &str, name: &str) -> Value {
        let answer = self.ask(&json!({"do": "find", "pid": window.child.id(), "role": role, "name": name}));
        assert_eq!(answer["ok"], true, "no {role} {name:?} in {:#}", answer["nodes"]);
        answer["node"].clone()
    }

    /// The host reads what the guest said, and answers.
    fn answers(&mut self, host: &Window) {
        self.raise(host);
        self.press("Escape");
        self.sees(host, "hello from the guest");
        self.click(host, "entry", "Message to My room");
        self.type_text("hello from the host");
        self.press("Return");
    }

    /// Waits until the window shows this text.
    fn sees(&mut self, window: &Window, part: &str) {
        let answer = self.ask(&json!({"do": "find", "pid": window.child.id(), "part": part}));
        assert_eq!(answer["ok"], true, "nobody reads {part:?} in {:#}", answer["nodes"]);
    }

    fn click(&mut self, window: &Window, role: &str, name: &str) {
        self.raise(window);
        let node = self.find(window, role, name);
        let side = |index: usize| node["box"][index].as_i64().unwrap();
        let x = i64::from(window.x) + side(0) + side(2) / 2;
        let y = 20 + side(1) + side(3) / 2;
        self.xdotool(&["mousemove", "--sync", &x.to_string(), &y.to_string(), "click", "1"]);
    }

    fn raise(&mut self, window: &Window) {
        self.xdotool(&["windowraise", &window.id, "windowfocus", "--sync", &window.id]);
    }

    /// Asks the window to close, as the button in its frame does.
    fn close(&mut self, window: &Window) {
        let (x11, _) = x11rb::connect(Some(&self.display)).unwrap();
        let atom = |name: &[u8]| x11.intern_atom(false, name).unwrap().reply().unwrap().atom;
        let data = [atom(b"WM_DELETE_WINDOW"), x11rb::CURRENT_TIME, 0, 0, 0];
        let id = window.id.parse().unwrap();
        let message = ClientMessageEvent::new(32, id, atom(b"WM_PROTOCOLS"), data);
        x11.send_event(false, id, EventMask::NO_EVENT, message).unwrap().check().unwrap();
    }

    /// Presses Ctrl-C in the terminal that the window was started from.
    fn interrupt(&mut self, window: &Window) {
        let status = Command::new("kill").args(["-INT", &window.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// Waits for the program's end.
    fn ends(&mut self, mut window: Window) -> std::process::ExitStatus {
        window.child.wait().unwrap()
    }

    fn type_text(&mut self, text: &str) {
        self.xdotool(&["type", "--delay", "5", text]);
    }

    fn press(&mut self, key: &str) {
        self.xdotool(&["key", key]);
    }

    fn xdotool(&mut self, args: &[&str]) -> String {
        let output = Command::new("xdotool").args(args).env("DISPLAY", &self.display).output().unwrap();
        assert!(output.status.success(), "xdotool {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for Desktop {
    fn drop(&mut self) {
        for child in &mut self.children {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

struct Window {
    child: Child,
    id: String,
    x: i32,
}

impl Drop for Window {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn first_line(child: &mut Child) -> String {
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    line.trim().to_owned()
}

#[test]
fn a_window_hosts_a_window_joins_and_both_read_both() {
    let mut desktop = Desktop::start();
    let host = desktop.open(0, &["--ephemeral"]);
    desktop.click(&host, "push button", "Host a room");
    desktop.click(&host, "radio button", "Fernet");
    desktop.click(&host, "radio button", "This computer only");
    desktop.click(&host, "push button", "Open the room");
    desktop.click(&host, "push button", "Copy link");

    // The second window is used by keyboard alone.
    let guest = desktop.open(800, &["--ephemeral"]);
    desktop.raise(&guest);
    desktop.press("ctrl+j");
    desktop.find(&guest, "push button", "Join");
    desktop.press("ctrl+v");
    desktop.sees(&guest, "Address and key were taken from the link.");
    desktop.press("Return");
    desktop.sees(&guest, "Connected to the host");
    desktop.type_text("hello from the guest");
    desktop.press("Return");

    desktop.answers(&host);
    desktop.sees(&host, "hello from the host");
    desktop.sees(&guest, "hello from the host");

    // Closing the host's window asks first, since somebody is there; then the guest is told.
    desktop.close(&host);
    desktop.click(&host, "push button", "Close Keyroom");
    assert!(desktop.ends(host).success());
    desktop.sees(&guest, "The host closed the connection");
    desktop.interrupt(&guest);
    assert!(desktop.ends(guest).success());
}

#[test]
fn a_sealed_room_is_hosted_joined_and_talked_in_by_two_windows() {
    let mut desktop = Desktop::start();
    let host = desktop.open(0, &["--ephemeral"]);
    desktop.click(&host, "push button", "Host a room");
    desktop.click(&host, "radio button", "This computer only");
    desktop.click(&host, "push button", "Open the room");
    desktop.click(&host, "push button", "Copy link");

    let guest = desktop.open(800, &["--ephemeral"]);
    desktop.raise(&guest);
    desktop.press("ctrl+j");
    desktop.find(&guest, "push button", "Join");
    desktop.press("ctrl+v");
    desktop.sees(&guest, "Address and key were taken from the link to a sealed room.");
    desktop.press("Return");
    desktop.click(&guest, "entry", "Message to My room");
    desktop.type_text("hello from the guest");
    desktop.press("Return");
    desktop.sees(&guest, "hello from the guest");

    desktop.answers(&host);
    desktop.sees(&guest, "hello from the host");
    // The guest says what it has seen, so the host knows how far its words came.
    desktop.sees(&host, "delivered");

    desktop.interrupt(&guest);
    assert!(desktop.ends(guest).success());
    desktop.interrupt(&host);
    assert!(desktop.ends(host).success());
}

/// The whole way of somebody who has never used a terminal: a name, a passphrase, a room; and the next day.
#[test]
fn a_profile_is_made_in_the_window_locked_and_unlocked_and_has_the_room_again() {
    let scratch = keyroom_testkit::scratch::Scratch::new("first-start");
    let folder = scratch.path().join("profile");
    let profile = ["--profile", folder.to_str().unwrap()];
    let mut desktop = Desktop::start();
    let first = desktop.open(0, &profile);
    desktop.raise(&first);
    desktop.find(&first, "entry", "What should others call you?");
    desktop.type_text("Djamila");
    desktop.click(&first, "password text", "Passphrase");
    desktop.type_text("tea lamp orbit");
    desktop.press("Tab");
    desktop.type_text("tea lamp orbit");
    desktop.press("Return");
    desktop.click(&first, "push button", "Host a room");
    desktop.click(&first, "radio button", "This computer only");
    desktop.click(&first, "push button", "Open the room");
    desktop.find(&first, "push button", "Copy link");
    desktop.press("Escape");
    desktop.click(&first, "entry", "Message to My room");
    desktop.type_text("the seeds are in the shed");
    desktop.press("Return");
    desktop.sees(&first, "stored");
    desktop.close(&first);
    desktop.click(&first, "push button", "Close Keyroom");
    assert!(desktop.ends(first).success());

    let second = desktop.open(0, &profile);
    desktop.raise(&second);
    desktop.find(&second, "password text", "Passphrase");
    desktop.type_text("coffee");
    desktop.press("Return");
    desktop.sees(&second, "This passphrase does not open your rooms.");
    desktop.type_text("tea lamp orbit");
    desktop.press("Return");
    desktop.click(&second, "push button", "Search");
    desktop.find(&second, "entry", "Words to look for");
    desktop.type_text("seeds");
    desktop.sees(&second, "1 message");
    desktop.press("Return");
    desktop.find(&second, "entry", "Message to My room");
    desktop.sees(&second, "Djamila");
    desktop.interrupt(&second);
    assert!(desktop.ends(second).success());
}
