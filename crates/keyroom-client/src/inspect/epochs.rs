//! When a room's keys changed, and why.

use keyroom_history::EpochNote;
use keyroom_mls::{Changes, Member};
use keyroom_types::{Header, IdentityKey, Kind};

use super::capture::Author;
use super::step::hex;

/// One change of a room's keys.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EpochChange {
    /// Its place in the room's log.
    pub seq: u64,
    /// When, in milliseconds since 1970, by the relay's clock.
    pub at_ms: u64,
    /// The epoch that it began.
    pub epoch: u64,
    /// Who did it.
    pub by: Option<Author>,
    /// Whether somebody entered by a door; else a member did it.
    pub is_entry: bool,
    /// Who came.
    pub joined: Vec<Author>,
    /// Who is gone.
    pub removed: Vec<Author>,
    /// Whether the room's rules changed: name, admins, doors.
    pub rules: bool,
}

impl EpochChange {
    /// What the profile keeps of a change.
    pub(crate) fn note(header: &Header, changes: &Changes) -> EpochNote {
        let mut said = line("by", &changes.by);
        said.extend(changes.joined.iter().map(|member| line("joined", member)));
        said.extend(changes.removed.iter().map(|member| line("removed", member)));
        if header.kind == Kind::Join {
            said.push_str("entry\n");
        }
        if changes.policy.is_some() {
            said.push_str("rules\n");
        }
        EpochNote { seq: header.seq, at: header.time, epoch: changes.epoch, said: said.into_bytes() }
    }

    /// What it keeps of our own entry.
    pub(crate) fn entry(header: &Header, me: &Member, epoch: u64) -> EpochNote {
        let said = line("by", me) + &line("joined", me) + "entry\n";
        EpochNote { seq: header.seq, at: header.time, epoch, said: said.into_bytes() }
    }

    /// The same, as it is shown. A line that this version does not know is passed over.
    pub(crate) fn of(note: &EpochNote) -> Self {
        let mut change = Self {
            seq: note.seq.get(),
            at_ms: note.at.as_millis(),
            epoch: note.epoch,
            by: None,
            is_entry: false,
            joined: Vec::new(),
            removed: Vec::new(),
            rules: false,
        };
        for line in std::str::from_utf8(&note.said).unwrap_or_default().lines() {
            let mut words = line.split(' ');
            let name = words.next();
            let mut member = || {
                Some(Author {
                    leaf: words.next()?.parse().ok()?,
                    identity: IdentityKey::from_slice(&unhex(words.next()?)?)?,
                    name: String::from_utf8(unhex(words.next()?)?).ok()?,
                })
            };
            match name {
                Some("by") => change.by = member(),
                Some("joined") => change.joined.extend(member()),
                Some("removed") => change.removed.extend(member()),
                Some("entry") => change.is_entry = true,
                Some("rules") => change.rules = true,
                _ => {}
            }
        }
        change
    }
}

fn line(name: &str, member: &Member) -> String {
    let (identity, called) = (hex(member.identity.as_bytes()), hex(member.name.as_bytes()));
    format!("{name} {} {identity} {called}\n", member.leaf)
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    digits.chunks(2).map(|pair| Some(digit(&pair[0])? << 4 | digit(&pair[1])?)).collect()
}
