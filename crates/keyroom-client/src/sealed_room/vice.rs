//! Members that do wrong, for simulations. Attack matrix, "Who" M.

use keyroom_mls::Body;

use super::{Desk, SealedRoom};

/// What a member does wrong.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Vice {
    /// It says that the log was another one: row 50.
    FalseChain,
    /// Its commits come with blobs that open nothing, and so do its offers: row 51.
    PoisonedBlob,
    /// Its commits are no commits, and it goes on as if they were: row 51.
    JunkCommit,
    /// The same, and its blobs lead newcomers into the epoch that only it is in: row 51.
    OwnEpoch,
    /// Others make commits without a path secret for it, until it says that it is unsure: row 49. What is wrong is theirs; only
    /// the library can make such a commit, so it is the victim that plays it.
    LeftOut,
}

impl SealedRoom {
    /// Whether its pass may append commits.
    pub fn can_commit(&self) -> bool {
        self.may_commit()
    }

    /// Whether all that it said is in the log, and what waits are only commits.
    pub fn has_said_all(&self) -> bool {
        self.outgoing.has_said_all()
    }

    /// From now on it does wrong, or no longer.
    pub fn misbehave(&mut self, vice: Option<Vice>) {
        self.vice = vice;
    }

    /// Sends any content, whether or not a face would.
    pub fn send_any(&mut self, desk: &mut Desk<'_>, body: Body) {
        match self.put_quiet(desk, body) {
            Ok(()) => self.go_on(desk),
            Err(trouble) => self.fail(&trouble),
        }
    }
}
