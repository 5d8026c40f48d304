//! As whom to log in: that can change when a newcomer joins or a founder makes its room.

use crate::Credential;

/// As whom the next login is, and what is not known about the last one.
pub(super) struct Entry {
    credential: Credential,
    /// A join was sent through the door: it may be in the log, and then the relay knows the newcomer's pass.
    join_sent: bool,
    /// The newcomer knocked: an admin may let its pass in at any time.
    knocked: bool,
    /// The relay did not know that pass, since.
    unknown: bool,
    /// How often it knew that pass, and told of no answer to the knock.
    unanswered: u8,
}

impl Entry {
    pub(super) const fn new(credential: Credential) -> Self {
        Self { credential, join_sent: false, knocked: false, unknown: false, unanswered: 0 }
    }

    /// Whom to log in as now. A newcomer whose join or knock has no answer asks as a member first: through the
    /// door it would join a second time, and not hear that it was let in.
    pub(super) fn login(&self) -> Credential {
        match &self.credential {
            Credential::Door { newcomer, .. } if self.asks_as_member() => Credential::Pass(newcomer.clone()),
            credential => credential.clone(),
        }
    }

    pub(super) const fn asks_as_member(&self) -> bool {
        matches!(self.credential, Credential::Door { .. })
            && (self.join_sent || self.knocked)
            && !self.unknown
    }

    /// The pass that was asked for is not known: it was not let in, and the door is the way again.
    pub(super) const fn not_a_member(&mut self) {
        self.unknown = true;
    }

    /// A join is on its way.
    pub(super) const fn join_sent(&mut self) {
        self.join_sent = true;
        self.unknown = false;
    }

    /// A knock is on its way, or was before.
    pub(super) const fn knock_sent(&mut self) {
        self.knocked = true;
        self.unknown = false;
    }

    pub(super) const fn has_knocked(&self) -> bool {
        self.knocked
    }

    /// The relay knows its pass and told of no answer. Whether that is to be asked again: it can only be in by an answer to its
    /// knock, but one that it heard of too late is not told any more.
    pub(super) const fn is_unanswered(&mut self) -> bool {
        self.unanswered = self.unanswered.saturating_add(1);
        self.knocked && !self.join_sent && self.unanswered <= MOST_UNANSWERED
    }

    /// The door let us through: while we wait there, a knock may be answered.
    pub(super) const fn at_the_door(&mut self) {
        self.unknown &= !self.knocked;
    }

    /// The knock is over, and nothing came of it.
    pub(super) const fn declined(&mut self) {
        self.knocked = false;
    }

    /// The newcomer is in: from now on its pass is what it has.
    pub(super) fn joined(&mut self) {
        if let Credential::Door { newcomer, .. } = &self.credential {
            self.credential = Credential::Pass(newcomer.clone());
        }
    }

    pub(super) const fn is_founder(&self) -> bool {
        matches!(self.credential, Credential::Founder(_))
    }

    pub(super) const fn is_pass(&self) -> bool {
        matches!(self.credential, Credential::Pass(_))
    }

    pub(super) const fn is_door(&self) -> bool {
        matches!(self.credential, Credential::Door { .. })
    }

    /// The room is made.
    pub(super) fn founded(&mut self) {
        if let Credential::Founder(pass) = &self.credential {
            self.credential = Credential::Pass(pass.clone());
        }
    }
}

/// Longer than an answer takes to the relay's disk, with the waits between the tries.
const MOST_UNANSWERED: u8 = 5;
