//! Lines for people: what was said on standard output, everything else on standard error.

use std::io::{self, IsTerminal as _, Write};

use keyroom_client::{Knock, MessageState};
use keyroom_types::{Address, Invite, Label, text};

use super::face::{Face, MemberChange, Said};
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
    fn opened(&mut self, invite: &Invite, addresses: &[Address]) -> io::Result<()> {
        let mut lines = zeroize::Zeroizing::new(String::with_capacity(8 * 1024));
        lines.push_str("key: ");
        lines.push_str(&invite.key().show());
        for address in addresses {
            lines.push_str(&format!("\naddress: {address}"));
        }
        lines.push_str("\ninvite: ");
        lines.push_str(&invite.show());
        self.say(&lines)?;
        self.hint("Waiting for guests. A line you type is a message; Ctrl-D or Ctrl-C leaves.")
    }

    fn invite(&mut self, invite: &Invite) -> io::Result<()> {
        let mut line = zeroize::Zeroizing::new(String::with_capacity(8 * 1024));
        line.push_str("invite: ");
        line.push_str(&invite.show());
        self.say(&line)
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
            MemberChange::Reentered => {
                self.aside(&format!("{label} came in again, having lost what it had of the room."))
            }
            MemberChange::Removed(by) => {
                self.aside(&format!("{label} was removed by {}.", text::one_line(by)))
            }
            MemberChange::Dropped(why) => self.aside(&format!("{label} was disconnected: {why}.")),
        }
    }

    fn knock(&mut self, _room: &Label, knock: &Knock) -> io::Result<()> {
        let (name, code) = (text::one_line(knock.name.as_str()), knock.code);
        self.aside(&format!(
            "{name} asks to be let in; its code is {code}. Compare it, then: /admit {name}, or /decline {name}."
        ))
    }

    fn message(&mut self, _room: &Label, said: &Said<'_>) -> io::Result<()> {
        self.say(&format!("{}: {}", text::one_line(said.from), text::one_line(said.text)))
    }

    fn changed(&mut self, _room: &Label, said: &Said<'_>, gone: bool) -> io::Result<()> {
        let from = text::one_line(said.from);
        match gone {
            true => self.aside(&format!("{from} took a message back.")),
            false => self.aside(&format!("{from} changed a message: {}", text::one_line(said.text))),
        }
    }

    fn sent(&mut self, _room: &Label, _said: &Said<'_>, _to: Option<usize>) -> io::Result<()> {
        Ok(())
    }

    fn state(&mut self, said: &Said<'_>, state: MessageState) -> io::Result<()> {
        let state = match state {
            MessageState::Sent { .. } => "is on its way",
            MessageState::Stored => "is stored",
            MessageState::Delivered => "was delivered",
            _ => return Ok(()),
        };
        let place = said.seq.map_or_else(String::new, |seq| format!(" {seq}"));
        self.aside(&format!("Message{place} {state}."))
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
