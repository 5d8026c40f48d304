//! Who is connected: counted before TLS begins, and woken when the relay ends.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use tokio::sync::Notify;

use crate::{Quotas, Refused};

/// All connections of a relay.
pub(crate) struct Roll {
    most: u32,
    most_per_address: u32,
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
            most: quotas.links,
            most_per_address: quotas.links_per_address,
            inner: Mutex::default(),
            closing: AtomicBool::new(false),
            left: Notify::new(),
        })
    }

    /// A place for a connection from `peer`, if there is one.
    pub(crate) fn enter(self: &Arc<Self>, peer: IpAddr) -> Result<Place, Refused> {
        let address = network(peer);
        let mut inner = self.lock();
        if inner.total >= self.most {
            return Err(Refused::TooMany);
        }
        let from_here = inner.per_address.get(&address).copied().unwrap_or(0);
        if from_here >= self.most_per_address {
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
        let links: Vec<Waker> = self.lock().links.values().cloned().collect();
        links.iter().for_each(Waker::wake_by_ref);
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
