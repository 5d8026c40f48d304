//! What the relay counts. No names, no addresses: numbers only.

use std::sync::atomic::{AtomicU64, Ordering};

use keyroom_wire::Code;

/// Counters since the start, and how many there are now.
#[derive(Debug)]
pub struct Counts {
    /// Links open now.
    pub links: Count,
    /// Links opened.
    pub links_opened: Count,
    /// Rooms in memory now.
    pub rooms_served: Count,
    /// Rooms in the store.
    pub rooms: Count,
    /// Envelopes appended.
    pub appended: Count,
    /// Bytes of their bodies.
    pub appended_bytes: Count,
    /// Envelopes delivered.
    pub delivered: Count,
    /// Appends that were in the log already.
    pub repeated: Count,
    /// Bodies that retention dropped.
    pub dropped: Count,
    refused: Vec<Count>,
}

impl Counts {
    /// How often something was refused, or a link ended, for this reason.
    pub fn refused(&self, code: Code) -> &Count {
        // `Code` numbers begin at 1, and there are as many counters as codes.
        let place = usize::try_from(code.number() - 1).unwrap_or(0);
        self.refused.get(place).unwrap_or(&self.links)
    }
}

impl Default for Counts {
    fn default() -> Self {
        Self {
            links: Count::default(),
            links_opened: Count::default(),
            rooms_served: Count::default(),
            rooms: Count::default(),
            appended: Count::default(),
            appended_bytes: Count::default(),
            delivered: Count::default(),
            repeated: Count::default(),
            dropped: Count::default(),
            refused: Code::ALL.iter().map(|_| Count::default()).collect(),
        }
    }
}

/// A number that threads count together.
#[derive(Debug, Default)]
pub struct Count(AtomicU64);

impl Count {
    /// The number.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    pub(crate) fn sub(&self, count: u64) {
        self.0.fetch_sub(count, Ordering::Relaxed);
    }
}
