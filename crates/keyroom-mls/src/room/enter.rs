//! Entering by an answered knock.

use keyroom_types::RoomId;
use keyroom_types::limits::BLOB_BYTES;
use openmls::prelude::tls_codec::DeserializeBytes as _;
use openmls::prelude::{
    JoinBuilder, KeyPackageBundle, KeyPackageIn, KeyPackageRef, MlsMessageBodyIn, MlsMessageIn,
    OpenMlsProvider as _, ProcessedWelcome, ProtocolVersion,
};
use openmls_traits::crypto::OpenMlsCrypto as _;
use openmls_traits::types::HpkeCiphertext;
use zeroize::Zeroizing;

use super::{JoinError, Room, join_config};
use crate::bytes::Reader;
use crate::state::State;
use crate::{Knock, Provider, Storage, padding};

impl Room {
    /// Takes the sealed welcome that answers a knock of ours.
    pub fn enter<S: Storage>(
        p: &Provider<'_, S>,
        room: RoomId,
        welcome: &[u8],
        pending: &Knock,
    ) -> Result<Self, JoinError> {
        if welcome.len() > BLOB_BYTES {
            return Err(JoinError::TooLarge);
        }
        let mut used = None;
        let mut references = Vec::new();
        for package in &pending.packages {
            let (bundle, reference) = stored(p, package)?;
            if used.is_none() {
                used = open(p, &room, welcome, &bundle);
            }
            references.push(reference);
        }
        let plain = used.ok_or(JoinError::Welcome)?;
        let message = MlsMessageIn::tls_deserialize_exact_bytes(&plain).map_err(|_| JoinError::Welcome)?;
        let MlsMessageBodyIn::Welcome(welcome) = message.extract() else { return Err(JoinError::Welcome) };
        let processed =
            ProcessedWelcome::new_from_welcome(p, &join_config(), welcome).map_err(|_| JoinError::Welcome)?;
        if processed.unverified_group_info().group_id().as_slice() != room.as_bytes() {
            return Err(JoinError::OtherRoom);
        }
        let staged = JoinBuilder::new(p, processed)
            .skip_lifetime_validation()
            .replace_old_group()
            .build()
            .map_err(|_| JoinError::Welcome)?;
        let group = staged.into_group(p).map_err(JoinError::library)?;
        State::checked(group.public_group(), None).ok_or(JoinError::Welcome)?;
        // The package of the other suite is of no use any more; the library has deleted its own.
        for reference in references {
            openmls_traits::storage::StorageProvider::delete_key_package(p.storage, &reference)
                .map_err(JoinError::library)?;
        }
        Ok(Self::of(p, group)?)
    }
}

fn stored<S: Storage>(
    p: &Provider<'_, S>,
    package: &[u8],
) -> Result<(KeyPackageBundle, KeyPackageRef), JoinError> {
    let package = KeyPackageIn::tls_deserialize_exact_bytes(package).map_err(JoinError::library)?;
    let package = package.validate(p.crypto(), ProtocolVersion::Mls10).map_err(JoinError::library)?;
    let reference = package.hash_ref(p.crypto()).map_err(JoinError::library)?;
    let bundle: Option<KeyPackageBundle> = p.storage.key_package(&reference).map_err(JoinError::library)?;
    Ok((bundle.ok_or_else(|| JoinError::library("the knock's keys are not stored"))?, reference))
}

fn open<S: Storage>(
    p: &Provider<'_, S>,
    room: &RoomId,
    sealed: &[u8],
    bundle: &KeyPackageBundle,
) -> Option<Zeroizing<Vec<u8>>> {
    let mut reader = Reader::new(sealed);
    let length = usize::from(reader.u16()?);
    let kem = reader.take(length)?;
    let input = HpkeCiphertext { kem_output: kem.into(), ciphertext: reader.rest().into() };
    let config = bundle.key_package().ciphersuite().hpke_config();
    let padded =
        p.crypto().hpke_open(config, &input, bundle.init_private_key(), &seal_info(room), &[]).ok()?;
    let mut plain = Zeroizing::new(padded);
    let length = padding::strip(&plain)?.len();
    plain.truncate(length);
    Some(plain)
}

pub(super) fn seal_info(room: &RoomId) -> Vec<u8> {
    [LABEL, room.as_bytes()].concat()
}

const LABEL: &[u8] = b"keyroom welcome v1\0";
