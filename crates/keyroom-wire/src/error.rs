//! Why a frame is no message.

/// Why a frame was refused. No variant carries anything that the frame held, so all are safe to log; whoever sent the
/// frame is at fault.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum WireError {
    /// Longer than [`keyroom_types::limits::FRAME_BYTES`].
    #[error("the frame is too long: {bytes} bytes")]
    Frame {
        /// Its length.
        bytes: usize,
    },
    /// Not protobuf, or cut short, or a field has another type.
    #[error("the frame is not a protobuf message of the link")]
    Protobuf,
    /// A field, or the body, that must be there is not, or is unknown.
    #[error("{field} is missing")]
    Missing {
        /// Its name in `link.proto`.
        field: &'static str,
    },
    /// A field of fixed length has another one, or is there where it has no place.
    #[error("{field} has a wrong length")]
    Length {
        /// Its name in `link.proto`.
        field: &'static str,
    },
    /// A number that the field does not have.
    #[error("{field} has a number that means nothing")]
    Number {
        /// Its name in `link.proto`.
        field: &'static str,
    },
    /// A field is longer than its limit.
    #[error("{field} is too long")]
    TooLong {
        /// Its name in `link.proto`.
        field: &'static str,
    },
    /// A field stands more often than its limit.
    #[error("{field} are too many")]
    TooMany {
        /// Its name in `link.proto`.
        field: &'static str,
    },
    /// A text has characters that it may not have.
    #[error("{field} has a character that it may not have")]
    Text {
        /// Its name in `link.proto`.
        field: &'static str,
    },
    /// The envelopes of an append do not go together.
    #[error("the entries of the append do not go together")]
    Entries,
}
