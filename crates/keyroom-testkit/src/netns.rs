//! Two computers with a cable between them, as network namespaces of this one (Linux).

use std::ffi::OsStr;
use std::fmt;
use std::net::Ipv4Addr;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Two network namespaces joined by a veth pair, each with one IPv4 address; gone when dropped.
#[derive(Debug)]
pub struct Cable {
    names: [String; 2],
}

impl Cable {
    /// Lays the cable. `label` tells tests of one process apart, at most four letters.
    ///
    /// # Errors
    /// [`NotPermitted`], which a test prints as the reason why it is skipped.
    pub fn lay(label: &str) -> Result<Self, NotPermitted> {
        let id = std::process::id();
        // Made first, so that whatever exists already is taken down if a later step fails.
        let cable = Self { names: [format!("kr{id}{label}0"), format!("kr{id}{label}1")] };
        for name in &cable.names {
            ip(&["netns", "add", name])?;
        }
        let [left, right] = &cable.names;
        let (own, other) = (["netns", left.as_str()], ["netns", right.as_str()]);
        ip(&[
            "link", "add", "cable", own[0], own[1], "type", "veth", "peer", "name", "cable", other[0],
            other[1],
        ])?;
        for (side, name) in cable.names.iter().enumerate() {
            let address = format!("{}/24", Self::address(side));
            ip(&["-n", name, "link", "set", "lo", "up"])?;
            ip(&["-n", name, "addr", "add", &address, "dev", "cable"])?;
            ip(&["-n", name, "link", "set", "cable", "up"])?;
        }
        // The kernel tells programs that a cable carries a signal a moment after it does.
        let until = Instant::now() + PATIENCE;
        for name in &cable.names {
            while !ip(&["-n", name, "link", "show", "up", "cable"])?.contains("state UP") {
                assert!(Instant::now() < until, "the cable in {name} carries a signal");
            }
        }
        Ok(cable)
    }

    /// The address of side 0 or 1.
    pub fn address(side: usize) -> Ipv4Addr {
        if side == 0 { Ipv4Addr::new(10, 77, 0, 1) } else { Ipv4Addr::new(10, 77, 0, 2) }
    }

    /// A command that runs on side 0 or 1.
    pub fn command(&self, side: usize, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.names[side]]).arg(program);
        command
    }

    /// Pulls the cable out, or plugs it in again.
    pub fn plug(&self, plugged: bool) {
        let state = if plugged { "up" } else { "down" };
        for name in &self.names {
            ip(&["-n", name, "link", "set", "cable", state]).unwrap_or_else(|error| panic!("{error}"));
        }
    }

    /// What moves the thread that calls it onto side 0 or 1, for good: the sockets that it opens from then on, and those of
    /// threads that it starts, are there.
    #[cfg(target_os = "linux")]
    pub fn enter(&self, side: usize) -> impl Fn() + Send + Sync + 'static {
        use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
        use std::os::fd::AsFd as _;
        let path = std::path::Path::new("/run/netns").join(&self.names[side]);
        let namespace =
            std::fs::File::open(path).unwrap_or_else(|error| panic!("the namespace is there: {error}"));
        move || {
            move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network))
                .unwrap_or_else(|error| panic!("a thread may enter the namespace: {error}"));
        }
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        for name in &self.names {
            // One that was never made cannot be taken down.
            let _ = ip(&["netns", "del", name]);
        }
    }
}

/// This system does not let the test make network namespaces.
#[derive(Debug)]
pub struct NotPermitted {
    step: String,
    answer: String,
}

impl fmt::Display for NotPermitted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no network namespaces here: `ip {}` says: {}", self.step, self.answer)
    }
}

fn ip(arguments: &[&str]) -> Result<String, NotPermitted> {
    let failed = |answer: String| NotPermitted { step: arguments.join(" "), answer };
    let output = Command::new("ip").args(arguments).stdin(Stdio::null()).output();
    let output = output.map_err(|error| failed(error.to_string()))?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned())),
    }
}

const PATIENCE: Duration = Duration::from_secs(30);
