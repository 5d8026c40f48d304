//! The server's end of TLS over rustls's unbuffered API: a stream that holds no buffer while nothing is under way.
//!
//! Bytes are read into a buffer that belongs to the thread and decrypted there. Only what is left over stays with the
//! connection: the start of a record that has not all arrived, plaintext that nobody took yet, records that the socket
//! did not take. `docs/adr/0005-websocket-and-tls-layer.md` has the reason and the figures.

use std::cell::Cell;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use rustls::server::UnbufferedServerConnection;
use rustls::unbuffered::{
    ConnectionState, EncodeError, EncryptError, InsufficientSizeError, UnbufferedStatus, WriteTraffic,
};
use rustls::{NamedGroup, ServerConfig};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A TLS connection that was accepted.
pub(crate) struct TlsStream<S> {
    io: S,
    tls: UnbufferedServerConnection,
    /// The start of a record.
    incoming: Vec<u8>,
    /// Plaintext that waits for a reader.
    plain: Waiting,
    /// Records that wait for the socket.
    outgoing: Waiting,
    /// Nothing more will be read.
    ended: bool,
    /// That we write nothing more was said.
    said_end: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin> TlsStream<S> {
    /// Runs the server's side of the handshake to its end.
    pub(crate) async fn accept(io: S, config: Arc<ServerConfig>) -> io::Result<Self> {
        let tls = UnbufferedServerConnection::new(config).map_err(io::Error::other)?;
        let mut stream = Self {
            io,
            tls,
            incoming: Vec::new(),
            plain: Waiting::default(),
            outgoing: Waiting::default(),
            ended: false,
            said_end: false,
        };
        std::future::poll_fn(|cx| stream.poll_handshake(cx)).await?;
        Ok(stream)
    }

    /// The group of the key exchange.
    pub(crate) fn group(&self) -> Option<NamedGroup> {
        self.tls.negotiated_key_exchange_group().map(|group| group.name())
    }

    fn poll_handshake(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            ready!(self.poll_send(cx))?;
            if !self.tls.is_handshaking() {
                return Poll::Ready(Ok(()));
            }
            match ready!(self.poll_more(cx)) {
                Ok(()) if self.ended => return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into())),
                Ok(()) => {}
                Err(error) => {
                    // The other side is owed the alert; whether it takes it at once is its own affair.
                    let _ = self.poll_send(cx);
                    return Poll::Ready(Err(error));
                }
            }
        }
    }

    /// Reads what has arrived, at most one thread's buffer, and decrypts all whole records in it.
    fn poll_more(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        with_scratch(|scratch| {
            let held = self.incoming.len();
            let room = scratch.len() - held;
            scratch[..held].copy_from_slice(&self.incoming);
            let mut buf = ReadBuf::new(&mut scratch[held..]);
            ready!(Pin::new(&mut self.io).poll_read(cx, &mut buf))?;
            let read = buf.filled().len();
            debug_assert!(read <= room, "a read fills no more than it was given");
            if read == 0 {
                self.ended = true;
                return Poll::Ready(Ok(()));
            }
            let arrived = &mut scratch[..held + read];
            let used = self.drive(arrived, |_, _| Ok(()))?;
            let rest = &arrived[used..];
            if rest.len() > LONGEST_REST {
                return Poll::Ready(Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "no end of a TLS message",
                )));
            }
            self.incoming.clear();
            self.incoming.extend_from_slice(rest);
            if rest.is_empty() {
                self.incoming = Vec::new();
            }
            Poll::Ready(Ok(()))
        })
    }

    /// Takes rustls through all it has to do with these bytes; once traffic may be written, `write` may write some.
    /// Returns how many bytes were used up.
    fn drive(
        &mut self,
        bytes: &mut [u8],
        write: impl FnOnce(
            &mut WriteTraffic<'_, rustls::server::ServerConnectionData>,
            &mut Vec<u8>,
        ) -> io::Result<()>,
    ) -> io::Result<usize> {
        let mut used = 0;
        loop {
            let UnbufferedStatus { mut discard, state } = self.tls.process_tls_records(&mut bytes[used..]);
            let at_rest = match state {
                Ok(ConnectionState::ReadTraffic(mut traffic)) => {
                    while let Some(record) = traffic.next_record() {
                        let record = record.map_err(invalid)?;
                        discard += record.discard;
                        self.plain.bytes.extend_from_slice(record.payload);
                    }
                    false
                }
                Ok(ConnectionState::EncodeTlsData(mut data)) => {
                    encode(&mut self.outgoing.bytes, |out| match data.encode(out) {
                        Ok(written) => Ok(written),
                        Err(EncodeError::InsufficientSize(more)) => Err(Some(more)),
                        Err(EncodeError::AlreadyEncoded) => Err(None),
                    })?;
                    false
                }
                Ok(ConnectionState::TransmitTlsData(sent)) => {
                    // It stands in `outgoing`, ahead of all that follows.
                    sent.done();
                    false
                }
                Ok(ConnectionState::PeerClosed) => {
                    self.ended = true;
                    false
                }
                Ok(ConnectionState::WriteTraffic(mut traffic)) => {
                    write(&mut traffic, &mut self.outgoing.bytes)?;
                    return Ok(used + discard);
                }
                Ok(ConnectionState::BlockedHandshake | ConnectionState::Closed) => true,
                Ok(_) => return Err(invalid("early data is not taken")),
                Err(error) => {
                    self.ended = true;
                    self.queue_alert();
                    return Err(invalid(error));
                }
            };
            used += discard;
            if at_rest {
                return Ok(used);
            }
        }
    }

    /// After a fault: what rustls wants the other side to know.
    fn queue_alert(&mut self) {
        while let Ok(ConnectionState::EncodeTlsData(mut data)) = self.tls.process_tls_records(&mut []).state {
            let encoded = encode(&mut self.outgoing.bytes, |out| match data.encode(out) {
                Ok(written) => Ok(written),
                Err(EncodeError::InsufficientSize(more)) => Err(Some(more)),
                Err(EncodeError::AlreadyEncoded) => Err(None),
            });
            if encoded.is_err() {
                return;
            }
        }
    }

    /// Writes all that waits to the socket.
    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let rest @ [_, ..] = self.outgoing.rest() {
            let written = ready!(Pin::new(&mut self.io).poll_write(cx, rest))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.outgoing.take(written);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for TlsStream<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            let plain = this.plain.rest();
            if !plain.is_empty() {
                let taken = plain.len().min(buf.remaining());
                buf.put_slice(&plain[..taken]);
                this.plain.take(taken);
                return Poll::Ready(Ok(()));
            }
            if this.ended {
                return Poll::Ready(Ok(()));
            }
            // Answers of TLS itself (to a key update) must not pile up behind a peer that reads nothing.
            if this.outgoing.rest().len() > MOST_OUTGOING {
                ready!(this.poll_send(cx))?;
            }
            ready!(this.poll_more(cx))?;
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for TlsStream<S> {
    /// Takes at most one record's worth, and nothing before the last one is with the socket.
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        ready!(this.poll_send(cx))?;
        if bytes.is_empty() {
            return Poll::Ready(Ok(0));
        }
        let part = &bytes[..bytes.len().min(RECORD_BYTES)];
        let mut written = false;
        let mut incoming = std::mem::take(&mut this.incoming);
        let used = this.drive(&mut incoming, |traffic, out| {
            written = true;
            encode(out, |out| encrypt_result(traffic.encrypt(part, out)))
        });
        incoming.drain(..*used.as_ref().unwrap_or(&0));
        this.incoming = incoming;
        used?;
        if !written {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        // What the socket does not take now is taken by the next write or flush.
        if let Poll::Ready(Err(error)) = this.poll_send(cx) {
            return Poll::Ready(Err(error));
        }
        Poll::Ready(Ok(part.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_send(cx))?;
        Pin::new(&mut this.io).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !this.said_end {
            this.said_end = true;
            let mut incoming = std::mem::take(&mut this.incoming);
            // A connection that is broken already needs no farewell.
            let _ = this.drive(&mut incoming, |traffic, out| {
                encode(out, |out| encrypt_result(traffic.queue_close_notify(out)))
            });
        }
        ready!(this.poll_send(cx))?;
        Pin::new(&mut this.io).poll_shutdown(cx)
    }
}

/// Bytes that wait to be taken from the front; without any, there is no buffer.
#[derive(Default)]
struct Waiting {
    bytes: Vec<u8>,
    taken: usize,
}

impl Waiting {
    fn rest(&self) -> &[u8] {
        &self.bytes[self.taken..]
    }

    fn take(&mut self, count: usize) {
        self.taken += count;
        if self.taken >= self.bytes.len() {
            *self = Self::default();
        }
    }
}

/// Lets `write` append to `out`, giving it as much room as it asks for. `None` as an error means that it cannot.
fn encode(
    out: &mut Vec<u8>,
    mut write: impl FnMut(&mut [u8]) -> Result<usize, Option<InsufficientSizeError>>,
) -> io::Result<()> {
    let start = out.len();
    let mut room = 0;
    loop {
        out.resize(start + room, 0);
        match write(&mut out[start..]) {
            Ok(written) => {
                out.truncate(start + written);
                return Ok(());
            }
            Err(Some(more)) if more.required_size > room => room = more.required_size,
            Err(_) => {
                out.truncate(start);
                return Err(io::ErrorKind::BrokenPipe.into());
            }
        }
    }
}

fn encrypt_result(result: Result<usize, EncryptError>) -> Result<usize, Option<InsufficientSizeError>> {
    result.map_err(|error| match error {
        EncryptError::InsufficientSize(more) => Some(more),
        EncryptError::EncryptExhausted => None,
    })
}

fn invalid(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

/// Lends the thread's buffer.
fn with_scratch<T>(use_it: impl FnOnce(&mut [u8]) -> T) -> T {
    let mut scratch = SCRATCH.take().unwrap_or_else(|| vec![0; SCRATCH_BYTES].into_boxed_slice());
    let result = use_it(&mut scratch);
    SCRATCH.set(Some(scratch));
    result
}

thread_local! {
    static SCRATCH: Cell<Option<Box<[u8]>>> = const { Cell::new(None) };
}

/// Plaintext of one record (RFC 8446, 5.1).
const RECORD_BYTES: usize = 16 << 10;
/// The longest start of a message that is kept: rustls takes handshake messages to 64 KiB, over several records.
const LONGEST_REST: usize = 72 << 10;
/// What is read at once, behind such a start.
const SCRATCH_BYTES: usize = LONGEST_REST + (32 << 10);
/// Records that may wait for the socket before nothing more is read.
const MOST_OUTGOING: usize = 32 << 10;
