//! What a relay knows of a pass.

use std::time::Instant;

use keyroom_types::{EnvelopeId, Seq};
use keyroom_wire::PassRole;

use crate::bucket::Bucket;

/// A pass of a room.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pass {
    pub(crate) role: PassRole,
    /// The last envelope that it appended, and its place.
    pub(crate) last: Option<(EnvelopeId, Seq)>,
    /// Filled when first used since the room was loaded.
    pub(super) appends: Option<Bucket>,
    pub(super) commits: Option<Bucket>,
}

impl Pass {
    pub(super) fn new(role: PassRole, last: Option<(EnvelopeId, Seq)>) -> Self {
        Self { role, last, appends: None, commits: None }
    }

    pub(super) fn appends(&mut self, now: Instant) -> &mut Bucket {
        self.appends.get_or_insert_with(|| Bucket::full(now))
    }

    pub(super) fn commits(&mut self, now: Instant) -> &mut Bucket {
        self.commits.get_or_insert_with(|| Bucket::full(now))
    }
}
