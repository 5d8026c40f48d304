//! Words of the timeline's rows.

use keyroom_client::{DropReason, LostReason, SendFailure};

use super::{Word, bytes, grouped, pick, refusal, say};

/// The line above the first unread message.
pub const NEW: Word = Word::new("New", "Neu");
/// An own message on its way.
pub const SENDING: Word = Word::new("sending", "wird gesendet");
/// An own message that is on its way to the host or to one guest.
pub const SENT: Word = Word::new("sent ✓", "gesendet ✓");
/// An own message that waits in a room that stands still.
pub const HELD: Word = Word::new("not sent yet", "noch nicht gesendet");
/// An own message in a sealed room that the relay may have.
pub const ON_ITS_WAY: Word = Word::new("sent", "gesendet");
/// An own message in a sealed room: on the relay's disk and on this computer.
pub const STORED: Word = Word::new("stored ✓", "gespeichert ✓");
/// An own message in a sealed room that somebody else has.
pub const DELIVERED: Word = Word::new("delivered ✓✓", "zugestellt ✓✓");
/// Who wrote, where the room does not know any more.
pub const SOMEBODY: Word = Word::new("somebody", "jemand");

/// An own message that went to several.
pub fn sent_to(people: usize) -> String {
    match people {
        0 => say!("sent to nobody", "an niemanden gesendet"),
        1 => SENT.to_owned(),
        _ => say!("sent to {} ✓", "an {} gesendet ✓", grouped(people as u64)),
    }
}

/// An own message that was not sent.
pub fn not_sent(failure: SendFailure) -> String {
    match failure {
        SendFailure::NobodyHere => {
            pick!("not sent: nobody else was here", "nicht gesendet: sonst war niemand hier")
        }
        SendFailure::ConnectionLost => {
            pick!("not sent: the connection was lost", "nicht gesendet: die Verbindung ging verloren")
        }
        SendFailure::Left => {
            pick!("not sent: you left the room", "nicht gesendet: du hast den Raum verlassen")
        }
        SendFailure::Relay(code) => return say!("not sent: {}", "nicht gesendet: {}", refusal(code)),
        _ => pick!("not sent", "nicht gesendet"),
    }
    .to_owned()
}

/// Somebody came into a sealed room.
pub fn came_in_with_key(who: &str) -> String {
    say!("{who} came in with the key", "{who} kam mit dem Schlüssel herein")
}

/// Somebody came into a sealed room again.
pub fn came_in_again(who: &str) -> String {
    say!(
        "{who} came in again, on a device that had lost the room",
        "{who} kam wieder herein, auf einem Gerät, das den Raum verloren hatte"
    )
}

/// An admin let somebody in.
pub fn admitted(who: &str, by: &str) -> String {
    say!("{by} let {who} in", "{by} ließ {who} herein")
}

/// An admin took somebody out.
pub fn removed(who: &str, by: &str) -> String {
    say!("{by} took {who} out of the room", "{by} hat {who} aus dem Raum entfernt")
}

/// An admin took this person out.
pub fn removed_me(by: &str) -> String {
    say!("{by} took you out of the room", "{by} hat dich aus dem Raum entfernt")
}

/// The room's rules were changed.
pub fn rules_changed(by: &str) -> String {
    say!(
        "{by} changed the room's name, key or rules",
        "{by} hat Name, Schlüssel oder Regeln des Raums geändert"
    )
}

/// A change that was not valid.
pub fn skipped(by: Option<&str>) -> String {
    match by {
        Some(by) => {
            say!(
                "{by} tried to change the room in a way that is not allowed. Nothing was changed.",
                "{by} wollte den Raum auf eine Weise ändern, die nicht erlaubt ist. Nichts wurde geändert."
            )
        }
        None => say!(
            "A change of the room that is not allowed came through its relay. Nothing was changed.",
            "Über das Relay kam eine Änderung des Raums, die nicht erlaubt ist. Nichts wurde geändert."
        ),
    }
}

/// A message that could not be read.
pub fn unreadable(by: Option<&str>) -> String {
    match by {
        Some(by) => say!(
            "A message from {by} could not be read and is not shown",
            "Eine Nachricht von {by} ließ sich nicht lesen und wird nicht gezeigt"
        ),
        None => say!(
            "A message could not be read and is not shown",
            "Eine Nachricht ließ sich nicht lesen und wird nicht gezeigt"
        ),
    }
}

/// A message whose time is over.
pub const EXPIRED: Word = Word::new(
    "A message is gone: the relay no longer keeps it",
    "Eine Nachricht ist weg: Das Relay hebt sie nicht mehr auf",
);

/// A change that could not be followed.
pub fn unsure(by: Option<&str>) -> String {
    say!(
        "A change of the room's keys by {} could not be followed here",
        "Einem Wechsel der Schlüssel durch {} konnte hier nicht gefolgt werden",
        by.unwrap_or(SOMEBODY.text())
    )
}

/// Somebody was heard.
pub fn confirmed(by: &str) -> String {
    say!("{by} was heard: the room has taken you in", "{by} ist zu hören: Der Raum hat dich aufgenommen")
}

/// A line of a later version.
pub const UNKNOWN_LINE: Word = Word::new(
    "Something happened that only a newer Keyroom can show",
    "Etwas ist geschehen, das nur ein neueres Keyroom zeigen kann",
);

/// A guest connected.
pub fn joined(who: &str) -> String {
    say!("{who} came in", "{who} kam herein")
}

/// A guest closed the connection.
pub fn left_the_room(who: &str) -> String {
    say!("{who} left", "{who} ging")
}

/// This computer disconnected a guest.
pub fn dropped(who: &str, why: DropReason) -> String {
    match why {
        DropReason::DoesNotRead => say!(
            "{who} was disconnected: it does not take in what is sent to it",
            "{who} wurde getrennt: nimmt nicht an, was gesendet wird"
        ),
        DropReason::TooMuchRefused => {
            say!(
                "{who} was disconnected: too much of what it sent could not be opened. It may have another key.",
                "{who} wurde getrennt: Zu viel davon ließ sich nicht öffnen. Vielleicht gilt dort ein anderer Schlüssel."
            )
        }
        DropReason::TooLong => {
            say!(
                "{who} was disconnected: it sent more in one piece than a message can be",
                "{who} wurde getrennt: sandte mehr in einem Stück, als eine Nachricht sein kann"
            )
        }
        DropReason::RoomFull => {
            say!("{who} was turned away: the room is full", "{who} wurde abgewiesen: Der Raum ist voll")
        }
        _ => say!("{who} was disconnected", "{who} wurde getrennt"),
    }
}

/// Messages that the key does not open.
pub fn not_opened(who: &str, times: u64) -> String {
    if times == 1 {
        say!(
            "1 message from {who} could not be opened: the room's key does not fit it",
            "1 Nachricht von {who} ließ sich nicht öffnen: Der Schlüssel des Raums passt nicht dazu"
        )
    } else {
        say!(
            "{} messages from {who} could not be opened: the room's key does not fit them",
            "{} Nachrichten von {who} ließen sich nicht öffnen: Der Schlüssel des Raums passt nicht dazu",
            grouped(times)
        )
    }
}

/// Messages that opened to something other than text.
pub fn not_text(who: &str, times: u64) -> String {
    if times == 1 {
        say!(
            "1 message from {who} is not text and is not shown",
            "1 Nachricht von {who} ist kein Text und wird nicht gezeigt"
        )
    } else {
        say!(
            "{} messages from {who} are not text and are not shown",
            "{} Nachrichten von {who} sind kein Text und werden nicht gezeigt",
            grouped(times)
        )
    }
}

/// Bytes that are no messages.
pub fn junk(who: &str, len: u64) -> String {
    let len = usize::try_from(len).unwrap_or(usize::MAX);
    say!("{who} sent {} that are no messages", "{who} sandte {}, die keine Nachrichten sind", bytes(len))
}

/// A message that came again.
pub fn repeated(who: &str, times: u64, of: Option<&str>) -> String {
    let what = match of {
        Some(time) => say!("The message of {time}", "Die Nachricht von {time}"),
        None => say!("An earlier message", "Eine frühere Nachricht"),
    };
    let again = match times {
        1 => say!("again", "noch einmal"),
        _ => say!("again {} times", "noch {}-mal", grouped(times)),
    };
    say!(
        "{what} came {again} through {who}. It was seen before: somebody may be replaying it.",
        "{what} kam {again} über {who}. Sie war schon da: Vielleicht spielt sie jemand erneut ab."
    )
}

/// The connection to the host was made.
pub const CONNECTED_LINE: Word = Word::new("Connected to the host", "Mit dem Host verbunden");

/// The connection to the host was lost.
pub fn disconnected(reason: LostReason) -> String {
    match reason {
        LostReason::Closed => {
            say!("The host closed the connection", "Der Host hat die Verbindung geschlossen")
        }
        LostReason::NotARoom => say!(
            "Disconnected: what answers at this address is not a room",
            "Getrennt: Was an dieser Adresse antwortet, ist kein Raum"
        ),
        _ => say!("The connection to the host was lost", "Die Verbindung zum Host ging verloren"),
    }
}

/// Marks of a letter that are not shown, as a visible sign.
pub fn more_marks(dropped: usize) -> String {
    say!("⟨+{dropped} marks⟩", "⟨+{dropped} Zeichen⟩")
}
