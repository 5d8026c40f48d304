//! Names of rooms, doors, passes, envelopes and blobs: fixed numbers of bytes that mean nothing by themselves.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Declares one kind of id, so that a pass can never be taken for a door.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $bytes:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub struct $name([u8; $bytes]);

        impl $name {
            /// Its length in bytes.
            pub const BYTES: usize = $bytes;

            /// Takes the raw bytes.
            pub const fn from_bytes(bytes: [u8; $bytes]) -> Self {
                Self(bytes)
            }

            /// Takes a slice of exactly [`Self::BYTES`] bytes.
            pub fn from_slice(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map(Self)
            }

            /// The raw bytes.
            pub const fn as_bytes(&self) -> &[u8; $bytes] {
                &self.0
            }
        }

        /// URL-safe base64 without padding.
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                // Checked first, so that a huge text is not decoded to find out that it is none.
                if text.len() != ($bytes * 4_usize).div_ceil(3) {
                    return Err(IdError { bytes: $bytes });
                }
                let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| IdError { bytes: $bytes })?;
                Self::from_slice(&bytes).ok_or(IdError { bytes: $bytes })
            }
        }
    };
}

id! {
    /// Names a room at its relay: 16 random bytes that its founder drew. No secret, but nobody can guess it.
    RoomId, 16
}
id! {
    /// Names one envelope: 16 random bytes that its author drew. The same id is the same envelope, sent again.
    EnvelopeId, 16
}
id! {
    /// Public half of a member's own credential at the relay for one room (Ed25519, RFC 8032).
    PassKey, 32
}
id! {
    /// Names a door, derived from its key.
    DoorId, 16
}
id! {
    /// Public half of a door's signing pair (Ed25519, RFC 8032).
    DoorKey, 32
}
id! {
    /// Public half of the key that a relay signs heads with (Ed25519, RFC 8032). Invites pin it.
    LogKey, 32
}
id! {
    /// SHA-256 of the DER SubjectPublicKeyInfo (RFC 5280, 4.1) of a relay's certificate. Invites pin it.
    KeyPin, 32
}
id! {
    /// SHA-256 of a blob or of an envelope's body.
    Digest, 32
}
id! {
    /// Names one life of a relay's store: 16 random bytes, drawn when the store is made. Another incarnation means
    /// that what the earlier one held is gone.
    Incarnation, 16
}
id! {
    /// Names a file at a relay: 16 random bytes that its owner drew.
    FileId, 16
}
id! {
    /// Public half of a person's long-lived identity on one device (Ed25519, RFC 8032).
    IdentityKey, 32
}
id! {
    /// Names a message: 16 random bytes inside what its author signed. The same id from the same identity is the same
    /// message, sent again.
    MessageId, 16
}
id! {
    /// An Ed25519 signature (RFC 8032).
    Signature, 64
}

/// A text is not the written form of an id of this many bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not {bytes} bytes of URL-safe base64 without padding")]
pub struct IdError {
    /// Length that was expected, in bytes.
    pub bytes: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shown_id_reads_back_to_itself() {
        let room = RoomId::from_bytes(*b"0123456789abcdef");
        assert_eq!(room.to_string().parse(), Ok(room));
        assert_eq!("short".parse::<RoomId>(), Err(IdError { bytes: 16 }));
        assert_eq!("!".repeat(22).parse::<RoomId>(), Err(IdError { bytes: 16 }));
    }

    #[test]
    fn a_slice_of_another_length_is_no_id() {
        assert_eq!(PassKey::from_slice(&[0; 31]), None);
        assert_eq!(PassKey::from_slice(&[7; 32]), Some(PassKey::from_bytes([7; 32])));
    }
}
