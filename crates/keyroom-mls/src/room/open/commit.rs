//! Opening commits: processed, judged, and only then merged.

use keyroom_types::limits::COMMIT_BYTES;
use keyroom_types::{Header, RoomId};
use openmls::prelude::tls_codec::DeserializeBytes as _;
use openmls::prelude::{
    ContentType, MlsMessageBodyIn, MlsMessageIn, ProcessedMessageContent, ProtocolMessage,
};

use super::{OpenError, Room, changes, private, skipped};
use crate::validity::{self, Parts};
use crate::{Blame, Fault, Opened, Provider, Storage, lobby};

impl Room {
    pub(super) fn open_commit<S: Storage>(
        &mut self,
        p: &Provider<'_, S>,
        header: &Header,
        body: &[u8],
    ) -> Result<Opened, OpenError> {
        match private(body, ContentType::Commit) {
            Ok(message) => self.follow_commit(p, header, message.into()),
            Err(fault) => Ok(skipped(fault, Blame::Nobody)),
        }
    }

    pub(super) fn open_join<S: Storage>(
        &mut self,
        p: &Provider<'_, S>,
        header: &Header,
        body: &[u8],
    ) -> Result<Opened, OpenError> {
        // Whoever appended it as a newcomer did so with this pass.
        let blame = || Blame::Newcomer(header.pass);
        if body.len() > COMMIT_BYTES {
            return Ok(skipped(Fault::Unreadable, blame()));
        }
        let key = self.export(p.crypto, lobby::LOBBY).map_err(OpenError::library)?;
        let room: RoomId = self.id();
        let Some(commit) = lobby::open_join(p.crypto, &key, &room, header.based_on, body) else {
            return Ok(skipped(Fault::Unreadable, blame()));
        };
        let message = MlsMessageIn::tls_deserialize_exact_bytes(&commit).map(MlsMessageIn::extract);
        match message {
            Ok(MlsMessageBodyIn::PublicMessage(message)) => {
                if message.content_type() != ContentType::Commit || !is_newcomers(&message) {
                    return Ok(skipped(Fault::WrongKind, blame()));
                }
                self.follow_commit(p, header, ProtocolMessage::from(message))
            }
            _ => Ok(skipped(Fault::Unreadable, blame())),
        }
    }

    fn follow_commit<S: Storage>(
        &mut self,
        p: &Provider<'_, S>,
        header: &Header,
        message: ProtocolMessage,
    ) -> Result<Opened, OpenError> {
        let processed = match self.group.process_message(p, message.clone()) {
            Ok(processed) => processed,
            Err(error) => return self.refuse_commit(p, header, message, error),
        };
        let (sender, authenticated) = (processed.sender().clone(), processed.aad().to_vec());
        let commit = match processed.into_content() {
            ProcessedMessageContent::StagedCommitMessage(commit) => commit,
            ProcessedMessageContent::OwnPrivateMessage | ProcessedMessageContent::OwnPendingCommit => {
                return Ok(skipped(Fault::Impersonated, Blame::Nobody));
            }
            _ => return Ok(skipped(Fault::WrongKind, Blame::Nobody)),
        };
        let Some(parts) = Parts::of(&sender, &commit, &authenticated) else {
            return Ok(skipped(Fault::WrongKind, Blame::Nobody));
        };
        let claim = match validity::judge(&self.state, &parts, header) {
            Ok(claim) => claim,
            Err(skipped) => return Ok(Opened::Skipped(*skipped)),
        };
        let removed = commit.self_removed();
        self.group.merge_staged_commit(p, *commit).map_err(OpenError::library)?;
        super::super::note::forget(p.storage, &self.id()).map_err(OpenError::library)?;
        let before = self.advance()?;
        // A member as it was, a newcomer as it is: by its pass, which the judge has compared.
        let by = before.by_pass(&header.pass).or_else(|| self.state.by_pass(&header.pass));
        let by = by.map(|seat| seat.member.clone());
        let by = by.ok_or_else(|| OpenError::library("the committer is not in the tree"))?;
        let changes = changes(&before, &self.state, by, claim, self.epoch());
        Ok(if removed { Opened::Removed(changes) } else { Opened::Changed(changes) })
    }
}

fn is_newcomers(message: &openmls::prelude::PublicMessageIn) -> bool {
    matches!(message.sender(), openmls::prelude::Sender::NewMemberCommit)
}
