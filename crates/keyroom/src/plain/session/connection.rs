//! The connection of a plain session: the relay's or the host's.

use std::io;

use keyroom_client::{Connection, LostReason};

use super::{Session, Step};
use crate::ending;
use crate::failure::Failure;
use crate::plain::face::Face;

impl Session {
    /// What a Fernet room's connection does.
    pub(super) fn on_connection(&mut self, connection: Connection, face: &mut dyn Face) -> io::Result<Step> {
        match connection {
            Connection::Connected { .. } if !self.greeted => {
                face.joined(&self.name)?;
                self.greeted(face)?;
            }
            Connection::Connected { .. } => face.warning(&self.name, "connected", "Connected again.")?,
            Connection::Waiting { reason, .. } if !self.greeted => {
                return Ok(Step::End(Err(Failure::failed(format!(
                    "The room at {} cannot be entered: {reason}. {}",
                    self.name,
                    next_step(reason)
                )))));
            }
            Connection::Waiting { reason, retry_in, .. } => {
                let seconds = retry_in.as_secs().max(1);
                let text = format!("The connection is gone: {reason}. Trying again in {seconds} s.");
                face.warning(&self.name, "connection_lost", &text)?;
            }
            Connection::Connecting { address, attempt } if self.verbose => {
                let text = format!("Trying {address}, attempt {attempt}.");
                face.warning(&self.name, "connecting", &text)?;
            }
            other => return self.on_relay(other, face),
        }
        Ok(Step::Go)
    }

    /// What a sealed room's connection to its relay does.
    fn on_relay(&mut self, connection: Connection, face: &mut dyn Face) -> io::Result<Step> {
        match connection {
            Connection::Knocking { code } if !std::mem::replace(&mut self.knocking, true) => {
                let text = format!(
                    "Waiting to be let in: an admin of the room has to answer. Your code is {code}. Ctrl-C ends the wait, and \
                     the same command goes on with it."
                );
                face.warning(&self.name, "knocking", &text)?;
            }
            Connection::NotConnected(error) if !self.greeted && (!self.knocking || error.is_distrust()) => {
                return Ok(Step::End(Err(ending::not_connected(&error))));
            }
            Connection::Lost { why, .. } if !self.greeted && !self.knocking => {
                let text = format!("The room cannot be reached: {why}. Try again in a moment.");
                return Ok(Step::End(Err(Failure::failed(text))));
            }
            // Said once, and not with each try.
            Connection::NotConnected(error)
                if error.is_distrust() && !std::mem::replace(&mut self.distrusted, true) =>
            {
                let text = format!("{}", ending::not_connected(&error));
                face.warning(&self.name, "not_trusted", &text)?;
            }
            Connection::Lost { why, .. } => {
                self.catching_up = false;
                if std::mem::take(&mut self.online) {
                    let text = format!("The connection is gone: {why}. Trying again until it is back.");
                    face.warning(&self.name, "connection_lost", &text)?;
                }
            }
            Connection::Queue { ahead } if ahead > 0 => {
                self.newcomer = true;
                face.warning(&self.name, "queue", &format!("Waiting to enter, behind {ahead} others."))?;
            }
            Connection::Queue { .. } | Connection::Reading | Connection::Joining => self.newcomer = true,
            Connection::Unconfirmed => {
                let text = "Waiting for the room: somebody who is in it must be online to take you in.";
                face.warning(&self.name, "waiting_for_room", text)?;
            }
            Connection::Confirmed => {
                face.warning(&self.name, "confirmed", "Somebody in the room was heard: you are in.")?;
            }
            Connection::CatchingUp { at, of } if !std::mem::replace(&mut self.catching_up, true) => {
                let text = format!("Reading what was said meanwhile, {} entries.", of.saturating_sub(at));
                face.warning(&self.name, "catching_up", &text)?;
            }
            Connection::Online => self.on_online(face)?,
            _ => {}
        }
        Ok(Step::Go)
    }

    fn on_online(&mut self, face: &mut dyn Face) -> io::Result<()> {
        (self.catching_up, self.distrusted) = (false, false);
        let again =
            !std::mem::replace(&mut self.online, true) && std::mem::replace(&mut self.was_online, true);
        if !self.greeted {
            return self.is_in(face);
        }
        if again { face.warning(&self.name, "connected", "Connected again.") } else { Ok(()) }
    }
}

/// What to do about a room that cannot be reached.
fn next_step(reason: LostReason) -> &'static str {
    match reason {
        LostReason::Refused => "Check the address, and that the room is still open on the host's computer.",
        LostReason::TimedOut | LostReason::Unreachable => {
            "Check the address, and that both computers are on the same network; a firewall may be in the way."
        }
        LostReason::UnknownName => "Check the name, or use the numbers that the host's window shows.",
        _ => "Check the address with the host, and try again.",
    }
}
