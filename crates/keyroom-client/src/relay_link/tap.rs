//! Listens to a connection of its own: which TLS records carried which WebSocket frame. For the inspector, and only where the
//! setting for it is on.
//!
//! Records are handed to TLS one at a time, and TLS gives out what a record held before it asks for the next. So each
//! decrypted byte belongs to the record that was handed over last. That a record held as many bytes as its length says
//! (RFC 8446, 5.2: content, one byte for the type, 16 for the tag) is checked for each; where it does not hold (padding, a key
//! update) the connection's records are not captured from there on.

mod frames;
mod records;

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncBufRead, AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::client::TlsStream;

use self::frames::Frames;
pub(super) use self::records::RecordTap;
use crate::inspect::{Outer, Record};

/// What was around the frames that were read and not yet asked for.
#[derive(Clone, Debug, Default)]
pub(super) struct OuterLog(Arc<Mutex<VecDeque<Around>>>);

/// What was around one message, and the hash of the message.
#[derive(Debug)]
struct Around {
    payload: [u8; 32],
    outer: Outer,
}

impl OuterLog {
    /// What was around this message, if that is proven. Messages are asked for in their order.
    pub(super) fn take(&self, message: &[u8]) -> Option<Outer> {
        let around = self.lock().pop_front()?;
        let is_it = around.payload == <[u8; 32]>::from(Sha256::digest(message));
        is_it.then_some(around.outer)
    }

    fn push(&self, around: Around) {
        let mut log = self.lock();
        if log.len() < MESSAGES {
            log.push_back(around);
        }
    }

    fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<Around>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A TLS connection whose records and frames are noted.
pub(super) struct Tapped<IO> {
    tls: TlsStream<RecordTap<IO>>,
    frames: Frames,
    /// The record that the last decrypted bytes came from, and how many they were so far.
    now: Option<(u64, usize)>,
    log: OuterLog,
}

impl<IO: AsyncRead + AsyncWrite + Unpin> Tapped<IO> {
    pub(super) fn new(tls: TlsStream<RecordTap<IO>>, log: OuterLog) -> Self {
        Self { tls, frames: Frames::default(), now: None, log }
    }

    /// Notes bytes that were decrypted.
    fn decrypted(&mut self, bytes: &[u8]) {
        let records = self.tls.get_mut().0;
        let Some(last) = records.last() else { return };
        let before = match self.now {
            Some((record, so_far)) if record == last => so_far,
            Some((record, so_far)) => {
                self.frames.check(records.plain_len(record) == Some(so_far));
                0
            }
            None => 0,
        };
        self.now = Some((last, before + bytes.len()));
        // More than the record holds: the count is wrong.
        self.frames.check(records.plain_len(last).is_some_and(|all| before + bytes.len() <= all));
        let at = u32::try_from(before).unwrap_or(u32::MAX);
        for found in self.frames.read(bytes, last, at) {
            let pieces: Option<Vec<Record>> = found
                .parts
                .into_iter()
                .map(|(record, part)| Some(Record { bytes: Arc::clone(records.bytes(record)?), part }))
                .collect();
            match pieces {
                Some(records) => self
                    .log
                    .push(Around { payload: found.payload, outer: Outer { head: found.head, records } }),
                None => self.frames.check(false),
            }
        }
        records.keep_from(self.frames.needs().unwrap_or(last));
        if self.frames.is_lost() {
            self.log.clear();
        }
    }
}

impl<IO: AsyncRead + AsyncWrite + Unpin> AsyncRead for Tapped<IO> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let start = buf.filled().len();
        let bytes = ready!(Pin::new(&mut this.tls).poll_fill_buf(cx))?;
        let count = bytes.len().min(buf.remaining());
        buf.put_slice(&bytes[..count]);
        Pin::new(&mut this.tls).consume(count);
        this.decrypted(&buf.filled()[start..]);
        Poll::Ready(Ok(()))
    }
}

impl<IO: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Tapped<IO> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.tls).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tls).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tls).poll_shutdown(cx)
    }
}

/// Messages that were read and not asked for: more than fit into what is read at once.
const MESSAGES: usize = 16 << 10;
