//! What somebody sees who records all that goes over the network.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use keyroom_client::relay_link::Negotiated;
use keyroom_types::Address;

use crate::people::{Room, at, dial, pin, start, together};
use crate::proxy::{Proxy, Way};

/// Attack matrix row 1: nothing of rooms, keys or messages in the bytes of either connection; TLS 1.3 with
/// X25519MLKEM768, as the client says and as the relay's own ServerHello does.
#[tokio::test]
async fn nothing_of_a_conversation_is_in_the_recorded_bytes_and_the_key_exchange_is_hybrid() {
    let relay = start().await;
    let proxy = Proxy::start(at(&relay), None).await;
    let (trust, address) = (pin(&relay), Address::from(proxy.at));
    let seen = Arc::new(Mutex::new(Vec::<Negotiated>::new()));
    let noting = Arc::clone(&seen);
    let dial = move || {
        let (made, noting) = (dial(address.clone(), trust.clone()), Arc::clone(&noting));
        async move {
            let made = made.await?;
            noting.lock().unwrap().push(made.0.negotiated().unwrap().clone());
            Ok(made)
        }
    };
    let room = Room(0xc5);
    let (mut founder, mut newcomer) = together(room, dial).await;
    founder.say(Bytes::from_static(CANARIES[0])).await;
    newcomer.say(Bytes::from_static(CANARIES[1])).await;
    for person in [&mut founder, &mut newcomer] {
        person.until("both are heard", |person| person.messages().len() == 2).await;
        assert!(CANARIES.iter().all(|canary| person.messages().iter().any(|said| said == canary)));
    }

    assert_eq!(proxy.connections(), 2);
    let room_id = room.id();
    let (founders, newcomers, door) =
        (room.founder().public(), room.newcomer().public(), room.door().public());
    let others = [room_id.as_bytes(), &founders.as_bytes()[..], newcomers.as_bytes(), door.as_bytes()];
    for connection in 0..2 {
        let to_relay = proxy.recorded(connection, Way::ToRelay);
        let to_client = proxy.recorded(connection, Way::ToClient);
        for bytes in [&to_relay, &to_client] {
            assert!(bytes.len() > 1_000, "the proxy saw the conversation: {}", bytes.len());
            for canary in CANARIES.iter().copied().chain(others) {
                assert!(!contains(bytes, canary), "{canary:?}");
            }
            assert!(!contains(bytes, b"/v1/link") && !contains(bytes, b"WebSocket"));
        }
        // What both ends agreed on stands in the relay's own words.
        let hello = Hello::parse(&to_client, SERVER_HELLO);
        assert_eq!(hello.extension(SUPPORTED_VERSIONS), TLS13);
        assert_eq!(hello.extension(KEY_SHARE)[..2], X25519MLKEM768);
        // ML-KEM-768's ciphertext and the X25519 share (draft-ietf-tls-ecdhe-mlkem, section 3.1.2).
        assert_eq!(hello.extension(KEY_SHARE).len(), 4 + 1088 + 32);
        // And the client offered nothing less: one group, one version, no name.
        let offer = Hello::parse(&to_relay, CLIENT_HELLO);
        assert_eq!(offer.extension(SUPPORTED_GROUPS), [&[0, 2], &X25519MLKEM768[..]].concat());
        assert_eq!(offer.extension(SUPPORTED_VERSIONS), [&[2], &TLS13[..]].concat());
        assert!(offer.find(SERVER_NAME).is_none());
    }
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 2);
    for negotiated in seen.iter() {
        assert_eq!((&*negotiated.version, &*negotiated.group), ("TLSv1.3", "X25519MLKEM768"));
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// The extensions of a ClientHello or ServerHello (RFC 8446, sections 4.1.2 and 4.1.3).
struct Hello(Vec<(u16, Vec<u8>)>);

impl Hello {
    /// Takes it from the first record of a connection.
    fn parse(bytes: &[u8], kind: u8) -> Self {
        let mut rest = bytes;
        assert_eq!(take(&mut rest, 1), [22], "a handshake record");
        take(&mut rest, 4);
        assert_eq!(take(&mut rest, 1), [kind]);
        take(&mut rest, 3);
        // Version and random.
        take(&mut rest, 2 + 32);
        vector(&mut rest, 1);
        if kind == CLIENT_HELLO {
            vector(&mut rest, 2);
            vector(&mut rest, 1);
        } else {
            take(&mut rest, 2 + 1);
        }
        let mut rest = vector(&mut rest, 2);
        let mut extensions = Vec::new();
        while !rest.is_empty() {
            let kind = u16::from_be_bytes(take(&mut rest, 2).try_into().unwrap());
            extensions.push((kind, vector(&mut rest, 2).to_vec()));
        }
        Self(extensions)
    }

    fn find(&self, kind: u16) -> Option<&[u8]> {
        self.0.iter().find(|extension| extension.0 == kind).map(|extension| &*extension.1)
    }

    fn extension(&self, kind: u16) -> &[u8] {
        self.find(kind).unwrap()
    }
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> &'a [u8] {
    let (taken, left) = rest.split_at(count);
    *rest = left;
    taken
}

/// Bytes behind their length, which has so many bytes itself.
fn vector<'a>(rest: &mut &'a [u8], length_bytes: usize) -> &'a [u8] {
    let length = take(rest, length_bytes).iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
    take(rest, length)
}

const CANARIES: [&[u8]; 2] = [b"canary-9b1f6f02c1d84f7c", b"canary-e07d5a44be3a4610"];
const CLIENT_HELLO: u8 = 1;
const SERVER_HELLO: u8 = 2;
const SERVER_NAME: u16 = 0;
const SUPPORTED_GROUPS: u16 = 10;
const SUPPORTED_VERSIONS: u16 = 43;
const KEY_SHARE: u16 = 51;
const TLS13: [u8; 2] = [3, 4];
const X25519MLKEM768: [u8; 2] = [0x11, 0xec];
