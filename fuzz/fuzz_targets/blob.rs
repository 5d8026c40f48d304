//! Any bytes as a room's blob and as a knock: no panic, and nobody but a member makes one that opens.
#![no_main]

use std::sync::LazyLock;

use keyroom_mls::{Crypto, DoorSecrets, Knock, OpenKnock, open_blob};
use keyroom_types::{Key, RoomId};
use libfuzzer_sys::fuzz_target;

static DOOR: LazyLock<(Crypto, DoorSecrets)> = LazyLock::new(|| {
    let crypto = Crypto::new();
    let door = DoorSecrets::of(&Key::from_bytes([7; 32]), &crypto);
    (crypto, door)
});

fuzz_target!(|data: &[u8]| {
    let (crypto, door) = &*DOOR;
    let room = RoomId::from_bytes([1; 16]);
    assert!(open_blob(crypto, &room, door, data).is_err());
    // As a blob for this door.
    let named = [&[1, 1][..], door.id().as_bytes(), data].concat();
    assert!(open_blob(crypto, &room, door, &named).is_err());
    assert!(OpenKnock::open(crypto, &room, door, data).is_err());
    let _ = Knock::from_bytes(data);
});
