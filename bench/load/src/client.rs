//! One client of any of the servers, so that a workload is written once.

use bytes::Bytes;

use crate::{Fault, Member, Mqtt, Nats, WebSocket, Xmpp};

/// One connection to the server under load.
pub enum Client {
    /// Ours.
    Keyroom(Box<Member<WebSocket>>),
    /// `nats-server`'s.
    Nats(Box<Nats>),
    /// `mosquitto`'s.
    Mqtt(Box<Mqtt>),
    /// `ejabberd`'s.
    Xmpp(Box<Xmpp>),
}

/// What a server says to one client.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Event {
    /// A message was delivered.
    Message(Bytes),
    /// The message of this number is where it has to be.
    Acked(u64),
}

impl Client {
    /// Whether the server takes another message now.
    pub fn may_feed(&self) -> bool {
        match self {
            Self::Keyroom(member) => member.may_feed(),
            Self::Nats(_) | Self::Mqtt(_) | Self::Xmpp(_) => true,
        }
    }

    /// Takes a message to send, and gives the number that its acknowledgement will carry.
    ///
    /// # Errors
    /// The connection was lost.
    pub async fn feed(&mut self, body: &Bytes) -> Result<u64, Fault> {
        match self {
            Self::Keyroom(member) => member.feed(body.clone()).await,
            Self::Nats(nats) => Ok(nats.feed(body)),
            Self::Mqtt(mqtt) => Ok(mqtt.feed(body)),
            Self::Xmpp(xmpp) => Ok(xmpp.feed(body)),
        }
    }

    /// Sends what was taken.
    ///
    /// # Errors
    /// The connection was lost.
    pub async fn flush(&mut self) -> Result<(), Fault> {
        match self {
            Self::Keyroom(member) => member.flush().await,
            Self::Nats(nats) => nats.flush().await,
            Self::Mqtt(mqtt) => mqtt.flush().await,
            Self::Xmpp(xmpp) => xmpp.flush().await,
        }
    }

    /// Gives the server a sign of life.
    ///
    /// # Errors
    /// The connection was lost.
    pub async fn ping(&mut self) -> Result<(), Fault> {
        match self {
            Self::Keyroom(member) => member.ping().await,
            Self::Nats(nats) => nats.ping().await,
            Self::Mqtt(mqtt) => mqtt.ping().await,
            Self::Xmpp(xmpp) => xmpp.ping().await,
        }
    }

    /// The next delivery or acknowledgement. Nothing is lost when the wait is given up.
    ///
    /// # Errors
    /// The connection was lost, or the server refused something.
    pub async fn next(&mut self) -> Result<Event, Fault> {
        match self {
            Self::Keyroom(member) => member.next().await,
            Self::Nats(nats) => nats.next().await,
            Self::Mqtt(mqtt) => mqtt.next().await,
            Self::Xmpp(xmpp) => xmpp.next().await,
        }
    }
}
