//! What ties a leaf to an identity: the identity's signature over the room and the leaf's key. Spec: "Identity".
//!
//! Attack matrix row 19: a leaf with somebody else's identity has no such signature.

use keyroom_types::{IdentityKey, RoomId, Signature};
use openmls::prelude::{BasicCredential, Credential, CredentialType, CredentialWithKey};

use crate::bytes::Reader;
use crate::identity::{Identity, is_signed};

/// The credential of `identity` for a leaf with `leaf_key` in `room`.
pub(crate) fn issue(identity: &Identity, room: &RoomId, leaf_key: &[u8]) -> CredentialWithKey {
    let signature = identity.sign(&text(room, leaf_key));
    let bytes = [&[VERSION][..], identity.key().as_bytes(), signature.as_bytes()].concat();
    CredentialWithKey { credential: BasicCredential::new(bytes).into(), signature_key: leaf_key.into() }
}

/// The identity that a credential claims, unproven.
pub(crate) fn claimed(credential: &Credential) -> Option<(IdentityKey, Signature)> {
    if credential.credential_type() != CredentialType::Basic {
        return None;
    }
    parse(credential.serialized_content())
}

pub(crate) fn parse(bytes: &[u8]) -> Option<(IdentityKey, Signature)> {
    let mut reader = Reader::new(bytes);
    if reader.u8()? != VERSION {
        return None;
    }
    let identity = IdentityKey::from_bytes(reader.array()?);
    let signature = reader.signature()?;
    reader.is_empty().then_some((identity, signature))
}

/// Whether the identity signed for this leaf key in this room.
pub(crate) fn holds(identity: &IdentityKey, signature: &Signature, room: &RoomId, leaf_key: &[u8]) -> bool {
    is_signed(identity.as_bytes(), &text(room, leaf_key), signature)
}

fn text(room: &RoomId, leaf_key: &[u8]) -> Vec<u8> {
    [LABEL, room.as_bytes(), leaf_key].concat()
}

const VERSION: u8 = 1;
const LABEL: &[u8] = b"keyroom credential v1\0";

#[cfg(test)]
mod tests {
    use super::*;

    /// Attack matrix row 19.
    #[test]
    fn a_credential_holds_for_its_room_and_leaf_key_only() {
        let anna = Identity::from_seed(&[1; 32]);
        let (room, other) = (RoomId::from_bytes([1; 16]), RoomId::from_bytes([2; 16]));
        let issued = issue(&anna, &room, &[5; 32]);
        let (identity, signature) = claimed(&issued.credential).unwrap();
        assert_eq!(identity, anna.key());
        assert!(holds(&identity, &signature, &room, &[5; 32]));
        assert!(!holds(&identity, &signature, &other, &[5; 32]));
        assert!(!holds(&identity, &signature, &room, &[6; 32]));
        let ben = Identity::from_seed(&[2; 32]).key();
        assert!(!holds(&ben, &signature, &room, &[5; 32]));
    }

    #[test]
    fn a_credential_of_another_form_is_none() {
        assert_eq!(parse(&[]), None);
        assert_eq!(parse(&[1; 96]), None);
        assert_eq!(parse(&[1; 98]), None);
        assert_eq!(parse(&[2; 97]), None);
        assert!(parse(&[1; 97]).is_some());
    }
}
