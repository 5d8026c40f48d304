//! How a plain session is shown: in lines for people, or in JSON Lines for scripts.

use std::io;
use std::time::SystemTime;

use keyroom_client::{Knock, MessageState};
use keyroom_types::{Address, Invite, Label};

use crate::failure::Failure;

/// How a plain session shows what happens. Every call writes whole lines and flushes them.
pub(crate) trait Face {
    /// The room is open: its key, addresses and invite, before anything else.
    fn opened(&mut self, invite: &Invite, addresses: &[Address]) -> io::Result<()>;
    /// Others come in with another invite from now on.
    fn invite(&mut self, invite: &Invite) -> io::Result<()>;
    /// The room was entered, or the host was reached for the first time.
    fn joined(&mut self, room: &Label) -> io::Result<()>;
    /// Somebody came, left, or was disconnected.
    fn member(&mut self, room: &Label, label: &str, change: &MemberChange) -> io::Result<()>;
    /// Somebody asks to be let in.
    fn knock(&mut self, room: &Label, knock: &Knock) -> io::Result<()>;
    /// Somebody said something.
    fn message(&mut self, room: &Label, said: &Said<'_>) -> io::Result<()>;
    /// Somebody gave a message another text, or took it back: then it has none any more.
    fn changed(&mut self, room: &Label, said: &Said<'_>, gone: bool) -> io::Result<()>;
    /// An own message was sent: in a Fernet room to this many.
    fn sent(&mut self, room: &Label, said: &Said<'_>, to: Option<usize>) -> io::Result<()>;
    /// An own message came further; only for a person who wants to know more.
    fn state(&mut self, said: &Said<'_>, state: MessageState) -> io::Result<()>;
    /// Something a person should know. `kind` is stable, `text` is a sentence.
    fn warning(&mut self, room: &Label, kind: &'static str, text: &str) -> io::Result<()>;
    /// The room was left.
    fn left(&mut self, room: &Label) -> io::Result<()>;
    /// The command ends without having done all it was asked.
    fn error(&mut self, failure: &Failure) -> io::Result<()>;
}

/// What was said, and by whom.
pub(crate) struct Said<'a> {
    pub(crate) id: String,
    pub(crate) from: &'a str,
    pub(crate) text: &'a str,
    pub(crate) at: SystemTime,
    /// Its place in the log of a sealed room.
    pub(crate) seq: Option<u64>,
}

/// What became of somebody.
pub(crate) enum MemberChange {
    Joined,
    /// Came in again, having lost what it had.
    Reentered,
    Left,
    Dropped(String),
    /// Was taken out, by this member.
    Removed(String),
}
