//! What the inspector looks at, and how far its answers are.

use std::path::PathBuf;
use std::sync::Arc;

use keyroom_client::inspect::{CaptureLimits, RoomReport, Sides, Step, Trial};
use keyroom_client::{Position, RoomId};

use super::bytes::{Bytes, Parts};
use super::job::{Answer, Done, Lab};
use super::shown::{See, TabName};
use super::{PageName, message};
use crate::words;

/// Something that another thread is asked for.
#[derive(Debug, Default)]
pub(crate) enum Slot<T> {
    #[default]
    Empty,
    Asked,
    Here(T),
    Failed(String),
}

impl<T> Slot<T> {
    pub(crate) fn here(&self) -> Option<&T> {
        if let Self::Here(what) = self { Some(what) } else { None }
    }

    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }

    fn take(&mut self, answer: Result<T, String>) {
        *self = match answer {
            Ok(what) => Self::Here(what),
            Err(why) => Self::Failed(why),
        };
    }
}

/// The inspector of one room.
pub(crate) struct Inspector {
    pub(crate) room: RoomId,
    /// Whether it is to stand beside the room.
    pub(crate) beside: bool,
    pub(crate) page: PageName,
    pub(crate) tab: TabName,
    pub(crate) subject: Option<Subject>,
    pub(crate) report: Slot<Box<RoomReport>>,
    pub(crate) sides: Slot<Compared>,
    pub(crate) lab: Slot<Bench>,
    pub(crate) trials: Vec<Trial>,
    /// The byte of the copy that is chosen.
    pub(crate) byte: Option<usize>,
    pub(crate) limits: CaptureLimits,
    pub(crate) keep_failed: bool,
    pub(crate) saved: String,
    /// Whether another thread works on a lab or a comparison: one at a time, however fast somebody goes through messages.
    pub(crate) busy: bool,
    /// What is asked for belongs to the message that is looked at now: answers to earlier questions are not taken.
    pub(crate) ticket: u64,
}

/// A lab that is set up.
pub(crate) struct Bench {
    pub(crate) lab: Arc<Lab>,
    pub(crate) bytes: Bytes,
}

/// A text that was sealed both ways.
pub(crate) struct Compared {
    pub(crate) fernet: Option<Bytes>,
    pub(crate) sealed: Bytes,
    pub(crate) sides: Box<Sides>,
}

/// The line of the timeline that is looked at.
pub(crate) struct Subject {
    pub(crate) position: Position,
    /// `message from guest 2 · 10:42:09`.
    pub(crate) title: String,
    pub(crate) see: See,
    /// The same for an export.
    pub(crate) said: Vec<(&'static str, String)>,
    /// The text, exactly, and whether the room's suite is hybrid; `None` where it is gone, or nobody said anything.
    pub(crate) text: Option<Arc<str>>,
    pub(crate) hybrid: bool,
    /// The token, in a Fernet room.
    pub(crate) token: Option<Arc<[u8]>>,
    pub(crate) layers: Vec<Arc<Parts>>,
    pub(crate) levels: Vec<Level>,
    pub(crate) level: usize,
    /// The fields that were gone into, from the level on.
    pub(crate) way: Vec<Bytes>,
    pub(crate) pointed: Option<usize>,
    pub(crate) remarks: Vec<String>,
    pub(crate) steps: Vec<Step>,
}

/// A level of nesting.
pub(crate) struct Level {
    pub(crate) name: String,
    pub(crate) bytes: Bytes,
    /// Whether anybody on the way sees it: it is not inside of TLS.
    pub(crate) on_the_line: bool,
}

impl Subject {
    /// What is shown of its bytes now.
    pub(crate) fn bytes(&self) -> Option<&Bytes> {
        self.way.last().or_else(|| self.levels.get(self.level).map(|level| &level.bytes))
    }

    pub(crate) fn choose_level(&mut self, level: usize) {
        if level < self.levels.len() {
            self.level = level;
            self.way.clear();
            self.pointed = None;
        }
    }

    pub(crate) fn go_into(&mut self, index: usize) {
        if let Some(inside) = self.bytes().and_then(|bytes| bytes.into(index)) {
            self.way.push(inside);
            self.pointed = None;
        }
    }

    pub(crate) fn go_out(&mut self, to: usize) {
        self.way.truncate(to);
        self.pointed = None;
    }
}

impl Inspector {
    pub(crate) fn new(room: RoomId, beside: bool, limits: CaptureLimits) -> Self {
        Self {
            room,
            beside,
            page: PageName::Room,
            tab: TabName::default(),
            subject: None,
            report: Slot::Empty,
            sides: Slot::Empty,
            lab: Slot::Empty,
            trials: Vec::new(),
            byte: None,
            limits,
            keep_failed: false,
            saved: String::new(),
            busy: false,
            ticket: 0,
        }
    }

    /// Looks at another line: what was tried on the last one is over.
    pub(crate) fn look_at(&mut self, subject: Subject) {
        self.subject = Some(subject);
        self.page = PageName::Message;
        self.sides = Slot::Empty;
        self.lab = Slot::Empty;
        self.trials.clear();
        self.byte = None;
        self.saved.clear();
        self.ticket += 1;
    }

    /// Takes what another thread gave, unless it is of a message that is not looked at any more.
    pub(crate) fn done(&mut self, done: Done, clock: keyroom_client::inspect::report::Clock<'_>) {
        let here = done.ticket == self.ticket;
        self.busy &= matches!(done.answer, Answer::Room(_) | Answer::Tried(_));
        match done.answer {
            Answer::Room(report) => {
                self.report.take(report.ok_or_else(|| words::UNREADABLE.to_owned()));
            }
            _ if !here => {}
            Answer::Lab(lab) => {
                let bench = lab.map(|(lab, layer)| {
                    let bytes = Bytes::of(&Parts::new(layer, clock), None);
                    Bench { lab, bytes }
                });
                self.lab.take(bench.map_err(|error| match error {
                    Some(error) => words::lab_failed(error.why()),
                    None => words::LAB_NOTHING.to_owned(),
                }));
            }
            Answer::Tried(trial) => {
                self.trials.insert(0, trial);
                self.trials.truncate(MOST_TRIALS);
            }
            Answer::Sides(sides) => {
                let compared = sides.map(|mut sides| {
                    // The last layer of the token is its bytes; the text before it hides nothing and shows little.
                    let fernet = sides.fernet.pop().map(|layer| Bytes::of(&Parts::new(layer, clock), None));
                    let sealed = Bytes::of(&Parts::new(sides.sealed.clone(), clock), None);
                    Compared { fernet, sealed, sides }
                });
                self.sides.take(compared.map_err(|error| words::lab_failed(error.why())));
            }
        }
    }

    pub(crate) fn saved(&mut self, saved: &Result<PathBuf, String>) {
        self.saved = match saved {
            Ok(path) => words::saved(&keyroom_types::text::one_line(&path.to_string_lossy())),
            Err(why) => words::not_saved(why),
        };
    }

    /// The bit that is flipped for who just wants to see it: the last of what is encrypted.
    pub(crate) fn some_bit(&self) -> Option<usize> {
        let bytes = &self.lab.here()?.bytes;
        message::last_encrypted(bytes).map(|byte| byte * 8 + 7)
    }
}

/// Trials that are shown.
const MOST_TRIALS: usize = 20;
