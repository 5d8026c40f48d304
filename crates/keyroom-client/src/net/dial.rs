//! Reaching a host by its address.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use keyroom_types::Address;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use super::connection::lost_reason;
use crate::event::LostReason;

/// Connects to a host, trying every IP address behind its name in turn.
pub(crate) async fn dial(address: Address) -> Result<(TcpStream, SocketAddr), LostReason> {
    let found = match address.ip() {
        Some(ip) => vec![SocketAddr::new(ip, address.port())],
        None => timeout(PATIENCE, lookup_host((address.host(), address.port())))
            .await
            .map_err(|_| LostReason::UnknownName)?
            .map_err(|_| LostReason::UnknownName)?
            .take(IPS_PER_NAME)
            .collect(),
    };
    let mut reason = LostReason::UnknownName;
    for target in found {
        match timeout(PATIENCE, TcpStream::connect(target)).await {
            // Nobody listens at a port of this computer, and the system gave that very port to our own end: the
            // two ends are one (RFC 9293, section 3.5, simultaneous open).
            Ok(Ok(stream)) if is_own_end(&stream) => reason = LostReason::Refused,
            Ok(Ok(stream)) => return Ok((stream, target)),
            Ok(Err(error)) => reason = refusal(&error),
            Err(_) => reason = LostReason::TimedOut,
        }
    }
    Err(reason)
}

fn is_own_end(stream: &TcpStream) -> bool {
    matches!((stream.local_addr(), stream.peer_addr()), (Ok(ours), Ok(theirs)) if ours == theirs)
}

/// What an error of connecting means to a person.
fn refusal(error: &io::Error) -> LostReason {
    match error.kind() {
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset => LostReason::Refused,
        io::ErrorKind::AddrNotAvailable | io::ErrorKind::PermissionDenied => LostReason::Unreachable,
        _ => match lost_reason(error) {
            LostReason::Broken => LostReason::Unreachable,
            reason => reason,
        },
    }
}

/// How long one IP address, and the search for a name, may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// IP addresses that are tried for one name.
const IPS_PER_NAME: usize = 4;
