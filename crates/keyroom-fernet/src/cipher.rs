//! One token: seal and open.

use std::fmt;
use std::ops::Range;

use aes::{Aes128Dec, Aes128Enc};
use base64::Engine as _;
use cbc::cipher::{Array, BlockModeDecrypt as _, BlockModeEncrypt as _, InnerIvInit as _, KeyInit as _};
use keyroom_types::Key;
use zeroize::Zeroizing;

use crate::hash::{Hasher, SigningKey, is_same};
use crate::passes::{EncryptAndSign, sign_and_identify};
use crate::token::{BLOCK, HEADER, OVERHEAD, TAG, VERSION, is_lawful};
use crate::{Plaintext, Policy, Token, TokenId, alphabet};

/// A key made ready for many tokens: the HMAC's state behind its key and both AES key schedules.
///
/// All of it is wiped on drop; `Debug` shows nothing.
#[derive(Clone)]
pub struct Cipher {
    signing: SigningKey,
    encrypt: Aes128Enc,
    decrypt: Aes128Dec,
}

impl Cipher {
    /// Makes a key ready. The first half signs, the second encrypts (fernet/spec `Spec.md`, "Key Format").
    pub fn new(key: &Key) -> Self {
        let (signing, encryption) = key.as_bytes().split_at(Key::BYTES / 2);
        let signing = signing.first_chunk().expect("half a key has 16 bytes");
        let mut schedule = Zeroizing::new([0_u8; Key::BYTES / 2]);
        schedule.copy_from_slice(encryption);
        let aes_key: &aes::cipher::Key<Aes128Enc> = (&*schedule).into();
        Self {
            signing: SigningKey::new(signing),
            encrypt: Aes128Enc::new(aes_key),
            decrypt: Aes128Dec::new(aes_key),
        }
    }

    /// Makes the one canonical token of this text, time (seconds since 1970) and IV.
    ///
    /// The IV must be drawn anew for every token from the system's random source: a repeated one shows
    /// which messages begin alike.
    ///
    /// # Errors
    /// [`SealError::TooLong`] where the token's length does not fit in a `usize`.
    pub fn seal(&self, plaintext: &[u8], unix_s: u64, iv: [u8; 16]) -> Result<Token, SealError> {
        let too_long = SealError::TooLong { bytes: plaintext.len() };
        let blocks = plaintext.len() / BLOCK + 1;
        let raw_len =
            blocks.checked_mul(BLOCK).and_then(|body| body.checked_add(OVERHEAD)).ok_or(too_long)?;
        let text_len = alphabet::encoded_len(raw_len).ok_or(too_long)?;

        let mut short = [0; SHORT];
        let mut long = Vec::new();
        let raw = match short.get_mut(..raw_len) {
            Some(raw) => raw,
            None => {
                long.resize(raw_len, 0);
                &mut long[..]
            }
        };
        let (signed, tag) = raw.split_at_mut(raw_len - TAG);
        signed[0] = VERSION;
        signed[TIME].copy_from_slice(&unix_s.to_be_bytes());
        signed[IV].copy_from_slice(&iv);
        let (body, padding) = signed[HEADER..].split_at_mut(plaintext.len());
        body.copy_from_slice(plaintext);
        padding.fill(u8::try_from(padding.len()).expect("a block has 16 bytes"));
        let mut signer = self.signing.signer();
        // In place: no copy of the plaintext is left behind.
        cbc::Encryptor::inner_iv_init(&self.encrypt, &iv.into())
            .encrypt_with_backend(EncryptAndSign { raw: signed, signer: &mut signer });
        tag.copy_from_slice(&signer.finish(signed));

        let mut text = vec![0; text_len];
        let written = alphabet::CANONICAL.encode_slice(&*raw, &mut text).map_err(|_| too_long)?;
        text.truncate(written);
        Ok(Token::from_canonical(text))
    }

    /// Opens a token exactly when Python's `Fernet.decrypt` opens these bytes, whatever they are.
    ///
    /// # Errors
    /// What stands in the clear is named; what needs the key is [`OpenError::NotAuthentic`] alone.
    pub fn open(&self, token: &[u8], policy: &Policy) -> Result<Opened, OpenError> {
        self.open_prefix(token, policy).map(|(opened, _)| opened)
    }

    /// Like [`Cipher::open`], and says how many bytes of the text were read to find the token.
    pub(crate) fn open_prefix(&self, token: &[u8], policy: &Policy) -> Result<(Opened, usize), OpenError> {
        let (raw, used) = alphabet::decode_lenient(token).ok_or(OpenError::Base64)?;
        if raw.first() != Some(&VERSION) {
            return Err(OpenError::Version);
        }
        let wrong_length = OpenError::Length { bytes: raw.len() };
        let unix_s = raw.get(TIME).and_then(|time| time.try_into().ok()).map(u64::from_be_bytes);
        let unix_s = unix_s.ok_or(wrong_length)?;
        policy.check(unix_s)?;
        if !is_lawful(raw.len()) {
            return Err(wrong_length);
        }
        let id = self.verify(&raw)?;
        let plaintext = self.decrypt(raw)?;
        Ok((Opened { plaintext, unix_s, id }, used))
    }

    /// Checks the HMAC, and says which token it is.
    fn verify(&self, raw: &[u8]) -> Result<TokenId, OpenError> {
        let (signed, tag) = raw.split_at(raw.len() - TAG);
        let mut signer = self.signing.signer();
        let mut id = Hasher::new();
        sign_and_identify(signed, &mut signer, &mut id);
        // Before the tag is known to be right: its last block does not wait for the HMAC's.
        let id = TokenId::from_hash(id.finish(raw).into());
        if is_same(&signer.finish(signed), tag) { Ok(id) } else { Err(OpenError::NotAuthentic) }
    }

    /// The half of the key that signs.
    pub(crate) fn signing(&self) -> &SigningKey {
        &self.signing
    }

    /// Decrypts a verified token in its own buffer: header, whole blocks, tag.
    fn decrypt(&self, raw: Vec<u8>) -> Result<Plaintext, OpenError> {
        let iv: [u8; BLOCK] = raw[IV].try_into().expect("the slice has 16 bytes");
        let mut plaintext = Plaintext::from(raw);
        plaintext.keep(HEADER, TAG);
        let (blocks, _) = Array::slice_as_chunks_mut(plaintext.bytes_mut());
        cbc::Decryptor::inner_iv_init(&self.decrypt, &iv.into()).decrypt_blocks(blocks);
        let pad = usize::from(plaintext.last().copied().unwrap_or_default());
        let kept = plaintext.len().checked_sub(pad).ok_or(OpenError::NotAuthentic)?;
        // A plain comparison: the HMAC has proved that the padding comes from a holder of the key.
        if pad == 0 || pad > BLOCK || plaintext[kept..].iter().any(|&byte| usize::from(byte) != pad) {
            return Err(OpenError::NotAuthentic);
        }
        plaintext.keep(0, pad);
        Ok(plaintext)
    }
}

impl fmt::Debug for Cipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cipher(..)")
    }
}

/// What a token held. `Debug` hides the text, which is wiped on drop.
#[derive(Clone, Eq, PartialEq)]
pub struct Opened {
    /// The text as its author wrote it: any bytes, not always UTF-8.
    pub plaintext: Plaintext,
    /// When its author says it was made, in seconds since 1970: authentic, and as wrong as that clock.
    pub unix_s: u64,
    /// Which token it was, to know a duplicate by.
    pub id: TokenId,
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened").field("unix_s", &self.unix_s).field("id", &self.id).finish_non_exhaustive()
    }
}

/// Why no token was made.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The token's length would not fit in a `usize`.
    #[error("{bytes} bytes are too long for one token")]
    TooLong {
        /// Length of the text.
        bytes: usize,
    },
}

/// Why a token was refused. No variant carries text or key, so all are safe to log.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Not base64, even as generously as Python reads it: the text ends inside a group.
    #[error("token is not base64")]
    Base64,
    /// The first byte is not 0x80, or there is none.
    #[error("token is not of Fernet's version 0x80")]
    Version,
    /// Not 57 bytes and one or more whole blocks of 16.
    #[error("{bytes} bytes are no token's length")]
    Length {
        /// Length of the decoded token.
        bytes: usize,
    },
    /// Older than the caller allowed. The time is judged before the HMAC, so nobody vouches for the age.
    #[error("token is {age_s} s old, limit is {ttl_s} s")]
    Expired {
        /// Age in seconds.
        age_s: u64,
        /// Greatest age that the caller allowed, in seconds.
        ttl_s: u64,
    },
    /// Further ahead of the caller's clock than allowed; nobody vouches for the time either.
    #[error("token is {ahead_s} s ahead, limit is {skew_s} s")]
    FromFuture {
        /// Seconds ahead of the caller's clock.
        ahead_s: u64,
        /// Greatest lead that the caller allowed, in seconds.
        skew_s: u64,
    },
    /// Wrong key, wrong HMAC or wrong padding: one answer for all, or padding becomes an oracle.
    #[error("token is not authentic")]
    NotAuthentic,
}

/// Where the time stands.
const TIME: Range<usize> = 1..9;
/// Where the IV stands.
const IV: Range<usize> = 9..HEADER;
/// Decoded tokens to this length need no allocation of their own while they are made.
const SHORT: usize = 256;
