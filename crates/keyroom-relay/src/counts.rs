//! What the relay counts. No names, no addresses: numbers only.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use keyroom_wire::Code;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

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

/// The counts as an operator's monitoring reads them.
#[derive(Debug)]
pub(crate) struct Exposed(pub(crate) Arc<Counts>);

impl Collector for Exposed {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let counts = &self.0;
        let gauges = [
            ("rooms", "Rooms in the store", &counts.rooms),
            ("rooms_served", "Rooms in memory", &counts.rooms_served),
        ];
        for (name, help, count) in gauges {
            let gauge = ConstGauge::new(i64::try_from(count.get()).unwrap_or(i64::MAX));
            gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)?;
        }
        let counters = [
            ("appended", "Envelopes appended", &counts.appended),
            ("appended_bytes", "Bytes of their bodies", &counts.appended_bytes),
            ("delivered", "Envelopes delivered", &counts.delivered),
            ("repeated", "Appends that were in the log already", &counts.repeated),
            ("dropped", "Bodies dropped by retention", &counts.dropped),
        ];
        for (name, help, count) in counters {
            let counter = ConstCounter::new(count.get());
            counter.encode(encoder.encode_descriptor(name, help, None, counter.metric_type())?)?;
        }
        let kind = ConstCounter::new(0_u64).metric_type();
        let mut refused =
            encoder.encode_descriptor("refused", "Refusals and ended links, by reason", None, kind)?;
        for code in Code::ALL {
            let counter = ConstCounter::new(counts.refused(code).get());
            counter.encode(refused.encode_family(&[("code", code.name())])?)?;
        }
        Ok(())
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
