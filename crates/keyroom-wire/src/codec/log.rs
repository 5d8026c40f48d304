//! What both directions say about the log: envelopes and signed heads.

use keyroom_types::{Chain, Digest, EnvelopeId, Header, Incarnation, PassKey, Seq, Signature, Timestamp};

use super::fields::{body, fixed, kind, needed, optional, raw, raw_or_empty};
use crate::{Content, Envelope, SignedHead, WireError, proto};

impl From<&Header> for proto::Header {
    fn from(header: &Header) -> Self {
        Self {
            seq: header.seq.get(),
            time: header.time.as_millis(),
            kind: header.kind.number().into(),
            based_on: header.based_on.get(),
            envelope: raw(header.envelope.as_bytes()),
            pass: raw(header.pass.as_bytes()),
        }
    }
}

impl TryFrom<proto::Header> for Header {
    type Error = WireError;

    fn try_from(header: proto::Header) -> Result<Self, WireError> {
        Ok(Self {
            seq: Seq::new(header.seq),
            time: Timestamp::from_millis(header.time),
            kind: kind(header.kind)?,
            based_on: Seq::new(header.based_on),
            envelope: fixed("envelope", &header.envelope, EnvelopeId::from_slice)?,
            pass: fixed("pass", &header.pass, PassKey::from_slice)?,
        })
    }
}

impl From<&Envelope> for proto::Envelope {
    fn from(envelope: &Envelope) -> Self {
        let content = match &envelope.content {
            Content::Body(bytes) => proto::envelope::Content::Body(bytes.clone()),
            Content::Dropped(digest) => proto::envelope::Content::Dropped(raw(digest.as_bytes())),
        };
        Self {
            header: Some((&envelope.header).into()),
            blob: raw_or_empty(envelope.blob.as_ref(), |blob| blob.as_bytes()),
            content: Some(content),
        }
    }
}

impl TryFrom<proto::Envelope> for Envelope {
    type Error = WireError;

    fn try_from(envelope: proto::Envelope) -> Result<Self, WireError> {
        let header: Header = needed("header", envelope.header)?.try_into()?;
        let content = match needed("content", envelope.content)? {
            proto::envelope::Content::Body(bytes) => Content::Body(body(header.kind, bytes)?),
            proto::envelope::Content::Dropped(digest) => {
                Content::Dropped(fixed("dropped", &digest, Digest::from_slice)?)
            }
        };
        let blob = optional("blob", &envelope.blob, Digest::from_slice)?;
        if blob.is_some() && !header.kind.is_commit() {
            return Err(WireError::Length { field: "blob" });
        }
        Ok(Self { header, content, blob })
    }
}

impl From<&SignedHead> for proto::SignedHead {
    fn from(head: &SignedHead) -> Self {
        Self {
            incarnation: raw(head.incarnation.as_bytes()),
            seq: head.seq.get(),
            time: head.time.as_millis(),
            chain: raw(head.chain.as_bytes()),
            signature: raw(head.signature.as_bytes()),
        }
    }
}

impl TryFrom<proto::SignedHead> for SignedHead {
    type Error = WireError;

    fn try_from(head: proto::SignedHead) -> Result<Self, WireError> {
        let chain = |bytes: &[u8]| bytes.try_into().ok().map(Chain::from_bytes);
        Ok(Self {
            incarnation: fixed("incarnation", &head.incarnation, Incarnation::from_slice)?,
            seq: Seq::new(head.seq),
            time: Timestamp::from_millis(head.time),
            chain: fixed("chain", &head.chain, chain)?,
            signature: fixed("signature", &head.signature, Signature::from_slice)?,
        })
    }
}
