//! Why the library refused an envelope, and whose fault that is.

use keyroom_types::{Header, Kind};
use openmls::prelude::{
    ApplyUpdatePathError, ProcessMessageError, ProtocolMessage, StageCommitError, ValidationError,
};

use super::{OpenError, Room, skipped};
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
        _p: &Provider<'_, S>,
        header: &Header,
        _message: ProtocolMessage,
        error: ProcessMessageError<S::Error>,
    ) -> Result<Opened, OpenError> {
        let error = match error {
            ProcessMessageError::StorageError(error) => return Err(OpenError::library(error)),
            ProcessMessageError::InvalidCommit(error) => error,
            ProcessMessageError::ValidationError(ValidationError::LibraryError(error)) => {
                return Err(OpenError::library(error));
            }
            _ => return Ok(skipped(Fault::Unreadable, Blame::Nobody)),
        };
        let by = self.state.by_pass(&header.pass).map(|seat| seat.member.clone());
        if is_private(&error, header.kind) {
            return Ok(Opened::Unsure(Unsure { by, transcript: None }));
        }
        let blame = match (by, header.kind) {
            (_, Kind::Join) => Blame::Newcomer(header.pass),
            (Some(member), _) => Blame::Member(member),
            (None, _) => Blame::Nobody,
        };
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
