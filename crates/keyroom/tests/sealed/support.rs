//! People with a profile each, and what they run.

use std::process::Command;

use keyroom_testkit::process::Running;
use keyroom_testkit::scratch::Scratch;
use serde_json::Value;

/// A person's directory: a profile, made at the first use, and its passphrase.
pub(crate) struct Home(pub(crate) Scratch);

impl Home {
    pub(crate) fn new(who: &str) -> Self {
        let home = Self(Scratch::new(&format!("sealed-{who}")));
        home.0.write("passphrase", "correct horse\n");
        home
    }

    /// What says where the profile is.
    fn profile(&self) -> [String; 4] {
        let path = |name: &str| self.0.path().join(name).to_str().expect("a plain name").to_owned();
        ["--profile".into(), path("profile"), "--passphrase-file".into(), path("passphrase")]
    }

    /// Runs a command with this profile.
    pub(crate) fn run(&self, args: &[&str]) -> Running {
        let profile = self.profile();
        let profile: Vec<&str> = profile.iter().map(String::as_str).collect();
        keyroom(&[&profile, args].concat())
    }

    /// Runs a command to its end, which must be a good one; what it printed.
    pub(crate) fn done(&self, args: &[&str]) -> Vec<String> {
        let (code, out, err) = self.run(args).end();
        assert_eq!(code, Some(0), "{args:?}: {err}");
        out
    }

    /// Runs a command to its end, which must come with this code and a sentence.
    pub(crate) fn fails(&self, code: i32, args: &[&str]) -> String {
        let (ended, out, err) = self.run(args).end();
        assert_eq!((ended, out), (Some(code), vec![]), "{args:?}: {err}");
        sentence(&err)
    }
}

/// Runs a command that neither looks around nor announces anything.
pub(crate) fn keyroom(args: &[&str]) -> Running {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keyroom"));
    // Where nobody says where the profile is, there is none: never the one of whoever runs the tests.
    command.env("XDG_DATA_HOME", "/proc/nowhere");
    Running::start(command.arg("--no-discovery").args(args))
}

/// The sentence of a failure: it begins and ends as one.
pub(crate) fn sentence(err: &str) -> String {
    let last = err.lines().find_map(|line| line.strip_prefix("keyroom: ")).expect("a failure says why");
    assert!(last.starts_with(char::is_uppercase) && last.ends_with('.'), "{err}");
    last.to_owned()
}

/// A host and what it told.
pub(crate) struct Host {
    pub(crate) run: Running,
    pub(crate) key: String,
    pub(crate) address: String,
    pub(crate) invite: String,
}

/// Reads the lines that a host prints before anything else.
pub(crate) fn hosting(mut run: Running) -> Host {
    let key = run.next_line().strip_prefix("key: ").expect("the key is the first line").to_owned();
    let address = run.next_line().strip_prefix("address: ").expect("then the address").to_owned();
    let invite = run.next_line().strip_prefix("invite: ").expect("then the invite").to_owned();
    Host { run, key, address, invite }
}

/// A host of the room Kitchen on any free port, with nothing on disk.
pub(crate) fn host() -> Host {
    let listen = ["--listen", "127.0.0.1:0", "--name", "Kitchen", "--as", "Ada"];
    hosting(keyroom(&[&["--ephemeral", "host", "--ui", "plain"], listen.as_slice()].concat()))
}

/// Begins to enter with an invite or a key, with nothing on disk.
pub(crate) fn entering(me: &str, opener: &str, more: &[&str]) -> Running {
    let mut guest =
        keyroom(&[&["--ephemeral", "join", "--key-stdin", "--as", me, "--ui", "plain"], more].concat());
    guest.line(opener);
    guest
}

/// Enters the room Kitchen.
pub(crate) fn join(me: &str, invite: &str) -> Running {
    let mut guest = entering(me, invite, &[]);
    assert_eq!(guest.next_line(), "joined: Kitchen");
    guest
}

/// Enters, which must be refused with this code and a sentence.
pub(crate) fn refused(code: i32, opener: &str, more: &[&str]) -> String {
    let (ended, out, err) = entering("Eve", opener, more).end();
    assert_eq!((ended, out), (Some(code), vec![]), "{err}");
    sentence(&err)
}

pub(crate) fn event(running: &mut Running) -> Value {
    serde_json::from_str(&running.next_line()).expect("every line is one JSON object")
}

/// The next event of this kind.
pub(crate) fn next(running: &mut Running, kind: &str) -> Value {
    loop {
        let event = event(running);
        if event["event"] == kind {
            return event;
        }
    }
}
