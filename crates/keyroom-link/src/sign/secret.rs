//! Private halves of passes, doors and log keys.

use std::fmt;
use std::marker::PhantomData;

use ed25519_dalek::{Signer as _, SigningKey};
use keyroom_types::{DoorKey, LogKey, PassKey, Signature};

/// Private half of a member's pass.
pub type PassSecret = Secret<PassKey>;

/// Private half of a door's signing pair.
pub type DoorSecret = Secret<DoorKey>;

/// Private half of the key that a relay signs heads with.
pub type LogSecret = Secret<LogKey>;

/// Private half of an Ed25519 pair (RFC 8032) whose public half is a `K`. Wiped on drop; `Debug` hides it.
#[derive(Clone)]
pub struct Secret<K> {
    /// Wipes itself on drop: `ed25519-dalek`'s feature `zeroize`. Boxed, because each move of it would leave a copy.
    key: Box<SigningKey>,
    public: PhantomData<fn() -> K>,
}

impl<K: PublicHalf> Secret<K> {
    /// Takes 32 bytes that the caller drew from the system's random source, or derived from a key. The caller wipes its
    /// own copy.
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self { key: Box::new(SigningKey::from_bytes(bytes)), public: PhantomData }
    }

    /// The public half.
    pub fn public(&self) -> K {
        K::from_point(self.key.verifying_key().to_bytes())
    }

    /// Signs a text, which must begin with words that no other kind of text begins with.
    pub fn sign(&self, text: &[u8]) -> Signature {
        Signature::from_bytes(self.key.sign(text).to_bytes())
    }
}

impl<K> fmt::Debug for Secret<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// A public half: one of the three that there are.
pub trait PublicHalf: sealed::Sealed {
    /// Takes the encoded point.
    fn from_point(bytes: [u8; 32]) -> Self;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! public_half {
    ($($key:ty),+) => {$(
        impl sealed::Sealed for $key {}
        impl PublicHalf for $key {
            fn from_point(bytes: [u8; 32]) -> Self {
                Self::from_bytes(bytes)
            }
        }
    )+};
}

public_half!(PassKey, DoorKey, LogKey);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_never_shows_a_secret() {
        assert_eq!(format!("{:?}", PassSecret::from_bytes(&[7; 32])), "Secret(..)");
    }

    #[test]
    fn a_secret_is_wiped_when_it_goes() {
        fn wiped<T: zeroize::ZeroizeOnDrop>(_: &T) {}
        wiped(&*PassSecret::from_bytes(&[7; 32]).key);
    }
}
