//! What a relay says, between its types and protobuf.

use keyroom_types::limits::{EPHEMERAL_BYTES, TICKET_BYTES};
use keyroom_types::{Digest, EnvelopeId, LogKey, Seq, Timestamp};

use super::fields::{
    at_most, code, fixed, needed, optional, part, raw, raw_or_empty, role, role_number, within_blob,
};
use crate::proto::to_client::Body;
use crate::{Answer, Appended, Blobs, Hello, Refusal, ToClient, Turn, Welcome, WireError, proto};

impl From<&ToClient> for proto::ToClient {
    fn from(message: &ToClient) -> Self {
        Self { request: message.request, body: Some((&message.body).into()) }
    }
}

impl TryFrom<proto::ToClient> for ToClient {
    type Error = WireError;

    fn try_from(message: proto::ToClient) -> Result<Self, WireError> {
        Ok(Self { request: message.request, body: needed("body", message.body)?.try_into()? })
    }
}

impl From<&Answer> for Body {
    fn from(answer: &Answer) -> Self {
        match answer {
            Answer::Hello(hello) => Self::Hello(hello.into()),
            Answer::Welcome(welcome) => Self::Welcome((&**welcome).into()),
            Answer::Created(head) => Self::Created(proto::Created { head: Some(head.into()) }),
            Answer::Appended(appended) => Self::Appended(proto::Appended {
                first: appended.first.get(),
                last: appended.last.get(),
                time: appended.time.as_millis(),
                repeated: appended.repeated,
            }),
            Answer::Subscribed(head) => Self::Subscribed(proto::Subscribed { head: head.get() }),
            Answer::Deliver(envelope) => Self::Deliver(envelope.into()),
            Answer::Range { envelopes, head } => Self::Range(proto::Range {
                envelopes: envelopes.iter().map(Into::into).collect(),
                head: head.get(),
            }),
            Answer::BlobProgress(offset) => Self::BlobProgress(proto::BlobProgress { offset: *offset }),
            Answer::BlobPart { size, offset, part } => {
                Self::BlobPart(proto::BlobPart { size: *size, offset: *offset, bytes: part.clone() })
            }
            Answer::Blobs(blobs) => Self::Blobs(blobs.into()),
            Answer::Turn(turn) => Self::Turn(turn.into()),
            Answer::Ephemeral(bytes) => Self::Ephemeral(proto::Ephemeral { bytes: bytes.clone() }),
            Answer::Head(head) => Self::Head(head.into()),
            Answer::Ticket { token, expires } => {
                Self::Ticket(proto::Ticket { token: token.clone(), expires: expires.as_millis() })
            }
            Answer::Pong(number) => Self::Pong(proto::Pong { number: *number }),
            Answer::Refused(refusal) => Self::Refused(proto::Refused {
                code: refusal.code.number(),
                retry_ms: refusal.retry_ms,
                seq: refusal.seq.get(),
            }),
            Answer::Goodbye { code, retry_ms } => {
                Self::Goodbye(proto::Goodbye { code: code.number(), retry_ms: *retry_ms })
            }
            Answer::Done => Self::Done(proto::Done {}),
            Answer::Knocked(knocked) => Self::Knocked(knocked.into()),
            Answer::Knocks { knocks, more } => {
                Self::Knocks(proto::Knocks { knocks: knocks.iter().map(Into::into).collect(), more: *more })
            }
            Answer::Declined => Self::Declined(proto::Declined {}),
            Answer::Answered(answered) => Self::Answered(answered.into()),
        }
    }
}

impl TryFrom<Body> for Answer {
    type Error = WireError;

    fn try_from(body: Body) -> Result<Self, WireError> {
        Ok(match body {
            Body::Hello(hello) => Self::Hello(hello.try_into()?),
            Body::Welcome(welcome) => Self::Welcome(Box::new(welcome.try_into()?)),
            Body::Created(created) => Self::Created(needed("head", created.head)?.try_into()?),
            Body::Appended(appended) => Self::Appended(Appended {
                first: Seq::new(appended.first),
                last: Seq::new(appended.last),
                time: Timestamp::from_millis(appended.time),
                repeated: appended.repeated,
            }),
            Body::Subscribed(subscribed) => Self::Subscribed(Seq::new(subscribed.head)),
            Body::Deliver(envelope) => Self::Deliver(envelope.try_into()?),
            Body::Range(range) => Self::Range {
                envelopes: range.envelopes.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?,
                head: Seq::new(range.head),
            },
            Body::BlobProgress(progress) => {
                within_blob("offset", progress.offset)?;
                Self::BlobProgress(progress.offset)
            }
            Body::BlobPart(blob) => Self::BlobPart {
                size: blob.size,
                offset: blob.offset,
                part: part(blob.size, blob.offset, blob.bytes)?,
            },
            Body::Blobs(blobs) => Self::Blobs(blobs.try_into()?),
            Body::Turn(turn) => Self::Turn(turn.try_into()?),
            Body::Ephemeral(ephemeral) => {
                Self::Ephemeral(at_most("bytes", ephemeral.bytes, EPHEMERAL_BYTES)?)
            }
            Body::Head(head) => Self::Head(head.try_into()?),
            Body::Ticket(ticket) => {
                Self::Ticket { token: token(ticket.token)?, expires: Timestamp::from_millis(ticket.expires) }
            }
            Body::Pong(pong) => Self::Pong(pong.number),
            Body::Refused(refused) => Self::Refused(Refusal {
                code: code(refused.code)?,
                retry_ms: refused.retry_ms,
                seq: Seq::new(refused.seq),
            }),
            Body::Goodbye(goodbye) => Self::Goodbye { code: code(goodbye.code)?, retry_ms: goodbye.retry_ms },
            Body::Done(_) => Self::Done,
            Body::Knocked(knocked) => Self::Knocked(knocked.try_into()?),
            Body::Knocks(knocks) => Self::Knocks {
                knocks: knocks.knocks.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?,
                more: knocks.more,
            },
            Body::Declined(_) => Self::Declined,
            Body::Answered(answered) => Self::Answered(answered.try_into()?),
        })
    }
}

impl From<&Hello> for proto::Hello {
    fn from(hello: &Hello) -> Self {
        Self {
            min_version: hello.min_version,
            max_version: hello.max_version,
            challenge: raw(&hello.challenge),
            log_key: raw(hello.log_key.as_bytes()),
        }
    }
}

impl TryFrom<proto::Hello> for Hello {
    type Error = WireError;

    fn try_from(hello: proto::Hello) -> Result<Self, WireError> {
        Ok(Self {
            min_version: hello.min_version,
            max_version: hello.max_version,
            challenge: fixed("challenge", &hello.challenge, |bytes| bytes.try_into().ok())?,
            log_key: fixed("log_key", &hello.log_key, LogKey::from_slice)?,
        })
    }
}

impl From<&Welcome> for proto::Welcome {
    fn from(welcome: &Welcome) -> Self {
        Self {
            head: welcome.head.as_ref().map(Into::into),
            newest_commit: welcome.newest_commit.get(),
            pass_role: role_number(welcome.role),
            last_envelope: raw_or_empty(welcome.last.as_ref(), |(envelope, _)| envelope.as_bytes()),
            last_seq: welcome.last.map_or(0, |(_, seq)| seq.get()),
            silence_ms: welcome.silence_ms,
            retention_ms: welcome.retention_ms,
            volatile: welcome.volatile,
            answered: welcome.answered.as_ref().map(Into::into),
            knocked: welcome.knocked,
        }
    }
}

impl TryFrom<proto::Welcome> for Welcome {
    type Error = WireError;

    fn try_from(welcome: proto::Welcome) -> Result<Self, WireError> {
        let last = match optional("last_envelope", &welcome.last_envelope, EnvelopeId::from_slice)? {
            Some(_) if welcome.last_seq == 0 => return Err(WireError::Missing { field: "last_seq" }),
            None if welcome.last_seq != 0 => return Err(WireError::Missing { field: "last_envelope" }),
            last => last.map(|envelope| (envelope, Seq::new(welcome.last_seq))),
        };
        Ok(Self {
            head: welcome.head.map(TryInto::try_into).transpose()?,
            newest_commit: Seq::new(welcome.newest_commit),
            role: role(welcome.pass_role)?,
            last,
            silence_ms: welcome.silence_ms,
            retention_ms: welcome.retention_ms,
            volatile: welcome.volatile,
            answered: welcome.answered.map(TryInto::try_into).transpose()?,
            knocked: welcome.knocked,
        })
    }
}

impl From<&Blobs> for proto::Blobs {
    fn from(blobs: &Blobs) -> Self {
        Self {
            newest_commit: blobs.newest_commit.get(),
            blobs: blobs.blobs.iter().map(|blob| raw(blob.as_bytes())).collect(),
        }
    }
}

impl TryFrom<proto::Blobs> for Blobs {
    type Error = WireError;

    fn try_from(blobs: proto::Blobs) -> Result<Self, WireError> {
        let name = |bytes: &bytes::Bytes| fixed("blobs", bytes, Digest::from_slice);
        Ok(Self {
            newest_commit: Seq::new(blobs.newest_commit),
            blobs: blobs.blobs.iter().map(name).collect::<Result<_, _>>()?,
        })
    }
}

impl From<&Turn> for proto::Turn {
    fn from(turn: &Turn) -> Self {
        match turn {
            Turn::Waiting { ahead } => Self { ahead: *ahead, turn_ms: 0, blobs: None },
            Turn::Now { turn_ms, blobs } => Self { ahead: 0, turn_ms: *turn_ms, blobs: Some(blobs.into()) },
        }
    }
}

impl TryFrom<proto::Turn> for Turn {
    type Error = WireError;

    fn try_from(turn: proto::Turn) -> Result<Self, WireError> {
        Ok(match turn.ahead {
            0 => Self::Now { turn_ms: turn.turn_ms, blobs: needed("blobs", turn.blobs)?.try_into()? },
            ahead => Self::Waiting { ahead },
        })
    }
}

/// A bearer token (RFC 6750, 2.1). It is put into an HTTP header, where another character could begin another header.
fn token(token: String) -> Result<String, WireError> {
    let field = "token";
    if token.is_empty() {
        return Err(WireError::Missing { field });
    }
    if token.len() > TICKET_BYTES {
        return Err(WireError::TooLong { field });
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
    if token.bytes().all(allowed) { Ok(token) } else { Err(WireError::Text { field }) }
}
