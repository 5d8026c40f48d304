//! Drives a link over real connections: dials, reads, writes and waits as its state machine says.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use keyroom_link::{ConnectionId, Event, Link};
use keyroom_types::Address;
use keyroom_wire::Binding;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use tokio::time::sleep_until;

use super::{ConnectError, Incoming, Outgoing, Transport, Trust};
use crate::inspect::{Outer, Tap};

/// A link that is driven by a task. Dropping it ends the task and the connection.
#[derive(Debug)]
pub struct Driven {
    link: Arc<Shared>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    link: Mutex<Slot>,
    touched: Notify,
}

/// The link has no `Debug` of its own, since it holds secrets.
struct Slot(Link);

impl std::fmt::Debug for Slot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Link(..)")
    }
}

impl Driven {
    /// Gives the link a command, and sees to what follows from it.
    pub fn with<T>(&self, command: impl FnOnce(&mut Link) -> T) -> T {
        let result = command(&mut self.link.lock().0);
        self.link.touched.notify_one();
        result
    }
}

impl Drop for Driven {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Slot> {
        self.link.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a login over this connection is bound to: the key that was seen, or the name that was dialled and checked.
/// `None` for a stream without TLS, whose maker knows what is at its other end.
pub fn binding(trust: &Trust, address: &Address, transport: &Transport) -> Option<Binding> {
    let negotiated = transport.negotiated()?;
    Some(match trust {
        Trust::Pin(_) | Trust::FirstContact => Binding::SeenKey(negotiated.spki),
        Trust::Name(_) => Binding::DialledName(address.host().to_ascii_lowercase()),
    })
}

/// What a driven link tells its application.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Told {
    /// The link says so.
    Link(Event),
    /// Why no connection could be made, just before the link says that there is none and when it tries again.
    NotConnected(ConnectError),
}

/// Starts driving `link` on the current tokio runtime. `dial` makes a connection each time the link asks for one; what
/// happens goes to `told`, in order, until the link has stopped or nobody listens any more.
///
/// While nobody takes what is told, nothing more is read or written. So a link whose application does nothing for longer
/// than the relay waits is lost, and comes back.
pub fn drive<D, F>(link: Link, dial: D, told: mpsc::Sender<Told>) -> Driven
where
    D: FnMut() -> F + Send + 'static,
    F: Future<Output = Result<(Transport, Binding), ConnectError>> + Send + 'static,
{
    drive_tapped(link, dial, told, None)
}

/// The same, with an ear on what is read.
pub(crate) fn drive_tapped<D, F>(
    link: Link,
    dial: D,
    told: mpsc::Sender<Told>,
    tap: Option<Arc<Tap>>,
) -> Driven
where
    D: FnMut() -> F + Send + 'static,
    F: Future<Output = Result<(Transport, Binding), ConnectError>> + Send + 'static,
{
    let shared = Arc::new(Shared { link: Mutex::new(Slot(link)), touched: Notify::new() });
    let task = tokio::spawn(run(Arc::clone(&shared), dial, told, tap));
    Driven { link: shared, task }
}

async fn run<D, F>(shared: Arc<Shared>, mut dial: D, told: mpsc::Sender<Told>, tap: Option<Arc<Tap>>)
where
    D: FnMut() -> F,
    F: Future<Output = Result<(Transport, Binding), ConnectError>> + Send + 'static,
{
    let mut connections = Connections { tap, ..Connections::default() };
    loop {
        // Not while the link is locked: whoever makes connections may want to give it a command.
        let wanted = connections.turn(&mut shared.lock().0);
        if let Some(id) = wanted {
            connections.dial(id, dial());
        }
        loop {
            let event = shared.lock().0.poll_event();
            let Some(event) = event else { break };
            let last = matches!(event, Event::Stopped(_));
            if told.send(Told::Link(event)).await.is_err() || last {
                return;
            }
        }
        let due = shared.lock().0.poll_timeout();
        let due = async {
            match due {
                Some(due) => sleep_until(due.into()).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            // What came is looked at before the clock: a relay whose word waits here was not silent.
            biased;
            came = connections.next() => {
                if let Came::NotConnected(id, error) = &came
                    && connections.is_current(*id)
                    && told.send(Told::NotConnected(error.clone())).await.is_err()
                {
                    return;
                }
                connections.came(&mut shared.lock().0, came);
            }
            () = shared.touched.notified() => {}
            () = due => {}
            () = told.closed() => return,
        }
    }
}

/// What the tasks of a connection report.
enum Came {
    Connected(ConnectionId, Box<Transport>, Binding),
    NotConnected(ConnectionId, ConnectError),
    Frame(ConnectionId, Bytes, Option<Outer>),
    /// What was to be written is.
    Written(ConnectionId),
    /// Nothing more will be read.
    Gone(ConnectionId),
}

/// The newest connection. A link has one at a time; an older one may still be on its way down.
struct Connections {
    tell: mpsc::Sender<Came>,
    hear: mpsc::Receiver<Came>,
    current: Option<Current>,
    tap: Option<Arc<Tap>>,
}

struct Current {
    id: ConnectionId,
    /// Frames to the writing task; `None` while dialling.
    write: Option<mpsc::Sender<Vec<Bytes>>>,
    /// Whether the writing task has nothing to do.
    idle: bool,
    tasks: Vec<JoinHandle<()>>,
}

impl Drop for Current {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl Default for Connections {
    fn default() -> Self {
        let (tell, hear) = mpsc::channel(REPORTS);
        Self { tell, hear, current: None, tap: None }
    }
}

impl Connections {
    /// Does what the link wants done. Returns the connection that it wants to be made.
    fn turn(&mut self, link: &mut Link) -> Option<ConnectionId> {
        let now = now();
        link.handle_timeout(now);
        while let Some(gone) = link.poll_disconnect() {
            self.hang_up(gone);
        }
        self.write(link, now);
        link.poll_connect()
    }

    fn dial(
        &mut self,
        id: ConnectionId,
        made: impl Future<Output = Result<(Transport, Binding), ConnectError>> + Send + 'static,
    ) {
        let tell = self.tell.clone();
        let task = tokio::spawn(async move {
            let came = match made.await {
                Ok((transport, binding)) => Came::Connected(id, Box::new(transport), binding),
                Err(error) => Came::NotConnected(id, error),
            };
            // Nobody listens when the link is dropped.
            let _ = tell.send(came).await;
        });
        self.current = Some(Current { id, write: None, idle: false, tasks: vec![task] });
    }

    fn is_current(&self, id: ConnectionId) -> bool {
        self.current.as_ref().is_some_and(|current| current.id == id)
    }

    fn hang_up(&mut self, id: ConnectionId) {
        self.current.take_if(|current| current.id == id);
    }

    async fn next(&mut self) -> Came {
        match self.hear.recv().await {
            Some(came) => came,
            // Never: one of the senders is ours.
            None => std::future::pending().await,
        }
    }

    fn came(&mut self, link: &mut Link, came: Came) {
        match came {
            Came::Connected(id, transport, binding) => {
                let Some(current) = self.current.as_mut().filter(|current| current.id == id) else { return };
                if let Some(tap) = &self.tap {
                    tap.connected(transport.negotiated());
                }
                let (write, frames) = mpsc::channel(1);
                let (outgoing, incoming) = transport.split();
                current.tasks.push(tokio::spawn(read(id, incoming, self.tell.clone())));
                current.tasks.push(tokio::spawn(writing(id, outgoing, frames, self.tell.clone())));
                current.write = Some(write);
                current.idle = true;
                link.handle_connected(id, binding);
            }
            Came::Frame(id, frame, outer) => {
                if let Some(tap) = self.tap.as_ref().filter(|_| self.is_current(id)) {
                    tap.came(&frame, outer);
                }
                link.handle_frame(now(), id, frame);
            }
            Came::Written(id) => {
                if let Some(current) = self.current.as_mut().filter(|current| current.id == id) {
                    current.idle = true;
                }
            }
            Came::NotConnected(id, _) | Came::Gone(id) => {
                self.hang_up(id);
                link.handle_disconnected(now(), id);
            }
        }
    }

    /// Gives the writing task what the link has to say, if it has nothing to do. The link keeps the rest.
    fn write(&mut self, link: &mut Link, now: Instant) {
        let Some(current) = self.current.as_mut().filter(|current| current.idle) else { return };
        let Some(write) = &current.write else { return };
        let mut frames = Vec::new();
        let mut bytes = 0;
        while bytes < WRITE_BYTES
            && let Some(frame) = link.poll_transmit(now)
        {
            bytes += frame.len();
            frames.push(frame);
        }
        if !frames.is_empty() {
            current.idle = false;
            // There is a place: the task has taken what it was given before. If it has ended, so has the connection, and
            // what was in these frames is said again on the next one.
            let _ = write.try_send(frames);
        }
    }
}

async fn read(id: ConnectionId, mut incoming: Incoming, tell: mpsc::Sender<Came>) {
    while let Ok((frame, outer)) = incoming.next_with_outer().await {
        if tell.send(Came::Frame(id, frame, outer)).await.is_err() {
            return;
        }
    }
    let _ = tell.send(Came::Gone(id)).await;
}

async fn writing(
    id: ConnectionId,
    mut outgoing: Outgoing,
    mut frames: mpsc::Receiver<Vec<Bytes>>,
    tell: mpsc::Sender<Came>,
) {
    while let Some(batch) = frames.recv().await {
        // That the connection is over, its reader says, once it has read all that there is: a goodbye, perhaps.
        if outgoing.send(batch).await.is_err() || tell.send(Came::Written(id)).await.is_err() {
            return;
        }
    }
}

/// The clock that tokio's timers follow.
fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

/// Reports of a connection that wait to be taken. Frames are among them, so it bounds what is read ahead.
const REPORTS: usize = 4;

/// What the writing task is given at once, in bytes.
const WRITE_BYTES: usize = 64 << 10;
