//! A storage that keeps nothing: for a group that is looked at and not kept.

use std::convert::Infallible;

use openmls_traits::public_storage::PublicStorageProvider;
use openmls_traits::storage::traits;

/// Takes everything and has nothing.
pub(crate) struct Nowhere;

/// Each type parameter bears the name of the trait that bounds it.
macro_rules! keep_nothing {
    ($($method:ident<$($generic:ident),*>($($arg:ident: $type:ty),*) -> $answer:ty = $nothing:expr;)*) => {
        impl PublicStorageProvider<1> for Nowhere {
            type PublicError = Infallible;
            $(
                fn $method<$($generic: traits::$generic<1>),*>(&self, $($arg: $type),*) -> Result<$answer, Infallible> {
                    Ok($nothing)
                }
            )*
        }
    };
}

keep_nothing! {
    write_tree<GroupId, TreeSync>(_group: &GroupId, _tree: &TreeSync) -> () = ();
    write_interim_transcript_hash<GroupId, InterimTranscriptHash>(_group: &GroupId, _hash: &InterimTranscriptHash) -> () = ();
    write_context<GroupId, GroupContext>(_group: &GroupId, _context: &GroupContext) -> () = ();
    write_confirmation_tag<GroupId, ConfirmationTag>(_group: &GroupId, _tag: &ConfirmationTag) -> () = ();
    queue_proposal<GroupId, ProposalRef, QueuedProposal>(_group: &GroupId, _name: &ProposalRef, _proposal: &QueuedProposal) -> () = ();
    queued_proposals<GroupId, ProposalRef, QueuedProposal>(_group: &GroupId) -> Vec<(ProposalRef, QueuedProposal)> = Vec::new();
    tree<GroupId, TreeSync>(_group: &GroupId) -> Option<TreeSync> = None;
    group_context<GroupId, GroupContext>(_group: &GroupId) -> Option<GroupContext> = None;
    interim_transcript_hash<GroupId, InterimTranscriptHash>(_group: &GroupId) -> Option<InterimTranscriptHash> = None;
    confirmation_tag<GroupId, ConfirmationTag>(_group: &GroupId) -> Option<ConfirmationTag> = None;
    delete_tree<GroupId>(_group: &GroupId) -> () = ();
    delete_context<GroupId>(_group: &GroupId) -> () = ();
    delete_confirmation_tag<GroupId>(_group: &GroupId) -> () = ();
    delete_interim_transcript_hash<GroupId>(_group: &GroupId) -> () = ();
    remove_proposal<GroupId, ProposalRef>(_group: &GroupId, _name: &ProposalRef) -> () = ();
    clear_proposal_queue<GroupId, ProposalRef>(_group: &GroupId) -> () = ();
}
