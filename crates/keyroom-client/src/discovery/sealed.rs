//! Sealed rooms on the same network: announced so that only who knows the key finds them. Spec: `docs/protocol.md`, "Beacon".

use std::fmt;
use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use keyroom_types::{DoorSeeds, Key, KeyPin, LogKey, RoomId};
use mdns_sd::{Receiver, ResolvedService, ServiceDaemon, ServiceEvent};

use super::beacon::{Beacon, Hint, NONCE_BYTES, Slot};
use super::{Announcement, Discovery, KIND_NAME, SERVICE, start_daemon};
use crate::event::DiscoveryFault;
use crate::net::addresses::reachable;

impl Discovery {
    /// Announces a sealed room to those who know the key that `seed` (`DoorSeeds::beacon`) comes from, until the answer is
    /// dropped; it must be kept up ([`SealedAnnouncement::keep`]), since it changes every ten minutes. `None` where that is
    /// turned off or not possible, without a pin, and for a room that listens on loopback only.
    pub fn announce_sealed(
        &self,
        listening: &[SocketAddr],
        seed: &[u8; 32],
        room: RoomId,
        pins: &[KeyPin],
        log: Option<LogKey>,
        now: SystemTime,
    ) -> Option<SealedAnnouncement> {
        let mut announcement = SealedAnnouncement {
            discovery: self.clone(),
            listening: listening.to_vec(),
            beacon: Beacon::new(seed),
            room,
            pins: pins.to_vec(),
            log,
            present: None,
        };
        announcement.renew(now).then_some(announcement)
    }

    /// Looks for the sealed room that `key` opens, until the answer is dropped.
    pub fn find(&self, key: &Key) -> Result<Finding, DiscoveryFault> {
        if !self.lock().allowed {
            return Err(DiscoveryFault::TurnedOff);
        }
        // Of its own: multicast DNS tells only the last who looks for a kind of service.
        let daemon = start_daemon()?;
        let heard = daemon.browse(SERVICE).map_err(|_| DiscoveryFault::NotAllowed)?;
        Ok(Finding { daemon, heard, hints: Hints::new(key) })
    }
}

/// A sealed room that can be found by its key. Dropping it takes the announcement back.
pub struct SealedAnnouncement {
    discovery: Discovery,
    listening: Vec<SocketAddr>,
    beacon: Beacon,
    room: RoomId,
    pins: Vec<KeyPin>,
    log: Option<LogKey>,
    /// What the network hears now, and in which slot.
    present: Option<(Slot, Announcement)>,
}

impl SealedAnnouncement {
    /// Keeps the announcement up; never returns. May be dropped at any time and called again.
    pub async fn keep(&mut self) {
        loop {
            // Short, because a timer does not run while the computer sleeps.
            tokio::time::sleep(LOOK_AT_CLOCK).await;
            self.renew(SystemTime::now());
        }
    }

    /// Announces the slot that `now` lies in, where that is not the present one. `false` where that is not possible; the next
    /// call tries again.
    pub fn renew(&mut self, now: SystemTime) -> bool {
        let slot = Slot::at(now);
        if self.present.as_ref().is_none_or(|(present, _)| *present != slot) {
            // The old one is taken back only when the new one is there.
            self.present = self.announce(slot).map(|announcement| (slot, announcement));
        }
        self.present.is_some()
    }

    fn announce(&self, slot: Slot) -> Option<Announcement> {
        let open = self.listening.iter().filter(|at| !at.ip().is_loopback()).copied().collect::<Vec<_>>();
        let hint =
            Hint { room: self.room, addresses: reachable(&open), pins: self.pins.clone(), log: self.log };
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce).ok()?;
        let sealed = self.beacon.seal(slot, &hint, nonce)?;
        // One string of a TXT record has 255 bytes (RFC 6763, 6.1), its name and `=` among them.
        let (first, second) = sealed.split_at_checked(FIRST_CHARS)?;
        let said = [(KIND_NAME, KIND_SEALED), (FIRST_NAME, first), (SECOND_NAME, second)];
        self.discovery.register(&self.listening, &self.beacon.name(slot), &said)
    }
}

impl fmt::Debug for SealedAnnouncement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealedAnnouncement({:?}, ..)", self.room)
    }
}

/// Looks for one sealed room. Dropping it ends that.
pub struct Finding {
    daemon: ServiceDaemon,
    heard: Receiver<ServiceEvent>,
    hints: Hints,
}

impl Finding {
    /// The next place where the room may be; each is told once. `None` when nothing more can be found. May be dropped at any
    /// time and called again.
    pub async fn next(&mut self) -> Option<Hint> {
        loop {
            match self.heard.recv_async().await {
                Ok(ServiceEvent::ServiceResolved(service)) => {
                    if let Some(hint) = self.hints.take(&service, SystemTime::now()) {
                        return Some(hint);
                    }
                }
                Ok(_) => {}
                // So much was heard at once that the subscription ended: begin again.
                Err(_) => self.heard = self.daemon.browse(SERVICE).ok()?,
            }
        }
    }
}

impl Drop for Finding {
    fn drop(&mut self) {
        // It announced nothing, so nobody needs to hear of its end.
        let _ = self.daemon.shutdown();
    }
}

impl fmt::Debug for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Finding(..)")
    }
}

/// What the key understands of what strangers say, bounded and each once.
struct Hints {
    beacon: Beacon,
    told: Vec<Hint>,
}

impl Hints {
    fn new(key: &Key) -> Self {
        Self { beacon: Beacon::new(&DoorSeeds::of(key).beacon), told: Vec::new() }
    }

    fn take(&mut self, service: &ResolvedService, now: SystemTime) -> Option<Hint> {
        if self.told.len() >= HINTS || service.get_property_val_str(KIND_NAME) != Some(KIND_SEALED) {
            return None;
        }
        let name = service.get_fullname().strip_suffix(SERVICE)?.strip_suffix('.')?;
        let slots = Slot::at(now).around();
        let slot = slots.into_iter().find(|slot| self.beacon.name(*slot).eq_ignore_ascii_case(name))?;
        let part = |name| service.get_property_val_str(name);
        let hint = self.beacon.open(slot, &[part(FIRST_NAME)?, part(SECOND_NAME)?].concat())?;
        if self.told.contains(&hint) {
            return None;
        }
        self.told.push(hint.clone());
        Some(hint)
    }
}

const KIND_SEALED: &str = "sealed";
/// The sealed part, and where it is longer than one string can be, its rest.
const FIRST_NAME: &str = "b";
const SECOND_NAME: &str = "b2";
const FIRST_CHARS: usize = 253;
/// Places told of one room at most: whoever has the key can make them.
const HINTS: usize = 64;
const LOOK_AT_CLOCK: Duration = Duration::from_secs(15);

#[cfg(test)]
mod tests;
