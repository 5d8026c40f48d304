//! A door's public and private halves. Spec: "Doors".

use std::fmt;

use ed25519_dalek::{Signer as _, SigningKey};
use keyroom_types::{DoorId, DoorKey, DoorSeeds, Key, Signature};
use openmls_traits::crypto::OpenMlsCrypto as _;
use openmls_traits::types::{Ciphersuite, HpkeCiphertext, HpkeConfig, HpkeKeyPair};

use crate::Crypto;
use crate::identity::is_signed;

/// A door's public halves as they stand in the policy. Members and relay hold no more of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Door {
    /// Names it.
    pub id: DoorId,
    /// Checks what newcomers through it signed.
    pub signing: DoorKey,
    /// What blobs and knocks are sealed to: an X-Wing public key, [`Door::HPKE_BYTES`] long.
    pub hpke: Vec<u8>,
}

impl Door {
    /// Length of an X-Wing public key (X25519 and ML-KEM-768), in bytes.
    pub const HPKE_BYTES: usize = 1216;

    /// Whether a holder of the door's key signed `text`.
    pub(crate) fn signed(&self, text: &[u8], signature: &Signature) -> bool {
        is_signed(self.signing.as_bytes(), text, signature)
    }

    pub(crate) fn seal(&self, crypto: &Crypto, info: &[u8], text: &[u8]) -> Option<HpkeCiphertext> {
        crypto.0.hpke_seal(HPKE, &self.hpke, info, &[], text).ok()
    }
}

/// A door's private halves, which follow from its key. Wiped on drop; `Debug` hides them.
pub struct DoorSecrets {
    id: DoorId,
    signing: SigningKey,
    hpke: HpkeKeyPair,
}

impl DoorSecrets {
    /// The door that `key` opens.
    pub fn of(key: &Key, crypto: &Crypto) -> Self {
        let seeds = DoorSeeds::of(key);
        let hpke = crypto
            .0
            .derive_hpke_keypair(HPKE, seeds.hpke.as_ref())
            .expect("32 bytes are what the X-Wing key derivation takes, and the provider is built with it");
        Self { id: seeds.id, signing: SigningKey::from_bytes(&seeds.signing), hpke }
    }

    /// The door's name.
    pub fn id(&self) -> DoorId {
        self.id
    }

    /// The public halves.
    pub fn door(&self) -> Door {
        let signing = DoorKey::from_bytes(self.signing.verifying_key().to_bytes());
        Door { id: self.id, signing, hpke: self.hpke.public.clone() }
    }

    /// Signs as a holder of the key: the relay's login, a join, a knock. Each such text begins with a label of its own.
    pub fn sign(&self, text: &[u8]) -> Signature {
        Signature::from_bytes(self.signing.sign(text).to_bytes())
    }

    pub(crate) fn open(&self, crypto: &Crypto, info: &[u8], kem: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let input = HpkeCiphertext { kem_output: kem.into(), ciphertext: sealed.into() };
        crypto.0.hpke_open(HPKE, &input, &self.hpke.private, info, &[]).ok()
    }
}

impl fmt::Debug for DoorSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DoorSecrets({}, ..)", self.id)
    }
}

/// X-Wing, HKDF-SHA256, AES-128-GCM, whatever the room's own suite: a key's loss must not depend on the room's size.
const HPKE: HpkeConfig = Ciphersuite::MLS_128_MLKEM768X25519_AES128GCM_SHA256_Ed25519.hpke_config();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_key_always_gives_the_same_door() {
        let crypto = Crypto::new();
        let door = DoorSecrets::of(&Key::from_bytes([1; 32]), &crypto);
        assert_eq!(door.door(), DoorSecrets::of(&Key::from_bytes([1; 32]), &crypto).door());
        assert_eq!(door.door().hpke.len(), Door::HPKE_BYTES);
        assert_ne!(door.door(), DoorSecrets::of(&Key::from_bytes([2; 32]), &crypto).door());
    }

    #[test]
    fn what_is_sealed_to_a_door_only_its_key_opens() {
        let crypto = Crypto::new();
        let [door, other] = [1, 2].map(|byte| DoorSecrets::of(&Key::from_bytes([byte; 32]), &crypto));
        let sealed = door.door().seal(&crypto, b"info", b"text").unwrap();
        let (kem, sealed) = (sealed.kem_output.as_slice(), sealed.ciphertext.as_slice());
        assert_eq!(door.open(&crypto, b"info", kem, sealed).as_deref(), Some(&b"text"[..]));
        assert_eq!(door.open(&crypto, b"else", kem, sealed), None);
        assert_eq!(other.open(&crypto, b"info", kem, sealed), None);
    }

    #[test]
    fn debug_shows_the_name_only() {
        let door = DoorSecrets::of(&Key::from_bytes([1; 32]), &Crypto::new());
        assert_eq!(format!("{door:?}"), format!("DoorSecrets({}, ..)", door.id()));
    }
}
