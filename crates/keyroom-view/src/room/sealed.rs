//! What only a sealed room has: entering, catching up, waiting for the room, alarms.

use std::time::SystemTime;

use keyroom_client::relay_link::ConnectError;
use keyroom_client::{Alarm, Connection, Knock, PeerId, WishRefusal};

use super::state::{line, seconds_left};
use super::{Progress, Room};
use crate::screen::{StateAction, StateLine, Tone};
use crate::words;

/// What is known of a sealed room besides its connection.
#[derive(Debug, Default)]
pub(crate) struct Sealed {
    /// Whether it was made or entered.
    pub(crate) entered: bool,
    /// How far the way in is.
    pub(crate) progress: Progress,
    /// Whether nobody in it was heard yet.
    unconfirmed: bool,
    /// Why the last connection was not made.
    trouble: Option<ConnectError>,
    /// What the person must know for as long as the room is on the list.
    alarm: Option<Alarm>,
    /// Who asks to be let in.
    pub(crate) knocks: Vec<Knock>,
    /// A change that was not made.
    pub(crate) refused: Option<WishRefusal>,
    /// The key is to be shown as soon as there is an invite.
    pub(crate) wants_sheet: bool,
    /// Who took this person out.
    pub(crate) removed_by: Option<PeerId>,
}

impl Sealed {
    /// Takes a state of the connection.
    pub(crate) fn take(&mut self, connection: &Connection) {
        self.progress.take(connection);
        match connection {
            // The link says right after this when it tries again.
            Connection::NotConnected(error) => self.trouble = Some(error.clone()),
            Connection::Lost { .. } => {}
            _ => self.trouble = None,
        }
        match connection {
            Connection::Unconfirmed => self.unconfirmed = true,
            Connection::Confirmed => self.unconfirmed = false,
            _ => {}
        }
    }

    /// Takes an alarm. One that stops the room is not covered by a lesser one.
    pub(crate) fn alarmed(&mut self, alarm: Alarm) {
        if !self.alarm.is_some_and(|known| known.stops() && !alarm.stops()) {
            self.alarm = Some(alarm);
        }
    }

    /// One alarm is over; another is not.
    pub(crate) fn alarm_over(&mut self, alarm: Alarm) {
        self.alarm = self.alarm.filter(|known| *known != alarm);
    }

    /// Somebody else's message was read: a change of the room's keys that could not be followed is resolved by that.
    pub(crate) fn heard(&mut self) -> bool {
        let resolved = self.alarm == Some(Alarm::Unsure);
        if resolved {
            self.alarm = None;
        }
        resolved
    }

    pub(crate) fn alarm(&self) -> Option<Alarm> {
        self.alarm
    }

    /// Whether nothing is sent now, whatever the connection.
    pub(crate) fn stands_still(&self) -> bool {
        self.alarm.is_some_and(|alarm| alarm.stops() || alarm == Alarm::Unsure)
    }
}

/// The state in a word, for chips.
pub(super) fn word(room: &Room) -> (&'static str, Tone) {
    if room.sealed.stands_still() {
        return (words::STOPPED.text(), Tone::Alarm);
    }
    match room.connection.as_ref().map(|(connection, _)| connection) {
        Some(Connection::Lost { .. } | Connection::NotConnected(_)) => match &room.sealed.trouble {
            Some(trouble) if words::is_distrust(trouble) => (words::NOT_CONNECTED.text(), Tone::Alarm),
            _ if room.sealed.entered => (words::RECONNECTING.text(), Tone::Warning),
            _ => (words::NOT_CONNECTED.text(), Tone::Warning),
        },
        Some(Connection::Queue { .. } | Connection::Reading | Connection::Joining) => {
            (words::ENTERING.text(), Tone::Quiet)
        }
        Some(Connection::CatchingUp { .. }) => (words::CATCHING_UP.text(), Tone::Quiet),
        Some(Connection::Knocking { .. }) => (words::WAITING_TO_BE_LET_IN.text(), Tone::Quiet),
        Some(_) if room.sealed.unconfirmed => (words::WAITING_FOR_ROOM.text(), Tone::Quiet),
        Some(Connection::Online | Connection::Confirmed | Connection::Unconfirmed | Connection::Hosting) => {
            (words::ONLINE.text(), Tone::Good)
        }
        None if room.is_hosted() => (words::ONLINE.text(), Tone::Good),
        _ => (words::CONNECTING.text(), Tone::Quiet),
    }
}

/// The state in a sentence, with what to do.
pub(super) fn state(room: &Room, now: SystemTime) -> StateLine {
    let quiet = |text: String| line(text, "", Tone::Quiet, &[]);
    let Some((connection, since)) = &room.connection else {
        return match (room.is_hosted(), room.place.is_empty()) {
            (true, _) => nothing_wrong(room),
            (_, true) => quiet(words::LOOKING_BY_KEY.to_owned()),
            (_, false) => quiet(words::connecting_to(&room.place)),
        };
    };
    match connection {
        Connection::Lost { why, retry_in } => {
            let (what, next, tone) = match &room.sealed.trouble {
                Some(trouble) => words::trouble(trouble),
                None => (words::link_lost(why), words::LINK_LOST_NEXT.text(), Tone::Warning),
            };
            let again = words::retry_in(seconds_left(*retry_in, *since, now));
            line(format!("{what} {again}"), next, tone, actions(room))
        }
        Connection::NotConnected(error) => {
            let (what, next, tone) = words::trouble(error);
            line(what, next, tone, actions(room))
        }
        Connection::Queue { ahead } => quiet(words::queue(*ahead)),
        Connection::Reading => quiet(words::READING.to_owned()),
        Connection::Knocking { code } => quiet(words::waiting_to_be_let_in(code)),
        Connection::Joining => quiet(words::JOINING.to_owned()),
        Connection::CatchingUp { at, of } => quiet(words::catching_up(*at, *of)),
        Connection::Connecting { address, attempt } => quiet(words::connecting(address, *attempt)),
        _ if room.sealed.unconfirmed => quiet(words::WAITING_FOR_ROOM_LINE.to_owned()),
        _ => nothing_wrong(room),
    }
}

/// All is well: then who asks to be let in is what there is to know.
fn nothing_wrong(room: &Room) -> StateLine {
    match room.sealed.knocks.as_slice() {
        [] => line(String::new(), "", Tone::Good, &[]),
        [first, others @ ..] => line(words::knocks(first, others.len()), "", Tone::Warning, &[]),
    }
}

fn actions(room: &Room) -> &'static [StateAction] {
    if room.is_hosted() || room.sealed.entered {
        &[StateAction::TryNow]
    } else {
        &[StateAction::TryNow, StateAction::EnterAgain]
    }
}
