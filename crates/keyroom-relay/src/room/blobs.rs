//! The blobs of the newest commit: its author's, and those that others republished in case that one is poisoned.

use keyroom_types::{Digest, PassKey, limits};
use keyroom_wire::Code;

/// Names of the blobs that are kept.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Candidates {
    /// The author's.
    pub(super) own: Option<Digest>,
    /// Those of others, one a pass.
    pub(super) offered: Vec<(PassKey, Digest)>,
}

impl Candidates {
    /// All of them, the author's first, each once.
    pub(crate) fn names(&self) -> Vec<Digest> {
        let mut names = Vec::with_capacity(1 + self.offered.len());
        for name in self.own.iter().chain(self.offered.iter().map(|(_, name)| name)) {
            if !names.contains(name) {
                names.push(*name);
            }
        }
        names
    }

    /// Whether `pass` may offer one more.
    pub(super) fn check(&self, pass: &PassKey) -> Result<(), Code> {
        let again = self.offered.iter().any(|(other, _)| other == pass);
        if again || self.offered.len() >= limits::BLOB_CANDIDATES { Err(Code::Candidates) } else { Ok(()) }
    }
}
