//! Where a relay is, and how it is known that it is the one.

use crate::parameters::PIN;
use crate::{Address, AddressError, KeyPin, ParameterError};

/// Where a relay is, and what it is trusted by there. Only [`Place::pinned`] and [`Place::named`] make one, so each is whole.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Place {
    /// Known by its key, wherever it is.
    #[non_exhaustive]
    Pinned {
        /// Where to try, best first; never empty.
        addresses: Vec<Address>,
        /// Any of these is its key; never empty.
        pins: Vec<KeyPin>,
    },
    /// Known by its DNS name, for which the WebPKI vouches.
    #[non_exhaustive]
    Named {
        /// The name and the port.
        address: Address,
    },
}

impl Place {
    /// A relay that is known by any of `pins`, at any of `addresses`, best first. `None` without both; what is over
    /// [`Place::MAX_ADDRESSES`] and [`Place::MAX_PINS`] is left out.
    pub fn pinned(mut addresses: Vec<Address>, mut pins: Vec<KeyPin>) -> Option<Self> {
        addresses.truncate(Self::MAX_ADDRESSES);
        pins.truncate(Self::MAX_PINS);
        (!addresses.is_empty() && !pins.is_empty()).then_some(Self::Pinned { addresses, pins })
    }

    /// A relay that is known by the DNS name in `address`. `None` where that is an IP address, for which nobody vouches.
    pub fn named(address: Address) -> Option<Self> {
        let is_name = !address.host().contains(':') && address.ip().is_none();
        is_name.then_some(Self::Named { address })
    }

    /// Where to try, best first; never empty.
    pub fn addresses(&self) -> &[Address] {
        match self {
            Self::Pinned { addresses, .. } => addresses,
            Self::Named { address } => std::slice::from_ref(address),
        }
    }

    /// What its key must be; empty where it is known by its name.
    pub fn pins(&self) -> &[KeyPin] {
        match self {
            Self::Pinned { pins, .. } => pins,
            Self::Named { .. } => &[],
        }
    }

    /// Most addresses of one relay.
    pub const MAX_ADDRESSES: usize = 8;
    /// Most keys of one relay: the present one, and those that it will change to.
    pub const MAX_PINS: usize = 4;

    /// Reads what stands between scheme and path, with the pins that stand among the parameters.
    pub(crate) fn read(
        scheme: Scheme,
        addresses: &str,
        parameters: &[(&'static str, &str)],
    ) -> Result<Self, PlaceError> {
        let pins = parameters.iter().filter(|(name, _)| *name == PIN).map(|(_, value)| *value);
        match scheme {
            Scheme::Keyroom => {
                let addresses = read_addresses(addresses)?;
                let pins = pins.map(str::parse).collect::<Result<Vec<KeyPin>, _>>();
                let pins = pins.map_err(|_| PlaceError::Pin)?;
                if pins.len() > Self::MAX_PINS {
                    return Err(PlaceError::TooManyPins { count: pins.len() });
                }
                Self::pinned(addresses, pins).ok_or(PlaceError::NoPin)
            }
            Scheme::Https if pins.count() > 0 => Err(PlaceError::PinnedName),
            Scheme::Https => Self::named(Address::parse_or(addresses, HTTPS_PORT)?).ok_or(PlaceError::NoName),
        }
    }

    /// Writes scheme and addresses.
    pub(crate) fn write_start(&self, to: &mut String) {
        match self {
            Self::Pinned { addresses, .. } => write_addresses(addresses, to),
            Self::Named { address } => {
                to.push_str(HTTPS);
                to.push_str(address.host());
                if address.port() != HTTPS_PORT {
                    to.push_str(&format!(":{}", address.port()));
                }
            }
        }
    }
}

/// Reads addresses with commas between them.
pub(crate) fn read_addresses(text: &str) -> Result<Vec<Address>, PlaceError> {
    let addresses = text.split(',').map(str::parse).collect::<Result<Vec<Address>, _>>()?;
    if addresses.len() > Place::MAX_ADDRESSES {
        return Err(PlaceError::TooManyAddresses { count: addresses.len() });
    }
    Ok(addresses)
}

/// Writes `keyroom://` and addresses with commas between them.
pub(crate) fn write_addresses(addresses: &[Address], to: &mut String) {
    to.push_str(KEYROOM);
    for (place, address) in addresses.iter().enumerate() {
        if place > 0 {
            to.push(',');
        }
        to.push_str(&address.to_string());
    }
}

/// What a link begins with: it says how the relay is trusted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Scheme {
    Keyroom,
    Https,
}

impl Scheme {
    /// Takes the scheme off a link; in either case of its letters (RFC 3986, 3.1).
    pub(crate) fn take(text: &str) -> Option<(Self, &str)> {
        [(Self::Keyroom, KEYROOM), (Self::Https, HTTPS)].into_iter().find_map(|(scheme, written)| {
            let (start, rest) = text.split_at_checked(written.len())?;
            start.eq_ignore_ascii_case(written).then_some((scheme, rest))
        })
    }
}

/// Why a text does not say where a relay is. Carries no part of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PlaceError {
    /// More addresses than it may have.
    #[error("it names {count} addresses, more than it may")]
    TooManyAddresses {
        /// Addresses found.
        count: usize,
    },
    /// An address is damaged.
    #[error("{0}")]
    Address(#[from] AddressError),
    /// With `keyroom://` only a pin says that the relay is the right one.
    #[error("`pin` is missing, so that any relay could be taken for this one")]
    NoPin,
    /// More pins than it may have.
    #[error("it names {count} pins, more than it may")]
    TooManyPins {
        /// Pins found.
        count: usize,
    },
    /// A pin is no hash of a key.
    #[error("the value of `pin` is damaged")]
    Pin,
    /// With `https://` the name says that the relay is the right one, and nothing else may.
    #[error("`pin` goes with keyroom:// only")]
    PinnedName,
    /// With `https://` there must be a name, not an IP address.
    #[error("https:// goes with a name only; keyroom:// is for numbers")]
    NoName,
    /// What stands behind the `?` is damaged.
    #[error("{0}")]
    Parameter(#[from] ParameterError),
}

const KEYROOM: &str = "keyroom://";
const HTTPS: &str = "https://";
const HTTPS_PORT: u16 = 443;
