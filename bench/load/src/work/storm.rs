//! All members of a large room come back at the same moment.

use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tokio::sync::Barrier;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::{Setup, least};
use crate::crowd::enter_all;
use crate::{Client, Fault, Keeping, Part, Room, Samples, Server, Table, raise_open_files};

/// All members of one room lose their connections and come back at once (ours only)
#[derive(Args, Clone, Copy, Debug)]
pub struct Storm {
    /// Members of the room
    #[arg(long, default_value_t = 2_000)]
    pub members: usize,
    /// How often they come back
    #[arg(long, default_value_t = 3)]
    pub rounds: usize,
}

impl Storm {
    /// Runs it for our relay, in memory and on disk.
    ///
    /// # Errors
    /// A server or a member failed.
    pub async fn run(&self, setup: &Setup, table: &mut Table) -> Result<(), Fault> {
        raise_open_files(self.members as u64 * 2 + 1_000)?;
        let (mut all, mut p50, mut cpu) = (Vec::new(), Vec::new(), Vec::new());
        for entrant in setup.ours() {
            let server = Arc::new(setup.start(entrant, Keeping::Nothing)?);
            let room = Arc::new(Room::prepare(&server, 0, self.members).await?);
            let mut clients =
                enter_all(&server, std::slice::from_ref(&*room), self.members, Part::Listens).await?;
            let (mut longest, mut times, mut used) = (Vec::new(), Samples::default(), Vec::new());
            for _ in 0..self.rounds {
                drop(std::mem::take(&mut clients));
                let before = server.cpu()?;
                let back = self.come_back(&server, &room).await?;
                longest.push(back.all.as_secs_f64());
                used.push((server.cpu()? - before).ticks.as_secs_f64());
                times.extend(&back.each);
                clients = back.clients;
            }
            all.push((entrant, least(longest)));
            p50.push((entrant, times.p50().as_secs_f64()));
            cpu.push((entrant, least(used) * 1e6 / self.members as f64));
        }
        let what = format!("{} members of a room come back at once", self.members);
        table.row(format!("{what}: all are there after, s"), &all);
        table.row(format!("{what}: half of them after, s"), &p50);
        table.row(format!("{what}: server's CPU for each, µs"), &cpu);
        Ok(())
    }

    async fn come_back(&self, server: &Arc<Server>, room: &Arc<Room>) -> Result<Back, Fault> {
        let mut coming = JoinSet::new();
        let together = Arc::new(Barrier::new(self.members + 1));
        for member in 0..self.members {
            let (server, room, together) = (Arc::clone(server), Arc::clone(room), Arc::clone(&together));
            coming.spawn(async move {
                together.wait().await;
                let begun = Instant::now();
                let client = room.enter(&server, member, Part::Listens).await?;
                Ok::<_, Fault>((begun.elapsed(), client))
            });
        }
        together.wait().await;
        let begun = Instant::now();
        let (mut times, mut clients) = (Samples::default(), Vec::new());
        while let Some(came) = coming.join_next().await {
            let (time, client): (Duration, Client) =
                came.map_err(|error| Fault::Setup(format!("a member's task failed: {error}")))??;
            times.push(time);
            clients.push(client);
        }
        Ok(Back { all: begun.elapsed(), each: times, clients })
    }
}

/// All members again, how long it took until the last was there, and each for itself.
struct Back {
    all: Duration,
    each: Samples,
    clients: Vec<Client>,
}
