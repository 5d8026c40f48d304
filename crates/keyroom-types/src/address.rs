//! Where a room can be reached: a host and a port, as people write them.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

/// The port a room listens on when nobody chose another.
pub const DEFAULT_PORT: u16 = 9999;

/// Where a room can be reached: a name or an IP address, and a port.
///
/// Written `192.168.1.23:9999`, `laptop.local`, `[fe80::1%eth0]:9999`; without a port, [`DEFAULT_PORT`].
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Address {
    host: String,
    port: u16,
}

impl Address {
    /// This computer, at the default port.
    pub fn this_computer() -> Self {
        Self::from(SocketAddr::from((Ipv4Addr::LOCALHOST, DEFAULT_PORT)))
    }

    /// The name or IP address, without brackets, in lower case.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The TCP port, never 0.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The IP address, where the host is one and names no interface.
    pub fn ip(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        Self::parse_or(text, DEFAULT_PORT)
    }
}

impl Address {
    /// Reads an address; without a port it has this one.
    pub(crate) fn parse_or(text: &str, default_port: u16) -> Result<Self, AddressError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(AddressError::Empty);
        }
        if text.len() > MAX_CHARS {
            return Err(AddressError::TooLong { chars: text.len() });
        }
        if text.chars().any(char::is_whitespace) {
            return Err(AddressError::Space);
        }
        if text.contains("://") {
            return Err(AddressError::Link);
        }
        let (host, port) = split(text)?;
        let port = match port {
            None => default_port,
            Some(port) => port.parse().ok().filter(|&port| port != 0).ok_or(AddressError::Port)?,
        };
        let host = host.to_ascii_lowercase();
        if host.is_empty() { Err(AddressError::NoHost) } else { Ok(Self { host, port }) }
    }
}

impl From<SocketAddr> for Address {
    /// An IPv6 scope is kept as its number: `fe80::1%2`.
    fn from(addr: SocketAddr) -> Self {
        let host = match addr {
            SocketAddr::V6(v6) if v6.scope_id() != 0 => format!("{}%{}", v6.ip(), v6.scope_id()),
            other => other.ip().to_string(),
        };
        Self { host, port: addr.port() }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// Why a text is not an address. Carries no part of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// Nothing but white space.
    #[error("the address is empty")]
    Empty,
    /// Longer than any name or IP address with a port.
    #[error("the address is too long: {chars} characters")]
    TooLong {
        /// Bytes found.
        chars: usize,
    },
    /// White space inside.
    #[error("an address has no spaces in it")]
    Space,
    /// A link, not an address.
    #[error("this is a link; an address looks like 192.168.1.23:9999")]
    Link,
    /// A port but nothing before it.
    #[error("the part before the colon is missing; an address looks like 192.168.1.23:9999")]
    NoHost,
    /// The part behind the colon is no port.
    #[error("the number behind the colon must be between 1 and 65535")]
    Port,
    /// A character that no name and no IP address contains, or numbers that are no IP address.
    #[error("this is not an address; one looks like 192.168.1.23:9999")]
    Host,
}

/// Splits host and port and checks the host's form, not whether it exists.
fn split(text: &str) -> Result<(&str, Option<&str>), AddressError> {
    if let Some(rest) = text.strip_prefix('[') {
        let (host, after) = rest.split_once(']').ok_or(AddressError::Host)?;
        check_v6(host)?;
        return match after.strip_prefix(':') {
            Some(port) => Ok((host, Some(port))),
            None if after.is_empty() => Ok((host, None)),
            None => Err(AddressError::Host),
        };
    }
    if text.matches(':').count() > 1 {
        check_v6(text)?;
        return Ok((text, None));
    }
    let (host, port) = match text.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (text, None),
    };
    let named = host.chars().all(|ch| ch.is_ascii_alphanumeric() || matches!(ch, '.' | '-' | '_'));
    // A last label of digits can only be meant as an IPv4 address (URL standard, "ends in a number").
    let numeric = host
        .rsplit('.')
        .next()
        .is_some_and(|last| !last.is_empty() && last.bytes().all(|b| b.is_ascii_digit()));
    if !named || (numeric && host.parse::<Ipv4Addr>().is_err()) {
        return Err(AddressError::Host);
    }
    Ok((host, port))
}

fn check_v6(host: &str) -> Result<(), AddressError> {
    let (ip, scope) = host.split_once('%').unwrap_or((host, "0"));
    let scoped = !scope.is_empty()
        && scope.chars().all(|ch| ch.is_ascii_alphanumeric() || matches!(ch, '.' | '-' | '_'));
    if ip.parse::<Ipv6Addr>().is_ok() && scoped { Ok(()) } else { Err(AddressError::Host) }
}

/// A DNS name has at most 253 characters (RFC 1035, 2.3.4); a port and brackets come on top.
const MAX_CHARS: usize = 270;

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Result<String, AddressError> {
        text.parse::<Address>().map(|address| address.to_string())
    }

    #[test]
    fn addresses_are_read_as_people_write_them() {
        assert_eq!(shown(" 192.168.1.23:9999\n").unwrap(), "192.168.1.23:9999");
        assert_eq!(shown("192.168.1.23").unwrap(), "192.168.1.23:9999");
        assert_eq!(shown("Laptop.local:80").unwrap(), "laptop.local:80");
        assert_eq!(shown("::1").unwrap(), "[::1]:9999");
        assert_eq!(shown("[fe80::1%eth0]:7").unwrap(), "[fe80::1%eth0]:7");
        assert_eq!(shown("[::1]").unwrap(), "[::1]:9999");
    }

    #[test]
    fn each_slip_has_its_own_error() {
        assert_eq!(shown("  "), Err(AddressError::Empty));
        assert_eq!(shown("192.168.1. 23"), Err(AddressError::Space));
        assert_eq!(shown("keyroom://x"), Err(AddressError::Link));
        assert_eq!(shown(":9999"), Err(AddressError::NoHost));
        assert_eq!(shown("laptop:99999"), Err(AddressError::Port));
        assert_eq!(shown("laptop:0"), Err(AddressError::Port));
        assert_eq!(shown("192.168.1"), Err(AddressError::Host));
        assert_eq!(shown("192.168.1.256"), Err(AddressError::Host));
        assert_eq!(shown("[::1"), Err(AddressError::Host));
        assert_eq!(shown("a/b"), Err(AddressError::Host));
        assert_eq!(shown(&"a".repeat(300)), Err(AddressError::TooLong { chars: 300 }));
    }

    #[test]
    fn a_shown_address_reads_back_to_itself() {
        for text in ["10.0.0.1:1", "[2001:db8::1]:65535", "host-name.example:9999"] {
            assert_eq!(shown(text).unwrap(), text);
        }
    }
}
