//! Keyroom's own store on disk: all that the relay asks for, checks and checksums included.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use bytes::Bytes;
use keyroom_store::{Committer, DiskStore, Entry, Head, RecordKey, Store, Write};
use keyroom_types::{Chain, Digest, EnvelopeId, Header, Kind, PassKey, RoomId, Seq, Timestamp};

use crate::{Append, Log, Result, Source};

pub(crate) struct Ours {
    pub(crate) store: Arc<DiskStore>,
}

impl Log for Ours {
    fn open(dir: &Path) -> Result<Self> {
        Ok(Self { store: Arc::new(DiskStore::open(dir)?) })
    }

    fn commit(&mut self, appends: &[Append]) -> Result<()> {
        let writes: Vec<Write> = appends.iter().map(write).collect();
        for result in self.store.commit(&writes)? {
            result?;
        }
        Ok(())
    }

    fn first_hundred(&mut self, room: u32) -> Result<(u64, usize)> {
        let room = id(room);
        let head = self.store.room(&room)?.ok_or("no room")?.head;
        let read = self.store.read(&room, Seq::ZERO, 100, usize::MAX)?;
        Ok((head.seq.get(), read.iter().map(|stored| stored.body.len()).sum()))
    }

    fn settle(&mut self) -> Result<()> {
        Ok(())
    }
}

impl Ours {
    /// Lets the write-ahead log grow and be moved to the database, so that what follows goes where it was: what a relay
    /// does after its first minutes.
    pub(crate) fn reuse_log(&self) -> Result<()> {
        let mut source = Source::new(1);
        let mut blob = write(&source.append(0));
        blob.entries.clear();
        blob.room = id(2_000);
        blob.head.seq = Seq::ZERO;
        for _ in 0..9 {
            let bytes = Bytes::from(source.bytes(4 << 20));
            blob.blobs = vec![(Digest::of(&bytes), Some(bytes))];
            self.store
                .commit(std::slice::from_ref(&blob))?
                .into_iter()
                .collect::<std::result::Result<(), _>>()?;
            blob.create = false;
        }
        std::thread::sleep(Duration::from_secs(2));
        Ok(())
    }
}

/// Appends to a thousand rooms in turn, so many under way at once, through the committer.
pub(crate) fn through_committer(
    dir: &Path,
    count: usize,
    in_flight: usize,
) -> Result<(Duration, Vec<Duration>)> {
    let store: Arc<dyn Store> = Arc::new(DiskStore::open(dir)?);
    let committer = Committer::start(Arc::clone(&store))?;
    let mut source = Source::new(ROOMS);
    let made: Vec<Write> = (0..count).map(|number| write(&source.append(number % ROOMS))).collect();
    let (done, acked) = channel();
    let submit = |write: Write| -> Result<()> {
        let (start, done) = (Instant::now(), done.clone());
        Ok(committer.submit(write, move |result| {
            let _ = done.send((start.elapsed(), result));
        })?)
    };
    let (start, mut made) = (Instant::now(), made.into_iter());
    made.by_ref().take(in_flight).try_for_each(submit)?;
    let mut times = Vec::new();
    for _ in 0..count {
        let (time, result) = acked.recv()?;
        result?;
        times.push(time);
        made.next().map_or(Ok(()), submit)?;
    }
    Ok((start.elapsed(), times))
}

/// Appends to random ones of so many rooms at a pace, through the committer, after a second of warming up.
pub(crate) fn at_a_pace(dir: &Path, rooms: usize, rate: u32, time: Duration) -> Result<Vec<Duration>> {
    let store: Arc<dyn Store> = Arc::new(DiskStore::open(dir)?);
    let mut source = Source::new(rooms);
    for first in (0..rooms).step_by(1_000) {
        let made: Vec<Write> =
            (first..rooms.min(first + 1_000)).map(|room| write(&source.append(room))).collect();
        store.commit(&made)?.into_iter().collect::<std::result::Result<(), _>>()?;
    }
    let committer = Committer::start(Arc::clone(&store))?;
    let (done, acked) = channel();
    let (start, mut sent) = (Instant::now(), 0);
    while start.elapsed() < WARM_UP + time {
        while f64::from(sent) < start.elapsed().as_secs_f64() * f64::from(rate) {
            let (submitted, done) = (Instant::now(), done.clone());
            committer.submit(with_record(&source.batch(1)[0]), move |result| {
                let _ = done.send((submitted, submitted.elapsed(), result));
            })?;
            sent += 1;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    drop(committer);
    drop(done);
    let mut times = Vec::new();
    for (submitted, time, result) in acked {
        result?;
        if submitted >= start + WARM_UP {
            times.push(time);
        }
    }
    Ok(times)
}

/// Commits to one room, one at a time, alone and while another room's hundred thousand old bodies are dropped.
pub(crate) fn beside_retention(dir: &Path) -> Result<[Vec<Duration>; 2]> {
    let store = DiskStore::open(dir)?;
    let mut source = Source::new(2);
    for _ in 0..100 {
        let writes: Vec<Write> = (0..1_000).map(|_| write(&source.append(0))).collect();
        store.commit(&writes)?.into_iter().collect::<std::result::Result<(), _>>()?;
    }
    let mut one = || -> Result<Duration> {
        let write = [write(&source.append(1))];
        let start = Instant::now();
        store.commit(&write)?.into_iter().collect::<std::result::Result<(), _>>()?;
        Ok(start.elapsed())
    };
    let alone = (0..500).map(|_| one()).collect::<Result<_>>()?;
    let mut beside = Vec::new();
    let last = Timestamp::from_millis(u64::MAX);
    std::thread::scope(|scope| {
        let retention = scope.spawn(|| store.drop_bodies(&id(1), last, usize::MAX));
        while !retention.is_finished() {
            beside.push(one()?);
        }
        match retention.join() {
            Ok(Ok(100_000)) => Ok([alone, beside]),
            other => Err(format!("retention came to {other:?}").into()),
        }
    })
}

fn write(append: &Append) -> Write {
    let room = id(append.room);
    let number = |at: usize| u64::from_le_bytes(append.fields[at..at + 8].try_into().unwrap_or_default());
    let seq = Seq::new(append.seq);
    // Five members; a commit now and then; a time like today's.
    let member = u8::try_from(number(0) % 5).unwrap_or_default();
    let time = Timestamp::from_millis(1_795_467_600_000 + append.seq);
    let header = Header {
        seq,
        time,
        kind: Kind::Application,
        based_on: Seq::new(append.seq / 10),
        envelope: EnvelopeId::from_bytes(append.envelope),
        pass: PassKey::from_bytes([member; 32]),
    };
    let mut chain = [0; 32];
    chain.copy_from_slice(&append.body[..32]);
    Write {
        room,
        create: append.seq == 1,
        entries: vec![Entry { header, body: Bytes::copy_from_slice(&append.body), blob: None }],
        head: Head { seq, time, chain: Chain::from_bytes(chain), newest_commit: Seq::ZERO, bytes: 0 },
        records: Vec::new(),
        blobs: Vec::new(),
    }
}

/// As the relay writes it: with the author's record, which says what it appended last.
fn with_record(append: &Append) -> Write {
    let write = write(append);
    let key = RecordKey { table: 1, key: Bytes::copy_from_slice(write.entries[0].header.pass.as_bytes()) };
    Write { records: vec![(key, Some(Bytes::copy_from_slice(&append.body[..26])))], ..write }
}

fn id(room: u32) -> RoomId {
    // Spread like random ids: the golden ratio's multiples.
    let mut bytes = [7; 16];
    bytes[..8].copy_from_slice(&u64::from(room).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    RoomId::from_bytes(bytes)
}

const ROOMS: usize = 1_000;
const WARM_UP: Duration = Duration::from_secs(1);
