//! A disk that takes its time, writes many at once, and loses what it had not synced.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use keyroom_relay::hub::{Done, Writer};
use keyroom_store::{Busy, Store, Write};
use keyroom_wire::Code;

use super::Dice;

/// The relay's disk.
#[derive(Clone, Default)]
pub(super) struct Disk(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    now: Option<Instant>,
    /// When the sync under way ends.
    syncing: Option<Instant>,
    /// The first `under_way` of these are in that sync.
    waiting: VecDeque<(Write, Done)>,
    under_way: usize,
}

impl Disk {
    pub(super) fn new(now: Instant) -> Self {
        let disk = Self::default();
        disk.set_now(now);
        disk
    }

    pub(super) fn writer(&self) -> Box<dyn Writer> {
        Box::new(self.clone())
    }

    pub(super) fn set_now(&self, now: Instant) {
        self.lock().now = Some(now);
    }

    pub(super) fn next_event(&self) -> Option<Instant> {
        self.lock().syncing
    }

    /// Ends the sync that is due, and begins the next one.
    pub(super) fn turn(&self, now: Instant, store: &dyn Store) {
        let mut done = Vec::new();
        {
            let mut inner = self.lock();
            if inner.syncing.is_none_or(|due| due > now) {
                return;
            }
            let count = std::mem::take(&mut inner.under_way);
            let (writes, dones): (Vec<Write>, Vec<Done>) = inner.waiting.drain(..count).unzip();
            let results = store.commit(&writes).expect("memory has no errors");
            done.extend(dones.into_iter().zip(results));
            inner.under_way = inner.waiting.len();
            inner.syncing = (inner.under_way > 0).then(|| now + SYNC);
        }
        // Outside of the lock: the hub may write again from here.
        for (done, result) in done {
            done(result.map_err(|_| Code::Store));
        }
    }

    /// Loses power: of the writes that waited, the first few are whole on disk, and nobody is told.
    pub(super) fn crash(&self, store: &dyn Store, dice: &mut Dice) {
        let mut inner = self.lock();
        let kept = dice.place(inner.waiting.len() + 1);
        let writes: Vec<Write> = inner.waiting.drain(..kept).map(|(write, _)| write).collect();
        store.commit(&writes).expect("memory has no errors");
        inner.waiting.clear();
        inner.syncing = None;
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Writer for Disk {
    fn is_free(&self) -> bool {
        true
    }

    fn submit(&self, write: Write, done: Done) -> Result<(), Busy> {
        let mut inner = self.lock();
        inner.waiting.push_back((write, done));
        if inner.syncing.is_none() {
            inner.under_way = inner.waiting.len();
            inner.syncing = inner.now.map(|now| now + SYNC);
        }
        Ok(())
    }
}

/// How long a sync takes.
const SYNC: Duration = Duration::from_millis(4);
