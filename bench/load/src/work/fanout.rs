//! One room, many listeners: how many deliveries there are in a second, and what one costs the server.

use std::time::Duration;

use clap::Args;

use super::{Setup, least, most};
use crate::crowd::{Pace, Ran};
use crate::{Crowd, Entrant, Fault, Keeping, Table};

/// Deliveries from one room to many members: speed, and the server's time for each
#[derive(Args, Clone, Debug)]
pub struct Fanout {
    /// Members that listen
    #[arg(long, default_value_t = 50)]
    pub listeners: usize,
    /// Members that send while it runs flat out; one sends at the steady rate
    #[arg(long, default_value_t = 16)]
    pub authors: usize,
    /// Bytes of a message, one run for each
    #[arg(long, value_delimiter = ',', default_values_t = [200, 2_000])]
    pub bytes: Vec<usize>,
    /// Messages in a second at the steady rate
    #[arg(long, default_value_t = 400)]
    pub rate: u32,
    /// Seconds of one stretch
    #[arg(long, default_value_t = 4)]
    pub seconds: u64,
    /// Turns of each entrant
    #[arg(long, default_value_t = 3)]
    pub rounds: usize,
}

impl Fanout {
    /// Runs it for all entrants.
    ///
    /// # Errors
    /// A server or a member failed.
    pub async fn run(&self, setup: &Setup, table: &mut Table) -> Result<(), Fault> {
        for bytes in &self.bytes {
            self.of_size(*bytes, setup, table).await?;
        }
        Ok(())
    }

    async fn of_size(&self, bytes: usize, setup: &Setup, table: &mut Table) -> Result<(), Fault> {
        let mut crowds = Vec::new();
        for entrant in &setup.entrants {
            let server = setup.start(*entrant, Keeping::Nothing)?;
            let crowd = Crowd::gather(server, self.listeners, self.authors, false).await?;
            crowds.push((*entrant, crowd, Vec::new(), Vec::new()));
        }
        let time = Duration::from_secs(self.seconds);
        for _ in 0..self.rounds {
            for (_, crowd, steady, flat_out) in &mut crowds {
                steady.push(crowd.paced(Pace { rate: self.rate, time, bytes }).await?);
                flat_out.push(crowd.flat_out(time, bytes).await?);
            }
        }
        let what = format!("1 to {}, {bytes} B", self.listeners);
        let row = |of: &dyn Fn(&[Ran], &[Ran]) -> f64| -> Vec<(Entrant, f64)> {
            crowds.iter().map(|(entrant, _, steady, flat_out)| (*entrant, of(steady, flat_out))).collect()
        };
        let server = |ran: &Ran| ran.micros_each(ran.server.ticks);
        let clients = |ran: &Ran| ran.micros_each(ran.clients.ticks);
        let steady = format!("{what}, {} messages/s", self.rate);
        table.row(
            format!("{steady}: server's CPU for a delivery, µs"),
            &row(&|steady, _| least(steady.iter().map(server))),
        );
        table.row(
            format!("{steady}: clients' CPU for a delivery, µs"),
            &row(&|steady, _| least(steady.iter().map(clients))),
        );
        let flat = format!("{what}, flat out, {} authors", self.authors);
        table.row(
            format!("{flat}: deliveries/s"),
            &row(&|_, flat_out| most(flat_out.iter().map(Ran::per_second))),
        );
        table.row(
            format!("{flat}: server's CPU for a delivery, µs"),
            &row(&|_, flat_out| least(flat_out.iter().map(server))),
        );
        table.row(
            format!("{flat}: clients' CPU for a delivery, µs"),
            &row(&|_, flat_out| least(flat_out.iter().map(clients))),
        );
        Ok(())
    }
}
