//! One TCP connection: options, reads on a task of its own, one write call per token.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use super::LINGER;
use crate::event::LostReason;

/// What comes from a connection, marked with `T` to tell it from the others.
pub(super) enum Inbound<T> {
    /// One read.
    Bytes(T, Vec<u8>),
    /// Nothing more will come.
    Closed(T, LostReason),
}

/// How a write that could not be finished at once ended.
#[derive(Clone, Copy)]
pub(super) enum Report<T> {
    Written(T),
    Broken(T),
}

/// How far a write came without waiting.
pub(super) enum Progress {
    Done,
    /// The socket takes nothing more for now; a report follows.
    Blocked,
    /// Nothing can be written any more. What came before can still be read, and then the end.
    Broken,
}

/// One connection. Dropping it closes it.
pub(super) struct Connection<T> {
    mark: T,
    stream: Arc<TcpStream>,
    reader: AbortHandle,
    writer: Option<AbortHandle>,
    reports: mpsc::UnboundedSender<Report<T>>,
}

impl<T: Copy + Send + 'static> Connection<T> {
    /// Takes a connected stream and starts to read from it into `inbound`, no faster than that is emptied.
    pub(super) fn start(
        stream: TcpStream,
        mark: T,
        inbound: mpsc::Sender<Inbound<T>>,
        reports: mpsc::UnboundedSender<Report<T>>,
    ) -> Self {
        set_options(&stream);
        let stream = Arc::new(stream);
        let reader = tokio::spawn(read(stream.clone(), mark, inbound)).abort_handle();
        Self { mark, stream, reader, writer: None, reports }
    }

    /// Writes one token with one call. Where the kernel takes only a part of it, the rest follows as the socket
    /// takes it, and a report tells the end.
    pub(super) fn write(&mut self, token: Arc<[u8]>) -> Progress {
        match write_some(&self.stream, &token) {
            Ok(written) if written == token.len() => Progress::Done,
            Ok(written) => {
                let (stream, reports, mark) = (self.stream.clone(), self.reports.clone(), self.mark);
                let rest = async move {
                    let report = match write_rest(&stream, &token, written).await {
                        Ok(()) => Report::Written(mark),
                        Err(_) => {
                            stop_reading(&stream);
                            Report::Broken(mark)
                        }
                    };
                    // The room may be gone meanwhile: then nobody needs to know.
                    let _ = reports.send(report);
                };
                self.writer = Some(tokio::spawn(rest).abort_handle());
                Progress::Blocked
            }
            Err(_) => {
                stop_reading(&self.stream);
                Progress::Broken
            }
        }
    }

    /// Closes so that what was written arrives: the writing half first, then, when the other side has closed
    /// too or after a second, the rest.
    pub(super) async fn close(self) {
        // Its last write was given up if it is not over: the room waited as long as it does.
        let _ = SockRef::from(&*self.stream).shutdown(std::net::Shutdown::Write);
        self.reader.abort();
        let _ = tokio::time::timeout(LINGER, drain(&self.stream)).await;
    }
}

impl<T> Drop for Connection<T> {
    fn drop(&mut self) {
        self.reader.abort();
        if let Some(writer) = &self.writer {
            writer.abort();
        }
    }
}

/// What an error on a connection that was there means to a person.
pub(super) fn lost_reason(error: &io::Error) -> LostReason {
    match error.kind() {
        io::ErrorKind::TimedOut => LostReason::TimedOut,
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => LostReason::Unreachable,
        _ => LostReason::Broken,
    }
}

async fn read<T: Copy>(stream: Arc<TcpStream>, mark: T, inbound: mpsc::Sender<Inbound<T>>) {
    loop {
        // No buffer is held while nothing comes: an idle connection costs this task and nothing else.
        let read = match stream.readable().await {
            Ok(()) => read_some(&stream),
            Err(error) => Err(error),
        };
        let message = match read {
            Ok(bytes) if bytes.is_empty() => Inbound::Closed(mark, LostReason::Closed),
            Ok(bytes) => Inbound::Bytes(mark, bytes),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
            Err(error) => Inbound::Closed(mark, lost_reason(&error)),
        };
        let last = matches!(message, Inbound::Closed(..));
        if inbound.send(message).await.is_err() || last {
            return;
        }
    }
}

fn read_some(stream: &TcpStream) -> io::Result<Vec<u8>> {
    let mut buffer = [0; READ_BYTES];
    let read = stream.try_read(&mut buffer)?;
    Ok(buffer[..read].to_vec())
}

/// Lets the reader come to an end behind what has arrived already: who speaks and goes at once is heard, although
/// writing to it fails.
fn stop_reading(stream: &TcpStream) {
    // A connection that was reset has no half left to shut down; its reader ends by itself.
    let _ = SockRef::from(stream).shutdown(std::net::Shutdown::Read);
}

/// Writes what the socket takes at once, from none to all.
fn write_some(stream: &TcpStream, bytes: &[u8]) -> io::Result<usize> {
    let mut written = 0;
    while written < bytes.len() {
        match stream.try_write(&bytes[written..]) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(more) => written += more,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
            Err(error) => return Err(error),
        }
    }
    Ok(written)
}

async fn write_rest(stream: &TcpStream, token: &[u8], mut written: usize) -> io::Result<()> {
    while written < token.len() {
        stream.writable().await?;
        written += write_some(stream, &token[written..])?;
    }
    Ok(())
}

async fn drain(stream: &TcpStream) {
    while stream.readable().await.is_ok() {
        match read_some(stream) {
            Ok(bytes) if bytes.is_empty() => return,
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(_) => return,
        }
    }
}

/// Sets what a chat needs. What the system does not take is no reason not to talk.
pub(crate) fn set_options(stream: &TcpStream) {
    let socket = SockRef::from(stream);
    let _ = socket.set_tcp_nodelay(true);
    let keepalive = TcpKeepalive::new().with_time(KEEPALIVE_IDLE);
    #[cfg(any(target_os = "linux", target_os = "macos", target_os = "windows"))]
    let keepalive = keepalive.with_interval(KEEPALIVE_INTERVAL);
    let _ = socket.set_tcp_keepalive(&keepalive);
    #[cfg(target_os = "linux")]
    let _ = socket.set_tcp_user_timeout(Some(UNACKNOWLEDGED));
    // The kernel would otherwise take megabytes for a peer that does not read.
    let _ = socket.set_send_buffer_size(SEND_BUFFER_BYTES);
}

/// The most that is read at once.
const READ_BYTES: usize = 16 << 10;
/// Room for one message of the greatest length in the kernel; Linux doubles it for its own needs.
const SEND_BUFFER_BYTES: usize = 256 << 10;
/// After this silence the other side is asked whether it is still there …
const KEEPALIVE_IDLE: Duration = Duration::from_secs(15);
/// … and again and again.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(5);
/// What the other side has not acknowledged after this time is taken as the end of the connection.
#[cfg(target_os = "linux")]
const UNACKNOWLEDGED: Duration = Duration::from_secs(60);
