//! From the command line to the command that opens or enters a sealed room.

use keyroom_client::{
    Change, Command, Engine, EnterBy, INVITE_FOR, Listen, RelayAt, RoomId, RoomRecord, SealedHostOptions,
    SealedJoinOptions, SharedProfile, Stage,
};
use keyroom_types::{Address, DoorSeeds, Invite, Key, Label, Place};

use crate::cli::{HostArgs, JoinArgs};
use crate::failure::Failure;
use crate::room::{Stdin, label, listen};
use crate::secret::{self, Opener};

/// How `keyroom host` begins.
pub(crate) struct Begin {
    pub(crate) name: Label,
    /// Whether the invite must be asked for: the engine tells it only where the relay runs here and the key is known.
    pub(crate) ask: bool,
    /// Whether newcomers have to ask from now on.
    approve: bool,
    how: How,
}

enum How {
    Found(Box<SealedHostOptions>),
    GoOn { id: keyroom_types::RoomId, listen: Listen },
}

impl Begin {
    /// What a person is told about it.
    pub(crate) fn remark(&self) -> Option<(&'static str, String)> {
        match self.how {
            How::Found(_) => None,
            How::GoOn { .. } => {
                let text = format!(
                    "Going on with the room {} of this profile. For a new one, choose another --name.",
                    self.name
                );
                Some(("goes_on", text))
            }
        }
    }

    /// Opens the room.
    pub(crate) fn send(self, engine: &Engine) -> RoomId {
        let room = RoomId::fresh();
        match self.how {
            How::Found(options) => engine.send(Command::HostSealed { room, options }),
            How::GoOn { id, listen } => {
                engine.send(Command::OpenSealed { room, id, listen });
                if self.approve {
                    engine.send(Command::Change { room, change: Change::Approval(true) });
                }
            }
        }
        room
    }
}

/// The room that `keyroom host` asks for: a new one, or the one of that name that the profile has.
pub(crate) fn begin(
    args: &HostArgs,
    announce: bool,
    profile: &SharedProfile,
    stdin: &mut Stdin,
) -> Result<Begin, Failure> {
    let key = match secret::given(&args.key, stdin)? {
        Some(Opener::Key(key)) => Some(key),
        Some(Opener::Invite(_)) => {
            return Err(Failure::usage(
                "To host a room takes a bare key, or none; this is an invite. Enter its room with keyroom join.",
            ));
        }
        None => None,
    };
    let name = args.name.clone().unwrap_or_else(|| label("Room"));
    if let Some(record) = hosted_before(args, &name, key.as_ref(), &rooms(profile)?) {
        let listen = if args.listen.is_empty() { listen_again(&record) } else { listen(&args.listen)? };
        let name = record.name.parse().unwrap_or(name);
        let ask = !record.hosted || record.key.is_none();
        let how = How::GoOn { id: record.room, listen };
        return Ok(Begin { name, ask, approve: args.approve, how });
    }
    let at = match &args.at {
        Some(reference) => RelayAt::There(reference.clone()),
        None => RelayAt::Here { listen: listen(&args.listen)?, data: profile.relay_dir() },
    };
    let options = SealedHostOptions {
        name: name.clone(),
        me: args.face.me.clone().unwrap_or_else(|| label("Host")),
        key,
        at,
        announce,
        max_members: MAX_MEMBERS,
        invite_for: INVITE_FOR,
        approval: args.approve,
    };
    let how = How::Found(Box::new(options));
    Ok(Begin { name, ask: args.at.is_some(), approve: args.approve, how })
}

/// The room of that name (and key, where one is given) that the profile hosts, or opened on that relay.
fn hosted_before(
    args: &HostArgs,
    name: &Label,
    key: Option<&Key>,
    rooms: &[RoomRecord],
) -> Option<RoomRecord> {
    let place = |record: &RoomRecord| match &args.at {
        Some(at) => !record.hosted && record.inviter.is_none() && record.addresses == at.place().addresses(),
        None => record.hosted && !record.volatile,
    };
    let opens = |record: &RoomRecord, key: &Key| {
        record.key.as_ref() == Some(key) || DoorSeeds::of(key).room == record.room
    };
    let meant = |record: &&RoomRecord| match key {
        Some(key) => opens(record, key),
        None => record.name == name.as_str(),
    };
    rooms.iter().filter(|record| is_open(record) && place(record)).find(meant).cloned()
}

/// Whether it can be gone on with.
pub(crate) fn is_open(record: &RoomRecord) -> bool {
    matches!(record.stage, Stage::Founding | Stage::Waiting | Stage::Member)
}

/// Where the relay of a hosted room listened before: invites that were given out name that place.
pub(crate) fn listen_again(record: &RoomRecord) -> Listen {
    let addresses: Vec<_> = record
        .addresses
        .iter()
        .filter_map(|address| Some(std::net::SocketAddr::new(address.ip()?, address.port())))
        .collect();
    match addresses.first() {
        None => Listen::Everywhere,
        Some(_) if addresses.iter().all(|at| at.ip().is_loopback()) => Listen::At(addresses),
        Some(first) => Listen::EverywhereAt(first.port()),
    }
}

/// How to enter a sealed room with what was given. An address that was given stands in for those of the invite.
pub(crate) fn join_options(
    args: &JoinArgs,
    opener: Opener,
    addresses: Vec<Address>,
) -> Result<SealedJoinOptions, Failure> {
    let by = match opener {
        Opener::Key(key) => EnterBy::Key { key, addresses },
        Opener::Invite(Invite::Sealed(mut invite)) => {
            if args.address.is_some() {
                let pins = invite.place.pins().to_vec();
                invite.place = Place::pinned(addresses, pins).ok_or_else(|| {
                    Failure::usage("This invite names its relay by its name, so no address goes with it. Leave ADDR out.")
                })?;
            }
            EnterBy::Invite(*invite)
        }
        Opener::Invite(Invite::Fernet(_)) => {
            return Err(Failure::usage("This invite is to a Fernet room. Say so: keyroom join --fernet"));
        }
    };
    Ok(SealedJoinOptions { me: args.face.me.clone().unwrap_or_else(|| label("Guest")), by })
}

/// The rooms of a profile.
pub(crate) fn rooms(profile: &SharedProfile) -> Result<Vec<RoomRecord>, Failure> {
    profile.rooms().map_err(|error| Failure::failed(format!("The profile cannot be read: {error}.")))
}

/// To so many members a room's keys are hybrid (post-quantum), which suits friends; larger ones are to come with a choice.
const MAX_MEMBERS: u32 = 100;
