//! A client of `mosquitto`: MQTT 3.1.1 over TLS, QoS 0, as little as a load needs.
//!
//! Source: OASIS MQTT Version 3.1.1, section 3.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use rustls::ClientConfig;

use crate::frames::{dial, secure};
use crate::pipe::Pipe;
use crate::{Event, Fault};

/// One connection that publishes to one topic, and may listen to it.
pub struct Mqtt {
    pipe: Pipe,
    topic: String,
    number: u64,
}

impl Mqtt {
    /// Dials the server from the loopback address `source`, waits until it has taken the connection, and subscribes if it
    /// `listens`.
    ///
    /// # Errors
    /// The connection or TLS failed, or the server refused.
    pub async fn dial(
        at: SocketAddr,
        source: Ipv4Addr,
        tls: Arc<ClientConfig>,
        topic: String,
        listens: bool,
    ) -> Result<Self, Fault> {
        let stream = secure(dial(at, source).await?, at, tls).await?;
        let mut client = Self { pipe: Pipe::new(stream), topic, number: 0 };
        // 3.1: protocol name and level, a clean session, an hour of silence, no name of its own.
        client.packet(CONNECT, b"\0\x04MQTT\x04\x02\x0e\x10\0\0", &[]);
        client.flush().await?;
        match client.said().await? {
            (CONNACK, answer) if answer[..] == [0, 0] => {}
            (kind, answer) => return Err(Fault::Mqtt(format!("refused: {kind:#x} {answer:?}"))),
        }
        if listens {
            // 3.8: the packet's number, the topic, QoS 0.
            let mut body = BytesMut::from(&[0, 1][..]);
            body.put_u16(u16::try_from(client.topic.len()).unwrap_or(u16::MAX));
            body.put_slice(client.topic.as_bytes());
            body.put_u8(0);
            client.packet(SUBSCRIBE, &body, &[]);
            client.flush().await?;
            match client.said().await? {
                (SUBACK, answer) if answer[..] == [0, 1, 0] => {}
                (kind, answer) => return Err(Fault::Mqtt(format!("not subscribed: {kind:#x} {answer:?}"))),
            }
        }
        Ok(client)
    }

    /// Takes a message to publish.
    pub fn feed(&mut self, body: &[u8]) -> u64 {
        self.number += 1;
        let mut head = BytesMut::with_capacity(2 + self.topic.len());
        head.put_u16(u16::try_from(self.topic.len()).unwrap_or(u16::MAX));
        head.put_slice(self.topic.as_bytes());
        self.packet(PUBLISH, &head, body);
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
        self.packet(PINGREQ, &[], &[]);
        self.flush().await
    }

    /// The next delivery. Nothing is lost when the wait is given up.
    ///
    /// # Errors
    /// The connection was lost.
    pub async fn next(&mut self) -> Result<Event, Fault> {
        loop {
            match self.said().await? {
                (PUBLISH, mut message) => {
                    let topic = message.try_get_u16().map_or(usize::MAX, usize::from);
                    if message.len() < topic {
                        return Err(Fault::Mqtt("a message without a topic".to_owned()));
                    }
                    message.advance(topic);
                    return Ok(Event::Message(message));
                }
                (PINGRESP, _) => {}
                (kind, _) => return Err(Fault::Mqtt(format!("a packet of the kind {kind:#x}"))),
            }
        }
    }

    /// 2.2: kind and flags, the length in groups of seven bits, the rest.
    fn packet(&mut self, kind: u8, head: &[u8], body: &[u8]) {
        self.pipe.write.put_u8(kind);
        let mut length = head.len() + body.len();
        loop {
            let group = u8::try_from(length % 128).unwrap_or(0);
            length /= 128;
            self.pipe.write.put_u8(if length > 0 { group | 0x80 } else { group });
            if length == 0 {
                break;
            }
        }
        self.pipe.write.put_slice(head);
        self.pipe.write.put_slice(body);
    }

    async fn said(&mut self) -> Result<(u8, Bytes), Fault> {
        loop {
            if let Some(said) = take(&mut self.pipe.read)? {
                return Ok(said);
            }
            self.pipe.fill().await?;
        }
    }
}

/// Takes the first packet off the buffer, if all of it is there: its kind and flags, and what follows the length.
fn take(buffer: &mut BytesMut) -> Result<Option<(u8, Bytes)>, Fault> {
    let (mut length, mut at) = (0, 1);
    loop {
        let Some(&byte) = buffer.get(at) else { return Ok(None) };
        if at > 4 {
            return Err(Fault::Mqtt("a length of more than four bytes".to_owned()));
        }
        length |= usize::from(byte & 0x7f) << (7 * (at - 1));
        at += 1;
        if byte & 0x80 == 0 {
            break;
        }
    }
    if buffer.len() < at + length {
        return Ok(None);
    }
    let kind = buffer[0];
    buffer.advance(at);
    Ok(Some((kind, buffer.split_to(length).freeze())))
}

const CONNECT: u8 = 0x10;
const CONNACK: u8 = 0x20;
/// QoS 0.
const PUBLISH: u8 = 0x30;
const SUBSCRIBE: u8 = 0x82;
const SUBACK: u8 = 0x90;
const PINGREQ: u8 = 0xC0;
const PINGRESP: u8 = 0xD0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_is_taken_when_its_last_byte_is_there() {
        let whole = [&[PUBLISH, 0x82, 0x01][..], &[7; 130], &[PINGRESP, 0]].concat();
        for end in 0..133 {
            assert_eq!(take(&mut BytesMut::from(&whole[..end])).unwrap(), None);
        }
        let mut buffer = BytesMut::from(&whole[..]);
        assert_eq!(take(&mut buffer).unwrap(), Some((PUBLISH, vec![7; 130].into())));
        assert_eq!(take(&mut buffer).unwrap(), Some((PINGRESP, Bytes::new())));
        assert_eq!(take(&mut buffer).unwrap(), None);
        assert!(take(&mut BytesMut::from(&[PUBLISH, 0xff, 0xff, 0xff, 0xff, 1][..])).is_err());
    }
}
