//! Credit: how much the relay may deliver before the application has taken it.

use super::RelayFault;

/// The client's end of the credit.
pub(super) struct Flow {
    /// How much may wait in the application.
    window: u64,
    /// Sum of credit on this connection.
    granted: u64,
    /// Sum of costs on this connection.
    spent: u64,
    /// Cost of what the application has and has not taken, over all connections.
    held: u64,
}

impl Flow {
    pub(super) const fn new(window: u64) -> Self {
        Self { window, granted: 0, spent: 0, held: 0 }
    }

    /// First credit of a connection: what waits in the application has its place already.
    pub(super) const fn begin(&mut self) -> u64 {
        self.spent = 0;
        self.granted = self.window.saturating_sub(self.held);
        self.granted
    }

    /// An envelope came.
    pub(super) const fn spend(&mut self, cost: u64) -> Result<(), RelayFault> {
        if self.spent >= self.granted {
            return Err(RelayFault::Credit);
        }
        self.spent = self.spent.saturating_add(cost);
        self.held = self.held.saturating_add(cost);
        Ok(())
    }

    /// The application took so much. More than it had is no credit.
    pub(super) const fn consumed(&mut self, cost: u64) {
        self.held = self.held.saturating_sub(cost);
    }

    /// New sum of credit, when it is worth a frame: a quarter of the window, or anything where the relay must wait.
    pub(super) fn poll(&mut self) -> Option<u64> {
        let room = self.window.saturating_sub(self.held);
        let total = self.spent.saturating_add(room);
        let more = total.saturating_sub(self.granted);
        let worth = more >= self.window / 4 || self.spent >= self.granted;
        (room > 0 && more > 0 && worth).then(|| {
            self.granted = total;
            total
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_more_than_the_window_and_one_envelope_ever_waits(
            steps in proptest::collection::vec((0..4_u8, 1..300_u64), 1..200),
        ) {
            let mut flow = Flow::new(1_000);
            let (mut credit, mut delivered, mut held) = (flow.begin(), 0, 0);
            for (step, cost) in steps {
                match step {
                    // A relay that delivers all it may.
                    0 | 1 if delivered < credit => {
                        prop_assert_eq!(flow.spend(cost), Ok(()));
                        delivered += cost;
                        held += cost;
                    }
                    0 | 1 => prop_assert_eq!(flow.spend(cost), Err(RelayFault::Credit)),
                    2 => {
                        flow.consumed(cost);
                        held = held.saturating_sub(cost);
                    }
                    _ => (credit, delivered) = (flow.begin(), 0),
                }
                if let Some(total) = flow.poll() {
                    prop_assert!(total > credit, "credit never falls on one connection");
                    credit = total;
                }
                prop_assert!(held < 1_000 + 300);
                // Whoever has taken everything is not left waiting.
                prop_assert!(held > 0 || delivered < credit);
            }
        }
    }
}
