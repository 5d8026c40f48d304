//! A member comes back to a room in which much was said.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use clap::Args;
use keyroom_types::Seq;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::{Setup, least};
use crate::{Client, Event, Fault, Keeping, Part, Room, Server, Table};

/// A member returns to many stored envelopes: how fast it has them all (ours only)
#[derive(Args, Clone, Copy, Debug)]
pub struct CatchUp {
    /// Envelopes that are stored
    #[arg(long, default_value_t = 100_000)]
    pub envelopes: usize,
    /// Bytes of each
    #[arg(long, default_value_t = 200)]
    pub bytes: usize,
    /// How often somebody returns
    #[arg(long, default_value_t = 3)]
    pub rounds: usize,
}

impl CatchUp {
    /// Runs it for our relay, in memory and on disk.
    ///
    /// # Errors
    /// A server or a member failed.
    pub async fn run(&self, setup: &Setup, table: &mut Table) -> Result<(), Fault> {
        let (mut first, mut all, mut cpu) = (Vec::new(), Vec::new(), Vec::new());
        for entrant in setup.ours() {
            let server = setup.start(entrant, Keeping::Nothing)?;
            let room = Arc::new(Room::prepare(&server, 0, AUTHORS + 1).await?);
            self.fill(&server, &room).await?;
            let mut returns = Vec::new();
            for _ in 0..self.rounds {
                returns.push(self.come_back(&server, &room).await?);
            }
            let best =
                |of: fn(&Return) -> Duration| least(returns.iter().map(of).map(|time| time.as_secs_f64()));
            first.push((entrant, best(|back| back.first) * 1e3));
            all.push((entrant, self.envelopes as f64 / best(|back| back.all)));
            cpu.push((entrant, best(|back| back.server) * 1e6 / self.envelopes as f64));
        }
        let what = format!("back to {} envelopes of {} B", self.envelopes, self.bytes);
        table.row(format!("{what}: the first after, ms"), &first);
        table.row(format!("{what}: envelopes/s"), &all);
        table.row(format!("{what}: server's CPU for each, µs"), &cpu);
        Ok(())
    }

    /// Says it all, by many authors who each wait for what they said.
    async fn fill(&self, server: &Server, room: &Arc<Room>) -> Result<(), Fault> {
        let mut authors = JoinSet::new();
        for author in 0..AUTHORS {
            let mut client = room.enter(server, 1 + author, Part::Publishes).await?;
            let count = self.envelopes / AUTHORS + usize::from(author < self.envelopes % AUTHORS);
            let body = Bytes::from(vec![0x5A; self.bytes]);
            authors.spawn(async move { speak(&mut client, &body, count).await });
        }
        while let Some(done) = authors.join_next().await {
            done.map_err(|error| Fault::Setup(format!("an author's task failed: {error}")))??;
        }
        Ok(())
    }

    async fn come_back(&self, server: &Server, room: &Room) -> Result<Return, Fault> {
        let (begun, used) = (Instant::now(), server.cpu()?);
        let mut member = room.member(server, 0).await?;
        member.subscribe_behind(Seq::ZERO).await?;
        // And the commit that let the authors in.
        let (mut first, expected) = (None, self.envelopes + 1);
        for _ in 0..expected {
            let Event::Message(_) = member.next().await? else {
                return Err(Fault::OutOfTurn("an acknowledgement for who said nothing"));
            };
            first.get_or_insert_with(|| begun.elapsed());
        }
        let (all, server) = (begun.elapsed(), (server.cpu()? - used).ticks);
        Ok(Return { first: first.unwrap_or_default(), all, server })
    }
}

/// What one return came to.
struct Return {
    first: Duration,
    all: Duration,
    server: Duration,
}

async fn speak(client: &mut Client, body: &Bytes, count: usize) -> Result<(), Fault> {
    let (mut sent, mut acknowledged) = (0, 0);
    while acknowledged < count {
        while sent < count && client.may_feed() {
            client.feed(body).await?;
            sent += 1;
        }
        client.flush().await?;
        if let Event::Acked(_) = client.next().await? {
            acknowledged += 1;
        }
    }
    Ok(())
}

const AUTHORS: usize = 16;
