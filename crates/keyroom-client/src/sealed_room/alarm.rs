//! What must stop a room, or be told to its members loudly.

use std::time::{Duration, Instant};

use keyroom_history::{DbError, Stage, Tx};
use keyroom_link::{Event as LinkEvent, RelayFault, RequestId};
use keyroom_mls::{Body, Content};
use keyroom_types::{RoomId, Seq};
use keyroom_wire::Append;

use super::outgoing::seal;
use super::{Desk, Phase, SealedRoom, Trouble};
use crate::event::{CloseReason, RoomEvent};
use crate::history::PeerId;

/// Something is wrong, and a person must know.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Alarm {
    /// Two heads that the relay signed contradict each other, or the log: it shows different logs to different people.
    /// Nothing is sent any more.
    #[error(
        "the relay showed different people different logs of this room, and signed both: nothing is sent any more"
    )]
    Forked,
    /// The log is shorter than it was.
    #[error(
        "the relay's log was rolled back: messages that were acknowledged are gone there. Nothing is sent any more"
    )]
    RolledBack,
    /// The relay has another log key than the one that was pinned.
    #[error("the relay signs with another key than the one of the invite: nothing is sent any more")]
    LogKey,
    /// A member says that the log was another one, without proof.
    #[error("a member claims another log than the relay showed here; it may be lying, or the relay")]
    Claim(PeerId),
    /// This profile was restored or copied: somebody sent with our pass.
    #[error(
        "somebody used this room with this profile's pass: the profile was restored from a copy, or is used twice. \
         Nothing is sent until you enter the room again"
    )]
    Copied,
    /// A commit that we could not follow.
    #[error(
        "a change of the room's keys could not be followed here: nothing is sent until you enter the room again"
    )]
    Unsure,
    /// A blob led us into an epoch where only its author is.
    #[error(
        "a member led you into a room of its own: what the others send cannot be opened. Nothing is sent until you \
         enter the room again"
    )]
    Astray,
    /// The relay shows what comes behind this place of the log, and not what stands there, however often it is asked.
    #[error(
        "the relay leaves out entry {0} of this room: a message or a change is missing, and nothing after it can be \
         read until the relay shows it"
    )]
    Missing(Seq),
    /// What the relay shows cannot be this room's log, however often it is asked.
    #[error(
        "the relay does not show this room's log as it must be ({0}): nothing more can be read until it does"
    )]
    Faulty(RelayFault),
}

impl Alarm {
    /// Whether nothing is sent from now on. What is unsure may be resolved by what others send, and what the relay does
    /// wrong by what it does next.
    pub fn stops(self) -> bool {
        !matches!(self, Self::Claim(_) | Self::Unsure | Self::Missing(_) | Self::Faulty(_))
    }
}

impl Alarm {
    /// Why a room is red, as the profile keeps it.
    fn word(self) -> &'static str {
        match self {
            Self::RolledBack => ROLLED_BACK,
            Self::LogKey => LOG_KEY,
            _ => "",
        }
    }

    /// Why the room is red, where it is.
    pub(crate) fn of_red(tx: &Tx<'_>, room: &RoomId) -> Result<Self, DbError> {
        Ok(match tx.room_setting(room, RED)?.as_deref() {
            Some(ROLLED_BACK) => Self::RolledBack,
            Some(LOG_KEY) => Self::LogKey,
            _ => Self::Forked,
        })
    }
}

/// The room's setting that says why it is red.
const RED: &str = "red";
const ROLLED_BACK: &str = "rolled back";
const LOG_KEY: &str = "log key";

/// How often in a row the relay broke the rules at one place of the log. Once may be a cut or a restart; who breaks them
/// again and again is named, instead of being asked for ever in silence. Attack matrix row 8.
#[derive(Debug, Default)]
pub(super) struct Faults {
    at: Seq,
    count: u32,
    /// What was said of it.
    told: Option<Alarm>,
}

impl Faults {
    /// The link was lost for that fault, where the log was read through `at`. What is to be said, if it is time.
    fn broke(&mut self, at: Seq, fault: RelayFault) -> Option<Alarm> {
        if at != self.at {
            (self.at, self.count) = (at, 0);
        }
        self.count = self.count.saturating_add(1);
        if self.count < TRIES || self.told.is_some() {
            return None;
        }
        self.told = Some(match fault {
            RelayFault::Gap { expected, got } if got > expected => Alarm::Missing(expected),
            other => Alarm::Faulty(other),
        });
        self.told
    }
}

/// Why a room must be entered again before anything is sent in it, as the profile keeps it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Broken {
    /// A commit at this place could not be followed. What others send in the old epoch shows that they skipped it.
    Unsure(Seq),
    /// The profile was restored or copied.
    Copied,
    /// We entered where nobody is but who led us there.
    Astray,
}

impl Broken {
    pub(super) fn encode(self) -> Vec<u8> {
        match self {
            Self::Unsure(seq) => seq.get().to_be_bytes().to_vec(),
            Self::Copied => vec![COPIED],
            Self::Astray => vec![ASTRAY],
        }
    }

    pub(super) fn decode(bytes: &[u8]) -> Self {
        match bytes {
            [ASTRAY] => Self::Astray,
            _ => bytes.try_into().map_or(Self::Copied, |seq| Self::Unsure(Seq::new(u64::from_be_bytes(seq)))),
        }
    }
}

const COPIED: u8 = 1;
const ASTRAY: u8 = 2;

/// The last envelope before a room is red for good.
#[derive(Clone, Copy, Debug)]
pub(super) struct LastWord {
    request: RequestId,
    pub(super) until: Instant,
}

/// How long it may take.
const LAST_WORD: Duration = Duration::from_secs(5);

/// A fault that comes so often without anything between is no accident.
const TRIES: u32 = 3;

impl SealedRoom {
    /// The link was lost because the relay broke its rules.
    pub(super) fn relay_broke(&mut self, fault: RelayFault) {
        if let Some(alarm) = self.faults.broke(self.at(), fault) {
            self.alarm(alarm);
        }
    }

    /// The log was read to its end, as far as the relay has signed it: what it did wrong is over. Should it begin again at the
    /// same place, that is said at once.
    pub(super) fn relay_is_right(&mut self) {
        if let Some(alarm) = self.faults.told.take() {
            self.events.push_back(RoomEvent::AlarmOver(alarm));
        }
    }

    /// The room turns red: it stays as it is, and nothing is sent, also after a restart.
    pub(super) fn stand_still(&mut self, desk: &mut Desk<'_>, alarm: Alarm) -> Result<(), Trouble> {
        self.record.stage = Stage::Forked;
        let tx = desk.profile.begin()?;
        tx.put_room(&self.record)?;
        tx.set_room_setting(&self.record.room, RED, alarm.word())?;
        tx.commit()?;
        self.alarm(alarm);
        if alarm != Alarm::Forked || !self.show_proof(desk)? {
            self.stand(desk, alarm);
        }
        Ok(())
    }

    fn stand(&mut self, desk: &mut Desk<'_>, alarm: Alarm) {
        self.last_word = None;
        desk.link.close();
        self.close(CloseReason::Alarm(alarm));
    }

    /// Who was lied to may not know it: what it said was the proof here. One last envelope, a receipt as any other, carries in
    /// its authenticated data the head that the relay signed for us. Returns whether it is on its way.
    fn show_proof(&mut self, desk: &mut Desk<'_>) -> Result<bool, Trouble> {
        let can = desk.link.is_live()
            && self.is_caught_up()
            && matches!(self.phase, Phase::Member)
            && self.record.unsure.is_none()
            && self.record.head.is_some();
        let standing = self.standing();
        let (envelope, content) =
            (desk.envelope_id(), Content::new(desk.message_id(), Body::Receipt { seen: self.at() }));
        let Some(group) = self.group.as_mut().filter(|group| can && !group.has_pending()) else {
            return Ok(false);
        };
        let tx = desk.profile.begin()?;
        let entry = seal(&tx.mls(), group, desk.crypto, &tx, &standing, &content, envelope)?;
        tx.commit()?;
        let based_on = standing.cursor.newest_commit;
        let append = Append { based_on, entries: vec![entry], changes: Vec::new() };
        let Ok(request) = desk.link.append(append, None) else { return Ok(false) };
        self.last_word = Some(LastWord { request, until: desk.now + LAST_WORD });
        Ok(true)
    }

    /// While the last word is on its way nothing else is taken. `true`: it is, or was until now.
    pub(super) fn last_word_said(&mut self, desk: &mut Desk<'_>, told: &[LinkEvent]) -> bool {
        let Some(LastWord { request, until }) = self.last_word else { return false };
        let over = told.iter().any(|event| match event {
            LinkEvent::Appended { request: of, .. } | LinkEvent::Refused { request: of, .. } => {
                *of == request
            }
            LinkEvent::Lost { .. } | LinkEvent::Stopped(_) => true,
            _ => false,
        });
        if over || desk.now >= until {
            self.stand(desk, Alarm::Forked);
        }
        true
    }

    /// Tells the face, and stops sending where that must be.
    pub(super) fn alarm(&mut self, alarm: Alarm) {
        if alarm.stops() {
            self.outgoing.stop();
        }
        self.events.push_back(RoomEvent::Alarm(alarm));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gap(expected: u64) -> RelayFault {
        RelayFault::Gap { expected: Seq::new(expected), got: Seq::new(expected + 2) }
    }

    #[test]
    fn only_a_fault_that_comes_again_and_again_at_one_place_is_an_alarm_and_it_is_said_once() {
        let mut faults = Faults::default();
        for at in 1..20 {
            assert_eq!(faults.broke(Seq::new(at), gap(at + 1)), None, "the log goes on between");
        }
        assert_eq!(faults.broke(Seq::new(19), gap(20)), None);
        assert_eq!(faults.broke(Seq::new(19), gap(20)), Some(Alarm::Missing(Seq::new(20))));
        assert_eq!(faults.broke(Seq::new(19), gap(20)), None, "it was said");
    }

    #[test]
    fn an_envelope_that_comes_again_is_a_fault_and_none_that_is_missing() {
        let mut faults = Faults::default();
        let again = RelayFault::Gap { expected: Seq::new(5), got: Seq::new(4) };
        (1..TRIES).for_each(|_| assert_eq!(faults.broke(Seq::new(4), again), None));
        assert_eq!(faults.broke(Seq::new(4), again), Some(Alarm::Faulty(again)));
    }
}
