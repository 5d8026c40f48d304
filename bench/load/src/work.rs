//! The workloads. Each runs all entrants in turns and adds rows to the table.

mod durable;
mod fanout;
mod idle;
mod ping;

use std::path::PathBuf;

pub use durable::Durable;
pub use fanout::Fanout;
pub use idle::Idle;
pub use ping::Ping;

use crate::{Entrant, Fault, Keeping, Server};

/// Who takes part, and where their files go.
pub struct Setup {
    /// Our program.
    pub keyroom: PathBuf,
    /// The peer's.
    pub nats: PathBuf,
    /// Where servers keep their files.
    pub dir: PathBuf,
    /// Who takes part.
    pub entrants: Vec<Entrant>,
}

impl Setup {
    /// Starts a server.
    ///
    /// # Errors
    /// It does not start.
    pub fn start(&self, entrant: Entrant, keeping: Keeping) -> Result<Server, Fault> {
        match entrant {
            Entrant::Memory | Entrant::Disk => Server::keyroom(&self.keyroom, entrant, &self.dir),
            Entrant::Nats => Server::nats(&self.nats, keeping, &self.dir),
        }
    }
}

/// The least of several rounds; the others were slowed by something else.
fn least(figures: impl IntoIterator<Item = f64>) -> f64 {
    figures.into_iter().fold(f64::INFINITY, f64::min)
}

/// The most of several rounds.
fn most(figures: impl IntoIterator<Item = f64>) -> f64 {
    figures.into_iter().fold(0.0, f64::max)
}
