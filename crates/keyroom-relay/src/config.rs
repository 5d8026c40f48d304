//! The relay's configuration: a TOML file, what the command line overrides, and what is wrong with it in words.

mod check;
mod parse;
mod written;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use keyroom_types::DEFAULT_PORT;
use serde::Deserialize;

pub use self::written::Written;
use crate::Quotas;

/// All that can be set. The keys of the configuration file are the names of these fields.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where to listen: `IP`, `IP:PORT` or `:PORT`. Without any: on all interfaces at port 9999.
    pub listen: Vec<ListenAt>,
    /// Where all data is kept. Without it: the platform's data directory.
    pub data: Option<PathBuf>,
    /// Keep nothing on disk. Rooms end with the process, and files are not taken.
    pub memory: bool,
    /// DNS names by which clients dial this relay, for its certificate and for its links.
    pub names: Vec<String>,
    /// PEM file of the certificate for these names, and of those that vouch for it. Without it: a certificate of the
    /// relay's own, which invites pin.
    pub certificate: Option<PathBuf>,
    /// PEM file of that certificate's private key.
    pub key: Option<PathBuf>,
    /// Who may read `/metrics`.
    pub metrics: MetricsFor,
    /// How much is logged.
    pub log_level: LogLevel,
    /// How it is written.
    pub log_format: LogFormat,
    /// Write the addresses of clients to the log.
    pub log_addresses: bool,
    /// Drop the bodies of messages after so many days. Without it they are kept.
    pub message_days: Option<u32>,
    /// Remove files after so many days.
    pub file_days: u32,
    /// What one stranger, one pass, one door and one room may take.
    pub quotas: Quotas,
    /// Where each key stands in its file.
    #[serde(skip)]
    pub written: Written,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: Vec::new(),
            data: None,
            memory: false,
            names: Vec::new(),
            certificate: None,
            key: None,
            metrics: MetricsFor::Loopback,
            log_level: LogLevel::Info,
            log_format: LogFormat::Text,
            log_addresses: false,
            message_days: None,
            file_days: 30,
            quotas: Quotas::default(),
            written: Written::default(),
        }
    }
}

impl Config {
    /// Where to listen, in socket addresses.
    pub fn sockets(&self) -> Vec<SocketAddr> {
        let everywhere = [ListenAt::Everywhere(DEFAULT_PORT)];
        let wanted = if self.listen.is_empty() { &everywhere[..] } else { &self.listen };
        wanted.iter().flat_map(|at| at.sockets()).collect()
    }

    /// How long a file is kept after it was begun.
    pub fn file_age(&self) -> Duration {
        Duration::from_secs(u64::from(self.file_days) * DAY_S)
    }

    /// How long the body of a message is kept; `None`: always.
    pub fn message_age(&self) -> Option<Duration> {
        self.message_days.map(|days| Duration::from_secs(u64::from(days) * DAY_S))
    }

    /// The keys whose values differ here and that a running relay does not take over.
    pub(crate) fn fixed_changes(&self, other: &Self) -> Vec<&'static str> {
        let own_key = |config: &Self| config.certificate.is_none();
        let differs = [
            ("listen", self.listen != other.listen),
            ("data", self.data != other.data),
            ("memory", self.memory != other.memory),
            ("names", self.names != other.names),
            ("certificate", own_key(self) != own_key(other)),
            ("log_format", self.log_format != other.log_format),
        ];
        differs.into_iter().filter_map(|(key, differs)| differs.then_some(key)).collect()
    }

    /// The data directory: the one that was chosen, or the platform's; `None` with `memory`.
    ///
    /// # Errors
    /// Nothing was chosen and the platform names none.
    pub fn data_dir(&self) -> Result<Option<PathBuf>, ConfigError> {
        if self.memory {
            return Ok(None);
        }
        match self.data.clone().or_else(|| Some(data_home()?.join("relay"))) {
            Some(dir) => Ok(Some(dir)),
            None => Err(ConfigError::new(
                "there is no home directory to keep data in; choose one with --data DIR",
            )),
        }
    }
}

/// One entry of `listen`.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(try_from = "String")]
pub enum ListenAt {
    /// `:PORT`: all interfaces, IPv4 and IPv6.
    Everywhere(u16),
    /// One address of this computer.
    One(SocketAddr),
}

impl ListenAt {
    fn sockets(self) -> Vec<SocketAddr> {
        match self {
            Self::One(at) => vec![at],
            Self::Everywhere(port) => {
                vec![(Ipv4Addr::UNSPECIFIED, port).into(), (Ipv6Addr::UNSPECIFIED, port).into()]
            }
        }
    }
}

impl FromStr for ListenAt {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        if let Ok(at) = text.parse() {
            return Ok(Self::One(at));
        }
        if let Ok(ip) = text.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() {
            return Ok(Self::One(SocketAddr::new(ip, DEFAULT_PORT)));
        }
        match text.strip_prefix(':').map(str::parse) {
            Some(Ok(port)) => Ok(Self::Everywhere(port)),
            _ => Err("an address to listen at looks like 127.0.0.1:9999, 192.168.1.23 or :9999"),
        }
    }
}

impl TryFrom<String> for ListenAt {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        text.parse()
    }
}

/// Who may read `/metrics`.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum MetricsFor {
    /// Whoever reaches the relay.
    Everyone,
    /// Programs on this computer, unless they pass somebody else's request on.
    Loopback,
    /// Nobody.
    Off,
}

/// How much is logged.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// Only what is a bug of the relay or stops it.
    Error,
    /// And what an operator should look at.
    Warn,
    /// And what happens once in a while.
    Info,
    /// And what happens with every connection.
    Debug,
}

/// How the log is written.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// What is wrong with the configuration, where, and what to do.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(String);

impl ConfigError {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

/// Where programs of this platform keep the data of the user who runs them, and Keyroom's directory there. `None` where
/// the platform names none.
pub fn data_home() -> Option<PathBuf> {
    let from = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = if cfg!(windows) {
        from("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        from("HOME").map(|home| home.join("Library/Application Support"))
    } else {
        from("XDG_DATA_HOME").or_else(|| from("HOME").map(|home| home.join(".local/share")))
    };
    Some(base?.join("keyroom"))
}

const DAY_S: u64 = 24 * 60 * 60;
