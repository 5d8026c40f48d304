//! The sheet with a room's key, and how others come in.

use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use keyroom_client::Network;
use keyroom_types::{Address, DoorId, Invite, SealedInvite, Timestamp, text};
use qrcode::{EcLevel, QrCode};
use zeroize::Zeroizing;

use super::doors::Doors;
use super::{Room, doors};
use crate::app::Setting;
use crate::input::RoomKind;
use crate::screen::{AddressLine, KeySheet, QrMatrix, Switch};
use crate::secret::FieldText;
use crate::words;

/// The open sheet. What takes work is made once.
#[derive(Debug)]
pub(crate) struct Sheet {
    /// How others come in by the key that is shown.
    invite: Invite,
    /// The door of that key, where it is another than the room's own.
    door: Option<DoorId>,
    qr: Option<QrMatrix>,
    copied: Option<(Copied, SystemTime)>,
    /// Whether the code is shown large.
    pub(crate) large: bool,
    /// What is chosen behind *Advanced*.
    pub(crate) doors: Doors,
}

/// What was copied from the sheet.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Copied {
    Key,
    Link,
    Address,
}

impl Sheet {
    /// The sheet of a room, where its key is known.
    pub(crate) fn open(room: &Room) -> Option<Self> {
        let invite = room.invite()?;
        let qr = qr(&invite.show());
        Some(Self { invite, door: None, qr, copied: None, large: false, doors: Doors::default() })
    }

    /// The room has another key, or another link.
    pub(crate) fn renew(&mut self, room: &Room) {
        if let Some(new) = Self::open(room) {
            let (large, doors) = (self.large, std::mem::take(&mut self.doors));
            *self = Self { large, doors, ..new };
        }
    }

    /// Shows the key of a door instead, where it is known here.
    pub(crate) fn show_door(&mut self, room: &Room, id: DoorId) {
        let Some(door) = doors::doors(room).find(|door| door.id == id) else { return };
        let (Some(Invite::Sealed(own)), Some(key)) = (room.invite(), door.key.clone()) else { return };
        if door.main {
            return self.renew(room);
        }
        // A link holds no longer than its door is open.
        let expires = door.expires.map(Timestamp::from);
        let until = [own.until, expires].into_iter().flatten().min();
        self.invite = Invite::from(SealedInvite { key, until, ..*own });
        self.door = Some(id);
        self.qr = qr(&self.invite.show());
        self.copied = None;
    }

    /// A door was closed, or its name is known now.
    pub(crate) fn doors_changed(&mut self, room: &Room) {
        if let Some(made) = self.doors.made(room) {
            self.show_door(room, made);
        } else if self.door.is_some_and(|id| doors::doors(room).all(|door| door.id != id)) {
            self.renew(room);
        }
    }

    /// The key, to be copied.
    pub(crate) fn key(&self) -> FieldText {
        self.invite.key().show().into()
    }

    /// The link, to be copied.
    pub(crate) fn link(&self) -> FieldText {
        self.invite.show().into()
    }

    /// The addresses, best first.
    pub(crate) fn addresses<'a>(&'a self, room: &'a Room) -> &'a [Address] {
        room.opened().map_or(self.invite.addresses(), |opened| &opened.addresses)
    }

    /// Remembers what was copied, to say so for a while.
    pub(crate) fn copied(&mut self, what: Copied, now: SystemTime) {
        self.copied = Some((what, now));
    }

    /// When the line about it goes.
    pub(crate) fn copied_until(&self) -> Option<SystemTime> {
        self.copied.map(|(_, at)| at + SAID_FOR)
    }

    /// Takes the line away when its time has come.
    pub(crate) fn tick(&mut self, now: SystemTime) -> bool {
        let over = self.copied_until().is_some_and(|until| until <= now);
        if over {
            self.copied = None;
        }
        over
    }

    pub(crate) fn show(&self, room: &Room, setting: Setting<'_>) -> KeySheet {
        let sealed = room.is_sealed();
        let grouped = self.invite.key().show_grouped();
        let half = grouped.match_indices(' ').nth(4).map_or(grouped.len(), |(at, _)| at);
        let (first, second) = grouped.split_at(half);
        KeySheet {
            title: words::invite_to(&room.name),
            warning: if sealed { words::SEALED_KEY_WARNING.text() } else { words::KEY_WARNING.text() }
                .to_owned(),
            key_lines: [first.into(), second.trim_start().into()],
            link: self.link(),
            qr: self.qr.clone(),
            addresses: self
                .addresses(room)
                .iter()
                .map(|address| address_line(address, setting.networks))
                .collect(),
            notes: self.notes(room, setting),
            announce: announce(room, setting.discovery),
            lacks: if sealed { Vec::new() } else { words::lacks() },
            copied: match self.copied {
                Some((Copied::Key, _)) => words::COPIED_KEY.to_owned(),
                Some((Copied::Link, _)) => words::COPIED_LINK.to_owned(),
                Some((Copied::Address, _)) => words::COPIED_ADDRESS.to_owned(),
                None => String::new(),
            },
            large: self.large && self.qr.is_some(),
            doors: self.doors.show(room, self.door, setting.clock, setting.now),
        }
    }

    fn notes(&self, room: &Room, setting: Setting<'_>) -> Vec<String> {
        let mut notes = Vec::new();
        if let Some(opened) = room.opened() {
            notes = opened_notes(room, opened);
        }
        if let Invite::Sealed(invite) = &self.invite
            && let Some(until) = invite.until
        {
            let now = setting.now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
            let left = Duration::from_millis(until.as_millis()).saturating_sub(now);
            // Rounded, so that a link of seven days is not one of six a second later.
            notes.push(words::link_holds((left.as_secs() + DAY / 2) / DAY));
        }
        if room.is_sealed() && setting.kept.is_none() {
            notes.push(words::NOTHING_KEPT.to_owned());
        }
        notes
    }
}

fn opened_notes(room: &Room, opened: &keyroom_client::Opened) -> Vec<String> {
    let mut notes = Vec::new();
    if let (Some(asked), Some(got)) = (opened.taken_port, opened.listening.first()) {
        notes.push(words::port_taken(asked, got.port()));
    }
    if !is_local(opened) {
        let found = match (room.kind(), opened.announced) {
            (RoomKind::Sealed, true) => words::FOUND_BY_KEY.text(),
            (RoomKind::Sealed, false) => words::NOT_FOUND_BY_KEY.text(),
            (RoomKind::Fernet, true) => words::FOUND_NEARBY.text(),
            (RoomKind::Fernet, false) => words::NOT_FOUND_NEARBY.text(),
        };
        notes.push(found.to_owned());
    }
    let kept = room.kept.is_some() && !room.is_in_memory();
    notes.push(if kept { words::CLOSING_PAUSES.text() } else { words::CLOSING_ENDS.text() }.to_owned());
    notes
}

fn announce(room: &Room, discovery: bool) -> Option<Switch> {
    let opened = room.opened()?;
    let local = is_local(opened);
    let sealed = room.is_sealed();
    Some(Switch {
        label: if sealed { words::ANNOUNCE_BY_KEY.text() } else { words::ANNOUNCE.text() }.to_owned(),
        hint: match (local, discovery, opened.announced) {
            (true, ..) => words::ANNOUNCE_LOOPBACK.text(),
            (_, false, _) => words::ANNOUNCE_DISABLED.text(),
            (_, _, true) if sealed => words::ANNOUNCE_BY_KEY_ON.text(),
            (_, _, true) => words::ANNOUNCE_ON.text(),
            (_, _, false) => words::ANNOUNCE_OFF.text(),
        }
        .to_owned(),
        on: opened.announced,
        enabled: !local && discovery,
    })
}

fn is_local(opened: &keyroom_client::Opened) -> bool {
    opened.listening.iter().all(|addr| addr.ip().is_loopback())
}

/// An address, what it is good for, and the network where it is one of this computer's.
pub(crate) fn address_line(address: &Address, networks: &[Network]) -> AddressLine {
    let hint = match address.ip() {
        Some(ip) if ip.is_loopback() => words::FOR_THIS_COMPUTER.text(),
        Some(IpAddr::V4(ip)) if ip.is_private() || ip.is_link_local() => words::FOR_THIS_NETWORK.text(),
        Some(IpAddr::V6(ip)) if ip.is_unique_local() => words::FOR_THIS_NETWORK.text(),
        Some(IpAddr::V6(ip)) if ip.is_unicast_link_local() => words::FOR_NEIGHBOURS.text(),
        // An address with a scope (`fe80::1%2`) is of one cable or Wi-Fi.
        None if address.host().contains('%') => words::FOR_NEIGHBOURS.text(),
        _ => words::FOR_ELSEWHERE.text(),
    };
    let network = networks.iter().find(|network| address.ip() == Some(network.address));
    AddressLine {
        address: text::one_line(&address.to_string()).into_owned(),
        hint: match network {
            Some(network) => format!("{} · {hint}", words::network(&network.interface)),
            None => hint.to_owned(),
        },
    }
}

/// A text that is no secret as a QR code.
pub(crate) fn plain_qr(text: &str) -> Option<QrMatrix> {
    qr(&Zeroizing::new(text.to_owned()))
}

/// The link as a QR code (ISO/IEC 18004), where it is short enough for one.
fn qr(link: &Zeroizing<String>) -> Option<QrMatrix> {
    let code = QrCode::with_error_correction_level(link.as_bytes(), EcLevel::M).ok()?;
    let width = code.width();
    let dark = code.to_colors().into_iter().map(|colour| colour == qrcode::Color::Dark).collect();
    Some(QrMatrix { width, dark })
}

/// How long *copied* is said: as long as a secret stays on the clipboard.
const SAID_FOR: Duration = Duration::from_secs(60);
/// In seconds.
const DAY: u64 = 24 * 60 * 60;
