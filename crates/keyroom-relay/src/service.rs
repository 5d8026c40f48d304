//! The seam between the sockets and the rooms: what the net layer asks of who serves the links.
//!
//! ```text
//! socket ──► net: TLS, HTTP, WebSocket ──► Link::receive ──► rooms
//! socket ◄── net: one batch at a time  ◄── Link::transmit ◄── rooms wake the link
//! ```

use std::net::IpAddr;
use std::task::Waker;
use std::time::{Instant, SystemTime};

use bytes::Bytes;
use keyroom_types::Timestamp;

/// Time as the relay's parts take it: `mono` for timeouts, `wall` for the log.
#[derive(Clone, Copy, Debug)]
pub struct Now {
    /// For timeouts: never goes back.
    pub mono: Instant,
    /// For the log: what the clock on the wall says.
    pub wall: Timestamp,
}

impl Now {
    /// The system's clocks; `mono` is that of the runtime, which tests may hold.
    pub fn read() -> Self {
        Self { mono: tokio::time::Instant::now().into_std(), wall: SystemTime::now().into() }
    }
}

/// Serves links. One for the whole relay, shared between its threads.
pub trait Service: Send + Sync + 'static {
    /// What serves one connection.
    type Link: Link;

    /// A WebSocket opened from `peer`. `wake` is to be woken, from any thread, whenever the link has something to
    /// write, its timeout moved or it is over; once too often does no harm. It costs a counted reference, and may be
    /// kept after the link is dropped, although that keeps the connection's memory.
    ///
    /// # Errors
    /// The connection is closed with code 1013, "try again later", and the refusal's name.
    fn open(&self, now: Now, peer: IpAddr, wake: Waker) -> Result<Self::Link, Refused>;

    /// The relay is about to end: every link should say so, write what must be written and be over soon. New ones
    /// are not opened any more.
    fn drain(&self, now: Now);
}

/// One connection as its server sees it. Dropped when the connection is over, whoever ended it.
pub trait Link: Send + 'static {
    /// The longest binary message that it takes now, in bytes. Checked against the announced length, before anything
    /// is allocated.
    fn frame_limit(&self) -> usize;

    /// Takes one whole binary message.
    fn receive(&mut self, now: Now, frame: Bytes);

    /// Appends messages to write now to `out`, oldest first: about `budget` bytes, at least one message where there
    /// is any. Called again when all of them are with the system's socket, so a slow reader is never ahead of itself
    /// by more than one batch.
    fn transmit(&mut self, now: Now, budget: usize, out: &mut Vec<Bytes>);

    /// When [`Link::handle_timeout`] is next due. Asked again after every other call and after a wake.
    fn timeout(&self) -> Option<Instant>;

    /// That time has come.
    fn handle_timeout(&mut self, now: Now);

    /// Whether nothing more will come from it: once what `transmit` gave is written, the connection is closed.
    fn is_over(&self) -> bool;
}

/// Why a link was not opened.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// The relay is about to end.
    #[error("draining")]
    Draining,
    /// As many links as this relay serves.
    #[error("too_many_links")]
    TooMany,
    /// As many links, or attempts, as one address may have.
    #[error("too_many_from_address")]
    TooManyFromAddress,
    /// The store cannot be used.
    #[error("unavailable")]
    Unavailable,
    /// The process holds as much memory as it may.
    #[error("memory")]
    Memory,
}

impl Refused {
    pub(crate) const ALL: [Self; 5] =
        [Self::Draining, Self::TooMany, Self::TooManyFromAddress, Self::Unavailable, Self::Memory];
}
