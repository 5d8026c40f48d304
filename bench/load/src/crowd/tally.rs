//! The count of what arrives, shared by all tasks of a crowd.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::Semaphore;
use tokio::time::sleep;

use super::WINDOW;
use crate::{Event, Fault, Samples};

/// What has arrived, and what an author may still send.
pub(crate) struct Tally {
    pub(super) listeners: u64,
    deliveries: AtomicU64,
    pub(super) windows: Vec<Window>,
    times: Option<Mutex<Samples>>,
    fault: Mutex<Option<Fault>>,
    begun: Instant,
}

/// What one author may still send.
pub(super) struct Window {
    deliveries: AtomicU64,
    free: Semaphore,
}

impl Tally {
    pub(crate) fn new(listeners: u64, authors: usize, timed: bool) -> Self {
        let window = |_| Window { deliveries: AtomicU64::new(0), free: Semaphore::new(WINDOW) };
        Self {
            listeners,
            deliveries: AtomicU64::new(0),
            windows: (0..authors).map(window).collect(),
            times: timed.then(Mutex::default),
            fault: Mutex::new(None),
            begun: Instant::now(),
        }
    }

    /// A message that is sent now; by an author that has a window, or by one that keeps a pace.
    pub(crate) fn message(&self, author: Option<usize>, bytes: usize) -> Bytes {
        let nanos = u64::try_from(self.begun.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let author = author.and_then(|author| u16::try_from(author).ok()).unwrap_or(PACED);
        super::message(nanos, author, bytes)
    }

    /// Something came to a listener.
    pub(crate) fn heard(&self, event: &Event) {
        if let Event::Message(body) = event {
            self.delivered(body);
        }
    }

    /// A listener got a message.
    fn delivered(&self, body: &[u8]) {
        let Some((nanos, author)) = body.split_first_chunk::<8>().and_then(|(nanos, rest)| {
            Some((u64::from_be_bytes(*nanos), u16::from_be_bytes(*rest.first_chunk::<2>()?)))
        }) else {
            return self.fail(Fault::OutOfTurn("a message that is not ours"));
        };
        if let Some(times) = &self.times {
            lock(times).push(self.begun.elapsed().saturating_sub(Duration::from_nanos(nanos)));
        }
        if let Some(window) = self.windows.get(usize::from(author)) {
            let before = window.deliveries.fetch_add(1, Ordering::Relaxed);
            if (before + 1).is_multiple_of(self.listeners) {
                window.free.add_permits(1);
            }
        }
        self.deliveries.fetch_add(1, Ordering::Release);
    }

    pub(crate) fn deliveries(&self) -> u64 {
        self.deliveries.load(Ordering::Acquire)
    }

    /// A task cannot go on: the run ends with its first fault.
    pub(crate) fn fail(&self, fault: Fault) {
        lock(&self.fault).get_or_insert(fault);
    }

    /// The first fault, if there was one.
    pub(crate) fn check(&self) -> Result<(), Fault> {
        lock(&self.fault).take().map_or(Ok(()), Err)
    }

    /// Waits until so many have been delivered.
    pub(crate) async fn settle(&self, deliveries: u64) -> Result<(), Fault> {
        let until = Instant::now() + PATIENCE;
        while self.deliveries() < deliveries {
            self.check()?;
            if Instant::now() > until {
                return Err(Fault::Late("the last deliveries"));
            }
            sleep(Duration::from_millis(1)).await;
        }
        Ok(())
    }

    pub(crate) fn take_times(&self) -> Samples {
        self.times.as_ref().map(|times| std::mem::take(&mut *lock(times))).unwrap_or_default()
    }
}

impl Window {
    /// Waits until there is room, and takes all of it.
    pub(super) async fn take(&self) -> u64 {
        // The semaphore is never closed; if it were, nothing more would be sent, and the run would end as late.
        let Ok(first) = self.free.acquire().await else { return 0 };
        first.forget();
        let mut taken = 1;
        while let Ok(more) = self.free.try_acquire() {
            more.forget();
            taken += 1;
        }
        taken
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Bytes that a message begins with.
pub(super) const HEAD: usize = 10;
/// Stands for the author that keeps a pace and has no window.
const PACED: u16 = u16::MAX;
const PATIENCE: Duration = Duration::from_secs(20);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_authors_window_opens_when_all_listeners_have_its_message() {
        let tally = Tally::new(2, 1, true);
        assert_eq!(tally.windows[0].take().await, WINDOW as u64);
        let message = tally.message(Some(0), 200);
        assert_eq!(message.len(), 200);
        tally.delivered(&message);
        assert_eq!(tally.windows[0].free.available_permits(), 0);
        tally.delivered(&message);
        tally.delivered(&tally.message(None, 200));
        assert_eq!(tally.windows[0].take().await, 1);
        assert_eq!((tally.deliveries(), tally.take_times().len()), (3, 3));
        tally.settle(3).await.unwrap();
    }

    #[tokio::test]
    async fn the_first_fault_ends_the_wait() {
        let tally = Tally::new(1, 1, false);
        tally.delivered(b"short");
        tally.fail(Fault::Closed);
        assert!(matches!(tally.settle(1).await, Err(Fault::OutOfTurn(_))));
    }
}
