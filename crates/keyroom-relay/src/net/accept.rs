//! From a listener to a connection that speaks HTTP over TLS.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

use super::patience::Patient;
use super::roll::Place;
use super::shared::{Phase, Shared};
use super::tls_stream::TlsStream;
use super::{http, wait_for};
use crate::Service;

/// Takes connections, forever.
pub(super) async fn accept<S: Service>(
    shared: Arc<Shared<S>>,
    listener: TcpListener,
    tls: Arc<ServerConfig>,
) {
    let mut was_said = false;
    loop {
        match listener.accept().await {
            Ok((socket, peer)) => {
                was_said = false;
                admit(&shared, socket, peer, &tls);
            }
            Err(error) => {
                shared.metrics.accept_errors.inc();
                // Mostly no file descriptors are left: others that end give some back.
                if !was_said {
                    tracing::warn!(%error, "connections cannot be accepted");
                    was_said = true;
                }
                sleep(AFTER_ERROR).await;
            }
        }
    }
}

/// Gives the connection a place, or closes it before it costs anything.
fn admit<S: Service>(shared: &Arc<Shared<S>>, socket: TcpStream, peer: SocketAddr, tls: &Arc<ServerConfig>) {
    match shared.roll.enter(peer.ip()) {
        Ok(place) => {
            shared.metrics.connections.inc();
            set_options(&socket);
            let connection = handshake(shared.clone(), socket, peer, tls.clone(), Arc::new(place));
            tokio::spawn(connection);
        }
        Err(refused) => shared.metrics.link.refuse(refused),
    }
}

async fn handshake<S: Service>(
    shared: Arc<Shared<S>>,
    socket: TcpStream,
    peer: SocketAddr,
    tls: Arc<ServerConfig>,
    place: Arc<Place>,
) {
    let mut phase = shared.phase.subscribe();
    let result = tokio::select! {
        result = timeout(HANDSHAKE, TlsStream::accept(Patient::new(socket), tls)) => {
            result.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
        }
        () = wait_for(&mut phase, Phase::Draining) => return,
    };
    match result {
        Ok(stream) => {
            let group = stream.group();
            note(&shared, peer, &format_args!("connected with {group:?}"));
            http::serve(shared, stream, peer.ip(), place).await;
        }
        Err(error) => {
            shared.metrics.handshakes_failed.inc();
            note(&shared, peer, &format_args!("the TLS handshake failed: {error}"));
        }
    }
}

fn note<S: Service>(shared: &Shared<S>, peer: SocketAddr, what: &std::fmt::Arguments<'_>) {
    if shared.pages().log_addresses {
        tracing::debug!(%peer, "{what}");
    } else {
        tracing::debug!("{what}");
    }
}

/// Sets what a link needs. What the system does not take is no reason not to serve.
fn set_options(socket: &TcpStream) {
    let socket = SockRef::from(socket);
    let _ = socket.set_tcp_nodelay(true);
    let keepalive = TcpKeepalive::new().with_time(KEEPALIVE_IDLE);
    #[cfg(any(target_os = "linux", target_os = "macos", target_os = "windows"))]
    let keepalive = keepalive.with_interval(KEEPALIVE_INTERVAL);
    let _ = socket.set_tcp_keepalive(&keepalive);
    #[cfg(target_os = "linux")]
    let _ = socket.set_tcp_user_timeout(Some(UNACKNOWLEDGED));
    // The kernel would otherwise take megabytes for a client that does not read.
    #[cfg(target_os = "linux")]
    let _ = socket.set_tcp_notsent_lowat(UNSENT_BYTES);
}

/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
const AFTER_ERROR: Duration = Duration::from_millis(100);
/// After this silence a client is asked whether it is still there …
const KEEPALIVE_IDLE: Duration = Duration::from_secs(60);
/// … and again and again.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(15);
/// What a client has not acknowledged after this time is taken as the end of the connection.
#[cfg(target_os = "linux")]
const UNACKNOWLEDGED: Duration = Duration::from_secs(60);
/// What the kernel may hold for a client without having sent it, in bytes.
#[cfg(target_os = "linux")]
const UNSENT_BYTES: u32 = 128 << 10;
