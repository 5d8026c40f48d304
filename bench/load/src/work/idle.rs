//! What a member costs who is there and does nothing.

use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::Setup;
use crate::crowd::{Tally, enter_all, listen, prepare_all};
use crate::{Fault, Keeping, Memory, Part, Server, Table, raise_open_files};

/// Memory of the server for each idle member
#[derive(Args, Clone, Copy, Debug)]
pub struct Idle {
    /// Members, joined and subscribed
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub members: u64,
    /// Members of one room
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..=200))]
    pub room: u64,
}

impl Idle {
    /// Runs it for all entrants.
    ///
    /// # Errors
    /// A server or a member failed.
    pub async fn run(&self, setup: &Setup, table: &mut Table) -> Result<(), Fault> {
        raise_open_files(self.members + 1_000)?;
        let (mut pss, mut private) = (Vec::new(), Vec::new());
        for entrant in &setup.entrants {
            let server = setup.start(*entrant, Keeping::Nothing)?;
            let before = settled(&server).await?;
            let after = self.after(&server).await?;
            let each = |before: u64, after: u64| after.saturating_sub(before) as f64 / self.joined() as f64;
            pss.push((*entrant, each(before.pss, after.pss)));
            private.push((*entrant, each(before.private, after.private)));
        }
        let what = format!("{} idle members in rooms of {}", self.joined(), self.room);
        table.row(format!("{what}: PSS each, KiB"), &pss);
        table.row(format!("{what}: private memory each, KiB"), &private);
        Ok(())
    }

    fn joined(&self) -> u64 {
        self.members.div_ceil(self.room) * self.room
    }

    /// The server's memory when all members are there.
    async fn after(&self, server: &Server) -> Result<Memory, Fault> {
        let room = usize::try_from(self.room).unwrap_or(usize::MAX);
        let rooms = usize::try_from(self.members.div_ceil(self.room)).unwrap_or(usize::MAX);
        let rooms = prepare_all(server, rooms, room).await?;
        let tally = Arc::new(Tally::new(self.members, 0, false));
        let mut members = JoinSet::new();
        for client in enter_all(server, &rooms, room, Part::Listens).await? {
            members.spawn(listen(client, Arc::clone(&tally)));
        }
        let memory = settled(server).await?;
        tally.check()?;
        Ok(memory)
    }
}

/// The server's memory, once it has not moved by more than [`MOVES`] for [`STILL`] readings.
async fn settled(server: &Server) -> Result<Memory, Fault> {
    let mut first = server.memory()?;
    let mut still = 0;
    for _ in 0..READINGS {
        sleep(BETWEEN).await;
        let now = server.memory()?;
        if now.pss.abs_diff(first.pss) * MOVES > first.pss {
            (first, still) = (now, 0);
        } else {
            still += 1;
        }
        if still == STILL {
            return Ok(now);
        }
    }
    Err(Fault::Late("steady memory"))
}

const BETWEEN: Duration = Duration::from_millis(500);
const STILL: u32 = 8;
/// One part in so many.
const MOVES: u64 = 500;
const READINGS: u32 = 240;
