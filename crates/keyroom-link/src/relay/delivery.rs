//! A subscription: where it stands, and how much more the client lets it deliver.

use keyroom_types::{Seq, limits};

/// A subscription. Credit and cost are sums over the whole link, so that a grant that comes twice grants once.
#[derive(Debug)]
pub(super) struct Delivery {
    cursor: Seq,
    spent: u64,
    credit: u64,
}

impl Delivery {
    pub(super) fn new(after: Seq, credit: u64) -> Self {
        Self { cursor: after, spent: 0, credit }
    }

    /// Credit never falls: a lower sum is an old one.
    pub(super) fn grant(&mut self, total: u64) {
        self.credit = self.credit.max(total);
    }

    pub(super) fn has_credit(&self) -> bool {
        self.spent < self.credit
    }

    pub(super) fn cursor(&self) -> Seq {
        self.cursor
    }

    pub(super) fn spend(&mut self, body_bytes: usize) {
        let cost = u64::try_from(body_bytes.saturating_add(limits::CREDIT_PER_ENVELOPE)).unwrap_or(u64::MAX);
        self.spent = self.spent.saturating_add(cost);
        self.cursor = self.cursor.next();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credit_that_comes_twice_or_late_grants_nothing_more() {
        let mut delivery = Delivery::new(Seq::ZERO, 200);
        delivery.spend(100);
        assert!(!delivery.has_credit());
        delivery.grant(300);
        delivery.grant(300);
        delivery.grant(10);
        assert!(delivery.has_credit());
        delivery.spend(100);
        assert!(!delivery.has_credit());
        assert_eq!(delivery.cursor(), Seq::new(2));
    }
}
