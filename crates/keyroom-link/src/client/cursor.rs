//! Where a link stands in its room's log.

use keyroom_types::{Chain, Digest, Header, Kind, RoomId, Seq, Timestamp};
use keyroom_wire::{Content, Envelope};

use super::RelayFault;

/// The last envelope that was taken, and all that the next one must follow from. The application stores it with what it
/// takes, and begins with it the next time; a newcomer has it from a blob, whose author stood there.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Cursor {
    /// Its place.
    pub seq: Seq,
    /// The chain's value there.
    pub chain: Chain,
    /// Its time.
    pub time: Timestamp,
    /// Newest commit up to there, that place included.
    pub newest_commit: Seq,
}

impl Cursor {
    /// Before the first envelope.
    pub fn start(room: &RoomId) -> Self {
        Self {
            seq: Seq::ZERO,
            chain: Chain::start(room),
            time: Timestamp::default(),
            newest_commit: Seq::ZERO,
        }
    }

    /// Where it stands after `envelope`, if that can be the next one. `before` is the kind of the last one, if known.
    pub(super) fn after(&self, envelope: &Envelope, before: Option<Kind>) -> Result<Self, RelayFault> {
        let Header { seq, time, kind, based_on, .. } = envelope.header;
        if seq != self.seq.next() {
            return Err(RelayFault::Gap { expected: self.seq.next(), got: seq });
        }
        if time < self.time {
            return Err(RelayFault::TimeFell { seq });
        }
        // A relay appends nothing that is based on another commit than the newest: what is in the log can be opened in
        // its order.
        if based_on != self.newest_commit {
            return Err(RelayFault::BasedOn { seq });
        }
        let lonely = kind == Kind::Follower
            && before.is_some_and(|before| !matches!(before, Kind::Commit | Kind::Follower));
        let body = match &envelope.content {
            Content::Body(bytes) => Digest::of(bytes),
            Content::Dropped(_) if kind.is_commit() => return Err(RelayFault::Kind { seq }),
            Content::Dropped(digest) => *digest,
        };
        if lonely {
            return Err(RelayFault::Kind { seq });
        }
        Ok(Self {
            seq,
            chain: self.chain.then(&envelope.header, &body, envelope.blob.as_ref()),
            time,
            newest_commit: if kind.is_commit() { seq } else { self.newest_commit },
        })
    }
}
