//! Invites: one text that says where a room is and holds the key that opens it.

use zeroize::Zeroizing;

use crate::{Address, AddressError, Key, KeyError};

/// Where a Fernet room is, and its key: `keyroom://HOST:PORT[,HOST:PORT…]/?kind=fernet#KEY`.
///
/// The key stands only behind the `#`, the part of a link that no server is sent (RFC 3986, section 3.5).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Invite {
    addresses: Vec<Address>,
    key: Key,
}

impl Invite {
    /// An invite to the room that `key` opens at any of `addresses`, best first. `None` without an address;
    /// those over [`Invite::MAX_ADDRESSES`] are left out.
    pub fn fernet(mut addresses: Vec<Address>, key: Key) -> Option<Self> {
        addresses.truncate(Self::MAX_ADDRESSES);
        (!addresses.is_empty()).then_some(Self { addresses, key })
    }

    /// Where to try, best first; never empty.
    pub fn addresses(&self) -> &[Address] {
        &self.addresses
    }

    /// The key that opens the room.
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// Whether a text wants to be an invite rather than a bare key: for choosing which error to show.
    pub fn is_meant(text: &str) -> bool {
        text.trim_start().get(..SCHEME.len()).is_some_and(|start| start.eq_ignore_ascii_case(SCHEME))
    }

    /// Reads an invite strictly: what is not understood is an error, never skipped. White space anywhere is
    /// taken out first, since links break when they are copied from mail.
    pub fn parse(text: &str) -> Result<Self, InviteError> {
        if text.len() > Self::MAX_BYTES {
            return Err(InviteError::TooLong { bytes: text.len() });
        }
        let clean: Zeroizing<String> =
            Zeroizing::new(text.chars().filter(|ch| !ch.is_whitespace()).collect());
        if !Self::is_meant(&clean) {
            return Err(InviteError::NotALink);
        }
        let (place, key) = clean[SCHEME.len()..].split_once('#').ok_or(InviteError::NoKey)?;
        let (addresses, rest) = place.split_once('/').ok_or(InviteError::Kind)?;
        if rest != FERNET_QUERY {
            return Err(InviteError::Kind);
        }
        let addresses = addresses.split(',').map(str::parse).collect::<Result<Vec<Address>, _>>()?;
        if addresses.len() > Self::MAX_ADDRESSES {
            return Err(InviteError::TooManyAddresses { count: addresses.len() });
        }
        Ok(Self { addresses, key: Key::parse(key)? })
    }

    /// The written form. It contains the key.
    pub fn show(&self) -> Zeroizing<String> {
        let mut shown = Zeroizing::new(String::with_capacity(Self::MAX_BYTES));
        shown.push_str(SCHEME);
        for (place, address) in self.addresses.iter().enumerate() {
            if place > 0 {
                shown.push(',');
            }
            shown.push_str(&address.to_string());
        }
        shown.push('/');
        shown.push_str(FERNET_QUERY);
        shown.push('#');
        shown.push_str(&self.key.show());
        shown
    }

    /// Most addresses in one invite.
    pub const MAX_ADDRESSES: usize = 8;
    /// Longest text that is read as an invite, in bytes.
    pub const MAX_BYTES: usize = 4096;
}

/// Why a text is not an invite. Carries no part of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InviteError {
    /// It does not start with `keyroom://`.
    #[error("this is not a link to a room: it does not start with keyroom://")]
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
    /// More addresses than an invite may have.
    #[error("the link names {count} addresses, more than it may")]
    TooManyAddresses {
        /// Addresses found.
        count: usize,
    },
    /// One of its addresses is damaged.
    #[error("the link is damaged: {0}")]
    Address(#[from] AddressError),
    /// Its key is damaged.
    #[error("the link is damaged: {0}")]
    Key(#[from] KeyError),
}

const SCHEME: &str = "keyroom://";
const FERNET_QUERY: &str = "?kind=fernet";

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(Invite::parse("https://x/?kind=fernet#k"), Err(InviteError::NotALink));
        assert_eq!(Invite::parse("keyroom://x/?kind=fernet"), Err(InviteError::NoKey));
        assert_eq!(Invite::parse(&LINK.replace("fernet", "sealed")), Err(InviteError::Kind));
        assert_eq!(Invite::parse(&LINK.replace("?kind", "?x=1&kind")), Err(InviteError::Kind));
        assert_eq!(
            Invite::parse(&LINK.replace(",[::1]:7", ",")),
            Err(InviteError::Address(AddressError::Empty))
        );
        assert_eq!(Invite::parse(&LINK[..60]), Err(InviteError::Key(KeyError::TooShort { chars: 11 })));
        assert!(matches!(Invite::parse(&"keyroom://".repeat(1000)), Err(InviteError::TooLong { .. })));
    }

    #[test]
    fn debug_never_carries_the_key() {
        assert!(!format!("{:?}", Invite::parse(LINK).unwrap()).contains("cw_0"));
    }
}
