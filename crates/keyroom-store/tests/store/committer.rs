//! The thread that commits for all.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use keyroom_store::conformance::Room;
use keyroom_store::{
    Busy, CommitError, Committer, MemoryStore, RoomError, RoomState, RoomSummary, Store, StoreError, Stored,
    Write, WriteError,
};
use keyroom_types::limits::{COMMIT_BATCH_WRITES, COMMIT_WAITING_WRITES};
use keyroom_types::{Digest, EnvelopeId, Header, Incarnation, RoomId, Seq, Timestamp};

/// A store in memory whose commits wait for leave, and fail when told to.
struct Scripted {
    inner: MemoryStore,
    commits: Mutex<Vec<usize>>,
    entered: Sender<()>,
    leave: Mutex<Receiver<Result<(), StoreError>>>,
}

impl Scripted {
    /// The store, what tells that a commit began, and what lets it go on.
    fn new() -> (Arc<Self>, Receiver<()>, Sender<Result<(), StoreError>>) {
        let (entered, began) = channel();
        let (go, leave) = channel();
        let inner = MemoryStore::new().unwrap();
        let store = Self { inner, commits: Mutex::default(), entered, leave: Mutex::new(leave) };
        (Arc::new(store), began, go)
    }

    fn batches(&self) -> Vec<usize> {
        self.commits.lock().unwrap().clone()
    }
}

impl Store for Scripted {
    fn incarnation(&self) -> Incarnation {
        self.inner.incarnation()
    }
    fn commit(&self, writes: &[Write]) -> Result<Vec<Result<(), WriteError>>, StoreError> {
        self.commits.lock().unwrap().push(writes.len());
        let _ = self.entered.send(());
        // Who no longer holds the other end lets everything pass.
        self.leave.lock().unwrap().recv().unwrap_or(Ok(()))?;
        self.inner.commit(writes)
    }
    fn room(&self, room: &RoomId) -> Result<Option<RoomState>, RoomError> {
        self.inner.room(room)
    }
    fn read(&self, room: &RoomId, after: Seq, count: usize, bytes: usize) -> Result<Vec<Stored>, RoomError> {
        self.inner.read(room, after, count, bytes)
    }
    fn find(&self, room: &RoomId, envelope: &EnvelopeId) -> Result<Option<Header>, RoomError> {
        self.inner.find(room, envelope)
    }
    fn blob(&self, room: &RoomId, blob: &Digest) -> Result<Option<Bytes>, RoomError> {
        self.inner.blob(room, blob)
    }
    fn drop_bodies(&self, room: &RoomId, before: Timestamp, count: usize) -> Result<usize, RoomError> {
        self.inner.drop_bodies(room, before, count)
    }
    fn rooms(&self, after: Option<&RoomId>, count: usize) -> Result<Vec<RoomSummary>, StoreError> {
        self.inner.rooms(after, count)
    }
    fn remove(&self, room: &RoomId) -> Result<(), StoreError> {
        self.inner.remove(room)
    }
    fn is_volatile(&self) -> bool {
        true
    }
}

type Answers = Arc<Mutex<Vec<(usize, Result<(), CommitError>)>>>;

/// Submits a write whose answer is kept with its number.
fn submit(committer: &Committer, answers: &Answers, number: usize, write: Write) {
    let answers = Arc::clone(answers);
    committer.submit(write, move |result| answers.lock().unwrap().push((number, result))).unwrap();
}

fn numbers(answers: &Answers) -> Vec<usize> {
    answers.lock().unwrap().iter().map(|(number, _)| *number).collect()
}

#[test]
fn all_that_waits_during_one_sync_shares_the_next_and_is_answered_in_order() {
    let (store, began, go) = Scripted::new();
    let committer = Committer::start(store.clone()).unwrap();
    let answers = Answers::default();
    let mut room = Room::new(1);
    submit(&committer, &answers, 0, room.create());
    began.recv().unwrap();
    for number in 1..=10 {
        submit(&committer, &answers, number, room.messages(1));
    }
    assert_eq!((committer.waiting(), numbers(&answers)), (10, Vec::new()));
    drop(go);
    drop(committer);
    assert_eq!(store.batches(), [1, 10]);
    assert_eq!(numbers(&answers), (0..=10).collect::<Vec<_>>());
    assert!(answers.lock().unwrap().iter().all(|(_, result)| result.is_ok()));
    room.is_held_by(&*store);
}

#[test]
fn an_idle_committer_commits_a_lone_write_at_once() {
    let store = Arc::new(MemoryStore::new().unwrap());
    let committer = Committer::start(store).unwrap();
    let (sent, answer) = channel();
    committer.submit(Room::new(1).create(), move |result| sent.send(result.is_ok()).unwrap()).unwrap();
    assert_eq!(answer.recv_timeout(Duration::from_secs(10)), Ok(true));
}

#[test]
fn a_refused_write_fails_alone() {
    let (store, began, go) = Scripted::new();
    let committer = Committer::start(store.clone()).unwrap();
    let answers = Answers::default();
    let (mut one, mut other) = (Room::new(1), Room::new(2));
    submit(&committer, &answers, 0, one.create());
    began.recv().unwrap();
    submit(&committer, &answers, 1, other.messages(1));
    submit(&committer, &answers, 2, one.messages(1));
    drop(go);
    drop(committer);
    let answers = answers.lock().unwrap();
    assert!(matches!(answers[1], (1, Err(CommitError::Refused(WriteError::NoRoom)))));
    assert!(matches!(answers[2], (2, Ok(()))));
    one.is_held_by(&*store);
}

#[test]
fn a_failed_sync_fails_all_of_its_batch_and_the_next_goes_on() {
    let (store, began, go) = Scripted::new();
    let committer = Committer::start(store.clone()).unwrap();
    let answers = Answers::default();
    let room = Room::new(1);
    submit(&committer, &answers, 0, room.create());
    began.recv().unwrap();
    submit(&committer, &answers, 1, room.record(1, b"a", Some(b"")));
    submit(&committer, &answers, 2, room.record(1, b"b", Some(b"")));
    go.send(Err(StoreError::Full)).unwrap();
    began.recv().unwrap();
    submit(&committer, &answers, 3, room.create());
    go.send(Err(StoreError::Io("broken".into()))).unwrap();
    drop(go);
    drop(committer);
    let answers = answers.lock().unwrap();
    assert!(matches!(answers[0].1, Err(CommitError::Full)));
    assert!(matches!(answers[1].1, Err(CommitError::Store(_))));
    assert!(matches!(answers[2].1, Err(CommitError::Store(_))));
    assert!(answers[3].1.is_ok());
    assert_eq!(store.batches(), [1, 2, 1]);
}

#[test]
fn more_than_may_wait_is_refused_and_the_rest_is_committed_in_bounded_batches() {
    let (store, began, go) = Scripted::new();
    let committer = Committer::start(store.clone()).unwrap();
    let called = Arc::new(AtomicUsize::new(0));
    let room = Room::new(1);
    let submit = || {
        let called = Arc::clone(&called);
        committer.submit(room.nothing(), move |_| {
            called.fetch_add(1, Ordering::Relaxed);
        })
    };
    submit().unwrap();
    began.recv().unwrap();
    for _ in 0..COMMIT_WAITING_WRITES {
        submit().unwrap();
    }
    assert_eq!(submit(), Err(Busy));
    drop(go);
    drop(committer);
    assert_eq!(called.load(Ordering::Relaxed), COMMIT_WAITING_WRITES + 1);
    assert!(store.batches().iter().all(|&batch| batch <= COMMIT_BATCH_WRITES));
}

#[test]
fn a_callback_that_holds_the_last_reference_ends_the_thread_and_nothing_else() {
    let (store, began, go) = Scripted::new();
    let committer = Arc::new(Committer::start(store).unwrap());
    let held = Arc::clone(&committer);
    let (tell, ended) = channel();
    let done = move |result: Result<(), CommitError>| {
        drop(held);
        tell.send(result.is_ok()).unwrap();
    };
    committer.submit(Room::new(1).create(), done).unwrap();
    began.recv().unwrap();
    drop(committer);
    go.send(Ok(())).unwrap();
    assert_eq!(ended.recv(), Ok(true));
}

/// Tells on its end whether the store was there still.
struct Last(std::sync::Weak<MemoryStore>, Sender<bool>);

impl Drop for Last {
    fn drop(&mut self) {
        let _ = self.1.send(self.0.upgrade().is_some());
    }
}

#[test]
fn what_is_held_with_the_store_is_dropped_behind_it() {
    let store = Arc::new(MemoryStore::new().unwrap());
    let (tell, told) = channel();
    let last = Last(Arc::downgrade(&store), tell);
    let committer = Arc::new(Committer::start_with(store, last).unwrap());
    // The thread itself lets go of the committer, so that nobody waits for it.
    let held = Arc::clone(&committer);
    committer.submit(Room::new(1).create(), move |_| drop(held)).unwrap();
    drop(committer);
    assert_eq!(told.recv(), Ok(false));
}
