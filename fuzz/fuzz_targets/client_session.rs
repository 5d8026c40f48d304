//! Any bytes as what a relay says to a client that it let in, over any connections: no panic, and what comes out of the
//! log is in order. Attack matrix rows 9 and 45.
#![no_main]

use std::time::{Duration, Instant};

use bytes::Bytes;
use keyroom_link::{Credential, Cursor, Event, Link, LinkConfig, LogSecret, PassSecret, sign_head};
use keyroom_types::{EnvelopeId, Incarnation, KeyPin, Kind, RoomId, Seq, Timestamp};
use keyroom_wire::{
    Answer, Append, Binding, Hello, NewEnvelope, Request, ToClient, ToRelay, VERSION, Welcome,
};
use libfuzzer_sys::fuzz_target;

const ROOM: RoomId = RoomId::from_bytes([1; 16]);

fuzz_target!(|data: &[u8]| {
    let mut now = Instant::now();
    let mut link = Link::new(now, config());
    let mut asked = Vec::new();
    let mut read = 0;
    let mut connection = link.poll_connect().expect("a new link dials");
    let mut rest = data;
    // Each step is a command, its argument, and for the first command that many bytes.
    while let Some((&[command, argument], behind)) = rest.split_first_chunk() {
        rest = behind;
        let count = usize::from(argument);
        match command % 6 {
            0 => {
                let (frame, behind) = rest.split_at(count.min(rest.len()));
                rest = behind;
                link.handle_frame(now, connection, Bytes::copy_from_slice(frame));
            }
            1 => {
                link.handle_connected(connection, Binding::SeenKey(KeyPin::from_bytes([6; 32])));
                link.handle_frame(now, connection, hello());
            }
            2 => {
                if let Some(frame) = asked.pop().and_then(good_answer) {
                    link.handle_frame(now, connection, frame);
                }
            }
            3 => link.handle_disconnected(now, connection),
            4 => {
                now += Duration::from_millis(u64::from(argument) * 100);
                link.handle_timeout(now);
            }
            _ => drop(link.append(append(argument), None)),
        }
        connection = link.poll_connect().unwrap_or(connection);
        while let Some(frame) = link.poll_transmit(now) {
            asked.push(ToRelay::decode(frame).expect("ours"));
        }
        while let Some(event) = link.poll_event() {
            if let Event::Envelope { envelope, .. } = event {
                read += 1;
                assert_eq!(envelope.header.seq, Seq::new(read));
            }
        }
        while link.poll_disconnect().is_some() {}
    }
});

fn log_secret() -> LogSecret {
    LogSecret::from_bytes(&[3; 32])
}

fn config() -> LinkConfig {
    LinkConfig {
        room: ROOM,
        credential: Credential::Pass(PassSecret::from_bytes(&[4; 32])),
        log_key: None,
        incarnation: None,
        cursor: Some(Cursor::start(&ROOM)),
        window: 1 << 20,
        seed: 1,
    }
}

fn hello() -> Bytes {
    let hello = Hello {
        min_version: VERSION,
        max_version: VERSION,
        challenge: [5; 32],
        log_key: log_secret().public(),
    };
    ToClient { request: 0, body: Answer::Hello(hello) }.encode()
}

fn good_answer(asked: ToRelay) -> Option<Bytes> {
    let body = match asked.body {
        Request::Login(_) => {
            let incarnation = Incarnation::from_bytes([2; 16]);
            let Cursor { seq, chain, .. } = Cursor::start(&ROOM);
            let head = sign_head(&log_secret(), &ROOM, incarnation, seq, Timestamp::default(), chain);
            Answer::Welcome(Box::new(Welcome {
                head: Some(head),
                newest_commit: Seq::ZERO,
                role: None,
                last: None,
                silence_ms: 10_000,
                retention_ms: 0,
                volatile: false,
            }))
        }
        Request::Subscribe { .. } => Answer::Subscribed(Seq::ZERO),
        Request::Ping(number) => Answer::Pong(number),
        _ => return None,
    };
    Some(ToClient { request: asked.request, body }.encode())
}

fn append(number: u8) -> Append {
    let entry = NewEnvelope {
        id: EnvelopeId::from_bytes([number; 16]),
        kind: Kind::Application,
        body: vec![number; 10].into(),
        blob: None,
    };
    Append { based_on: Seq::ZERO, entries: vec![entry], changes: Vec::new() }
}
