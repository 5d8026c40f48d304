//! How a link moves on in its room's log.

use keyroom_types::{Cursor, Digest, Header, Kind};
use keyroom_wire::{Content, Envelope};

use super::RelayFault;

/// Where `cursor` stands after `envelope`, if that can be the next one. `before` is the kind of the last one, if known.
pub(super) fn after(
    cursor: &Cursor,
    envelope: &Envelope,
    before: Option<Kind>,
) -> Result<Cursor, RelayFault> {
    let Header { seq, time, kind, based_on, .. } = envelope.header;
    if seq != cursor.seq.next() {
        return Err(RelayFault::Gap { expected: cursor.seq.next(), got: seq });
    }
    if time < cursor.time {
        return Err(RelayFault::TimeFell { seq });
    }
    // A relay appends nothing that is based on another commit than the newest: what is in the log can be opened in
    // its order.
    if based_on != cursor.newest_commit {
        return Err(RelayFault::BasedOn { seq });
    }
    let lonely = kind == Kind::Follower
        && before.is_some_and(|before| !matches!(before, Kind::Commit | Kind::Follower));
    let bodiless = kind.is_commit() && matches!(envelope.content, Content::Dropped(_));
    if lonely || bodiless { Err(RelayFault::Kind { seq }) } else { Ok(blindly(cursor, envelope)) }
}

/// Where `cursor` stands after `envelope`, whether or not that can be the next one.
pub(super) fn blindly(cursor: &Cursor, envelope: &Envelope) -> Cursor {
    let Header { seq, time, kind, .. } = envelope.header;
    let body = match &envelope.content {
        Content::Body(bytes) => Digest::of(bytes),
        Content::Dropped(digest) => *digest,
    };
    Cursor {
        seq,
        chain: cursor.chain.then(&envelope.header, &body, envelope.blob.as_ref()),
        time,
        newest_commit: if kind.is_commit() { seq } else { cursor.newest_commit },
    }
}
