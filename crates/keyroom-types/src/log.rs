//! A room's log: what the relay writes around each envelope, and the chain that makes the whole of it one value.
//! Spec: `docs/protocol.md`, "The log".

use std::fmt;
use std::time::SystemTime;

use sha2::{Digest as _, Sha256};

use crate::{Digest, EnvelopeId, Incarnation, PassKey, RoomId, Signature};

/// Position of an envelope in its room's log: set by the relay, from 1, no gaps, never reused.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Seq(u64);

impl Seq {
    /// The place before the first envelope: the cursor of who has nothing, the `based_on` of a room's first commit.
    pub const ZERO: Self = Self(0);

    /// Takes the number.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The place behind this one. At the end of the numbers it stays, which no log reaches.
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The place `count` behind this one.
    pub const fn plus(self, count: u64) -> Self {
        Self(self.0.saturating_add(count))
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Milliseconds since 1970-01-01 UTC, by the relay's clock; in one log it never goes back.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Timestamp(u64);

impl Timestamp {
    /// Takes milliseconds since 1970.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970.
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// This time and so many milliseconds.
    pub const fn plus_millis(self, millis: u64) -> Self {
        Self(self.0.saturating_add(millis))
    }
}

impl From<SystemTime> for Timestamp {
    /// A time before 1970 is 1970.
    fn from(at: SystemTime) -> Self {
        let since = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }
}

/// What an envelope is to the relay, which cannot look inside.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[repr(u8)]
pub enum Kind {
    /// A member's commit: what follows is based on it.
    Commit = 1,
    /// A newcomer's external commit.
    Join = 2,
    /// A message.
    Application = 3,
    /// A message of the epoch that the commit before it, in the same append, begins. Its `based_on` is that commit, whose place the
    /// relay puts there: its author could not know it.
    Follower = 4,
}

impl Kind {
    /// Reads the number that stands in headers.
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Commit),
            2 => Some(Self::Join),
            3 => Some(Self::Application),
            4 => Some(Self::Follower),
            _ => None,
        }
    }

    /// The number that stands in headers.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// Whether later envelopes are based on it.
    pub const fn is_commit(self) -> bool {
        matches!(self, Self::Commit | Self::Join)
    }
}

/// What the relay writes before each envelope.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Header {
    /// Its position.
    pub seq: Seq,
    /// When the relay took it; never earlier than the one before.
    pub time: Timestamp,
    /// What it is.
    pub kind: Kind,
    /// Newest commit in the log, valid or not, that its author had processed.
    pub based_on: Seq,
    /// Its author's name for it.
    pub envelope: EnvelopeId,
    /// The pass that appended it.
    pub pass: PassKey,
}

impl Header {
    /// Length of [`Header::to_bytes`].
    pub const BYTES: usize = 8 + 8 + 1 + 8 + EnvelopeId::BYTES + PassKey::BYTES;

    /// The form that the chain covers: seq, time (8 bytes each, big-endian), kind (1), `based_on` (8), envelope id,
    /// pass.
    pub fn to_bytes(&self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        bytes[..8].copy_from_slice(&self.seq.get().to_be_bytes());
        bytes[8..16].copy_from_slice(&self.time.as_millis().to_be_bytes());
        bytes[16] = self.kind.number();
        bytes[17..25].copy_from_slice(&self.based_on.get().to_be_bytes());
        bytes[25..41].copy_from_slice(self.envelope.as_bytes());
        bytes[41..].copy_from_slice(self.pass.as_bytes());
        bytes
    }
}

/// Value of the chain at one place of the log: it stands for every header, body and blob up to there.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Chain([u8; Chain::BYTES]);

impl Chain {
    /// Its length in bytes.
    pub const BYTES: usize = 32;

    /// The value before the first envelope: SHA-256("keyroom chain v1" ‖ room).
    pub fn start(room: &RoomId) -> Self {
        Self(Sha256::new().chain_update(START).chain_update(room.as_bytes()).finalize().into())
    }

    /// h(n) = SHA-256(h(n−1) ‖ header(n) ‖ SHA-256(envelope) ‖ SHA-256(blob or empty)).
    #[must_use]
    pub fn then(&self, header: &Header, body: &Digest, blob: Option<&Digest>) -> Self {
        let hash = Sha256::new()
            .chain_update(self.0)
            .chain_update(header.to_bytes())
            .chain_update(body.as_bytes())
            .chain_update(blob.unwrap_or(&EMPTY).as_bytes());
        Self(hash.finalize().into())
    }

    /// Takes a value that was stored or signed.
    pub const fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    /// The raw bytes.
    pub const fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Chain({:02x}{:02x}{:02x}{:02x}..)", self.0[0], self.0[1], self.0[2], self.0[3])
    }
}

/// The relay's word on where a room stands. Whoever holds it can prove it, when its signature was checked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SignedHead {
    /// Which life of the relay's store.
    pub incarnation: Incarnation,
    /// Newest envelope.
    pub seq: Seq,
    /// Its time.
    pub time: Timestamp,
    /// The chain's value there.
    pub chain: Chain,
    /// By the log key, over the head text.
    pub signature: Signature,
}

impl Digest {
    /// SHA-256 of `bytes` (FIPS 180-4).
    pub fn of(bytes: &[u8]) -> Self {
        Self::from_bytes(Sha256::digest(bytes).into())
    }
}

const START: &[u8] = b"keyroom chain v1";

/// SHA-256 of nothing: stands in the chain where an envelope has no blob.
const EMPTY: Digest = Digest::from_bytes([
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27,
    0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_the_system_is_its_milliseconds_and_none_before_1970() {
        let at = |millis| SystemTime::UNIX_EPOCH + std::time::Duration::from_millis(millis);
        assert_eq!(Timestamp::from(at(1_800_000_000_123)), Timestamp::from_millis(1_800_000_000_123));
        let before = SystemTime::UNIX_EPOCH - std::time::Duration::from_secs(1);
        assert_eq!(Timestamp::from(before), Timestamp::from_millis(0));
    }

    fn header() -> Header {
        Header {
            seq: Seq::new(1),
            time: Timestamp::from_millis(1_700_000_000_000),
            kind: Kind::Commit,
            based_on: Seq::ZERO,
            envelope: EnvelopeId::from_bytes([2; 16]),
            pass: PassKey::from_bytes([3; 32]),
        }
    }

    #[test]
    fn the_hash_of_nothing_is_what_it_says() {
        assert_eq!(Digest::of(b""), EMPTY);
    }

    #[test]
    fn every_field_of_the_header_moves_the_chain() {
        let start = Chain::start(&RoomId::from_bytes([1; 16]));
        let body = Digest::of(b"body");
        let plain = start.then(&header(), &body, None);
        let changed = [
            Header { seq: Seq::new(2), ..header() },
            Header { time: Timestamp::from_millis(1), ..header() },
            Header { kind: Kind::Join, ..header() },
            Header { based_on: Seq::new(1), ..header() },
            Header { envelope: EnvelopeId::from_bytes([9; 16]), ..header() },
            Header { pass: PassKey::from_bytes([9; 32]), ..header() },
        ];
        for other in changed {
            assert_ne!(start.then(&other, &body, None), plain);
        }
        assert_ne!(start.then(&header(), &Digest::of(b"other"), None), plain);
        assert_ne!(start.then(&header(), &body, Some(&Digest::of(b"blob"))), plain);
        assert_ne!(Chain::start(&RoomId::from_bytes([9; 16])).then(&header(), &body, None), plain);
        assert_eq!(start.then(&header(), &body, Some(&Digest::of(b""))), plain);
    }

    #[test]
    fn kinds_read_back_from_their_numbers() {
        for kind in [Kind::Commit, Kind::Join, Kind::Application, Kind::Follower] {
            assert_eq!(Kind::from_number(kind.number()), Some(kind));
        }
        assert_eq!((Kind::from_number(0), Kind::from_number(5)), (None, None));
    }
}
