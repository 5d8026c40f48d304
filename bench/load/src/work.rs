//! The workloads. Each runs all entrants in turns and adds rows to the table.

mod catch_up;
mod durable;
mod fanout;
mod idle;
mod ping;
mod rooms;
mod storm;

use std::path::PathBuf;

pub use catch_up::CatchUp;
pub use durable::Durable;
pub use fanout::Fanout;
pub use idle::Idle;
pub use ping::Ping;
pub use rooms::Rooms;
pub use storm::Storm;

use crate::{Entrant, Fault, Keeping, Server};

/// Who takes part, and where their files go.
pub struct Setup {
    /// Our program.
    pub keyroom: PathBuf,
    /// The peers', by who they are.
    pub peers: Vec<(Entrant, PathBuf)>,
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
        let program = || {
            let peer = self.peers.iter().find(|(peer, _)| *peer == entrant);
            peer.map(|(_, program)| program.as_path())
                .ok_or_else(|| Fault::Setup(format!("{} is not in the path", entrant.program())))
        };
        match entrant {
            Entrant::Memory | Entrant::Disk => Server::keyroom(&self.keyroom, entrant, &self.dir),
            Entrant::Nats => Server::nats(program()?, keeping, &self.dir),
            Entrant::Mosquitto => Server::mosquitto(program()?, &self.dir),
            Entrant::Ejabberd => Server::ejabberd(program()?, &self.dir),
        }
    }
}

impl Setup {
    /// Those of the entrants that are ours.
    fn ours(&self) -> impl Iterator<Item = Entrant> {
        self.entrants.iter().copied().filter(|entrant| entrant.is_ours())
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
