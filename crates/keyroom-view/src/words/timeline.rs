//! Words of the timeline's rows.

use keyroom_client::{DropReason, LostReason, SendFailure};

use super::{bytes, count, grouped, refusal};

/// The line above the first unread message.
pub const NEW: &str = "New";
/// An own message on its way.
pub const SENDING: &str = "sending";
/// An own message that is on its way to the host or to one guest.
pub const SENT: &str = "sent ✓";
/// An own message that waits in a room that stands still.
pub const HELD: &str = "not sent yet";
/// An own message in a sealed room that the relay may have.
pub const ON_ITS_WAY: &str = "sent";
/// An own message in a sealed room: on the relay's disk and on this computer.
pub const STORED: &str = "stored ✓";
/// An own message in a sealed room that somebody else has.
pub const DELIVERED: &str = "delivered ✓✓";
/// Who wrote, where the room does not know any more.
pub const SOMEBODY: &str = "somebody";

/// An own message that went to several.
pub fn sent_to(people: usize) -> String {
    match people {
        0 => "sent to nobody".to_owned(),
        1 => SENT.to_owned(),
        _ => format!("sent to {} ✓", grouped(people as u64)),
    }
}

/// An own message that was not sent.
pub fn not_sent(failure: SendFailure) -> String {
    match failure {
        SendFailure::NobodyHere => "not sent: nobody else was here",
        SendFailure::ConnectionLost => "not sent: the connection was lost",
        SendFailure::Left => "not sent: you left the room",
        SendFailure::Relay(code) => return format!("not sent: {}", refusal(code)),
        _ => "not sent",
    }
    .to_owned()
}

/// Somebody came into a sealed room.
pub fn came_in_with_key(who: &str) -> String {
    format!("{who} came in with the key")
}

/// Somebody came into a sealed room again.
pub fn came_in_again(who: &str) -> String {
    format!("{who} came in again, on a device that had lost the room")
}

/// An admin let somebody in.
pub fn admitted(who: &str, by: &str) -> String {
    format!("{by} let {who} in")
}

/// An admin took somebody out.
pub fn removed(who: &str, by: &str) -> String {
    format!("{by} took {who} out of the room")
}

/// The room's rules were changed.
pub fn rules_changed(by: &str) -> String {
    format!("{by} changed the room's name, key or rules")
}

/// A change that was not valid.
pub fn skipped(by: Option<&str>) -> String {
    match by {
        Some(by) => {
            format!("{by} tried to change the room in a way that is not allowed. Nothing was changed.")
        }
        None => {
            "A change of the room that is not allowed came through its relay. Nothing was changed.".to_owned()
        }
    }
}

/// A message that could not be read.
pub fn unreadable(by: Option<&str>) -> String {
    match by {
        Some(by) => format!("A message from {by} could not be read and is not shown"),
        None => "A message could not be read and is not shown".to_owned(),
    }
}

/// A message whose time is over.
pub const EXPIRED: &str = "A message is gone: the relay no longer keeps it";

/// A change that could not be followed.
pub fn unsure(by: Option<&str>) -> String {
    format!("A change of the room's keys by {} could not be followed here", by.unwrap_or(SOMEBODY))
}

/// Somebody was heard.
pub fn confirmed(by: &str) -> String {
    format!("{by} was heard: the room has taken you in")
}

/// A line of a later version.
pub const UNKNOWN_LINE: &str = "Something happened that only a newer Keyroom can show";

/// A guest connected.
pub fn joined(who: &str) -> String {
    format!("{who} came in")
}

/// A guest closed the connection.
pub fn left_the_room(who: &str) -> String {
    format!("{who} left")
}

/// This computer disconnected a guest.
pub fn dropped(who: &str, why: DropReason) -> String {
    match why {
        DropReason::DoesNotRead => format!("{who} was disconnected: it does not take in what is sent to it"),
        DropReason::TooMuchRefused => {
            format!(
                "{who} was disconnected: too much of what it sent could not be opened. It may have another key."
            )
        }
        DropReason::TooLong => {
            format!("{who} was disconnected: it sent more in one piece than a message can be")
        }
        DropReason::RoomFull => format!("{who} was turned away: the room is full"),
        _ => format!("{who} was disconnected"),
    }
}

/// Messages that the key does not open.
pub fn not_opened(who: &str, times: u64) -> String {
    let what = count(times, "message", "messages");
    let them = if times == 1 { "it" } else { "them" };
    format!("{what} from {who} could not be opened: the room's key does not fit {them}")
}

/// Messages that opened to something other than text.
pub fn not_text(who: &str, times: u64) -> String {
    if times == 1 {
        format!("1 message from {who} is not text and is not shown")
    } else {
        format!("{} messages from {who} are not text and are not shown", grouped(times))
    }
}

/// Bytes that are no messages.
pub fn junk(who: &str, len: u64) -> String {
    let len = usize::try_from(len).unwrap_or(usize::MAX);
    format!("{who} sent {} that are no messages", bytes(len))
}

/// A message that came again.
pub fn repeated(who: &str, times: u64, of: Option<&str>) -> String {
    let what = match of {
        Some(time) => format!("The message of {time}"),
        None => "An earlier message".to_owned(),
    };
    let again = match times {
        1 => "again".to_owned(),
        _ => format!("again {} times", grouped(times)),
    };
    format!("{what} came {again} through {who}. It was seen before: somebody may be replaying it.")
}

/// The connection to the host was made.
pub const CONNECTED_LINE: &str = "Connected to the host";

/// The connection to the host was lost.
pub fn disconnected(reason: LostReason) -> String {
    match reason {
        LostReason::Closed => "The host closed the connection".to_owned(),
        LostReason::NotARoom => "Disconnected: what answers at this address is not a room".to_owned(),
        _ => "The connection to the host was lost".to_owned(),
    }
}

/// Marks of a letter that are not shown, as a visible sign.
pub fn more_marks(dropped: usize) -> String {
    format!("⟨+{dropped} marks⟩")
}
