//! Links in a text: where they end, where they really lead, and what is opened.
//!
//! Attack matrix row 25. Only `http` and `https` lead anywhere, and only to what a [`WebAddress`] holds: the host as the
//! network knows it (in Punycode), no name or password before it, nothing but printable ASCII behind it. What cannot be
//! written so without a doubt is no link.

use std::fmt;

use keyroom_types::{Invite, text};
use unicode_bidi::{BidiClass, bidi_class};

use super::host;
use crate::secret::FieldText;

/// Something in a message that can be opened.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Link {
    /// Where it leads.
    pub target: Target,
}

/// Where a link leads.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Target {
    /// To a place in the web.
    Web(WebAddress),
    /// Into a room, by an invite. It holds a key.
    Invite(FieldText),
}

/// An `http` or `https` address that means the same to every program: only [`Formed::read`](super::Formed::read) makes one.
#[derive(Clone, Eq, PartialEq)]
pub struct WebAddress {
    address: String,
    host: String,
}

impl WebAddress {
    /// All of it, in printable ASCII.
    pub fn as_str(&self) -> &str {
        &self.address
    }

    /// Where it leads: a name in lower case, in Punycode where it is not ASCII, or an IP address; with the port, where one is
    /// named.
    pub fn host(&self) -> &str {
        &self.host
    }

    fn read(link: &str) -> Option<Self> {
        let (scheme, rest) = link.split_once("://")?;
        let scheme = ["https", "http"].into_iter().find(|known| scheme.eq_ignore_ascii_case(known))?;
        let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        // What stands before an `@` is no place, whatever it looks like, and is not sent anywhere.
        let place = authority.rsplit_once('@').map_or(authority, |(_, place)| place);
        let host = host::real(place)?;
        let mut address = format!("{scheme}://{host}");
        path.chars().for_each(|ch| encode(ch, &mut address));
        (address.len() <= MAX_BYTES).then_some(Self { address, host })
    }

    /// Whether a text shows plainly where it leads.
    fn is_plain(&self, shown: &str) -> bool {
        let behind = shown.split_once("://").map_or(shown, |(_, rest)| rest);
        let authority = &behind[..behind.find(['/', '?', '#']).unwrap_or(behind.len())];
        shown.is_ascii() && !authority.contains('@')
    }
}

impl fmt::Debug for WebAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // An address is part of what somebody said: it is not for a log.
        f.write_str("WebAddress(..)")
    }
}

impl Link {
    /// What is shown in place of the link's text, where that does not show plainly where it leads.
    pub(super) fn shown(&self, text: &str) -> Option<String> {
        match &self.target {
            Target::Web(address) if !address.is_plain(text) => Some(format!("{text} ⟨{}⟩", address.host())),
            _ => None,
        }
    }
}

/// The link that a text begins with, and how many bytes of it that is.
pub(super) fn read(text: &str) -> Option<(usize, Link)> {
    let scheme = SCHEMES.into_iter().find(|scheme| starts_with(text, scheme))?;
    // A place that cannot be one is found out before the rest of the line is looked at: many of them cost no more than one.
    if scheme != KEYROOM {
        let authority = &text[scheme.len()..];
        let end = authority.find(|ch| matches!(ch, '/' | '?' | '#') || ends(ch)).unwrap_or(authority.len());
        if end == 0 || end > MAX_BYTES {
            return None;
        }
    }
    let end = text.char_indices().find(|&(_, ch)| ends(ch)).map_or(text.len(), |(at, _)| at);
    let link = trimmed(&text[..end]);
    if link.len() > MAX_BYTES {
        return None;
    }
    let target = if Invite::is_meant(link)
        && let Ok(invite) = Invite::parse(link)
    {
        Target::Invite(FieldText::from(invite.show()))
    } else {
        Target::Web(WebAddress::read(link)?)
    };
    Some((link.len(), Link { target }))
}

fn starts_with(text: &str, scheme: &str) -> bool {
    text.as_bytes().get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme.as_bytes()))
}

/// Whether a link has ended before this character. A backslash would be another slash to a browser.
fn ends(ch: char) -> bool {
    match ch {
        '<' | '>' | '"' | '`' | '\\' => true,
        _ if ch.is_ascii() => ch <= ' ' || ch == '\u{7F}',
        _ => text::is_hidden(ch) || !(ch.is_alphanumeric() || bidi_class(ch) == BidiClass::NSM),
    }
}

/// A link without what belongs to the sentence around it.
fn trimmed(link: &str) -> &str {
    let count = |sign: char| link.matches(sign).count();
    let mut pairs =
        [('(', ')'), ('[', ']'), ('{', '}')].map(|(open, close)| (close, count(open), count(close)));
    let mut rest = link;
    while let Some(last) = rest.chars().next_back() {
        let pair = pairs.iter_mut().find(|(close, ..)| *close == last);
        let belongs = match pair {
            Some((_, opened, closed)) if *closed > *opened => {
                *closed -= 1;
                false
            }
            Some(_) => true,
            None => !matches!(last, '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '_' | '~'),
        };
        if belongs {
            break;
        }
        rest = &rest[..rest.len() - last.len_utf8()];
    }
    rest
}

/// Writes a character of a path as printable ASCII (RFC 3986, section 2.1).
fn encode(ch: char, address: &mut String) {
    if ch.is_ascii() && !matches!(ch, '{' | '}' | '|' | '^' | '\'') {
        return address.push(ch);
    }
    for byte in ch.encode_utf8(&mut [0; 4]).bytes() {
        address.push('%');
        for digit in [byte >> 4, byte & 15] {
            address.push(char::from(HEX[usize::from(digit)]));
        }
    }
}

const HEX: &[u8; 16] = b"0123456789ABCDEF";
const KEYROOM: &str = "keyroom://";
const SCHEMES: [&str; 3] = ["https://", "http://", KEYROOM];
/// Bytes of a link; browsers take a little more, people never do.
const MAX_BYTES: usize = 2_048;
