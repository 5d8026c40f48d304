//! *Host a room*.

use std::net::SocketAddr;

use keyroom_client::{
    CloseReason, DEFAULT_PACE, HostOptions, INVITE_FOR, Listen, ListenFault, Network, RelayAt, RoomId,
    SealedHostOptions,
};
use keyroom_types::{Label, limits};

use super::{FieldState, kind_choices};
use crate::app::Setting;
use crate::input::{Field, ListenChoice, RoomKind};
use crate::room::Hosting;
use crate::screen::{AddressLine, Choice, HostSetup, Switch};
use crate::secret::FieldText;
use crate::words;

/// What is entered to host a room.
#[derive(Clone, Debug)]
pub(crate) struct HostForm {
    kind: RoomKind,
    name: FieldState,
    me: FieldState,
    port: FieldState,
    listen: ListenChoice,
    announce: bool,
    /// Whether what others send is kept on disk, where that is possible.
    on_disk: bool,
    fault: Option<CloseReason>,
    /// The room that is being opened.
    pub(crate) opening: Option<RoomId>,
}

impl HostForm {
    /// A form that can be submitted as it is.
    pub(crate) fn new(me: &str) -> Self {
        Self {
            kind: RoomKind::default(),
            name: FieldState::with(words::ROOM_NAME_DEFAULT.text()),
            me: FieldState::with(me),
            port: FieldState::with(""),
            listen: ListenChoice::default(),
            announce: true,
            on_disk: true,
            fault: None,
            opening: None,
        }
    }

    /// A form with what a failed attempt had.
    pub(crate) fn after_failure(options: &Hosting, fault: CloseReason) -> Self {
        let (kind, listen, announce) = match options {
            Hosting::Fernet(options) => (RoomKind::Fernet, Some(&options.listen), options.announce),
            Hosting::Sealed(options) => match &options.at {
                RelayAt::Here { listen, .. } => (RoomKind::Sealed, Some(listen), options.announce),
                RelayAt::There(_) => (RoomKind::Sealed, None, options.announce),
            },
        };
        let (listen, port) = match listen.unwrap_or(&Listen::Everywhere) {
            Listen::Everywhere => (ListenChoice::ThisNetwork, None),
            Listen::EverywhereAt(port) => (ListenChoice::ThisNetwork, Some(*port)),
            Listen::ThisComputer => (ListenChoice::ThisComputer, None),
            Listen::ThisComputerAt(port) => (ListenChoice::ThisComputer, Some(*port)),
            Listen::At(addrs) => {
                let local = !addrs.is_empty() && addrs.iter().all(|addr| addr.ip().is_loopback());
                let listen = if local { ListenChoice::ThisComputer } else { ListenChoice::ThisNetwork };
                (listen, addrs.first().map(SocketAddr::port))
            }
        };
        Self {
            kind,
            name: FieldState::with(options.name().as_str()),
            me: FieldState::with(options.me().as_str()),
            port: FieldState::with(
                port.filter(|&port| port != 0).map(|port| port.to_string()).unwrap_or_default(),
            ),
            listen,
            announce,
            on_disk: !matches!(options, Hosting::Sealed(options) if matches!(options.at, RelayAt::Here { data: None, .. })),
            fault: Some(fault),
            opening: None,
        }
    }

    pub(crate) fn edit(&mut self, field: Field, text: FieldText) {
        match field {
            Field::RoomName => self.name.edit(text),
            Field::HostMyName => self.me.edit(text),
            Field::Port => {
                // The sentence about a taken port goes when another is typed, not when the old one is shown.
                if text != *self.port.text() {
                    self.fault = None;
                }
                self.port.edit(text);
            }
            _ => {}
        }
    }

    pub(crate) fn kind(&mut self, kind: RoomKind) {
        self.kind = kind;
        self.fault = None;
    }

    pub(crate) fn listen(&mut self, choice: ListenChoice) {
        self.listen = choice;
        self.fault = None;
    }

    pub(crate) fn on_disk(&mut self, on: bool) {
        self.on_disk = on;
    }

    pub(crate) fn announce(&mut self, on: bool) {
        self.announce = on;
    }

    /// The options, where every field is in order.
    pub(crate) fn options(&self, setting: Setting<'_>) -> Option<Hosting> {
        if self.opening.is_some() || ![&self.name, &self.me, &self.port].iter().all(|f| f.is_bounded()) {
            return None;
        }
        let listen = match (self.port().ok()?, self.listen) {
            (Some(port), ListenChoice::ThisNetwork) => Listen::EverywhereAt(port),
            (Some(port), ListenChoice::ThisComputer) => Listen::ThisComputerAt(port),
            (None, ListenChoice::ThisNetwork) => Listen::Everywhere,
            (None, ListenChoice::ThisComputer) => Listen::ThisComputer,
        };
        let (name, me) = (self.name.text().parse().ok()?, self.me.text().parse().ok()?);
        let announce = self.announce && setting.discovery && self.listen == ListenChoice::ThisNetwork;
        Some(match self.kind {
            RoomKind::Fernet => Hosting::Fernet(Box::new(HostOptions {
                name,
                me,
                key: None,
                listen,
                announce,
                pace: DEFAULT_PACE,
            })),
            RoomKind::Sealed => Hosting::Sealed(Box::new(SealedHostOptions {
                name,
                me,
                key: None,
                at: RelayAt::Here {
                    listen,
                    data: setting.kept.filter(|_| self.on_disk).map(ToOwned::to_owned),
                },
                announce,
                max_members: limits::HYBRID_MEMBERS,
                approval: false,
                invite_for: INVITE_FOR,
            })),
        })
    }

    /// What this person is called, where that is a name.
    pub(crate) fn me(&self) -> Option<Label> {
        self.me.text().parse().ok()
    }

    pub(crate) fn show(&self, setting: Setting<'_>) -> HostSetup {
        let discovery = setting.discovery;
        let sealed = self.kind == RoomKind::Sealed;
        let port = self.port();
        let (port_fault, fault) = match &self.fault {
            Some(CloseReason::CannotListen(
                fault @ (ListenFault::PortTaken { .. } | ListenFault::NotAllowed(_)),
            )) => (words::listen_fault(*fault), String::new()),
            Some(other) => {
                let (what, next, _) = words::sealed_closed(other, true);
                (String::new(), format!("{what} {next}").trim_end().to_owned())
            }
            None => (String::new(), String::new()),
        };
        let port_error = if port.is_err() { words::PORT_ERROR.to_owned() } else { port_fault };
        let port_hint = match port {
            Ok(Some(1..1024)) => words::PORT_LOW.text(),
            _ => words::PORT_HINT.text(),
        };
        let choice = |(title, text): (words::Word, words::Word)| Choice {
            title: title.to_owned(),
            text: text.to_owned(),
        };
        let far = self.listen == ListenChoice::ThisNetwork;
        let announce = far && discovery;
        HostSetup {
            title: words::HOST_A_ROOM.to_owned(),
            kind: self.kind,
            kind_choices: kind_choices(),
            name: self.name.show_name(
                words::ROOM_NAME.text(),
                if sealed { words::ROOM_NAME_SEEN.text() } else { words::ROOM_NAME_HINT.text() },
            ),
            me: self.me.show_name(
                words::YOUR_NAME.text(),
                if sealed { words::YOUR_NAME_SEEN.text() } else { words::YOUR_NAME_HINT.text() },
            ),
            on_disk: self.on_disk,
            keep_choices: if sealed && setting.kept.is_some() {
                vec![choice(words::ON_DISK), choice(words::IN_MEMORY)]
            } else {
                Vec::new()
            },
            addresses: if far {
                setting.networks.iter().map(|network| network_line(network, port.ok().flatten())).collect()
            } else {
                Vec::new()
            },
            addresses_label: match (far, setting.networks.is_empty()) {
                (false, _) => "",
                (true, false) => words::WILL_BE_AT.text(),
                (true, true) => words::NO_NETWORK.text(),
            }
            .to_owned(),
            listen: self.listen,
            listen_choices: [choice(words::THIS_NETWORK), choice(words::THIS_COMPUTER)],
            port: self.port.show(words::PORT.text(), "", port_hint.to_owned(), port_error),
            announce: Switch {
                label: if sealed { words::ANNOUNCE_BY_KEY.text() } else { words::ANNOUNCE.text() }.to_owned(),
                hint: match (self.listen, discovery, self.announce) {
                    (ListenChoice::ThisComputer, ..) => words::ANNOUNCE_LOOPBACK.text(),
                    (_, false, _) => words::ANNOUNCE_DISABLED.text(),
                    (_, _, true) if sealed => words::ANNOUNCE_BY_KEY_ON.text(),
                    (_, _, true) => words::ANNOUNCE_ON.text(),
                    (_, _, false) => words::ANNOUNCE_OFF.text(),
                }
                .to_owned(),
                on: self.announce && announce,
                enabled: announce,
            },
            lacks: if sealed { Vec::new() } else { words::lacks() },
            note: if setting.kept.is_none() { words::NOTHING_KEPT.text() } else { "" }.to_owned(),
            error: fault,
            submit: if self.opening.is_some() { words::OPENING.text() } else { words::OPEN_ROOM.text() }
                .to_owned(),
            can_submit: self.options(setting).is_some(),
        }
    }

    /// The port: none where the field is empty.
    fn port(&self) -> Result<Option<u16>, ()> {
        match self.port.text().trim() {
            "" => Ok(None),
            text if text.bytes().all(|byte| byte.is_ascii_digit()) => {
                text.parse().ok().filter(|&port| port != 0).map(Some).ok_or(())
            }
            _ => Err(()),
        }
    }
}

/// Where others will find the room on one network.
fn network_line(network: &Network, port: Option<u16>) -> AddressLine {
    let address = match port {
        Some(port) => SocketAddr::new(network.address, port).to_string(),
        None => network.address.to_string(),
    };
    AddressLine { address, hint: words::network(&network.interface) }
}
