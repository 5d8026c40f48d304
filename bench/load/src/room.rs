//! A room at any of the servers: for ours one that was founded and has its passes, for the peers a name.

use std::net::Ipv4Addr;

use keyroom_link::{Credential, PassSecret};
use keyroom_types::RoomId;

use crate::{Client, Entrant, Fault, Member, Mqtt, Nats, NatsPart, Server, WebSocket, Xmpp};

/// A room, and who may enter it.
pub struct Room {
    number: usize,
    id: RoomId,
    passes: Vec<PassSecret>,
}

/// What a member is there for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Part {
    /// Gets all messages.
    Listens,
    /// Sends messages, and need not be told that they arrived. Our relay says it all the same.
    Publishes,
    /// Sends messages and is told when they are kept.
    PublishesForAck,
    /// Gets all messages and sends some; at our relay only.
    Both,
}

impl Part {
    fn at_nats(self) -> NatsPart {
        match self {
            Self::Listens => NatsPart::Listens,
            Self::Publishes | Self::Both => NatsPart::Publishes,
            Self::PublishesForAck => NatsPart::PublishesForAck,
        }
    }
}

impl Room {
    /// Makes room `number` of a server, for so many members.
    ///
    /// # Errors
    /// The connection was lost, or the server refused.
    pub async fn prepare(server: &Server, number: usize, members: usize) -> Result<Self, Fault> {
        let mut id = [0; 16];
        getrandom::fill(&mut id).map_err(|error| Fault::Setup(error.to_string()))?;
        let mut room = Self { number, id: RoomId::from_bytes(id), passes: Vec::new() };
        if server.entrant.is_ours() {
            room.passes = (0..members.max(1)).map(|member| room.pass(member)).collect();
            room.found(server).await?;
        }
        Ok(room)
    }

    async fn found(&self, server: &Server) -> Result<(), Fault> {
        let founder = Credential::Founder(self.pass(0));
        let frames = WebSocket::dial(server.address, self.source(), server.tls()).await?;
        let mut founder = Member::login(frames, self.id, &founder, server.pin).await?;
        founder.create().await?;
        let others: Vec<_> = self.passes[1..].iter().map(PassSecret::public).collect();
        founder.admit(&others).await
    }

    /// A connection for one of the members.
    ///
    /// # Errors
    /// The connection was lost, or the server refused.
    pub async fn enter(&self, server: &Server, member: usize, part: Part) -> Result<Client, Fault> {
        let (at, tls) = (server.address, server.tls());
        match server.entrant {
            Entrant::Memory | Entrant::Disk => {}
            Entrant::Nats => {
                let subject = format!("room.{}", self.number);
                let nats = Nats::dial(at, self.source(), tls, subject, part.at_nats()).await?;
                return Ok(Client::Nats(Box::new(nats)));
            }
            Entrant::Mosquitto => {
                let topic = format!("room/{}", self.number);
                let mqtt = Mqtt::dial(at, self.source(), tls, topic, part == Part::Listens).await?;
                return Ok(Client::Mqtt(Box::new(mqtt)));
            }
            Entrant::Ejabberd => {
                let (room, nick) = (format!("room{}", self.number), format!("member{member}"));
                let xmpp = Xmpp::dial(at, self.source(), tls, &room, &nick, part == Part::Listens).await?;
                return Ok(Client::Xmpp(Box::new(xmpp)));
            }
        }
        let frames = WebSocket::dial(at, self.source(), tls).await?;
        let pass = Credential::Pass(self.pass(member));
        let mut member = Member::login(frames, self.id, &pass, server.pin).await?;
        if matches!(part, Part::Listens | Part::Both) {
            member.subscribe().await?;
        }
        Ok(Client::Keyroom(Box::new(member)))
    }

    /// A member of our relay that has nothing of the log yet.
    ///
    /// # Errors
    /// The connection was lost, or the relay refused.
    pub(crate) async fn member(&self, server: &Server, member: usize) -> Result<Member<WebSocket>, Fault> {
        let frames = WebSocket::dial(server.address, self.source(), server.tls()).await?;
        let pass = Credential::Pass(self.pass(member));
        Member::login(frames, self.id, &pass, server.pin).await
    }

    /// The secret of one member, which its number and the random id of the room determine.
    fn pass(&self, member: usize) -> PassSecret {
        let mut bytes = [0; 32];
        bytes[..16].copy_from_slice(self.id.as_bytes());
        bytes[16..24].copy_from_slice(&(member as u64).to_be_bytes());
        PassSecret::from_bytes(&bytes)
    }

    /// A loopback address for each [`ROOMS_PER_ADDRESS`] rooms: a relay lets one address open only so many rooms, and an
    /// address has only so many ports.
    fn source(&self) -> Ipv4Addr {
        let address = self.number / ROOMS_PER_ADDRESS;
        let part = |number: usize| u8::try_from(1 + number % 250).unwrap_or(1);
        Ipv4Addr::new(127, 1, part(address / 250), part(address))
    }
}

/// The quota `rooms_per_address` of a relay that is not configured.
const ROOMS_PER_ADDRESS: usize = 20;
