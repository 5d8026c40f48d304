//! Why the library refused an envelope, and whose fault that is.

use keyroom_types::{Header, Kind};
use openmls::prelude::{ApplyUpdatePathError, ProcessMessageError, ProtocolMessage, StageCommitError};

use super::{OpenError, Room, skipped};
use crate::validity::{self, Author};
use crate::witness::Testimony;
use crate::{Blame, Fault, Opened, Provider, Storage, Unsure};

/// A message that nobody can open: its keys are the same for all, so all find the same.
pub(super) fn of_message<E: std::fmt::Display>(error: ProcessMessageError<E>) -> Result<Opened, OpenError> {
    match error {
        ProcessMessageError::StorageError(error) => Err(OpenError::library(error)),
        ProcessMessageError::LibraryError(error) => Err(OpenError::library(error)),
        _ => Ok(skipped(Fault::Unreadable, Blame::Nobody)),
    }
}

impl Room {
    pub(super) fn refuse_commit<S: Storage>(
        &mut self,
        p: &Provider<'_, S>,
        header: &Header,
        message: ProtocolMessage,
        error: ProcessMessageError<S::Error>,
    ) -> Result<Opened, OpenError> {
        let error = match error {
            ProcessMessageError::StorageError(error) => return Err(OpenError::library(error)),
            ProcessMessageError::InvalidCommit(error) => Some(error),
            _ => None,
        };
        let Some(testimony) = Testimony::of(p, &mut self.group, message) else {
            let blame = if header.kind == Kind::Join { Blame::Newcomer(header.pass) } else { Blame::Nobody };
            return Ok(skipped(Fault::Unreadable, blame));
        };
        // A rule that is broken for all to see comes before a fault that perhaps only we see.
        if let Err(skipped) = validity::judge(&self.state, &testimony.parts, header) {
            return Ok(Opened::Skipped(*skipped));
        }
        let by = match testimony.parts.author {
            Author::Member(leaf) => self.member(leaf),
            Author::Newcomer => None,
        };
        if error.is_some_and(|error| is_private(&error, header.kind)) {
            let transcript = testimony.transcript(&self.group);
            return Ok(Opened::Unsure(Unsure { by, transcript }));
        }
        let blame = by.map_or(Blame::Newcomer(header.pass), Blame::Member);
        Ok(skipped(Fault::Mls, blame))
    }
}

/// Whether others may be able to follow a commit that we cannot: what is sealed to us alone does not fit.
fn is_private(error: &StageCommitError, kind: Kind) -> bool {
    match error {
        StageCommitError::ConfirmationTagMismatch
        | StageCommitError::MissingDecryptionKey
        | StageCommitError::OwnKeyNotFound => true,
        StageCommitError::UpdatePathError(error) => matches!(
            error,
            ApplyUpdatePathError::UnableToDecrypt
                | ApplyUpdatePathError::PathMismatch
                | ApplyUpdatePathError::MissingCiphertext
                | ApplyUpdatePathError::MissingOwnLeaf
                | ApplyUpdatePathError::LibraryError(_)
        ),
        // In an external commit it is the KEM output that does not fit the room's key, which all members have.
        StageCommitError::LibraryError(_) => kind != Kind::Join,
        _ => false,
    }
}
