//! Writes to test with, made as a relay makes them.

use bytes::Bytes;
use keyroom_types::{Chain, Digest, EnvelopeId, Header, Kind, PassKey, RoomId, Seq, Timestamp};

use crate::{Entry, Head, RecordKey, Store, Stored, Write, WriteError};

/// A room as its relay knows it: makes writes that follow each other.
#[derive(Clone, Debug)]
pub struct Room {
    /// Which room.
    pub id: RoomId,
    /// Where it stands when all that was made is applied.
    pub head: Head,
    /// What the store must give back.
    pub log: Vec<Stored>,
}

impl Room {
    /// A room that is not made yet.
    pub fn new(number: u64) -> Self {
        let id = room_id(number);
        let head = Head {
            seq: Seq::ZERO,
            time: Timestamp::from_millis(1_000),
            chain: Chain::start(&id),
            newest_commit: Seq::ZERO,
            bytes: 0,
        };
        Self { id, head, log: Vec::new() }
    }

    /// Makes the room in the store.
    pub fn made(number: u64, store: &dyn Store) -> Self {
        let room = Self::new(number);
        commit_one(store, room.create()).unwrap();
        room
    }

    /// Makes the room, as it stands.
    pub fn create(&self) -> Write {
        Write { create: true, ..self.nothing() }
    }

    /// A write that changes nothing.
    pub fn nothing(&self) -> Write {
        Write {
            room: self.id,
            create: false,
            entries: Vec::new(),
            head: self.head,
            records: Vec::new(),
            blobs: Vec::new(),
        }
    }

    /// The next envelope, of this kind and body; its time is one second after the one before.
    pub fn entry(&mut self, kind: Kind, body: Bytes, blob: Option<Digest>) -> Entry {
        let seq = self.head.seq.next();
        let header = Header {
            seq,
            time: self.head.time.plus_millis(1_000),
            kind,
            based_on: self.head.newest_commit,
            envelope: envelope(&self.id, seq.get()),
            pass: PassKey::from_bytes([7; 32]),
        };
        self.head = Head {
            seq,
            time: header.time,
            chain: self.head.chain.then(&header, &Digest::of(&body), blob.as_ref()),
            newest_commit: if kind.is_commit() { seq } else { self.head.newest_commit },
            bytes: self.head.bytes + body.len() as u64,
        };
        self.log.push(Stored { header, body: crate::Body::Kept(body.clone()), blob });
        Entry { header, body, blob }
    }

    /// A write of these envelopes.
    pub fn append(&mut self, kinds: &[Kind]) -> Write {
        let entries = kinds
            .iter()
            .map(|&kind| {
                let body = body(self.head.seq.next().get(), 100);
                self.entry(kind, body, None)
            })
            .collect();
        Write { entries, ..self.nothing() }
    }

    /// A write of so many messages.
    pub fn messages(&mut self, count: usize) -> Write {
        self.append(&vec![Kind::Application; count])
    }

    /// A write of one record.
    pub fn record(&self, table: u8, key: &'static [u8], value: Option<&'static [u8]>) -> Write {
        let key = RecordKey { table, key: Bytes::from_static(key) };
        Write { records: vec![(key, value.map(Bytes::from_static))], ..self.nothing() }
    }

    /// What the store must give back from `after` on.
    pub fn behind(&self, after: u64) -> &[Stored] {
        &self.log[usize::try_from(after).unwrap()..]
    }

    /// The store holds the room exactly as it was made.
    ///
    /// # Panics
    /// Where it does not.
    pub fn is_held_by(&self, store: &dyn Store) {
        assert_eq!(store.room(&self.id).unwrap().unwrap().head, self.head);
        assert_eq!(store.read(&self.id, Seq::ZERO, usize::MAX, usize::MAX).unwrap(), self.log);
        let mut chain = Chain::start(&self.id);
        for (place, stored) in self.log.iter().enumerate() {
            assert_eq!(stored.header.seq, Seq::new(place as u64 + 1), "the log is dense");
            chain = chain.then(&stored.header, &stored.body.digest(), stored.blob.as_ref());
            let found = store.find(&self.id, &stored.header.envelope).unwrap();
            assert_eq!(found, Some(stored.header));
        }
        assert_eq!(chain, self.head.chain, "the chain can be computed again");
    }
}

/// Commits one write alone.
pub(super) fn commit_one(store: &dyn Store, write: Write) -> Result<(), WriteError> {
    store.commit(&[write]).unwrap()[0]
}

/// The room of this number. Rooms are ordered as their numbers are.
pub fn room_id(number: u64) -> RoomId {
    let mut bytes = [0x11; 16];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    RoomId::from_bytes(bytes)
}

/// An id that differs for each envelope of each room, spread like a random one.
pub fn envelope(room: &RoomId, number: u64) -> EnvelopeId {
    let mut text = room.as_bytes().to_vec();
    text.extend(number.to_be_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&Digest::of(&text).as_bytes()[..16]);
    EnvelopeId::from_bytes(bytes)
}

/// Bytes that differ for each number.
pub fn body(number: u64, len: usize) -> Bytes {
    let seed = Digest::of(&number.to_be_bytes());
    seed.as_bytes().iter().copied().cycle().take(len).collect()
}
