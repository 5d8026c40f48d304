//! Listening: on which sockets, at which port, and what is wrong when that is not possible.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

use keyroom_types::DEFAULT_PORT;
use socket2::{Domain, Protocol, Socket, Type};

use crate::command::Listen;
use crate::event::ListenFault;

/// Open sockets of one room.
pub(super) struct Listening {
    pub(super) sockets: Vec<TcpListener>,
    /// Where they really listen.
    pub(super) at: Vec<SocketAddr>,
    /// The default port, where it was taken and another had to do.
    pub(super) taken_port: Option<u16>,
}

/// Opens what was asked for.
pub(super) fn listen(wanted: &Listen) -> Result<Listening, ListenFault> {
    let (sockets, taken_port) = match wanted {
        Listen::At(addresses) if addresses.is_empty() => return Err(ListenFault::Other(NOWHERE)),
        Listen::At(addresses) => {
            let opened = addresses.iter().map(|&at| open(at).map_err(|error| fault(&error, at)));
            (opened.collect::<Result<Vec<_>, _>>()?, None)
        }
        Listen::Everywhere => first_free(EVERYWHERE)?,
        Listen::EverywhereAt(port) => exactly(EVERYWHERE, *port)?,
        Listen::ThisComputer => first_free(THIS_COMPUTER)?,
        Listen::ThisComputerAt(port) => exactly(THIS_COMPUTER, *port)?,
    };
    let at = sockets.iter().filter_map(|socket| socket.local_addr().ok()).collect();
    Ok(Listening { sockets, at, taken_port })
}

/// Opens IPv4 and IPv6 at the same port: the default one, or the next that is free, or any.
fn first_free((v4, v6): (IpAddr, IpAddr)) -> Result<(Vec<TcpListener>, Option<u16>), ListenFault> {
    let near = DEFAULT_PORT..DEFAULT_PORT.saturating_add(PORTS_TRIED);
    let mut last = None;
    for port in near.chain([0; ANY_PORT_TRIES]) {
        match open_both(v4, v6, port) {
            Ok(sockets) => return Ok((sockets, (port != DEFAULT_PORT).then_some(DEFAULT_PORT))),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => last = Some(error),
            Err(error) => return Err(fault(&error, SocketAddr::new(v4, port))),
        }
    }
    let error = last.unwrap_or_else(|| io::ErrorKind::AddrInUse.into());
    Err(fault(&error, SocketAddr::new(v4, DEFAULT_PORT)))
}

/// Opens IPv4 and IPv6 at this port and no other.
fn exactly((v4, v6): (IpAddr, IpAddr), port: u16) -> Result<(Vec<TcpListener>, Option<u16>), ListenFault> {
    let sockets = open_both(v4, v6, port).map_err(|error| fault(&error, SocketAddr::new(v4, port)))?;
    Ok((sockets, None))
}

/// Opens IPv4 and IPv6 at the same port; only one of them where the system has no other.
fn open_both(v4: IpAddr, v6: IpAddr, port: u16) -> io::Result<Vec<TcpListener>> {
    let first = open(SocketAddr::new(v4, port));
    let port = match &first {
        Ok(socket) => socket.local_addr()?.port(),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => return first.map(|socket| vec![socket]),
        Err(_) => port,
    };
    match (first, open(SocketAddr::new(v6, port))) {
        (_, Err(error)) if error.kind() == io::ErrorKind::AddrInUse => Err(error),
        (Ok(first), Ok(second)) => Ok(vec![first, second]),
        (Ok(only), Err(_)) | (Err(_), Ok(only)) => Ok(vec![only]),
        (Err(error), Err(_)) => Err(error),
    }
}

fn open(at: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(at), Type::STREAM, Some(Protocol::TCP))?;
    if at.is_ipv6() {
        // Each family has a socket of its own, so that an IPv4 peer is never shown in the form of IPv6.
        socket.set_only_v6(true)?;
    }
    // On Unix this lets a host start again while old connections time out, and still refuses a port that
    // somebody listens at. On Windows it would let two programs share the port.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.bind(&at.into())?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

fn fault(error: &io::Error, at: SocketAddr) -> ListenFault {
    match error.kind() {
        io::ErrorKind::AddrInUse => ListenFault::PortTaken { port: at.port() },
        io::ErrorKind::AddrNotAvailable => ListenFault::NotOurs(at),
        io::ErrorKind::PermissionDenied => ListenFault::NotAllowed(at),
        _ => ListenFault::Other(at),
    }
}

/// What stands in an error where no address was given.
pub(super) const NOWHERE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);
const EVERYWHERE: (IpAddr, IpAddr) = (IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V6(Ipv6Addr::UNSPECIFIED));
const THIS_COMPUTER: (IpAddr, IpAddr) = (IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST));
/// Ports behind the default one that are tried in turn.
const PORTS_TRIED: u16 = 100;
/// How often any free port is asked for: one that is free for IPv4 may be taken for IPv6.
const ANY_PORT_TRIES: usize = 8;
/// Connections that the system holds until they are accepted.
const BACKLOG: i32 = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_named_when_it_was_asked_for() {
        let first = listen(&Listen::At(vec!["127.0.0.1:0".parse().unwrap()])).unwrap();
        let again = listen(&Listen::At(first.at.clone())).map(|_| ()).unwrap_err();
        assert_eq!(again, ListenFault::PortTaken { port: first.at[0].port() });
    }

    #[test]
    fn a_room_that_is_to_listen_nowhere_is_an_error() {
        assert_eq!(listen(&Listen::At(Vec::new())).map(|_| ()), Err(ListenFault::Other(NOWHERE)));
    }

    #[test]
    fn an_address_of_another_computer_is_named() {
        let at: SocketAddr = "192.0.2.1:0".parse().unwrap();
        assert_eq!(listen(&Listen::At(vec![at])).map(|_| ()), Err(ListenFault::NotOurs(at)));
    }

    #[test]
    fn without_a_wish_the_next_free_port_is_taken_and_said() {
        // Whoever has the default port, after this line somebody has it.
        let _taken = open(SocketAddr::from((Ipv4Addr::LOCALHOST, DEFAULT_PORT)));
        let room = listen(&Listen::ThisComputer).unwrap();
        assert_eq!(room.taken_port, Some(DEFAULT_PORT));
        assert_ne!(room.at[0].port(), DEFAULT_PORT);
        assert!(room.at.iter().all(|at| at.ip().is_loopback() && at.port() == room.at[0].port()));
    }

    #[test]
    fn a_port_can_be_used_again_right_after_a_connection_at_it_ended() {
        let room = listen(&Listen::At(vec!["127.0.0.1:0".parse().unwrap()])).unwrap();
        room.sockets[0].set_nonblocking(false).unwrap();
        let guest = std::net::TcpStream::connect(room.at[0]).unwrap();
        // The side that closes first keeps the port in TIME_WAIT.
        drop(room.sockets[0].accept().unwrap());
        drop(guest);
        drop(room.sockets);
        assert!(listen(&Listen::At(room.at)).is_ok());
    }

    #[test]
    fn a_chosen_port_is_open_in_both_families_and_taken_is_an_error() {
        let room = listen(&Listen::ThisComputerAt(0)).unwrap();
        let port = room.at[0].port();
        assert!(room.at.iter().all(|at| at.port() == port && at.ip().is_loopback()));
        assert_eq!(listen(&Listen::ThisComputerAt(port)).map(|_| ()), Err(ListenFault::PortTaken { port }));
    }
}
