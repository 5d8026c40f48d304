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
    /// Members that send while it runs flat out; one sends at a steady rate
    #[arg(long, default_value_t = 16)]
    pub authors: usize,
    /// Bytes of a message, one run for each
    #[arg(long, value_delimiter = ',', default_values_t = [200, 2_000])]
    pub bytes: Vec<usize>,
    /// Messages in a second at a steady rate, one stretch for each
    #[arg(long, value_delimiter = ',', default_values_t = [400, 2_000])]
    pub rate: Vec<u32>,
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
            crowds.push((*entrant, Some(crowd), vec![Vec::new(); self.rate.len()], Vec::new()));
        }
        let time = Duration::from_secs(self.seconds);
        let what = format!("1 to {}, {bytes} B", self.listeners);
        for _ in 0..self.rounds {
            for (entrant, crowd, steady, flat_out) in &mut crowds {
                for (rate, steady) in self.rate.iter().zip(steady) {
                    let Some(running) = crowd else { break };
                    let ran = running.paced(Pace { rate: *rate, time, bytes }).await;
                    keep(ran, steady, (*entrant, crowd), &format!("{what}, {rate} messages/s"), table)?;
                }
                let Some(running) = crowd else { continue };
                let ran = running.flat_out(time, bytes).await;
                keep(ran, flat_out, (*entrant, crowd), &format!("{what}, flat out"), table)?;
            }
        }
        for (at, rate) in self.rate.iter().enumerate() {
            let ran = who_ran(crowds.iter().map(|(entrant, _, steady, _)| (*entrant, &steady[at][..])));
            costs(&format!("{what}, {rate} messages/s"), &ran, table);
        }
        let what = format!("{what}, flat out, {} authors", self.authors);
        let ran = who_ran(crowds.iter().map(|(entrant, _, _, flat_out)| (*entrant, &flat_out[..])));
        let speeds: Vec<_> =
            ran.iter().map(|(entrant, ran)| (*entrant, most(ran.iter().map(Ran::per_second)))).collect();
        table.row(format!("{what}: deliveries/s"), &speeds);
        costs(&what, &ran, table);
        Ok(())
    }
}

/// Keeps what came of a stretch. A server that did not deliver in time all that it had taken drops out, since it has still to work
/// that off, and the others go on.
fn keep(
    ran: Result<Ran, Fault>,
    into: &mut Vec<Ran>,
    (entrant, crowd): (Entrant, &mut Option<Crowd>),
    what: &str,
    table: &mut Table,
) -> Result<(), Fault> {
    match ran {
        Ok(ran) => into.push(ran),
        Err(Fault::Late(_)) => {
            table.note(format!(
                "{} fell behind at {what}, and took no further part in that size.",
                entrant.name()
            ));
            *crowd = None;
        }
        Err(fault) => return Err(fault),
    }
    Ok(())
}

/// Those who ran at all.
fn who_ran<'a>(all: impl Iterator<Item = (Entrant, &'a [Ran])>) -> Vec<(Entrant, &'a [Ran])> {
    all.filter(|(_, ran)| !ran.is_empty()).collect()
}

/// Two rows: what a delivery cost the server, and what it cost its clients.
fn costs(what: &str, ran: &[(Entrant, &[Ran])], table: &mut Table) {
    let row = |of: fn(&Ran) -> Duration| -> Vec<_> {
        let cost = |ran: &Ran| ran.micros_each(of(ran));
        ran.iter().map(|(entrant, ran)| (*entrant, least(ran.iter().map(cost)))).collect()
    };
    table.row(format!("{what}: server's CPU for a delivery, µs"), &row(|ran| ran.server.ticks));
    table.row(format!("{what}: clients' CPU for a delivery, µs"), &row(|ran| ran.clients.ticks));
}
