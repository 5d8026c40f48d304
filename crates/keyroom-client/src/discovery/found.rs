//! What strangers on the network say about rooms, bounded and in order.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr, SocketAddrV6};

use keyroom_types::Address;
use mdns_sd::{ResolvedService, ScopedIp, ServiceEvent};

use super::{Discovery, KIND_FERNET, KIND_NAME};
use crate::event::NearbyRoom;

/// The rooms that are found so far, by the full name of their announcement.
#[derive(Default)]
pub(crate) struct Found {
    rooms: BTreeMap<String, NearbyRoom>,
}

impl Found {
    /// Takes what was heard; `true` when that changes the list.
    pub(crate) fn take(&mut self, event: ServiceEvent, discovery: &Discovery) -> bool {
        match event {
            ServiceEvent::ServiceResolved(service) => {
                let name = service.get_fullname();
                let Some(addresses) = addresses(&service) else { return self.rooms.remove(name).is_some() };
                if self.rooms.len() >= ROOMS && !self.rooms.contains_key(name) {
                    return false;
                }
                let room = NearbyRoom { addresses, ours: discovery.is_ours(name) };
                self.rooms.insert(name.to_owned(), room.clone()).as_ref() != Some(&room)
            }
            ServiceEvent::ServiceRemoved(_, name) => self.rooms.remove(&name).is_some(),
            _ => false,
        }
    }

    /// The list for a face.
    pub(crate) fn rooms(&self) -> Vec<NearbyRoom> {
        self.rooms.values().cloned().collect()
    }
}

/// Where a room says it is, best first; `None` for what is no Fernet room or says nothing of use.
fn addresses(service: &ResolvedService) -> Option<Vec<Address>> {
    if service.get_property_val_str(KIND_NAME) != Some(KIND_FERNET) || service.get_port() == 0 {
        return None;
    }
    let mut ips = service.get_addresses().iter().filter_map(usable).collect::<Vec<_>>();
    ips.sort_unstable_by_key(|&(ip, scope)| (ip.is_ipv6(), scope != 0, ip));
    ips.truncate(ADDRESSES);
    let at = |(ip, scope)| match ip {
        IpAddr::V4(_) => SocketAddr::new(ip, service.get_port()),
        IpAddr::V6(v6) => SocketAddr::V6(SocketAddrV6::new(v6, service.get_port(), 0, scope)),
    };
    (!ips.is_empty()).then(|| ips.into_iter().map(at).map(Address::from).collect())
}

/// An IP address and, for a link-local one of IPv6, the interface that it belongs to.
fn usable(ip: &ScopedIp) -> Option<(IpAddr, u32)> {
    let address = ip.to_ip_addr();
    if address.is_loopback() || address.is_unspecified() || address.is_multicast() {
        return None;
    }
    match (ip, address) {
        (ScopedIp::V6(scoped), IpAddr::V6(v6)) if v6.is_unicast_link_local() => {
            Some((address, scoped.scope_id().index)).filter(|&(_, scope)| scope != 0)
        }
        _ => Some((address, 0)),
    }
}

/// Rooms in the list at most: strangers send them.
const ROOMS: usize = 64;
/// Addresses of one room at most.
const ADDRESSES: usize = 8;

#[cfg(test)]
mod tests {
    use mdns_sd::ServiceInfo;

    use super::*;

    fn resolved(name: &str, ips: &str, port: u16, kind: &str) -> ServiceEvent {
        let info =
            ServiceInfo::new(super::super::SERVICE, name, "x.local.", ips, port, &[("kind", kind)][..])
                .unwrap();
        ServiceEvent::ServiceResolved(Box::new(info.as_resolved_service()))
    }

    fn shown(found: &Found) -> Vec<String> {
        let rooms = found.rooms();
        rooms.iter().flat_map(|room| &room.addresses).map(ToString::to_string).collect()
    }

    #[test]
    fn addresses_stand_four_before_six_and_useless_ones_are_left_out() {
        let (mut found, discovery) = (Found::default(), Discovery::new(false));
        let ips = "fe80::1,2001:db8::1,10.0.0.2,127.0.0.1,224.0.0.1,10.0.0.1";
        assert!(found.take(resolved("a", ips, 7, "fernet"), &discovery));
        assert_eq!(shown(&found), ["10.0.0.1:7", "10.0.0.2:7", "[2001:db8::1]:7"]);
        assert!(!found.take(resolved("a", ips, 7, "fernet"), &discovery), "nothing new");
    }

    #[test]
    fn what_is_no_fernet_room_or_nowhere_is_not_shown() {
        let (mut found, discovery) = (Found::default(), Discovery::new(false));
        assert!(!found.take(resolved("a", "10.0.0.1", 7, "sealed"), &discovery));
        assert!(!found.take(resolved("b", "10.0.0.1", 0, "fernet"), &discovery));
        assert!(!found.take(resolved("c", "127.0.0.1", 7, "fernet"), &discovery));
        assert!(found.rooms().is_empty());
    }

    /// Attack matrix row 45.
    #[test]
    fn a_flood_of_announcements_is_bounded() {
        let (mut found, discovery) = (Found::default(), Discovery::new(false));
        for number in 0..1_000 {
            found.take(resolved(&number.to_string(), "10.0.0.1", 7, "fernet"), &discovery);
        }
        assert_eq!(found.rooms().len(), ROOMS);
        let many = (1..50).map(|last| format!("10.0.0.{last}")).collect::<Vec<_>>().join(",");
        found.take(resolved("0", &many, 7, "fernet"), &discovery);
        assert!(found.rooms().iter().all(|room| room.addresses.len() <= ADDRESSES));
    }

    #[test]
    fn a_room_that_says_goodbye_is_gone() {
        let (mut found, discovery) = (Found::default(), Discovery::new(false));
        found.take(resolved("a", "10.0.0.1", 7, "fernet"), &discovery);
        let name = found.rooms.keys().next().unwrap().clone();
        assert!(found.take(ServiceEvent::ServiceRemoved(super::super::SERVICE.into(), name), &discovery));
        assert!(found.rooms().is_empty());
    }
}
