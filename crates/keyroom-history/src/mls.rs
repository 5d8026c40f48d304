//! The MLS library's storage inside a transaction.

use std::cell::RefCell;

use keyroom_mls::Storage;
use openmls_sqlite_storage::{Codec, SqliteStorageProvider};
use openmls_traits::storage::{StorageProvider, traits};
use rmp_serde::config::BytesMode;
use rusqlite::{Connection, params};
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use crate::DbError;

/// The MLS library's storage inside a transaction: what it writes is there when, and only when, that commits.
///
/// After a rollback the library's group in memory is ahead of what is stored: drop it and load it again.
pub struct MlsStorage<'a> {
    db: &'a Connection,
    inner: SqliteStorageProvider<MessagePack, &'a Connection>,
    /// The group whose message secrets the transaction has to write before it commits, by its packed name.
    owed: &'a RefCell<Option<Vec<u8>>>,
    /// Message secrets are owed and not written.
    late: bool,
}

impl<'a> MlsStorage<'a> {
    pub(crate) fn new(db: &'a Connection, owed: &'a RefCell<Option<Vec<u8>>>, late: bool) -> Self {
        Self { db, inner: SqliteStorageProvider::new(db), owed, late }
    }

    /// A write outside of the transaction would be there without the rest of it.
    fn inner(&self) -> Result<&SqliteStorageProvider<MessagePack, &'a Connection>, DbError> {
        if self.db.is_autocommit() { Err(DbError::Over) } else { Ok(&self.inner) }
    }
}

impl Storage for MlsStorage<'_> {
    fn scratch<T>(&self, work: impl FnOnce() -> T) -> Result<T, DbError> {
        self.inner()?;
        let owed = self.owed.borrow().clone();
        self.db.prepare_cached("SAVEPOINT scratch")?.execute([])?;
        let answer = work();
        if let Some(owed) = owed {
            // What was written is undone.
            *self.owed.borrow_mut() = Some(owed);
        }
        // Where an error has ended the whole transaction, there is nothing left to undo.
        self.inner()?;
        self.db.prepare_cached("ROLLBACK TO scratch")?.execute([])?;
        self.db.prepare_cached("RELEASE scratch")?.execute([])?;
        Ok(answer)
    }
}

impl std::fmt::Debug for MlsStorage<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MlsStorage(..)")
    }
}

/// MessagePack with named fields: self-describing, so that the library's next version can read it.
#[derive(Debug, Default)]
pub(crate) struct MessagePack;

/// A value could not be written or read. Says nothing about the value.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a value of the MLS library does not fit its stored form")]
pub(crate) struct CodecError;

impl Codec for MessagePack {
    type Error = CodecError;

    fn to_vec<T: Serialize>(value: &T) -> Result<Vec<u8>, CodecError> {
        rmp_serde::to_vec_named(value).map_err(|_| CodecError)
    }

    fn from_slice<T: DeserializeOwned>(slice: &[u8]) -> Result<T, CodecError> {
        rmp_serde::from_slice(slice).map_err(|_| CodecError)
    }
}

impl MlsStorage<'_> {
    /// Whether a group's message secrets may be written later: those of one group at a time.
    fn owe(&self, group: &[u8]) -> bool {
        let mut owed = self.owed.borrow_mut();
        self.late && (owed.is_none() || owed.as_deref() == Some(group)) && {
            owed.get_or_insert_with(|| group.to_vec());
            true
        }
    }

    /// A group's message secrets are written or gone.
    fn settle(&self, group: &[u8]) {
        self.owed.borrow_mut().take_if(|owed| owed == group);
    }

    /// Whether what is stored of a group's message secrets is older than they are.
    fn is_owed(&self, group: &[u8]) -> bool {
        self.owed.borrow().as_deref() == Some(group)
    }

    /// Replaces what changes with every message, where it is stored already: whether it was. The library would parse its
    /// statement anew, delete the old row and insert another. In a place of the same length SQLite writes only the pages that
    /// differ, and pages are what a commit to an encrypted database costs. So the length is rounded up: the form ends where
    /// its value does.
    fn replace_message_secrets(&self, group: &[u8], secrets: &impl Serialize) -> Result<bool, DbError> {
        self.inner()?;
        let mut padded = Zeroizing::new(Vec::with_capacity(LONG));
        // Bytes as bytes and not as a list of numbers, which both read back: a third shorter, and there is one context of the
        // group in it.
        let form = rmp_serde::Serializer::new(&mut *padded).with_struct_map();
        secrets.serialize(&mut form.with_bytes(BytesMode::ForceIterables)).map_err(|_| unfit())?;
        let length = padded.len().next_multiple_of(ROUND);
        padded.resize(length, 0);
        let mut statement = self.db.prepare_cached(
            "UPDATE openmls_group_data SET group_data = ?2
             WHERE group_id = ?1 AND data_type = 'message_secrets' AND provider_version = 1",
        )?;
        Ok(statement.execute(params![group, *padded])? == 1)
    }
}

/// More than the secrets of a usual room take, so that no copy of them is left behind while they are written down.
const LONG: usize = 16 << 10;

/// Lengths of what changes with every message are multiples of it: it differs by a few bytes each time.
const ROUND: usize = 512;

/// Writes a value in the stored form.
fn packed(value: &impl Serialize) -> Result<Zeroizing<Vec<u8>>, DbError> {
    MessagePack::to_vec(value).map(Zeroizing::new).map_err(|_| unfit())
}

fn unfit() -> DbError {
    rusqlite::Error::ToSqlConversionFailure(Box::new(CodecError)).into()
}

/// Hands each call on. Each type parameter bears the name of the trait that bounds it.
macro_rules! delegate {
    ($($method:ident<$($generic:ident),*>($($arg:ident: $type:ty),*) -> $answer:ty;)*) => {
        impl StorageProvider<1> for MlsStorage<'_> {
            type Error = DbError;

            fn write_message_secrets<
                GroupId: traits::GroupId<1>,
                MessageSecrets: traits::MessageSecrets<1>,
            >(
                &self,
                group_id: &GroupId,
                message_secrets: &MessageSecrets,
            ) -> Result<(), DbError> {
                let group = packed(group_id)?;
                if self.owe(&group) {
                    return Ok(());
                }
                if !self.replace_message_secrets(&group, message_secrets)? {
                    self.inner()?.write_message_secrets(group_id, message_secrets)?;
                }
                self.settle(&group);
                Ok(())
            }

            fn message_secrets<
                GroupId: traits::GroupId<1>,
                MessageSecrets: traits::MessageSecrets<1>,
            >(
                &self,
                group_id: &GroupId,
            ) -> Result<Option<MessageSecrets>, DbError> {
                if self.is_owed(&packed(group_id)?) {
                    return Err(DbError::Owed);
                }
                Ok(self.inner()?.message_secrets(group_id)?)
            }

            fn delete_message_secrets<GroupId: traits::GroupId<1>>(
                &self,
                group_id: &GroupId,
            ) -> Result<(), DbError> {
                self.inner()?.delete_message_secrets(group_id)?;
                self.settle(&packed(group_id)?);
                Ok(())
            }

            $(
                fn $method<$($generic: traits::$generic<1>),*>(
                    &self, $($arg: $type),*
                ) -> Result<$answer, DbError> {
                    // Some calls cannot tell the type from their arguments.
                    Ok(self.inner()?.$method::<$($generic),*>($($arg),*)?)
                }
            )*
        }
    };
}

delegate! {
    write_mls_join_config<GroupId, MlsGroupJoinConfig>(group_id: &GroupId, config: &MlsGroupJoinConfig) -> ();
    append_own_leaf_node<GroupId, LeafNode>(group_id: &GroupId, leaf_node: &LeafNode) -> ();
    queue_proposal<GroupId, ProposalRef, QueuedProposal>(group_id: &GroupId, proposal_ref: &ProposalRef, proposal: &QueuedProposal) -> ();
    write_tree<GroupId, TreeSync>(group_id: &GroupId, tree: &TreeSync) -> ();
    write_interim_transcript_hash<GroupId, InterimTranscriptHash>(group_id: &GroupId, interim_transcript_hash: &InterimTranscriptHash) -> ();
    write_context<GroupId, GroupContext>(group_id: &GroupId, group_context: &GroupContext) -> ();
    write_confirmation_tag<GroupId, ConfirmationTag>(group_id: &GroupId, confirmation_tag: &ConfirmationTag) -> ();
    write_group_state<GroupState, GroupId>(group_id: &GroupId, group_state: &GroupState) -> ();
    write_resumption_psk_store<GroupId, ResumptionPskStore>(group_id: &GroupId, resumption_psk_store: &ResumptionPskStore) -> ();
    write_own_leaf_index<GroupId, LeafNodeIndex>(group_id: &GroupId, own_leaf_index: &LeafNodeIndex) -> ();
    write_group_epoch_secrets<GroupId, GroupEpochSecrets>(group_id: &GroupId, group_epoch_secrets: &GroupEpochSecrets) -> ();
    write_signature_key_pair<SignaturePublicKey, SignatureKeyPair>(public_key: &SignaturePublicKey, signature_key_pair: &SignatureKeyPair) -> ();
    write_encryption_key_pair<EncryptionKey, HpkeKeyPair>(public_key: &EncryptionKey, key_pair: &HpkeKeyPair) -> ();
    write_encryption_epoch_key_pairs<GroupId, EpochKey, HpkeKeyPair>(group_id: &GroupId, epoch: &EpochKey, leaf_index: u32, key_pairs: &[HpkeKeyPair]) -> ();
    write_key_package<HashReference, KeyPackage>(hash_ref: &HashReference, key_package: &KeyPackage) -> ();
    write_psk<PskId, PskBundle>(psk_id: &PskId, psk: &PskBundle) -> ();
    mls_group_join_config<GroupId, MlsGroupJoinConfig>(group_id: &GroupId) -> Option<MlsGroupJoinConfig>;
    own_leaf_nodes<GroupId, LeafNode>(group_id: &GroupId) -> Vec<LeafNode>;
    queued_proposal_refs<GroupId, ProposalRef>(group_id: &GroupId) -> Vec<ProposalRef>;
    queued_proposals<GroupId, ProposalRef, QueuedProposal>(group_id: &GroupId) -> Vec<(ProposalRef, QueuedProposal)>;
    tree<GroupId, TreeSync>(group_id: &GroupId) -> Option<TreeSync>;
    group_context<GroupId, GroupContext>(group_id: &GroupId) -> Option<GroupContext>;
    interim_transcript_hash<GroupId, InterimTranscriptHash>(group_id: &GroupId) -> Option<InterimTranscriptHash>;
    confirmation_tag<GroupId, ConfirmationTag>(group_id: &GroupId) -> Option<ConfirmationTag>;
    group_state<GroupState, GroupId>(group_id: &GroupId) -> Option<GroupState>;
    resumption_psk_store<GroupId, ResumptionPskStore>(group_id: &GroupId) -> Option<ResumptionPskStore>;
    own_leaf_index<GroupId, LeafNodeIndex>(group_id: &GroupId) -> Option<LeafNodeIndex>;
    group_epoch_secrets<GroupId, GroupEpochSecrets>(group_id: &GroupId) -> Option<GroupEpochSecrets>;
    signature_key_pair<SignaturePublicKey, SignatureKeyPair>(public_key: &SignaturePublicKey) -> Option<SignatureKeyPair>;
    encryption_key_pair<HpkeKeyPair, EncryptionKey>(public_key: &EncryptionKey) -> Option<HpkeKeyPair>;
    encryption_epoch_key_pairs<GroupId, EpochKey, HpkeKeyPair>(group_id: &GroupId, epoch: &EpochKey, leaf_index: u32) -> Vec<HpkeKeyPair>;
    key_package<HashReference, KeyPackage>(hash_ref: &HashReference) -> Option<KeyPackage>;
    psk<PskBundle, PskId>(psk_id: &PskId) -> Option<PskBundle>;
    remove_proposal<GroupId, ProposalRef>(group_id: &GroupId, proposal_ref: &ProposalRef) -> ();
    delete_own_leaf_nodes<GroupId>(group_id: &GroupId) -> ();
    delete_group_config<GroupId>(group_id: &GroupId) -> ();
    delete_tree<GroupId>(group_id: &GroupId) -> ();
    delete_confirmation_tag<GroupId>(group_id: &GroupId) -> ();
    delete_group_state<GroupId>(group_id: &GroupId) -> ();
    delete_context<GroupId>(group_id: &GroupId) -> ();
    delete_interim_transcript_hash<GroupId>(group_id: &GroupId) -> ();
    delete_all_resumption_psk_secrets<GroupId>(group_id: &GroupId) -> ();
    delete_own_leaf_index<GroupId>(group_id: &GroupId) -> ();
    delete_group_epoch_secrets<GroupId>(group_id: &GroupId) -> ();
    clear_proposal_queue<GroupId, ProposalRef>(group_id: &GroupId) -> ();
    delete_signature_key_pair<SignaturePublicKey>(public_key: &SignaturePublicKey) -> ();
    delete_encryption_key_pair<EncryptionKey>(public_key: &EncryptionKey) -> ();
    delete_encryption_epoch_key_pairs<GroupId, EpochKey>(group_id: &GroupId, epoch: &EpochKey, leaf_index: u32) -> ();
    delete_key_package<HashReference>(hash_ref: &HashReference) -> ();
    delete_psk<PskId>(psk_id: &PskId) -> ();
}
