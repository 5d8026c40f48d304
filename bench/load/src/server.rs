//! The server under load, a process of its own.

mod peers;

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use clap::ValueEnum;
use keyroom_types::KeyPin;
use rustls::ClientConfig;

use crate::tls::pinned;
use crate::{Cpu, Fault, Memory};

/// Who takes part in a run.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Entrant {
    /// Our relay with `--memory`.
    Memory,
    /// Our relay with `--data`.
    Disk,
    /// `nats-server`.
    Nats,
    /// `mosquitto`: MQTT 3.1.1, QoS 0, nothing kept.
    Mosquitto,
    /// `ejabberd`: rooms of XMPP (MUC), nothing kept.
    Ejabberd,
}

impl Entrant {
    /// Whether it is our relay.
    pub fn is_ours(self) -> bool {
        matches!(self, Self::Memory | Self::Disk)
    }

    /// The heading of its column.
    pub fn name(self) -> &'static str {
        match self {
            Self::Memory => "Keyroom, memory",
            Self::Disk => "Keyroom, disk",
            Self::Nats => "nats-server",
            Self::Mosquitto => "mosquitto",
            Self::Ejabberd => "ejabberd",
        }
    }

    /// Its program.
    pub fn program(self) -> &'static str {
        match self {
            Self::Memory | Self::Disk => "keyroom",
            Self::Nats => "nats-server",
            Self::Mosquitto => "mosquitto",
            Self::Ejabberd => "ejabberdctl",
        }
    }

    /// Whether it can make messages durable before it acknowledges them.
    pub fn keeps(self) -> bool {
        matches!(self, Self::Disk | Self::Nats)
    }
}

/// Whether the peer keeps messages. Ours does what its entrant says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Keeping {
    /// Messages are passed on.
    Nothing,
    /// JetStream, with `sync_interval: always`.
    Everything,
}

/// A running server. Ended, and its files deleted, when dropped.
pub struct Server {
    /// Who it is.
    pub entrant: Entrant,
    /// Where it listens.
    pub address: SocketAddr,
    /// The key that it shows.
    pub pin: KeyPin,
    tls: Arc<ClientConfig>,
    process: Option<Child>,
    _files: Option<Scratch>,
}

impl Server {
    /// Our relay, with its files in a new folder in `dir`.
    ///
    /// # Errors
    /// The program does not start, or says nothing of where it listens.
    pub fn keyroom(program: &Path, entrant: Entrant, dir: &Path) -> Result<Self, Fault> {
        let files = Scratch::new(dir)?;
        let config = files.0.join("relay.toml");
        fs::write(&config, RELAY_CONFIG)?;
        let mut command = Command::new(program);
        command.args(["relay", "--listen", "127.0.0.1:0", "--config"]).arg(&config);
        match entrant {
            Entrant::Disk => command.arg("--data").arg(files.0.join("data")),
            _ => command.arg("--memory"),
        };
        let log = files.0.join("log");
        let mut process = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&log)?)
            .spawn()
            .map_err(|error| Fault::Setup(format!("{}: {error}", program.display())))?;
        let said = process.stdout.take().map(BufReader::new);
        let found = said.and_then(relay_line).and_then(|line| parse_relay(&line));
        let Some((address, pin)) = found else {
            // It may still run, and say what we do not understand.
            let _ = process.kill();
            let _ = process.wait();
            let why = fs::read_to_string(&log).unwrap_or_default();
            return Err(Fault::Setup(format!("{} gave no `relay:` line. {why}", program.display())));
        };
        let mut server = Self::at(address, pin)?;
        (server.entrant, server.process, server._files) = (entrant, Some(process), Some(files));
        Ok(server)
    }

    /// A relay that runs already, in this process or another.
    ///
    /// # Errors
    /// rustls does not take the configuration.
    pub fn at(address: SocketAddr, pin: KeyPin) -> Result<Self, Fault> {
        let tls = pinned(pin, &[b"http/1.1"])?;
        Ok(Self { entrant: Entrant::Memory, address, pin, tls, process: None, _files: None })
    }

    /// Processor time that it has used. Zero for a relay that we did not start.
    ///
    /// # Errors
    /// The system does not say.
    pub fn cpu(&self) -> Result<Cpu, Fault> {
        self.process.as_ref().map_or(Ok(Cpu::default()), |process| Cpu::of(process.id()))
    }

    /// Memory that it holds. Zero for a relay that we did not start.
    ///
    /// # Errors
    /// The system does not say.
    pub fn memory(&self) -> Result<Memory, Fault> {
        self.process.as_ref().map_or(Ok(Memory::default()), |process| Memory::of(process.id()))
    }

    pub(crate) fn tls(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.tls)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            // It has ended by itself if this fails.
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// The line that says where our relay is; the rest of what it says is read and dropped, or it would wait for us.
fn relay_line(mut said: BufReader<std::process::ChildStdout>) -> Option<String> {
    let mut line = String::new();
    while said.read_line(&mut line).ok()? > 0 {
        if let Some(relay) = line.trim_end().strip_prefix("relay: ") {
            let relay = relay.to_owned();
            thread::spawn(move || {
                let mut rest = [0; 1024];
                while matches!(said.read(&mut rest), Ok(read) if read > 0) {}
            });
            return Some(relay);
        }
        line.clear();
    }
    None
}

fn parse_relay(line: &str) -> Option<(SocketAddr, KeyPin)> {
    let (address, pin) = line.strip_prefix("keyroom://")?.split_once("?pin=")?;
    Some((address.trim_end_matches('/').parse().ok()?, pin.split('&').next()?.parse().ok()?))
}

fn wait_for<T>(time: Duration, mut find: impl FnMut() -> Option<T>) -> Option<T> {
    let until = Instant::now() + time;
    loop {
        if let Some(found) = find() {
            return Some(found);
        }
        if Instant::now() > until {
            return None;
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// A folder that is deleted when dropped.
pub(crate) struct Scratch(pub(crate) PathBuf);

impl Scratch {
    pub(crate) fn new(dir: &Path) -> Result<Self, Fault> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("keyroom-load-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        // The servers run elsewhere, perhaps.
        let path = std::path::absolute(dir)?.join(name);
        fs::create_dir_all(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What stays is in a temporary folder, and no figure depends on it.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The quotas that a load is there to pass; all else is as it is without a configuration.
const RELAY_CONFIG: &str = "[quotas]\nappends_per_pass = 1_000_000_000\nappends_per_pass_per_second = 1_000_000\n\
    links = 100_000\nlogins_per_address = 100_000\n";
const PATIENCE: Duration = Duration::from_secs(120);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_relays_line_gives_its_address_and_pin() {
        let pin = KeyPin::from_bytes([7; 32]);
        let line = format!("keyroom://127.0.0.1:4433?pin={pin}");
        assert_eq!(parse_relay(&line), Some(("127.0.0.1:4433".parse().unwrap(), pin)));
        assert_eq!(parse_relay("https://relay.example"), None);
    }
}
