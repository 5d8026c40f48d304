//! Words of a room: its state, its people, its key, its composer.

use keyroom_client::{CloseReason, LostReason, SendRefusal};
use keyroom_types::{Address, limits, text};

use super::{Word, bytes, count, grouped, pick, say};
use crate::screen::{AlarmAction, StateAction};

/// People: heading.
pub const PEOPLE: Word = Word::new("People", "Leute");
/// People: you.
pub const YOU: Word = Word::new("you", "du");
/// People: the host.
pub const HOST: Word = Word::new("host", "Host");
/// People: a guest.
pub const GUEST: Word = Word::new("guest", "Gast");
/// People: somebody who is here.
pub const HERE: Word = Word::new("here", "hier");
/// People: somebody who left.
pub const LEFT: Word = Word::new("left", "gegangen");
/// People: what a guest cannot know.
pub const PEOPLE_GUEST_NOTE: Word = Word::new(
    "What others say comes to you through the host. A room of this kind cannot show who else is here.",
    "Was andere sagen, kommt über den Host zu dir. Ein Raum dieser Art kann nicht zeigen, wer sonst noch da ist.",
);
/// People: what a host sees.
pub const PEOPLE_HOST_NOTE: Word = Word::new(
    "A room of this kind sends no names. You can rename guests for yourself.",
    "Ein Raum dieser Art überträgt keine Namen. Du kannst Gäste für dich umbenennen.",
);
/// People: the field for a new name.
pub const NEW_NAME: Word = Word::new("New name", "Neuer Name");
/// People: what a new name does.
pub const NEW_NAME_HINT: Word = Word::new("Only you see this name.", "Nur du siehst diesen Namen.");
/// State in a word.
pub const OPEN: Word = Word::new("open", "offen");
/// State in a word.
pub const CONNECTED: Word = Word::new("connected", "verbunden");
/// State in a word.
pub const CONNECTING: Word = Word::new("connecting", "verbindet");
/// State in a word.
pub const RECONNECTING: Word = Word::new("reconnecting", "verbindet wieder");
/// State in a word.
pub const NOT_CONNECTED: Word = Word::new("not connected", "nicht verbunden");
/// State in a word: a room of the profile.
pub const NOT_OPEN: Word = Word::new("not open", "nicht offen");
/// State in a word: a room of the profile that this computer hosts.
pub const NOT_OPEN_HERE: Word = Word::new("hosted here, not open", "von hier aus, nicht offen");
/// A room of the profile that has no name yet.
pub const ROOM_ASKED_FOR: Word =
    Word::new("Room that you asked to enter", "Raum, in den du eintreten wolltest");
/// Stands where a message was.
pub const WITHDRAWN: Word = Word::new("message withdrawn", "Nachricht zurückgezogen");
/// State in a word.
pub const CLOSED: Word = Word::new("closed", "geschlossen");
/// What the list of rooms says of a room in which nothing was said.
pub const NOTHING_YET: Word = Word::new("nothing said yet", "noch nichts gesagt");
/// The author of an own message, in the list of rooms.
pub const YOU_SAID: Word = Word::new("you", "du");
/// A room that cannot be read.
pub const HISTORY_FAILED: Word = Word::new(
    "What was said here cannot be read right now. Leave the room and come in again.",
    "Was hier gesagt wurde, lässt sich gerade nicht lesen. Verlass den Raum und tritt wieder ein.",
);
/// An empty timeline of a hosted room.
pub const EMPTY_HOST: Word = Word::new(
    "The room is open. Show its key to the people you want here.",
    "Der Raum ist offen. Zeig seinen Schlüssel denen, die du hier haben willst.",
);
/// An empty timeline of a joined room.
pub const EMPTY_GUEST: Word = Word::new(
    "You are in. What is said from now on stands here.",
    "Du bist drin. Was von jetzt an gesagt wird, steht hier.",
);
/// A key that opens nothing.
pub const WRONG_KEY: Word = Word::new(
    "Messages arrive that this key does not open. Check the key with the host.",
    "Es kommen Nachrichten an, die dieser Schlüssel nicht öffnet. Vergleich den Schlüssel mit dem im Fenster des Hosts.",
);
/// Its button.
pub const WRONG_KEY_BUTTON: Word = Word::new("Enter the key again", "Schlüssel neu eingeben");
/// The button of a room that can only go on when it is entered again.
pub const ENTER_AGAIN: Word = Word::new("Enter again", "Wieder eintreten");
/// The button over the timeline, without news.
pub const TO_NEWEST: Word = Word::new("To the newest ↓", "Zum Neuesten ↓");
/// Leaving.
pub const LEAVE: Word = Word::new("Leave the room", "Raum verlassen");
/// Leaving as a host.
pub const CLOSE_ROOM: Word = Word::new("Close the room", "Raum schließen");
/// Closing a room that the profile keeps.
pub const CLOSE_FOR_NOW: Word = Word::new("Close for now", "Vorerst schließen");
/// Leaving a room, and nothing of it stays.
pub const LEAVE_FOR_GOOD: Word = Word::new("Leave for good", "Für immer verlassen");
/// Deleting what is kept of a room.
pub const DELETE: Word = Word::new("Delete it here", "Hier löschen");
/// Taking a closed room off the list.
pub const REMOVE: Word = Word::new("Take off the list", "Nicht mehr zeigen");
/// What the key gives away.
pub const KEY_WARNING: Word = Word::new(
    "Who has this key can read everything that was ever sent in this room. Show it only to people you want here.",
    "Wer diesen Schlüssel hat, kann alles lesen, was je in diesem Raum gesendet wurde. Zeig ihn nur denen, die du hier haben willst.",
);
/// What closing does.
pub const CLOSING_ENDS: Word = Word::new(
    "The room lives in this window: when you close it, it ends for everybody.",
    "Der Raum lebt in diesem Fenster: Wenn du es schließt, endet er für alle.",
);
/// What closing does to a room that is kept.
pub const CLOSING_PAUSES: Word = Word::new(
    "The room is open as long as this window: when you close it, nobody can write until you open it again.",
    "Der Raum ist so lange offen wie dieses Fenster: Wenn du es schließt, kann niemand schreiben, bis du ihn wieder öffnest.",
);
/// How others find the room.
pub const FOUND_NEARBY: Word = Word::new(
    "People nearby see the room in their window. They still need the key.",
    "Wer in der Nähe ist, sieht den Raum in seinem Fenster. Den Schlüssel braucht man trotzdem.",
);
/// How others find a room that is not shown.
pub const NOT_FOUND_NEARBY: Word = Word::new(
    "The room is not shown to people nearby: give them the address too, or the link.",
    "Der Raum wird in der Nähe nicht gezeigt: Gib auch die Adresse weiter, oder den Link.",
);
/// Copied.
pub const COPIED_KEY: Word = Word::new(
    "Key copied. It is taken off the clipboard after 60 seconds.",
    "Schlüssel kopiert. Nach 60 Sekunden wird er aus der Zwischenablage genommen.",
);
/// Copied.
pub const COPIED_LINK: Word = Word::new(
    "Link copied, with the key in it. It is taken off the clipboard after 60 seconds.",
    "Link kopiert, mit dem Schlüssel darin. Nach 60 Sekunden wird er aus der Zwischenablage genommen.",
);
/// Copied.
pub const COPIED_ADDRESS: Word = Word::new("Address copied.", "Adresse kopiert.");
/// An address of this computer alone.
pub const FOR_THIS_COMPUTER: Word =
    Word::new("for programs on this computer", "für Programme auf diesem Computer");
/// An address of a private network.
pub const FOR_THIS_NETWORK: Word =
    Word::new("for computers on the same Wi-Fi or cable", "für Computer im selben WLAN oder am selben Kabel");
/// An address that only neighbours of one cable or Wi-Fi can use.
pub const FOR_NEIGHBOURS: Word = Word::new(
    "for computers on the same Wi-Fi or cable, where the others do not work",
    "für Computer im selben WLAN oder am selben Kabel, wo die anderen nicht gehen",
);
/// An address on the internet, or a name.
pub const FOR_ELSEWHERE: Word = Word::new(
    "for computers elsewhere too, where no firewall is in the way",
    "auch für Computer anderswo, wo keine Firewall im Weg ist",
);
/// Under a large code.
pub const SCAN_LARGE: Word = Word::new(
    "Scan it with a phone or with the camera of another computer.",
    "Scann ihn mit einem Telefon oder mit der Kamera eines anderen Computers.",
);
/// The button that makes the code large.
pub const SHOW_LARGE: Word = Word::new("Show it large", "Groß zeigen");
/// Heading over the link.
pub const LINK_HEADING: Word = Word::new("Link", "Link");

/// What a network is called: the way there, as the system names it, in words where that is known.
pub fn network(interface: &str) -> String {
    let name = text::one_line(interface);
    let begins = |beginnings: &[&str]| beginnings.iter().any(|beginning| name.starts_with(beginning));
    let lower = name.to_lowercase();
    if begins(&["wl", "ath"]) || lower.contains("wi-fi") || lower.contains("wireless") {
        say!("Wi-Fi, {name}", "WLAN, {name}")
    } else if begins(&["tun", "tap", "wg", "tailscale", "zt", "ppp"]) || lower.contains("vpn") {
        say!("private network (VPN), {name}", "privates Netz (VPN), {name}")
    } else if begins(&["docker", "br-", "veth", "virbr", "vmnet", "vboxnet"]) {
        say!("programs in containers, {name}", "Programme in Containern, {name}")
    } else if begins(&["en", "eth", "Ethernet"]) {
        say!("cable, {name}", "Kabel, {name}")
    } else {
        name.into_owned()
    }
}

/// The composer of a room that is over.
pub const ROOM_OVER: Word = Word::new("This room is closed.", "Dieser Raum ist geschlossen.");

impl StateAction {
    /// The button's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::TryNow => pick!("Try now", "Jetzt versuchen"),
            Self::EnterAgain => pick!("Change address or key", "Angaben ändern"),
            Self::OpenAgain => pick!("Open again", "Wieder öffnen"),
            Self::Remove => REMOVE.text(),
        }
    }
}

impl AlarmAction {
    /// The button's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::AskAgain => pick!("Ask the relay again", "Relay fragen"),
            Self::NewRoom => pick!("Open a new room", "Neuer Raum"),
            Self::LeaveForGood => LEAVE_FOR_GOOD.text(),
        }
    }
}

/// Title of the key sheet.
pub fn invite_to(room: &str) -> String {
    say!("Invite people to {room}", "In {room} einladen")
}

/// The composer's placeholder.
pub fn message_to(room: &str) -> String {
    say!("Message to {room}", "Nachricht an {room}")
}

/// The header's chip of a host: `3 people · open`.
pub fn people_here(people: u64, state: &str) -> String {
    format!("{} · {state}", count(people, pick!("person", "Person"), pick!("people", "Personen")))
}

/// Another port had to do.
pub fn port_taken(asked: u16, got: u16) -> String {
    say!(
        "Port {asked} was taken by another program, so the room is at port {got}.",
        "Port {asked} war von einem anderen Programm belegt, darum ist der Raum an Port {got}."
    )
}

/// An address, safe to show.
pub fn place(address: &Address) -> String {
    text::one_line(&address.to_string()).into_owned()
}

/// Before the first try.
pub fn connecting_to(place: &str) -> String {
    say!("Connecting to {place} …", "Verbinde mit {place} …")
}

/// Trying to reach the host.
pub fn connecting(address: &Address, attempt: u32) -> String {
    let place = place(address);
    if attempt <= 1 {
        say!("Connecting to {place} …", "Verbinde mit {place} …")
    } else {
        say!("Connecting to {place}, try {attempt} …", "Verbinde mit {place}, Versuch {attempt} …")
    }
}

/// Why there is no connection. `place` is the address, safe to show.
pub fn lost(reason: LostReason, place: &str) -> String {
    match reason {
        LostReason::Refused => say!("No room is open at {place}.", "Bei {place} ist kein Raum offen."),
        LostReason::TimedOut => say!("Nothing answers at {place}.", "Bei {place} antwortet nichts."),
        LostReason::UnknownName => say!(
            "The name in {place} is not known on this network.",
            "Der Name in {place} ist in diesem Netz nicht bekannt."
        ),
        LostReason::Unreachable => say!(
            "{place} cannot be reached from this network.",
            "{place} ist von diesem Netz aus nicht zu erreichen."
        ),
        LostReason::Closed => {
            say!("The host closed the connection.", "Der Host hat die Verbindung geschlossen.")
        }
        LostReason::Broken => say!("The connection broke.", "Die Verbindung ist abgerissen."),
        LostReason::NotARoom => {
            say!("What answers at {place} is not a room.", "Was bei {place} antwortet, ist kein Raum.")
        }
        _ => say!("The connection is gone.", "Die Verbindung ist weg."),
    }
}

/// What to do about that. `before` tells whether the connection was there once.
pub fn lost_next(reason: LostReason, before: bool) -> &'static str {
    match reason {
        LostReason::Refused | LostReason::Closed if before => {
            pick!(
                "The host may have closed the room. Ask the host to open it again.",
                "Vielleicht wurde der Raum geschlossen. Bitte darum, ihn wieder zu öffnen."
            )
        }
        LostReason::Refused => pick!(
            "Is the host's window open? Compare the address with the one it shows.",
            "Ist das Fenster des Hosts offen? Vergleich die Adresse mit der, die dort steht."
        ),
        LostReason::TimedOut => {
            pick!(
                "Compare the address with the host's window. Are both computers on the same Wi-Fi? A firewall may be in the way.",
                "Vergleich die Adresse mit dem Fenster des Hosts. Sind beide Computer im selben WLAN? Vielleicht ist eine Firewall im Weg."
            )
        }
        LostReason::UnknownName => pick!(
            "Compare the name with the host's window, or use the address in numbers.",
            "Vergleich den Namen mit dem Fenster des Hosts, oder nimm die Adresse in Zahlen."
        ),
        LostReason::Unreachable => pick!(
            "Are both computers on the same Wi-Fi? Is this computer online?",
            "Sind beide Computer im selben WLAN? Ist dieser Computer online?"
        ),
        LostReason::NotARoom => pick!(
            "Compare the address and the number behind the colon with the host's window.",
            "Vergleich die Adresse und die Zahl hinter dem Doppelpunkt mit dem Fenster des Hosts."
        ),
        LostReason::Closed => pick!(
            "The room may be full or closed. Ask the host.",
            "Vielleicht ist der Raum voll oder geschlossen. Frag, wer ihn eröffnet hat."
        ),
        _ => pick!("Is this computer still on the network?", "Ist dieser Computer noch im Netz?"),
    }
}

/// When the next try is.
pub fn retry_in(seconds: u64) -> String {
    match seconds {
        0 => say!("Trying again now.", "Neuer Versuch jetzt."),
        _ => say!("Trying again in {} s.", "Neuer Versuch in {} s.", grouped(seconds)),
    }
}

/// Why a room is over.
pub fn closed(reason: &CloseReason, hosted: bool) -> String {
    match reason {
        CloseReason::Left if hosted => {
            say!("You closed this room.", "Du hast diesen Raum geschlossen.")
        }
        CloseReason::Left => say!("You left this room.", "Du hast diesen Raum verlassen."),
        CloseReason::CannotListen(fault) => super::listen_fault(*fault),
        CloseReason::NoRandomness => super::NO_RANDOMNESS.to_owned(),
        _ => say!("This room is closed.", "Dieser Raum ist geschlossen."),
    }
}

/// `2 left`.
pub fn left(people: usize) -> String {
    say!("{} left", "{} gegangen", grouped(people as u64))
}

/// The button over the timeline.
pub fn new_messages(unread: u64) -> String {
    format!(
        "{} ↓",
        count(unread, pick!("new message", "neue Nachricht"), pick!("new messages", "neue Nachrichten"))
    )
}

/// A text that the simplest programs cannot read.
pub fn long_for_simple() -> String {
    say!(
        "Programs that read {} characters at once cannot read this. Keyroom can.",
        "Programme, die {} Zeichen auf einmal lesen, können das nicht lesen. Keyroom kann es.",
        grouped(limits::SIMPLE_PEER_CHARS as u64)
    )
}

/// A text that no simple program can read.
pub fn long_for_common() -> String {
    say!(
        "Programs that read {} characters at once, or fewer, cannot read this. Keyroom can.",
        "Programme, die höchstens {} Zeichen auf einmal lesen, können das nicht lesen. Keyroom kann es.",
        grouped(limits::COMMON_PEER_CHARS as u64)
    )
}

/// The button that sends a long text in parts.
pub const IN_PARTS: Word = Word::new("Send in parts", "In Teilen senden");

/// A text that the composer does not take.
pub fn too_long_to_write(len: usize) -> String {
    say!(
        "This text has {}, and one message holds at most {}. It was not put in: cut it into smaller pieces.",
        "Dieser Text hat {}, und eine Nachricht fasst höchstens {}. Er wurde nicht eingefügt: Teil ihn in kleinere Stücke.",
        bytes(len),
        bytes(limits::FERNET_TEXT_BYTES)
    )
}

/// Why a text was not taken for sending.
pub fn send_refused(refusal: SendRefusal) -> String {
    match refusal {
        SendRefusal::Empty => {
            say!("There is nothing to send yet.", "Noch gibt es nichts zu senden.")
        }
        SendRefusal::TooLong { bytes: len, limit } => {
            say!(
                "This text has {}, and one message holds at most {}. Make it shorter.",
                "Dieser Text hat {}, und eine Nachricht fasst höchstens {}. Mach ihn kürzer.",
                bytes(len),
                bytes(limit)
            )
        }
        SendRefusal::TooMany { waiting } => {
            say!(
                "{} are still waiting to be sent. Wait until they are through, then send again.",
                "Es warten noch {} aufs Senden. Warte, bis sie durch sind, dann sende noch einmal.",
                count(waiting as u64, pick!("message", "Nachricht"), pick!("messages", "Nachrichten"))
            )
        }
        _ => say!(
            "This room is closed: nothing can be sent in it.",
            "Dieser Raum ist geschlossen: Hier lässt sich nichts senden."
        ),
    }
}

/// The question before a hosted room is closed.
pub fn close_question(room: &str, others: u64, sealed: bool, kept: bool) -> (String, String) {
    let guests = others;
    let who = match guests {
        0 => say!("Nobody else is in it now.", "Sonst ist gerade niemand darin."),
        _ if sealed => {
            say!(
                "{} can no longer write here.",
                "Für {} ist er dann zu.",
                count(guests, pick!("other", "andere Person"), pick!("others", "andere Personen"))
            )
        }
        _ => {
            say!(
                "{} will be disconnected.",
                "Die Verbindung zu {} endet.",
                count(guests, pick!("guest", "Gast"), pick!("guests", "Gästen"))
            )
        }
    };
    if kept {
        return (
            say!("Close {room} for now?", "{room} vorerst schließen?"),
            say!(
                "You host this room, so nobody can write in it while it is closed. It is kept here: one click opens it again. {who}",
                "Dieser Raum ist bei dir offen, darum kann niemand darin schreiben, solange er zu ist. Er bleibt hier erhalten: Ein Klick öffnet ihn wieder. {who}"
            ),
        );
    }
    (
        say!("Close {room}?", "{room} schließen?"),
        say!(
            "You host this room, so it ends for everybody, and what was said in it is gone here. {who}",
            "Dieser Raum ist bei dir offen, darum endet er für alle, und was darin gesagt wurde, ist hier weg. {who}"
        ),
    )
}

/// The question before a room is left for good, or what is kept of it is deleted.
pub fn leave_for_good_question(room: &str, open: bool, hosted: bool) -> (String, String) {
    let gone = pick!(
        "What was said in it is deleted from this computer, and nothing brings it back.",
        "Was darin gesagt wurde, wird von diesem Computer gelöscht, und nichts bringt es zurück."
    );
    match (open, hosted) {
        (false, _) => (say!("Delete {room} here?", "{room} hier löschen?"), gone.to_owned()),
        (true, true) => (
            say!("Leave {room} for good?", "{room} für immer verlassen?"),
            say!(
                "The others are told. You host this room: without this computer it ends for them, too. {gone}",
                "Die anderen erfahren es. Der Raum ist bei dir offen: Ohne diesen Computer endet er auch für sie. {gone}"
            ),
        ),
        (true, false) => (
            say!("Leave {room} for good?", "{room} für immer verlassen?"),
            say!(
                "The others are told, and you need a new link or key to come in again. {gone}",
                "Die anderen erfahren es, und du brauchst einen neuen Link oder Schlüssel, um wieder hereinzukommen. {gone}"
            ),
        ),
    }
}

/// The word for *yes, close Keyroom*.
pub const QUIT: Word = Word::new("Close Keyroom", "Keyroom schließen");
