//! A client of `ejabberd`: a guest in a room (MUC) over TLS, as little as a load needs.
//!
//! Source: RFC 6120, XEP-0045, XEP-0175, XEP-0368. Bodies are text here: the beginning that the count of deliveries needs goes
//! as hex, the rest as letters, so that a body has as many bytes as at the other servers. A room sends a message to its author
//! too, as ours does to members who listen.

mod stanza;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use bytes::{BufMut as _, Bytes};
use rustls::ClientConfig;

use self::stanza::{between, take};
use crate::frames::{dial, secure};
use crate::pipe::Pipe;
use crate::{Event, Fault};

/// One connection that is in one room.
pub struct Xmpp {
    pipe: Pipe,
    room: String,
    listens: bool,
    number: u64,
}

impl Xmpp {
    /// Dials the server from the loopback address `source`, logs in as a guest, and enters the room as `nick`. Who does not
    /// listen is sent everything all the same, and drops it.
    ///
    /// # Errors
    /// The connection or TLS failed, or the server refused.
    pub async fn dial(
        at: SocketAddr,
        source: Ipv4Addr,
        tls: Arc<ClientConfig>,
        room: &str,
        nick: &str,
        listens: bool,
    ) -> Result<Self, Fault> {
        let stream = secure(dial(at, source).await?, at, tls).await?;
        let room = format!("{room}@conference.localhost");
        let mut client = Self { pipe: Pipe::new(stream), room, listens, number: 0 };
        client.open().await?;
        client.say("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/>").await?;
        client.until("<success").await?;
        client.pipe.read.clear();
        client.open().await?;
        client.say("<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>").await?;
        client.until("<iq").await?;
        let enter = format!(
            "<presence to='{}/{nick}'><x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x></presence>",
            client.room
        );
        client.say(&enter).await?;
        // The subject ends the way in (XEP-0045, 7.2.2).
        while !client.until("<message").await?.windows(8).any(|part| part == b"<subject") {}
        Ok(client)
    }

    async fn open(&mut self) -> Result<(), Fault> {
        self.say(OPENING).await?;
        self.until("<stream:features").await.map(drop)
    }

    async fn say(&mut self, text: &str) -> Result<(), Fault> {
        self.pipe.write.put_slice(text.as_bytes());
        self.flush().await
    }

    /// Waits for something that begins so.
    async fn until(&mut self, start: &str) -> Result<Bytes, Fault> {
        loop {
            let said = self.said().await?;
            if said.starts_with(start.as_bytes()) {
                return Ok(said);
            }
        }
    }

    /// Takes a message to send.
    pub fn feed(&mut self, body: &[u8]) -> u64 {
        self.number += 1;
        let head = format!("<message type='groupchat' to='{}'><body>", self.room);
        self.pipe.write.put_slice(head.as_bytes());
        let (begin, rest) = body.split_at(body.len().min(HEAD));
        for byte in begin {
            self.pipe.write.put_slice(format!("{byte:02x}").as_bytes());
        }
        self.pipe.write.put_bytes(b'Z', rest.len().saturating_sub(begin.len()));
        self.pipe.write.put_slice(b"</body></message>");
        self.number
    }

    /// Sends what was taken.
    ///
    /// # Errors
    /// The connection was lost.
    pub async fn flush(&mut self) -> Result<(), Fault> {
        self.pipe.flush().await
    }

    /// Gives the server a sign of life (RFC 6120, 4.6.1).
    ///
    /// # Errors
    /// The connection was lost.
    pub async fn ping(&mut self) -> Result<(), Fault> {
        self.say(" ").await
    }

    /// The next delivery. Nothing is lost when the wait is given up.
    ///
    /// # Errors
    /// The connection was lost, or the server refused something.
    pub async fn next(&mut self) -> Result<Event, Fault> {
        loop {
            let said = self.said().await?;
            if !said.starts_with(b"<message") || !self.listens {
                continue;
            }
            if said.windows(12).any(|part| part == b"type='error'") {
                return Err(Fault::Xmpp(String::from_utf8_lossy(&said).into_owned()));
            }
            if let Some(body) = between(&said, b"<body>", b"</body>") {
                return Ok(Event::Message(body_of(body)));
            }
        }
    }

    async fn said(&mut self) -> Result<Bytes, Fault> {
        loop {
            if let Some(said) = take(&mut self.pipe.read) {
                if said.starts_with(b"<stream:error") || said.starts_with(b"<failure") {
                    return Err(Fault::Xmpp(String::from_utf8_lossy(&said).into_owned()));
                }
                return Ok(said);
            }
            self.pipe.fill().await?;
        }
    }
}

/// The bytes that were sent, as far as the count of deliveries looks at them.
fn body_of(text: &[u8]) -> Bytes {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pairs = text.as_chunks::<2>().0.iter().take(HEAD);
    pairs.map_while(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect()
}

/// Opens a stream (RFC 6120, 4.2).
pub(crate) const OPENING: &str = "<stream:stream to='localhost' version='1.0' xmlns='jabber:client' \
    xmlns:stream='http://etherx.jabber.org/streams'>";

/// What a message of a load begins with: when it was sent, and by whom.
const HEAD: usize = 10;
