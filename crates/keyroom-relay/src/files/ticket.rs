//! Tickets: what allows to upload or fetch one file. The relay hands them out on a link and remembers none.

use std::fmt;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use keyroom_types::{FileId, RoomId, Timestamp};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::{StartError, private};

/// What a ticket allows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub enum Purpose {
    /// To upload the file.
    Put = 1,
    /// To fetch it.
    Get = 2,
}

/// What a ticket says: what is allowed with which file, until when.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Ticket {
    /// What is allowed.
    pub purpose: Purpose,
    /// The room whose quota the file counts for.
    pub room: RoomId,
    /// Which file.
    pub file: FileId,
    /// Its exact size in bytes.
    pub size: u64,
    /// When the ticket ends.
    pub expires: Timestamp,
}

/// Makes tickets and checks them. The secret behind it is the relay's own.
///
/// A ticket is base64url without padding of `version 1 (1) ‖ purpose (1) ‖ room (16) ‖ file (16) ‖ size (8) ‖ expiry in
/// ms (8) ‖ HMAC-SHA256 over all before it (32)`, numbers big-endian.
pub struct Tickets {
    key: Zeroizing<[u8; 32]>,
}

impl Tickets {
    /// The secret that is kept in this directory, drawn where there is none; without a directory, one that ends with
    /// the process.
    pub(crate) fn open(dir: Option<&Path>) -> Result<Self, StartError> {
        let mut key = Zeroizing::new([0; 32]);
        let path = dir.map(|dir| dir.join("ticket.key"));
        if let Some(path) = &path
            && let Some(kept) = private::read(path).map_err(|error| StartError::io("read", path, &error))?
        {
            // Half a secret is none; with a new one, clients ask for new tickets.
            if let Ok(kept) = <[u8; 32]>::try_from(&kept[..]) {
                key = Zeroizing::new(kept);
                return Ok(Self { key });
            }
        }
        getrandom::fill(&mut *key).map_err(|_| StartError::NoRandomness)?;
        if let Some(path) = &path {
            private::write(path, &*key).map_err(|error| StartError::io("write", path, &error))?;
        }
        Ok(Self { key })
    }

    /// Takes the secret itself.
    pub fn from_key(key: [u8; 32]) -> Self {
        Self { key: Zeroizing::new(key) }
    }

    /// The ticket as it travels.
    pub fn mint(&self, ticket: &Ticket) -> String {
        let mut bytes = Vec::with_capacity(TICKET_BYTES);
        bytes.extend([VERSION, ticket.purpose as u8]);
        bytes.extend(ticket.room.as_bytes());
        bytes.extend(ticket.file.as_bytes());
        bytes.extend(ticket.size.to_be_bytes());
        bytes.extend(ticket.expires.as_millis().to_be_bytes());
        let tag = self.mac(&bytes).finalize().into_bytes();
        bytes.extend(tag);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a ticket and checks that this relay made it and that it has not ended.
    ///
    /// # Errors
    /// One answer for all that is not ours, found in constant time.
    pub fn verify(&self, text: &str, now: Timestamp) -> Result<Ticket, TicketError> {
        // The length first, so that a huge header is not decoded to find out that it is none.
        if text.len() != (TICKET_BYTES * 4).div_ceil(3) {
            return Err(TicketError::NotAuthentic);
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| TicketError::NotAuthentic)?;
        let (said, tag) = bytes.split_at_checked(SAID_BYTES).ok_or(TicketError::NotAuthentic)?;
        self.mac(said).verify_slice(tag).map_err(|_| TicketError::NotAuthentic)?;
        let ticket = read(said).ok_or(TicketError::NotAuthentic)?;
        if now >= ticket.expires { Err(TicketError::Expired) } else { Ok(ticket) }
    }

    fn mac(&self, bytes: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&*self.key).expect("HMAC takes keys of any length");
        mac.update(LABEL);
        mac.update(bytes);
        mac
    }
}

impl fmt::Debug for Tickets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tickets(..)")
    }
}

/// Why a ticket opens nothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TicketError {
    /// This relay did not make it.
    #[error("this relay did not make the ticket")]
    NotAuthentic,
    /// Its time is over.
    #[error("the ticket has ended; ask for another one")]
    Expired,
}

fn read(said: &[u8]) -> Option<Ticket> {
    let (&[VERSION, purpose], rest) = said.split_first_chunk()? else { return None };
    let (room, rest) = rest.split_first_chunk()?;
    let (file, rest) = rest.split_first_chunk()?;
    let (size, rest) = rest.split_first_chunk()?;
    let expires = rest.try_into().ok()?;
    Some(Ticket {
        purpose: match purpose {
            1 => Purpose::Put,
            2 => Purpose::Get,
            _ => return None,
        },
        room: RoomId::from_bytes(*room),
        file: FileId::from_bytes(*file),
        size: u64::from_be_bytes(*size),
        expires: Timestamp::from_millis(u64::from_be_bytes(expires)),
    })
}

const VERSION: u8 = 1;
/// Keeps what this key authenticates apart from all other uses it might get.
const LABEL: &[u8] = b"keyroom file ticket v1";
const SAID_BYTES: usize = 2 + RoomId::BYTES + FileId::BYTES + 8 + 8;
const TICKET_BYTES: usize = SAID_BYTES + 32;

#[cfg(test)]
mod tests {
    use super::*;

    fn ticket() -> Ticket {
        Ticket {
            purpose: Purpose::Put,
            room: RoomId::from_bytes([1; 16]),
            file: FileId::from_bytes([2; 16]),
            size: 300,
            expires: Timestamp::from_millis(1000),
        }
    }

    #[test]
    fn a_ticket_reads_back_until_it_ends() {
        let tickets = Tickets::from_key([7; 32]);
        let text = tickets.mint(&ticket());
        assert_eq!(tickets.verify(&text, Timestamp::from_millis(999)), Ok(ticket()));
        assert_eq!(tickets.verify(&text, Timestamp::from_millis(1000)), Err(TicketError::Expired));
    }

    #[test]
    fn no_bit_of_a_ticket_can_be_changed() {
        let tickets = Tickets::from_key([7; 32]);
        let text = tickets.mint(&ticket());
        let bytes = URL_SAFE_NO_PAD.decode(&text).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut forged = bytes.clone();
            forged[bit / 8] ^= 1 << (bit % 8);
            let forged = URL_SAFE_NO_PAD.encode(forged);
            assert_eq!(tickets.verify(&forged, Timestamp::default()), Err(TicketError::NotAuthentic));
        }
        for junk in ["", "a", &text[1..], &format!("{text}A")] {
            assert_eq!(tickets.verify(junk, Timestamp::default()), Err(TicketError::NotAuthentic));
        }
        assert_eq!(
            Tickets::from_key([8; 32]).verify(&text, Timestamp::default()),
            Err(TicketError::NotAuthentic)
        );
    }

    #[test]
    fn the_secret_is_kept_for_its_owner_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = crate::scratch_dir("ticket-key");
        let text = Tickets::open(Some(&*dir)).unwrap().mint(&ticket());
        assert!(Tickets::open(Some(&*dir)).unwrap().verify(&text, Timestamp::default()).is_ok());
        assert!(Tickets::open(None).unwrap().verify(&text, Timestamp::default()).is_err());
        let mode = std::fs::metadata(dir.join("ticket.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
