//! Words of sealed rooms: what they are, how one gets in, what can go wrong with their relay.

use keyroom_client::relay_link::ConnectError;
use keyroom_client::{Alarm, CloseReason, Code, Knock, Lost, SpokenCode, WishRefusal};
use keyroom_types::text;

use super::{count, grouped, listen_fault};
use crate::screen::Tone;

/// Kind of room.
pub const SEALED: &str = "sealed";
/// What that kind means, for a tip.
pub const SEALED_TIP: &str = "The key only lets people in. Every message has a key of its own and shows who wrote it; whoever is taken out reads nothing more.";
/// Both forms: which kind of room.
pub const KIND: &str = "Kind of room";
/// Both forms: a sealed room.
pub const KIND_SEALED: (&str, &str) = (
    "Sealed",
    "The key only lets people in: who gets it later cannot read what was said before, and every message shows who wrote it.",
);
/// Both forms: a Fernet room.
pub const KIND_FERNET: (&str, &str) = (
    "Fernet",
    "One key for everything, which small Python programs understand: who ever gets it can read all of it.",
);
/// Host: what the room's name is for.
pub const ROOM_NAME_SEEN: &str = "Everybody in the room sees it.";
/// Both forms: what your name is for.
pub const YOUR_NAME_SEEN: &str = "Everybody in the room sees it.";
/// The room wants to be asked.
pub fn waiting_to_be_let_in(code: &SpokenCode) -> String {
    format!(
        "You asked to be let in. Somebody who looks after the room has to answer; your code is {code}, which they see, too."
    )
}

/// Who asks to be let in.
pub fn knocks(first: &Knock, others: usize) -> String {
    let name = text::one_line(first.name.as_str());
    let who = match others {
        0 => format!("{name} asks"),
        1 => format!("{name} and 1 other ask"),
        more => format!("{name} and {more} others ask"),
    };
    format!("{who} to be let in. The code of {name} is {}: compare it with them.", first.code)
}

/// Host: the switch of a sealed room.
pub const ANNOUNCE_BY_KEY: &str = "Let people nearby find the room by its key";
/// Host: that switch, on.
pub const ANNOUNCE_BY_KEY_ON: &str =
    "Only who has the key can tell that the room is open here. The key is all they need.";
/// Where nothing is kept on disk.
pub const NOTHING_KEPT: &str =
    "Nothing is kept on disk: what is said here is gone when this window is closed.";
/// Join: an empty address.
pub const ADDRESS_BY_KEY: &str = "Leave it empty to find the room on this network by its key.";
/// Join: what an empty address of the field shows.
pub const ADDRESS_BY_KEY_PLACEHOLDER: &str = "found by the key";
/// Join: a link to a sealed room was read.
pub const SEALED_LINK_READ: &str = "Address and key were taken from the link to a sealed room.";
/// A room that is looked for by its key, until it says its name.
pub const ROOM_WITH_THIS_KEY: &str = "Room with this key";
/// The header's chip of a room that was entered with a bare key.
pub const NOT_VERIFIED: &str = "not verified";
/// What that means.
pub const NOT_VERIFIED_TIP: &str = "You came in with the key alone. Nothing has proved yet that this is the room that you mean: a whole link does.";

/// State in a word.
pub const ENTERING: &str = "entering";
/// State in a word.
pub const CATCHING_UP: &str = "catching up";
/// State in a word.
pub const WAITING_FOR_ROOM: &str = "waiting for the room";
/// State in a word.
pub const WAITING_TO_BE_LET_IN: &str = "waiting to be let in";
/// State in a word.
pub const ONLINE: &str = "online";
/// State in a word.
pub const STOPPED: &str = "stopped";
/// Before a room was found by its key.
pub const LOOKING_BY_KEY: &str = "Looking on this network for the room with this key …";
/// Entering: getting what a newcomer must know.
pub const READING: &str = "The key fits. Reading what is needed to come in …";
/// Entering: on the way in.
pub const JOINING: &str = "Coming in …";
/// In, as far as the relay says.
pub const WAITING_FOR_ROOM_LINE: &str = "You are in, says the room's relay. Waiting for the room: until somebody in it is heard, only the relay says so.";
/// A lost connection: the next step.
pub const LINK_LOST_NEXT: &str = "What you write is sent then. Is this computer still on the network?";
/// An empty timeline of a sealed room.
pub const EMPTY_SEALED_GUEST: &str = "You are in. What is said from now on stands here.";
/// The composer before the room is entered.
pub const NOT_IN_YET: &str = "You can write as soon as you are in.";
/// The composer of a room that stands still.
pub const STANDS_STILL: &str = "Nothing is sent in this room now.";
/// People: a member.
pub const MEMBER: &str = "member";
/// People: what is known of them.
pub const PEOPLE_SEALED_NOTE: &str = "People choose their names themselves. What each of them writes is signed, so nobody here can write for another.";
/// What a sealed room's key gives away.
pub const SEALED_KEY_WARNING: &str =
    "Who has this key can come in and read what is said from then on. Show it only to people you want here.";
/// How others find a sealed room.
pub const FOUND_BY_KEY: &str = "People nearby find the room by the key alone.";
/// How others find a sealed room that is not shown.
pub const NOT_FOUND_BY_KEY: &str = "The room is not found by the key alone: give people the link.";
/// A key that is over.
const KEY_EXPIRED: &str = "This key's time is over.";
/// A key that is used up.
const KEY_USED_UP: &str = "This key let in as many people as it may.";
/// A key that is over, as a part of a sentence.
const KEY_OPENS_NOTHING: &str = "the key opens nothing any more";

/// How long an invite holds.
pub fn link_holds(days: u64) -> String {
    format!("The link can be used for {}.", count(days.max(1), "day", "days"))
}

/// Entering: others are first.
pub fn queue(ahead: u32) -> String {
    match ahead {
        0 => "The key fits. It is your turn to come in …".to_owned(),
        _ => format!("The key fits. {} come in before you …", count(ahead.into(), "other", "others"))
            .replace("1 other come in", "1 other comes in"),
    }
}

/// Reading what was said meanwhile.
pub fn catching_up(at: u64, of: u64) -> String {
    format!("Catching up with what was said meanwhile: {} of {} …", grouped(at.min(of)), grouped(of))
}

/// Why the link to the relay is gone.
pub fn link_lost(why: &Lost) -> String {
    match why {
        Lost::TimedOut => "The room's relay did not answer in time.".to_owned(),
        Lost::Silent => "The room's relay fell silent.".to_owned(),
        Lost::Relay(code) => format!("The room's relay ended the connection: {}.", refusal(*code)),
        Lost::Fault(_) => "What the room's relay sent was not as it must be.".to_owned(),
        _ => "The connection to the room's relay is gone.".to_owned(),
    }
}

/// Whether somebody else than the room's relay may stand there.
pub fn is_distrust(error: &ConnectError) -> bool {
    matches!(
        error,
        ConnectError::PinMismatch { .. }
            | ConnectError::BadSignature
            | ConnectError::NotTls13
            | ConnectError::ClassicalOnly
            | ConnectError::Certificate(_)
    )
}

/// Why no connection to the relay was made, the next step, and how that is meant. Nothing leads past a relay that is
/// not the right one.
pub fn trouble(error: &ConnectError) -> (String, &'static str, Tone) {
    let ask = "Nothing was sent to it. Ask for a new link in another way, and do not use this network until you know why.";
    match error {
        ConnectError::Unreachable(reason) => {
            let what = match reason {
                keyroom_client::LostReason::Refused => "Nobody answers at the room's address.",
                keyroom_client::LostReason::UnknownName => "The name in the room's address is not known on this network.",
                keyroom_client::LostReason::TimedOut => "Nothing answers at the room's address.",
                _ => "The room's address cannot be reached from this network.",
            };
            let next = match reason {
                keyroom_client::LostReason::Refused => "Is the host's window open? Compare the address with the one it shows.",
                keyroom_client::LostReason::UnknownName => "Compare the name with the host's window, or use the address in numbers.",
                keyroom_client::LostReason::TimedOut => {
                    "Is the host's window open? Are both computers on the same Wi-Fi? A firewall may be in the way."
                }
                _ => "Is this computer online? Are both computers on the same Wi-Fi?",
            };
            (what.to_owned(), next, Tone::Warning)
        }
        ConnectError::PinMismatch { .. } => (
            "Another computer answers at the room's address: it does not have the key of the room's relay. Somebody may stand in between, or the host started anew."
                .to_owned(),
            ask,
            Tone::Alarm,
        ),
        ConnectError::BadSignature => {
            ("What answers at the room's address cannot prove that it is the room's relay.".to_owned(), ask, Tone::Alarm)
        }
        ConnectError::NotTls13 => (
            "What answers at the room's address encrypts in an old way (not TLS 1.3), which the room's relay never does."
                .to_owned(),
            ask,
            Tone::Alarm,
        ),
        ConnectError::ClassicalOnly => (
            "What answers at the room's address encrypts less than the room's relay must: recorded today, it could be read one day."
                .to_owned(),
            ask,
            Tone::Alarm,
        ),
        ConnectError::Certificate(fault) => {
            (format!("The certificate of the room's relay is not accepted: {fault}."), ask, Tone::Alarm)
        }
        ConnectError::NotARelay { .. } => (
            "What answers at this address is not a sealed room.".to_owned(),
            "Compare the address with the host's window. Is it a Fernet room?",
            Tone::Warning,
        ),
        ConnectError::TimedOut => (
            "The room's relay does not answer in time.".to_owned(),
            "Is the host's computer awake and on the network?",
            Tone::Warning,
        ),
        ConnectError::Unavailable => {
            ("The room's relay takes nobody now.".to_owned(), "Wait a moment.", Tone::Warning)
        }
        _ => (
            "The connection to the room's relay broke while it was being made.".to_owned(),
            "Is this computer still on the network? Then the relay may be too busy: wait a moment.",
            Tone::Warning,
        ),
    }
}

/// Why a sealed room is over, the next step, and how that is meant.
pub fn sealed_closed(reason: &CloseReason, hosted: bool) -> (String, &'static str, Tone) {
    let warning = |text: &str, next| (text.to_owned(), next, Tone::Warning);
    let new_link = "Ask somebody in the room for a new link.";
    match reason {
        CloseReason::Left if hosted => warning("You closed this room.", ""),
        CloseReason::Left => warning("You left this room.", ""),
        CloseReason::CannotListen(fault) => (listen_fault(*fault), "", Tone::Warning),
        CloseReason::NoRandomness => warning(super::NO_RANDOMNESS, ""),
        CloseReason::NoRelay(why) => {
            (format!("The room could not be opened: {why}."), "Try another port.", Tone::Warning)
        }
        CloseReason::NotTrusted(error) => trouble(error),
        CloseReason::WrongKey => warning(
            "This key does not open the room.",
            "Compare it with the window of the person who gave it to you.",
        ),
        CloseReason::Refused(code) => match code {
            Code::NoDoor => warning(
                "This key opens nothing there: it is wrong, or it was replaced.",
                "Compare it with the host's window, or ask for a new one.",
            ),
            Code::DoorExpired => warning(KEY_EXPIRED, new_link),
            Code::DoorUsedUp => warning(KEY_USED_UP, new_link),
            Code::NoRoom => warning(
                "There is no such room there: it ended, or the key is another room's.",
                "Compare key and address with the host's window.",
            ),
            other => (format!("You were not let in: {}.", refusal(*other)), "Try again later.", Tone::Warning),
        },
        CloseReason::InviteExpired => warning("This link can no longer be used: its time is over.", new_link),
        CloseReason::NotFoundNearby => warning(
            "No room with this key was found on this network.",
            "Is the host's window open, on the same Wi-Fi? Or use the whole link, or the address too.",
        ),
        CloseReason::NoBlob => {
            warning("There is no way into this room by the key alone now.", "Try again, or ask somebody in the room.")
        }
        CloseReason::Declined => warning(
            "You asked to be let in, and were turned away, or nobody answered for a week.",
            "Ask somebody in the room, then try again.",
        ),
        CloseReason::InviterGone => (
            "Whoever made this link is not in the room: it may be false, or old. You did not come in.".to_owned(),
            new_link,
            Tone::Alarm,
        ),
        CloseReason::OtherRelay => (
            "This is not the relay that the people of the room use: somebody may stand in between. You did not come in."
                .to_owned(),
            "Ask for a whole link, in another way.",
            Tone::Alarm,
        ),
        CloseReason::CannotJoin => warning("The room changes too often to come in now.", "Try again."),
        CloseReason::NotJoined => {
            warning("The connection ended before you were in.", "Enter again with the same link or key.")
        }
        CloseReason::Removed => warning(
            "You were taken out of this room. What is said from now on is not for you.",
            "To come in again you need a new link from somebody in the room.",
        ),
        CloseReason::PassRefused => warning(
            "The room's relay does not let you in any more: you were taken out, or it keeps the room from you.",
            "Ask somebody in the room in another way.",
        ),
        CloseReason::Ended => warning(
            "This room ended: its relay no longer has it.",
            "What you have of it stays here until you delete it. To go on, open a new room.",
        ),
        CloseReason::Replaced => {
            warning("This room was opened in another window with the same profile.", "Go on there, or enter again here.")
        }
        CloseReason::Version => {
            warning("The room's relay is too old or too new for this Keyroom.", "Get the newest Keyroom on both sides.")
        }
        CloseReason::Alarm(alarm) => (super::alarm(*alarm, None), "", Tone::Alarm),
        CloseReason::Profile(why) => (
            format!("What belongs to this room could not be kept: {why}."),
            "Is the disk full? Start Keyroom again.",
            Tone::Alarm,
        ),
        _ => warning("This room is closed.", ""),
    }
}

/// What is wrong, loudly. `who` is the person who claims something, where that is the matter.
pub fn alarm(alarm: Alarm, who: Option<&str>) -> String {
    match alarm {
        Alarm::Forked => "The room's relay showed different people different things, and signed both. Nothing is sent here any more: tell the others in another way, and open a new room elsewhere.".to_owned(),
        Alarm::RolledBack => "The room's relay lost messages that it had confirmed, or takes them back. Nothing is sent here any more: tell the others in another way.".to_owned(),
        Alarm::LogKey => "The room's relay signs with another key than the link says: it is not the one that was meant. Nothing is sent here any more.".to_owned(),
        Alarm::Claim(_) => format!(
            "{} says that the relay showed something else than it showed here. One of them is not honest: compare in another way what was said.",
            who.unwrap_or(super::SOMEBODY)
        ),
        Alarm::Copied => "Somebody used this room as you: your profile was restored from a copy, or is used twice. Nothing is sent until you enter the room again.".to_owned(),
        Alarm::Unsure => "A change of the room's keys could not be followed here. Nothing is sent until that is resolved, or you enter the room again.".to_owned(),
        Alarm::Astray => "Somebody in this room led you to a place where only they are: what the others send cannot be opened here. Nothing is sent until you enter the room again.".to_owned(),
        Alarm::Missing(_) => "The room's relay leaves out a message, however often it is asked. Nothing after it can be read until it shows that one: if it does not, tell the others in another way.".to_owned(),
        Alarm::Faulty(_) => "The room's relay does not show the room as it must be, however often it is asked. Nothing more can be read until it does: if it does not, tell the others in another way.".to_owned(),
        other => format!("Something is wrong with this room: {other}"),
    }
}

/// A change of the room that was not made.
pub fn wish_refused(refusal: &WishRefusal) -> &'static str {
    match refusal {
        WishRefusal::NotAdmin => {
            "Only who looks after the room can do that: its host, or another admin. If its key was replaced, they can show you the new one."
        }
        WishRefusal::NoMember => "That person is not in the room any more.",
        WishRefusal::NoKnock => "That person does not ask any more.",
        WishRefusal::NotIn => "You are not in the room yet: its key can be shown then.",
        _ => "That was not done: the room's rules or its relay do not allow it now.",
    }
}

/// Why the relay refused something, as a part of a sentence.
pub fn refusal(code: Code) -> &'static str {
    match code {
        Code::RoomFull => "the room holds as much as it may",
        Code::Passes => "the room has as many people as it may",
        Code::Queue => "too many people want to come in at once",
        Code::DiskFull => "the relay's disk is full",
        Code::Store | Code::Damaged => "the relay's disk failed",
        Code::Rate => "too much in too short a time",
        Code::Busy | Code::Requests => "the relay does as much as it can",
        Code::Shutdown => "it is shutting down",
        Code::Silent => "it was silent for too long",
        Code::Replaced => "the room is open in another window",
        Code::NoPass => "you are no longer in the room",
        Code::NoDoor | Code::DoorExpired | Code::DoorUsedUp => KEY_OPENS_NOTHING,
        Code::NoRoom => "there is no such room any more",
        Code::Closed | Code::Rooms => "no more rooms can be opened there",
        Code::Binding | Code::Signature => "somebody may stand in between",
        Code::Version => "it is too old or too new",
        _ => "it did not take it",
    }
}
