//! The engine as a face holds it.

use std::sync::Arc;

use crate::command::Command;
use crate::event::Event;
use crate::history::History;

/// What an engine is started with.
pub struct Config {
    /// Where timelines and drafts are kept.
    pub history: Arc<dyn History>,
    /// Whether multicast DNS may be used at all.
    pub discovery: bool,
}

/// A running engine: its connections live on a thread of their own.
pub struct Engine {
    history: Arc<dyn History>,
}

impl Engine {
    /// Starts an engine. `on_event` is called on the engine's own thread and must not block.
    pub fn start(config: Config, on_event: impl FnMut(Event) + Send + 'static) -> Result<Self, StartError> {
        let _ = (on_event, config.discovery);
        Ok(Self { history: config.history })
    }

    /// Gives the engine something to do. Never blocks; the answer comes as events.
    pub fn send(&self, command: Command) {
        let _ = command;
    }

    /// The history that the engine writes to.
    pub fn history(&self) -> &Arc<dyn History> {
        &self.history
    }

    /// Leaves every room, sending what is pending for a bounded time, and ends.
    pub fn shutdown(self) {}
}

/// Why the engine could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The system gave no thread or no event queue.
    #[error("the system gave no thread for connections")]
    Runtime(#[from] std::io::Error),
}
