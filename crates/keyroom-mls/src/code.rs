//! Digits that members compare aloud: with equal room codes nobody stands between them, with the right member code an
//! identity is whose it says. Spec: "Codes".

use std::fmt;

use keyroom_types::{Chain, IdentityKey};
use sha2::{Digest as _, Sha256};

/// Thirty digits, shown as six groups of five.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Code([u32; 6]);

impl Code {
    fn of(hash: &[u8; 32]) -> Self {
        let mut groups = [0; 6];
        for (group, five) in groups.iter_mut().zip(hash.chunks_exact(5)) {
            let number = five.iter().fold(0_u64, |number, &byte| number << 8 | u64::from(byte));
            *group = u32::try_from(number % 100_000).unwrap_or_default();
        }
        Self(groups)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, group) in self.0.iter().enumerate() {
            let space = if place == 0 { "" } else { " " };
            write!(f, "{space}{group:05}")?;
        }
        Ok(())
    }
}

/// The code of a room at one epoch: over its authenticator and the chain's value at the commit that began it. Equal codes
/// mean one and the same log, members and keys.
pub fn room_code(authenticator: &[u8], last_commit: &Chain) -> Code {
    let hash = Sha256::new()
        .chain_update(b"keyroom room code v1\0")
        .chain_update(authenticator)
        .chain_update(last_commit.as_bytes());
    Code::of(&hash.finalize().into())
}

/// The code of a person's identity on one device. It never changes.
pub fn member_code(identity: &IdentityKey) -> Code {
    let hash = Sha256::new().chain_update(b"keyroom member code v1\0").chain_update(identity.as_bytes());
    Code::of(&hash.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_six_groups_of_five_digits() {
        let shown = member_code(&IdentityKey::from_bytes([7; 32])).to_string();
        assert_eq!(shown.len(), 35);
        assert!(shown.split(' ').all(|group| group.len() == 5 && group.bytes().all(|b| b.is_ascii_digit())));
        assert_eq!(Code([0, 1, 99_999, 12, 0, 7]).to_string(), "00000 00001 99999 00012 00000 00007");
    }

    #[test]
    fn another_chain_or_authenticator_gives_another_code() {
        let chain = |byte| Chain::from_bytes([byte; 32]);
        let code = room_code(&[1; 32], &chain(2));
        assert_eq!(code, room_code(&[1; 32], &chain(2)));
        assert_ne!(code, room_code(&[2; 32], &chain(2)));
        assert_ne!(code, room_code(&[1; 32], &chain(3)));
    }
}
