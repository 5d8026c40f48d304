//! Words of a room: its state, its people, its key, its composer.

use keyroom_client::{CloseReason, LostReason, SendRefusal};
use keyroom_types::{Address, limits, text};

use super::{bytes, count, grouped};
use crate::screen::{AlarmAction, StateAction};

/// People: heading.
pub const PEOPLE: &str = "People";
/// People: you.
pub const YOU: &str = "you";
/// People: the host.
pub const HOST: &str = "host";
/// People: a guest.
pub const GUEST: &str = "guest";
/// People: somebody who is here.
pub const HERE: &str = "here";
/// People: somebody who left.
pub const LEFT: &str = "left";
/// People: what a guest cannot know.
pub const PEOPLE_GUEST_NOTE: &str =
    "What others say comes to you through the host. A room of this kind cannot show who else is here.";
/// People: what a host sees.
pub const PEOPLE_HOST_NOTE: &str = "A room of this kind sends no names. You can rename guests for yourself.";
/// People: the field for a new name.
pub const NEW_NAME: &str = "New name";
/// People: what a new name does.
pub const NEW_NAME_HINT: &str = "Only you see this name.";
/// State in a word.
pub const OPEN: &str = "open";
/// State in a word.
pub const CONNECTED: &str = "connected";
/// State in a word.
pub const CONNECTING: &str = "connecting";
/// State in a word.
pub const RECONNECTING: &str = "reconnecting";
/// State in a word.
pub const NOT_CONNECTED: &str = "not connected";
/// State in a word: a room of the profile.
pub const NOT_OPEN: &str = "not open";
/// State in a word: a room of the profile that this computer hosts.
pub const NOT_OPEN_HERE: &str = "hosted here, not open";
/// A room of the profile that has no name yet.
pub const ROOM_ASKED_FOR: &str = "Room that you asked to enter";
/// Stands where a message was.
pub const WITHDRAWN: &str = "message withdrawn";
/// State in a word.
pub const CLOSED: &str = "closed";
/// What the list of rooms says of a room in which nothing was said.
pub const NOTHING_YET: &str = "nothing said yet";
/// The author of an own message, in the list of rooms.
pub const YOU_SAID: &str = "you";
/// A room that cannot be read.
pub const HISTORY_FAILED: &str =
    "What was said here cannot be read right now. Leave the room and come in again.";
/// An empty timeline of a hosted room.
pub const EMPTY_HOST: &str = "The room is open. Show its key to the people you want here.";
/// An empty timeline of a joined room.
pub const EMPTY_GUEST: &str = "You are in. What is said from now on stands here.";
/// A key that opens nothing.
pub const WRONG_KEY: &str = "Messages arrive that this key does not open. Check the key with the host.";
/// Its button.
pub const WRONG_KEY_BUTTON: &str = "Enter the key again";
/// The button of a room that can only go on when it is entered again.
pub const ENTER_AGAIN: &str = "Enter again";
/// The button over the timeline, without news.
pub const TO_NEWEST: &str = "To the newest ↓";
/// Leaving.
pub const LEAVE: &str = "Leave the room";
/// Leaving as a host.
pub const CLOSE_ROOM: &str = "Close the room";
/// Closing a room that the profile keeps.
pub const CLOSE_FOR_NOW: &str = "Close for now";
/// Leaving a room, and nothing of it stays.
pub const LEAVE_FOR_GOOD: &str = "Leave for good";
/// Deleting what is kept of a room.
pub const DELETE: &str = "Delete it here";
/// Taking a closed room off the list.
pub const REMOVE: &str = "Take off the list";
/// What the key gives away.
pub const KEY_WARNING: &str = "Who has this key can read everything that was ever sent in this room. Show it only to people you want here.";
/// What closing does.
pub const CLOSING_ENDS: &str = "The room lives in this window: when you close it, it ends for everybody.";
/// How others find the room.
pub const FOUND_NEARBY: &str = "People nearby see the room in their window. They still need the key.";
/// How others find a room that is not shown.
pub const NOT_FOUND_NEARBY: &str =
    "The room is not shown to people nearby: give them the address too, or the link.";
/// Copied.
pub const COPIED_KEY: &str = "Key copied. It is taken off the clipboard after 60 seconds.";
/// Copied.
pub const COPIED_LINK: &str =
    "Link copied, with the key in it. It is taken off the clipboard after 60 seconds.";
/// Copied.
pub const COPIED_ADDRESS: &str = "Address copied.";
/// An address of this computer alone.
pub const FOR_THIS_COMPUTER: &str = "for programs on this computer";
/// An address of a private network.
pub const FOR_THIS_NETWORK: &str = "for computers on the same Wi-Fi or cable";
/// An address that only neighbours of one cable or Wi-Fi can use.
pub const FOR_NEIGHBOURS: &str = "for computers on the same Wi-Fi or cable, where the others do not work";
/// An address on the internet, or a name.
pub const FOR_ELSEWHERE: &str = "for computers elsewhere too, where no firewall is in the way";
/// Under a large code.
pub const SCAN_LARGE: &str = "Scan it with a phone or with the camera of another computer.";
/// The button that makes the code large.
pub const SHOW_LARGE: &str = "Show it large";
/// Heading over the link.
pub const LINK_HEADING: &str = "Link";

/// What a network is called: the way there, as the system names it, in words where that is known.
pub fn network(interface: &str) -> String {
    let name = text::one_line(interface);
    let begins = |beginnings: &[&str]| beginnings.iter().any(|beginning| name.starts_with(beginning));
    let lower = name.to_lowercase();
    if begins(&["wl", "ath"]) || lower.contains("wi-fi") || lower.contains("wireless") {
        format!("Wi-Fi, {name}")
    } else if begins(&["tun", "tap", "wg", "tailscale", "zt", "ppp"]) || lower.contains("vpn") {
        format!("private network (VPN), {name}")
    } else if begins(&["docker", "br-", "veth", "virbr", "vmnet", "vboxnet"]) {
        format!("programs in containers, {name}")
    } else if begins(&["en", "eth", "Ethernet"]) {
        format!("cable, {name}")
    } else {
        name.into_owned()
    }
}

/// The composer of a room that is over.
pub const ROOM_OVER: &str = "This room is closed.";

impl StateAction {
    /// The button's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::TryNow => "Try now",
            Self::EnterAgain => "Change address or key",
            Self::OpenAgain => "Open again",
            Self::Remove => REMOVE,
        }
    }
}

impl AlarmAction {
    /// The button's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::AskAgain => "Ask the relay again",
            Self::NewRoom => "Open a new room",
            Self::LeaveForGood => LEAVE_FOR_GOOD,
        }
    }
}

/// Title of the key sheet.
pub fn invite_to(room: &str) -> String {
    format!("Invite people to {room}")
}

/// The composer's placeholder.
pub fn message_to(room: &str) -> String {
    format!("Message to {room}")
}

/// The header's chip of a host: `3 people · open`.
pub fn people_here(people: u64, state: &str) -> String {
    format!("{} · {state}", count(people, "person", "people"))
}

/// Another port had to do.
pub fn port_taken(asked: u16, got: u16) -> String {
    format!("Port {asked} was taken by another program, so the room is at port {got}.")
}

/// An address, safe to show.
pub fn place(address: &Address) -> String {
    text::one_line(&address.to_string()).into_owned()
}

/// Before the first try.
pub fn connecting_to(place: &str) -> String {
    format!("Connecting to {place} …")
}

/// Trying to reach the host.
pub fn connecting(address: &Address, attempt: u32) -> String {
    let place = place(address);
    if attempt <= 1 {
        format!("Connecting to {place} …")
    } else {
        format!("Connecting to {place}, try {attempt} …")
    }
}

/// Why there is no connection. `place` is the address, safe to show.
pub fn lost(reason: LostReason, place: &str) -> String {
    match reason {
        LostReason::Refused => format!("No room is open at {place}."),
        LostReason::TimedOut => format!("Nothing answers at {place}."),
        LostReason::UnknownName => format!("The name in {place} is not known on this network."),
        LostReason::Unreachable => format!("{place} cannot be reached from this network."),
        LostReason::Closed => "The host closed the connection.".to_owned(),
        LostReason::Broken => "The connection broke.".to_owned(),
        LostReason::NotARoom => format!("What answers at {place} is not a room."),
        _ => "The connection is gone.".to_owned(),
    }
}

/// What to do about that. `before` tells whether the connection was there once.
pub fn lost_next(reason: LostReason, before: bool) -> &'static str {
    match reason {
        LostReason::Refused | LostReason::Closed if before => {
            "The host may have closed the room. Ask the host to open it again."
        }
        LostReason::Refused => "Is the host's window open? Compare the address with the one it shows.",
        LostReason::TimedOut => {
            "Compare the address with the host's window. Are both computers on the same Wi-Fi? A firewall may be in the way."
        }
        LostReason::UnknownName => "Compare the name with the host's window, or use the address in numbers.",
        LostReason::Unreachable => "Are both computers on the same Wi-Fi? Is this computer online?",
        LostReason::NotARoom => "Compare the address and the number behind the colon with the host's window.",
        LostReason::Closed => "The room may be full or closed. Ask the host.",
        _ => "Is this computer still on the network?",
    }
}

/// When the next try is.
pub fn retry_in(seconds: u64) -> String {
    match seconds {
        0 => "Trying again now.".to_owned(),
        _ => format!("Trying again in {} s.", grouped(seconds)),
    }
}

/// Why a room is over.
pub fn closed(reason: &CloseReason, hosted: bool) -> String {
    match reason {
        CloseReason::Left if hosted => "You closed this room.".to_owned(),
        CloseReason::Left => "You left this room.".to_owned(),
        CloseReason::CannotListen(fault) => super::listen_fault(*fault),
        CloseReason::NoRandomness => super::NO_RANDOMNESS.to_owned(),
        _ => "This room is closed.".to_owned(),
    }
}

/// `2 left`.
pub fn left(people: usize) -> String {
    format!("{} left", grouped(people as u64))
}

/// The button over the timeline.
pub fn new_messages(unread: u64) -> String {
    format!("{} ↓", count(unread, "new message", "new messages"))
}

/// A text that the simplest programs cannot read.
pub fn long_for_simple() -> String {
    format!(
        "Programs that read {} characters at once cannot read this. Keyroom can.",
        grouped(limits::SIMPLE_PEER_CHARS as u64)
    )
}

/// A text that no simple program can read.
pub fn long_for_common() -> String {
    format!(
        "Programs that read {} characters at once, or fewer, cannot read this. Keyroom can.",
        grouped(limits::COMMON_PEER_CHARS as u64)
    )
}

/// The button that sends a long text in parts.
pub const IN_PARTS: &str = "Send in parts";

/// A text that the composer does not take.
pub fn too_long_to_write(len: usize) -> String {
    format!(
        "This text has {}, and one message holds at most {}. It was not put in: cut it into smaller pieces.",
        bytes(len),
        bytes(limits::FERNET_TEXT_BYTES)
    )
}

/// Why a text was not taken for sending.
pub fn send_refused(refusal: SendRefusal) -> String {
    match refusal {
        SendRefusal::Empty => "There is nothing to send yet.".to_owned(),
        SendRefusal::TooLong { bytes: len, limit } => {
            format!(
                "This text has {}, and one message holds at most {}. Make it shorter.",
                bytes(len),
                bytes(limit)
            )
        }
        SendRefusal::TooMany { waiting } => format!(
            "{} are still waiting to be sent. Wait until they are through, then send again.",
            count(waiting as u64, "message", "messages")
        ),
        _ => "This room is closed: nothing can be sent in it.".to_owned(),
    }
}

/// The question before a hosted room is closed.
pub fn close_question(room: &str, others: u64, sealed: bool, kept: bool) -> (String, String) {
    let guests = others;
    let who = match guests {
        0 => "Nobody else is in it now.".to_owned(),
        _ if sealed => format!("{} can no longer write here.", count(guests, "other", "others")),
        _ => format!("{} will be disconnected.", count(guests, "guest", "guests")),
    };
    if kept {
        return (
            format!("Close {room} for now?"),
            format!(
                "You host this room, so nobody can write in it while it is closed. It is kept here: one click opens it again. {who}"
            ),
        );
    }
    (
        format!("Close {room}?"),
        format!("You host this room, so it ends for everybody, and what was said in it is gone here. {who}"),
    )
}

/// The question before a room is left for good, or what is kept of it is deleted.
pub fn leave_for_good_question(room: &str, open: bool, hosted: bool) -> (String, String) {
    let gone = "What was said in it is deleted from this computer, and nothing brings it back.";
    match (open, hosted) {
        (false, _) => (format!("Delete {room} here?"), gone.to_owned()),
        (true, true) => (
            format!("Leave {room} for good?"),
            format!(
                "The others are told. You host this room: without this computer it ends for them, too. {gone}"
            ),
        ),
        (true, false) => (
            format!("Leave {room} for good?"),
            format!("The others are told, and you need a new link or key to come in again. {gone}"),
        ),
    }
}

/// The word for *yes, close Keyroom*.
pub const QUIT: &str = "Close Keyroom";
