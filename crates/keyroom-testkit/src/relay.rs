//! A relay as a process of its own: started, killed, and started again where it was.

use std::process::Command;
use std::sync::atomic::{AtomicU8, Ordering};

use keyroom_types::{Address, KeyPin};

use crate::process::Running;

/// A relay process, and how to start it again.
pub struct Relay {
    command: Box<dyn Fn() -> Command>,
    running: Option<Running>,
    way: Way,
    said: Vec<String>,
}

/// What a client needs to know to reach a relay.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Way {
    /// Where it listens.
    pub address: Address,
    /// The key that it must have.
    pub pin: KeyPin,
}

impl Relay {
    /// Starts the relay that `command` makes a command for, and waits until it serves.
    pub fn start(command: impl Fn() -> Command + 'static) -> Self {
        let (running, way) = begin(&command);
        Self { command: Box::new(command), running: Some(running), way, said: Vec::new() }
    }

    /// How clients reach it.
    pub fn way(&self) -> &Way {
        &self.way
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.running().id()
    }

    /// The process, to wait for its lines.
    pub fn process(&mut self) -> &mut Running {
        self.running.as_mut().expect("the relay runs")
    }

    /// Kills it as a crash does: with SIGKILL, and without a warning.
    pub fn kill(&mut self) {
        self.running().signal("KILL");
        self.ended();
    }

    /// Asks it to end; its exit code.
    pub fn end(&mut self) -> Option<i32> {
        self.running().signal("TERM");
        self.ended()
    }

    /// Starts it again, and waits until it serves. It must be at the same place with the same key.
    pub fn start_again(&mut self) {
        let (running, way) = begin(&self.command);
        assert_eq!(way, self.way, "a relay that starts again is the same one");
        self.running = Some(running);
    }

    /// Kills the relay and starts it, and kills that one before it says that it serves.
    pub fn kill_while_it_starts(&mut self) {
        self.kill();
        self.running = Some(Running::start(&mut (self.command)()));
        self.kill();
    }

    /// All that its ended processes wrote to standard output and standard error.
    pub fn said(&self) -> &[String] {
        &self.said
    }

    fn running(&self) -> &Running {
        self.running.as_ref().expect("the relay runs")
    }

    fn ended(&mut self) -> Option<i32> {
        let (code, out, err) = self.running.take().expect("the relay runs").end();
        assert!(!err.contains("panicked"), "the relay has a bug: {err}");
        self.said.extend(out);
        self.said.extend(err.lines().map(str::to_owned));
        code
    }
}

fn begin(command: &dyn Fn() -> Command) -> (Running, Way) {
    let mut running = Running::start(&mut command());
    let line = running.line_after("relay: keyroom://");
    let (address, pin) = line.split_once("?pin=").expect("the line names a pin");
    let address = address.parse().expect("the line names an address");
    (running, Way { address, pin: pin.parse().expect("the line names a pin") })
}

/// An address on loopback that no other test of this machine uses at this time, with a port that the system gives to
/// nobody by itself: so a relay can start again where it was.
pub fn quiet_address() -> String {
    static NEXT: AtomicU8 = AtomicU8::new(1);
    let [.., high, low] = std::process::id().to_be_bytes();
    format!("127.{high}.{low}.{}:{PORT}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Below the ports that systems give to who asks for none (RFC 6335, 6).
const PORT: u16 = 7_443;
