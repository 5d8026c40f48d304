//! What is signed on the link: logins and heads. Spec: `docs/protocol.md`, "Login", "Signed heads".
//!
//! Both are Ed25519 (RFC 8032), checked with `verify_strict`, which also refuses keys and signatures that fit many
//! texts. A text begins with words of its own, so that no signature of one kind is one of the other.

mod secret;

use ed25519_dalek::VerifyingKey;
use keyroom_types::{Chain, Incarnation, LogKey, PassKey, RoomId, Seq, Signature, Timestamp};
use keyroom_wire::{Binding, Login, SignedHead, Who};

pub use secret::{DoorSecret, LogSecret, PassSecret, PublicHalf, Secret};

/// What somebody logs in with.
#[derive(Clone, Debug)]
pub enum Credential {
    /// A member's pass.
    Pass(PassSecret),
    /// A door, and the pass that the newcomer will have.
    Door {
        /// The door.
        door: DoorSecret,
        /// The pass to come.
        newcomer: PassSecret,
    },
    /// The first pass of a room to be made.
    Founder(PassSecret),
}

/// The signature is not by that key over that text.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the signature is wrong")]
pub struct BadSignature;

/// The text that a login signs. It does not cover the signatures in `login`.
///
/// "keyroom link login v1\0" ‖ challenge (32) ‖ version (4, big-endian) ‖ how the relay is trusted (1: 1 by a seen key,
/// 2 by a dialled name) ‖ length of the key's pin or the name (2, big-endian) ‖ pin or name ‖ room (16) ‖ role (1: 1
/// pass, 2 door, 3 founder) ‖ key (32) ‖ the newcomer's pass (32, zeros without one).
///
/// The binding is why a login cannot be passed on: who stands between has another key, and its name is another.
pub fn login_text(challenge: &[u8; 32], login: &Login) -> Vec<u8> {
    let (binding, name): (u8, &[u8]) = match &login.binding {
        Binding::SeenKey(pin) => (1, pin.as_bytes()),
        Binding::DialledName(name) => (2, name.as_bytes()),
    };
    let (role, key, newcomer) = match &login.who {
        Who::Pass(pass) => (1, pass.as_bytes(), [0; 32]),
        Who::Door { door, newcomer, .. } => (2, door.as_bytes(), *newcomer.as_bytes()),
        Who::Founder(pass) => (3, pass.as_bytes(), [0; 32]),
    };
    let mut text = Vec::with_capacity(LOGIN.len() + 120 + name.len());
    text.extend_from_slice(LOGIN);
    text.extend_from_slice(challenge);
    text.extend_from_slice(&login.version.to_be_bytes());
    text.push(binding);
    // A longer name is refused where the login is decoded.
    text.extend_from_slice(&u16::try_from(name.len()).unwrap_or(u16::MAX).to_be_bytes());
    text.extend_from_slice(name);
    text.extend_from_slice(login.room.as_bytes());
    text.push(role);
    text.extend_from_slice(key);
    text.extend_from_slice(&newcomer);
    text
}

/// A login to `room`, signed for this challenge and this relay alone.
pub fn sign_login(
    challenge: &[u8; 32],
    version: u32,
    room: RoomId,
    credential: &Credential,
    binding: Binding,
) -> Login {
    let unsigned = Signature::from_bytes([0; 64]);
    let who = match credential {
        Credential::Pass(pass) => Who::Pass(pass.public()),
        Credential::Door { door, newcomer } => {
            Who::Door { door: door.public(), newcomer: newcomer.public(), signature: unsigned }
        }
        Credential::Founder(pass) => Who::Founder(pass.public()),
    };
    let mut login = Login { version, room, who, binding, signature: unsigned };
    let text = login_text(challenge, &login);
    login.signature = match credential {
        Credential::Pass(pass) | Credential::Founder(pass) => pass.sign(&text),
        Credential::Door { door, .. } => door.sign(&text),
    };
    if let (Who::Door { signature, .. }, Credential::Door { newcomer, .. }) = (&mut login.who, credential) {
        *signature = newcomer.sign(&text);
    }
    login
}

/// Whether every key in `login` signed it for this challenge. What it is bound to, the caller compares.
///
/// # Errors
/// A signature is wrong.
pub fn check_login(challenge: &[u8; 32], login: &Login) -> Result<(), BadSignature> {
    let text = login_text(challenge, login);
    match &login.who {
        Who::Pass(pass) | Who::Founder(pass) => check(pass.as_bytes(), &text, &login.signature),
        Who::Door { door, newcomer, signature } => {
            check(door.as_bytes(), &text, &login.signature)?;
            check(newcomer.as_bytes(), &text, signature)
        }
    }
}

/// The text that a head signs: "keyroom log head v1\0" ‖ room (16) ‖ incarnation (16) ‖ seq (8, big-endian) ‖ time (8,
/// big-endian) ‖ chain (32).
pub fn head_text(
    room: &RoomId,
    incarnation: &Incarnation,
    seq: Seq,
    time: Timestamp,
    chain: &Chain,
) -> [u8; HEAD_TEXT] {
    let parts: [&[u8]; 6] = [
        HEAD,
        room.as_bytes(),
        incarnation.as_bytes(),
        &seq.get().to_be_bytes(),
        &time.as_millis().to_be_bytes(),
        chain.as_bytes(),
    ];
    let mut text = [0; HEAD_TEXT];
    let mut at = 0;
    for part in parts {
        text[at..at + part.len()].copy_from_slice(part);
        at += part.len();
    }
    text
}

/// The relay's signed word that `room` stands there.
pub fn sign_head(
    secret: &LogSecret,
    room: &RoomId,
    incarnation: Incarnation,
    seq: Seq,
    time: Timestamp,
    chain: Chain,
) -> SignedHead {
    let signature = secret.sign(&head_text(room, &incarnation, seq, time, &chain));
    SignedHead { incarnation, seq, time, chain, signature }
}

/// Whether the log key signed that `room` stands there.
///
/// # Errors
/// The signature is wrong: the head proves nothing.
pub fn check_head(key: &LogKey, room: &RoomId, head: &SignedHead) -> Result<(), BadSignature> {
    let text = head_text(room, &head.incarnation, head.seq, head.time, &head.chain);
    check(key.as_bytes(), &text, &head.signature)
}

/// Hands the role of `old` at the relay to another pass of the same person.
pub fn sign_succession(old: &PassSecret, room: &RoomId, new: &PassKey) -> Signature {
    old.sign(&succession_text(room, new))
}

/// Whether the pass `old` is succeeded by `new` in `room`.
///
/// # Errors
/// The signature is wrong.
pub fn check_succession(
    old: &PassKey,
    room: &RoomId,
    new: &PassKey,
    signature: &Signature,
) -> Result<(), BadSignature> {
    check(old.as_bytes(), &succession_text(room, new), signature)
}

fn succession_text(room: &RoomId, new: &PassKey) -> Vec<u8> {
    [SUCCESSION, room.as_bytes(), new.as_bytes()].concat()
}

fn check(key: &[u8; 32], text: &[u8], signature: &Signature) -> Result<(), BadSignature> {
    let signature = ed25519_dalek::Signature::from_bytes(signature.as_bytes());
    let key = VerifyingKey::from_bytes(key).map_err(|_| BadSignature)?;
    key.verify_strict(text, &signature).map_err(|_| BadSignature)
}

const LOGIN: &[u8] = b"keyroom link login v1\0";
const SUCCESSION: &[u8] = b"keyroom pass succession v1\0";
const HEAD: &[u8] = b"keyroom log head v1\0";
const HEAD_TEXT: usize = HEAD.len() + 16 + 16 + 8 + 8 + Chain::BYTES;

#[cfg(test)]
mod tests {
    use keyroom_types::KeyPin;

    use super::*;

    const CHALLENGE: [u8; 32] = [0xC4; 32];

    fn room() -> RoomId {
        RoomId::from_bytes([0x20; 16])
    }

    fn pass(byte: u8) -> PassSecret {
        PassSecret::from_bytes(&[byte; 32])
    }

    fn door() -> Credential {
        Credential::Door { door: DoorSecret::from_bytes(&[1; 32]), newcomer: pass(2) }
    }

    fn seen() -> Binding {
        Binding::SeenKey(KeyPin::from_bytes([0x5E; 32]))
    }

    #[test]
    fn the_login_text_is_these_bytes() {
        let login = sign_login(&CHALLENGE, 0x0102_0304, room(), &Credential::Pass(pass(2)), seen());
        let key = pass(2).public();
        let expected = [
            b"keyroom link login v1\0".as_slice(),
            &CHALLENGE,
            &[1, 2, 3, 4],
            &[1, 0, 32],
            &[0x5E; 32],
            &[0x20; 16],
            &[1],
            key.as_bytes(),
            &[0; 32],
        ]
        .concat();
        assert_eq!(login_text(&CHALLENGE, &login), expected);

        let named = Binding::DialledName("relay.example".into());
        let login = sign_login(&CHALLENGE, 1, room(), &door(), named);
        let (door, newcomer) = (DoorSecret::from_bytes(&[1; 32]).public(), pass(2).public());
        let expected = [
            b"keyroom link login v1\0".as_slice(),
            &CHALLENGE,
            &[0, 0, 0, 1],
            &[2, 0, 13],
            b"relay.example",
            &[0x20; 16],
            &[2],
            door.as_bytes(),
            newcomer.as_bytes(),
        ]
        .concat();
        assert_eq!(login_text(&CHALLENGE, &login), expected);
    }

    #[test]
    fn a_login_is_good_for_its_challenge_relay_room_and_role_alone() {
        for credential in [Credential::Pass(pass(2)), Credential::Founder(pass(2)), door()] {
            let login = sign_login(&CHALLENGE, 1, room(), &credential, seen());
            assert_eq!(check_login(&CHALLENGE, &login), Ok(()));
            assert_eq!(check_login(&[0; 32], &login), Err(BadSignature));
            let other = RoomId::from_bytes([0x21; 16]);
            let pin = KeyPin::from_bytes([0x5F; 32]);
            // The pin's own bytes as a name: the kind of binding is signed too.
            let name = Binding::DialledName(String::from_utf8(vec![0x5E; 32]).unwrap());
            let changed = [
                Login { version: 2, ..login.clone() },
                Login { room: other, ..login.clone() },
                Login { binding: Binding::SeenKey(pin), ..login.clone() },
                Login { binding: name, ..login.clone() },
                Login { who: Who::Pass(pass(3).public()), ..login.clone() },
            ];
            for login in changed {
                assert_eq!(check_login(&CHALLENGE, &login), Err(BadSignature), "{login:?}");
            }
        }
        let login = sign_login(&CHALLENGE, 1, room(), &Credential::Pass(pass(2)), seen());
        let founder = Login { who: Who::Founder(pass(2).public()), ..login };
        assert_eq!(check_login(&CHALLENGE, &founder), Err(BadSignature));
    }

    #[test]
    fn a_door_is_nothing_without_the_newcomers_own_signature() {
        let login = sign_login(&CHALLENGE, 1, room(), &door(), seen());
        let Who::Door { door, newcomer, signature } = login.who else { panic!("a door") };
        let stolen = Who::Door { door, newcomer: pass(9).public(), signature };
        assert_eq!(check_login(&CHALLENGE, &Login { who: stolen, ..login.clone() }), Err(BadSignature));
        let unsigned = Who::Door { door, newcomer, signature: login.signature };
        assert_eq!(check_login(&CHALLENGE, &Login { who: unsigned, ..login }), Err(BadSignature));
    }

    #[test]
    fn the_head_text_is_these_bytes_and_every_one_counts() {
        let secret = LogSecret::from_bytes(&[7; 32]);
        let incarnation = Incarnation::from_bytes([8; 16]);
        let chain = Chain::from_bytes([9; 32]);
        let head = sign_head(&secret, &room(), incarnation, Seq::new(3), Timestamp::from_millis(4), chain);
        let expected = [
            b"keyroom log head v1\0".as_slice(),
            &[0x20; 16],
            &[8; 16],
            &[0, 0, 0, 0, 0, 0, 0, 3],
            &[0, 0, 0, 0, 0, 0, 0, 4],
            &[9; 32],
        ]
        .concat();
        assert_eq!(head_text(&room(), &incarnation, head.seq, head.time, &chain)[..], expected);
        assert_eq!(check_head(&secret.public(), &room(), &head), Ok(()));

        let changed = [
            SignedHead { incarnation: Incarnation::from_bytes([0; 16]), ..head },
            SignedHead { seq: Seq::new(4), ..head },
            SignedHead { time: Timestamp::from_millis(5), ..head },
            SignedHead { chain: Chain::from_bytes([0; 32]), ..head },
        ];
        for head in changed {
            assert_eq!(check_head(&secret.public(), &room(), &head), Err(BadSignature));
        }
        assert_eq!(check_head(&secret.public(), &RoomId::from_bytes([0; 16]), &head), Err(BadSignature));
        let other = LogSecret::from_bytes(&[6; 32]).public();
        assert_eq!(check_head(&other, &room(), &head), Err(BadSignature));
    }

    #[test]
    fn a_key_that_fits_every_text_is_refused() {
        // The neutral point as key, and as R with s = 0: the equation holds for any text.
        let mut point = [0; 32];
        point[0] = 1;
        let mut signature = [0; 64];
        signature[0] = 1;
        assert_eq!(check(&point, b"anything", &Signature::from_bytes(signature)), Err(BadSignature));
    }
}
