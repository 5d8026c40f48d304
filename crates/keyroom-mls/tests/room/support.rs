//! People in one room, an honest log between them, everything in memory.

use keyroom_mls::{
    Blob, Body, Commit, Content, Crypto, DoorSecrets, Founding, Identity, Intent, Join, JoinError, Member,
    OldPass, OpenDoor, Opened, Pins, Policy, Provider, Room, Standing, open_blob,
};
use keyroom_types::{
    Chain, Cursor, Digest, EnvelopeId, Header, Key, Kind, MessageId, PassKey, RoomId, Seq, Timestamp,
};
use openmls_memory_storage::MemoryStorage;

pub(crate) const ROOM: RoomId = RoomId::from_bytes([7; 16]);

pub(crate) struct Envelope {
    pub(crate) header: Header,
    pub(crate) body: Vec<u8>,
    pub(crate) blob: Option<Vec<u8>>,
    pub(crate) follows: Option<Seq>,
}

/// The relay: gives numbers and times, keeps everything.
pub(crate) struct Log {
    pub(crate) entries: Vec<Envelope>,
    pub(crate) cursor: Cursor,
    pub(crate) now: u64,
}

impl Log {
    pub(crate) fn new() -> Self {
        Self { entries: Vec::new(), cursor: Cursor::start(&ROOM), now: 1_000 }
    }

    /// Appends without a question: an honest relay would have asked for the newest base.
    pub(crate) fn append(
        &mut self,
        kind: Kind,
        based_on: Seq,
        pass: PassKey,
        body: Vec<u8>,
        blob: Option<Vec<u8>>,
    ) -> Header {
        self.now += 1;
        let seq = self.cursor.seq.next();
        let mut envelope = [0; 16];
        envelope[..8].copy_from_slice(&seq.get().to_be_bytes());
        let follows = (kind == Kind::Follower).then(|| {
            let commit = self.entries.iter().rev().find(|entry| entry.header.kind == Kind::Commit).unwrap();
            commit.header.based_on
        });
        let header = Header {
            seq,
            time: Timestamp::from_millis(self.now),
            kind,
            based_on,
            envelope: EnvelopeId::from_bytes(envelope),
            pass,
        };
        self.cursor = next(&self.cursor, &header, &body, blob.as_deref());
        self.entries.push(Envelope { header, body, blob, follows });
        header
    }

    pub(crate) fn newest_blob(&self) -> Option<&[u8]> {
        self.entries.iter().rev().find_map(|entry| entry.blob.as_deref())
    }
}

fn next(cursor: &Cursor, header: &Header, body: &[u8], blob: Option<&[u8]>) -> Cursor {
    let blob = blob.map(Digest::of);
    Cursor {
        seq: header.seq,
        chain: cursor.chain.then(header, &Digest::of(body), blob.as_ref()),
        time: header.time,
        newest_commit: if header.kind.is_commit() { header.seq } else { cursor.newest_commit },
    }
}

pub(crate) struct Person {
    pub(crate) crypto: Crypto,
    pub(crate) storage: MemoryStorage,
    pub(crate) identity: Identity,
    pub(crate) pass_key: ed25519_dalek::SigningKey,
    pub(crate) room: Option<Room>,
    pub(crate) cursor: Cursor,
    pub(crate) followers: usize,
    /// What came out of the log.
    pub(crate) seen: Vec<Opened>,
    next_id: u8,
}

impl Person {
    pub(crate) fn new(seed: u8) -> Self {
        Self {
            crypto: Crypto::new(),
            storage: MemoryStorage::default(),
            identity: Identity::from_seed(&[seed; 32]),
            pass_key: ed25519_dalek::SigningKey::from_bytes(&[seed ^ 0x80; 32]),
            room: None,
            cursor: Cursor::start(&ROOM),
            followers: 0,
            seen: Vec::new(),
            next_id: 0,
        }
    }

    pub(crate) fn pass(&self) -> PassKey {
        PassKey::from_bytes(self.pass_key.verifying_key().to_bytes())
    }

    pub(crate) fn new_pass(&mut self, seed: u8) {
        self.pass_key = ed25519_dalek::SigningKey::from_bytes(&[seed; 32]);
    }

    pub(crate) fn room(&self) -> &Room {
        self.room.as_ref().unwrap()
    }

    pub(crate) fn standing(&self) -> Standing {
        Standing { cursor: self.cursor, head: None }
    }

    pub(crate) fn found(&mut self, key: &Key, change: impl FnOnce(&mut Policy)) {
        let door = DoorSecrets::of(key, &self.crypto);
        let mut policy = Policy::new("Room".to_owned(), self.identity.key(), door.door());
        change(&mut policy);
        let founding = Founding {
            room: ROOM,
            identity: &self.identity,
            pass: self.pass(),
            name: "Founder".to_owned(),
            policy,
        };
        let p = Provider { crypto: &self.crypto, storage: &self.storage };
        self.room = Some(Room::create(&p, founding).unwrap());
    }

    pub(crate) fn blob(&self) -> Vec<u8> {
        let p = Provider { crypto: &self.crypto, storage: &self.storage };
        self.room().blob(&p, &self.standing(), &Pins::default()).unwrap()
    }

    pub(crate) fn open_blob(&self, key: &Key, bytes: &[u8]) -> Blob {
        open_blob(&self.crypto, &ROOM, &DoorSecrets::of(key, &self.crypto), bytes).unwrap()
    }

    /// Opens the blob, makes the join and appends it.
    pub(crate) fn join(
        &mut self,
        log: &mut Log,
        key: &Key,
        name: &str,
        blob: &[u8],
    ) -> Result<Header, JoinError> {
        let blob = self.open_blob(key, blob);
        let (body, blob) = self.make_join(log, key, name, &blob, None)?;
        let header = log.append(Kind::Join, log.cursor.newest_commit, self.pass(), body, blob);
        self.cursor = log.cursor;
        Ok(header)
    }

    pub(crate) fn make_join(
        &mut self,
        log: &Log,
        key: &Key,
        name: &str,
        blob: &Blob,
        replaces: Option<OldPass<'_>>,
    ) -> Result<(Vec<u8>, Option<Vec<u8>>), JoinError> {
        let door = DoorSecrets::of(key, &self.crypto);
        let join = Join {
            room: ROOM,
            identity: &self.identity,
            pass: self.pass(),
            name: name.to_owned(),
            door: &door,
            blob,
            standing: Standing { cursor: log.cursor, head: None },
            replaces,
            pins: Pins::default(),
        };
        let p = Provider { crypto: &self.crypto, storage: &self.storage };
        let (room, body, blob) = Room::join(&p, join)?;
        self.room = Some(room);
        Ok((body, blob))
    }

    pub(crate) fn content(&mut self, body: Body) -> Content {
        self.next_id += 1;
        Content::new(MessageId::from_bytes([self.next_id; 16]), body)
    }

    pub(crate) fn seal(&mut self, text: &str) -> Vec<u8> {
        let content = self.content(Body::Text { text: text.to_owned(), reply: None });
        let standing = self.standing();
        let p = Provider { crypto: &self.crypto, storage: &self.storage };
        self.room.as_mut().unwrap().send(&p, &standing, &content).unwrap()
    }

    pub(crate) fn say(&mut self, log: &mut Log, text: &str) {
        self.read(log);
        let body = self.seal(text);
        log.append(Kind::Application, self.cursor.newest_commit, self.pass(), body, None);
        self.cursor = log.cursor;
    }

    pub(crate) fn make_commit(
        &mut self,
        intent: Intent,
        followers: Vec<Body>,
    ) -> Result<Commit, keyroom_mls::CommitError> {
        let contents: Vec<_> = followers.into_iter().map(|body| self.content(body)).collect();
        let standing = self.standing();
        let p = Provider { crypto: &self.crypto, storage: &self.storage };
        let time = self.cursor.time;
        let room = self.room.as_mut().unwrap();
        let made = room.commit(&p, &standing, time, intent, &contents, &Pins::default())?;
        self.followers = made.followers.len();
        Ok(made)
    }

    /// Commits, appends, and merges its own echo.
    pub(crate) fn commit(&mut self, log: &mut Log, intent: Intent, followers: Vec<Body>) -> Commit {
        self.read(log);
        let made = self.make_commit(intent, followers).unwrap();
        let base = self.cursor.newest_commit;
        let header = log.append(Kind::Commit, base, self.pass(), made.body.clone(), made.blob.clone());
        for follower in &made.followers {
            log.append(Kind::Follower, header.seq, self.pass(), follower.clone(), None);
        }
        self.merge_own(&header);
        self.cursor = log.cursor;
        made
    }

    pub(crate) fn merge_own(&mut self, header: &Header) {
        let followers = std::mem::take(&mut self.followers);
        let p = Provider { crypto: &self.crypto, storage: &self.storage };
        let merged = self.room.as_mut().unwrap().merge_own(&p, header, followers).unwrap();
        self.seen.push(merged);
    }

    pub(crate) fn abandon(&mut self) {
        let p = Provider { crypto: &self.crypto, storage: &self.storage };
        self.room.as_mut().unwrap().abandon(&p).unwrap();
    }

    pub(crate) fn hint(&self, bytes: &[u8]) -> Vec<u8> {
        let p = Provider { crypto: &self.crypto, storage: &self.storage };
        self.room().seal_ephemeral(&p, bytes).unwrap()
    }

    pub(crate) fn open_hint(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let p = Provider { crypto: &self.crypto, storage: &self.storage };
        self.room().open_ephemeral(&p, bytes)
    }

    /// Reads the log to its end. Own envelopes are not in it: whoever appends moves its cursor.
    pub(crate) fn read(&mut self, log: &Log) {
        let from = usize::try_from(self.cursor.seq.get()).unwrap();
        for entry in &log.entries[from..] {
            let opened = self.open(&entry.header, &entry.body, entry.follows);
            let over = matches!(opened, Opened::Removed(_));
            self.seen.push(opened);
            self.cursor = next(&self.cursor, &entry.header, &entry.body, entry.blob.as_deref());
            if over {
                break;
            }
        }
    }

    pub(crate) fn open(&mut self, header: &Header, body: &[u8], follows: Option<Seq>) -> Opened {
        let p = Provider { crypto: &self.crypto, storage: &self.storage };
        self.room.as_mut().unwrap().open(&p, header, body, follows).unwrap()
    }

    /// As after a restart of the program.
    pub(crate) fn reload(&mut self) {
        let p = Provider { crypto: &self.crypto, storage: &self.storage };
        self.room = Room::load(&p, &ROOM).unwrap();
    }

    pub(crate) fn texts(&self) -> Vec<String> {
        let text = |opened: &Opened| match opened {
            Opened::Message(message) => match &message.content.body {
                Body::Text { text, .. } => Some(text.clone()),
                _ => None,
            },
            _ => None,
        };
        self.seen.iter().filter_map(text).collect()
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.room().members().into_iter().map(|member| member.name).collect()
    }

    pub(crate) fn find(&self, name: &str) -> Member {
        self.room().members().into_iter().find(|member| member.name == name).unwrap()
    }

    pub(crate) fn code(&self) -> String {
        self.room().room_code(&Chain::from_bytes([0; 32])).to_string()
    }
}

pub(crate) fn key(byte: u8) -> Key {
    Key::from_bytes([byte; 32])
}

pub(crate) fn open_door(key: &Key, crypto: &Crypto) -> OpenDoor {
    OpenDoor { door: DoorSecrets::of(key, crypto).door(), expires: None, uses: None, spent: 0 }
}

/// A founder and members who came through the door of `key(1)`, all at the end of the log.
pub(crate) fn room_of(names: &[&str], change: impl FnOnce(&mut Policy)) -> (Log, Vec<Person>) {
    let mut log = Log::new();
    let mut founder = Person::new(1);
    founder.found(&key(1), change);
    let mut people = vec![founder];
    for (place, name) in names.iter().enumerate() {
        let mut newcomer = Person::new(u8::try_from(place).unwrap() + 2);
        let blob = people[0].blob();
        newcomer.join(&mut log, &key(1), name, &blob).unwrap();
        for person in &mut people {
            person.read(&log);
        }
        people.push(newcomer);
    }
    (log, people)
}

/// Everybody's codes are the same: one epoch, one tree, one set of keys.
pub(crate) fn agree(people: &[&Person]) -> bool {
    people
        .windows(2)
        .all(|pair| pair[0].code() == pair[1].code() && pair[0].room().epoch() == pair[1].room().epoch())
}
