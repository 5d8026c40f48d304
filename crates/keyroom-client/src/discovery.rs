//! Rooms on the same network find each other by multicast DNS (RFC 6762) and DNS-SD (RFC 6763).
//!
//! An announcement of a Fernet room says that one is at these addresses and this port, and nothing else: its
//! instance and host names are random for each, it carries no key and no name of a room, person or computer.
//! What is found is a stranger's word; only the key decides who is there. A sealed room is found by its key only
//! ([`Discovery::find`]).

mod beacon;
mod found;
mod sealed;

use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub use beacon::Hint;
pub(crate) use found::Found;
use mdns_sd::{IfKind, Receiver, ServiceDaemon, ServiceEvent, ServiceInfo};
pub use sealed::{Finding, SealedAnnouncement};
use socket2::{Domain, Protocol, Socket, Type};

use crate::event::DiscoveryFault;
use crate::net::addresses::{interfaces, reachable};

/// Multicast DNS for all rooms of this process. Until it is first used there is no socket and no thread.
#[derive(Clone)]
pub struct Discovery(Arc<Mutex<Inner>>);

struct Inner {
    allowed: bool,
    daemon: Option<ServiceDaemon>,
    /// Full names of announcements of this process.
    ours: HashSet<String>,
}

impl Discovery {
    /// Not `allowed`, it never opens a socket and finds nothing.
    pub fn new(allowed: bool) -> Self {
        Self(Arc::new(Mutex::new(Inner { allowed, daemon: None, ours: HashSet::new() })))
    }

    /// Announces a room until the answer is dropped. `None` where that is turned off or not possible, and for a
    /// room that listens on loopback only.
    pub(crate) fn announce(&self, listening: &[SocketAddr]) -> Option<Announcement> {
        self.register(listening, &random_label()?, &KIND)
    }

    /// Announces that a room listens, under this instance name, with these TXT entries.
    fn register(
        &self,
        listening: &[SocketAddr],
        instance: &str,
        said: &[(&str, &str)],
    ) -> Option<Announcement> {
        let open = listening.iter().filter(|at| !at.ip().is_loopback()).copied().collect::<Vec<_>>();
        let port = open.first()?.port();
        let open = open.into_iter().filter(|at| at.port() == port).collect::<Vec<_>>();
        let ips = reachable(&open).iter().filter_map(keyroom_types::Address::ip).collect::<Vec<_>>();
        let computer = format!("{}.local.", random_label()?);
        let info = ServiceInfo::new(SERVICE, instance, &computer, &ips[..], port, said).ok()?;
        // A room that listens everywhere goes on being found when this computer changes its network.
        let everywhere = [true, false].map(|v4| open.iter().any(|at| is_unspecified(*at, v4)));
        let info = if everywhere == [true, true] { info.enable_addr_auto() } else { info };
        let name = info.get_fullname().to_ascii_lowercase();
        let mut inner = self.lock();
        inner.daemon().ok()?.register(info).ok()?;
        inner.ours.insert(name.clone());
        Some(Announcement { name, discovery: self.clone() })
    }

    /// Starts looking for rooms.
    pub(crate) fn look(&self) -> Result<Receiver<ServiceEvent>, DiscoveryFault> {
        self.lock().daemon()?.browse(SERVICE).map_err(|_| DiscoveryFault::NotAllowed)
    }

    /// Stops looking for rooms.
    pub(crate) fn stop_looking(&self) {
        if let Some(daemon) = &self.lock().daemon {
            // Who does not look any more does not need to know whether stopping worked.
            let _ = daemon.stop_browse(SERVICE);
        }
    }

    /// Whether an announcement is one of this process.
    pub(crate) fn is_ours(&self, name: &str) -> bool {
        self.lock().ours.contains(&name.to_ascii_lowercase())
    }

    /// Ends multicast DNS. Blocks for a moment, so that announcements just taken back are gone from the network.
    pub fn end(&self) {
        let daemon = self.lock().daemon.take();
        if let Some(ended) = daemon.and_then(|daemon| daemon.shutdown().ok()) {
            let _ = ended.recv_timeout(FAREWELL);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Discovery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Discovery(..)")
    }
}

impl Inner {
    fn daemon(&mut self) -> Result<&ServiceDaemon, DiscoveryFault> {
        if !self.allowed {
            return Err(DiscoveryFault::TurnedOff);
        }
        if self.daemon.is_none() {
            self.daemon = Some(start_daemon()?);
        }
        self.daemon.as_ref().ok_or(DiscoveryFault::NotAllowed)
    }
}

/// A room that can be found. Dropping it takes the announcement back.
pub(crate) struct Announcement {
    name: String,
    discovery: Discovery,
}

impl Drop for Announcement {
    fn drop(&mut self) {
        let mut inner = self.discovery.lock();
        inner.ours.remove(&self.name);
        if let Some(daemon) = &inner.daemon {
            // Where this fails the announcement ends with its time to live.
            let _ = daemon.unregister(&self.name);
        }
    }
}

/// Multicast DNS on all interfaces but loopback.
fn start_daemon() -> Result<ServiceDaemon, DiscoveryFault> {
    check_multicast()?;
    let daemon = ServiceDaemon::new().map_err(|_| DiscoveryFault::NotAllowed)?;
    let loopback = vec![IfKind::LoopbackV4, IfKind::LoopbackV6];
    daemon.disable_interface(loopback).map_err(|_| DiscoveryFault::NotAllowed)?;
    Ok(daemon)
}

/// Whether there is a network with multicast, and whether the system lets this program use it.
fn check_multicast() -> Result<(), DiscoveryFault> {
    let ips = interfaces();
    if ips.is_empty() {
        return Err(DiscoveryFault::NoNetwork);
    }
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))
        .and_then(|socket| {
            socket.set_reuse_address(true)?;
            #[cfg(unix)]
            socket.set_reuse_port(true)?;
            socket.bind(&SocketAddr::from((Ipv4Addr::UNSPECIFIED, MDNS_PORT)).into())?;
            Ok(socket)
        })
        .map_err(|_| DiscoveryFault::NotAllowed)?;
    let joins = |ip: &IpAddr| match ip {
        IpAddr::V4(v4) => socket.join_multicast_v4(&MDNS_GROUP, v4).is_ok(),
        IpAddr::V6(_) => true,
    };
    if ips.iter().any(joins) { Ok(()) } else { Err(DiscoveryFault::NoNetwork) }
}

fn is_unspecified(at: SocketAddr, v4: bool) -> bool {
    at.ip().is_unspecified() && at.is_ipv4() == v4
}

/// 16 random hexadecimal digits.
fn random_label() -> Option<String> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).ok()?;
    Some(format!("{:016x}", u64::from_be_bytes(bytes)))
}

const SERVICE: &str = "_keyroom._tcp.local.";
/// The one TXT entry of an announcement.
const KIND: [(&str, &str); 1] = [(KIND_NAME, KIND_FERNET)];
const KIND_NAME: &str = "kind";
const KIND_FERNET: &str = "fernet";
/// RFC 6762, section 3.
const MDNS_GROUP: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 251);
const MDNS_PORT: u16 = 5353;
const FAREWELL: Duration = Duration::from_millis(500);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_on_loopback_only_announces_nothing() {
        let discovery = Discovery::new(true);
        let listening = ["127.0.0.1:9999".parse().unwrap(), "[::1]:9999".parse().unwrap()];
        assert!(discovery.announce(&listening).is_none());
        assert!(discovery.lock().daemon.is_none(), "no socket was opened");
    }

    #[test]
    fn discovery_that_is_turned_off_opens_no_socket() {
        let discovery = Discovery::new(false);
        assert!(discovery.announce(&["0.0.0.0:9999".parse().unwrap()]).is_none());
        assert_eq!(discovery.look().map(|_| ()), Err(DiscoveryFault::TurnedOff));
        assert!(discovery.lock().daemon.is_none());
    }

    #[test]
    fn labels_of_announcements_are_random() {
        let (one, other) = (random_label().unwrap(), random_label().unwrap());
        assert_eq!((one.len(), other.len()), (16, 16));
        assert_ne!(one, other);
    }
}
