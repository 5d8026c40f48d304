//! What a commit said that the library could not follow.
//!
//! The library gives no part of a commit that fails: neither who signed it nor what it proposes. But it checks the
//! author's signature first, through our cryptography. So a commit that failed is processed once more with one that
//! remembers what was signed. From that follow its author, whether a publicly checkable rule is broken (then all skip it),
//! and the transcript hash that a GroupInfo after it has. Nothing of this costs anything while commits are sound.

mod crypto;
mod parse;

use keyroom_types::Digest;
use openmls::prelude::tls_codec::Serialize as _;
use openmls::prelude::{MlsGroup, ProtocolMessage};
use sha2::{Digest as _, Sha256};

use crate::delegate::Watched;
use crate::validity::Parts;
use crate::{Provider, Storage};

/// A commit whose signature is right.
pub(crate) struct Testimony {
    pub(crate) parts: Parts,
    /// Its wire format, framed content and signature (RFC 9420, 8.2).
    transcript_input: Vec<u8>,
}

impl Testimony {
    /// Processes a commit that failed once more. `None`: nobody has signed it.
    pub(crate) fn of<S: Storage>(
        p: &Provider<'_, S>,
        group: &mut MlsGroup,
        message: ProtocolMessage,
    ) -> Option<Self> {
        let witness = crypto::Witness::new(p.crypto);
        let watched = Watched { inner: p, crypto: &witness };
        // It fails as before; a failure moves nothing.
        let failed = group.process_message(&watched, message).is_err();
        let (signed, signature) = witness.signed()?;
        if !failed {
            return None;
        }
        let (parts, framed) = parse::signed_commit(&signed)?;
        let length = u16::try_from(signature.len()).ok().filter(|length| *length < 1 << 14)?;
        let length = (length | 0x4000).to_be_bytes();
        let transcript_input =
            [framed, if signature.len() < 64 { &length[1..] } else { &length }, &signature].concat();
        Some(Self { parts, transcript_input })
    }

    /// The confirmed transcript hash after it (RFC 9420, 8.2). Both suites hash with SHA-256.
    pub(crate) fn transcript(&self, before: &MlsGroup) -> Option<Digest> {
        let tag = before.confirmation_tag().tls_serialize_detached().ok()?;
        let confirmed = before.public_group().group_context().confirmed_transcript_hash();
        let interim = Sha256::new().chain_update(confirmed).chain_update(tag).finalize();
        let hash = Sha256::new().chain_update(interim).chain_update(&self.transcript_input).finalize();
        Some(Digest::from_bytes(hash.into()))
    }
}

#[cfg(test)]
pub(crate) use crypto::Spoiler;
