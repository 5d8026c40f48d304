//! Who asks to be let in, in a plain session, and the lines that answer.

use std::io;

use keyroom_client::{Change, Command, Knock};

use super::Session;
use crate::plain::face::Face;
use crate::visit::one_knock;

impl Session {
    /// Tells of those who were not told of yet.
    pub(super) fn on_knocks(&mut self, knocks: Vec<Knock>, face: &mut dyn Face) -> io::Result<()> {
        let known = std::mem::replace(&mut self.knocks, knocks);
        let new = self.knocks.iter().filter(|knock| known.iter().all(|other| other.id != knock.id));
        new.into_iter().try_for_each(|knock| face.knock(&self.name, knock))
    }

    /// Takes a line as the answer to somebody who asks. While nobody does, every line is a message.
    pub(super) fn answers_knock(&self, line: &str, face: &mut dyn Face) -> io::Result<bool> {
        let (word, name) = line.split_once(' ').unwrap_or((line, ""));
        let change = match word {
            "/admit" => Change::Admit,
            "/decline" => Change::Decline,
            _ => return Ok(false),
        };
        if self.knocks.is_empty() {
            return Ok(false);
        }
        match one_knock(&self.knocks, name.trim()) {
            Ok(knock) => {
                self.engine.send(Command::Change { room: self.room, change: change(knock.id) });
            }
            Err(failure) => face.warning(&self.name, "not_changed", &failure.to_string())?,
        }
        Ok(true)
    }
}
