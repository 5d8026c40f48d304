//! Words of the forms: *Host a room*, *Join a room*, rooms nearby, names.

use keyroom_client::{DiscoveryFault, ListenFault};
use keyroom_types::{
    Address, AddressError, DEFAULT_PORT, InviteError, KeyError, Label, LabelError, PlaceError, text,
};

use super::{bytes, grouped};

/// Nearby: heading.
pub const NEARBY: &str = "Found on this network";
/// Nearby: nothing yet.
pub const LOOKING: &str = "Looking for rooms on this network…";
/// Nearby: second line.
pub const NEARBY_DETAIL: &str = "open now · needs its key";
/// Nearby: second line of a room that this computer hosts.
pub const NEARBY_OURS: &str = "open now · hosted by you";
/// Nearby: button.
pub const ENTER_KEY: &str = "Enter key";
/// Nearby: button of a room that this computer hosts.
pub const OPEN_OURS: &str = "Show";
/// Host: the room's name.
pub const ROOM_NAME: &str = "Name of the room";
/// Host: prefilled name.
pub const ROOM_NAME_DEFAULT: &str = "My room";
/// Host: what the name is for.
pub const ROOM_NAME_HINT: &str = "Only you see it: a room of this kind does not send names.";
/// Both forms: your name.
pub const YOUR_NAME: &str = "Your name";
/// Both forms: prefilled where the system knows none.
pub const YOUR_NAME_DEFAULT: &str = "Me";
/// Both forms: what it is for.
pub const YOUR_NAME_HINT: &str = "Only for this window: others see you as a guest or as the host.";
/// Host: where.
pub const LISTEN: &str = "Who can come in";
/// Host: first choice.
pub const THIS_NETWORK: (&str, &str) =
    ("This network", "Computers on the same Wi-Fi or cable can come in with the key.");
/// Host: second choice.
pub const THIS_COMPUTER: (&str, &str) = ("This computer only", "Only programs on this computer can come in.");
/// Host: the fold with what few people need.
pub const MORE_OPTIONS: &str = "More options";
/// Host: what becomes of the room.
pub const KEEP_ROOM: &str = "When you close the room";
/// Host: first choice.
pub const ON_DISK: (&str, &str) = (
    "Keep it here",
    "Encrypted on this computer. One click opens it again, and who was away reads what was said.",
);
/// Host: second choice.
pub const IN_MEMORY: (&str, &str) =
    ("In memory only", "The room ends for everybody, and what was said in it is deleted here.");
/// Host: where it will be.
pub const WILL_BE_AT: &str = "This computer can be reached at";
/// Host: no network.
pub const NO_NETWORK: &str = "This computer is on no network now: only programs on it could come in.";
/// Host: the port.
pub const PORT: &str = "Port";
/// Host: what an empty port means.
pub const PORT_HINT: &str = "Leave it empty if you do not need a certain one.";
/// Host: a low port.
pub const PORT_LOW: &str = "Numbers below 1,024 are often reserved by the system.";
/// Host: not a port.
pub const PORT_ERROR: &str = "A port is a whole number from 1 to 65,535. Leave it empty to take any.";
/// Host: the switch.
pub const ANNOUNCE: &str = "Show this room to people nearby";
/// Host: the switch, on.
pub const ANNOUNCE_ON: &str =
    "Others on this network see that a room is open here: no name, no key. They still need the key.";
/// Host: the switch, off.
pub const ANNOUNCE_OFF: &str = "Others need the address or the link as well as the key.";
/// Host: the switch, where it cannot be on.
pub const ANNOUNCE_LOOPBACK: &str = "A room for this computer only is not shown to others.";
/// Host: the switch, where looking and showing is turned off.
pub const ANNOUNCE_DISABLED: &str = "Showing and finding rooms is turned off (--no-discovery).";
/// Host: button.
pub const OPEN_ROOM: &str = "Open the room";
/// Host: button, meanwhile.
pub const OPENING: &str = "Opening the room…";
/// Join: what to do.
pub const JOIN_LEAD: &str = "The host's window shows both. A whole link can go into either field.";
/// Join: where.
pub const ADDRESS: &str = "Address";
/// Join: an example.
pub const ADDRESS_PLACEHOLDER: &str = "192.168.1.23:9999";
/// Join: what the prefilled address is.
pub const ADDRESS_HERE: &str =
    "This computer. For a room elsewhere, type the address that the host's window shows.";
/// Join: what a good address is.
pub const ADDRESS_HINT: &str = "The address that the host's window shows.";
/// Join: the key.
pub const KEY_FIELD: &str = "Key or link";
/// Join: an example.
pub const KEY_PLACEHOLDER: &str = "Paste it, or type the 44 characters";
/// Join: what a key is.
pub const KEY_HINT: &str = "44 characters. Spaces and line breaks do not matter.";
/// Join: a good key.
pub const KEY_COMPLETE: &str = "The key is complete.";
/// Join: a link was read.
pub const LINK_READ: &str = "Address and key were taken from the link.";
/// Join: button.
pub const JOIN: &str = "Join";

/// The line under an unfinished key.
pub fn key_so_far(chars: usize) -> String {
    format!("{chars} of 43 characters so far")
}

/// What is wrong with a key; nothing while it is only unfinished or empty.
pub fn key_error(error: KeyError) -> String {
    match error {
        KeyError::Empty | KeyError::TooShort { .. } => String::new(),
        KeyError::TooLong { chars } => format!(
            "This has {} characters, and a key has 44. Did something else get in with it?",
            grouped(chars as u64)
        ),
        KeyError::Character(ch) => format!(
            "{} cannot be part of a key: it has only letters, digits, - and _. Compare it with the host's window.",
            text::quoted_char(ch)
        ),
        _ => "The end of this key is damaged. Copy it again from the host's window.".to_owned(),
    }
}

/// What is wrong with a link.
pub fn link_error(error: InviteError) -> String {
    match error {
        InviteError::TooLong { bytes: len } => too_long_for_field(len),
        InviteError::NoKey => {
            "This link has no key: the part behind the # is missing. Copy the whole link.".to_owned()
        }
        InviteError::Kind => {
            "This link is for a kind of room that this version cannot enter, or it was cut short. Copy it again, or get a newer Keyroom."
                .to_owned()
        }
        InviteError::Place(PlaceError::TooManyAddresses { .. }) => {
            "This link names more addresses than it may. Ask the host for another one.".to_owned()
        }
        InviteError::Key(KeyError::TooShort { .. } | KeyError::Empty) => {
            "The key in this link was cut short. Copy the whole link.".to_owned()
        }
        InviteError::Key(_) => "The key in this link is damaged. Copy the link again.".to_owned(),
        InviteError::Place(PlaceError::Address(_)) => {
            "The address in this link is damaged. Copy the link again.".to_owned()
        }
        InviteError::Room | InviteError::Place(_) | InviteError::Parameter(_) => {
            "This link is damaged, or made by a newer Keyroom. Copy it again.".to_owned()
        }
        _ => "This is not a link to a room. Copy it again from the host's window.".to_owned(),
    }
}

/// What is wrong with an address.
pub fn address_error(error: AddressError) -> String {
    match error {
        AddressError::Empty => String::new(),
        AddressError::TooLong { chars } => too_long_for_field(chars),
        AddressError::Space => "An address has no spaces in it. One looks like 192.168.1.23:9999.".to_owned(),
        AddressError::Link => {
            "This is a link of another kind. An address looks like 192.168.1.23:9999.".to_owned()
        }
        AddressError::NoHost => {
            "The part before the colon is missing. An address looks like 192.168.1.23:9999.".to_owned()
        }
        AddressError::Port => "The number behind the colon must be between 1 and 65,535.".to_owned(),
        _ => "This is not an address yet. One looks like 192.168.1.23:9999.".to_owned(),
    }
}

/// What is wrong with a name.
pub fn label_error(error: LabelError) -> String {
    match error {
        LabelError::Empty => "A name is needed here.".to_owned(),
        LabelError::TooLong { chars } => {
            format!("This name has {} characters; at most 64 are possible.", grouped(chars as u64))
        }
        LabelError::Hidden(ch) => {
            format!("This name has a character that cannot be seen: {}. Take it out.", text::quoted_char(ch))
        }
        _ => "This name is not possible. Choose another.".to_owned(),
    }
}

/// A name that looks like another's.
pub fn look_alike(like: &Label) -> String {
    format!(
        "This looks like “{}”, who is here too. Choose a name that cannot be mistaken.",
        text::one_line(like.as_str())
    )
}

/// Far too much text for a field of one line.
pub fn too_long_for_field(len: usize) -> String {
    format!("What you pasted has {}: far more than belongs here. It was not put in.", bytes(len))
}

/// What a found room is called.
pub fn room_at(address: &Address) -> String {
    let place = if address.port() == DEFAULT_PORT { address.host().to_owned() } else { address.to_string() };
    format!("A room at {}", text::one_line(&place))
}

/// What a joined room is called on this computer.
pub fn room_named(place: &str) -> String {
    format!("Room at {place}")
}

/// Why rooms nearby cannot be found.
pub fn discovery(fault: DiscoveryFault) -> String {
    match fault {
        DiscoveryFault::TurnedOff => "Finding rooms nearby is turned off.",
        DiscoveryFault::NoNetwork => "This computer is not on a network where rooms can be found.",
        _ => "The system does not let Keyroom look for rooms nearby.",
    }
    .to_owned()
}

/// What to try where a room is not found nearby.
pub fn discovery_help(fault: Option<DiscoveryFault>) -> Vec<String> {
    let mut help = Vec::new();
    match fault {
        Some(DiscoveryFault::TurnedOff) => {}
        Some(DiscoveryFault::NoNetwork) => {
            help.push("Connect both computers to the same Wi-Fi. Guest Wi-Fi often keeps computers apart.");
        }
        Some(_) => help.push("Allow Keyroom in this computer's firewall (UDP port 5353)."),
        None => {
            help.push("Are both computers on the same Wi-Fi? Guest Wi-Fi often keeps computers apart.");
            help.push("A firewall may be in the way: allow Keyroom on the host's computer.");
        }
    }
    help.push(
        "You can always join by hand: type the address that the host's window shows, or paste the link.",
    );
    help.into_iter().map(str::to_owned).collect()
}

/// Why a room could not be opened, and what to do.
pub fn listen_fault(fault: ListenFault) -> String {
    match fault {
        ListenFault::PortTaken { port } => {
            format!(
                "Another program already uses port {port}. Choose another number, or leave the field empty."
            )
        }
        ListenFault::NotOurs(addr) => {
            format!("{} is not an address of this computer. Choose another.", addr.ip())
        }
        ListenFault::NotAllowed(addr) => format!(
            "The system does not let Keyroom use port {}. Choose a number above 1,023, or leave the field empty.",
            addr.port()
        ),
        other => {
            format!("The room could not be opened: {other}. Try another port, or leave the field empty.")
        }
    }
}

/// No key could be drawn.
pub const NO_RANDOMNESS: &str = "The system gave no random bytes for a key, so the room was not opened. Try again; if it stays so, restart the computer.";
