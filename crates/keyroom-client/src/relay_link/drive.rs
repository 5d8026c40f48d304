//! Drives a link over real connections: dials, reads, writes and waits as its state machine says.

use std::future::Future;
use std::ops::DerefMut;
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
        Trust::Pin(_) => Binding::SeenKey(negotiated.spki),
        Trust::Name(_) => Binding::DialledName(address.host().to_ascii_lowercase()),
    })
}

/// Starts driving `link` on the current tokio runtime. `dial` makes a connection each time the link asks for one; what
/// happens goes to `events`, in order. While nobody takes events, nothing more is read.
pub fn drive<D, F>(link: Link, mut dial: D, events: mpsc::Sender<Event>) -> Driven
where
    D: FnMut() -> F + Send + 'static,
    F: Future<Output = Result<(Transport, Binding), ConnectError>> + Send + 'static,
{
    let shared = Arc::new(Shared { link: Mutex::new(Slot(link)), touched: Notify::new() });
    let driver = Arc::clone(&shared);
    let task = tokio::spawn(async move {
        let mut connections = Connections::default();
        loop {
            let due = {
                let mut slot = driver.lock();
                let link = &mut slot.deref_mut().0;
                let now = Instant::now();
                link.handle_timeout(now);
                while let Some(gone) = link.poll_disconnect() {
                    connections.hang_up(gone);
                }
                if let Some(connection) = link.poll_connect() {
                    connections.dial(connection, dial());
                }
                connections.write(link, now);
                link.poll_timeout()
            };
            loop {
                let event = driver.lock().0.poll_event();
                let Some(event) = event else { break };
                let last = matches!(event, Event::Stopped(_));
                if events.send(event).await.is_err() || last {
                    return;
                }
            }
            let due = due.map(tokio::time::Instant::from_std);
            tokio::select! {
                came = connections.next() => connections.came(&mut driver.lock().0, came),
                () = driver.touched.notified() => {}
                () = async { match due { Some(due) => sleep_until(due).await, None => std::future::pending().await } } => {}
            }
        }
    });
    Driven { link: shared, task }
}

/// What a connection's task reports.
enum Came {
    Connected(ConnectionId, Box<Transport>, Binding),
    Frame(ConnectionId, Bytes),
    /// What was to be written is.
    Written(ConnectionId),
    Gone(ConnectionId),
}

/// The newest connection. A link has one at a time; an older one may still be on its way down.
struct Connections {
    tell: mpsc::Sender<Came>,
    hear: mpsc::Receiver<Came>,
    current: Option<Current>,
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
        Self { tell, hear, current: None }
    }
}

impl Connections {
    fn dial(
        &mut self,
        id: ConnectionId,
        made: impl Future<Output = Result<(Transport, Binding), ConnectError>> + Send + 'static,
    ) {
        let tell = self.tell.clone();
        let task = tokio::spawn(async move {
            let came = match made.await {
                Ok((transport, binding)) => Came::Connected(id, Box::new(transport), binding),
                Err(_) => Came::Gone(id),
            };
            // Nobody listens when the link is dropped.
            let _ = tell.send(came).await;
        });
        self.current = Some(Current { id, write: None, idle: false, tasks: vec![task] });
    }

    fn hang_up(&mut self, id: ConnectionId) {
        self.current.take_if(|current| current.id == id);
    }

    async fn next(&mut self) -> Option<Came> {
        self.hear.recv().await
    }

    fn came(&mut self, link: &mut Link, came: Option<Came>) {
        let now = Instant::now();
        match came {
            Some(Came::Connected(id, transport, binding)) => {
                let Some(current) = self.current.as_mut().filter(|current| current.id == id) else { return };
                let (write, frames) = mpsc::channel(1);
                let (outgoing, incoming) = transport.split();
                current.tasks.push(tokio::spawn(read(id, incoming, self.tell.clone())));
                current.tasks.push(tokio::spawn(writing(id, outgoing, frames, self.tell.clone())));
                current.write = Some(write);
                current.idle = true;
                link.handle_connected(id, binding);
            }
            Some(Came::Frame(id, frame)) => link.handle_frame(now, id, frame),
            Some(Came::Written(id)) => {
                if let Some(current) = self.current.as_mut().filter(|current| current.id == id) {
                    current.idle = true;
                }
            }
            Some(Came::Gone(id)) => {
                self.hang_up(id);
                link.handle_disconnected(now, id);
            }
            None => {}
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
            // There is a place: the task has taken what it was given before.
            current.idle = write.try_send(frames).is_err();
        }
    }
}

async fn read(id: ConnectionId, mut incoming: Incoming, tell: mpsc::Sender<Came>) {
    while let Ok(frame) = incoming.next().await {
        if tell.send(Came::Frame(id, frame)).await.is_err() {
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
        let came = if outgoing.send(batch).await.is_ok() { Came::Written(id) } else { Came::Gone(id) };
        if tell.send(came).await.is_err() {
            return;
        }
    }
}

/// Reports of a connection that wait to be taken: frames among them, so it bounds what is read ahead.
const REPORTS: usize = 16;

/// What the writing task is given at once, in bytes.
const WRITE_BYTES: usize = 64 << 10;
