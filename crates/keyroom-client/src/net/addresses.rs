//! Addresses at which others can reach a room of this computer.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};

use keyroom_types::Address;

use crate::event::Network;

/// Every address at which others on the network can reach sockets that listen at `listening`, best first.
/// Loopback addresses only where they listen on nothing else.
///
/// IPv6 link-local addresses are left out: they mean something only together with the name of an interface on
/// the computer that uses them.
pub fn reachable(listening: &[SocketAddr]) -> Vec<Address> {
    let mut ips: Vec<(IpAddr, u16)> = Vec::new();
    for at in listening {
        if at.ip().is_unspecified() {
            let same_family = interfaces().into_iter().filter(|ip| ip.is_ipv4() == at.is_ipv4());
            ips.extend(same_family.map(|ip| (ip, at.port())));
        } else {
            ips.push((at.ip(), at.port()));
        }
    }
    let outward = outward();
    ips.sort_by_key(|(ip, _)| rank(*ip, outward));
    ips.dedup();
    let (near, far): (Vec<_>, Vec<_>) = ips.into_iter().partition(|(ip, _)| ip.is_loopback());
    let mut chosen = if far.is_empty() { near } else { far };
    if chosen.is_empty() {
        // A computer without any network: only programs on it can come in.
        chosen = listening.iter().map(|at| (loopback(*at), at.port())).collect();
    }
    chosen.into_iter().map(|(ip, port)| Address::from(SocketAddr::new(ip, port))).collect()
}

/// Addresses of interfaces that are up, loopback and link-local IPv6 left out.
pub(crate) fn interfaces() -> Vec<IpAddr> {
    found().map(|network| network.address).collect()
}

/// The networks behind them, the one that leads out first.
pub(crate) fn networks() -> Vec<Network> {
    let (outward, mut networks) = (outward(), found().collect::<Vec<_>>());
    networks.sort_by_key(|network| rank(network.address, outward));
    networks
}

fn found() -> impl Iterator<Item = Network> {
    let found = if_addrs::get_if_addrs().unwrap_or_default();
    let up = found.into_iter().filter(|interface| interface.is_oper_up() && !interface.is_loopback());
    up.map(|interface| Network { address: interface.ip(), interface: interface.name })
        .filter(|network| !is_link_local_v6(network.address))
}

fn is_link_local_v6(ip: IpAddr) -> bool {
    matches!(ip, IpAddr::V6(v6) if v6.is_unicast_link_local())
}

/// Smaller is better: the interface that leads out, then IPv4 before IPv6, then what was not made up for want
/// of a DHCP server.
fn rank(ip: IpAddr, outward: Option<IpAddr>) -> (bool, bool, bool) {
    let makeshift = matches!(ip, IpAddr::V4(v4) if v4.is_link_local());
    (ip.is_ipv6(), makeshift, Some(ip) != outward)
}

/// The address of the interface that leads out of this network. Nothing is sent: connecting a UDP socket only
/// asks the routing table (RFC 5737 reserves the target for documentation).
fn outward() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    socket.local_addr().ok().map(|at| at.ip())
}

fn loopback(at: SocketAddr) -> IpAddr {
    match at.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(_) => IpAddr::V6(std::net::Ipv6Addr::LOCALHOST),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(listening: &[&str]) -> Vec<String> {
        let listening = listening.iter().map(|at| at.parse().unwrap()).collect::<Vec<_>>();
        reachable(&listening).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn loopback_is_shown_only_where_there_is_nothing_else() {
        assert_eq!(shown(&["127.0.0.1:7", "[::1]:7"]), ["127.0.0.1:7", "[::1]:7"]);
        assert_eq!(shown(&["127.0.0.1:7", "192.0.2.5:7"]), ["192.0.2.5:7"]);
        assert!(!shown(&["0.0.0.0:7"]).is_empty());
    }

    #[test]
    fn four_stands_before_six_and_each_address_once() {
        assert_eq!(
            shown(&["[2001:db8::1]:7", "169.254.1.1:7", "10.0.0.1:7", "10.0.0.1:7"]),
            ["10.0.0.1:7", "169.254.1.1:7", "[2001:db8::1]:7"]
        );
    }
}
