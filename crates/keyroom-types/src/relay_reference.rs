//! How a relay is named to those who open rooms on it.

use std::fmt;
use std::str::FromStr;

use crate::parameters::{self, PIN};
use crate::place::Scheme;
use crate::{ParameterError, Place, PlaceError};

/// Where a relay is and what it is trusted by: `keyroom://HOST:PORT[,HOST:PORT…]?pin=…` or `https://NAME[:PORT]`. No secret.
///
/// A relay prints it behind `relay: `, and `--at` takes it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RelayReference(Place);

impl RelayReference {
    /// A reference to the relay at a place.
    pub fn new(place: Place) -> Self {
        Self(place)
    }

    /// Where it is.
    pub fn place(&self) -> &Place {
        &self.0
    }

    /// Where it is.
    pub fn into_place(self) -> Place {
        self.0
    }

    /// Longest text that is read as a reference, in bytes.
    pub const MAX_BYTES: usize = 4096;
}

impl FromStr for RelayReference {
    type Err = RelayReferenceError;

    /// Reads a reference strictly: what is not understood is an error, never skipped.
    fn from_str(text: &str) -> Result<Self, RelayReferenceError> {
        if text.len() > Self::MAX_BYTES {
            return Err(RelayReferenceError::TooLong { bytes: text.len() });
        }
        let (scheme, rest) = Scheme::take(text.trim()).ok_or(RelayReferenceError::NotALink)?;
        if rest.contains(['#', '/']) {
            return Err(RelayReferenceError::Room);
        }
        let (addresses, query) =
            rest.split_once('?').map_or((rest, None), |(before, query)| (before, Some(query)));
        let parameters = query.map_or(Ok(Vec::new()), |query| parameters::split(query, &[PIN], &[]))?;
        Ok(Self(Place::read(scheme, addresses, &parameters)?))
    }
}

impl fmt::Display for RelayReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = String::new();
        self.0.write_start(&mut shown);
        for (place, pin) in self.0.pins().iter().enumerate() {
            shown.push(if place == 0 { '?' } else { '&' });
            shown.push_str(&format!("{PIN}={pin}"));
        }
        f.write_str(&shown)
    }
}

/// Why a text does not name a relay. Carries no part of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RelayReferenceError {
    /// It begins as no reference does.
    #[error("a relay is written as keyroom://HOST:PORT?pin=… or https://NAME")]
    NotALink,
    /// Longer than any reference.
    #[error("the link to the relay is too long: {bytes} bytes")]
    TooLong {
        /// Bytes found.
        bytes: usize,
    },
    /// It has a path or a key, as an invite to a room has.
    #[error("this link is to a room, not to a relay: a relay's has no / and no # behind its address")]
    Room,
    /// It does not say where the relay is.
    #[error("the link to the relay is damaged: {0}")]
    Place(#[from] PlaceError),
}

impl From<ParameterError> for RelayReferenceError {
    fn from(error: ParameterError) -> Self {
        Self::Place(error.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AddressError, KeyPin};

    fn read(text: &str) -> Result<RelayReference, RelayReferenceError> {
        text.parse()
    }

    fn pin(byte: u8) -> KeyPin {
        KeyPin::from_bytes([byte; 32])
    }

    #[test]
    fn a_shown_reference_reads_back_to_itself() {
        for shown in [
            format!("keyroom://10.0.0.1:7,[::1]:9999?pin={}&pin={}", pin(1), pin(2)),
            "https://relay.example.org".to_owned(),
            "https://relay.example.org:8443".to_owned(),
        ] {
            assert_eq!(read(&shown).unwrap().to_string(), shown);
        }
        assert_eq!(read("HTTPS://Relay:443\n").unwrap().to_string(), "https://relay");
    }

    #[test]
    fn a_name_has_the_port_of_https_and_no_pin() {
        let named = read("https://relay.example.org").unwrap();
        assert_eq!(named.place().addresses()[0].port(), 443);
        assert!(named.place().pins().is_empty());
    }

    #[test]
    fn each_slip_has_its_own_error() {
        use RelayReferenceError::{NotALink, Place, Room, TooLong};
        assert_eq!(read("10.0.0.1:7"), Err(NotALink));
        assert_eq!(read(&"https://".repeat(1000)), Err(TooLong { bytes: 8000 }));
        assert_eq!(read("keyroom://10.0.0.1:7"), Err(Place(PlaceError::NoPin)));
        assert_eq!(read("keyroom://10.0.0.1:7?pin=x"), Err(Place(PlaceError::Pin)));
        assert_eq!(
            read("keyroom://10.0.0.1:7?pin="),
            Err(Place(PlaceError::Parameter(ParameterError::Empty("pin"))))
        );
        assert_eq!(
            read(&format!("keyroom://10.0.0.1:7?log={}", pin(1))),
            Err(Place(PlaceError::Parameter(ParameterError::Unknown)))
        );
        assert_eq!(
            read(&format!("keyroom://x?{}", vec![format!("pin={}", pin(1)); 5].join("&"))),
            Err(Place(PlaceError::TooManyPins { count: 5 }))
        );
        assert_eq!(read(&format!("https://x?pin={}", pin(1))), Err(Place(PlaceError::PinnedName)));
        assert_eq!(read("https://10.0.0.1"), Err(Place(PlaceError::NoName)));
        assert_eq!(read("https://[::1%eth0]"), Err(Place(PlaceError::NoName)));
        assert_eq!(read("https://a,b"), Err(Place(PlaceError::Address(AddressError::Host))));
        assert_eq!(read("https://relay/"), Err(Room));
        assert_eq!(read(&format!("keyroom://x?pin={}#k", pin(1))), Err(Room));
    }
}
