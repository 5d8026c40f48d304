//! What a client says, between its types and protobuf.

use keyroom_types::limits::EPHEMERAL_BYTES;
use keyroom_types::{Digest, FileId, PassKey, Seq};

use super::fields::{at_most, fixed, knock_bytes, needed, part, raw, within_blob};
use crate::proto::to_relay::Body;
use crate::{FilePurpose, Request, ToRelay, WireError, proto};

impl From<&ToRelay> for proto::ToRelay {
    fn from(message: &ToRelay) -> Self {
        Self { request: message.request, body: Some((&message.body).into()) }
    }
}

impl TryFrom<proto::ToRelay> for ToRelay {
    type Error = WireError;

    fn try_from(message: proto::ToRelay) -> Result<Self, WireError> {
        let body = needed("body", message.body)?;
        let unanswered = matches!(body, Body::Credit(_) | Body::Ephemeral(_) | Body::Ping(_));
        if unanswered != (message.request == 0) {
            return Err(WireError::Number { field: "request" });
        }
        Ok(Self { request: message.request, body: body.try_into()? })
    }
}

impl From<&Request> for Body {
    fn from(request: &Request) -> Self {
        match request {
            Request::Login(login) => Self::Login((&**login).into()),
            Request::Create(create) => Self::Create(create.into()),
            Request::Append(append) => Self::Append(append.into()),
            Request::Subscribe { after, credit } => {
                Self::Subscribe(proto::Subscribe { after: after.get(), credit: *credit })
            }
            Request::Credit(total) => Self::Credit(proto::Credit { total: *total }),
            Request::Fetch { after, through } => {
                Self::Fetch(proto::Fetch { after: after.get(), through: through.get() })
            }
            Request::PutBlob { blob, size, offset, part } => Self::PutBlob(proto::PutBlob {
                blob: raw(blob.as_bytes()),
                size: *size,
                offset: *offset,
                bytes: part.clone(),
            }),
            Request::GetBlob { blob, offset } => {
                Self::GetBlob(proto::GetBlob { blob: raw(blob.as_bytes()), offset: *offset })
            }
            Request::Republish { based_on, blob } => {
                Self::Republish(proto::Republish { based_on: based_on.get(), blob: raw(blob.as_bytes()) })
            }
            Request::ListBlobs => Self::ListBlobs(proto::ListBlobs {}),
            Request::TakeTurn => Self::TakeTurn(proto::TakeTurn {}),
            Request::Ephemeral(bytes) => Self::Ephemeral(proto::Ephemeral { bytes: bytes.clone() }),
            Request::FileTicket { file, purpose, size } => Self::FileTicket(proto::FileTicket {
                file: raw(file.as_bytes()),
                purpose: match purpose {
                    FilePurpose::Put => 1,
                    FilePurpose::Get => 2,
                },
                size: *size,
            }),
            Request::Ping(number) => Self::Ping(proto::Ping { number: *number }),
            Request::Knock(bytes) => Self::Knock(proto::Knock { bytes: bytes.clone() }),
            Request::ListKnocks { after } => Self::ListKnocks(proto::ListKnocks { after: *after }),
            Request::DropKnock(pass) => Self::DropKnock(proto::DropKnock { newcomer: raw(pass.as_bytes()) }),
        }
    }
}

impl TryFrom<Body> for Request {
    type Error = WireError;

    fn try_from(body: Body) -> Result<Self, WireError> {
        let blob_name = |bytes: &[u8]| fixed("blob", bytes, Digest::from_slice);
        Ok(match body {
            Body::Login(login) => Self::Login(Box::new(login.try_into()?)),
            Body::Create(create) => Self::Create(create.try_into()?),
            Body::Append(append) => Self::Append(append.try_into()?),
            Body::Subscribe(subscribe) => {
                Self::Subscribe { after: Seq::new(subscribe.after), credit: subscribe.credit }
            }
            Body::Credit(credit) => Self::Credit(credit.total),
            Body::Fetch(fetch) => {
                Self::Fetch { after: Seq::new(fetch.after), through: Seq::new(fetch.through) }
            }
            Body::PutBlob(put) => Self::PutBlob {
                blob: blob_name(&put.blob)?,
                size: put.size,
                offset: put.offset,
                part: part(put.size, put.offset, put.bytes)?,
            },
            Body::GetBlob(get) => {
                within_blob("offset", get.offset)?;
                Self::GetBlob { blob: blob_name(&get.blob)?, offset: get.offset }
            }
            Body::Republish(republish) => {
                Self::Republish { based_on: Seq::new(republish.based_on), blob: blob_name(&republish.blob)? }
            }
            Body::ListBlobs(_) => Self::ListBlobs,
            Body::TakeTurn(_) => Self::TakeTurn,
            Body::Ephemeral(ephemeral) => {
                Self::Ephemeral(at_most("bytes", ephemeral.bytes, EPHEMERAL_BYTES)?)
            }
            Body::FileTicket(ticket) => Self::FileTicket {
                file: fixed("file", &ticket.file, FileId::from_slice)?,
                purpose: match ticket.purpose {
                    1 => FilePurpose::Put,
                    2 => FilePurpose::Get,
                    _ => return Err(WireError::Number { field: "purpose" }),
                },
                size: ticket.size,
            },
            Body::Ping(ping) => Self::Ping(ping.number),
            Body::Knock(knock) => Self::Knock(knock_bytes(knock.bytes)?),
            Body::ListKnocks(list) => Self::ListKnocks { after: list.after },
            Body::DropKnock(drop) => Self::DropKnock(fixed("newcomer", &drop.newcomer, PassKey::from_slice)?),
        })
    }
}
