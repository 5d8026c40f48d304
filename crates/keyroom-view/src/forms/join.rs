//! *Join a room*.

use keyroom_client::{DEFAULT_PACE, EnterBy, JoinOptions, RoomId, SealedJoinOptions};
use keyroom_types::{
    Address, AddressError, DEFAULT_PORT, Invite, InviteError, Key, KeyError, Label, Place, SealedInvite, text,
};

use super::{FieldState, kind_choices};
use crate::app::Setting;
use crate::input::{Field, RoomKind};
use crate::room::Entering;
use crate::screen::{JoinForm, NearbyList, TextField};
use crate::secret::FieldText;
use crate::words;

/// What is entered to join a room.
#[derive(Clone, Debug)]
pub(crate) struct JoinState {
    kind: RoomKind,
    address: FieldState,
    key: FieldState,
    me: FieldState,
    /// Where else the room of the link (or found nearby) can be, as long as its address stands in the field.
    others: Vec<Address>,
    /// What is wrong with a link, and in which field it stands.
    link: Option<(Field, InviteError)>,
    from_link: bool,
    /// The whole link to a sealed room, as long as its key stands in the field: it says whom to trust.
    invite: Option<Box<SealedInvite>>,
    /// Whether rooms can be found on this network by their key.
    discovery: bool,
    /// The room that this one takes the place of.
    pub(crate) replaces: Option<RoomId>,
}

impl JoinState {
    /// A form for a sealed room that is found by its key, or is on this computer where none can be found.
    pub(crate) fn new(me: &str, discovery: bool) -> Self {
        Self {
            kind: RoomKind::default(),
            address: FieldState::with(start_address(RoomKind::default(), discovery)),
            key: FieldState::with(""),
            me: FieldState::with(me),
            others: Vec::new(),
            link: None,
            from_link: false,
            invite: None,
            discovery,
            replaces: None,
        }
    }

    /// A form with what a room was entered with.
    pub(crate) fn again(room: RoomId, options: &Entering, discovery: bool) -> Self {
        let mut form = Self::new(options.me().as_str(), discovery);
        match options {
            Entering::Fernet(options) => {
                form.kind = RoomKind::Fernet;
                form.at(&options.addresses);
                form.key.set(options.key.show());
            }
            Entering::Sealed(options) => match &options.by {
                EnterBy::Invite(invite) => form.take(&invite.clone().into()),
                EnterBy::Key { key, addresses } => {
                    form.address.set("");
                    form.at(addresses);
                    form.key.set(key.show());
                }
            },
        }
        form.replaces = Some(room);
        form
    }

    /// A form for a sealed room that the profile knows, of which nothing is filled in: only a new key or link leads into it.
    pub(crate) fn instead_of(room: RoomId, me: &str, discovery: bool) -> Self {
        Self { replaces: Some(room), ..Self::new(me, discovery) }
    }

    /// Another kind of room. What a link says of it is not asked.
    pub(crate) fn kind(&mut self, kind: RoomKind) {
        if self.invite.is_some() || self.kind == kind {
            return;
        }
        let untouched = **self.address.text() == *start_address(self.kind, self.discovery);
        self.kind = kind;
        if untouched {
            self.address.set(start_address(kind, self.discovery));
        }
    }

    /// A room that announces itself nearby: only Fernet rooms can be seen without their key.
    pub(crate) fn nearby(&mut self, addresses: &[Address]) {
        self.invite = None;
        self.kind = RoomKind::Fernet;
        self.at(addresses);
    }

    /// Takes the addresses of a room, best first.
    pub(crate) fn at(&mut self, addresses: &[Address]) {
        if let Some((first, others)) = addresses.split_first() {
            self.address.set(first.to_string());
            self.others = others.to_vec();
        }
    }

    pub(crate) fn edit(&mut self, field: Field, text: FieldText) {
        match field {
            Field::JoinMyName => self.me.edit(text),
            Field::Address | Field::Key => self.edit_place(field, text),
            _ => {}
        }
    }

    fn edit_place(&mut self, field: Field, text: FieldText) {
        let state = if field == Field::Address { &mut self.address } else { &mut self.key };
        if text == *state.text() && state.is_bounded() {
            return;
        }
        if self.link.is_some_and(|(at, _)| at == field) {
            self.link = None;
        }
        self.from_link = false;
        if let Some(invite) = inserted_link(state.text(), &text) {
            return self.take(&invite);
        }
        let pasted = unlabelled(&text);
        if Invite::is_meant(pasted) && pasted.len() <= Invite::MAX_BYTES {
            match Invite::parse(pasted) {
                Ok(invite) => return self.take(&invite),
                Err(error) => self.link = Some((field, error)),
            }
        }
        if field == Field::Address {
            self.others.clear();
            self.address.edit(text);
        } else {
            self.invite = None;
            self.key.edit(text);
        }
    }

    fn take(&mut self, invite: &Invite) {
        self.at(invite.addresses());
        self.key.set(invite.key().show());
        self.link = None;
        self.from_link = true;
        (self.kind, self.invite) = match invite {
            Invite::Fernet(_) => (RoomKind::Fernet, None),
            Invite::Sealed(invite) => (RoomKind::Sealed, Some(invite.clone())),
        };
    }

    /// The options, where every field is in order.
    pub(crate) fn options(&self) -> Option<Entering> {
        if self.link.is_some() || ![&self.address, &self.key, &self.me].iter().all(|f| f.is_bounded()) {
            return None;
        }
        let (key, me) = (self.parse_key().ok()?, self.me.text().parse().ok()?);
        let first = match self.parse_address() {
            Ok(first) => Some(first),
            Err(AddressError::Empty) if self.finds_by_key() => None,
            Err(_) => return None,
        };
        let addresses: Vec<Address> = first.iter().chain(&self.others).cloned().collect();
        Some(match (self.kind, first) {
            (RoomKind::Fernet, first) => {
                let name = room_name(&first?);
                Entering::Fernet(Box::new(JoinOptions { name, me, addresses, key, pace: DEFAULT_PACE }))
            }
            (RoomKind::Sealed, _) => {
                let by = match &self.invite {
                    // Whom to trust there stays as the link says, wherever it is.
                    Some(invite) => EnterBy::Invite(SealedInvite {
                        place: place_at(&invite.place, addresses)?,
                        ..(**invite).clone()
                    }),
                    None => EnterBy::Key { key, addresses },
                };
                Entering::Sealed(Box::new(SealedJoinOptions { me, by }))
            }
        })
    }

    /// Whether the room is looked for on this network where no address is given.
    fn finds_by_key(&self) -> bool {
        self.kind == RoomKind::Sealed && self.discovery && self.invite.is_none()
    }

    /// What this person is called, where that is a name.
    pub(crate) fn me(&self) -> Option<Label> {
        self.me.text().parse().ok()
    }

    pub(crate) fn show(&self, nearby: NearbyList, setting: Setting<'_>) -> JoinForm {
        let sealed = self.kind == RoomKind::Sealed;
        JoinForm {
            kind: self.kind,
            kind_choices: kind_choices(),
            kind_asked: !self.from_link,
            title: words::JOIN_A_ROOM.to_owned(),
            lead: words::JOIN_LEAD.to_owned(),
            address: self.show_address(),
            key: self.show_key(),
            me: self.me.show_name(
                words::YOUR_NAME.text(),
                if sealed { words::YOUR_NAME_SEEN.text() } else { words::YOUR_NAME_HINT.text() },
            ),
            note: if setting.kept.is_none() { words::NOTHING_KEPT.text() } else { "" }.to_owned(),
            nearby,
            submit: words::JOIN.to_owned(),
            can_submit: self.options().is_some(),
        }
    }

    fn show_address(&self) -> TextField {
        let (mut hint, mut error) = (words::ADDRESS_HINT.text(), String::new());
        match (self.link, self.parse_address()) {
            (Some((Field::Address, fault)), _) => error = words::link_error(fault),
            (_, Ok(address)) if is_this_computer(&address) => hint = words::ADDRESS_HERE.text(),
            (_, Ok(_)) => {}
            (_, Err(AddressError::Empty)) if self.finds_by_key() => hint = words::ADDRESS_BY_KEY.text(),
            (_, Err(fault)) => error = words::address_error(fault),
        }
        let placeholder = if self.finds_by_key() {
            words::ADDRESS_BY_KEY_PLACEHOLDER.text()
        } else {
            words::ADDRESS_PLACEHOLDER
        };
        self.address.show(words::ADDRESS.text(), placeholder, hint.to_owned(), error)
    }

    fn show_key(&self) -> TextField {
        let (mut hint, mut error) = (words::KEY_HINT.to_owned(), String::new());
        match (self.link, self.parse_key()) {
            (Some((Field::Key, fault)), _) => error = words::link_error(fault),
            (_, Ok(_)) if self.invite.is_some() => hint = words::SEALED_LINK_READ.to_owned(),
            (_, Ok(_)) if self.from_link => hint = words::LINK_READ.to_owned(),
            (_, Ok(_)) => hint = words::KEY_COMPLETE.to_owned(),
            (_, Err(KeyError::TooShort { chars })) => hint = words::key_so_far(chars),
            (_, Err(fault)) => error = words::key_error(fault),
        }
        self.key.show(words::KEY_FIELD.text(), words::KEY_PLACEHOLDER.text(), hint, error)
    }

    /// Spaces and line breaks inside come from copying and mean nothing.
    fn parse_address(&self) -> Result<Address, AddressError> {
        let clean: String =
            unlabelled(self.address.text()).chars().filter(|ch| !ch.is_whitespace()).collect();
        clean.parse()
    }

    fn parse_key(&self) -> Result<Key, KeyError> {
        Key::parse(unlabelled(self.key.text()))
    }
}

/// What stands in the address before anybody types: nothing where the key finds the room.
fn start_address(kind: RoomKind, discovery: bool) -> String {
    match (kind, discovery) {
        (RoomKind::Sealed, true) => String::new(),
        _ => Address::this_computer().to_string(),
    }
}

/// The place of a link at other addresses, to be recognised in the same way.
fn place_at(place: &Place, addresses: Vec<Address>) -> Option<Place> {
    match place {
        Place::Pinned { pins, .. } => Place::pinned(addresses, pins.clone()),
        _ => Place::named(addresses.into_iter().next()?),
    }
}

/// The link that was pasted into a field in which something stood already, wherever the cursor was.
fn inserted_link(old: &str, new: &str) -> Option<Invite> {
    let ahead = |old: &str, new: &str| -> usize {
        old.chars().zip(new.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum()
    };
    let behind = |old: &str, new: &str| -> usize {
        old.chars().rev().zip(new.chars().rev()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum()
    };
    // Which of two equal characters is old and which is new cannot be told: both readings are tried.
    let prefix = ahead(old, new);
    let early = &new[prefix..new.len() - behind(&old[prefix..], &new[prefix..])];
    let suffix = behind(old, new);
    let (old_rest, new_rest) = (&old[..old.len() - suffix], &new[..new.len() - suffix]);
    let late = &new_rest[ahead(old_rest, new_rest)..];
    [early, late].into_iter().find_map(|part| Invite::parse(unlabelled(part)).ok())
}

/// What stands behind `key:`, `address:` or `invite:`, where a whole line of another face was pasted.
fn unlabelled(text: &str) -> &str {
    let text = text.trim();
    ["key:", "address:", "invite:"]
        .iter()
        .find_map(|label| {
            let start = text.get(..label.len())?;
            start.eq_ignore_ascii_case(label).then(|| text[label.len()..].trim_start())
        })
        .unwrap_or(text)
}

fn is_this_computer(address: &Address) -> bool {
    address.host() == "localhost" || address.ip().is_some_and(|ip| ip.is_loopback())
}

/// What a joined room is called: its wire has no name. The port tells two rooms of one computer apart.
fn room_name(address: &Address) -> Label {
    let mut place =
        if is_this_computer(address) { words::PLACE_HERE.text() } else { address.host() }.to_owned();
    if address.port() != DEFAULT_PORT {
        place.push_str(&words::at_port(address.port()));
    }
    let shown: String = text::one_line(&words::room_named(&place)).chars().take(Label::MAX_CHARS).collect();
    shown.parse().unwrap_or_else(|_| Label::numbered("room", u64::from(address.port())))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: &str =
        "keyroom://127.0.0.1:9999,[::1]:9999/?kind=fernet#cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";

    #[test]
    fn a_link_pasted_anywhere_into_a_filled_field_is_understood() {
        for old in ["127.0.0.1:9999", "k", "=", "", "keyroom://", "ключ"] {
            for cut in (0..=old.len()).filter(|&cut| old.is_char_boundary(cut)) {
                let new = format!("{}{LINK}{}", &old[..cut], &old[cut..]);
                let invite = inserted_link(old, &new).unwrap_or_else(|| panic!("{old:?} at {cut}"));
                assert_eq!(invite.show().as_str(), LINK);
            }
        }
        assert_eq!(inserted_link("127.0.0.1:9999", "127.0.0.1:99990"), None);
    }

    #[test]
    fn rooms_of_one_computer_are_told_apart_by_their_port() {
        let named = |text: &str| room_name(&text.parse().unwrap()).to_string();
        assert_eq!(named("127.0.0.1"), "Room at this computer");
        assert_eq!(named("127.0.0.1:9871"), "Room at this computer, port 9871");
        assert_eq!(named("192.168.1.23:80"), "Room at 192.168.1.23, port 80");
        assert!(named(&format!("{}:80", "x".repeat(200))).chars().count() <= Label::MAX_CHARS);
    }
}
