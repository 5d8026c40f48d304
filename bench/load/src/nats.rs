//! A client of `nats-server`: its text protocol over TLS, as little as a load needs.
//!
//! Source: NATS protocol reference, "Client Protocol"; JetStream wire API, "Stream create", "PubAck".

mod parse;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use bytes::{Buf as _, Bytes};
use rustls::ClientConfig;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

use self::parse::{Said, take};
use crate::frames::{dial, secure};
use crate::pipe::Pipe;
use crate::{Event, Fault};

/// One connection that publishes to one subject, and may listen to it.
pub struct Nats {
    pipe: Pipe,
    subject: String,
    /// Where acknowledgements come, where they are asked for.
    inbox: Option<String>,
    number: u64,
}

/// What a connection is there for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum NatsPart {
    /// Listens to the subject.
    Listens,
    /// Publishes, without an acknowledgement.
    Publishes,
    /// Publishes to a JetStream stream, which acknowledges.
    PublishesForAck,
}

impl Nats {
    /// Dials the server from the loopback address `source`, waits until it has taken the connection, and subscribes as
    /// `part` needs.
    ///
    /// # Errors
    /// The connection or TLS failed, or the server refused.
    pub async fn dial(
        at: SocketAddr,
        source: Ipv4Addr,
        tls: Arc<ClientConfig>,
        subject: String,
        part: NatsPart,
    ) -> Result<Self, Fault> {
        let mut stream = dial(at, source).await?;
        greeting(&mut stream).await?;
        let stream = secure(stream, at, tls).await?;
        let inbox = match part {
            NatsPart::PublishesForAck => Some(inbox()?),
            NatsPart::Listens | NatsPart::Publishes => None,
        };
        let mut client = Self { pipe: Pipe::new(stream), subject, inbox, number: 0 };
        client.pipe.write.extend_from_slice(CONNECT);
        match (part, &client.inbox) {
            (NatsPart::Listens, _) => {
                let subscribe = format!("SUB {} 1\r\n", client.subject);
                client.pipe.write.extend_from_slice(subscribe.as_bytes());
            }
            (_, Some(inbox)) => client.pipe.write.extend_from_slice(format!("SUB {inbox}* 2\r\n").as_bytes()),
            (_, None) => {}
        }
        client.pipe.write.extend_from_slice(b"PING\r\n");
        client.flush().await?;
        while client.said().await? != Said::Pong {}
        Ok(client)
    }

    /// Makes the JetStream stream that keeps `subjects` in files.
    ///
    /// # Errors
    /// The connection was lost, or the server refused.
    pub async fn create_stream(&mut self, name: &str, subjects: &str) -> Result<(), Fault> {
        let request = serde_json::json!({
            "name": name, "subjects": [subjects], "storage": "file", "retention": "limits",
            "discard": "old", "num_replicas": 1,
        });
        let room = std::mem::replace(&mut self.subject, format!("$JS.API.STREAM.CREATE.{name}"));
        self.feed(request.to_string().as_bytes());
        self.flush().await?;
        self.subject = room;
        self.next().await.map(|_| ())
    }

    /// Takes a message to publish, and gives the number that its acknowledgement will carry, if it has one.
    pub fn feed(&mut self, body: &[u8]) -> u64 {
        self.number += 1;
        let head = match &self.inbox {
            Some(inbox) => format!("PUB {} {inbox}{} {}\r\n", self.subject, self.number, body.len()),
            None => format!("PUB {} {}\r\n", self.subject, body.len()),
        };
        self.pipe.write.extend_from_slice(head.as_bytes());
        self.pipe.write.extend_from_slice(body);
        self.pipe.write.extend_from_slice(b"\r\n");
        self.number
    }

    /// Sends what was taken.
    ///
    /// # Errors
    /// The connection was lost.
    pub async fn flush(&mut self) -> Result<(), Fault> {
        self.pipe.flush().await
    }

    /// Gives the server a sign of life.
    ///
    /// # Errors
    /// The connection was lost.
    pub async fn ping(&mut self) -> Result<(), Fault> {
        self.pipe.write.extend_from_slice(b"PING\r\n");
        self.flush().await
    }

    /// The next delivery or acknowledgement. Nothing is lost when the wait is given up.
    ///
    /// # Errors
    /// The connection was lost, or the server refused something.
    pub async fn next(&mut self) -> Result<Event, Fault> {
        loop {
            match self.said().await? {
                Said::Message { subject, body } => return self.event(&subject, body),
                Said::Ping => {
                    self.pipe.write.extend_from_slice(b"PONG\r\n");
                    self.flush().await?;
                }
                Said::Pong | Said::Other => {}
            }
        }
    }

    fn event(&self, subject: &[u8], body: Bytes) -> Result<Event, Fault> {
        let number = self.inbox.as_ref().and_then(|inbox| subject.strip_prefix(inbox.as_bytes()));
        let Some(number) = number else { return Ok(Event::Message(body)) };
        let text = String::from_utf8_lossy(&body);
        if text.contains("\"error\"") {
            return Err(Fault::Nats(text.into_owned()));
        }
        let number = std::str::from_utf8(number).ok().and_then(|number| number.parse().ok());
        Ok(Event::Acked(number.ok_or_else(|| Fault::Nats(format!("acknowledged nothing of ours: {text}")))?))
    }

    async fn said(&mut self) -> Result<Said, Fault> {
        // A pong that could not be sent when the wait before was given up.
        if self.pipe.write.has_remaining() {
            self.flush().await?;
        }
        loop {
            if let Some(said) = take(&mut self.pipe.read)? {
                return Ok(said);
            }
            self.pipe.fill().await?;
        }
    }
}

/// Reads the server's `INFO` line, which comes before TLS, byte by byte: what follows it is not ours to read.
async fn greeting(stream: &mut TcpStream) -> Result<(), Fault> {
    let mut line = Vec::new();
    while !line.ends_with(b"\r\n") {
        line.push(stream.read_u8().await?);
        if line.len() > MUCH {
            return Err(Fault::Nats("its greeting has no end".to_owned()));
        }
    }
    if line.starts_with(b"INFO ") && line.windows(TLS_REQUIRED.len()).any(|part| part == TLS_REQUIRED) {
        Ok(())
    } else {
        Err(Fault::Nats("it does not ask for TLS".to_owned()))
    }
}

fn inbox() -> Result<String, Fault> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(|error| Fault::Setup(error.to_string()))?;
    Ok(format!("_INBOX.{:016x}.", u64::from_be_bytes(bytes)))
}

const CONNECT: &[u8] =
    b"CONNECT {\"verbose\":false,\"pedantic\":false,\"tls_required\":true,\"lang\":\"rust\",\
    \"version\":\"0\",\"protocol\":1,\"echo\":true,\"headers\":false,\"no_responders\":false}\r\n";
const TLS_REQUIRED: &[u8] = b"\"tls_required\":true";
const MUCH: usize = 16 << 10;
