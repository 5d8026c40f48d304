//! Messages that are on the disk before they are acknowledged, beside what the disk alone takes.

use std::collections::HashMap;
use std::time::Duration;

use bytes::Bytes;
use clap::Args;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::{Setup, most};
use crate::crowd::{enter_all, prepare_all};
use crate::{
    Client, Entrant, Event, Fault, Keeping, Nats, NatsPart, Part, Samples, Server, Table, fdatasync,
    raise_open_files,
};

/// Messages that are kept: how many in a second, and how long each takes
#[derive(Args, Clone, Copy, Debug)]
pub struct Durable {
    /// Rooms of the runs with many; one message of each is on its way, then several
    #[arg(long, default_value_t = 1_000)]
    pub rooms: usize,
    /// How many those several are
    #[arg(long, default_value_t = 8)]
    pub several: usize,
    /// Members that send to the same room; one message of each is on its way
    #[arg(long, default_value_t = 32)]
    pub in_flight: usize,
    /// Bytes of a message
    #[arg(long, default_value_t = 200)]
    pub bytes: usize,
    /// Seconds of one stretch
    #[arg(long, default_value_t = 3)]
    pub seconds: u64,
    /// Turns of each entrant
    #[arg(long, default_value_t = 3)]
    pub rounds: usize,
}

impl Durable {
    /// Runs it for those who keep messages.
    ///
    /// # Errors
    /// A server or a member failed.
    pub async fn run(&self, setup: &Setup, table: &mut Table) -> Result<(), Fault> {
        raise_open_files(self.rooms as u64 * 2 + 1_000)?;
        let mut disk = Samples::default();
        let several = self.several;
        for shape in [(1, 1, 1), (1, self.in_flight, 1), (self.rooms, 1, 1), (self.rooms, 1, several)] {
            self.shape(shape, setup, &mut disk, table).await?;
        }
        table.note(format!(
            "The disk alone, in the same run: 256 bytes appended and `fdatasync`: p10 {:.2} ms, p50 {:.2} ms, p99 \
             {:.2} ms, {} times.",
            disk.per_mille(100).as_secs_f64() * 1e3,
            disk.p50().as_secs_f64() * 1e3,
            disk.p99().as_secs_f64() * 1e3,
            disk.len(),
        ));
        Ok(())
    }

    async fn shape(
        &self,
        (rooms, members, on_their_way): (usize, usize, usize),
        setup: &Setup,
        disk: &mut Samples,
        table: &mut Table,
    ) -> Result<(), Fault> {
        let mut entrants = Vec::new();
        for entrant in setup.entrants.iter().filter(|entrant| entrant.keeps()) {
            let server = setup.start(*entrant, Keeping::Everything)?;
            if *entrant == Entrant::Nats {
                make_stream(&server).await?;
            }
            let prepared = prepare_all(&server, rooms, members).await?;
            let clients = enter_all(&server, &prepared, members, Part::PublishesForAck).await?;
            entrants.push((*entrant, clients, Samples::default(), Vec::new(), server));
        }
        for _ in 0..self.rounds {
            disk.extend(&fdatasync(&setup.dir, PROBE, Duration::ZERO)?);
            for (_, clients, times, speeds, _) in &mut entrants {
                let stretch = self.stretch(clients, on_their_way).await?;
                speeds.push(stretch.len() as f64 / self.seconds as f64);
                times.extend(&stretch);
            }
        }
        let what = match (rooms, members, on_their_way) {
            (1, 1, _) => "kept, 1 room, 1 at a time".to_owned(),
            (1, members, _) => format!("kept, 1 room, {members} in flight"),
            (rooms, _, 1) => format!("kept, {rooms} rooms at once"),
            (rooms, _, several) => format!("kept, {rooms} rooms at once, {several} of each in flight"),
        };
        let speeds: Vec<_> = entrants
            .iter()
            .map(|(entrant, _, _, speeds, _)| (*entrant, most(speeds.iter().copied())))
            .collect();
        table.row(format!("{what}: messages/s"), &speeds);
        for (name, per_mille) in [("p50", 500), ("p99", 990)] {
            let times: Vec<_> = entrants
                .iter_mut()
                .map(|(entrant, _, times, _, _)| (*entrant, times.per_mille(per_mille).as_secs_f64() * 1e3))
                .collect();
            table.row(format!("{what}: acknowledged after, {name}, ms"), &times);
        }
        Ok(())
    }

    /// All clients send, each with so many messages on their way. The times of those acknowledged after [`WARM_UP`].
    async fn stretch(&self, clients: &mut Vec<Client>, on_their_way: usize) -> Result<Samples, Fault> {
        let counts = Instant::now() + WARM_UP;
        let until = counts + Duration::from_secs(self.seconds);
        let body = Bytes::from(vec![0x5A; self.bytes]);
        let mut tasks = JoinSet::new();
        for client in clients.drain(..) {
            tasks.spawn(send_and_wait(client, body.clone(), on_their_way, counts, until));
        }
        let mut times = Samples::default();
        while let Some(done) = tasks.join_next().await {
            let (client, own) = done.map_err(|error| Fault::Setup(format!("a task failed: {error}")))??;
            clients.push(client);
            times.extend(&own);
        }
        Ok(times)
    }
}

/// Acknowledgements make way for other messages, until it is time.
async fn send_and_wait(
    mut client: Client,
    body: Bytes,
    on_their_way: usize,
    counts: Instant,
    until: Instant,
) -> Result<(Client, Samples), Fault> {
    let (mut times, mut sent) = (Samples::default(), HashMap::new());
    loop {
        // Half of them at once, as whoever sends much does.
        if sent.len() <= on_their_way / 2 {
            while sent.len() < on_their_way && Instant::now() < until {
                sent.insert(client.feed(&body).await?, Instant::now());
            }
            client.flush().await?;
        }
        if sent.is_empty() {
            return Ok((client, times));
        }
        let Event::Acked(number) = client.next().await? else { continue };
        let now = Instant::now();
        if let Some(begun) = sent.remove(&number).filter(|_| now >= counts && now < until) {
            times.push(now - begun);
        }
    }
}

/// One stream for all rooms.
async fn make_stream(server: &Server) -> Result<(), Fault> {
    let subject = "room.0".to_owned();
    let source = std::net::Ipv4Addr::LOCALHOST;
    let mut client =
        Nats::dial(server.address, source, server.tls(), subject, NatsPart::PublishesForAck).await?;
    client.create_stream("load", "room.*").await
}

const WARM_UP: Duration = Duration::from_secs(1);
const PROBE: Duration = Duration::from_secs(1);
