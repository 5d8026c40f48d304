//! A client's login, between its type and protobuf.

use keyroom_types::limits::NAME_BYTES;
use keyroom_types::{DoorKey, KeyPin, PassKey, RoomId, Signature};

use super::fields::{empty, fixed, needed, raw, raw_or_empty};
use crate::{Binding, Login, Who, WireError, proto};

impl From<&Login> for proto::Login {
    fn from(login: &Login) -> Self {
        let (role, key, newcomer) = match &login.who {
            Who::Pass(pass) => (1, pass.as_bytes(), None),
            Who::Door { door, newcomer, signature } => (2, door.as_bytes(), Some((newcomer, signature))),
            Who::Founder(pass) => (3, pass.as_bytes(), None),
        };
        Self {
            version: login.version,
            room: raw(login.room.as_bytes()),
            role,
            key: raw(key),
            newcomer: raw_or_empty(newcomer.as_ref(), |(pass, _)| pass.as_bytes()),
            newcomer_signature: raw_or_empty(newcomer.as_ref(), |(_, signature)| signature.as_bytes()),
            binding: Some(match &login.binding {
                Binding::SeenKey(pin) => proto::login::Binding::SeenKey(raw(pin.as_bytes())),
                Binding::DialledName(name) => proto::login::Binding::DialledName(name.clone()),
            }),
            signature: raw(login.signature.as_bytes()),
        }
    }
}

impl TryFrom<proto::Login> for Login {
    type Error = WireError;

    fn try_from(login: proto::Login) -> Result<Self, WireError> {
        if login.role != 2 {
            empty("newcomer", &login.newcomer)?;
            empty("newcomer_signature", &login.newcomer_signature)?;
        }
        let who = match login.role {
            1 => Who::Pass(fixed("key", &login.key, PassKey::from_slice)?),
            2 => Who::Door {
                door: fixed("key", &login.key, DoorKey::from_slice)?,
                newcomer: fixed("newcomer", &login.newcomer, PassKey::from_slice)?,
                signature: fixed("newcomer_signature", &login.newcomer_signature, Signature::from_slice)?,
            },
            3 => Who::Founder(fixed("key", &login.key, PassKey::from_slice)?),
            _ => return Err(WireError::Number { field: "role" }),
        };
        let binding = match needed("binding", login.binding)? {
            proto::login::Binding::SeenKey(pin) => {
                Binding::SeenKey(fixed("seen_key", &pin, KeyPin::from_slice)?)
            }
            proto::login::Binding::DialledName(name) => Binding::DialledName(dialled_name(name)?),
        };
        Ok(Self {
            version: login.version,
            room: fixed("room", &login.room, RoomId::from_slice)?,
            who,
            binding,
            signature: fixed("signature", &login.signature, Signature::from_slice)?,
        })
    }
}

/// One form for each name, so that the signature over it is over what was dialled.
fn dialled_name(name: String) -> Result<String, WireError> {
    let field = "dialled_name";
    if name.is_empty() {
        return Err(WireError::Missing { field });
    }
    if name.len() > NAME_BYTES {
        return Err(WireError::TooLong { field });
    }
    match name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.')) {
        true => Ok(name),
        false => Err(WireError::Text { field }),
    }
}
