//! Opening the sockets.

use std::io;
use std::net::SocketAddr;

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::TcpListener;

use crate::StartError;

/// Listens at every one of these addresses. Where port 0 is asked for twice in a row (IPv4 and IPv6 of "everywhere"), any
/// two ports may come out.
pub(super) fn listen(addresses: &[SocketAddr]) -> Result<Vec<TcpListener>, StartError> {
    let mut listeners = Vec::new();
    for &at in addresses {
        match open(at) {
            Ok(listener) => listeners.push(listener),
            // A computer without IPv6 has IPv4 to listen at.
            Err(error)
                if at.is_ipv6()
                    && at.ip().is_unspecified()
                    && is_unsupported(&error)
                    && !listeners.is_empty() => {}
            Err(error) => return Err(StartError::listen(at, &error)),
        }
    }
    Ok(listeners)
}

fn open(at: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(at), Type::STREAM, Some(Protocol::TCP))?;
    if at.is_ipv6() {
        // Each family has a socket of its own, so that an IPv4 peer is never shown in the form of IPv6.
        socket.set_only_v6(true)?;
    }
    // On Unix this lets a relay start again while old connections time out, and still refuses a port that somebody
    // listens at. On Windows it would let two programs share the port.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.bind(&at.into())?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    TcpListener::from_std(socket.into())
}

fn is_unsupported(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::AddrNotAvailable | io::ErrorKind::Unsupported)
        || error.raw_os_error() == Some(ADDRESS_FAMILY_NOT_SUPPORTED)
}

/// `EAFNOSUPPORT` of Linux, which has no kind of its own.
const ADDRESS_FAMILY_NOT_SUPPORTED: i32 = 97;
/// Connections that the system holds until they are accepted.
const BACKLOG: i32 = 1024;
