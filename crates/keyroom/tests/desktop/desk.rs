//! A screen, a session bus, and somebody who sees, types and moves the mouse.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use x11rb::protocol::xproto::{ClientMessageEvent, ConnectionExt as _, EventMask};

pub(crate) struct Desktop {
    pub(crate) display: String,
    bus: String,
    eyes: Eyes,
    children: Vec<Child>,
}

/// Somebody who reads windows as a screen reader does: what it knows of them it was told, and asks for only once.
struct Eyes {
    person: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Eyes {
    fn open(display: &str, bus: &str) -> Self {
        // Debian's own Python: the binding to AT-SPI is a package of Debian's.
        let mut person = Command::new("/usr/bin/python3")
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/desktop/person.py"))
            .env("DISPLAY", display)
            .env("DBUS_SESSION_BUS_ADDRESS", bus)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let requests = person.stdin.take().unwrap();
        let mut answers = BufReader::new(person.stdout.take().unwrap());
        let mut ready = String::new();
        answers.read_line(&mut ready).unwrap();
        assert_eq!(
            ready, "ready\n",
            "Debian's python3-gi and gir1.2-atspi-2.0 are installed (./test does that)"
        );
        Self { person, requests, answers }
    }

    fn ask(&mut self, request: &Value) -> Value {
        writeln!(self.requests, "{request}").unwrap();
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        serde_json::from_str(&answer).unwrap_or_else(|_| panic!("no answer to {request}"))
    }

    /// Roles and names of all that a window shows.
    fn all_of(&mut self, window: &Window) -> Vec<String> {
        let answer = self.ask(&json!({"do": "tree", "pid": window.child.id()}));
        let mut all: Vec<String> = lines(&answer["nodes"]).lines().map(str::to_owned).collect();
        all.sort_unstable();
        all
    }
}

impl Drop for Eyes {
    fn drop(&mut self) {
        let _ = self.person.kill();
        let _ = self.person.wait();
    }
}

impl Desktop {
    /// With place for two windows.
    pub(crate) fn start() -> Self {
        Self::start_with_place_for(2)
    }

    /// With place for so many windows beside each other.
    pub(crate) fn start_with_place_for(windows: u32) -> Self {
        let mut screen = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", &format!("{}x900x24", windows * 800)])
            .args(["-nolisten", "tcp"])
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
        let eyes = Eyes::open(&display, &bus);
        Self { display, bus, eyes, children: vec![bus_daemon, screen] }
    }

    /// Opens Keyroom's window with its left edge at `x`.
    pub(crate) fn open(&mut self, x: i32, more: &[&str]) -> Window {
        self.show(x, Command::new(env!("CARGO_BIN_EXE_keyroom")).args(more))
    }

    /// The same for somebody with a home of their own: it begins with the first start.
    pub(crate) fn open_at(&mut self, x: i32, home: &Path) -> Window {
        self.show(x, &mut keyroom_of(home))
    }

    fn show(&mut self, x: i32, keyroom: &mut Command) -> Window {
        let child = keyroom
            .arg("--no-discovery")
            .env("DISPLAY", &self.display)
            .env("DBUS_SESSION_BUS_ADDRESS", &self.bus)
            .env("KEYROOM_RENDERER", "software")
            .env("KEYROOM_THEME", "light")
            .env("LC_ALL", "C.UTF-8")
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

    /// Waits until who has looked at the window all along knows all of it that somebody finds who looks for the first time.
    pub(crate) fn is_known_whole(&mut self, window: &Window, when: &str) {
        wait_until(|| {
            let found = Eyes::open(&self.display, &self.bus).all_of(window);
            let known = self.eyes.all_of(window);
            if known == found {
                return Ok(());
            }
            let less = |some: &[String], others: &[String]| {
                some.iter().filter(|line| !others.contains(line)).cloned().collect::<Vec<_>>().join("\n")
            };
            Err(format!(
                "{when}, it misses\n{}\nand believes\n{}",
                less(&found, &known),
                less(&known, &found)
            ))
        });
    }

    /// Waits for something with this role and name.
    pub(crate) fn find(&mut self, window: &Window, role: &str, name: &str) -> Value {
        self.look(window, json!({"role": role, "name": name}))
    }

    /// Waits until the window shows this text.
    pub(crate) fn sees(&mut self, window: &Window, part: &str) {
        self.look(window, json!({"part": part}));
    }

    /// Waits until a line of the timeline, or of another list, says this.
    pub(crate) fn reads(&mut self, window: &Window, part: &str) -> Value {
        self.look(window, json!({"role": "list item", "named": part}))
    }

    /// Waits until the keyboard has chosen the line that says this.
    pub(crate) fn has_chosen(&mut self, window: &Window, part: &str) {
        self.look(window, json!({"role": "list item", "named": part, "selected": true}));
    }

    /// Waits for what `wanted` describes. A request's fields: `tests/desktop/person.py`.
    pub(crate) fn look(&mut self, window: &Window, mut wanted: Value) -> Value {
        wanted["do"] = "find".into();
        wanted["pid"] = window.child.id().into();
        let answer = self.eyes.ask(&wanted);
        assert_eq!(answer["ok"], true, "no {wanted} in\n{}", lines(&answer["nodes"]));
        answer["node"].clone()
    }

    pub(crate) fn click(&mut self, window: &Window, role: &str, name: &str) {
        self.raise(window);
        let node = self.find(window, role, name);
        self.click_at(window, &node, "1");
    }

    /// Presses a button of the mouse in the middle of something that was found; `1` is the left one, `3` the right one.
    pub(crate) fn click_at(&mut self, window: &Window, node: &Value, button: &str) {
        let side = |index: usize| node["box"][index].as_i64().unwrap();
        let x = i64::from(window.x) + side(0) + side(2) / 2;
        let y = 20 + side(1) + side(3) / 2;
        self.xdotool(&["mousemove", "--sync", &x.to_string(), &y.to_string(), "click", button]);
    }

    pub(crate) fn raise(&mut self, window: &Window) {
        self.xdotool(&["windowraise", &window.id, "windowfocus", "--sync", &window.id]);
    }

    /// Waits until this stands in the window's title bar.
    pub(crate) fn is_called(&mut self, window: &Window, title: &str) {
        wait_until(|| {
            let now = self.xdotool(&["getwindowname", &window.id]);
            if now.trim_end() == title { Ok(()) } else { Err(format!("it is called {now:?}, not {title:?}")) }
        });
    }

    /// Asks the window to close, as the button in its frame does.
    pub(crate) fn close(&mut self, window: &Window) {
        let (x11, _) = x11rb::connect(Some(&self.display)).unwrap();
        let atom = |name: &[u8]| x11.intern_atom(false, name).unwrap().reply().unwrap().atom;
        let data = [atom(b"WM_DELETE_WINDOW"), x11rb::CURRENT_TIME, 0, 0, 0];
        let message = ClientMessageEvent::new(32, window.x11(), atom(b"WM_PROTOCOLS"), data);
        x11.send_event(false, window.x11(), EventMask::NO_EVENT, message).unwrap().check().unwrap();
    }

    /// Presses Ctrl-C in the terminal that the window was started from.
    pub(crate) fn interrupt(&mut self, window: &Window) {
        let status = Command::new("kill").args(["-INT", &window.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// Waits for the program's end.
    pub(crate) fn ends(&mut self, mut window: Window) -> ExitStatus {
        window.child.wait().unwrap()
    }

    pub(crate) fn type_text(&mut self, text: &str) {
        self.xdotool(&["type", "--delay", "5", text]);
    }

    pub(crate) fn press(&mut self, key: &str) {
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

pub(crate) struct Window {
    child: Child,
    id: String,
    x: i32,
}

impl Window {
    /// What the X server calls it.
    pub(crate) fn x11(&self) -> u32 {
        self.id.parse().unwrap()
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program as somebody with this home starts it: the profile is where the platform keeps it.
pub(crate) fn keyroom_of(home: &Path) -> Command {
    let mut keyroom = Command::new(env!("CARGO_BIN_EXE_keyroom"));
    keyroom.env("HOME", home).env_remove("XDG_DATA_HOME");
    keyroom
}

/// A window's tree, for who has to find out why a test failed.
fn lines(nodes: &Value) -> String {
    let line = |node: &Value| {
        let told =
            ["role", "name", "text", "description"].map(|field| node[field].as_str().unwrap_or_default());
        let states = ["focused", "selected", "checked"].into_iter().filter(|state| node[*state] == true);
        format!("{} {:?} {:?} {:?} {}\n", told[0], told[1], told[2], told[3], states.collect::<String>())
    };
    nodes.as_array().into_iter().flatten().map(line).collect()
}

fn first_line(child: &mut Child) -> String {
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    line.trim().to_owned()
}

/// Looks again and again until it is as it should be; an error says how it is instead.
pub(crate) fn wait_until(mut look: impl FnMut() -> Result<(), String>) {
    let until = Instant::now() + PATIENCE;
    while let Err(instead) = look() {
        assert!(Instant::now() < until, "{instead}");
        thread::sleep(SHORTLY);
    }
}

/// How long something may take on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_secs(60);
/// When to look again.
const SHORTLY: Duration = Duration::from_millis(50);
