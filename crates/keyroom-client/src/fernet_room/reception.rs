//! What becomes of the things found in a peer's stream: shown, flagged, counted. The same for host and guest.

use keyroom_fernet::{Found, Opened, Refusal};

use super::Moment;
use super::duplicates::{Duplicates, Judgement};
use super::notices::{Kind, Notices};
use super::timeline::Timeline;
use crate::history::{Message, MessageId, MessageState, PeerId, Sender};

/// Judges what comes from peers and writes it to the timeline.
#[derive(Debug, Default)]
pub(super) struct Reception {
    pub(super) seen: Duplicates,
    pub(super) notices: Notices,
}

/// What the room should do with something found.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Verdict {
    /// A valid, new token, byte for byte as it came.
    Forward(Vec<u8>),
    /// Nothing more.
    Done,
    /// It counts against its peer.
    Refused(Refusal),
}

impl Reception {
    /// Takes the next thing found in a peer's stream.
    pub(super) fn take(
        &mut self,
        timeline: &mut Timeline,
        now: Moment,
        peer: PeerId,
        found: Found,
    ) -> Verdict {
        let (reason, bytes) = match found {
            Found::Token { opened, wire } => return self.token(timeline, now, peer, &opened, wire),
            Found::Refused { reason, bytes } => (reason, bytes as u64),
            // A kind of finding that this version does not know is nothing to show.
            _ => return Verdict::Done,
        };
        match reason {
            Refusal::NotAuthentic => self.notices.count(timeline, now, peer, Kind::NotOpened, 1),
            _ => self.notices.count(timeline, now, peer, Kind::Junk, bytes),
        }
        Verdict::Refused(reason)
    }

    fn token(
        &mut self,
        timeline: &mut Timeline,
        now: Moment,
        peer: PeerId,
        opened: &Opened,
        wire: Vec<u8>,
    ) -> Verdict {
        let id = MessageId::Token(*opened.id.as_bytes());
        match self.seen.judge(id) {
            Judgement::Echo => return Verdict::Done,
            Judgement::Repeated(of) => {
                self.notices.count(timeline, now, peer, Kind::Repeated(of), 1);
                return Verdict::Done;
            }
            Judgement::New => {}
        }
        let position = match std::str::from_utf8(&opened.plaintext) {
            Ok(text) => {
                let state = MessageState::Received;
                let message = Message { id, from: Sender::Peer(peer), text: text.into(), state };
                timeline.message(now.wall, message, &wire)
            }
            Err(_) => {
                self.notices.count(timeline, now, peer, Kind::NotText, 1);
                None
            }
        };
        self.seen.remember(id, position);
        Verdict::Forward(wire)
    }
}
