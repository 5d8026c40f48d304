//! A commit or join that was made and is not in the log yet: what must be known of it after a restart.

use keyroom_types::{EnvelopeId, Key};
use zeroize::Zeroizing;

/// What the profile keeps of it. Its bytes are not kept: a commit that is not found in the log, once that was read through a
/// later head, is made anew.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Pending {
    /// Its envelope.
    pub(super) envelope: EnvelopeId,
    /// Whether it is our join: what stands before it in the log is not for us.
    pub(super) join: bool,
    /// The messages of its epoch that follow it in the same append.
    pub(super) followers: Vec<EnvelopeId>,
    /// The key of the door that it opens.
    pub(super) key: Option<Key>,
}

impl Pending {
    /// The form in the profile: version 1, envelope, whether it is a join, count and ids of followers, flag
    /// and key.
    pub(super) fn encode(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(64 + self.followers.len() * EnvelopeId::BYTES));
        bytes.push(VERSION);
        bytes.extend_from_slice(self.envelope.as_bytes());
        bytes.push(u8::from(self.join));
        // An append has at most `APPEND_ENTRIES` of them.
        bytes.push(u8::try_from(self.followers.len()).unwrap_or(u8::MAX));
        self.followers.iter().for_each(|id| bytes.extend_from_slice(id.as_bytes()));
        bytes.push(u8::from(self.key.is_some()));
        self.key.iter().for_each(|key| bytes.extend_from_slice(key.as_bytes()));
        bytes
    }

    /// Reads that form; `None` if it is another.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let (&version, rest) = bytes.split_first()?;
        let (envelope, rest) = rest.split_first_chunk::<{ EnvelopeId::BYTES }>()?;
        let (&join, rest) = rest.split_first()?;
        let (&count, mut rest) = rest.split_first()?;
        let mut followers = Vec::with_capacity(count.into());
        for _ in 0..count {
            let (id, behind) = rest.split_first_chunk::<{ EnvelopeId::BYTES }>()?;
            followers.push(EnvelopeId::from_bytes(*id));
            rest = behind;
        }
        let key = match rest.split_first()? {
            (0, []) => None,
            (1, key) => Some(Key::from_bytes(key.try_into().ok()?)),
            _ => return None,
        };
        let envelope = EnvelopeId::from_bytes(*envelope);
        (version == VERSION && join <= 1).then_some(Self { envelope, join: join == 1, followers, key })
    }
}

const VERSION: u8 = 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_reads_back_and_nothing_else_does() {
        let id = |n| EnvelopeId::from_bytes([n; 16]);
        for key in [None, Some(Key::from_bytes([7; 32]))] {
            let pending =
                Pending { envelope: id(1), join: key.is_none(), followers: vec![id(2), id(3)], key };
            let bytes = pending.encode();
            assert_eq!(Pending::decode(&bytes), Some(pending));
            (0..bytes.len()).for_each(|len| assert_eq!(Pending::decode(&bytes[..len]), None));
        }
    }
}
