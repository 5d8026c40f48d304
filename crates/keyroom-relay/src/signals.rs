//! What a process is asked for by signals: to end, or to read its files again.

use std::io;
#[cfg(unix)]
use std::io::IsTerminal as _;

/// What was asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Asked {
    /// SIGINT or SIGTERM; the end of the terminal.
    End,
    /// SIGHUP.
    Reload,
}

/// Signals that come from now on; none of them ends the process by itself any more.
#[cfg(unix)]
pub(crate) struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hangup: tokio::signal::unix::Signal,
    /// Started from a terminal, a relay ends with it.
    has_terminal: bool,
}

#[cfg(unix)]
impl Signals {
    pub(crate) fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
            has_terminal: io::stdin().is_terminal(),
        })
    }

    /// The next one.
    pub(crate) async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.interrupt.recv() => Asked::End,
            _ = self.terminate.recv() => Asked::End,
            _ = self.hangup.recv() => if self.has_terminal { Asked::End } else { Asked::Reload },
        }
    }
}

/// Ctrl-C: other systems know no more.
#[cfg(not(unix))]
pub(crate) struct Signals;

#[cfg(not(unix))]
impl Signals {
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self)
    }

    /// The next one.
    pub(crate) async fn next(&mut self) -> Asked {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Asked::End
    }
}

impl Signals {
    /// Waits until the end is asked for.
    pub(crate) async fn end(&mut self) {
        while self.next().await != Asked::End {}
    }
}
