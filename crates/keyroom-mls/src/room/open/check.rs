//! Which check refuses a message: for the lab of the inspector. In a room all of these are one answer, *unreadable*.

use keyroom_types::{Header, Seq};
use openmls::framing::errors::MessageDecryptionError;
use openmls::group::ValidationError;
use openmls::prelude::{ContentType, ProcessMessageError, ProcessedMessageContent, ProtocolMessage};

use super::{Room, private};
use crate::{Opened, Provider, Storage};

/// The check that a message ends at, in their order.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Check {
    /// It is no private message, or of another content type than its header says.
    Form,
    /// It is another group's.
    Group,
    /// It is of an epoch whose keys are not here: gone, or not yet.
    Epoch,
    /// Sender data or content do not decrypt: another key, or a changed bit.
    Aead,
    /// The key of its generation was used and deleted.
    UsedKey,
    /// Its generation is too far ahead, or its sender's place is none.
    Ratchet,
    /// What was decrypted is no content of MLS.
    Content,
    /// Its sender is no member.
    Sender,
    /// Its author's signature is wrong.
    Signature,
    /// It carries our own sender number.
    Own,
    /// What it says of its place in the log is not where it stands, or its content is no content of ours.
    Place,
    /// Another check of the MLS library.
    Other,
}

impl Room {
    /// Which check refuses this message, if one does. The room is used up: a try moves its ratchets.
    pub fn refusing_check<S: Storage>(
        mut self,
        p: &Provider<'_, S>,
        header: &Header,
        body: &[u8],
        base: Seq,
    ) -> Option<Check> {
        let Ok(message) = private(body, ContentType::Application) else { return Some(Check::Form) };
        let room = self.id();
        let message = ProtocolMessage::from(message);
        let is_of_now = message.epoch() == self.group.epoch();
        // What the try writes is undone, for the second look.
        let Ok(processed) = p.storage.scratch(|| self.group.process_message(p, message)) else {
            return Some(Check::Other);
        };
        match processed {
            // The keys of past epochs are not kept: the library looks for them all the same, and finds no key.
            Err(error) => {
                let found = check(&error);
                let no_key = matches!(found, Check::UsedKey | Check::Ratchet);
                return Some(if no_key && !is_of_now { Check::Epoch } else { found });
            }
            Ok(processed) => match processed.into_content() {
                ProcessedMessageContent::ApplicationMessage(_) => {}
                ProcessedMessageContent::OwnPrivateMessage => return Some(Check::Own),
                _ => return Some(Check::Form),
            },
        }
        // What the library accepts, ours may still refuse: once more, on the state as it was stored.
        let Ok(Some(mut again)) = Self::load(p, &room) else { return Some(Check::Other) };
        match again.open_message(p, header, body, base) {
            Ok(Opened::Message(_)) => None,
            _ => Some(Check::Place),
        }
    }
}

fn check<E>(error: &ProcessMessageError<E>) -> Check {
    let ProcessMessageError::ValidationError(error) = error else { return Check::Other };
    match error {
        ValidationError::WrongGroupId => Check::Group,
        ValidationError::WrongEpoch | ValidationError::NoPastEpochData => Check::Epoch,
        ValidationError::UnknownMember => Check::Sender,
        ValidationError::InvalidSignature => Check::Signature,
        ValidationError::WrongWireFormat => Check::Form,
        ValidationError::UnableToDecrypt(error) => match error {
            MessageDecryptionError::AeadError => Check::Aead,
            MessageDecryptionError::MalformedContent => Check::Content,
            MessageDecryptionError::WrongWireFormat => Check::Form,
            MessageDecryptionError::GenerationOutOfBound => Check::Ratchet,
            // The library keeps this error's type to itself; the test in `tests/room/checks.rs` fails if its names change.
            MessageDecryptionError::SecretTreeError(error) => match format!("{error:?}").as_str() {
                "SecretReuseError" | "TooDistantInThePast" => Check::UsedKey,
                _ => Check::Ratchet,
            },
            _ => Check::Other,
        },
        _ => Check::Other,
    }
}
