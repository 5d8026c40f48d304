//! Any frames to a relay's link, before and after a login: no panic, and what it holds stays bounded. Attack matrix row
//! 45.
#![no_main]

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::task::Waker;
use std::time::{Duration, Instant};

use bytes::Bytes;
use keyroom_link::relay::{Terms, UploadBudget};
use keyroom_link::{Credential, LogSecret, PassSecret, sign_login};
use keyroom_relay::hub::{Hub, HubConfig};
use keyroom_relay::{Now, Quotas};
use keyroom_store::MemoryStore;
use keyroom_types::{KeyPin, RoomId, Timestamp, limits};
use keyroom_wire::{Answer, Binding, Create, Request, ToClient, ToRelay, VERSION};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|frames: Vec<Vec<u8>>| {
    let now = Now { mono: Instant::now(), wall: Timestamp::from_millis(1_800_000_000_000) };
    let hub = hub();
    let open = || hub.open(now, IpAddr::V4(Ipv4Addr::LOCALHOST), Waker::noop().clone()).expect("within its rates");

    // To a stranger's link, and to the link of a founder who has made a room.
    let (mut stranger, mut founder) = (open(), open());
    let mut out = Vec::new();
    founder.transmit(now, usize::MAX, &mut out);
    let Ok(ToClient { body: Answer::Hello(hello), .. }) = ToClient::decode(out.remove(0)) else { panic!("a hello") };
    let credential = Credential::Founder(PassSecret::from_bytes(&[1; 32]));
    let room = RoomId::from_bytes([1; 16]);
    let login = sign_login(&hello.challenge, VERSION, room, &credential, Binding::SeenKey(PIN));
    let requests = [Request::Login(Box::new(login)), Request::Create(Create { doors: Vec::new(), blob: None })];
    for (request, body) in (1..).zip(requests) {
        founder.receive(now, ToRelay { request, body }.encode());
    }
    for link in [&mut stranger, &mut founder] {
        for frame in &frames {
            link.receive(now, Bytes::copy_from_slice(frame));
            link.handle_timeout(now);
            let mut out = Vec::new();
            link.transmit(now, limits::FRAME_BYTES, &mut out);
            assert!(out.iter().all(|frame| ToClient::decode(frame.clone()).is_ok()), "it speaks its own protocol");
            assert!(link.backlog() <= 32 * limits::FRAME_BYTES);
        }
    }
});

fn hub() -> Hub {
    let log_secret = LogSecret::from_bytes(&[7; 32]);
    let quotas = Quotas::default();
    let terms = Terms {
        log_key: log_secret.public(),
        pins: vec![PIN],
        names: Vec::new(),
        login_within: Duration::from_secs(10),
        silence: Duration::from_secs(90),
        uploads: UploadBudget::new(quotas.uploading_bytes),
    };
    let config = HubConfig {
        store: Arc::new(MemoryStore::new().expect("the system has random bytes")),
        writer: None,
        terms,
        log_secret,
        quotas,
        random: Box::new(|| [5; 32]),
        tickets: None,
        retention: None,
    };
    Hub::new(config).expect("an empty store can be read")
}

const PIN: KeyPin = KeyPin::from_bytes([9; 32]);
