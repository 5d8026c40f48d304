//! What a room's key says about its door. Spec: `docs/protocol.md`, "Doors".

use std::fmt;

use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::{DoorId, Key, RoomId};

/// What follows from a key: the door's name, and the seeds of its key pairs. Wiped on drop; `Debug` hides the seeds.
///
/// Each is HKDF-SHA256 (RFC 5869) of the key with the salt "keyroom door v1" and a label of its own, so that none says
/// anything about another.
#[derive(Clone)]
pub struct DoorSeeds {
    /// Names the door. Public.
    pub id: DoorId,
    /// The room that is founded with this key: whoever has the key and an address finds the room there. Doors that are
    /// opened later lead to the room that they are opened in.
    pub room: RoomId,
    /// Private half of the signing pair (Ed25519, RFC 8032).
    pub signing: Zeroizing<[u8; 32]>,
    /// Input key material of the hybrid HPKE pair (RFC 9180, 7.1.3, `DeriveKeyPair`).
    pub hpke: Zeroizing<[u8; 32]>,
    /// What the room's beacon on the local network is made and recognised with.
    pub beacon: Zeroizing<[u8; 32]>,
}

impl DoorSeeds {
    /// The door that `key` opens.
    pub fn of(key: &Key) -> Self {
        let hkdf = Hkdf::<Sha256>::new(Some(SALT), key.as_bytes());
        let mut id = [0; DoorId::BYTES];
        expand(&hkdf, b"id", &mut id);
        let mut room = [0; RoomId::BYTES];
        expand(&hkdf, b"room", &mut room);
        let seed = |label: &[u8]| {
            let mut seed = Zeroizing::new([0; 32]);
            expand(&hkdf, label, seed.as_mut());
            seed
        };
        Self {
            id: DoorId::from_bytes(id),
            room: RoomId::from_bytes(room),
            signing: seed(b"signing"),
            hpke: seed(b"hpke"),
            beacon: seed(b"beacon"),
        }
    }
}

impl fmt::Debug for DoorSeeds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DoorSeeds({}, ..)", self.id)
    }
}

fn expand(hkdf: &Hkdf<Sha256>, label: &[u8], out: &mut [u8]) {
    hkdf.expand(label, out)
        .expect("HKDF-SHA256 gives up to 8,160 bytes (RFC 5869, 2.3), and 32 are asked for");
}

const SALT: &[u8] = b"keyroom door v1";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_always_gives_the_same_door_and_another_key_another() {
        let one = DoorSeeds::of(&Key::from_bytes([1; 32]));
        let again = DoorSeeds::of(&Key::from_bytes([1; 32]));
        let other = DoorSeeds::of(&Key::from_bytes([2; 32]));
        assert_eq!((one.id, &one.signing), (again.id, &again.signing));
        assert_ne!(one.id, other.id);
        assert_ne!(one.signing, other.signing);
    }

    #[test]
    fn the_seeds_of_one_key_differ_from_each_other() {
        let seeds = DoorSeeds::of(&Key::from_bytes([1; 32]));
        assert_ne!(seeds.signing, seeds.hpke);
        assert_ne!(seeds.hpke, seeds.beacon);
        assert_ne!(seeds.signing[..16], seeds.id.as_bytes()[..]);
        assert_ne!(seeds.room.as_bytes(), seeds.id.as_bytes());
    }

    #[test]
    fn debug_shows_the_name_only() {
        let seeds = DoorSeeds::of(&Key::from_bytes([1; 32]));
        assert_eq!(format!("{seeds:?}"), format!("DoorSeeds({}, ..)", seeds.id));
    }
}
