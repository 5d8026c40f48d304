//! Asking to be let in, where a room wants approval: key packages, sealed to the door. Spec: "Joining".

use std::fmt;

use keyroom_types::limits::KNOCK_BYTES;
use keyroom_types::{DoorId, IdentityKey, PassKey, RoomId, Signature};
use openmls::prelude::tls_codec::{DeserializeBytes as _, Serialize as _};
use openmls::prelude::{
    Ciphersuite, KeyPackage, KeyPackageIn, OpenMlsProvider as _, ProtocolVersion, SignatureScheme,
};
use openmls_basic_credential::SignatureKeyPair;

use crate::bytes::Reader;
use crate::leaf::{LeafInfo, is_name_that_fits};
use crate::state::{CLASSICAL, HYBRID};
use crate::validity::{NewLeaf, unlimited};
use crate::{Crypto, DoorSecrets, Entrance, Identity, Provider, Storage, credential, padding, room};

/// A newcomer's pending knock. The private parts of its key packages are in the storage.
#[derive(Clone, Eq, PartialEq)]
pub struct Knock {
    /// Sealed to the door, for the relay.
    pub bytes: Vec<u8>,
    pub(crate) packages: [Vec<u8>; 2],
}

/// A knock, opened with the door's key and checked: signed by the door, its credential by the identity, its key packages by
/// their leaf.
#[derive(Clone, Debug)]
pub struct OpenKnock {
    /// Who knocks; proven.
    pub identity: IdentityKey,
    /// Its pass at the relay.
    pub pass: PassKey,
    /// The name that it chose.
    pub name: String,
    pub(crate) packages: [KeyPackage; 2],
}

/// Why a knock could not be made or opened.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum KnockError {
    /// Longer than a knock may be.
    #[error("the knock is too long")]
    TooLong,
    /// It does not open with the door's key.
    #[error("the knock is not for this door")]
    NotForThisDoor,
    /// Not of this version's form.
    #[error("the knock is malformed")]
    Malformed,
    /// A signature in it is false.
    #[error("the knock is not authentic")]
    NotAuthentic,
    /// The name is empty, too long or has hidden characters.
    #[error("the name cannot be a name")]
    Name,
    /// The storage or the MLS library failed.
    #[error("the knock could not be made: {0}")]
    Library(String),
}

impl Knock {
    /// Makes a knock with a fresh leaf key. It holds a key package for each suite, since the room's is not known outside.
    pub fn make<S: Storage>(
        p: &Provider<'_, S>,
        room: &RoomId,
        identity: &Identity,
        pass: PassKey,
        name: String,
        door: &DoorSecrets,
    ) -> Result<Self, KnockError> {
        if !is_name_that_fits(&name) {
            return Err(KnockError::Name);
        }
        let signer = SignatureKeyPair::new(SignatureScheme::ED25519).map_err(library)?;
        signer.store(p.storage).map_err(library)?;
        let info = LeafInfo { pass, entrance: Entrance::Added, replaces: None, name };
        let package = |suite| -> Result<Vec<u8>, KnockError> {
            let bundle = KeyPackage::builder()
                .key_package_lifetime(unlimited())
                .leaf_node_capabilities(room::capabilities(suite))
                .leaf_node_extensions(info.extensions())
                .build(suite, p, &signer, credential::issue(identity, room, signer.public()))
                .map_err(library)?;
            bundle.key_package().tls_serialize_detached().map_err(library)
        };
        let packages = [package(HYBRID)?, package(CLASSICAL)?];
        let signature = door.sign(&text(room, signer.public(), &pass));
        let mut plain = vec![VERSION];
        plain.extend(pass.as_bytes());
        plain.extend(signature.as_bytes());
        put_packages(&mut plain, &packages).ok_or(KnockError::TooLong)?;
        padding::to_multiple(&mut plain, STEP);
        let sealed = door.door().seal(p.crypto, &seal_info(room, &door.id()), &plain);
        let sealed = sealed.ok_or_else(|| KnockError::Library("sealing failed".to_owned()))?;
        let kem = sealed.kem_output.as_slice();
        let length = u16::try_from(kem.len()).map_err(|_| KnockError::TooLong)?;
        let bytes = [&[VERSION][..], &length.to_be_bytes(), kem, sealed.ciphertext.as_slice()].concat();
        Ok(Self { bytes, packages })
    }

    /// What has to be kept until the answer comes, beside the storage.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        // Lengths that were checked when it was made.
        let _ = put_packages(&mut bytes, &self.packages);
        bytes.extend(&self.bytes);
        bytes
    }

    /// Deletes the private parts of its key packages: nothing came of it, or the room was entered by another way.
    pub fn forget<S: Storage>(self, p: &Provider<'_, S>) -> Result<(), KnockError> {
        for package in &self.packages {
            let package = KeyPackageIn::tls_deserialize_exact_bytes(package).map_err(library)?;
            let package = package.validate(p.crypto(), ProtocolVersion::Mls10).map_err(library)?;
            let reference = package.hash_ref(p.crypto()).map_err(library)?;
            p.storage.delete_key_package(&reference).map_err(library)?;
            let key = package.leaf_node().signature_key().as_slice();
            SignatureKeyPair::delete(p.storage, key, SignatureScheme::ED25519).map_err(library)?;
        }
        Ok(())
    }

    /// Reads what was kept.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let packages = take_packages(&mut reader)?.map(<[u8]>::to_vec);
        Some(Self { bytes: reader.rest().to_vec(), packages })
    }
}

impl fmt::Debug for Knock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Knock({} bytes, ..)", self.bytes.len())
    }
}

impl OpenKnock {
    /// Opens a knock that lay at the relay.
    pub fn open(
        crypto: &Crypto,
        room: &RoomId,
        door: &DoorSecrets,
        bytes: &[u8],
    ) -> Result<Self, KnockError> {
        if bytes.len() > KNOCK_BYTES {
            return Err(KnockError::TooLong);
        }
        let (kem, sealed) = outer(bytes).ok_or(KnockError::Malformed)?;
        let padded = door.open(crypto, &seal_info(room, &door.id()), kem, sealed);
        let padded = padded.ok_or(KnockError::NotForThisDoor)?;
        let plain = padding::strip(&padded).ok_or(KnockError::Malformed)?;
        let (pass, signature, packages) = inner(plain).ok_or(KnockError::Malformed)?;
        let [hybrid, classical] = packages.map(|bytes| checked(crypto, bytes));
        let packages = [hybrid?, classical?];
        let of = |package: &KeyPackage| NewLeaf::of(package.leaf_node());
        let leaf = of(&packages[0]);
        let same = of(&packages[1]);
        let suites = packages.each_ref().map(KeyPackage::ciphersuite) == [HYBRID, CLASSICAL];
        if !suites || leaf.key != same.key || leaf.info != same.info || leaf.credential != same.credential {
            return Err(KnockError::Malformed);
        }
        if packages.iter().any(|package| *package.life_time() != unlimited()) {
            return Err(KnockError::Malformed);
        }
        let info = leaf.info.as_ref().ok_or(KnockError::Malformed)?;
        if info.pass != pass || info.entrance != Entrance::Added || info.replaces.is_some() {
            return Err(KnockError::Malformed);
        }
        let signed = door.door().signed(&text(room, &leaf.key, &pass), &signature);
        match &leaf.credential {
            Some((identity, _)) if signed && leaf.is_proven(room) => {
                Ok(Self { identity: *identity, pass, name: info.name.clone(), packages })
            }
            _ => Err(KnockError::NotAuthentic),
        }
    }

    pub(crate) fn package(&self, suite: Ciphersuite) -> &KeyPackage {
        &self.packages[usize::from(suite != HYBRID)]
    }
}

fn checked(crypto: &Crypto, bytes: &[u8]) -> Result<KeyPackage, KnockError> {
    KeyPackageIn::tls_deserialize_exact_bytes(bytes)
        .map_err(|_| KnockError::Malformed)?
        .validate(&crypto.0, ProtocolVersion::Mls10)
        .map_err(|_| KnockError::NotAuthentic)
}

fn outer(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut reader = Reader::new(bytes);
    if reader.u8()? != VERSION {
        return None;
    }
    let length = usize::from(reader.u16()?);
    let kem = reader.take(length)?;
    Some((kem, reader.rest()))
}

fn inner(bytes: &[u8]) -> Option<(PassKey, Signature, [&[u8]; 2])> {
    let mut reader = Reader::new(bytes);
    if reader.u8()? != VERSION {
        return None;
    }
    let (pass, signature) = (reader.pass()?, reader.signature()?);
    let packages = take_packages(&mut reader)?;
    reader.is_empty().then_some((pass, signature, packages))
}

fn put_packages(bytes: &mut Vec<u8>, packages: &[Vec<u8>; 2]) -> Option<()> {
    for package in packages {
        bytes.extend(u16::try_from(package.len()).ok()?.to_be_bytes());
        bytes.extend(package);
    }
    Some(())
}

fn take_packages<'a>(reader: &mut Reader<'a>) -> Option<[&'a [u8]; 2]> {
    let mut next = || {
        let length = usize::from(reader.u16()?);
        reader.take(length)
    };
    Some([next()?, next()?])
}

fn text(room: &RoomId, leaf_key: &[u8], pass: &PassKey) -> Vec<u8> {
    [LABEL, room.as_bytes(), leaf_key, pass.as_bytes()].concat()
}

fn seal_info(room: &RoomId, door: &DoorId) -> Vec<u8> {
    [LABEL, room.as_bytes(), door.as_bytes()].concat()
}

fn library(error: impl fmt::Display) -> KnockError {
    KnockError::Library(error.to_string())
}

const LABEL: &[u8] = b"keyroom knock v1\0";
const VERSION: u8 = 1;
const STEP: usize = 1 << 10;
