//! Invites: one text that says where a room is and holds the key that opens it.

mod sealed;

pub use sealed::SealedInvite;
use zeroize::Zeroizing;

use crate::place::{Scheme, read_addresses, write_addresses};
use crate::{Address, Key, KeyError, ParameterError, Place, PlaceError};

/// Where a room is, and its key.
///
/// The key stands only behind the `#`, the part of a link that no server is sent (RFC 3986, section 3.5).
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Invite {
    /// To a Fernet room.
    Fernet(FernetInvite),
    /// To a sealed room. Boxed: it is several times as long as the other.
    Sealed(Box<SealedInvite>),
}

/// Where a Fernet room is, and its key: `keyroom://HOST:PORT[,HOST:PORT…]/?kind=fernet#KEY`. [`Invite::fernet`] makes one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FernetInvite {
    addresses: Vec<Address>,
    key: Key,
}

impl Invite {
    /// An invite to the Fernet room that `key` opens at any of `addresses`, best first. `None` without an address;
    /// those over [`Invite::MAX_ADDRESSES`] are left out.
    pub fn fernet(mut addresses: Vec<Address>, key: Key) -> Option<Self> {
        addresses.truncate(Self::MAX_ADDRESSES);
        (!addresses.is_empty()).then_some(Self::Fernet(FernetInvite { addresses, key }))
    }

    /// Where to try, best first; never empty.
    pub fn addresses(&self) -> &[Address] {
        match self {
            Self::Fernet(invite) => &invite.addresses,
            Self::Sealed(invite) => invite.place.addresses(),
        }
    }

    /// The key that opens the room.
    pub fn key(&self) -> &Key {
        match self {
            Self::Fernet(invite) => &invite.key,
            Self::Sealed(invite) => &invite.key,
        }
    }

    /// Whether a text wants to be an invite rather than a bare key: for choosing which error to show. With `https://`
    /// only where something stands behind a `#`: without, it is any link.
    pub fn is_meant(text: &str) -> bool {
        match Scheme::take(text.trim_start()) {
            Some((Scheme::Keyroom, _)) => true,
            Some((Scheme::Https, rest)) => rest.contains('#'),
            None => false,
        }
    }

    /// Reads an invite strictly: what is not understood is an error, never skipped. White space anywhere is
    /// taken out first, since links break when they are copied from mail.
    pub fn parse(text: &str) -> Result<Self, InviteError> {
        if text.len() > Self::MAX_BYTES {
            return Err(InviteError::TooLong { bytes: text.len() });
        }
        // Room for the whole text at once, so that no half-read copy is left behind by a growing buffer.
        let mut clean = Zeroizing::new(String::with_capacity(text.len()));
        clean.extend(text.chars().filter(|ch| !ch.is_whitespace()));
        let (scheme, link) = Scheme::take(&clean).ok_or(InviteError::NotALink)?;
        let (place, key) = link.split_once('#').ok_or(InviteError::NoKey)?;
        let (addresses, room) = place.split_once('/').ok_or(InviteError::Kind)?;
        if scheme == Scheme::Keyroom && room == FERNET_QUERY {
            let (addresses, key) = (read_addresses(addresses)?, Key::parse(key)?);
            return Ok(Self::Fernet(FernetInvite { addresses, key }));
        }
        // No room is named: only a kind of room that has none, and that this version does not know.
        if room.is_empty() || room.starts_with('?') {
            return Err(InviteError::Kind);
        }
        SealedInvite::read(scheme, addresses, room, key).map(Self::from)
    }

    /// The written form. It contains the key.
    pub fn show(&self) -> Zeroizing<String> {
        let mut shown = Zeroizing::new(String::with_capacity(Self::MAX_BYTES));
        match self {
            Self::Fernet(invite) => {
                write_addresses(&invite.addresses, &mut shown);
                shown.push('/');
                shown.push_str(FERNET_QUERY);
                shown.push('#');
                shown.push_str(&invite.key.show());
            }
            Self::Sealed(invite) => invite.write(&mut shown),
        }
        shown
    }

    /// Most addresses in one invite.
    pub const MAX_ADDRESSES: usize = Place::MAX_ADDRESSES;
    /// Longest text that is read as an invite, in bytes.
    pub const MAX_BYTES: usize = 4096;
}

impl From<SealedInvite> for Invite {
    fn from(invite: SealedInvite) -> Self {
        Self::Sealed(Box::new(invite))
    }
}

/// Why a text is not an invite. Carries no part of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InviteError {
    /// It starts with neither `keyroom://` nor `https://`.
    #[error("this is not a link to a room: it starts with neither keyroom:// nor https://")]
    NotALink,
    /// Longer than any invite.
    #[error("the link is too long: {bytes} bytes")]
    TooLong {
        /// Bytes found.
        bytes: usize,
    },
    /// Nothing behind a `#`.
    #[error("the link has no key: the part behind the # is missing")]
    NoKey,
    /// Another kind of room than this version can enter.
    #[error("this link is for a kind of room that this version cannot enter")]
    Kind,
    /// What stands between `/` and `?` is no room.
    #[error("the link is damaged: the part behind the / names no room")]
    Room,
    /// It does not say where the room is, or whom to trust there.
    #[error("the link is damaged: {0}")]
    Place(#[from] PlaceError),
    /// What stands behind the `?` is damaged.
    #[error("the link is damaged: {0}")]
    Parameter(#[from] ParameterError),
    /// Its key is damaged.
    #[error("the link is damaged: {0}")]
    Key(#[from] KeyError),
}

const FERNET_QUERY: &str = "?kind=fernet";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AddressError;

    const LINK: &str =
        "keyroom://192.168.1.23:9999,[::1]:7/?kind=fernet#cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";

    #[test]
    fn shown_invite_reads_back_to_the_same_invite() {
        let invite = Invite::parse(LINK).unwrap();
        assert_eq!(invite.addresses().len(), 2);
        assert_eq!(invite.show().as_str(), LINK);
    }

    #[test]
    fn line_breaks_and_missing_padding_are_understood() {
        let broken = LINK.trim_end_matches('=').replace("/?", "/\r\n ?");
        assert_eq!(Invite::parse(&broken).unwrap(), Invite::parse(LINK).unwrap());
    }

    #[test]
    fn what_is_not_understood_is_an_error() {
        assert_eq!(Invite::parse("http://x/?kind=fernet#k"), Err(InviteError::NotALink));
        assert_eq!(Invite::parse("https://x/?kind=fernet#k"), Err(InviteError::Kind));
        assert_eq!(Invite::parse("keyroom://x/?kind=fernet"), Err(InviteError::NoKey));
        assert_eq!(Invite::parse(&LINK.replace("fernet", "sealed")), Err(InviteError::Kind));
        assert_eq!(Invite::parse(&LINK.replace("?kind", "?x=1&kind")), Err(InviteError::Kind));
        assert_eq!(
            Invite::parse(&LINK.replace(",[::1]:7", ",")),
            Err(InviteError::Place(AddressError::Empty.into()))
        );
        assert_eq!(Invite::parse(&LINK[..60]), Err(InviteError::Key(KeyError::TooShort { chars: 11 })));
        assert!(matches!(Invite::parse(&"keyroom://".repeat(1000)), Err(InviteError::TooLong { .. })));
    }

    #[test]
    fn only_what_could_hold_a_key_is_meant_as_an_invite() {
        for (text, meant) in
            [(" KEYROOM://x", true), ("https://x/y#k", true), ("https://x", false), (&LINK[10..], false)]
        {
            assert_eq!(Invite::is_meant(text), meant, "{text}");
        }
    }

    #[test]
    fn debug_never_carries_the_key() {
        assert!(!format!("{:?}", Invite::parse(LINK).unwrap()).contains("cw_0"));
    }
}
