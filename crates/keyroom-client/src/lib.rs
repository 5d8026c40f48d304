//! The engine: rooms, connections and history. Commands in, events out.
//!
//! A face (window, terminal, script) starts one [`Engine`], sends it [`Command`]s, takes its [`Event`]s and
//! reads what was said from the [`History`] in pages. It knows nothing else.

#![forbid(unsafe_code)]

mod command;
mod discovery;
mod engine;
mod event;
mod fernet_room;
mod history;
pub mod inspect;
mod net;
mod profile;
pub mod relay_link;
mod sealed_room;

pub use command::{
    Act, Change, Command, DEFAULT_PACE, Entry as EnterBy, HostOptions, INVITE_FOR, JoinOptions, Listen,
    RelayAt, RoomId, SealedHostOptions, SealedJoinOptions,
};
pub use discovery::{Discovery, Finding, Hint, SealedAnnouncement};
pub use engine::{Config, Engine, Events, StartError};
pub use event::{
    ActRefusal, CloseReason, Connection, DiscoveryFault, Event, Knock, KnockId, ListenFault, LostReason,
    Nearby, NearbyRoom, Network, Opened, RoomEvent, SendRefusal, WishRefusal,
};
pub use fernet_room::split::{longest_text, split_text};
pub use history::{
    Body, Details, DropReason, EarlierText, Entry, Found, FoundIn, History, HistoryError, MemoryHistory,
    Message, MessageId, MessageState, Notice, PeerId, Person, Position, Reaction, SendFailure, Sender,
};
pub use keyroom_history::{
    Choices, Cost, Damage, DbError, Hit, Profile, ProfileError, RoomRecord, Stage, Trust,
};
// What events carry, so that a face needs no edge of its own to these crates.
pub use keyroom_link::Lost;
pub use keyroom_mls::{Code as SpokenCode, member_code};
pub use keyroom_wire::Code;
pub use net::addresses::reachable;
pub use profile::{
    LastLine, ProfileHistory, RoomSummary, Roster, RosterDoor, RosterMember, SharedProfile, reach,
};
pub use sealed_room::Alarm;

/// The machine of a sealed room, for simulations, and a history for tests of faces: no part of what faces use.
#[cfg(feature = "testing")]
pub mod testing {
    pub use crate::history::staged::{StagedHistory, kept_room};
    pub use crate::inspect::staged::{session, staged_envelope, staged_token};
    pub use crate::sealed_room::{
        Desk, EnterSetup, FoundDesk, FoundSetup, SealedRoom, Trouble, Vice, Wish, room_id,
    };
}
