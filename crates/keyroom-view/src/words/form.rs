//! Words of the forms: *Host a room*, *Join a room*, rooms nearby, names.

use keyroom_client::{DiscoveryFault, ListenFault};
use keyroom_types::{
    Address, AddressError, DEFAULT_PORT, InviteError, KeyError, Label, LabelError, PlaceError, text,
};

use super::{Word, bytes, grouped, pick, say};

/// Nearby: heading.
pub const NEARBY: Word = Word::new("Found on this network", "In diesem Netz gefunden");
/// Nearby: nothing yet.
pub const LOOKING: Word =
    Word::new("Looking for rooms on this network…", "Suche nach Räumen in diesem Netz…");
/// Nearby: second line.
pub const NEARBY_DETAIL: Word = Word::new("open now · needs its key", "offen · braucht Schlüssel");
/// Nearby: second line of a room that this computer hosts.
pub const NEARBY_OURS: Word = Word::new("open now · hosted by you", "offen · von dir eröffnet");
/// Nearby: button.
pub const ENTER_KEY: Word = Word::new("Enter key", "Eintreten");
/// Nearby: button of a room that this computer hosts.
pub const OPEN_OURS: Word = Word::new("Show", "Zeigen");
/// Host: the room's name.
pub const ROOM_NAME: Word = Word::new("Name of the room", "Name des Raums");
/// Host: prefilled name.
pub const ROOM_NAME_DEFAULT: Word = Word::new("My room", "Mein Raum");
/// Host: what the name is for.
pub const ROOM_NAME_HINT: Word = Word::new(
    "Only you see it: a room of this kind does not send names.",
    "Nur du siehst ihn: Ein Raum dieser Art überträgt keine Namen.",
);
/// Both forms: your name.
pub const YOUR_NAME: Word = Word::new("Your name", "Dein Name");
/// Both forms: prefilled where the system knows none.
pub const YOUR_NAME_DEFAULT: Word = Word::new("Me", "Ich");
/// Both forms: what it is for.
pub const YOUR_NAME_HINT: Word = Word::new(
    "Only for this window: others see you as a guest or as the host.",
    "Nur für dieses Fenster: Andere sehen dich als Gast oder als Host.",
);
/// Host: where.
pub const LISTEN: Word = Word::new("Who can come in", "Wer hereinkommen kann");
/// Host: first choice.
pub const THIS_NETWORK: (Word, Word) = (
    Word::new("This network", "Dieses Netz"),
    Word::new(
        "Computers on the same Wi-Fi or cable can come in with the key.",
        "Computer im selben WLAN oder am selben Kabel kommen mit dem Schlüssel herein.",
    ),
);
/// Host: second choice.
pub const THIS_COMPUTER: (Word, Word) = (
    Word::new("This computer only", "Nur dieser Computer"),
    Word::new(
        "Only programs on this computer can come in.",
        "Nur Programme auf diesem Computer kommen herein.",
    ),
);
/// Host: the fold with what few people need.
pub const MORE_OPTIONS: Word = Word::new("More options", "Weitere Optionen");
/// Host: what becomes of the room.
pub const KEEP_ROOM: Word = Word::new("When you close the room", "Wenn du den Raum schließt");
/// Host: first choice.
pub const ON_DISK: (Word, Word) = (
    Word::new("Keep it here", "Hier behalten"),
    Word::new(
        "Encrypted on this computer. One click opens it again, and who was away reads what was said.",
        "Verschlüsselt auf diesem Computer. Ein Klick öffnet ihn wieder, und wer weg war, liest, was gesagt wurde.",
    ),
);
/// Host: second choice.
pub const IN_MEMORY: (Word, Word) = (
    Word::new("In memory only", "Nur im Arbeitsspeicher"),
    Word::new(
        "The room ends for everybody, and what was said in it is deleted here.",
        "Der Raum endet für alle, und was darin gesagt wurde, wird hier gelöscht.",
    ),
);
/// Host: where it will be.
pub const WILL_BE_AT: Word =
    Word::new("This computer can be reached at", "Dieser Computer ist zu erreichen unter");
/// Host: no network.
pub const NO_NETWORK: Word = Word::new(
    "This computer is on no network now: only programs on it could come in.",
    "Dieser Computer ist gerade in keinem Netz: Nur Programme auf ihm könnten hereinkommen.",
);
/// Host: the port.
pub const PORT: Word = Word::new("Port", "Port");
/// Host: what an empty port means.
pub const PORT_HINT: Word = Word::new(
    "Leave it empty if you do not need a certain one.",
    "Lass das Feld leer, wenn du keinen bestimmten brauchst.",
);
/// Host: a low port.
pub const PORT_LOW: Word = Word::new(
    "Numbers below 1,024 are often reserved by the system.",
    "Nummern unter 1.024 hält das System oft für sich frei.",
);
/// Host: not a port.
pub const PORT_ERROR: Word = Word::new(
    "A port is a whole number from 1 to 65,535. Leave it empty to take any.",
    "Ein Port ist eine ganze Zahl von 1 bis 65.535. Lass das Feld leer, um irgendeinen zu nehmen.",
);
/// Host: the switch.
pub const ANNOUNCE: Word = Word::new("Show this room to people nearby", "Diesen Raum in der Nähe zeigen");
/// Host: the switch, on.
pub const ANNOUNCE_ON: Word = Word::new(
    "Others on this network see that a room is open here: no name, no key. They still need the key.",
    "Andere in diesem Netz sehen, dass hier ein Raum offen ist: keinen Namen, keinen Schlüssel. Den Schlüssel brauchen sie trotzdem.",
);
/// Host: the switch, off.
pub const ANNOUNCE_OFF: Word = Word::new(
    "Others need the address or the link as well as the key.",
    "Andere brauchen außer dem Schlüssel die Adresse oder den Link.",
);
/// Host: the switch, where it cannot be on.
pub const ANNOUNCE_LOOPBACK: Word = Word::new(
    "A room for this computer only is not shown to others.",
    "Ein Raum nur für diesen Computer wird anderen nicht gezeigt.",
);
/// Host: the switch, where looking and showing is turned off.
pub const ANNOUNCE_DISABLED: Word = Word::new(
    "Showing and finding rooms is turned off (--no-discovery).",
    "Räume zu zeigen und zu finden ist abgeschaltet (--no-discovery).",
);
/// Host: button.
pub const OPEN_ROOM: Word = Word::new("Open the room", "Raum eröffnen");
/// Host: button, meanwhile.
pub const OPENING: Word = Word::new("Opening the room…", "Raum wird eröffnet…");
/// Join: what to do.
pub const JOIN_LEAD: Word = Word::new(
    "The host's window shows both. A whole link can go into either field.",
    "Beides steht im Fenster, in dem der Raum eröffnet wurde. Ein ganzer Link passt in jedes der Felder.",
);
/// Join: where.
pub const ADDRESS: Word = Word::new("Address", "Adresse");
/// Join: an example.
pub const ADDRESS_PLACEHOLDER: &str = "192.168.1.23:9999";
/// Join: what the prefilled address is.
pub const ADDRESS_HERE: Word = Word::new(
    "This computer. For a room elsewhere, type the address that the host's window shows.",
    "Dieser Computer. Für einen Raum anderswo gib die Adresse ein, die im Fenster des Hosts steht.",
);
/// Join: what a good address is.
pub const ADDRESS_HINT: Word =
    Word::new("The address that the host's window shows.", "Die Adresse, die im Fenster des Hosts steht.");
/// Join: the key.
pub const KEY_FIELD: Word = Word::new("Key or link", "Schlüssel oder Link");
/// Join: an example.
pub const KEY_PLACEHOLDER: Word =
    Word::new("Paste it, or type the 44 characters", "Einfügen oder die 44 Zeichen tippen");
/// Join: what a key is.
pub const KEY_HINT: Word = Word::new(
    "44 characters. Spaces and line breaks do not matter.",
    "44 Zeichen. Leerzeichen und Zeilenumbrüche machen nichts.",
);
/// Join: a good key.
pub const KEY_COMPLETE: Word = Word::new("The key is complete.", "Der Schlüssel ist vollständig.");
/// Join: a link was read.
pub const LINK_READ: Word = Word::new(
    "Address and key were taken from the link.",
    "Adresse und Schlüssel wurden aus dem Link übernommen.",
);
/// Join: button.
pub const JOIN: Word = Word::new("Join", "Eintreten");

/// The line under an unfinished key.
pub fn key_so_far(chars: usize) -> String {
    say!("{chars} of 43 characters so far", "bisher {chars} von 43 Zeichen")
}

/// What is wrong with a key; nothing while it is only unfinished or empty.
pub fn key_error(error: KeyError) -> String {
    match error {
        KeyError::Empty | KeyError::TooShort { .. } => String::new(),
        KeyError::TooLong { chars } => {
            say!(
                "This has {} characters, and a key has 44. Did something else get in with it?",
                "Das sind {} Zeichen, und ein Schlüssel hat 44. Ist etwas anderes mit hineingeraten?",
                grouped(chars as u64)
            )
        }
        KeyError::Character(ch) => {
            say!(
                "{} cannot be part of a key: it has only letters, digits, - and _. Compare it with the host's window.",
                "{} kann nicht Teil eines Schlüssels sein: Er hat nur Buchstaben, Ziffern, - und _. Vergleich ihn mit dem im Fenster des Hosts.",
                quoted(ch)
            )
        }
        _ => say!(
            "The end of this key is damaged. Copy it again from the host's window.",
            "Das Ende dieses Schlüssels ist beschädigt. Kopier ihn noch einmal aus dem Fenster des Hosts."
        ),
    }
}

/// A character in the quotation marks of the language; one that cannot be seen, as its mark.
fn quoted(ch: char) -> String {
    let quoted = text::quoted_char(ch);
    match quoted.strip_prefix('‘').and_then(|rest| rest.strip_suffix('’')) {
        Some(plain) => format!("{}{plain}{}", pick!('‘', '„'), pick!('’', '“')),
        None => quoted,
    }
}

/// What is wrong with a link.
pub fn link_error(error: InviteError) -> String {
    match error {
        InviteError::TooLong { bytes: len } => too_long_for_field(len),
        InviteError::NoKey => {
            say!(
                "This link has no key: the part behind the # is missing. Copy the whole link.",
                "Dieser Link hat keinen Schlüssel: Der Teil hinter dem # fehlt. Kopier den ganzen Link."
            )
        }
        InviteError::Kind => {
            say!(
                "This link is for a kind of room that this version cannot enter, or it was cut short. Copy it again, or get a newer Keyroom.",
                "Dieser Link ist für eine Art von Raum, die diese Version nicht betreten kann, oder er wurde abgeschnitten. Kopier ihn noch einmal, oder hol dir ein neueres Keyroom."
            )
        }
        InviteError::Place(PlaceError::TooManyAddresses { .. }) => {
            say!(
                "This link names more addresses than it may. Ask the host for another one.",
                "Dieser Link nennt mehr Adressen, als er darf. Bitte um einen anderen."
            )
        }
        InviteError::Key(KeyError::TooShort { .. } | KeyError::Empty) => {
            say!(
                "The key in this link was cut short. Copy the whole link.",
                "Der Schlüssel in diesem Link wurde abgeschnitten. Kopier den ganzen Link."
            )
        }
        InviteError::Key(_) => say!(
            "The key in this link is damaged. Copy the link again.",
            "Der Schlüssel in diesem Link ist beschädigt. Kopier den Link noch einmal."
        ),
        InviteError::Place(PlaceError::Address(_)) => {
            say!(
                "The address in this link is damaged. Copy the link again.",
                "Die Adresse in diesem Link ist beschädigt. Kopier den Link noch einmal."
            )
        }
        InviteError::Room | InviteError::Place(_) | InviteError::Parameter(_) => {
            say!(
                "This link is damaged, or made by a newer Keyroom. Copy it again.",
                "Dieser Link ist beschädigt oder von einem neueren Keyroom gemacht. Kopier ihn noch einmal."
            )
        }
        _ => say!(
            "This is not a link to a room. Copy it again from the host's window.",
            "Das ist kein Link zu einem Raum. Kopier ihn noch einmal aus dem Fenster des Hosts."
        ),
    }
}

/// What is wrong with an address.
pub fn address_error(error: AddressError) -> String {
    match error {
        AddressError::Empty => String::new(),
        AddressError::TooLong { chars } => too_long_for_field(chars),
        AddressError::Space => say!(
            "An address has no spaces in it. One looks like 192.168.1.23:9999.",
            "In einer Adresse sind keine Leerzeichen. Sie sieht aus wie 192.168.1.23:9999."
        ),
        AddressError::Link => say!(
            "This is a link of another kind. An address looks like 192.168.1.23:9999.",
            "Das ist ein Link anderer Art. Eine Adresse sieht aus wie 192.168.1.23:9999."
        ),
        AddressError::NoHost => say!(
            "The part before the colon is missing. An address looks like 192.168.1.23:9999.",
            "Der Teil vor dem Doppelpunkt fehlt. Eine Adresse sieht aus wie 192.168.1.23:9999."
        ),
        AddressError::Port => say!(
            "The number behind the colon must be between 1 and 65,535.",
            "Die Zahl hinter dem Doppelpunkt muss zwischen 1 und 65.535 liegen."
        ),
        _ => say!(
            "This is not an address yet. One looks like 192.168.1.23:9999.",
            "Das ist noch keine Adresse. Sie sieht aus wie 192.168.1.23:9999."
        ),
    }
}

/// What is wrong with a name.
pub fn label_error(error: LabelError) -> String {
    match error {
        LabelError::Empty => say!("A name is needed here.", "Hier fehlt ein Name."),
        LabelError::TooLong { chars } => {
            say!(
                "This name has {} characters; at most 64 are possible.",
                "Dieser Name hat {} Zeichen; höchstens 64 sind möglich.",
                grouped(chars as u64)
            )
        }
        LabelError::Hidden(ch) => {
            say!(
                "This name has a character that cannot be seen: {}. Take it out.",
                "Dieser Name hat ein Zeichen, das man nicht sieht: {}. Nimm es heraus.",
                quoted(ch)
            )
        }
        _ => {
            say!("This name is not possible. Choose another.", "Dieser Name geht nicht. Nimm einen anderen.")
        }
    }
}

/// A name that looks like another's.
pub fn look_alike(like: &Label) -> String {
    say!(
        "This looks like “{}”, who is here too. Choose a name that cannot be mistaken.",
        "Das sieht aus wie „{}“, und diese Person ist auch hier. Nimm einen Namen, den man nicht verwechseln kann.",
        text::one_line(like.as_str())
    )
}

/// Far too much text for a field of one line.
pub fn too_long_for_field(len: usize) -> String {
    say!(
        "What you pasted has {}: far more than belongs here. It was not put in.",
        "Was du einfügen wolltest, hat {}: viel mehr, als hierher gehört. Es wurde nicht eingefügt.",
        bytes(len)
    )
}

/// What a found room is called.
pub fn room_at(address: &Address) -> String {
    let place = if address.port() == DEFAULT_PORT { address.host().to_owned() } else { address.to_string() };
    say!("A room at {}", "Raum bei {}", text::one_line(&place))
}

/// Where a room on this computer is, in its name.
pub const PLACE_HERE: Word = Word::new("this computer", "diesem Computer");

/// The port in a room's name.
pub fn at_port(port: u16) -> String {
    say!(", port {port}", ", Port {port}")
}

/// What a joined room is called on this computer.
pub fn room_named(place: &str) -> String {
    say!("Room at {place}", "Raum bei {place}")
}

/// Why rooms nearby cannot be found.
pub fn discovery(fault: DiscoveryFault) -> String {
    match fault {
        DiscoveryFault::TurnedOff => pick!(
            "Finding rooms nearby is turned off.",
            "Das Suchen nach Räumen in der Nähe ist abgeschaltet."
        ),
        DiscoveryFault::NoNetwork => pick!(
            "This computer is not on a network where rooms can be found.",
            "Dieser Computer ist in keinem Netz, in dem sich Räume finden lassen."
        ),
        _ => pick!(
            "The system does not let Keyroom look for rooms nearby.",
            "Das System lässt Keyroom nicht nach Räumen in der Nähe suchen."
        ),
    }
    .to_owned()
}

/// What to try where a room is not found nearby.
pub fn discovery_help(fault: Option<DiscoveryFault>) -> Vec<String> {
    let mut help = Vec::new();
    match fault {
        Some(DiscoveryFault::TurnedOff) => {}
        Some(DiscoveryFault::NoNetwork) => {
            help.push(pick!(
                "Connect both computers to the same Wi-Fi. Guest Wi-Fi often keeps computers apart.",
                "Verbinde beide Computer mit demselben WLAN. Ein Gäste-WLAN hält Computer oft voneinander fern."
            ));
        }
        Some(_) => help.push(pick!(
            "Allow Keyroom in this computer's firewall (UDP port 5353).",
            "Erlaub Keyroom in der Firewall dieses Computers (UDP-Port 5353)."
        )),
        None => {
            help.push(pick!(
                "Are both computers on the same Wi-Fi? Guest Wi-Fi often keeps computers apart.",
                "Sind beide Computer im selben WLAN? Ein Gäste-WLAN hält Computer oft voneinander fern."
            ));
            help.push(pick!(
                "A firewall may be in the way: allow Keyroom on the host's computer.",
                "Vielleicht ist eine Firewall im Weg: Erlaub Keyroom auf dem Computer, der den Raum eröffnet hat."
            ));
        }
    }
    help.push(pick!(
        "You can always join by hand: type the address that the host's window shows, or paste the link.",
        "Von Hand geht es immer: Gib die Adresse ein, die im Fenster des Hosts steht, oder füg den Link ein."
    ));
    help.into_iter().map(str::to_owned).collect()
}

/// Why a room could not be opened, and what to do.
pub fn listen_fault(fault: ListenFault) -> String {
    match fault {
        ListenFault::PortTaken { port } => {
            say!(
                "Another program already uses port {port}. Choose another number, or leave the field empty.",
                "Ein anderes Programm benutzt schon Port {port}. Nimm eine andere Nummer, oder lass das Feld leer."
            )
        }
        ListenFault::NotOurs(addr) => {
            say!(
                "{} is not an address of this computer. Choose another.",
                "{} ist keine Adresse dieses Computers. Nimm eine andere.",
                addr.ip()
            )
        }
        ListenFault::NotAllowed(addr) => {
            say!(
                "The system does not let Keyroom use port {}. Choose a number above 1,023, or leave the field empty.",
                "Das System lässt Keyroom Port {} nicht benutzen. Nimm eine Nummer über 1.023, oder lass das Feld leer.",
                addr.port()
            )
        }
        ListenFault::Other(addr) => say!(
            "The room could not be opened at {addr}. Try another port, or leave the field empty.",
            "Der Raum ließ sich bei {addr} nicht öffnen. Versuch einen anderen Port, oder lass das Feld leer."
        ),
        _ => say!(
            "The room could not be opened. Try another port, or leave the field empty.",
            "Der Raum ließ sich nicht öffnen. Versuch einen anderen Port, oder lass das Feld leer."
        ),
    }
}

/// No key could be drawn.
pub const NO_RANDOMNESS: Word = Word::new(
    "The system gave no random bytes for a key, so the room was not opened. Try again; if it stays so, restart the computer.",
    "Das System gab keine Zufallsbytes für einen Schlüssel her, darum wurde der Raum nicht eröffnet. Versuch es noch einmal; wenn es so bleibt, starte den Computer neu.",
);
