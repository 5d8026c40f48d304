//! Lines for people: what was said on standard output, everything else on standard error.

use std::io::{self, IsTerminal as _, Write};

use keyroom_client::Opened;
use keyroom_types::{Label, text};

use super::session::{Face, MemberChange, Said};
use crate::failure::Failure;

/// The line face of this process's standard streams.
pub(crate) struct LineFace {
    out: io::Stdout,
    aside: io::Stderr,
}

impl LineFace {
    pub(crate) fn new() -> Self {
        Self { out: io::stdout(), aside: io::stderr() }
    }

    fn say(&mut self, line: &str) -> io::Result<()> {
        // One write for the whole line, so that two programs on one terminal do not mix theirs.
        self.out.write_all(format!("{line}\n").as_bytes())?;
        self.out.flush()
    }

    /// Something that only a person at a terminal needs to be told.
    fn hint(&mut self, line: &str) -> io::Result<()> {
        if io::stdin().is_terminal() { self.aside(line) } else { Ok(()) }
    }

    fn aside(&mut self, line: &str) -> io::Result<()> {
        self.aside.write_all(format!("· {line}\n").as_bytes())
    }
}

impl Face for LineFace {
    fn opened(&mut self, opened: &Opened) -> io::Result<()> {
        let mut lines = zeroize::Zeroizing::new(String::with_capacity(8 * 1024));
        lines.push_str("key: ");
        lines.push_str(&opened.invite.key().show());
        for address in &opened.addresses {
            lines.push_str(&format!("\naddress: {address}"));
        }
        lines.push_str("\ninvite: ");
        lines.push_str(&opened.invite.show());
        self.say(&lines)?;
        self.hint("Waiting for guests. A line you type is a message; Ctrl-D or Ctrl-C closes the room.")
    }

    fn joined(&mut self, room: &Label) -> io::Result<()> {
        self.say(&format!("joined: {}", text::one_line(room.as_str())))?;
        self.hint("A line you type is a message; Ctrl-D or Ctrl-C leaves.")
    }

    fn member(&mut self, _room: &Label, label: &str, change: &MemberChange) -> io::Result<()> {
        let label = text::one_line(label);
        match change {
            MemberChange::Joined => self.aside(&format!("{label} came in.")),
            MemberChange::Left => self.aside(&format!("{label} left.")),
            MemberChange::Dropped(why) => self.aside(&format!("{label} was disconnected: {why}.")),
        }
    }

    fn message(&mut self, _room: &Label, said: &Said<'_>) -> io::Result<()> {
        self.say(&format!("{}: {}", text::one_line(said.from), text::one_line(said.text)))
    }

    fn sent(&mut self, _room: &Label, _said: &Said<'_>, _to: usize) -> io::Result<()> {
        Ok(())
    }

    fn warning(&mut self, _room: &Label, _kind: &'static str, text: &str) -> io::Result<()> {
        self.aside(&text::one_line(text))
    }

    fn left(&mut self, _room: &Label) -> io::Result<()> {
        Ok(())
    }

    fn error(&mut self, _failure: &Failure) -> io::Result<()> {
        // The caller prints it with the exit code.
        Ok(())
    }
}
