//! Words that a profile keeps: what was found when an envelope was opened is noted in English, whatever language is spoken, and
//! said again when it is looked at. A phrase that is worded anew stays English where an older version has noted it.

use keyroom_mls::{Body, Fault};

use super::phrase::{Phrase, phrases};

/// What is wrong with an envelope.
pub(super) fn fault(fault: Fault) -> Phrase {
    match fault {
        Fault::Malformed => MALFORMED,
        Fault::Unreadable => UNREADABLE,
        Fault::Impersonated => IMPERSONATED,
        Fault::WrongKind => WRONG_KIND,
        Fault::Claim => CLAIM,
        Fault::Misplaced => MISPLACED,
        Fault::Newest => NEWEST,
        Fault::WrongPass => WRONG_PASS,
        Fault::Content => CONTENT,
        Fault::Mls => MLS,
        Fault::Proposal => PROPOSAL,
        Fault::NotAdmin => NOT_ADMIN,
        Fault::Policy => POLICY,
        Fault::NoAdmin => NO_ADMIN,
        Fault::DoorLeftOpen => DOOR_LEFT_OPEN,
        Fault::DoorChanged => DOOR_CHANGED,
        Fault::Spent => SPENT,
        Fault::TooMany => TOO_MANY,
        Fault::Leaf => LEAF,
        Fault::Credential => CREDENTIAL,
        Fault::LeafChanged => LEAF_CHANGED,
        Fault::Repeated => REPEATED,
        Fault::Lifetime => LIFETIME,
        Fault::Entrance => ENTRANCE,
        Fault::Approval => APPROVAL,
        Fault::DoorClosed => DOOR_CLOSED,
        Fault::DoorExpired => DOOR_EXPIRED,
        Fault::DoorUsedUp => DOOR_USED_UP,
        Fault::DoorSignature => DOOR_SIGNATURE,
        Fault::JoinRemoves => JOIN_REMOVES,
        Fault::Reentry => REENTRY,
    }
}

/// What sort of content a message had.
pub(super) fn content(body: &Body) -> Phrase {
    match body {
        Body::Text { .. } => TEXT,
        Body::Edit { .. } => EDIT,
        Body::Delete { .. } => DELETE,
        Body::Reaction { .. } => REACTION,
        Body::File { .. } => FILE,
        Body::Receipt { .. } => RECEIPT,
        Body::Profile { .. } => PROFILE,
        Body::Leave => LEAVE,
        Body::DoorKey { .. } => DOOR_KEY,
        Body::Confirm { .. } => CONFIRM,
        Body::Unknown { .. } => UNKNOWN,
    }
}

phrases! {
    MALFORMED = "it is no message of a room";
    UNREADABLE = "it cannot be opened by anybody";
    IMPERSONATED = "it claims to be from this device and is not";
    WRONG_KIND = "it is of another kind than its header says";
    CLAIM = "what it says of the log cannot be read";
    MISPLACED = "it was made for another place";
    NEWEST = "what it says of the log cannot be true";
    WRONG_PASS = "it was appended with a pass that is not its author's";
    CONTENT = "its content cannot be read";
    MLS = "it breaks the rules of MLS";
    PROPOSAL = "it holds a proposal that is not allowed";
    NOT_ADMIN = "only an admin may do that";
    POLICY = "its policy cannot be read or is not allowed";
    NO_ADMIN = "it leaves the room without an admin";
    DOOR_LEFT_OPEN = "it removes a member and leaves a door open that the removed member knows";
    DOOR_CHANGED = "it changes the keys of a door";
    SPENT = "it does not count the uses of a door right";
    TOO_MANY = "it makes the room larger than it may be";
    LEAF = "what a leaf says cannot be read or is not allowed";
    CREDENTIAL = "a leaf has a credential that its identity did not sign";
    LEAF_CHANGED = "it changes what may not change under a leaf";
    REPEATED = "a new leaf repeats a pass or a key";
    LIFETIME = "an added leaf has a lifetime";
    ENTRANCE = "a leaf says that it entered in another way than it did";
    APPROVAL = "the room asks for approval";
    DOOR_CLOSED = "the door is closed";
    DOOR_EXPIRED = "the door has expired";
    DOOR_USED_UP = "the door has no uses left";
    DOOR_SIGNATURE = "it does not prove that its author holds the door's key";
    JOIN_REMOVES = "it enters and removes a member at once";
    REENTRY = "it does not prove the re-entry";

    TEXT = "text";
    EDIT = "edit";
    DELETE = "delete";
    REACTION = "reaction";
    FILE = "file";
    RECEIPT = "receipt";
    PROFILE = "profile";
    LEAVE = "leave";
    DOOR_KEY = "door key";
    CONFIRM = "confirm";
    UNKNOWN = "unknown";
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Logs and other places have a fault by its `Display`: it says the same there.
    #[test]
    fn a_fault_is_noted_as_it_is_said_elsewhere() {
        let all = [
            Fault::Malformed,
            Fault::Unreadable,
            Fault::Impersonated,
            Fault::WrongKind,
            Fault::Claim,
            Fault::Misplaced,
            Fault::Newest,
            Fault::WrongPass,
            Fault::Content,
            Fault::Mls,
            Fault::Proposal,
            Fault::NotAdmin,
            Fault::Policy,
            Fault::NoAdmin,
            Fault::DoorLeftOpen,
            Fault::DoorChanged,
            Fault::Spent,
            Fault::TooMany,
            Fault::Leaf,
            Fault::Credential,
            Fault::LeafChanged,
            Fault::Repeated,
            Fault::Lifetime,
            Fault::Entrance,
            Fault::Approval,
            Fault::DoorClosed,
            Fault::DoorExpired,
            Fault::DoorUsedUp,
            Fault::DoorSignature,
            Fault::JoinRemoves,
            Fault::Reentry,
        ];
        for one in all {
            assert_eq!(fault(one), &*one.to_string());
        }
    }
}
