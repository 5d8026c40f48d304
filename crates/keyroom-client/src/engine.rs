//! The engine as a face holds it.

mod events;
mod hub;

use std::sync::Arc;
use std::sync::mpsc as blocking;
use std::thread;
use std::time::Duration;

use tokio::sync::mpsc;

pub use self::events::Events;
use self::hub::Hub;
use crate::command::{Command, HostOptions, JoinOptions, RoomId};
use crate::event::Event;
use crate::history::{History, MemoryHistory};
use crate::net::Sink;
use crate::profile::{ProfileHistory, SharedProfile};

/// What an engine is started with.
pub struct Config {
    /// Where timelines and drafts are kept.
    pub history: Arc<dyn History>,
    /// What sealed rooms are kept in; it must be the one that `history` reads. `None`: there are no sealed rooms.
    pub profile: Option<Arc<ProfileHistory>>,
    /// Whether multicast DNS may be used at all.
    pub discovery: bool,
}

impl Config {
    /// Keeps everything in memory and leaves multicast DNS alone: for bots and tests.
    pub fn in_memory() -> Self {
        Self { history: Arc::new(MemoryHistory::new()), profile: None, discovery: false }
    }

    /// Keeps sealed rooms in `profile`.
    pub fn with_profile(profile: SharedProfile, discovery: bool) -> Self {
        let history = Arc::new(ProfileHistory::new(profile));
        Self { history: history.clone(), profile: Some(history), discovery }
    }
}

/// A running engine: its connections live on a thread of their own.
///
/// Dropping it leaves every room, as [`Engine::shutdown`] does, but does not wait for that.
pub struct Engine {
    history: Arc<dyn History>,
    commands: mpsc::UnboundedSender<Command>,
    ended: blocking::Receiver<()>,
}

impl Engine {
    /// Starts an engine. `on_event` is called on the engine's own thread and must not block.
    ///
    /// # Errors
    /// [`StartError::Runtime`] when the system gives no thread or no event queue.
    pub fn start(config: Config, on_event: impl FnMut(Event) + Send + 'static) -> Result<Self, StartError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (commands, queue) = mpsc::unbounded_channel();
        let (end, ended) = blocking::channel();
        let hub = Hub::new(config.history.clone(), config.profile, Sink::new(on_event), config.discovery);
        thread::Builder::new().name("keyroom-engine".to_owned()).spawn(move || {
            runtime.block_on(hub.run(queue));
            // A name that is still being looked up must not keep anybody waiting.
            runtime.shutdown_background();
            let _ = end.send(());
        })?;
        Ok(Self { history: config.history, commands, ended })
    }

    /// Starts an engine whose events wait until they are asked for. They wait without a bound: whoever asks for them
    /// must go on asking, or drop them.
    ///
    /// # Errors
    /// As [`Engine::start`].
    pub fn start_with_events(config: Config) -> Result<(Self, Events), StartError> {
        let (to, events) = blocking::channel();
        let history = config.history.clone();
        let engine = Self::start(config, move |event| {
            // Whoever dropped the other end does not want events.
            let _ = to.send(event);
        })?;
        Ok((engine, Events::new(events, history)))
    }

    /// Gives the engine something to do. Never blocks; the answer comes as events.
    pub fn send(&self, command: Command) {
        // The engine's thread takes commands for as long as this end exists.
        let _ = self.commands.send(command);
    }

    /// Opens a room; its first event is [`RoomEvent::Opened`](crate::RoomEvent::Opened).
    pub fn host(&self, options: HostOptions) -> RoomId {
        let room = RoomId::fresh();
        self.send(Command::Host { room, options });
        room
    }

    /// Enters a room; its first event says that it connects.
    pub fn join(&self, options: JoinOptions) -> RoomId {
        let room = RoomId::fresh();
        self.send(Command::Join { room, options });
        room
    }

    /// Says something in a room, in one message.
    pub fn say(&self, room: RoomId, text: impl Into<String>) {
        self.send(Command::Send { room, text: text.into(), split: None });
    }

    /// The history that the engine writes to.
    pub fn history(&self) -> &Arc<dyn History> {
        &self.history
    }

    /// Leaves every room, sending what is pending for a bounded time, and ends.
    pub fn shutdown(self) {
        let Self { commands, ended, .. } = self;
        drop(commands);
        // It ends by itself well within this time; whoever closes a window must not wait for a bug.
        let _ = ended.recv_timeout(LONGEST_END);
    }
}

/// Why the engine could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The system gave no thread or no event queue.
    #[error("the system gave no thread for connections")]
    Runtime(#[from] std::io::Error),
}

/// Longer than leaving a room may take.
const LONGEST_END: Duration = Duration::from_secs(35);
