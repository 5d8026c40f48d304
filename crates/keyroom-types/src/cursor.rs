//! Where somebody stands in a room's log.

use crate::{Chain, RoomId, Seq, Timestamp};

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
}
