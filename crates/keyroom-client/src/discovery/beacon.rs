//! The beacon of a sealed room: what the local network hears of it. Spec: `docs/protocol.md`, "Beacon".
//!
//! Who does not know the key sees an id that changes every ten minutes, and bytes. No I/O, no clock, no randomness.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac as _};
use keyroom_types::{Address, KeyPin, LogKey, Place, RoomId};
use sha2::Sha256;
use zeroize::Zeroizing;

/// Where a sealed room may be. Only who knows its key could make it, and it grants no trust: the key may be known to others,
/// and what was true minutes ago may be repeated. Who joins still compares the blob's pins with the relay that it reached.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Hint {
    /// Which room.
    pub room: RoomId,
    /// Where its relay is, best first; IP addresses only, with one port.
    pub addresses: Vec<Address>,
    /// Any of these is the relay's key.
    pub pins: Vec<KeyPin>,
    /// The key that the relay signs heads with.
    pub log: Option<LogKey>,
}

/// A stretch of ten minutes: ids live no longer, so that nobody can be followed from network to network by one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Slot(u64);

impl Slot {
    /// The one that a time lies in.
    pub(super) fn at(now: SystemTime) -> Self {
        let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(since.as_secs() / SLOT_S)
    }

    /// This one and its neighbours: clocks differ.
    pub(super) fn around(self) -> [Self; 3] {
        [self, Self(self.0.saturating_sub(1)), Self(self.0.saturating_add(1))]
    }
}

/// What makes and recognises the beacons of one key. `Debug` hides it.
pub(super) struct Beacon {
    seed: Zeroizing<[u8; 32]>,
    aead: XChaCha20Poly1305,
}

impl Beacon {
    /// From `DoorSeeds::beacon`.
    pub(super) fn new(seed: &[u8; 32]) -> Self {
        let key = Zeroizing::new(hmac(seed, &[KEY_LABEL]));
        // The cipher wipes its copy of the key when it is dropped.
        Self { seed: Zeroizing::new(*seed), aead: XChaCha20Poly1305::new((&*key).into()) }
    }

    /// The instance name in a slot: 32 hexadecimal digits.
    pub(super) fn name(&self, slot: Slot) -> String {
        self.id(slot).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn id(&self, slot: Slot) -> [u8; 16] {
        let whole = hmac(&self.seed, &[ID_LABEL, &slot.0.to_be_bytes()]);
        let mut id = [0; 16];
        id.copy_from_slice(&whole[..16]);
        id
    }

    /// The sealed part for a slot, as text. `nonce` must be random.
    pub(super) fn seal(&self, slot: Slot, hint: &Hint, nonce: [u8; NONCE_BYTES]) -> Option<String> {
        let (plain, id) = (encode(hint)?, self.id(slot));
        let payload = Payload { msg: &plain, aad: &id };
        let sealed = self.aead.encrypt(XNonce::from_slice(&nonce), payload).ok()?;
        Some(URL_SAFE_NO_PAD.encode([&nonce[..], &sealed].concat()))
    }

    /// What a sealed part of a slot says; `None` for what the key did not seal for that slot.
    pub(super) fn open(&self, slot: Slot, text: &str) -> Option<Hint> {
        if text.len() != SEALED_CHARS {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_BYTES)?;
        let payload = Payload { msg: sealed, aad: &self.id(slot) };
        decode(&self.aead.decrypt(XNonce::from_slice(nonce), payload).ok()?)
    }
}

impl fmt::Debug for Beacon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Beacon(..)")
    }
}

fn hmac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    // A key is filled up with zeros to the length of a block (RFC 2104, 2).
    let mut block = Zeroizing::new([0; 64]);
    block[..32].copy_from_slice(key);
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new((&*block).into());
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

/// Version, room, port, log key (or zeros behind a 0), pins, addresses; filled up with zeros to one length, so that
/// the length says nothing. Addresses that find no place are left out. `None` without a pin or an address that can stand in it.
fn encode(hint: &Hint) -> Option<[u8; PLAIN_BYTES]> {
    let port = hint.addresses.first()?.port();
    let mut out = Vec::with_capacity(PLAIN_BYTES);
    out.push(VERSION);
    out.extend(hint.room.as_bytes());
    out.extend(port.to_be_bytes());
    out.push(u8::from(hint.log.is_some()));
    out.extend(hint.log.map_or([0; 32], |log| *log.as_bytes()));
    let pins = &hint.pins[..hint.pins.len().min(Place::MAX_PINS)];
    out.push(u8::try_from(pins.len()).ok().filter(|&count| count > 0)?);
    pins.iter().for_each(|pin| out.extend(pin.as_bytes()));
    let before = out.len();
    let ips = hint.addresses.iter().filter(|address| address.port() == port).filter_map(Address::ip);
    for ip in ips.filter(|ip| is_useful(*ip)).take(Place::MAX_ADDRESSES) {
        let (kind, bytes) = match ip {
            IpAddr::V4(v4) => (4, v4.octets().to_vec()),
            IpAddr::V6(v6) => (6, v6.octets().to_vec()),
        };
        if out.len() + 1 + bytes.len() <= PLAIN_BYTES {
            out.push(kind);
            out.extend(bytes);
        }
    }
    let said = out.len() > before;
    out.resize(PLAIN_BYTES, 0);
    out.try_into().ok().filter(|_| said && port != 0)
}

/// Reads what [`encode`] wrote, and nothing else.
fn decode(plain: &[u8]) -> Option<Hint> {
    let mut rest = Reader(plain);
    let [VERSION] = rest.take()? else { return None };
    let room = RoomId::from_bytes(rest.take()?);
    let port = u16::from_be_bytes(rest.take()?);
    let (has_log, log) = (rest.take()?, LogKey::from_bytes(rest.take()?));
    let log = match has_log {
        [0] => None,
        [1] => Some(log),
        _ => return None,
    };
    let [count] = rest.take()?;
    if port == 0 || !(1..=Place::MAX_PINS).contains(&usize::from(count)) {
        return None;
    }
    let pins = (0..count).map(|_| rest.take().map(KeyPin::from_bytes)).collect::<Option<Vec<_>>>()?;
    let mut addresses = Vec::new();
    while let Some([kind]) = rest.take() {
        let ip = match kind {
            4 => IpAddr::from(rest.take::<4>()?),
            6 => IpAddr::from(rest.take::<16>()?),
            0 => break,
            _ => return None,
        };
        if !is_useful(ip) || addresses.len() == Place::MAX_ADDRESSES {
            return None;
        }
        addresses.push(Address::from(SocketAddr::new(ip, port)));
    }
    let filled_up = rest.0.iter().all(|&byte| byte == 0);
    (filled_up && !addresses.is_empty()).then_some(Hint { room, addresses, pins, log })
}

/// Whether others on the network can mean the same place by it.
fn is_useful(ip: IpAddr) -> bool {
    let link_local = matches!(ip, IpAddr::V6(v6) if v6.is_unicast_link_local());
    !(ip.is_loopback() || ip.is_unspecified() || ip.is_multicast() || link_local)
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }
}

const SLOT_S: u64 = 600;
const ID_LABEL: &[u8] = b"keyroom beacon id v1\0";
const KEY_LABEL: &[u8] = b"keyroom beacon key v1\0";
const VERSION: u8 = 1;
pub(super) const NONCE_BYTES: usize = 24;
/// Room for all pins and eight addresses of IPv4: the TXT record stays under 400 bytes.
const PLAIN_BYTES: usize = 240;
const TAG_BYTES: usize = 16;
/// Length of the sealed part as text.
const SEALED_CHARS: usize = ((NONCE_BYTES + PLAIN_BYTES + TAG_BYTES) * 4).div_ceil(3);

#[cfg(test)]
mod tests;
