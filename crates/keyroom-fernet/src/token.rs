//! A token's text and its identity.

use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::{OpenError, alphabet};

/// A token that we made: canonical URL-safe base64 of version, time, IV, ciphertext and HMAC.
///
/// Source: fernet/spec `Spec.md`, "Token Format". Not a secret: it is what the network sees.
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct Token(Vec<u8>);

impl Token {
    /// Takes text that [`crate::Cipher::seal`] wrote.
    pub(crate) fn from_canonical(text: Vec<u8>) -> Self {
        Self(text)
    }

    /// The text, ASCII.
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).expect("base64 is ASCII")
    }

    /// The bytes that go on the wire, in one write.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The text, without a copy.
    pub fn into_string(self) -> String {
        String::from_utf8(self.0).expect("base64 is ASCII")
    }

    /// The bytes that go on the wire, without a copy.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// The identity under which a duplicate is known. Hashes the token: keep the answer.
    pub fn id(&self) -> TokenId {
        let raw = alphabet::decode_canonical(self.as_bytes()).unwrap_or_default();
        TokenId::of_decoded(&raw)
    }
}

impl AsRef<[u8]> for Token {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Token").field(&self.as_str()).finish()
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Which token this is: SHA-256 of its decoded bytes, so that every way to write it has the same identity.
///
/// Shown as 64 lowercase hexadecimal digits. Attack matrix row 44: a replayed token has a known identity.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct TokenId([u8; 32]);

impl TokenId {
    /// The identity of a token as it came, canonical or not, without its key: whoever holds it may be lying.
    ///
    /// # Errors
    /// [`OpenError::Base64`], [`OpenError::Version`] or [`OpenError::Length`] for what can be no token.
    pub fn of(token: &[u8]) -> Result<Self, OpenError> {
        let (raw, _) = alphabet::decode_lenient(token).ok_or(OpenError::Base64)?;
        if raw.first() != Some(&VERSION) {
            return Err(OpenError::Version);
        }
        if !is_lawful(raw.len()) {
            return Err(OpenError::Length { bytes: raw.len() });
        }
        Ok(Self::of_decoded(&raw))
    }

    /// The 32 bytes of the hash.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub(crate) fn from_hash(hash: [u8; 32]) -> Self {
        Self(hash)
    }

    pub(crate) fn of_decoded(raw: &[u8]) -> Self {
        Self(Sha256::digest(raw).into())
    }
}

impl fmt::Display for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenId({self})")
    }
}

/// The bytes that a token's text stands for, read as generously as Python reads it, and how many bytes of the text that
/// took; `None` where it ends inside a group. It needs no key and proves nothing.
pub fn decode(token: &[u8]) -> Option<(Vec<u8>, usize)> {
    alphabet::decode_lenient(token)
}

/// The law of length: 57 bytes of version, time, IV and HMAC, and one block or more.
pub(crate) fn is_lawful(bytes: usize) -> bool {
    bytes >= OVERHEAD + BLOCK && (bytes - OVERHEAD).is_multiple_of(BLOCK)
}

/// The only version there is.
pub(crate) const VERSION: u8 = 0x80;
/// Version, time and IV, before the ciphertext.
pub(crate) const HEADER: usize = 1 + 8 + 16;
/// HMAC-SHA256, behind the ciphertext.
pub(crate) const TAG: usize = 32;
/// Everything but the ciphertext.
pub(crate) const OVERHEAD: usize = HEADER + TAG;
/// AES block.
pub(crate) const BLOCK: usize = 16;
/// Characters of the shortest token: one block.
pub(crate) const SHORTEST_CHARS: usize = (OVERHEAD + BLOCK).div_ceil(3) * 4;
