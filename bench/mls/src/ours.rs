//! Our room.

use keyroom_mls::{
    Body, Content, Crypto, DoorSecrets, Founding, Identity, Intent, Join, OpenDoor, Opened, Pins, Policy,
    Provider, Room, Standing, open_blob,
};
use keyroom_types::{Cursor, EnvelopeId, Header, Key, Kind, MessageId, PassKey, RoomId};
use openmls_memory_storage::MemoryStorage;

use crate::{Cost, Result, Suite, Way, copy, timed};

/// A room with its founder and its newest member, both at the end of the log.
pub struct Ours {
    crypto: Crypto,
    door: DoorSecrets,
    founder: Person,
    newest: Option<Person>,
    people: u32,
    cursor: Cursor,
    blob: Vec<u8>,
}

struct Person {
    storage: MemoryStorage,
    pass: PassKey,
}

impl Person {
    fn new(number: u32) -> Self {
        Self { storage: MemoryStorage::default(), pass: PassKey::from_bytes(seed(2, number)) }
    }

    /// The room on a copy of the storage, which is spent with it.
    fn copy(&self, crypto: &Crypto) -> Result<(MemoryStorage, Room)> {
        let storage = copy(&self.storage)?;
        let room = Room::load(&Provider { crypto, storage: &storage }, &ROOM)?.ok_or("no room is stored")?;
        Ok((storage, room))
    }
}

impl Ours {
    fn standing(&self) -> Standing {
        Standing { cursor: self.cursor, head: None }
    }

    fn header(&self, kind: Kind, pass: PassKey) -> Header {
        Header {
            seq: self.cursor.seq.next(),
            time: self.cursor.time.plus_millis(1),
            kind,
            based_on: self.cursor.newest_commit,
            envelope: EnvelopeId::from_bytes([0; 16]),
            pass,
        }
    }

    fn newest(&self) -> Result<&Person> {
        self.newest.as_ref().ok_or_else(|| "nobody has come yet".into())
    }

    fn make_join(&self, person: &Person, identity: &Identity) -> Result<(Vec<u8>, Vec<u8>)> {
        let blob = open_blob(&self.crypto, &ROOM, &self.door, &self.blob)?;
        let join = Join {
            room: ROOM,
            identity,
            pass: person.pass,
            name: "Somebody".to_owned(),
            door: &self.door,
            blob: &blob,
            standing: self.standing(),
            replaces: None,
            pins: Pins::default(),
        };
        let p = Provider { crypto: &self.crypto, storage: &person.storage };
        let (_, body, blob) = Room::join(&p, join)?;
        Ok((body, blob.ok_or("the join has no blob")?))
    }

    /// One who comes, and what it made; nothing of the room has moved.
    fn newcomer(&self) -> Result<(Person, Vec<u8>, Vec<u8>, std::time::Duration)> {
        let identity = Identity::from_seed(&seed(1, self.people));
        let person = Person::new(self.people);
        let (made, time) = timed(|| self.make_join(&person, &identity));
        let (body, blob) = made?;
        Ok((person, body, blob, time))
    }
}

impl Way for Ours {
    fn found(suite: Suite) -> Result<Self> {
        let crypto = Crypto::new();
        let door = DoorSecrets::of(&Key::from_bytes([1; 32]), &crypto);
        let identity = Identity::from_seed(&seed(1, 0));
        let founder = Person::new(0);
        let mut policy = Policy::new("Room".to_owned(), identity.key(), door.door());
        policy.max_members = if suite == Suite::Hybrid { 100 } else { 1_000 };
        let founding = Founding {
            room: ROOM,
            identity: &identity,
            pass: founder.pass,
            name: "Founder".to_owned(),
            policy,
        };
        let p = Provider { crypto: &crypto, storage: &founder.storage };
        let room = Room::create(&p, founding)?;
        let cursor = Cursor::start(&ROOM);
        let blob = room.blob(&p, &Standing { cursor, head: None }, &Pins::default())?;
        Ok(Self { crypto, door, founder, newest: None, people: 1, cursor, blob })
    }

    fn grow(&mut self) -> Result<()> {
        let (person, body, blob, _) = self.newcomer()?;
        let header = self.header(Kind::Join, person.pass);
        let p = Provider { crypto: &self.crypto, storage: &self.founder.storage };
        let mut room = Room::load(&p, &ROOM)?.ok_or("no room is stored")?;
        changed(&room.open(&p, &header, &body, None)?)?;
        self.cursor.seq = header.seq;
        self.cursor.time = header.time;
        self.cursor.newest_commit = header.seq;
        self.newest = Some(person);
        self.people += 1;
        self.blob = blob;
        Ok(())
    }

    fn join(&mut self) -> Result<Cost> {
        let (person, body, blob, make) = self.newcomer()?;
        let (storage, mut room) = self.founder.copy(&self.crypto)?;
        let p = Provider { crypto: &self.crypto, storage: &storage };
        let header = self.header(Kind::Join, person.pass);
        let (opened, take) = timed(|| room.open(&p, &header, &body, None));
        changed(&opened?)?;
        Ok(Cost { make, take, wire: body.len(), blob: blob.len() })
    }

    fn talk(&mut self, messages: u32, text: &str) -> Result<Cost> {
        let speaker = self.newest()?;
        let (storage, mut room) = speaker.copy(&self.crypto)?;
        let p = Provider { crypto: &self.crypto, storage: &storage };
        let standing = self.standing();
        let (bodies, make) = timed(|| {
            let one = |number: u32| {
                let mut id = [0; 16];
                id[..4].copy_from_slice(&number.to_be_bytes());
                let text = Body::Text { text: text.to_owned(), reply: None };
                room.send(&p, &standing, &Content::new(MessageId::from_bytes(id), text))
            };
            (0..messages).map(one).collect::<std::result::Result<Vec<_>, _>>()
        });
        let bodies = bodies?;
        let (storage, mut room) = self.founder.copy(&self.crypto)?;
        let p = Provider { crypto: &self.crypto, storage: &storage };
        let mut header = self.header(Kind::Application, speaker.pass);
        let (opened, take) = timed(|| {
            for body in &bodies {
                match room.open(&p, &header, body, None)? {
                    Opened::Message(_) => header.seq = header.seq.next(),
                    other => return Err(format!("not a message: {other:?}").into()),
                }
            }
            Result::Ok(())
        });
        opened?;
        let wire = bodies.first().map_or(0, Vec::len);
        Ok(Cost { make: make / messages, take: take / messages, wire, blob: 0 })
    }

    fn heal(&mut self) -> Result<Cost> {
        self.commit(self.newest()?, &self.founder, Intent::SelfUpdate { name: None })
    }

    fn remove(&mut self, leaf: u32) -> Result<Cost> {
        let door = DoorSecrets::of(&Key::from_bytes([2; 32]), &self.crypto).door();
        let new_door = Some(OpenDoor { door, expires: None, uses: None, spent: 0 });
        let intent = Intent::Remove { leaves: vec![leaf], new_door };
        self.commit(&self.founder, self.newest()?, intent)
    }
}

impl Ours {
    fn commit(&self, author: &Person, member: &Person, intent: Intent) -> Result<Cost> {
        let (storage, mut room) = author.copy(&self.crypto)?;
        let p = Provider { crypto: &self.crypto, storage: &storage };
        let standing = self.standing();
        let (made, make) =
            timed(|| room.commit(&p, &standing, self.cursor.time, intent, &[], &Pins::default()));
        let made = made?;
        let (storage, mut room) = member.copy(&self.crypto)?;
        let p = Provider { crypto: &self.crypto, storage: &storage };
        let header = self.header(Kind::Commit, author.pass);
        let (opened, take) = timed(|| room.open(&p, &header, &made.body, None));
        changed(&opened?)?;
        Ok(Cost { make, take, wire: made.body.len(), blob: made.blob.map_or(0, |blob| blob.len()) })
    }
}

fn changed(opened: &Opened) -> Result<()> {
    match opened {
        Opened::Changed(_) | Opened::Removed(_) => Ok(()),
        other => Err(format!("not a commit that holds: {other:?}").into()),
    }
}

fn seed(label: u8, number: u32) -> [u8; 32] {
    let mut seed = [label; 32];
    seed[..4].copy_from_slice(&number.to_be_bytes());
    seed
}

const ROOM: RoomId = RoomId::from_bytes([7; 16]);
