//! What a relay did wrong, and what its client was asked wrongly.

use keyroom_types::Seq;
use keyroom_wire::{Answer, WireError};

/// The relay broke the rules of the link, on purpose or not; the client did not. It ends the connection. No variant
/// carries what was said in the room, so all are safe to log.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RelayFault {
    /// A frame that is no message.
    #[error("the relay sent no valid message: {0}")]
    Wire(#[from] WireError),
    /// A message that has no place at that moment.
    #[error("the relay sent {got} when the link was {state}")]
    OutOfTurn {
        /// What came.
        got: &'static str,
        /// When it came.
        state: &'static str,
    },
    /// An answer to a request that does not wait for one, or not for that one.
    #[error("the relay sent {got} in answer to request {request}, which does not wait for that")]
    Unasked {
        /// What came.
        got: &'static str,
        /// The number in it.
        request: u64,
    },
    /// An envelope that is not the next one: one is missing, or came again.
    #[error("the relay delivered envelope {got} in the place of {expected}")]
    Gap {
        /// The place behind the cursor.
        expected: Seq,
        /// The place that it named.
        got: Seq,
    },
    /// The time of an envelope is before the one before.
    #[error("time goes back at envelope {seq}")]
    TimeFell {
        /// Where.
        seq: Seq,
    },
    /// An envelope names another commit than the newest before it.
    #[error("envelope {seq} is not based on the newest commit before it")]
    BasedOn {
        /// Where.
        seq: Seq,
    },
    /// A follower without its commit, or a commit whose body was dropped.
    #[error("envelope {seq} cannot be of its kind")]
    Kind {
        /// Where.
        seq: Seq,
    },
    /// It delivers more than was asked for.
    #[error("the relay delivers more than it has credit for")]
    Credit,
    /// A head whose signature is not by the log key: it proves nothing.
    #[error("the signature of the head at {seq} is wrong")]
    HeadSignature {
        /// Where the head says that it is.
        seq: Seq,
    },
    /// A welcome that contradicts itself.
    #[error("the relay's welcome contradicts itself")]
    Welcome,
    /// An append whose places are not as many as its envelopes.
    #[error("the relay gave an append places that it cannot have")]
    Appended,
    /// A stretch of the log that is not the one asked for.
    #[error("the relay sent another stretch of the log than was asked for")]
    Range,
    /// A part of a blob that is not the one asked for, or progress that was not made.
    #[error("the relay sent a part of a blob that was not asked for")]
    BlobPart,
    /// A list of knocks that is not behind what came before, or too long.
    #[error("the relay sent a list of knocks that cannot be")]
    Knocks,
    /// The bytes of a blob are not those of its name.
    #[error("the relay sent a blob with other bytes than its name says")]
    BlobHash,
}

/// Why a command was not taken. Nothing was sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CommandError {
    /// As many requests wait as may: [`keyroom_types::limits::LINK_WAITING`], `LINK_WAITING_BYTES`.
    #[error("too much waits for the relay")]
    Full,
    /// The relay would refuse it as no valid message.
    #[error("this cannot be sent: {0}")]
    Invalid(#[from] WireError),
    /// The blob is empty or too long, or is not the one that the append names.
    #[error("the blob is too long, or not the one named")]
    Blob,
    /// The welcomes are not those that the append's answers to knocks name, or are too many or too long.
    #[error("the welcomes are too many or too long, or not those named")]
    Welcomes,
    /// There is a cursor already.
    #[error("the link has a cursor already")]
    Subscribed,
    /// The link has stopped.
    #[error("the link has stopped")]
    Stopped,
}

/// The name of an answer in errors.
pub(super) const fn name(answer: &Answer) -> &'static str {
    match answer {
        Answer::Hello(_) => "hello",
        Answer::Welcome(_) => "welcome",
        Answer::Created(_) => "created",
        Answer::Appended(_) => "appended",
        Answer::Subscribed(_) => "subscribed",
        Answer::Deliver(_) => "deliver",
        Answer::Range { .. } => "range",
        Answer::BlobProgress(_) => "blob_progress",
        Answer::BlobPart { .. } => "blob_part",
        Answer::Blobs(_) => "blobs",
        Answer::Turn(_) => "turn",
        Answer::Ephemeral(_) => "ephemeral",
        Answer::Head(_) => "head",
        Answer::Ticket { .. } => "ticket",
        Answer::Pong(_) => "pong",
        Answer::Refused(_) => "refused",
        Answer::Goodbye { .. } => "goodbye",
        Answer::Done => "done",
        Answer::Knocked(_) => "knocked",
        Answer::Knocks { .. } => "knocks",
        Answer::Declined => "declined",
        Answer::Answered(_) => "answered",
    }
}
