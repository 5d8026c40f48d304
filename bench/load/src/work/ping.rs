//! One member says something: how long until the others have it.

use std::time::Duration;

use clap::Args;

use super::Setup;
use crate::crowd::Pace;
use crate::{Crowd, Fault, Keeping, Samples, Table, fdatasync};

/// Time from sending a message to its receipt
#[derive(Args, Clone, Debug)]
pub struct Ping {
    /// Members that listen, one run for each
    #[arg(long, value_delimiter = ',', default_values_t = [1, 10])]
    pub listeners: Vec<usize>,
    /// Bytes of a message
    #[arg(long, default_value_t = 200)]
    pub bytes: usize,
    /// Messages in a second
    #[arg(long, default_value_t = 200)]
    pub rate: u32,
    /// Seconds of one stretch
    #[arg(long, default_value_t = 2)]
    pub seconds: u64,
    /// Turns of each entrant
    #[arg(long, default_value_t = 5)]
    pub rounds: usize,
}

impl Ping {
    /// Runs it for all entrants.
    ///
    /// # Errors
    /// A server or a member failed.
    pub async fn run(&self, setup: &Setup, table: &mut Table) -> Result<(), Fault> {
        let mut disk = Samples::default();
        for listeners in &self.listeners {
            self.to(*listeners, setup, &mut disk, table).await?;
        }
        table.note(format!(
            "The disk alone, in the same run and at the same pace ({} a second): 256 bytes appended and `fdatasync`: p50 {:.0} µs, \
             p99 {:.0} µs.",
            self.rate,
            disk.p50().as_secs_f64() * 1e6,
            disk.p99().as_secs_f64() * 1e6,
        ));
        Ok(())
    }

    async fn to(
        &self,
        listeners: usize,
        setup: &Setup,
        disk: &mut Samples,
        table: &mut Table,
    ) -> Result<(), Fault> {
        let mut crowds = Vec::new();
        for entrant in &setup.entrants {
            let server = setup.start(*entrant, Keeping::Nothing)?;
            let mut crowd = Crowd::gather(server, listeners, 1, true).await?;
            crowd.paced(Pace { rate: self.rate, time: WARM_UP, bytes: self.bytes }).await?;
            crowd.times();
            crowds.push((*entrant, crowd, Samples::default()));
        }
        let pace = Pace { rate: self.rate, time: Duration::from_secs(self.seconds), bytes: self.bytes };
        for _ in 0..self.rounds {
            disk.extend(&fdatasync(&setup.dir, PROBE, Duration::from_secs(1) / self.rate.max(1))?);
            for (_, crowd, times) in &mut crowds {
                crowd.paced(pace).await?;
                times.extend(&crowd.times());
            }
        }
        let what = format!("1 to {listeners}, {} B, {} messages/s: send to receipt", self.bytes, self.rate);
        for (name, per_mille) in [("p50", 500), ("p99", 990)] {
            let figures: Vec<_> = crowds
                .iter_mut()
                .map(|(entrant, _, times)| (*entrant, times.per_mille(per_mille).as_secs_f64() * 1e6))
                .collect();
            table.row(format!("{what}, {name}, µs"), &figures);
        }
        Ok(())
    }
}

const WARM_UP: Duration = Duration::from_millis(500);
const PROBE: Duration = Duration::from_secs(1);
