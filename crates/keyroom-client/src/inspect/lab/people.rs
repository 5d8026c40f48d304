//! People of the lab: members of a room that was made for it, in memory, with their keys in copies that can be opened again and
//! again.

use keyroom_link::PassSecret;
use keyroom_mls::{
    Body, Check, Content, Crypto, DoorSecrets, Founding, Identity, Intent, Join, MemoryStorage, Opened, Pins,
    Policy, Provider, Room, Standing, open_blob,
};
use keyroom_types::{Cursor, Digest, EnvelopeId, Header, Key, Kind, MessageId, PassKey, RoomId, Timestamp};
use zeroize::Zeroizing;

/// Why the lab could not be set up.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the lab's own room could not be made: {0}")]
pub struct LabError(String);

impl LabError {
    fn of(error: impl std::fmt::Display) -> Self {
        Self(error.to_string())
    }

    /// What the library said, for a face that has words of its own for the rest.
    pub fn why(&self) -> &str {
        &self.0
    }
}

/// Where random bytes come from.
pub(super) type Random<'a> = &'a mut dyn FnMut(&mut [u8]);

pub(super) fn draw<const N: usize>(random: Random<'_>) -> Zeroizing<[u8; N]> {
    let mut bytes = Zeroizing::new([0; N]);
    random(bytes.as_mut());
    bytes
}

/// The lab's relay: gives places, keeps nothing.
pub(super) struct Log {
    pub(super) room: RoomId,
    pub(super) cursor: Cursor,
}

/// An envelope of the lab.
#[derive(Clone)]
pub(super) struct Sent {
    pub(super) header: Header,
    pub(super) body: Vec<u8>,
}

impl Log {
    pub(super) fn new(room: RoomId) -> Self {
        Self { room, cursor: Cursor::start(&room) }
    }

    fn append(&mut self, kind: Kind, pass: PassKey, body: Vec<u8>, blob: Option<&[u8]>) -> Sent {
        let seq = self.cursor.seq.next();
        let mut envelope = [0; EnvelopeId::BYTES];
        envelope[..8].copy_from_slice(&seq.get().to_be_bytes());
        let header = Header {
            seq,
            time: Timestamp::from_millis(seq.get()),
            kind,
            based_on: self.cursor.newest_commit,
            envelope: EnvelopeId::from_bytes(envelope),
            pass,
        };
        self.cursor = Cursor {
            seq,
            chain: self.cursor.chain.then(&header, &Digest::of(&body), blob.map(Digest::of).as_ref()),
            time: header.time,
            newest_commit: if kind.is_commit() { seq } else { self.cursor.newest_commit },
        };
        Sent { header, body }
    }
}

/// A member.
pub(super) struct Person {
    storage: MemoryStorage,
    pass: PassKey,
    room: Room,
}

/// What a member has stored at one moment.
pub(super) struct Copy {
    storage: MemoryStorage,
    room: RoomId,
}

impl Person {
    /// Makes the room. Whether its suite is hybrid follows from how many members it declares.
    pub(super) fn found(
        crypto: &Crypto,
        room: RoomId,
        key: &Key,
        members: u32,
        random: Random<'_>,
    ) -> Result<Self, LabError> {
        let (identity, pass) = who(random);
        let mut policy = Policy::new("Lab".to_owned(), identity.key(), DoorSecrets::of(key, crypto).door());
        policy.max_members = members;
        let storage = MemoryStorage::default();
        let p = Provider { crypto, storage: &storage };
        let founding = Founding { room, identity: &identity, pass, name: "Anna".to_owned(), policy };
        let room = Room::create(&p, founding).map_err(LabError::of)?;
        Ok(Self { storage, pass, room })
    }

    /// Lets somebody in through the door of `key`; its entry, which the others are to read.
    pub(super) fn admit(
        &self,
        crypto: &Crypto,
        log: &mut Log,
        key: &Key,
        name: &str,
        random: Random<'_>,
    ) -> Result<(Self, Sent), LabError> {
        let standing = Standing { cursor: log.cursor, head: None };
        let blob = self
            .room
            .blob(&Provider { crypto, storage: &self.storage }, &standing, &Pins::default())
            .map_err(LabError::of)?;
        let door = DoorSecrets::of(key, crypto);
        let blob = open_blob(crypto, &log.room, &door, &blob).map_err(LabError::of)?;
        let (identity, pass) = who(random);
        let storage = MemoryStorage::default();
        let p = Provider { crypto, storage: &storage };
        let join = Join {
            room: log.room,
            identity: &identity,
            pass,
            name: name.to_owned(),
            door: &door,
            blob: &blob,
            standing,
            replaces: None,
            pins: Pins::default(),
        };
        let (room, body, blob) = Room::join(&p, join).map_err(LabError::of)?;
        let sent = log.append(Kind::Join, pass, body, blob.as_deref());
        Ok((Self { storage, pass, room }, sent))
    }

    pub(super) fn say(
        &mut self,
        crypto: &Crypto,
        log: &mut Log,
        text: &str,
        random: Random<'_>,
    ) -> Result<Sent, LabError> {
        let id = MessageId::from_bytes(*draw(random));
        let content = Content::new(id, Body::Text { text: text.to_owned(), reply: None });
        let standing = Standing { cursor: log.cursor, head: None };
        let p = Provider { crypto, storage: &self.storage };
        let body = self.room.send(&p, &standing, &content).map_err(LabError::of)?;
        Ok(log.append(Kind::Application, self.pass, body, None))
    }

    pub(super) fn commit(
        &mut self,
        crypto: &Crypto,
        log: &mut Log,
        intent: Intent,
    ) -> Result<Sent, LabError> {
        let standing = Standing { cursor: log.cursor, head: None };
        let p = Provider { crypto, storage: &self.storage };
        let made = self
            .room
            .commit(&p, &standing, log.cursor.time, intent, &[], &Pins::default())
            .map_err(LabError::of)?;
        let sent = log.append(Kind::Commit, self.pass, made.body, made.blob.as_deref());
        self.room.merge_own(&p, &sent.header, 0).map_err(LabError::of)?;
        Ok(sent)
    }

    /// Reads an envelope of somebody else.
    pub(super) fn read(&mut self, crypto: &Crypto, sent: &Sent) -> Result<Opened, LabError> {
        let p = Provider { crypto, storage: &self.storage };
        self.room.open(&p, &sent.header, &sent.body, None).map_err(LabError::of)
    }

    /// The leaf of somebody by that name.
    pub(super) fn leaf(&self, name: &str) -> Option<u32> {
        self.room.members().into_iter().find(|member| member.name == name).map(|member| member.leaf)
    }

    pub(super) fn copy(&self) -> Copy {
        Copy { storage: copy(&self.storage), room: self.room.id() }
    }
}

impl Copy {
    /// Opens an envelope with what was stored then: what it says, or which check refuses it. The copy stays as it is.
    pub(super) fn open(
        &self,
        crypto: &Crypto,
        header: &Header,
        body: &[u8],
    ) -> Result<String, Option<Check>> {
        let storage = copy(&self.storage);
        let p = Provider { crypto, storage: &storage };
        let mut room = Room::load(&p, &self.room).ok().flatten().ok_or(None)?;
        if let Ok(Opened::Message(received)) = room.open(&p, header, body, None)
            && let Body::Text { text, .. } = received.content.body
        {
            return Ok(text);
        }
        // Refused. Which check it was is found on another copy.
        let storage = copy(&self.storage);
        let p = Provider { crypto, storage: &storage };
        let room = Room::load(&p, &self.room).ok().flatten().ok_or(None)?;
        Err(room.refusing_check(&p, header, body, header.based_on))
    }
}

fn who(random: Random<'_>) -> (Identity, PassKey) {
    let identity = Identity::from_seed(&draw(&mut *random));
    let pass: Zeroizing<[u8; 32]> = draw(random);
    (identity, PassSecret::from_bytes(&pass).public())
}

fn copy(storage: &MemoryStorage) -> MemoryStorage {
    let values = storage.values.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
    MemoryStorage { values: values.into() }
}
