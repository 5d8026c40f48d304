//! What comes out of an envelope.

use keyroom_types::{Digest, PassKey};

use crate::{Claim, Content, Member, Policy};

/// What one envelope of the log was.
#[derive(Debug)]
pub enum Opened {
    /// A message whose sender is proven.
    Message(Received),
    /// Decrypted and authentic, but its content is none that we read, or its position is false.
    Refused(RefusedMessage),
    /// A valid commit, merged.
    Changed(Changes),
    /// An invalid commit; or what cannot be opened by anybody. Nothing moved.
    Skipped(Skipped),
    /// A commit that only we cannot follow, perhaps. Nothing moved.
    Unsure(Unsure),
    /// We were removed by this commit. Merged; the room is over for us.
    Removed(Changes),
}

/// A message.
#[derive(Debug)]
pub struct Received {
    /// Its proven author.
    pub from: Member,
    /// What it says.
    pub content: Content,
    /// What it says of the log.
    pub claim: Claim,
    /// The epoch that it was sealed in.
    pub epoch: u64,
    /// Length of the content, and of the bucket that it was padded to.
    pub lengths: (usize, usize),
    /// Its place among its author's messages of this epoch, where the library tells.
    pub generation: Option<u32>,
}

/// A message that is its author's but is not shown.
#[derive(Debug)]
pub struct RefusedMessage {
    /// Its proven author.
    pub from: Member,
    /// What it says of the log, if that can be read.
    pub claim: Option<Claim>,
    /// Why.
    pub why: Fault,
}

/// What a commit changed.
#[derive(Debug)]
pub struct Changes {
    /// Who did it: as it was before, or the newcomer.
    pub by: Member,
    /// What it says of the log.
    pub claim: Claim,
    /// Who came, as they are now.
    pub joined: Vec<Member>,
    /// Who is gone, as they were.
    pub removed: Vec<Member>,
    /// The policy before and after, if it changed.
    pub policy: Option<(Policy, Policy)>,
    /// Members with new names, as they are now, and their names before.
    pub renamed: Vec<(Member, String)>,
    /// The epoch that it began.
    pub epoch: u64,
}

/// An envelope that changed nothing, for all members alike.
#[derive(Debug)]
pub struct Skipped {
    /// What is wrong with it.
    pub fault: Fault,
    /// Whose fault it is.
    pub blame: Blame,
}

/// A commit that we cannot follow and others perhaps can.
#[derive(Debug)]
pub struct Unsure {
    /// Who made it; proven by its signature.
    pub by: Option<Member>,
    /// The confirmed transcript hash after it: a GroupInfo of who could follow it has the same.
    pub transcript: Option<Digest>,
}

/// Whom a fault is held against.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Blame {
    /// This member: its signature and the envelope's position match.
    Member(Member),
    /// Whoever came, or would have come, with this pass.
    Newcomer(PassKey),
    /// The relay moved the envelope, or let in what an honest one refuses.
    Relay,
    /// Nothing proves who made it.
    Nobody,
}

/// What is wrong with an envelope: one variant for each rule of the protocol's "Validity". Exhaustive, so that a new one does not
/// compile before the inspector has words for it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
pub enum Fault {
    /// It is no MLS message of the form that a room has, whatever the keys: in no epoch would it be one.
    #[error("it is no message of a room")]
    Malformed,
    /// Nobody in this epoch can decrypt it.
    #[error("it cannot be opened by anybody")]
    Unreadable,
    /// It carries our own sender number but is not ours.
    #[error("it claims to be from this device and is not")]
    Impersonated,
    /// Its kind is not the one that the header says.
    #[error("it is of another kind than its header says")]
    WrongKind,
    /// Its authenticated data is none that this version reads.
    #[error("what it says of the log cannot be read")]
    Claim,
    /// Its signed room or place is another than that of the header.
    #[error("it was made for another place")]
    Misplaced,
    /// Its newest sequence number is not between its base and itself.
    #[error("what it says of the log cannot be true")]
    Newest,
    /// The pass that appended it is not its author's.
    #[error("it was appended with a pass that is not its author's")]
    WrongPass,
    /// Its content is no content.
    #[error("its content cannot be read")]
    Content,
    /// The MLS library refused it for a reason that is the same for all members (RFC 9420, 12.4).
    #[error("it breaks the rules of MLS")]
    Mls,
    /// A kind of proposal that no commit of a room may carry, or one by reference.
    #[error("it holds a proposal that is not allowed")]
    Proposal,
    /// Only an admin may do that.
    #[error("only an admin may do that")]
    NotAdmin,
    /// The policy in it is none.
    #[error("its policy cannot be read or is not allowed")]
    Policy,
    /// It leaves no admin among the members.
    #[error("it leaves the room without an admin")]
    NoAdmin,
    /// A removal that leaves an old door open.
    #[error("it removes a member and leaves a door open that the removed member knows")]
    DoorLeftOpen,
    /// A door that stays has another key.
    #[error("it changes the keys of a door")]
    DoorChanged,
    /// `spent` fell, or does not count the leaves that were removed.
    #[error("it does not count the uses of a door right")]
    Spent,
    /// More members than the policy declares, or than the suite bears.
    #[error("it makes the room larger than it may be")]
    TooMany,
    /// A leaf says something that no leaf may say, or something besides.
    #[error("what a leaf says cannot be read or is not allowed")]
    Leaf,
    /// A leaf's credential is not signed by its identity for this room and leaf.
    #[error("a leaf has a credential that its identity did not sign")]
    Credential,
    /// Something under a leaf changed that may not: identity, key, pass, entrance.
    #[error("it changes what may not change under a leaf")]
    LeafChanged,
    /// A new leaf has a pass or a key that another has.
    #[error("a new leaf repeats a pass or a key")]
    Repeated,
    /// A leaf that was added has a lifetime, which would be judged by a clock.
    #[error("an added leaf has a lifetime")]
    Lifetime,
    /// A leaf says that it entered in another way than it did.
    #[error("a leaf says that it entered in another way than it did")]
    Entrance,
    /// The room asks for approval: nobody enters by external commit.
    #[error("the room asks for approval")]
    Approval,
    /// The door is not open.
    #[error("the door is closed")]
    DoorClosed,
    /// The door's time is over, by the header's time.
    #[error("the door has expired")]
    DoorExpired,
    /// The door has no uses left.
    #[error("the door has no uses left")]
    DoorUsedUp,
    /// The door's signature over the join is wrong.
    #[error("it does not prove that its author holds the door's key")]
    DoorSignature,
    /// An external commit that removes a leaf.
    #[error("it enters and removes a member at once")]
    JoinRemoves,
    /// A re-entry whose old pass did not sign, or whose old leaf is not there or is another's.
    #[error("it does not prove the re-entry")]
    Reentry,
}
