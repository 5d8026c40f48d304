//! Frames to messages and back. Spec: `proto/link.proto`.
//!
//! What comes from outside is checked in two steps. [`bounds`] counts what the frame holds before anything is
//! allocated for it; then protobuf is decoded and each field checked, so that no later code sees a wrong length. Bodies
//! are slices of the frame and are not copied.

mod append;
mod bounds;
mod fields;
mod knock;
mod log;
mod login;
mod to_client;
mod to_relay;

use bytes::Bytes;
use keyroom_types::limits::FRAME_BYTES;
use prost::Message;

use crate::{Envelope, ToClient, ToRelay, WireError, proto};

impl ToRelay {
    /// The frame that carries this message. What breaks a limit is encoded as it is, and refused at the other end.
    pub fn encode(&self) -> Bytes {
        frame(&proto::ToRelay::from(self))
    }

    /// Reads a frame from a client.
    ///
    /// # Errors
    /// The frame is not a message of the link or breaks a bound; the client is at fault.
    pub fn decode(frame: Bytes) -> Result<Self, WireError> {
        decode::<proto::ToRelay>(frame, bounds::TO_RELAY)?.try_into()
    }
}

impl ToClient {
    /// The frame that carries this message. What breaks a limit is encoded as it is, and refused at the other end.
    pub fn encode(&self) -> Bytes {
        frame(&proto::ToClient::from(self))
    }

    /// Reads a frame from a relay.
    ///
    /// # Errors
    /// The frame is not a message of the link or breaks a bound; the relay is at fault.
    pub fn decode(frame: Bytes) -> Result<Self, WireError> {
        decode::<proto::ToClient>(frame, bounds::TO_CLIENT)?.try_into()
    }
}

/// The frame that delivers `envelope`: the same for every link, so a relay makes it once and shares it.
pub fn encode_deliver(envelope: &Envelope) -> Bytes {
    let body = proto::to_client::Body::Deliver(envelope.into());
    frame(&proto::ToClient { request: 0, body: Some(body) })
}

fn frame(message: &impl Message) -> Bytes {
    Bytes::from(message.encode_to_vec())
}

fn decode<M: Message + Default>(frame: Bytes, known: &[bounds::Field]) -> Result<M, WireError> {
    if frame.len() > FRAME_BYTES {
        return Err(WireError::Frame { bytes: frame.len() });
    }
    bounds::check(&frame, known)?;
    M::decode(frame).map_err(|_| WireError::Protobuf)
}

#[cfg(test)]
mod tests;
