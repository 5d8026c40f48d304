//! What a door opens: the room's GroupInfo, with all that a newcomer needs to come in. Spec: "Blob".

mod form;

use std::fmt;

use keyroom_types::limits::{BLOB_BYTES, OPEN_DOORS};
use keyroom_types::{Cursor, Digest, IdentityKey, Incarnation, KeyPin, LogKey, PassKey, RoomId};
use openmls::group::{GroupContext, ProposalStore};
use openmls::messages::group_info::VerifiableGroupInfo;
use openmls::prelude::PublicGroup;
use openmls::prelude::tls_codec::{DeserializeBytes as _, Serialize as _};
use openmls_traits::crypto::OpenMlsCrypto as _;
use openmls_traits::random::OpenMlsRand as _;
use openmls_traits::types::AeadType;
use zeroize::Zeroizing;

use crate::bytes::Reader;
use crate::known::{Knowing, Known};
use crate::lobby::{NONCE, SealKey};
use crate::nowhere::Nowhere;
use crate::state::State;
use crate::{Crypto, Door, DoorSecrets, Policy};

/// Whom to trust at the relay, as told inside the blob.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Pins {
    /// SHA-256 of the relay's public keys.
    pub relay: Vec<KeyPin>,
    /// The key that it signs heads with.
    pub log: Option<LogKey>,
    /// Which life of its store.
    pub incarnation: Option<Incarnation>,
}

/// An opened blob: made for this room; its GroupInfo's signature and tree are checked, and every leaf's credential.
pub struct Blob {
    /// The room.
    pub room: RoomId,
    /// The place in the log that its author stood at.
    pub cursor: Cursor,
    /// Whom its author trusts at the relay.
    pub pins: Pins,
    /// The room's policy.
    pub policy: Policy,
    /// Who is in it, by identity and name.
    pub members: Vec<(IdentityKey, String)>,
    pub(crate) lobby: SealKey,
    pub(crate) group_info: VerifiableGroupInfo,
    pub(crate) context: GroupContext,
    pub(crate) state: State,
    author: u32,
    /// The signatures that were checked: the join need not do so again.
    pub(crate) known: Known,
}

impl Blob {
    /// SHA-256 of the GroupContext (RFC 9420, 8.1): two blobs with the same one lead into the same epoch, and two with different
    /// ones never do.
    ///
    /// # Errors
    /// The library could not write what it has read.
    pub fn epoch_digest(&self) -> Result<Digest, BlobError> {
        let context = self.context.tls_serialize_detached().map_err(|_| BlobError::Group)?;
        Ok(Digest::of(&context))
    }

    /// The pass of who signed the GroupInfo.
    pub fn author(&self) -> Option<PassKey> {
        self.state.seats.get(&self.author).map(|seat| seat.member.pass)
    }

    /// Whether this identity is in the room.
    pub fn has_member(&self, identity: &IdentityKey) -> bool {
        self.members.iter().any(|(member, _)| member == identity)
    }

    /// Whether this identity has a leaf with this pass: without one there is nothing that a re-entry could replace.
    pub fn has_leaf(&self, identity: &IdentityKey, pass: &PassKey) -> bool {
        self.state.seats.values().any(|seat| seat.member.identity == *identity && seat.member.pass == *pass)
    }
}

impl fmt::Debug for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Blob({}, {:?}, {} members, ..)", self.room, self.cursor, self.members.len())
    }
}

/// Why a blob does not open.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BlobError {
    /// Not of this version's form.
    #[error("the relay's blob is malformed")]
    Malformed,
    /// Longer than a blob may be.
    #[error("the relay's blob is too long")]
    TooLong,
    /// Not sealed for this door: a wrong key, or a door that was closed before.
    #[error("the key does not open this room any more, or never did")]
    NotForThisDoor,
    /// Sealed for the door, but not by a member who knew the rest of it.
    #[error("the relay's blob is damaged")]
    NotAuthentic,
    /// Another room's.
    #[error("the relay's blob is of another room")]
    OtherRoom,
    /// Its GroupInfo's signature, its tree, a credential or the policy is false.
    #[error("the room in the relay's blob is not consistent")]
    Group,
}

/// Opens a blob with a door's key.
pub fn open_blob(
    crypto: &Crypto,
    room: &RoomId,
    door: &DoorSecrets,
    bytes: &[u8],
) -> Result<Blob, BlobError> {
    if bytes.len() > BLOB_BYTES {
        return Err(BlobError::TooLong);
    }
    let (wrapped, head, sealed) = form::wrapped(bytes, &door.id()).ok_or(BlobError::Malformed)?;
    let (kem, wrapped) = wrapped.ok_or(BlobError::NotForThisDoor)?;
    let key = door.open(crypto, &info(room, door), kem, wrapped).map(Zeroizing::new);
    let key = key.ok_or(BlobError::NotForThisDoor)?;
    let mut reader = Reader::new(sealed);
    let nonce: [u8; NONCE] = reader.array().ok_or(BlobError::Malformed)?;
    let plain = crypto.0.aead_decrypt(AeadType::Aes256Gcm, &key, reader.rest(), &nonce, head);
    let plain = Zeroizing::new(plain.map_err(|_| BlobError::NotAuthentic)?);
    let plain = form::Plain::decode(&plain).ok_or(BlobError::Malformed)?;
    if plain.room != *room {
        return Err(BlobError::OtherRoom);
    }
    let known = Known::default();
    let (group_info, context, state) = check_group(crypto, room, plain.group_info, &known)?;
    let author = signer(plain.group_info).ok_or(BlobError::Malformed)?;
    let members = state.seats.values().map(|seat| (seat.member.identity, seat.member.name.clone())).collect();
    Ok(Blob {
        room: plain.room,
        cursor: plain.cursor,
        pins: plain.pins,
        policy: state.policy.clone(),
        members,
        lobby: plain.lobby,
        group_info,
        context,
        state,
        author,
        known,
    })
}

fn check_group(
    crypto: &Crypto,
    room: &RoomId,
    bytes: &[u8],
    known: &Known,
) -> Result<(VerifiableGroupInfo, GroupContext, State), BlobError> {
    let group_info =
        VerifiableGroupInfo::tls_deserialize_exact_bytes(bytes).map_err(|_| BlobError::Malformed)?;
    if group_info.group_id().as_slice() != room.as_bytes() {
        return Err(BlobError::OtherRoom);
    }
    let tree = group_info.extensions().ratchet_tree().ok_or(BlobError::Group)?.ratchet_tree().clone();
    let (group, _) = PublicGroup::from_external(
        &Knowing { inner: &crypto.0, known },
        &Nowhere,
        tree,
        group_info.clone(),
        ProposalStore::new(),
    )
    .map_err(|_| BlobError::Group)?;
    let state = State::checked(&group, None).ok_or(BlobError::Group)?;
    Ok((group_info, group.group_context().clone(), state))
}

/// Who signed a GroupInfo: its last field but one (RFC 9420, 12.4.3). The library reads and verifies it and does not tell.
fn signer(group_info: &[u8]) -> Option<u32> {
    let signed = group_info.len().checked_sub(ED25519_FIELD)?;
    group_info.get(..signed)?.last_chunk().map(|index| u32::from_be_bytes(*index))
}

/// An Ed25519 signature as `opaque<V>`: two bytes that say 64, and the 64. All suites of rooms sign with it.
const ED25519_FIELD: usize = 2 + 64;

/// What goes into a blob.
pub(crate) struct Contents<'a> {
    pub(crate) room: RoomId,
    pub(crate) cursor: Cursor,
    pub(crate) pins: &'a Pins,
    pub(crate) lobby: &'a SealKey,
    pub(crate) group_info: &'a [u8],
}

/// Seals a blob for the doors. `None`: too large, or the random source failed.
pub(crate) fn seal<'a>(
    crypto: &Crypto,
    contents: &Contents<'_>,
    doors: impl Iterator<Item = &'a Door>,
) -> Option<Vec<u8>> {
    let key: SealKey = Zeroizing::new(crypto.0.random_array().ok()?);
    let mut wraps = Vec::new();
    for door in doors.take(OPEN_DOORS) {
        let sealed = door.seal(crypto, &info_of(&contents.room, door), key.as_ref())?;
        wraps.push((door.id, sealed.kem_output.as_slice().to_vec(), sealed.ciphertext.as_slice().to_vec()));
    }
    let mut blob = form::head(&wraps)?;
    let plain = form::encode(contents)?;
    let nonce: [u8; NONCE] = crypto.0.random_array().ok()?;
    let sealed = crypto.0.aead_encrypt(AeadType::Aes256Gcm, key.as_ref(), &plain, &nonce, &blob).ok()?;
    blob.extend(nonce);
    blob.extend(sealed);
    (blob.len() <= BLOB_BYTES).then_some(blob)
}

fn info(room: &RoomId, door: &DoorSecrets) -> Vec<u8> {
    [LABEL, room.as_bytes(), door.id().as_bytes()].concat()
}

fn info_of(room: &RoomId, door: &Door) -> Vec<u8> {
    [LABEL, room.as_bytes(), door.id.as_bytes()].concat()
}

const LABEL: &[u8] = b"keyroom blob v1\0";
