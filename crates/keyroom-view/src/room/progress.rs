//! The way into a sealed room, step by step.

use keyroom_client::{CloseReason, Connection};

use super::{Role, Room};
use crate::screen::{EntryStep, StepLine, StepState};
use crate::words;

/// How far the way in is, while one is on it.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    at: EntryStep,
    /// Nothing is missing, says the relay.
    online: bool,
    /// Only the relay says that one is in: nobody in the room was heard.
    waiting: bool,
    /// Everything was read once: the way is behind us.
    arrived: bool,
}

impl Progress {
    /// Takes a state of the connection.
    pub(crate) fn take(&mut self, connection: &Connection) {
        match connection {
            Connection::NotConnected(error) if words::is_distrust(error) => self.at = EntryStep::Securing,
            Connection::Connecting { .. } | Connection::NotConnected(_) | Connection::Lost { .. } => {
                self.online = false;
                self.at = EntryStep::Reaching;
            }
            // The relay answers only after it proved which one it is, and was told what the key opens.
            Connection::Queue { .. }
            | Connection::Reading
            | Connection::Joining
            | Connection::Knocking { .. } => self.at = EntryStep::Entering,
            Connection::Unconfirmed => {
                self.waiting = true;
                self.at = EntryStep::Waiting;
            }
            Connection::Confirmed => {
                self.waiting = false;
                self.at = EntryStep::CatchingUp;
                self.arrived |= self.online;
            }
            // Who waits for the room reads at the same time: that is behind the waiting, not before it.
            Connection::CatchingUp { .. } => {
                self.online = false;
                self.at = if self.waiting { EntryStep::Waiting } else { EntryStep::CatchingUp };
            }
            // The relay can be reached anew at any step.
            Connection::Online if self.waiting => {
                self.online = true;
                self.at = EntryStep::Waiting;
            }
            Connection::Online => self.arrived = true,
            _ => {}
        }
    }
}

/// The steps of a newcomer; none for who is in, or was in before.
pub(crate) fn steps(room: &Room) -> Vec<StepLine> {
    let is_newcomer = room.is_sealed() && matches!(room.role, Role::Guest(_));
    let ended = room.closed.as_ref();
    let over = match ended {
        // Who was in and left, or was taken out, is not on the way in.
        Some(_) => room.sealed.entered,
        None => room.leaving || room.sealed.progress.arrived,
    };
    if !is_newcomer || over || room.sealed.stands_still() {
        return Vec::new();
    }
    let at = ended.map_or(room.sealed.progress.at, |why| failed_at(why, room.sealed.progress.at));
    let troubled =
        matches!(&room.connection, Some((Connection::NotConnected(_) | Connection::Lost { .. }, _)));
    EntryStep::ALL.into_iter().map(|step| line(step, at, ended.is_some() || troubled)).collect()
}

fn line(step: EntryStep, at: EntryStep, failed: bool) -> StepLine {
    let (state, said) = match step.cmp(&at) {
        std::cmp::Ordering::Less => (StepState::Done, words::STEP_DONE.text()),
        std::cmp::Ordering::Equal if failed => (StepState::Failed, words::STEP_FAILED.text()),
        std::cmp::Ordering::Equal => (StepState::Now, words::STEP_NOW.text()),
        std::cmp::Ordering::Greater => (StepState::Later, words::STEP_LATER.text()),
    };
    let text = step.word().to_owned();
    StepLine { spoken: words::step_spoken(&text, said), text, state }
}

/// The step at which a way in ended.
fn failed_at(why: &CloseReason, at: EntryStep) -> EntryStep {
    match why {
        CloseReason::NotFoundNearby => EntryStep::Reaching,
        CloseReason::NotTrusted(_) | CloseReason::Version | CloseReason::OtherRelay => EntryStep::Securing,
        CloseReason::Refused(_)
        | CloseReason::WrongKey
        | CloseReason::InviteExpired
        | CloseReason::NoBlob
        | CloseReason::Declined
        | CloseReason::InviterGone
        | CloseReason::CannotJoin
        | CloseReason::PassRefused
        | CloseReason::NotJoined => EntryStep::Entering,
        _ => at,
    }
}
