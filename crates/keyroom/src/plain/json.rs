//! JSON Lines for scripts: one object per event on standard output (design section 5).

use std::io::{self, Write};
use std::time::SystemTime;

use keyroom_client::{Knock, MessageState};
use keyroom_types::{Address, Invite, Label};
use serde::Serialize;
use zeroize::Zeroizing;

use super::face::{Face, MemberChange, Said};
use crate::failure::Failure;

/// One line of output. `seq` is null in a Fernet room, whose wire gives messages no numbers; `to` in a sealed room, whose
/// relay has it.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Event<'a> {
    Key { key: &'a str },
    Address { address: &'a str },
    Invite { invite: &'a str },
    Joined { room: &'a str },
    Member { room: &'a str, member: &'a str, change: &'a str, reason: Option<&'a str> },
    Knock { room: &'a str, name: &'a str, code: &'a str, id: &'a str, at: &'a str },
    Message { id: &'a str, room: &'a str, from: &'a str, text: &'a str, at: &'a str, seq: Option<u64> },
    Edited { id: &'a str, room: &'a str, from: &'a str, text: &'a str, at: &'a str, seq: Option<u64> },
    Deleted { id: &'a str, room: &'a str, from: &'a str, at: &'a str, seq: Option<u64> },
    Sent { id: &'a str, room: &'a str, text: &'a str, at: &'a str, seq: Option<u64>, to: Option<usize> },
    Left { room: &'a str },
    Warning { room: &'a str, kind: &'a str, text: &'a str },
    Error { kind: &'a str, text: &'a str },
}

/// The JSON face of this process's standard output.
pub(crate) struct JsonFace {
    out: io::Stdout,
}

impl JsonFace {
    pub(crate) fn new() -> Self {
        Self { out: io::stdout() }
    }

    fn write(&mut self, event: &Event<'_>) -> io::Result<()> {
        let mut line = Zeroizing::new(serde_json::to_vec(event)?);
        line.push(b'\n');
        self.out.write_all(&line)?;
        self.out.flush()
    }
}

impl Face for JsonFace {
    fn opened(&mut self, invite: &Invite, addresses: &[Address]) -> io::Result<()> {
        self.write(&Event::Key { key: &invite.key().show() })?;
        for address in addresses {
            self.write(&Event::Address { address: &address.to_string() })?;
        }
        self.invite(invite)
    }

    fn invite(&mut self, invite: &Invite) -> io::Result<()> {
        self.write(&Event::Invite { invite: &invite.show() })
    }

    fn joined(&mut self, room: &Label) -> io::Result<()> {
        self.write(&Event::Joined { room: room.as_str() })
    }

    fn member(&mut self, room: &Label, label: &str, change: &MemberChange) -> io::Result<()> {
        let (change, reason) = match change {
            MemberChange::Joined => ("joined", None),
            MemberChange::Left => ("left", None),
            MemberChange::Reentered => ("reentered", None),
            MemberChange::Dropped(why) => ("disconnected", Some(why.as_str())),
            MemberChange::Removed(by) => ("removed", Some(by.as_str())),
        };
        self.write(&Event::Member { room: room.as_str(), member: label, change, reason })
    }

    fn knock(&mut self, room: &Label, knock: &Knock) -> io::Result<()> {
        let (code, id, at) = (knock.code.to_string(), knock.id.to_string(), rfc3339(knock.at));
        let name = knock.name.as_str();
        self.write(&Event::Knock { room: room.as_str(), name, code: &code, id: &id, at: &at })
    }

    fn message(&mut self, room: &Label, said: &Said<'_>) -> io::Result<()> {
        let at = rfc3339(said.at);
        let Said { id, from, text, seq, .. } = said;
        self.write(&Event::Message { id, room: room.as_str(), from, text, at: &at, seq: *seq })
    }

    fn changed(&mut self, room: &Label, said: &Said<'_>, gone: bool) -> io::Result<()> {
        let (room, at) = (room.as_str(), rfc3339(said.at));
        let Said { id, from, text, seq, .. } = said;
        self.write(&if gone {
            Event::Deleted { id, room, from, at: &at, seq: *seq }
        } else {
            Event::Edited { id, room, from, text, at: &at, seq: *seq }
        })
    }

    fn sent(&mut self, room: &Label, said: &Said<'_>, to: Option<usize>) -> io::Result<()> {
        let at = rfc3339(said.at);
        self.write(&Event::Sent {
            id: &said.id,
            room: room.as_str(),
            text: said.text,
            at: &at,
            seq: said.seq,
            to,
        })
    }

    fn state(&mut self, _said: &Said<'_>, _state: MessageState) -> io::Result<()> {
        Ok(())
    }

    fn warning(&mut self, room: &Label, kind: &'static str, text: &str) -> io::Result<()> {
        self.write(&Event::Warning { room: room.as_str(), kind, text })
    }

    fn left(&mut self, room: &Label) -> io::Result<()> {
        self.write(&Event::Left { room: room.as_str() })
    }

    fn error(&mut self, failure: &Failure) -> io::Result<()> {
        self.write(&Event::Error { kind: failure.kind(), text: &failure.to_string() })
    }
}

/// A time of this computer's clock in UTC, RFC 3339, to the millisecond.
pub(crate) fn rfc3339(at: SystemTime) -> String {
    jiff::Timestamp::try_from(at).map_or_else(|_| String::new(), |at| format!("{at:.3}"))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn times_are_rfc_3339_in_utc() {
        assert_eq!(
            rfc3339(UNIX_EPOCH + Duration::from_millis(1_762_000_000_123)),
            "2025-11-01T12:26:40.123Z"
        );
    }
}
