//! Drives one link: bytes of a stream in and out of a [`Link`], never faster than the other side reads.

use std::cell::Cell;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

use super::metrics::{LinkMetrics, Misuse};
use super::roll::Place;
use super::websocket::{Event, Fault, Reader, Writer};
use crate::{Link, Now, Refused, Service};

/// The future that is one link. Small, because thousands of them wait at the same time.
pub(super) struct Driver<IO, S: Service> {
    io: IO,
    /// What the HTTP layer had read already.
    early: Bytes,
    service: Arc<S>,
    peer: IpAddr,
    place: Arc<Place>,
    metrics: Arc<LinkMetrics>,
    link: Option<Open<S::Link>>,
    reader: Reader,
    writer: Writer,
    state: State,
    /// Bytes of messages that the link took since it was last asked for its answers.
    unanswered: usize,
    timer: Option<Pin<Box<Sleep>>>,
    last_read: Instant,
}

struct Open<L> {
    link: L,
    remembered: u64,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    Fresh,
    Live,
    /// The close frame is queued: write what is left.
    Closing,
    /// All is written, and the stream shut down: wait for the other side to go, so that it hears what was written.
    Lingering {
        until: Instant,
    },
}

impl<IO: AsyncRead + AsyncWrite + Unpin, S: Service> Driver<IO, S> {
    pub(super) fn new(
        io: IO,
        early: Bytes,
        service: Arc<S>,
        peer: IpAddr,
        place: Arc<Place>,
        metrics: Arc<LinkMetrics>,
    ) -> Self {
        Self {
            io,
            early,
            service,
            peer,
            place,
            metrics,
            link: None,
            reader: Reader::default(),
            writer: Writer::default(),
            state: State::Fresh,
            unanswered: 0,
            timer: None,
            last_read: now(),
        }
    }

    fn open(&mut self, cx: &Context<'_>) {
        match self.service.open(Now::read(), self.peer, cx.waker().clone()) {
            Ok(link) => {
                let remembered = self.place.remember(cx.waker().clone());
                self.metrics.open.inc();
                self.link = Some(Open { link, remembered });
                self.state = State::Live;
            }
            Err(refused) => {
                self.metrics.refuse(refused);
                self.close(Some(TRY_AGAIN), &refused.to_string());
            }
        }
    }

    /// Says goodbye once; what the link still had to say is not asked for.
    fn close(&mut self, code: Option<u16>, reason: &str) {
        self.drop_link();
        self.writer.close(code, reason);
        self.state = State::Closing;
    }

    fn drop_link(&mut self) {
        if let Some(open) = self.link.take() {
            self.place.forget(open.remembered);
            self.metrics.open.dec();
        }
    }

    /// Timeouts of the link itself, and of a message that began and does not go on.
    fn check_time(&mut self) {
        let Some(open) = &mut self.link else { return };
        let now = Now::read();
        if open.link.timeout().is_some_and(|due| due <= now.mono) {
            open.link.handle_timeout(now);
        }
        if self.place.roll().is_closing() {
            self.close(Some(GOING_AWAY), "draining");
        } else if self.reader.is_midway() && now.mono >= self.last_read + PATIENCE {
            self.metrics.misuse(Misuse::Stalled);
            self.close(Some(POLICY), "stalled");
        }
    }

    /// Whether memory is short and this link has much of it.
    fn holds_too_much(&self) -> bool {
        self.place.roll().ceiling().is_reached() && self.reader.held() + self.writer.waiting() > BUDGET
    }

    /// Writes what waits, and then asks for more, until there is none or the stream takes no more.
    fn poll_write(&mut self, cx: &mut Context<'_>, scratch: &mut Scratch) -> Poll<io::Result<()>> {
        loop {
            while !self.writer.is_empty() {
                let count = self.writer.copy_to(&mut scratch.write);
                match Pin::new(&mut self.io).poll_write(cx, &scratch.write[..count]) {
                    Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                    Poll::Ready(Ok(written)) => self.writer.advance(written),
                    Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                    Poll::Pending => return Poll::Pending,
                }
            }
            match Pin::new(&mut self.io).poll_flush(cx) {
                Poll::Ready(Ok(())) => {}
                other => return other,
            }
            let Some(open) = &mut self.link else { return Poll::Ready(Ok(())) };
            open.link.transmit(Now::read(), BUDGET, &mut scratch.frames);
            self.unanswered = 0;
            self.metrics.sent(&scratch.frames);
            for frame in scratch.frames.drain(..) {
                self.writer.message(frame);
            }
            if open.link.is_over() {
                self.close(Some(NORMAL), "");
            } else if self.writer.is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
    }

    /// Reads once, if the link may be given more. Whether anything was read.
    fn poll_read(&mut self, cx: &mut Context<'_>, scratch: &mut Scratch) -> Poll<io::Result<bool>> {
        if self.unanswered >= UNANSWERED || self.writer.waiting() >= UNANSWERED {
            return Poll::Pending;
        }
        let early = std::mem::take(&mut self.early);
        if !early.is_empty() {
            self.take(&early);
            return Poll::Ready(Ok(true));
        }
        let mut buf = ReadBuf::new(&mut scratch.read);
        match Pin::new(&mut self.io).poll_read(cx, &mut buf) {
            Poll::Ready(Ok(())) => {}
            Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
            Poll::Pending => return Poll::Pending,
        }
        let read = buf.filled().len();
        let (arrived, _) = scratch.read.split_at(read);
        self.take(arrived);
        Poll::Ready(Ok(read > 0))
    }

    /// Gives the link what is whole in these bytes.
    fn take(&mut self, mut arrived: &[u8]) {
        self.last_read = now();
        while let Some(open) = &mut self.link {
            match self.reader.read(&mut arrived, open.link.frame_limit()) {
                Ok(Some(Event::Message(message))) => {
                    self.unanswered += message.len();
                    self.metrics.received(message.len());
                    open.link.receive(Now::read(), message);
                }
                Ok(Some(Event::Ping(payload))) => self.writer.pong(payload),
                Ok(Some(Event::Close(code))) => self.close(code, ""),
                Ok(None) => return,
                Err(fault) => self.fault(fault),
            }
        }
    }

    fn fault(&mut self, fault: Fault) {
        self.metrics.fault(fault);
        self.close(Some(fault.close_code()), &fault.to_string());
    }

    /// Sets the timer to the next thing that is due; true if that is now.
    fn poll_timer(&mut self, cx: &mut Context<'_>) -> bool {
        let stalled = (self.link.is_some() && self.reader.is_midway()).then(|| self.last_read + PATIENCE);
        let linger = if let State::Lingering { until } = self.state { Some(until) } else { None };
        let due = self.link.as_ref().and_then(|open| open.link.timeout());
        let Some(due) = [due, stalled, linger].into_iter().flatten().min() else {
            self.timer = None;
            return false;
        };
        let due = tokio::time::Instant::from_std(due);
        let timer = self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(due)));
        if timer.deadline() != due {
            timer.as_mut().reset(due);
        }
        timer.as_mut().poll(cx).is_ready()
    }

    fn poll_all(&mut self, cx: &mut Context<'_>, scratch: &mut Scratch) -> Poll<io::Result<()>> {
        if self.state == State::Fresh {
            self.open(cx);
        }
        loop {
            if self.holds_too_much() {
                // Words of goodbye would have to wait behind what it does not read.
                self.metrics.refuse(Refused::Memory);
                return Poll::Ready(Ok(()));
            }
            self.check_time();
            let written = match self.poll_write(cx, scratch) {
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                other => other.is_ready(),
            };
            if self.state == State::Closing && written {
                match Pin::new(&mut self.io).poll_shutdown(cx) {
                    Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                    Poll::Ready(Ok(())) => self.state = State::Lingering { until: now() + LINGER },
                    Poll::Pending => return Poll::Pending,
                }
            }
            if let State::Lingering { until } = self.state
                && now() >= until
            {
                return Poll::Ready(Ok(()));
            }
            match self.poll_read(cx, scratch) {
                Poll::Ready(Ok(true)) => continue,
                Poll::Ready(Ok(false)) => return Poll::Ready(Ok(())),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => {}
            }
            if !self.poll_timer(cx) {
                return Poll::Pending;
            }
        }
    }
}

/// Nothing in it is pinned in its place: the stream is polled through `Unpin`, the link through plain calls.
impl<IO, S: Service> Unpin for Driver<IO, S> {}

impl<IO: AsyncRead + AsyncWrite + Unpin, S: Service> Future for Driver<IO, S> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        let mut scratch = SCRATCH.take().unwrap_or_default();
        let result = this.poll_all(cx, &mut scratch);
        scratch.frames.clear();
        SCRATCH.set(Some(scratch));
        if matches!(&result, Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::TimedOut) {
            this.metrics.misuse(Misuse::Unread);
        }
        // How else a connection broke is the other side's affair; that it is gone, the link's drop tells.
        result.map(drop)
    }
}

impl<IO, S: Service> Drop for Driver<IO, S> {
    fn drop(&mut self) {
        if let Some(open) = self.link.take() {
            self.place.forget(open.remembered);
            self.metrics.open.dec();
        }
    }
}

/// The runtime's clock, which tests may hold.
fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

/// What every link needs while it is polled and no link keeps.
struct Scratch {
    read: Box<[u8]>,
    write: Box<[u8]>,
    frames: Vec<Bytes>,
}

impl Default for Scratch {
    fn default() -> Self {
        Self {
            read: vec![0; READ_BYTES].into_boxed_slice(),
            write: vec![0; WRITE_BYTES].into_boxed_slice(),
            frames: Vec::new(),
        }
    }
}

thread_local! {
    static SCRATCH: Cell<Option<Box<Scratch>>> = const { Cell::new(None) };
}

/// What a link is asked for at once, in bytes.
const BUDGET: usize = 64 << 10;
/// What may wait of answers, and of requests that were not asked for theirs, before nothing more is read, in bytes.
const UNANSWERED: usize = 64 << 10;
/// How long a message that began may stand still, and how long the other side has to read what was written.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long the other side may take to close its end after we closed ours. Without that wait, what it still sends
/// would meet a closed socket, whose answer (a reset) destroys what is under way to it.
const LINGER: Duration = Duration::from_secs(1);
const READ_BYTES: usize = 16 << 10;
/// One TLS record.
const WRITE_BYTES: usize = 16 << 10;

// RFC 6455, section 7.4.1, and its registry.
const NORMAL: u16 = 1000;
const GOING_AWAY: u16 = 1001;
const POLICY: u16 = 1008;
const TRY_AGAIN: u16 = 1013;
