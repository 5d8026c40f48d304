//! The MLS library's storage inside a transaction.

use keyroom_mls::Storage;
use openmls_sqlite_storage::{Codec, SqliteStorageProvider};
use openmls_traits::storage::{StorageProvider, traits};
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
}

impl<'a> MlsStorage<'a> {
    pub(crate) fn new(db: &'a Connection) -> Self {
        Self { db, inner: SqliteStorageProvider::new(db) }
    }

    /// A write outside of the transaction would be there without the rest of it.
    fn inner(&self) -> Result<&SqliteStorageProvider<MessagePack, &'a Connection>, DbError> {
        if self.db.is_autocommit() { Err(DbError::Over) } else { Ok(&self.inner) }
    }
}

impl Storage for MlsStorage<'_> {
    fn scratch<T>(&self, work: impl FnOnce() -> T) -> Result<T, DbError> {
        self.inner()?;
        self.db.prepare_cached("SAVEPOINT scratch")?.execute([])?;
        let answer = work();
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
    /// Replaces what changes with every message, where it is stored already: whether it was. The library would parse its
    /// statement anew, delete the old row and insert another. In a place of the same length SQLite writes only the pages that
    /// differ, and pages are what a commit to an encrypted database costs. So the length is rounded up: the form ends where
    /// its value does.
    fn replace_message_secrets(&self, group: &[u8], secrets: &[u8]) -> Result<bool, DbError> {
        self.inner()?;
        let length = secrets.len().next_multiple_of(ROUND);
        let mut padded = Zeroizing::new(Vec::with_capacity(length));
        padded.extend_from_slice(secrets);
        padded.resize(length, 0);
        let mut statement = self.db.prepare_cached(
            "UPDATE openmls_group_data SET group_data = ?2
             WHERE group_id = ?1 AND data_type = 'message_secrets' AND provider_version = 1",
        )?;
        Ok(statement.execute(params![group, *padded])? == 1)
    }
}

/// Lengths of what changes with every message are multiples of it: it differs by a few bytes each time.
const ROUND: usize = 512;

/// Writes a value in the stored form.
fn packed(value: &impl Serialize) -> Result<Zeroizing<Vec<u8>>, DbError> {
    let packed = MessagePack::to_vec(value).map(Zeroizing::new);
    packed.map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)).into())
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
                if self.replace_message_secrets(&packed(group_id)?, &packed(message_secrets)?)? {
                    return Ok(());
                }
                Ok(self.inner()?.write_message_secrets(group_id, message_secrets)?)
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
    message_secrets<GroupId, MessageSecrets>(group_id: &GroupId) -> Option<MessageSecrets>;
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
    delete_message_secrets<GroupId>(group_id: &GroupId) -> ();
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
