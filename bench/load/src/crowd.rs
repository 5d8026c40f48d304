//! One room full of listeners, those who send to it, and the count of what arrives.

mod tally;

use std::sync::Arc;
use std::time::Duration;

use bytes::{BufMut as _, Bytes, BytesMut};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tokio::task::JoinSet;
use tokio::time::{Instant, interval, interval_at, sleep, sleep_until};

pub(crate) use self::tally::Tally;
use crate::{Client, Cpu, Fault, Part, Room, Samples, Server};

/// A room at a server with its listeners, each served by a task of its own.
pub struct Crowd {
    server: Server,
    tally: Arc<Tally>,
    authors: Vec<Client>,
    _listeners: JoinSet<()>,
}

/// What one stretch of load came to.
#[derive(Clone, Copy, Debug)]
pub struct Ran {
    /// Messages that listeners got.
    pub deliveries: u64,
    /// How long it took.
    pub wall: Duration,
    /// What the server used.
    pub server: Cpu,
    /// What all clients used.
    pub clients: Cpu,
}

impl Ran {
    /// Deliveries in a second.
    pub fn per_second(&self) -> f64 {
        self.deliveries as f64 / self.wall.as_secs_f64()
    }

    /// Microseconds of processor time for each delivery.
    pub fn micros_each(&self, time: Duration) -> f64 {
        time.as_secs_f64() * 1e6 / self.deliveries as f64
    }
}

/// Messages at a rate, whatever happens to those before.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Messages in a second.
    pub rate: u32,
    /// For how long.
    pub time: Duration,
    /// Bytes of each.
    pub bytes: usize,
}

impl Crowd {
    /// Fills a room. With `timed`, the time that each delivery took is kept.
    ///
    /// # Errors
    /// Somebody could not enter.
    pub async fn gather(
        server: Server,
        listeners: usize,
        authors: usize,
        timed: bool,
    ) -> Result<Self, Fault> {
        let room = Room::prepare(&server, 0, listeners + authors).await?;
        let tally = Arc::new(Tally::new(listeners as u64, authors, timed));
        let mut tasks = JoinSet::new();
        for member in 0..listeners {
            tasks.spawn(listen(room.enter(&server, member, Part::Listens).await?, Arc::clone(&tally)));
        }
        let authors = stream::iter(listeners..listeners + authors)
            .then(|member| room.enter(&server, member, Part::Publishes))
            .try_collect()
            .await?;
        Ok(Self { server, tally, authors, _listeners: tasks })
    }

    /// One author sends at a pace, or as fast as it gets answers where that is slower. Ends when all of it has arrived.
    ///
    /// # Errors
    /// Somebody lost the connection, or not all arrived in time.
    pub async fn paced(&mut self, pace: Pace) -> Result<Ran, Fault> {
        let mark = self.mark()?;
        let author = self.authors.first_mut().ok_or_else(|| Fault::Setup("nobody sends".to_owned()))?;
        let until = Instant::now() + pace.time;
        let mut ticks = interval(Duration::from_secs(1) / pace.rate);
        let mut sent = 0;
        while Instant::now() < until {
            tokio::select! {
                _ = ticks.tick(), if author.may_feed() => {
                    author.feed(&self.tally.message(None, pace.bytes)).await?;
                    author.flush().await?;
                    sent += 1;
                }
                event = author.next() => { event?; }
            }
        }
        self.tally.settle(mark.deliveries + sent * self.tally.listeners).await?;
        self.since(mark)
    }

    /// All authors send as much as is taken: at most [`WINDOW`] messages of each are on their way. What is measured
    /// begins after [`WARM_UP`].
    ///
    /// # Errors
    /// Somebody lost the connection, or not all arrived in time.
    pub async fn flat_out(&mut self, time: Duration, bytes: usize) -> Result<Ran, Fault> {
        let before = self.tally.deliveries();
        let until = Instant::now() + WARM_UP + time;
        let mut pumps = JoinSet::new();
        for (author, client) in self.authors.drain(..).enumerate() {
            pumps.spawn(pump(client, author, Arc::clone(&self.tally), until, bytes));
        }
        sleep(WARM_UP).await;
        let mark = self.mark()?;
        sleep_until(until).await;
        let ran = self.since(mark)?;
        let mut sent = 0;
        let mut authors = Vec::new();
        while let Some(pumped) = pumps.join_next().await {
            let (author, client, count) =
                pumped.map_err(|error| Fault::Setup(format!("an author's task failed: {error}")))??;
            authors.push((author, client));
            sent += count;
        }
        // Each goes on with the window that it had.
        authors.sort_by_key(|(author, _)| *author);
        self.authors = authors.into_iter().map(|(_, client)| client).collect();
        self.tally.settle(before + sent * self.tally.listeners).await?;
        Ok(ran)
    }

    /// The times of all deliveries since the last call.
    pub fn times(&self) -> Samples {
        self.tally.take_times()
    }

    fn mark(&self) -> Result<Mark, Fault> {
        let (server, clients) = (self.server.cpu()?, Cpu::own()?);
        Ok(Mark { deliveries: self.tally.deliveries(), at: Instant::now(), server, clients })
    }

    fn since(&self, mark: Mark) -> Result<Ran, Fault> {
        self.tally.check()?;
        let deliveries = self.tally.deliveries() - mark.deliveries;
        let wall = mark.at.elapsed();
        Ok(Ran {
            deliveries,
            wall,
            server: self.server.cpu()? - mark.server,
            clients: Cpu::own()? - mark.clients,
        })
    }
}

/// Where a stretch began.
#[derive(Clone, Copy)]
struct Mark {
    deliveries: u64,
    at: Instant,
    server: Cpu,
    clients: Cpu,
}

/// Takes what comes, and gives signs of life, until the connection ends.
pub(crate) async fn listen(mut client: Client, tally: Arc<Tally>) {
    let mut alive = interval_at(Instant::now() + SIGN_OF_LIFE, SIGN_OF_LIFE);
    loop {
        let went = tokio::select! {
            event = client.next() => event.map(|event| tally.heard(&event)),
            _ = alive.tick() => client.ping().await,
        };
        if let Err(fault) = went {
            return tally.fail(fault);
        }
    }
}

/// Connections for these members of these rooms, many at once.
pub(crate) async fn enter_all(
    server: &Server,
    rooms: &[Room],
    members: usize,
    part: Part,
) -> Result<Vec<Client>, Fault> {
    stream::iter(rooms)
        .flat_map(|room| stream::iter(0..members).map(move |member| room.enter(server, member, part)))
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}

/// Rooms from number 0 on, many at once.
pub(crate) async fn prepare_all(server: &Server, rooms: usize, members: usize) -> Result<Vec<Room>, Fault> {
    stream::iter(0..rooms)
        .map(|room| Room::prepare(server, room, members))
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}

async fn pump(
    mut client: Client,
    author: usize,
    tally: Arc<Tally>,
    until: Instant,
    bytes: usize,
) -> Result<(usize, Client, u64), Fault> {
    let mut sent = 0;
    loop {
        tokio::select! {
            count = tally.windows[author].take() => {
                for _ in 0..count {
                    client.feed(&tally.message(Some(author), bytes)).await?;
                }
                client.flush().await?;
                sent += count;
            }
            event = client.next() => { event?; }
            () = sleep_until(until) => return Ok((author, client, sent)),
        }
    }
}

/// A message of so many bytes: when it was sent, by whom, and nothing.
fn message(nanos: u64, author: u16, bytes: usize) -> Bytes {
    let mut body = BytesMut::with_capacity(bytes.max(tally::HEAD));
    body.put_u64(nanos);
    body.put_u16(author);
    body.resize(bytes.max(tally::HEAD), 0x5A);
    body.freeze()
}

/// Messages of one author that are on their way, in [`Crowd::flat_out`]. Well below what a link may have unanswered.
const WINDOW: usize = 16;
const WARM_UP: Duration = Duration::from_secs(1);
/// A relay lets a link be silent for 90 s.
const SIGN_OF_LIFE: Duration = Duration::from_secs(25);
/// Connections that are being made at the same time.
const AT_ONCE: usize = 32;
