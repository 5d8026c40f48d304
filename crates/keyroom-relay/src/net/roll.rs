//! Who is connected: counted before TLS begins, and woken when the relay ends.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use tokio::sync::Notify;

use super::machine::open_files_limit;
use super::memory::Ceiling;
use crate::{Quotas, Refused};

/// All connections of a relay.
pub(crate) struct Roll {
    most: AtomicU32,
    most_per_address: AtomicU32,
    ceiling: Ceiling,
    inner: Mutex<Inner>,
    /// The time to end well is over.
    closing: AtomicBool,
    left: Notify,
}

#[derive(Default)]
struct Inner {
    total: u32,
    per_address: HashMap<IpAddr, u32>,
    links: HashMap<u64, Waker>,
    next_link: u64,
}

/// One connection's place, given back when dropped.
pub(crate) struct Place {
    roll: Arc<Roll>,
    address: IpAddr,
}

impl Roll {
    pub(crate) fn new(quotas: &Quotas) -> Arc<Self> {
        Arc::new(Self {
            most: AtomicU32::new(most(quotas)),
            most_per_address: AtomicU32::new(quotas.links_per_address),
            ceiling: Ceiling::new(quotas.memory_bytes),
            inner: Mutex::default(),
            closing: AtomicBool::new(false),
            left: Notify::new(),
        })
    }

    /// Changes how many there may be. Who is there stays.
    pub(crate) fn set_quotas(&self, quotas: &Quotas) {
        self.most.store(most(quotas), Ordering::Relaxed);
        self.most_per_address.store(quotas.links_per_address, Ordering::Relaxed);
        self.ceiling.set(quotas.memory_bytes);
    }

    /// A place for a connection from `peer`, if there is one.
    pub(crate) fn enter(self: &Arc<Self>, peer: IpAddr) -> Result<Place, Refused> {
        if self.ceiling.is_reached() {
            return Err(Refused::Memory);
        }
        let address = network(peer);
        let mut inner = self.lock();
        if inner.total >= self.most.load(Ordering::Relaxed) {
            return Err(Refused::TooMany);
        }
        let from_here = inner.per_address.get(&address).copied().unwrap_or(0);
        if from_here >= self.most_per_address.load(Ordering::Relaxed) {
            return Err(Refused::TooManyFromAddress);
        }
        inner.per_address.insert(address, from_here + 1);
        inner.total += 1;
        drop(inner);
        Ok(Place { roll: self.clone(), address })
    }

    /// How many are connected.
    pub(crate) fn count(&self) -> u32 {
        self.lock().total
    }

    /// From now on every link ends at once.
    pub(crate) fn close(&self) {
        self.closing.store(true, Ordering::Release);
        self.wake_links();
    }

    /// Every link looks at once what it has to do.
    pub(super) fn wake_links(&self) {
        let links: Vec<Waker> = self.lock().links.values().cloned().collect();
        links.iter().for_each(Waker::wake_by_ref);
    }

    pub(super) fn ceiling(&self) -> &Ceiling {
        &self.ceiling
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Acquire)
    }

    /// Ends when nobody is connected.
    pub(crate) async fn emptied(&self) {
        loop {
            let left = self.left.notified();
            if self.count() == 0 {
                return;
            }
            left.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Every change of it is whole before the lock is given up.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    pub(crate) fn roll(&self) -> &Roll {
        &self.roll
    }

    /// Lets [`Roll::close`] wake a link, until [`Place::forget`].
    pub(crate) fn remember(&self, waker: Waker) -> u64 {
        let mut inner = self.roll.lock();
        let link = inner.next_link;
        inner.next_link += 1;
        inner.links.insert(link, waker);
        link
    }

    pub(crate) fn forget(&self, link: u64) {
        self.roll.lock().links.remove(&link);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut inner = self.roll.lock();
        inner.total -= 1;
        if let Some(count) = inner.per_address.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                inner.per_address.remove(&self.address);
            }
        }
        drop(inner);
        self.roll.left.notify_waiters();
    }
}

/// As many as the operator allows, and as the system has file descriptors for: those that files and the store need stay
/// free, so that a crowd outside never stops what those inside do.
fn most(quotas: &Quotas) -> u32 {
    let free = open_files_limit().map_or(u64::MAX, |limit| limit.saturating_sub(OWN_FILES).max(LEAST));
    let most = quotas.links.min(u32::try_from(free).unwrap_or(u32::MAX));
    if most < quotas.links {
        tracing::info!(
            links = quotas.links,
            most,
            "the system gives too few file descriptors for the links that are configured: raise the limit"
        );
    }
    most
}

/// What counts as one address: in IPv6 a network of 64 bits, which is what one household gets.
pub(crate) fn network(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        v4 => v4,
    }
}

/// File descriptors for the store, files and listeners.
const OWN_FILES: u64 = 64;

/// Connections are tried in any case.
const LEAST: u64 = 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn roll(links: u32, links_per_address: u32) -> Arc<Roll> {
        Roll::new(&Quotas { links, links_per_address, ..Quotas::default() })
    }

    #[test]
    fn places_are_limited_in_all_and_for_one_network_and_come_back() {
        let roll = roll(3, 2);
        let near: IpAddr = "2001:db8::1".parse().unwrap();
        let same: IpAddr = "2001:db8::ffff".parse().unwrap();
        let first = roll.enter(near).unwrap();
        let _second = roll.enter(same).unwrap();
        assert_eq!(roll.enter(near).map(|_| ()), Err(Refused::TooManyFromAddress));
        let _third = roll.enter("192.0.2.1".parse().unwrap()).unwrap();
        assert_eq!(roll.enter("192.0.2.2".parse().unwrap()).map(|_| ()), Err(Refused::TooMany));
        drop(first);
        assert!(roll.enter(near).is_ok());
    }

    #[test]
    fn an_address_of_version_four_in_the_form_of_six_is_the_same_address() {
        assert_eq!(network("::ffff:192.0.2.1".parse().unwrap()), "192.0.2.1".parse::<IpAddr>().unwrap());
    }
}
