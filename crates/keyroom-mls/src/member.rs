//! A member as the room's tree shows it.

use keyroom_types::{IdentityKey, PassKey};

use crate::Entrance;

/// A person's device in the room.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Member {
    /// Its place in the tree. A removed member's place may be given to another.
    pub leaf: u32,
    /// Whose it is; proven.
    pub identity: IdentityKey,
    /// Its credential at the relay, never used twice.
    pub pass: PassKey,
    /// The name that it chose. Nothing says that it is unique or true.
    pub name: String,
    /// How it came in.
    pub entrance: Entrance,
    /// The pass of the leaf of the same identity that it re-entered for.
    pub replaces: Option<PassKey>,
    /// Whether the policy names its identity as an admin.
    pub admin: bool,
    /// Whether it is this device.
    pub me: bool,
}
