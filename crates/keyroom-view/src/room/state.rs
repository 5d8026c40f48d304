//! The state of a connection in plain words, with the next step.

use std::time::{Duration, SystemTime};

use keyroom_client::{CloseReason, Connection};

use super::{Room, sealed};
use crate::screen::{StateAction, StateLine, Tone};
use crate::words;

/// The state in a word, for chips.
pub(crate) fn state_word(room: &Room) -> (&'static str, Tone) {
    if room.closed.is_some() {
        return (words::CLOSED.text(), Tone::Warning);
    }
    if room.is_asleep() {
        return (
            if room.is_hosted() { words::NOT_OPEN_HERE.text() } else { words::NOT_OPEN.text() },
            Tone::Quiet,
        );
    }
    if room.is_sealed() {
        return sealed::word(room);
    }
    match room.connection.as_ref().map(|(connection, _)| connection) {
        Some(Connection::Hosting) => (words::OPEN.text(), Tone::Good),
        Some(Connection::Connected { .. }) => (words::CONNECTED.text(), Tone::Good),
        Some(Connection::Waiting { .. }) if room.was_connected => (words::RECONNECTING.text(), Tone::Warning),
        Some(Connection::Waiting { .. }) => (words::NOT_CONNECTED.text(), Tone::Warning),
        None if room.opened().is_some() => (words::OPEN.text(), Tone::Good),
        _ => (words::CONNECTING.text(), Tone::Quiet),
    }
}

/// The state in a sentence, with what to do.
pub(crate) fn state_line(room: &Room, now: SystemTime) -> StateLine {
    if room.is_sealed() {
        return match &room.closed {
            None => sealed::state(room, now),
            Some(reason) => {
                let (mut text, next, tone) = words::sealed_closed(reason, room.is_hosted());
                if let (CloseReason::Removed, Some(by)) = (reason, room.removed_by()) {
                    text = words::taken_out_by(&by);
                }
                // What the profile keeps can go on where it was, unless it is over for good.
                if room.kept.is_some() && goes_on(reason) {
                    return line(text, next, tone, &[StateAction::OpenAgain]);
                }
                let again = !room.is_hosted() && *reason != CloseReason::Left;
                let actions: &[_] = if again {
                    &[StateAction::EnterAgain, StateAction::Remove]
                } else {
                    &[StateAction::Remove]
                };
                line(text, next, tone, actions)
            }
        };
    }
    if let Some(reason) = &room.closed {
        let text = words::closed(reason, room.is_hosted());
        return line(text, "", Tone::Warning, &[StateAction::Remove]);
    }
    match &room.connection {
        Some((Connection::Hosting | Connection::Connected { .. }, _)) => {
            line(String::new(), "", Tone::Good, &[])
        }
        Some((Connection::Connecting { address, attempt }, _)) => {
            let actions: &[_] = if *attempt > 1 { &[StateAction::EnterAgain] } else { &[] };
            line(words::connecting(address, *attempt), "", Tone::Quiet, actions)
        }
        Some((Connection::Waiting { reason, retry_in, .. }, since)) => {
            let text = format!(
                "{} {}",
                words::lost(*reason, &room.place),
                words::retry_in(seconds_left(*retry_in, *since, now))
            );
            let next = words::lost_next(*reason, room.was_connected);
            line(text, next, Tone::Warning, &[StateAction::TryNow, StateAction::EnterAgain])
        }
        _ if room.is_hosted() => line(String::new(), "", Tone::Good, &[]),
        _ => line(words::connecting_to(&room.place), "", Tone::Quiet, &[]),
    }
}

/// Whether a room of the profile can be opened again after it was closed for this.
fn goes_on(reason: &CloseReason) -> bool {
    matches!(
        reason,
        CloseReason::Left
            | CloseReason::CannotListen(_)
            | CloseReason::NoRelay(_)
            | CloseReason::NoRandomness
            | CloseReason::Replaced
            | CloseReason::Profile(_)
    )
}

/// When the seconds of that sentence change next.
pub(crate) fn next_second(room: &Room, now: SystemTime) -> Option<SystemTime> {
    let (Connection::Waiting { retry_in, .. } | Connection::Lost { retry_in, .. }, since) =
        room.connection.as_ref()?
    else {
        return None;
    };
    let left = seconds_left(*retry_in, *since, now);
    let ends = since.checked_add(*retry_in)?;
    ends.checked_sub(Duration::from_secs(left.checked_sub(1)?))
}

/// A line of these parts.
pub(super) fn line(text: String, next: &str, tone: Tone, actions: &[StateAction]) -> StateLine {
    StateLine { text, next: next.to_owned(), tone, actions: actions.to_vec() }
}

/// Rounded up, so that *0* means now. A clock that was set back does not lengthen the wait.
pub(super) fn seconds_left(retry_in: Duration, since: SystemTime, now: SystemTime) -> u64 {
    let left = retry_in.saturating_sub(now.duration_since(since).unwrap_or_default());
    left.as_secs() + u64::from(left.subsec_nanos() > 0)
}
