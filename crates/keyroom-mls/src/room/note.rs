//! The authenticated data of our pending commit, kept beside it: the library keeps the commit, but not this.
//!
//! The library's storage holds only its own kinds of things. A key pair without a private half, whose public half is the
//! note, is the one that takes bytes.

use keyroom_types::RoomId;
use openmls_basic_credential::{SignatureKeyPair, StorageId};
use openmls_traits::types::SignatureScheme;

use crate::Storage;

pub(super) fn write<S: Storage>(storage: &S, room: &RoomId, note: &[u8]) -> Result<(), S::Error> {
    let pair = SignatureKeyPair::from_raw(SignatureScheme::ED25519, Vec::new(), note.to_vec());
    storage.write_signature_key_pair(&id(room), &pair)
}

pub(super) fn read<S: Storage>(storage: &S, room: &RoomId) -> Result<Option<Vec<u8>>, S::Error> {
    let pair: Option<SignatureKeyPair> = storage.signature_key_pair(&id(room))?;
    Ok(pair.map(|pair| pair.to_public_vec()))
}

pub(super) fn forget<S: Storage>(storage: &S, room: &RoomId) -> Result<(), S::Error> {
    storage.delete_signature_key_pair(&id(room))
}

fn id(room: &RoomId) -> StorageId {
    [LABEL, room.as_bytes()].concat().into()
}

const LABEL: &[u8] = b"keyroom pending commit v1\0";
