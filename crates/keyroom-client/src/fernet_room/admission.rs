//! Who may connect: how many at once, and how often. Attack matrix row 45.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use keyroom_types::limits::{PEERS_PER_ADDRESS, PEERS_PER_ROOM};

use crate::history::DropReason;

/// Counts connections, in all and by the network address that they come from, so that one stranger can neither
/// fill the room nor fill memory by connecting again and again.
#[derive(Debug, Default)]
pub(super) struct Admission {
    here: usize,
    sources: HashMap<Source, Usage>,
    tidied: Option<Instant>,
}

impl Admission {
    /// Admits a connection, or says why not. What it gives must be given back to [`Admission::left`].
    pub(super) fn admit(&mut self, now: Instant, from: IpAddr) -> Result<Source, DropReason> {
        self.tidy(now);
        let source = Source::of(from);
        let crowded = self.sources.len() >= SOURCES && !self.sources.contains_key(&source);
        let source = if crowded { Source::Others } else { source };
        let usage = self.sources.entry(source).or_insert(Usage { here: 0, tokens: BURST, at: now });
        if self.here >= PEERS_PER_ROOM || usage.here >= PEERS_PER_ADDRESS {
            return Err(DropReason::RoomFull);
        }
        let tokens = usage.refilled(now);
        if tokens == 0 {
            return Err(DropReason::TooOften);
        }
        // The time of the last whole token is kept only while tokens are missing, so that fractions add up.
        if tokens != usage.tokens || tokens == BURST {
            usage.at = now;
        }
        usage.tokens = tokens - 1;
        usage.here += 1;
        self.here += 1;
        Ok(source)
    }

    /// An admitted connection has ended.
    pub(super) fn left(&mut self, source: Source) {
        if let Some(usage) = self.sources.get_mut(&source) {
            usage.here = usage.here.saturating_sub(1);
        }
        self.here = self.here.saturating_sub(1);
    }

    /// Forgets sources that have nobody here and lack nothing: once in a while, since it looks at each.
    fn tidy(&mut self, now: Instant) {
        if self.sources.len() >= SOURCES && self.tidied.is_none_or(|at| now >= at + REFILL) {
            self.sources.retain(|_, usage| usage.here > 0 || usage.refilled(now) < BURST);
            self.tidied = Some(now);
        }
    }
}

/// One IPv4 address, or one IPv6 network of 64 bits: within that, addresses cost nothing. Link-local addresses
/// share one network by their nature and are counted each.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) enum Source {
    One(IpAddr),
    Others,
}

impl Source {
    fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V6(v6) if !v6.is_unicast_link_local() => {
                Source::One(IpAddr::from((u128::from(v6) >> 64 << 64).to_be_bytes()))
            }
            other => Source::One(other),
        }
    }
}

/// A token bucket of connections.
#[derive(Debug)]
struct Usage {
    here: usize,
    tokens: u64,
    at: Instant,
}

impl Usage {
    fn refilled(&self, now: Instant) -> u64 {
        let passed = now.saturating_duration_since(self.at).as_millis() / REFILL.as_millis();
        BURST.min(self.tokens.saturating_add(u64::try_from(passed).unwrap_or(BURST)))
    }
}

/// Connections from one source at once.
const BURST: u64 = PEERS_PER_ROOM as u64;
/// One more after this time.
const REFILL: Duration = Duration::from_millis(500);
/// Sources that are counted apart.
const SOURCES: usize = 4_096;

#[cfg(test)]
mod tests {
    use super::*;

    const ANNA: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 168, 1, 1));
    const BERTA: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 168, 1, 2));

    #[test]
    fn one_address_cannot_fill_the_room() {
        let (mut door, now) = (Admission::default(), Instant::now());
        let source = (0..PEERS_PER_ADDRESS).map(|_| door.admit(now, ANNA).unwrap()).last().unwrap();
        assert_eq!(door.admit(now, ANNA), Err(DropReason::RoomFull));
        assert!(door.admit(now, BERTA).is_ok());
        door.left(source);
        assert!(door.admit(now, ANNA).is_ok());
    }

    #[test]
    fn the_room_has_a_size() {
        let (mut door, now) = (Admission::default(), Instant::now());
        for number in 0..PEERS_PER_ROOM {
            let address = IpAddr::from(u32::try_from(number).unwrap().to_be_bytes());
            door.admit(now, address).unwrap();
        }
        assert_eq!(door.admit(now, BERTA), Err(DropReason::RoomFull));
    }

    #[test]
    fn coming_and_going_is_bounded_by_a_rate() {
        let (mut door, now) = (Admission::default(), Instant::now());
        let come_and_go = |door: &mut Admission, now| door.admit(now, ANNA).map(|source| door.left(source));
        let admitted = (0..5_000).filter(|_| come_and_go(&mut door, now).is_ok()).count();
        assert_eq!(admitted as u64, BURST);
        assert_eq!(come_and_go(&mut door, now), Err(DropReason::TooOften));
        let later = now + REFILL * 10;
        assert_eq!((0..100).filter(|_| come_and_go(&mut door, later).is_ok()).count(), 10);
        assert_eq!(come_and_go(&mut door, later), Err(DropReason::TooOften));
        assert!(door.admit(later, BERTA).is_ok());
    }

    #[test]
    fn an_ipv6_network_counts_as_one_source_and_sources_are_bounded() {
        let (mut door, now) = (Admission::default(), Instant::now());
        for host in 0..PEERS_PER_ADDRESS {
            let host = u16::try_from(host).unwrap();
            door.admit(now, IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 1, host])).unwrap();
        }
        let same_net = IpAddr::from([0x2001, 0xdb8, 0, 0, 9, 9, 9, 9]);
        assert_eq!(door.admit(now, same_net), Err(DropReason::RoomFull));
        for net in 0..20_000_u16 {
            let address = IpAddr::from([0x2001, 0xdb8, 1, net, 0, 0, 0, 1]);
            if let Ok(source) = door.admit(now, address) {
                door.left(source);
            }
        }
        assert!(door.sources.len() <= SOURCES + 1);
        assert!(door.admit(now + REFILL, BERTA).is_ok());
    }
}
