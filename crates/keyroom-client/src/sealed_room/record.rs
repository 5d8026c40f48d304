//! Rooms begin: founded here, or opened again from the profile.

use std::time::Instant;

use keyroom_history::{RoomRecord, Secret32, Stage, Trust as StoredTrust};
use keyroom_link::{Credential, Link, PassSecret};
use keyroom_mls::{DoorSecrets, Founding, Identity, Policy, Provider, Room};
use keyroom_types::{Address, Cursor, DoorSeeds, Key, KeyPin, Label, RoomId, Timestamp};
use keyroom_wire::Door as RelayDoor;
use zeroize::Zeroizing;

use super::alarm::Alarm;
use super::confirm::Confirmations;
use super::footing::Footing;
use super::repair::Repair;
use super::seen::SeenChains;
use super::{Desk, Phase, SealedRoom, Trouble, group_trouble, link_for, pass_secret};
use crate::event::{CloseReason, RoomEvent};

/// A room to be made.
#[derive(Clone, Debug)]
pub struct FoundSetup {
    /// What it is called.
    pub name: Label,
    /// What its founder is called.
    pub me: Label,
    /// The key of its first door.
    pub key: Key,
    /// Where its relay is, best first.
    pub addresses: Vec<Address>,
    /// How the relay is recognised.
    pub trust: StoredTrust,
    /// Whether the relay runs in this process.
    pub hosted: bool,
    /// Whether newcomers knock and wait for an admin.
    pub approval: bool,
    /// The most members that it is to have.
    pub max_members: u32,
}

impl SealedRoom {
    /// Makes the room's record and group, in one transaction. The link that it needs comes with [`SealedRoom::link`].
    ///
    /// # Errors
    /// The profile or the MLS library failed: nothing was made.
    pub fn found(
        desk: &mut FoundDesk<'_>,
        identity: Identity,
        setup: &FoundSetup,
    ) -> Result<(Self, Link), Trouble> {
        let mut pass = Zeroizing::new([0; 32]);
        (desk.random)(pass.as_mut());
        let pass = Secret32::from_bytes(*pass);
        let id = room_id(&setup.key);
        let secret = PassSecret::from_bytes(pass.as_bytes());
        let record = RoomRecord {
            name: setup.name.as_str().to_owned(),
            stage: Stage::Founding,
            addresses: setup.addresses.clone(),
            key: Some(setup.key.clone()),
            cursor: Some(Cursor::start(&id)),
            last_commit: Some(Cursor::start(&id).chain),
            verified: true,
            hosted: setup.hosted,
            me: setup.me.as_str().to_owned(),
            ..RoomRecord::new(id, pass, setup.trust.clone(), desk.wall)
        };
        let door = DoorSecrets::of(&setup.key, desk.crypto);
        let mut policy = Policy::new(record.name.clone(), identity.key(), door.door().clone());
        policy.approval = setup.approval;
        policy.max_members = setup.max_members;
        let tx = desk.profile.begin()?;
        let group = {
            let storage = tx.mls();
            let provider = Provider { crypto: desk.crypto, storage: &storage };
            let founding = Founding {
                room: id,
                identity: &identity,
                pass: secret.public(),
                name: record.me.clone(),
                policy,
            };
            Room::create(&provider, founding).map_err(group_trouble)?
        };
        tx.put_room(&record)?;
        tx.commit()?;
        let mut link = link_for(&record, Credential::Founder(secret), desk.now, desk.seed);
        // Never refused: the link is new, and `ask_create` says everything that the relay must know.
        let mut room = Self::new(identity, record, Some(group), Phase::Over);
        room.ask_create(desk, &mut link)?;
        Ok((room, link))
    }

    /// A room that the profile knows, with a link that goes on where it was.
    ///
    /// # Errors
    /// The profile or the MLS library failed.
    pub fn reopen(
        desk: &mut FoundDesk<'_>,
        identity: Identity,
        record: RoomRecord,
    ) -> Result<(Self, Link), Trouble> {
        if record.stage == Stage::Knocking {
            return Self::ask_on(desk, identity, record);
        }
        let secret = pass_secret(&record);
        let tx = desk.profile.begin()?;
        let group = {
            let storage = tx.mls();
            let provider = Provider { crypto: desk.crypto, storage: &storage };
            Room::load(&provider, &record.room).map_err(group_trouble)?
        };
        let footing = Footing::load(&tx, &record.room)?;
        let repair = Repair::load(&tx, &record.room, desk.now)?;
        let mut confirmations = Confirmations::default();
        let members = group.as_ref().map(Room::members).unwrap_or_default();
        confirmations.load(&tx, &record.room, desk.now, |pass| {
            members.iter().any(|member| !member.me && member.pass == *pass)
        })?;
        let red = if record.stage == Stage::Forked { Some(Alarm::of_red(&tx, &record.room)?) } else { None };
        drop(tx);
        let founding = record.stage == Stage::Founding;
        let credential = if founding { Credential::Founder(secret) } else { Credential::Pass(secret) };
        let mut link = link_for(&record, credential, desk.now, desk.seed);
        let mut room = Self::new(identity, record, group, Phase::Member);
        room.footing = footing;
        room.repair = repair;
        room.confirmations = confirmations;
        room.seen = SeenChains::of_profile(room.record.head.as_ref(), room.record.cursor.as_ref());
        if let Some(alarm) = red {
            // Red for good, also for a driver that did not look.
            link.close();
            room.alarm(alarm);
            room.end(CloseReason::Alarm(alarm));
            return Ok((room, link));
        }
        if founding {
            room.ask_create(desk, &mut link)?;
        }
        room.load_outgoing(desk)?;
        if !founding && !room.is_entering() && room.group.is_some() {
            room.tell_entered();
        }
        Ok((room, link))
    }

    /// Asks the relay to make the room, with the door and the blob of the first state.
    fn ask_create(&mut self, desk: &mut FoundDesk<'_>, link: &mut Link) -> Result<(), Trouble> {
        let Some(group) = &self.group else { return Ok(()) };
        let tx = desk.profile.begin()?;
        let blob = if group.policy().approval {
            None
        } else {
            let storage = tx.mls();
            let provider = Provider { crypto: desk.crypto, storage: &storage };
            Some(group.blob(&provider, &self.standing(), &self.pins()).map_err(group_trouble)?)
        };
        let doors = group.policy().doors.iter().map(relay_door).collect();
        let request = link.create(doors, blob.map(Into::into)).map_err(group_trouble)?;
        self.phase = Phase::Founding(request);
        Ok(())
    }

    /// The relay made it.
    pub(super) fn created(&mut self, desk: &mut Desk<'_>) -> Result<(), Trouble> {
        self.record.stage = Stage::Member;
        let tx = desk.profile.begin()?;
        tx.put_room(&self.record)?;
        tx.commit()?;
        self.phase = Phase::Member;
        self.tell_entered();
        Ok(())
    }

    /// Tells the face that the room is open, and who is in it.
    pub(super) fn tell_entered(&mut self) {
        self.events.push_back(RoomEvent::Entered { room: self.record.room, name: self.name() });
        self.tell_people();
    }

    /// The room's name as its policy has it.
    pub(super) fn name(&self) -> Label {
        let name =
            self.group.as_ref().map_or(self.record.name.as_str(), |group| group.policy().name.as_str());
        name.parse().unwrap_or_else(|_| Label::from_word("room"))
    }
}

/// What a room needs before it has a link.
pub struct FoundDesk<'a> {
    /// Now, on the clock that never jumps.
    pub now: Instant,
    /// Now, on the clock that people read.
    pub wall: Timestamp,
    /// What the jitter of the link follows from.
    pub seed: u64,
    /// The profile.
    pub profile: &'a mut keyroom_history::Profile,
    /// The MLS library's cryptography.
    pub crypto: &'a keyroom_mls::Crypto,
    /// The system's random source, or a sequence in tests.
    pub random: &'a mut dyn FnMut(&mut [u8]),
}

/// A door as the relay knows it.
pub(super) fn relay_door(open: &keyroom_mls::OpenDoor) -> RelayDoor {
    RelayDoor {
        id: open.door.id,
        key: open.door.signing,
        expires: open.expires,
        uses: open.uses.map(u64::from),
    }
}

/// The room that a first key opens: so that who has the bare key and an address finds it there.
pub fn room_id(key: &Key) -> RoomId {
    DoorSeeds::of(key).room
}

/// The pins of a record.
pub(super) fn pins_of(stored: &StoredTrust) -> Vec<KeyPin> {
    match stored {
        StoredTrust::Pins(pins) => pins.clone(),
        StoredTrust::Name => Vec::new(),
    }
}
