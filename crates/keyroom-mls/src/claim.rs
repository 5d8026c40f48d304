//! What every envelope says of the log, in its authenticated data: signed by its author, readable by the relay, without
//! identities. Spec: "Authenticated data".

use keyroom_types::{Chain, DoorId, Incarnation, PassKey, RoomId, Seq, Signature, SignedHead, Timestamp};
use openmls::prelude::tls_codec::DeserializeBytes as _;
use openmls::prelude::{MlsMessageBodyIn, MlsMessageIn};

use crate::bytes::Reader;

/// Where the author stood.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Claim {
    /// The room that it wrote for.
    pub room: RoomId,
    /// Newest commit in the log that it had processed. For a message that follows a commit in the same append: that
    /// commit's own base, since its place was not known yet.
    pub based_on: Seq,
    /// Newest envelope that it had, and the chain's value there.
    pub newest: (Seq, Chain),
    /// Newest word of the relay that it had.
    pub head: Option<SignedHead>,
}

impl Claim {
    /// Reads authenticated data, a join's or another's. It proves nothing before its message is opened.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        decode(bytes).map(|(claim, _)| claim)
    }

    /// What an envelope's body says, where it is a private message that need not be one of this group's epoch. It proves
    /// nothing by itself; a head in it is proved by the relay's own signature.
    pub fn of_body(body: &[u8]) -> Option<Self> {
        let message = MlsMessageIn::tls_deserialize_exact_bytes(body).ok()?;
        match message.extract() {
            MlsMessageBodyIn::PrivateMessage(message) => Self::decode(message.aad()),
            _ => None,
        }
    }
}

/// What an external commit says besides.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct JoinClaim {
    pub(crate) door: DoorId,
    pub(crate) pass: PassKey,
    pub(crate) door_signature: Signature,
    /// Re-entry: the old pass and its signature over the same text.
    pub(crate) old: Option<(PassKey, Signature)>,
}

/// The text that door and old pass sign, so that a join fits one room, one place, one leaf and one pass.
pub(crate) fn join_text(claim: &Claim, leaf_key: &[u8], pass: &PassKey, old: Option<&PassKey>) -> Vec<u8> {
    let none = PassKey::from_bytes([0; 32]);
    [
        JOIN_LABEL,
        claim.room.as_bytes(),
        &claim.based_on.get().to_be_bytes(),
        claim.newest.1.as_bytes(),
        leaf_key,
        pass.as_bytes(),
        old.unwrap_or(&none).as_bytes(),
    ]
    .concat()
}

pub(crate) fn encode(claim: &Claim, join: Option<&JoinClaim>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(if join.is_some() { JOIN_BYTES } else { PLAIN_BYTES });
    bytes.extend([VERSION, if join.is_some() { JOIN } else { PLAIN }]);
    bytes.extend(claim.room.as_bytes());
    bytes.extend(claim.based_on.get().to_be_bytes());
    bytes.extend(claim.newest.0.get().to_be_bytes());
    bytes.extend(claim.newest.1.as_bytes());
    match &claim.head {
        None => bytes.resize(PLAIN_BYTES, 0),
        Some(head) => {
            bytes.extend(head.incarnation.as_bytes());
            bytes.extend(head.seq.get().to_be_bytes());
            bytes.extend(head.time.as_millis().to_be_bytes());
            bytes.extend(head.chain.as_bytes());
            bytes.extend(head.signature.as_bytes());
        }
    }
    if let Some(join) = join {
        bytes.extend(join.door.as_bytes());
        bytes.extend(join.pass.as_bytes());
        bytes.extend(join.door_signature.as_bytes());
        if let Some((pass, signature)) = &join.old {
            bytes.extend(pass.as_bytes());
            bytes.extend(signature.as_bytes());
        }
        bytes.resize(JOIN_BYTES, 0);
    }
    bytes
}

pub(crate) fn decode(bytes: &[u8]) -> Option<(Claim, Option<JoinClaim>)> {
    let mut reader = Reader::new(bytes);
    let is_join = match reader.array()? {
        [VERSION, PLAIN] => false,
        [VERSION, JOIN] => true,
        _ => return None,
    };
    let claim = Claim {
        room: reader.room()?,
        based_on: Seq::new(reader.u64()?),
        newest: (Seq::new(reader.u64()?), Chain::from_bytes(reader.array()?)),
        head: head(&mut reader)?,
    };
    let join = if is_join {
        Some(JoinClaim {
            door: reader.door()?,
            pass: reader.pass()?,
            door_signature: reader.signature()?,
            old: match (reader.array::<32>()?, reader.array::<64>()?) {
                (pass, signature) if pass == [0; 32] => {
                    if signature != [0; 64] {
                        return None;
                    }
                    None
                }
                (pass, signature) => Some((PassKey::from_bytes(pass), Signature::from_bytes(signature))),
            },
        })
    } else {
        None
    };
    reader.is_empty().then_some((claim, join))
}

fn head(reader: &mut Reader<'_>) -> Option<Option<SignedHead>> {
    let bytes: [u8; HEAD_BYTES] = reader.array()?;
    if bytes == [0; HEAD_BYTES] {
        return Some(None);
    }
    let mut reader = Reader::new(&bytes);
    Some(Some(SignedHead {
        incarnation: reader.incarnation()?,
        seq: Seq::new(reader.u64()?),
        time: Timestamp::from_millis(reader.u64()?),
        chain: Chain::from_bytes(reader.array()?),
        signature: reader.signature()?,
    }))
}

const VERSION: u8 = 1;
const PLAIN: u8 = 1;
const JOIN: u8 = 2;
pub(crate) const JOIN_LABEL: &[u8] = b"keyroom join v1\0";
const HEAD_BYTES: usize = Incarnation::BYTES + 8 + 8 + Chain::BYTES + Signature::BYTES;
const PLAIN_BYTES: usize = 2 + RoomId::BYTES + 8 + 8 + Chain::BYTES + HEAD_BYTES;
const JOIN_BYTES: usize = PLAIN_BYTES + DoorId::BYTES + 2 * PassKey::BYTES + 2 * Signature::BYTES;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn claim(head: bool) -> Claim {
        let head = head.then(|| SignedHead {
            incarnation: Incarnation::from_bytes([4; 16]),
            seq: Seq::new(8),
            time: Timestamp::from_millis(1),
            chain: Chain::from_bytes([5; 32]),
            signature: Signature::from_bytes([6; 64]),
        });
        Claim {
            room: RoomId::from_bytes([1; 16]),
            based_on: Seq::new(7),
            newest: (Seq::new(9), Chain::from_bytes([2; 32])),
            head,
        }
    }

    fn join(old: bool) -> JoinClaim {
        JoinClaim {
            door: DoorId::from_bytes([7; 16]),
            pass: PassKey::from_bytes([8; 32]),
            door_signature: Signature::from_bytes([9; 64]),
            old: old.then(|| (PassKey::from_bytes([10; 32]), Signature::from_bytes([11; 64]))),
        }
    }

    #[test]
    fn a_claim_reads_back_and_its_length_says_only_whether_it_is_a_join() {
        for head in [false, true] {
            let plain = encode(&claim(head), None);
            assert_eq!(plain.len(), PLAIN_BYTES);
            assert_eq!(decode(&plain), Some((claim(head), None)));
            for old in [false, true] {
                let bytes = encode(&claim(head), Some(&join(old)));
                assert_eq!(bytes.len(), JOIN_BYTES);
                assert_eq!(decode(&bytes), Some((claim(head), Some(join(old)))));
            }
        }
    }

    #[test]
    fn each_part_of_a_join_is_in_the_signed_text() {
        let text = |claim: &Claim, leaf: [u8; 32], pass: u8, old: Option<u8>| {
            let pass = PassKey::from_bytes([pass; 32]);
            let old = old.map(|byte| PassKey::from_bytes([byte; 32]));
            join_text(claim, &leaf, &pass, old.as_ref())
        };
        let first = text(&claim(false), [1; 32], 2, None);
        let moved = Claim { based_on: Seq::new(6), ..claim(false) };
        let forked = Claim { newest: (Seq::new(9), Chain::from_bytes([3; 32])), ..claim(false) };
        let elsewhere = Claim { room: RoomId::from_bytes([9; 16]), ..claim(false) };
        for other in [
            text(&moved, [1; 32], 2, None),
            text(&forked, [1; 32], 2, None),
            text(&elsewhere, [1; 32], 2, None),
            text(&claim(false), [9; 32], 2, None),
            text(&claim(false), [1; 32], 9, None),
            text(&claim(false), [1; 32], 2, Some(9)),
        ] {
            assert_ne!(first, other);
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..410)) {
            if let Some((claim, join)) = decode(&bytes) {
                prop_assert_eq!(encode(&claim, join.as_ref()), bytes);
            }
        }

        #[test]
        fn any_bytes_behind_a_right_beginning_have_one_form(
            kind in 1_u8..=2,
            rest in proptest::collection::vec(any::<u8>(), JOIN_BYTES - 2),
        ) {
            let length = if kind == JOIN { JOIN_BYTES } else { PLAIN_BYTES };
            let bytes = [&[VERSION, kind][..], &rest[..length - 2]].concat();
            let (claim, join) = decode(&bytes).expect("right length");
            prop_assert_eq!(encode(&claim, join.as_ref()), bytes);
        }
    }
}
