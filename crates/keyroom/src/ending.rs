//! How the end of a room is told: what happened, why, and what to do; and with which exit code.

use std::time::SystemTime;

use keyroom_client::relay_link::ConnectError;
use keyroom_client::{CloseReason, Code};

use crate::failure::Failure;
use crate::plain::json::rfc3339;

/// The failure that a room's end means. Not for [`CloseReason::Left`], which is none.
pub(crate) fn of(reason: &CloseReason) -> Failure {
    use CloseReason as Why;
    let refused = |next: &str| Failure::refused(format!("The room cannot be entered: {reason}. {next}"));
    let failed = |next: &str| Failure::failed(format!("The room cannot be opened: {reason}. {next}"));
    match reason {
        Why::CannotListen(_) => {
            failed("Choose another with --listen, for example --listen :0 for any free port.")
        }
        Why::NoRelay(_) => failed("Look at what is in the way, or keep it in memory with --memory."),
        Why::NotTrusted(error) => not_connected(error),
        Why::Refused(code) => refused_with(*code),
        Why::WrongKey => refused("Ask for the key again, or for a whole invite."),
        Why::InviteExpired => Failure::refused(format!(
            "The room cannot be entered: the invite has expired. It is {} by this computer's clock: if that is right, ask \
             whoever made it for a new one (keyroom invite ROOM); if not, set the clock.",
            rfc3339(SystemTime::now())
        )),
        Why::InviterGone => refused("Ask somebody in the room for a new invite, over a way that you trust."),
        Why::OtherRelay => refused(
            "Do not use this network for it, or ask for a whole invite and compare it over another way.",
        ),
        Why::Declined => refused("Ask somebody in the room; then you can ask to be let in again."),
        Why::NoBlob => refused("Somebody who is in the room must be online for that."),
        Why::NotFoundNearby => Failure::failed(format!("{}.", capital(&reason.to_string()))),
        Why::CannotJoin | Why::NotJoined => failed("Nothing was lost: it can be tried again at once."),
        Why::Removed => Failure::refused(
            "You were removed from the room by one of its admins. To come back, ask for a new invite.",
        ),
        Why::PassRefused => Failure::refused(format!(
            "{}. Ask somebody in the room; a new invite lets you in again.",
            capital(&reason.to_string())
        )),
        Why::Ended => Failure::failed(
            "The room has ended: its relay no longer has it. What was said is still here: keyroom export ROOM.",
        ),
        Why::Replaced => Failure::failed(
            "The room was opened elsewhere with the same profile, so it was closed here. Use one of them at a time.",
        ),
        Why::Alarm(alarm) => Failure::refused(format!(
            "The room was stopped: {alarm}. Tell the others over another way, and open a new room elsewhere."
        )),
        Why::Version => failed("Bring the older one up to date."),
        Why::Profile(_) => Failure::failed(format!(
            "The room was closed, since nothing more can be kept: {reason}. What was said until now is kept. Make room \
             on the disk if it is full, and open the room again."
        )),
        _ => failed("Try again."),
    }
}

/// A relay that was not reached, or is not the one that was meant.
pub(crate) fn not_connected(error: &ConnectError) -> Failure {
    if !error.is_distrust() {
        return Failure::failed(format!(
            "The room cannot be reached: {error}. Check the address, that both computers are on one network, and that the \
             room's host or relay runs."
        ));
    }
    let next = match error {
        ConnectError::PinMismatch { .. } => {
            "It is another computer, or somebody stands between. Nothing was sent to it. Ask for a new invite over a way \
             that you trust."
        }
        ConnectError::NotARelay { .. } => {
            "Nothing was sent to it. Check the address, and ask for a new invite."
        }
        _ => "Nothing was sent to it. Ask whoever runs the relay.",
    };
    Failure::refused(format!("The relay of this room is not trusted: {error}. {next}"))
}

/// What the relay refuses a newcomer, or a founder.
fn refused_with(code: Code) -> Failure {
    let next = match code {
        Code::NoDoor => {
            "Either the key is wrong, or it was changed since the invite was made, as it is when somebody is removed. Ask \
             for a new invite."
        }
        Code::DoorExpired | Code::DoorUsedUp => "Ask somebody in the room for a new invite.",
        Code::NoRoom => {
            "Either the key is wrong, or it was changed since, or the room has ended. Ask for a whole invite."
        }
        Code::Closed => "Ask whoever runs the relay, or host the room on this computer.",
        Code::RoomExists => "Choose another key, or none: then a fresh one is drawn.",
        Code::Binding => "Do not use this network for it.",
        _ => "Try again later, or ask whoever runs the relay.",
    };
    Failure::refused(format!("The relay does not let you in: {code}. {next}"))
}

/// With a capital letter, for the beginning of a sentence.
fn capital(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}", chars.as_str())
}
