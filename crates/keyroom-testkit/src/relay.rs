//! A `keyroom relay` as a process of its own, to be killed and started again.

use std::path::{Path, PathBuf};
use std::process::Command;

use keyroom_types::{Address, KeyPin};

use crate::process::Running;

/// A relay's process, and where it is.
pub struct Relay {
    program: PathBuf,
    arguments: Vec<String>,
    running: Option<Running>,
    address: Address,
    pin: KeyPin,
}

impl Relay {
    /// Starts `program relay` with these arguments at a free port of this computer, and waits until it serves.
    pub fn start(program: impl AsRef<Path>, arguments: &[&str]) -> Self {
        let mut command = Command::new(program.as_ref());
        let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
        command.arg("relay").args(&arguments).args(["--listen", "127.0.0.1:0"]);
        let (running, address, pin) = serving(&mut command);
        Self { program: program.as_ref().to_owned(), arguments, running: Some(running), address, pin }
    }

    /// Where it is.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// What clients pin.
    pub fn pin(&self) -> KeyPin {
        self.pin
    }

    /// Its process, while it runs.
    pub fn process(&mut self) -> &mut Running {
        self.running.as_mut().expect("it runs")
    }

    /// Kills it with SIGKILL, and waits until it is gone.
    pub fn kill(&mut self) {
        self.running = None;
    }

    /// Asks it to end, and waits until it has: exit code and what was on standard error.
    pub fn end(&mut self) -> (Option<i32>, String) {
        let running = self.running.take().expect("it runs");
        running.signal("TERM");
        let (code, _, err) = running.end();
        (code, err)
    }

    /// Starts it again at the same port. It must be the same relay.
    pub fn restart(&mut self) {
        let mut command = Command::new(&self.program);
        command.arg("relay").args(&self.arguments).args(["--listen", &self.address.to_string()]);
        let (running, address, pin) = serving(&mut command);
        assert_eq!((&address, pin), (&self.address, self.pin), "it is the same relay");
        self.running = Some(running);
    }
}

/// Starts a relay and reads where it is.
pub fn serving(command: &mut Command) -> (Running, Address, KeyPin) {
    let mut running = Running::start(command);
    let line = running.line_after("relay: keyroom://");
    let (address, pin) = line.split_once("?pin=").unwrap_or_else(|| panic!("a pin in {line:?}"));
    let address = address.parse().unwrap_or_else(|_| panic!("an address in {line:?}"));
    let pin = pin.parse().unwrap_or_else(|_| panic!("a pin in {line:?}"));
    (running, address, pin)
}
