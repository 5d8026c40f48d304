//! The lab for a sealed room's message.
//!
//! The key of a message that was opened is gone, so nothing can be tried on the message itself. The lab makes a room of its
//! own, in memory, of the same suite and padding, in which the same text is said; and says so.

use keyroom_mls::{Check, Crypto, DoorSecrets, Intent, OpenDoor};
use keyroom_types::limits::HYBRID_MEMBERS;
use keyroom_types::{Header, Key, RoomId};

use super::super::layer::Layer;
use super::super::phrase::{Phrase, Text, phrases};
use super::super::{decode, sealed};
use super::people::{Copy, LabError, Log, Person, Random, Sent, draw};
use super::{Attack, NOTHING_DONE, OPENS, Trial};

/// A room made for the lab, and the copies that are attacked in it.
pub struct SealedLab {
    crypto: Crypto,
    /// What is attacked, and the same text once more after a member was removed.
    message: Sent,
    later: Sent,
    /// Ben before he has opened it, after, and after the room's keys have changed.
    before: Copy,
    after: Copy,
    next_epoch: Copy,
    /// Somebody in another room of the same name, at the same epoch.
    elsewhere: Copy,
    /// Cleo, who was removed between the two messages.
    removed: Copy,
}

impl SealedLab {
    /// Sets the lab up: three people, and a fourth in another room. `hybrid`: whether the suite is to be the hybrid one.
    ///
    /// # Errors
    /// The MLS library cannot make the room, or the text is longer than a message may be.
    pub fn new(text: &str, hybrid: bool, random: &mut dyn FnMut(&mut [u8])) -> Result<Self, LabError> {
        let crypto = Crypto::new();
        let members = if hybrid { HYBRID_MEMBERS } else { HYBRID_MEMBERS + 1 };
        let room = RoomId::from_bytes(*draw(&mut *random));
        let key = Key::from_bytes(*draw::<{ Key::BYTES }>(&mut *random));
        let mut log = Log::new(room);
        let mut anna = Person::found(&crypto, room, &key, members, &mut *random)?;
        let (mut ben, entry) = anna.admit(&crypto, &mut log, &key, "Ben", &mut *random)?;
        anna.read(&crypto, &entry)?;
        let (mut cleo, entry) = anna.admit(&crypto, &mut log, &key, "Cleo", &mut *random)?;
        anna.read(&crypto, &entry)?;
        ben.read(&crypto, &entry)?;

        let before = ben.copy();
        let message = anna.say(&crypto, &mut log, text, &mut *random)?;
        ben.read(&crypto, &message)?;
        cleo.read(&crypto, &message)?;
        let after = ben.copy();
        let new = Key::from_bytes(*draw::<{ Key::BYTES }>(&mut *random));
        let door = DoorSecrets::of(&new, &crypto).door();
        let new_door = Some(OpenDoor { door, expires: None, uses: None, spent: 0 });
        let leaves = anna.leaf("Cleo").into_iter().collect();
        let removal = anna.commit(&crypto, &mut log, Intent::Remove { leaves, new_door })?;
        ben.read(&crypto, &removal)?;
        let next_epoch = ben.copy();
        let removed = cleo.copy();
        let later = anna.say(&crypto, &mut log, text, &mut *random)?;
        let elsewhere = elsewhere(&crypto, room, members, random)?;
        Ok(Self { crypto, message, later, before, after, next_epoch, elsewhere, removed })
    }

    /// The lab's message: what an attack changes.
    pub fn layer(&self) -> Layer {
        let bytes = self.message.body.clone();
        let fields = decode::message(&bytes, 0..bytes.len());
        Layer::new(LAB_MESSAGE, MADE, bytes, fields)
    }

    /// How many bits can be flipped.
    pub fn bits(&self) -> usize {
        self.message.body.len() * 8
    }

    /// Carries out an attack on a copy.
    pub fn run(&self, attack: Attack) -> Trial {
        let Sent { header, body } = &self.message;
        let (copy, header, body, done) = match attack {
            Attack::None => (&self.before, *header, body.clone(), BEN_OPENS.into()),
            Attack::FlipBit(bit) => {
                let (mut body, place) = (body.clone(), bit / 8);
                let Some(byte) = body.get_mut(place) else {
                    return Trial {
                        attack,
                        done: BEHIND.with([Text::as_is(bit)]),
                        opened: false,
                        refused_by: None,
                        meaning: NOTHING_DONE,
                    };
                };
                *byte ^= 0x80 >> (bit % 8);
                let done = FLIPPED.with([Text::as_is(bit % 8), Text::as_is(place)]);
                (&self.before, *header, body, done)
            }
            Attack::WrongKey => (&self.elsewhere, *header, body.clone(), WRONG_KEY.into()),
            Attack::Replay => {
                // As a relay would: at the next place, under the same author's pass.
                let header = Header { seq: header.seq.next(), ..*header };
                (&self.after, header, body.clone(), REPLAY.into())
            }
            Attack::Old => (&self.next_epoch, *header, body.clone(), OLD.into()),
            Attack::RemovedMember => {
                (&self.removed, self.later.header, self.later.body.clone(), REMOVED.into())
            }
        };
        match copy.open(&self.crypto, &header, &body) {
            Ok(_) => Trial { attack, done, opened: true, refused_by: None, meaning: OPENS },
            Err(check) => {
                let (name, meaning) = words(check);
                Trial { attack, done, opened: false, refused_by: Some(name), meaning }
            }
        }
    }
}

/// Somebody in a room of the same name, with other keys, after as many changes as the lab's.
fn elsewhere(crypto: &Crypto, room: RoomId, members: u32, random: Random<'_>) -> Result<Copy, LabError> {
    let key = Key::from_bytes(*draw::<{ Key::BYTES }>(&mut *random));
    let mut log = Log::new(room);
    let mut zoe = Person::found(crypto, room, &key, members, random)?;
    for _ in 0..ENTRIES {
        zoe.commit(crypto, &mut log, Intent::SelfUpdate { name: None })?;
    }
    Ok(zoe.copy())
}

/// The name of a check, as the steps have it, and what its refusal means.
fn words(check: Option<Check>) -> (Phrase, Phrase) {
    match check {
        Some(Check::Form) => (FORM, NO_FORM),
        Some(Check::Group) => (sealed::GROUP, OTHER_GROUP),
        Some(Check::Epoch) => (sealed::GROUP, OTHER_EPOCH),
        Some(Check::Aead) => (sealed::AEAD, NO_TAG),
        Some(Check::UsedKey) => (sealed::GENERATION, USED_KEY),
        Some(Check::Ratchet) => (sealed::GENERATION, NO_SUCH_KEY),
        Some(Check::Content) => (sealed::CONTENT, NO_CONTENT),
        Some(Check::Sender) => (sealed::SENDER, NO_MEMBER),
        Some(Check::Signature) => (sealed::SIGNATURE, NOT_SIGNED),
        Some(Check::Own) => (sealed::SENDER, OUR_OWN),
        Some(Check::Place) => (sealed::PLACE, OTHER_PLACE),
        _ => (MLS, LIBRARY),
    }
}

/// Changes of the lab's room before its message: two entries.
const ENTRIES: usize = 2;

phrases! {
    LAB_MESSAGE = "MLS message of the lab";
    MADE = "Made for the lab, with the same text, suite and padding: the real message's key is gone.";
    BEN_OPENS = "Ben opens the message.";
    BEHIND = "Bit {} is behind the end of the message.";
    FLIPPED = "Bit {} of byte {} is the other way round, and Ben opens it.";
    WRONG_KEY = "Zoe, who is in another room of the same name at the same epoch, tries her keys on it.";
    REPLAY = "Ben has opened it. The relay delivers the same bytes again, at the next place.";
    OLD = "The room's keys have changed since. Ben, who has deleted the old ones, gets the message once more.";
    REMOVED = "Cleo was removed. She has kept all her keys, and tries them on the next message.";

    FORM = "form";
    NO_FORM = "It is no private message any more: nothing is tried.";
    OTHER_GROUP = "It says that it is for another group: nothing is tried.";
    OTHER_EPOCH = "It is of an epoch whose keys this copy does not have: deleted, or never given to it.";
    NO_TAG = "The tag does not fit: another key, or a changed bit, in the open part or the encrypted one.";
    USED_KEY = "The key of this message was used and deleted: there is no second time.";
    NO_SUCH_KEY = "There is no such key in the sender's ratchet.";
    NO_CONTENT = "What was decrypted is no content.";
    NO_MEMBER = "There is no such member.";
    NOT_SIGNED = "Its author did not sign it.";
    OUR_OWN = "It says that it is our own: our own cannot be opened.";
    OTHER_PLACE = "It is authentic, and was written for another place in the log.";
    MLS = "MLS";
    LIBRARY = "The MLS library refuses it.";
}
