//! Invites to sealed rooms.

use zeroize::Zeroizing;

use super::InviteError;
use crate::parameters::{self, PIN};
use crate::place::Scheme;
use crate::{IdentityKey, Key, LogKey, ParameterError, Place, RoomId, Timestamp};

/// Where a sealed room is, whom to trust there, and its key:
/// `keyroom://HOST:PORT[,HOST:PORT…]/ROOM?pin=…&log=…&by=…&until=…&memory#KEY` or `https://NAME[:PORT]/ROOM?log=…#KEY`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SealedInvite {
    /// Where its relay is.
    pub place: Place,
    /// Which room there.
    pub room: RoomId,
    /// The key that the relay signs heads with.
    pub log: Option<LogKey>,
    /// Who invites: an identity that must be in the room.
    pub by: Option<IdentityKey>,
    /// When the invite ends. Written in whole seconds, rounded down; the joiner's own client looks at it.
    pub until: Option<Timestamp>,
    /// The relay keeps nothing on disk: when it ends, the room does.
    pub memory: bool,
    /// What opens the room's door.
    pub key: Key,
}

impl SealedInvite {
    /// Reads what stands before the `#` of a clean link, behind its scheme. `room` is what follows the first slash.
    pub(super) fn read(scheme: Scheme, addresses: &str, room: &str, key: &str) -> Result<Self, InviteError> {
        let (room, query) = room.split_once('?').map_or((room, None), |(room, query)| (room, Some(query)));
        let room = room.parse().map_err(|_| InviteError::Room)?;
        let parameters = query.map_or(Ok(Vec::new()), |query| parameters::split(query, KNOWN, FLAGS))?;
        let place = Place::read(scheme, addresses, &parameters)?;
        let value = |name| parameters.iter().find(|(found, _)| *found == name).map(|&(_, value)| value);
        Ok(Self {
            place,
            room,
            log: value(LOG).map(str::parse).transpose().map_err(|_| ParameterError::Damaged(LOG))?,
            by: value(BY).map(str::parse).transpose().map_err(|_| ParameterError::Damaged(BY))?,
            until: value(UNTIL).map(read_seconds).transpose()?,
            memory: value(MEMORY).is_some(),
            key: Key::parse(key)?,
        })
    }

    pub(super) fn write(&self, to: &mut Zeroizing<String>) {
        self.place.write_start(to);
        to.push('/');
        to.push_str(&self.room.to_string());
        let valued = |name, value: Option<String>| value.map(|value| format!("{name}={value}"));
        let pins = self.place.pins().iter().map(|pin| format!("{PIN}={pin}"));
        let others = [
            valued(LOG, self.log.map(|log| log.to_string())),
            valued(BY, self.by.map(|by| by.to_string())),
            valued(UNTIL, self.until.map(|until| (until.as_millis() / 1000).to_string())),
            self.memory.then(|| MEMORY.to_owned()),
        ];
        for (place, parameter) in pins.chain(others.into_iter().flatten()).enumerate() {
            to.push(if place == 0 { '?' } else { '&' });
            to.push_str(&parameter);
        }
        to.push('#');
        to.push_str(&self.key.show());
    }
}

/// Reads seconds since 1970 in the one way in which they are written: digits, no sign, no zero ahead.
fn read_seconds(text: &str) -> Result<Timestamp, ParameterError> {
    let canonical = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    let seconds = text.parse().ok().filter(|_| canonical);
    let millis = seconds.and_then(|seconds: u64| seconds.checked_mul(1000));
    millis.map(Timestamp::from_millis).ok_or(ParameterError::Damaged(UNTIL))
}

const LOG: &str = "log";
const BY: &str = "by";
const UNTIL: &str = "until";
const MEMORY: &str = "memory";
/// All, in the order in which they stand.
const KNOWN: &[&str] = &[PIN, LOG, BY, UNTIL, MEMORY];
const FLAGS: &[&str] = &[MEMORY];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Invite, KeyPin, PlaceError};

    const KEY: &str = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";

    fn id(byte: u8) -> String {
        KeyPin::from_bytes([byte; 32]).to_string()
    }

    fn pinned() -> String {
        let room = RoomId::from_bytes([7; 16]);
        format!(
            "keyroom://10.0.0.1:9999,[::1]:7/{room}?pin={}&pin={}&log={}&by={}&until=1790000000&memory#{KEY}",
            id(1),
            id(2),
            id(3),
            id(4)
        )
    }

    fn named() -> String {
        format!("https://relay.example.org/{}#{KEY}", RoomId::from_bytes([7; 16]))
    }

    fn sealed(text: &str) -> SealedInvite {
        match Invite::parse(text).unwrap() {
            Invite::Sealed(invite) => *invite,
            Invite::Fernet(_) => panic!("a sealed room"),
        }
    }

    #[test]
    fn every_part_of_a_link_is_read() {
        let invite = sealed(&pinned());
        assert_eq!((invite.place.addresses().len(), invite.place.pins().len()), (2, 2));
        assert_eq!(invite.room, RoomId::from_bytes([7; 16]));
        assert_eq!(invite.log, Some(LogKey::from_bytes([3; 32])));
        assert_eq!(invite.by, Some(IdentityKey::from_bytes([4; 32])));
        assert_eq!(invite.until, Some(Timestamp::from_millis(1_790_000_000_000)));
        assert!(invite.memory);
        assert_eq!(Invite::from(invite).show().as_str(), pinned());
    }

    #[test]
    fn a_named_relay_needs_no_parameter() {
        let invite = sealed(&named());
        assert!(matches!(&invite.place, Place::Named { address } if address.port() == 443));
        assert_eq!((invite.log, invite.by, invite.until, invite.memory), (None, None, None, false));
        assert_eq!(Invite::from(invite).show().as_str(), named());
    }

    #[test]
    fn line_breaks_and_missing_padding_are_understood() {
        let broken = pinned().trim_end_matches('=').replace("&log", "\r\n &log");
        assert_eq!(sealed(&broken), sealed(&pinned()));
    }

    #[test]
    fn each_slip_has_its_own_error() {
        let error = |from: &str, to: &str| Invite::parse(&pinned().replace(from, to)).unwrap_err();
        let parameter = InviteError::Parameter;
        assert_eq!(error(&format!("?pin={}&pin={}&", id(1), id(2)), "?"), PlaceError::NoPin.into());
        assert_eq!(error(&id(2), "AAAA"), PlaceError::Pin.into());
        assert_eq!(error(&id(3), "AAAA"), parameter(ParameterError::Damaged("log")));
        assert_eq!(error(&id(4), ""), parameter(ParameterError::Empty("by")));
        assert_eq!(error("&until", "&later=1&until"), parameter(ParameterError::Unknown));
        assert_eq!(error("&memory", "&until=1&memory"), parameter(ParameterError::Repeated("until")));
        assert_eq!(error("&memory", "&memory&memory"), parameter(ParameterError::Repeated("memory")));
        assert_eq!(error("?pin", "?memory&pin"), parameter(ParameterError::Order("pin")));
        for seconds in ["+1", "01", "-1", "1.5", "18446744073709551616", "18446744073709551615"] {
            assert_eq!(error("1790000000", seconds), parameter(ParameterError::Damaged("until")));
        }
        assert_eq!(error(":7/", ":7/x"), InviteError::Room);
        assert_eq!(Invite::parse(&named().replace(KEY, "")), Err(InviteError::Key(crate::KeyError::Empty)));
        assert_eq!(Invite::parse(&named().replace('#', "?#")), Err(parameter(ParameterError::Unknown)));
        assert_eq!(
            Invite::parse(&named().replace('#', &format!("?pin={}#", id(1)))),
            Err(PlaceError::PinnedName.into())
        );
    }

    #[test]
    fn a_key_before_the_hash_is_refused() {
        assert_eq!(Invite::parse(&named().replace('#', "?key=")), Err(InviteError::NoKey));
    }
}
