//! Who asks to be let in, as an admin sees it; letting in and turning away. Spec: "Knocking". Attack matrix rows 13, 31.
//!
//! The relay keeps the knocks, and tells of them. What it tells is opened with the door's key and proven before it is shown, and
//! an answer names the identity and the pass in it, not the relay's number: it cannot have us admit somebody else.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use keyroom_history::KnockRecord;
use keyroom_link::RequestId;
use keyroom_mls::{DoorSecrets, OpenKnock, member_code};
use keyroom_types::{Digest, DoorId, DoorSeeds, IdentityKey, Key, PassKey, Timestamp};
use keyroom_wire::{Change, Knocked, PassRole, Refusal};
use sha2::{Digest as _, Sha256};

use super::commits::Wish;
use super::notice::{peer_of, short};
use super::{Desk, SealedRoom, Trouble};
use crate::event::{Knock, KnockId, RoomEvent, WishRefusal};
use crate::profile::other_keys;

/// Who asks to be let in, as far as the relay has told.
#[derive(Default)]
pub(super) struct Admissions {
    waiting: BTreeMap<KnockId, Visitor>,
    /// The list is to be asked for, as soon as that can be.
    wanted: bool,
    listing: Option<RequestId>,
    declining: HashMap<RequestId, KnockId>,
    /// Something changed that the face was not told of.
    changed: bool,
}

/// Somebody who knocks.
struct Visitor {
    number: u64,
    bytes: Digest,
    at: Timestamp,
    knock: OpenKnock,
}

impl Admissions {
    /// Another connection, another list.
    pub(super) fn ask_again(&mut self) {
        self.wanted = true;
        self.listing = None;
    }

    /// The knock of that name.
    pub(super) fn get(&self, id: KnockId) -> Option<&OpenKnock> {
        self.waiting.get(&id).map(|visitor| &visitor.knock)
    }

    /// Somebody came in: it asks no more.
    pub(super) fn came_in(&mut self, pass: &PassKey) {
        let before = self.waiting.len();
        self.waiting.retain(|_, visitor| visitor.knock.pass != *pass);
        self.changed |= self.waiting.len() != before;
    }

    /// All doors were closed: the relay has forgotten who knocked there.
    pub(super) fn clear(&mut self) {
        self.changed |= !self.waiting.is_empty();
        self.waiting.clear();
    }

    fn take(&mut self, visitor: Visitor) {
        // A newer knock of the same pass took the place of the older one.
        self.waiting.retain(|_, other| other.knock.pass != visitor.knock.pass);
        self.waiting.insert(knock_id(&visitor.knock.identity, &visitor.knock.pass), visitor);
        self.changed = true;
    }
}

impl SealedRoom {
    fn is_admin(&self) -> bool {
        let identity = self.identity.key();
        self.group.as_ref().is_some_and(|group| group.policy().is_admin(&identity))
    }

    /// Asks for the list of those who knock. Called when the room is live and caught up.
    pub(super) fn list_knocks(&mut self, desk: &mut Desk<'_>) {
        if self.admissions.wanted && self.is_admin() {
            // Where it cannot be asked now, it is with the next turn.
            self.admissions.listing = desk.link.list_knocks().ok();
            self.admissions.wanted = self.admissions.listing.is_none();
        }
    }

    /// The relay refused the list, or to forget a knock. Returns whether it was that.
    pub(super) fn list_refused(&mut self, request: RequestId, refusal: &Refusal) -> bool {
        let declining = self.admissions.declining.remove(&request).is_some();
        if declining {
            let refusal = WishRefusal::Relay(refusal.code.to_string());
            self.events.push_back(RoomEvent::WishRefused(refusal));
        }
        self.admissions.listing.take_if(|listing| *listing == request).is_some() || declining
    }

    /// All who knock.
    pub(super) fn knocks_listed(&mut self, desk: &mut Desk<'_>, request: RequestId, knocks: &[Knocked]) {
        if self.admissions.listing.take_if(|listing| *listing == request).is_none() {
            return;
        }
        let mut known = std::mem::take(&mut self.admissions.waiting);
        for knocked in knocks {
            let bytes = Digest::of(&knocked.bytes);
            let same = known.iter().find(|(_, visitor)| visitor.bytes == bytes).map(|(id, _)| *id);
            match same.and_then(|id| known.remove_entry(&id)) {
                Some((id, visitor)) => drop(self.admissions.waiting.insert(id, visitor)),
                None => self.knocked(desk, knocked),
            }
        }
        self.admissions.changed = true;
    }

    /// Somebody knocks.
    pub(super) fn knocked(&mut self, desk: &mut Desk<'_>, knocked: &Knocked) {
        let bytes = Digest::of(&knocked.bytes);
        if self.admissions.waiting.values().any(|visitor| visitor.bytes == bytes) {
            return;
        }
        // Only who knows the door's key can open it, and only an admin can answer it.
        let (Some(key), true) = (self.key_of(desk, &knocked.door), self.is_admin()) else { return };
        let door = DoorSecrets::of(&key, desk.crypto);
        match OpenKnock::open(desk.crypto, &self.record.room, &door, &knocked.bytes) {
            // The relay says who is let in by an answer: another pass than the one in the knock would let in another.
            Ok(knock) if knock.pass == knocked.newcomer => {
                let Knocked { number, time, .. } = *knocked;
                self.admissions.take(Visitor { number, bytes, at: time, knock });
            }
            Ok(_) => tracing::debug!(number = knocked.number, "a knock of another pass than the relay says"),
            Err(error) => tracing::debug!(number = knocked.number, %error, "a knock does not open"),
        }
    }

    /// The key of a door, where this profile knows it: the room's own, or of one that was made here.
    fn key_of(&self, desk: &mut Desk<'_>, door: &DoorId) -> Option<Key> {
        let is_it = |key: &Key| DoorSeeds::of(key).id == *door;
        let own = self.record.key.as_ref().filter(|key| is_it(key));
        own.cloned().or_else(|| {
            let tx = desk.profile.begin().ok()?;
            other_keys(&tx, &self.record.room).ok()?.into_iter().find(is_it)
        })
    }

    /// Tells the face who knocks, where that has changed, and keeps it for when the room is not open.
    pub(super) fn tell_knocks(&mut self, desk: &mut Desk<'_>) -> Result<(), Trouble> {
        if !std::mem::take(&mut self.admissions.changed) {
            return Ok(());
        }
        let mut visitors: Vec<(&KnockId, &Visitor)> = self.admissions.waiting.iter().collect();
        visitors.sort_by_key(|(_, visitor)| visitor.number);
        let records: Vec<KnockRecord> = visitors.iter().map(|(id, visitor)| visitor.record(**id)).collect();
        let tx = desk.profile.begin()?;
        tx.set_knocks(&self.record.room, &records)?;
        tx.commit()?;
        self.events.push_back(RoomEvent::Knocks(records.iter().filter_map(shown_knock).collect()));
        Ok(())
    }

    /// Turns somebody away.
    pub fn decline(&mut self, desk: &mut Desk<'_>, id: KnockId) {
        let refusal = match self.admissions.get(id) {
            _ if !self.is_admin() => WishRefusal::NotAdmin,
            None => WishRefusal::NoKnock,
            Some(knock) => match desk.link.drop_knock(knock.pass) {
                Ok(request) => {
                    self.admissions.declining.insert(request, id);
                    return;
                }
                Err(_) => WishRefusal::NotIn,
            },
        };
        self.events.push_back(RoomEvent::WishRefused(refusal));
    }

    /// The relay did something that we asked for: perhaps it has forgotten a knock that we declined.
    pub(super) fn knock_declined(&mut self, request: RequestId) {
        if let Some(id) = self.admissions.declining.remove(&request) {
            self.admissions.changed |= self.admissions.waiting.remove(&id).is_some();
        }
    }

    /// A commit that lets somebody in was refused, since its knock is gone: another admin was faster.
    pub(super) fn knock_gone(&mut self, wish: &Wish) -> bool {
        let Wish::Admit(id) = wish else { return false };
        self.admissions.changed |= self.admissions.waiting.remove(id).is_some();
        self.admissions.wanted = true;
        true
    }
}

impl Visitor {
    fn record(&self, id: KnockId) -> KnockRecord {
        KnockRecord { id: id.0, identity: self.knock.identity, name: self.knock.name.clone(), at: self.at }
    }
}

/// A knock as a face shows it. `None` for a name that is none, which a proven knock does not have.
pub(crate) fn shown_knock(record: &KnockRecord) -> Option<Knock> {
    Some(Knock {
        id: KnockId(record.id),
        name: record.name.parse().ok()?,
        peer: peer_of(&record.identity),
        code: member_code(&record.identity),
        at: SystemTime::UNIX_EPOCH + Duration::from_millis(record.at.as_millis()),
    })
}

/// What an append says to the relay of those whom its commit lets in, and the welcomes that go up with it. They are provisional
/// like all newcomers, until a member that has the commit confirms them.
pub(super) fn answers(welcomes: Vec<(PassKey, Vec<u8>)>) -> (Vec<Change>, Vec<Bytes>) {
    let one = |(newcomer, bytes): (PassKey, Vec<u8>)| {
        let bytes = Bytes::from(bytes);
        let welcome = Digest::of(&bytes);
        (Change::Answer { newcomer, role: PassRole::Provisional, welcome }, bytes)
    };
    welcomes.into_iter().map(one).unzip()
}

/// 63 bits of a hash over who knocks and its pass, which is used once.
fn knock_id(identity: &IdentityKey, pass: &PassKey) -> KnockId {
    let hash = Sha256::new().chain_update(identity.as_bytes()).chain_update(pass.as_bytes()).finalize();
    KnockId(short(&hash.into()))
}
