//! The words that every Keyroom crate shares: keys, addresses, invites, ids, a room's log, limits, and how text
//! from others is made safe to show. No I/O, no clock, no randomness.

#![forbid(unsafe_code)]

mod address;
mod cursor;
mod door;
mod ids;
mod invite;
mod key;
mod label;
pub mod limits;
mod log;
mod parameters;
mod place;
mod relay_reference;
pub mod text;

pub use address::{Address, AddressError, DEFAULT_PORT};
pub use cursor::Cursor;
pub use door::DoorSeeds;
pub use ids::{
    Digest, DoorId, DoorKey, EnvelopeId, FileId, IdError, IdentityKey, Incarnation, KeyPin, LogKey,
    MessageId, PassKey, RoomId, Signature,
};
pub use invite::{FernetInvite, Invite, InviteError, SealedInvite};
pub use key::{Key, KeyError};
pub use label::{Label, LabelError};
pub use log::{Chain, Header, Kind, Seq, SignedHead, Timestamp};
pub use parameters::ParameterError;
pub use place::{Place, PlaceError};
pub use relay_reference::{RelayReference, RelayReferenceError};
