//! Work that a face does beside its own thread: what may take longer than a frame.

use std::fmt;
use std::sync::Arc;

use keyroom_client::inspect::{
    Attack, FernetLab, InspectedToken, LabError, Layer, RoomReport, SealedLab, Sides, Trial, inspect_token,
    side_by_side,
};
use keyroom_client::{History, RoomId};
use keyroom_types::Key;

/// Work to be done on another thread: [`Job::run`], and what it gives goes back as [`Inspect::Done`](super::Inspect::Done).
pub struct Job {
    pub(crate) ticket: u64,
    pub(crate) work: Work,
}

pub(crate) enum Work {
    /// Sets up a lab for a token.
    Token { key: Key, token: Arc<[u8]>, now_s: u64 },
    /// Sets up a lab for a text.
    Text { text: Arc<str>, hybrid: bool },
    /// Carries out an attack.
    Try { lab: Arc<Lab>, attack: Attack },
    /// Seals a text both ways.
    Sides { text: Arc<str>, now_s: u64, hybrid: bool },
    /// Looks at a room.
    Room { history: Arc<dyn History>, room: RoomId },
}

/// What a [`Job`] gave. It has no words yet: the thread that it was done on speaks no language.
pub struct Done {
    pub(crate) ticket: u64,
    pub(crate) answer: Answer,
}

pub(crate) enum Answer {
    /// Without an error: there is nothing to try on.
    Lab(Result<(Arc<Lab>, Layer), Option<LabError>>),
    Tried(Trial),
    Sides(Result<Box<Sides>, LabError>),
    /// `None`: it cannot be read, or is not there.
    Room(Option<Box<RoomReport>>),
}

/// Copies that are attacked.
pub(crate) enum Lab {
    Fernet(FernetLab),
    Sealed(Box<SealedLab>),
}

impl Lab {
    fn run(&self, attack: Attack) -> Trial {
        match self {
            Self::Fernet(lab) => lab.run(attack),
            Self::Sealed(lab) => lab.run(attack),
        }
    }
}

impl Job {
    /// Does it. `random` gives bytes that nobody can guess.
    pub fn run(self, random: &mut dyn FnMut(&mut [u8])) -> Done {
        let answer = match self.work {
            Work::Token { key, token, now_s } => {
                Answer::Lab(token_lab(key, &token, now_s, random).ok_or(None))
            }
            Work::Text { text, hybrid } => {
                let lab = SealedLab::new(&text, hybrid, random).map(|lab| {
                    let layer = lab.layer();
                    (Arc::new(Lab::Sealed(Box::new(lab))), layer)
                });
                Answer::Lab(lab.map_err(Some))
            }
            Work::Try { lab, attack } => Answer::Tried(lab.run(attack)),
            Work::Sides { text, now_s, hybrid } => {
                Answer::Sides(side_by_side(&text, now_s, hybrid, random).map(Box::new))
            }
            Work::Room { history, room } => {
                Answer::Room(history.inspect_room(room).ok().flatten().map(Box::new))
            }
        };
        Done { ticket: self.ticket, answer }
    }
}

fn token_lab(
    key: Key,
    token: &[u8],
    now_s: u64,
    random: &mut dyn FnMut(&mut [u8]),
) -> Option<(Arc<Lab>, Layer)> {
    let mut wrong = zeroize::Zeroizing::new([0; Key::BYTES]);
    random(wrong.as_mut());
    let wrong = Key::from_bytes(*wrong);
    let InspectedToken { layers, .. } = inspect_token(token, None, now_s, None);
    let raw = layers.into_iter().nth(1);
    let (lab, layer) = FernetLab::new(key, wrong, token, now_s).zip(raw)?;
    Some((Arc::new(Lab::Fernet(lab)), layer))
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match &self.work {
            Work::Token { .. } | Work::Text { .. } => "lab",
            Work::Try { attack, .. } => attack.name(),
            Work::Sides { .. } => "sides",
            Work::Room { .. } => "room",
        };
        write!(f, "Job({}, {what})", self.ticket)
    }
}

impl fmt::Debug for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Done({})", self.ticket)
    }
}
