//! Where a sealed room's relay is, and the way there.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use keyroom_history::{RoomRecord, Trust as StoredTrust};
use keyroom_relay::Relay;
use keyroom_types::{Address, Key, KeyPin, Label, Place as InvitePlace, RelayReference, SealedInvite};
use keyroom_wire::Binding;
use tokio::time::timeout;

use super::relays::Relays;
use crate::command::Listen;
use crate::discovery::Discovery;
use crate::event::CloseReason;
use crate::net::addresses::reachable;
use crate::relay_link::{ConnectError, Transport, Trust, binding, connect, connect_tapped};
use crate::sealed_room::{EnterSetup, room_id};

/// A relay in this process, as one room has it.
pub(super) struct Embedded {
    pub(super) relay: Arc<Relay>,
    pub(super) listening: Vec<SocketAddr>,
    pub(super) addresses: Vec<Address>,
    pub(super) pin: KeyPin,
    pub(super) taken_port: Option<u16>,
    /// Whether the face knows that it is open.
    pub(super) told: bool,
}

impl Embedded {
    /// The one that keeps its data in `data`, or in memory. If none runs yet, it listens at `listen`.
    pub(super) async fn start(
        relays: &Relays,
        listen: &Listen,
        data: Option<&Path>,
    ) -> Result<Self, CloseReason> {
        let (relay, taken_port) = relays.get(listen, data).await?;
        let started = relay.started();
        Ok(Self {
            relay,
            addresses: reachable(&started.addresses),
            listening: started.addresses,
            pin: started.pin,
            taken_port,
            told: false,
        })
    }
}

/// How a room's relay is reached.
#[derive(Clone)]
pub(super) enum Way {
    /// In this process, over a stream in memory; others reach it at these addresses.
    Within { relay: std::sync::Weak<Relay>, pin: KeyPin, addresses: Vec<Address> },
    /// At one of these addresses, recognised in one of these ways. What was seen is remembered.
    Network { addresses: Vec<Address>, trust: Vec<Trust>, seen: Arc<Mutex<Option<KeyPin>>> },
}

type Dialled = Pin<Box<dyn Future<Output = Result<(Transport, Binding), ConnectError>> + Send>>;

impl Way {
    /// The way to the relay of a record.
    pub(super) fn of(record: &RoomRecord, embedded: Option<&Embedded>) -> Self {
        match embedded {
            Some(embedded) => Self::Within {
                relay: Arc::downgrade(&embedded.relay),
                pin: embedded.pin,
                addresses: embedded.addresses.clone(),
            },
            None => Self::network(record.addresses.clone(), Trust::of_record(&record.trust)),
        }
    }

    fn network(addresses: Vec<Address>, trust: Vec<Trust>) -> Self {
        Self::Network { addresses, trust, seen: Arc::default() }
    }

    /// Where others find the relay.
    pub(super) fn addresses(&self) -> &[Address] {
        match self {
            Self::Within { addresses, .. } | Self::Network { addresses, .. } => addresses,
        }
    }

    /// The key that was seen at the last connection over the network.
    pub(super) fn seen(&self) -> Option<KeyPin> {
        match self {
            Self::Within { .. } => None,
            Self::Network { seen, .. } => *seen.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// Makes connections, each time it is asked; with an ear on the records where those are captured.
    pub(super) fn dialler(&self, tapped: bool) -> impl FnMut() -> Dialled + Send + 'static {
        let way = self.clone();
        move || {
            let way = way.clone();
            Box::pin(async move { way.dial(tapped).await })
        }
    }

    async fn dial(&self, tapped: bool) -> Result<(Transport, Binding), ConnectError> {
        match self {
            Self::Within { relay, pin, .. } => {
                let relay = relay.upgrade().ok_or(ConnectError::Unavailable)?;
                let (ours, theirs) = tokio::io::duplex(STREAM_BYTES);
                relay
                    .attach(theirs, IpAddr::V4(Ipv4Addr::LOCALHOST))
                    .map_err(|_| ConnectError::Unavailable)?;
                Ok((Transport::over(ours).await?, Binding::SeenKey(*pin)))
            }
            Self::Network { addresses, trust, seen } => {
                let mut last = ConnectError::Unavailable;
                for address in addresses {
                    for trust in trust {
                        let made = if tapped {
                            connect_tapped(address, trust).await
                        } else {
                            connect(address, trust).await
                        };
                        match made {
                            Ok(transport) => {
                                let negotiated = transport.negotiated().map(|negotiated| negotiated.spki);
                                *seen.lock().unwrap_or_else(PoisonError::into_inner) = negotiated;
                                let binding = binding(trust, address, &transport);
                                return binding
                                    .map(|binding| (transport, binding))
                                    .ok_or(ConnectError::Broken);
                            }
                            // What says most is told: a relay that is not trusted rather than one that is not there.
                            Err(error) => last = worse(last, error),
                        }
                    }
                }
                Err(last)
            }
        }
    }
}

fn worse(one: ConnectError, other: ConnectError) -> ConnectError {
    let tells = |error: &ConnectError| {
        !matches!(error, ConnectError::Unreachable(_) | ConnectError::TimedOut | ConnectError::Unavailable)
    };
    if tells(&one) && !tells(&other) { one } else { other }
}

/// Where a newcomer begins.
pub(super) struct Found {
    pub(super) setup: EnterSetup,
    pub(super) way: Way,
}

/// From a whole invite.
pub(super) fn of_invite(invite: &SealedInvite) -> Found {
    let (addresses, stored) = of_place(&invite.place);
    let way = Way::network(addresses.clone(), Trust::of_record(&stored));
    let setup = EnterSetup {
        room: invite.room,
        me: Label::from_word("me"),
        key: invite.key.clone(),
        addresses,
        trust: stored,
        log_key: invite.log,
        inviter: invite.by,
        first_contact: false,
        replaces: None,
    };
    Found { setup, way }
}

/// From a bare key: at these addresses, or where its beacon is on this network.
pub(super) async fn of_key(
    key: &Key,
    addresses: &[Address],
    discovery: &Discovery,
) -> Result<Found, CloseReason> {
    let setup = |room, addresses: &[Address], trust, log_key, first_contact| EnterSetup {
        room,
        me: Label::from_word("me"),
        key: key.clone(),
        addresses: addresses.to_vec(),
        trust,
        log_key,
        inviter: None,
        first_contact,
        replaces: None,
    };
    if !addresses.is_empty() {
        let setup = setup(room_id(key), addresses, StoredTrust::Pins(Vec::new()), None, true);
        let way = Way::network(addresses.to_vec(), vec![Trust::FirstContact]);
        return Ok(Found { setup, way });
    }
    let mut finding = discovery.find(key).map_err(|_| CloseReason::NotFoundNearby)?;
    let found = timeout(LOOK_FOR, finding.next()).await.ok().flatten().ok_or(CloseReason::NotFoundNearby)?;
    // Whoever knows the key made the beacon; the blob is compared with it all the same.
    let stored = StoredTrust::Pins(found.pins.clone());
    let way = Way::network(found.addresses.clone(), Trust::of_record(&stored));
    Ok(Found { setup: setup(found.room, &found.addresses, stored, found.log, false), way })
}

/// Where `--at` says that a room is to live.
pub(super) fn of_reference(reference: &RelayReference) -> (Vec<Address>, StoredTrust) {
    of_place(reference.place())
}

fn of_place(place: &InvitePlace) -> (Vec<Address>, StoredTrust) {
    let pins = place.pins();
    let trust = if pins.is_empty() { StoredTrust::Name } else { StoredTrust::Pins(pins.to_vec()) };
    (place.addresses().to_vec(), trust)
}

/// How long a room is looked for on this network.
const LOOK_FOR: Duration = Duration::from_secs(15);
/// What a stream within the process holds.
const STREAM_BYTES: usize = 256 << 10;
