//! A sealed room on the network is found by its key. Each side is a network namespace of the test's own, so that no multicast
//! leaves it.
#![cfg(target_os = "linux")]

use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, SystemTime};

use keyroom_client::{Discovery, Hint};
use keyroom_testkit::netns::Cable;
use keyroom_types::{DoorSeeds, Key, KeyPin, LogKey, RoomId};

use crate::support::{PATIENCE, key};

#[test]
fn a_sealed_room_is_found_by_its_key_once_its_announcement_is_renewed() {
    let cable = match Cable::lay("beac") {
        Ok(cable) => cable,
        Err(reason) => return println!("skipped: {reason}"),
    };
    let (enter_host, enter_guest) = (cable.enter(0), cable.enter(1));
    let (found, done) = channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            enter_host();
            let discovery = Discovery::new(true);
            let listening = ["0.0.0.0:9999".parse().unwrap()];
            let pins = [KeyPin::from_bytes([2; 32])];
            let seed = DoorSeeds::of(&key()).beacon;
            // Of a time that no guest looks for, so that what is found was renewed.
            let past = SystemTime::now() - Duration::from_secs(3_600);
            let mut announcement =
                discovery.announce_sealed(&listening, &seed, room(), &pins, Some(log()), past).unwrap();
            // Another room on the same network, for another key.
            let other = DoorSeeds::of(&Key::from_bytes([9; 32])).beacon;
            let _other = discovery
                .announce_sealed(&listening, &other, room(), &pins, None, SystemTime::now())
                .unwrap();
            assert!(announcement.renew(SystemTime::now()));
            let _ = done.recv_timeout(PATIENCE);
            drop(announcement);
            discovery.end();
        });
        scope.spawn(move || {
            enter_guest();
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
            let hint = runtime.block_on(async {
                let mut finding = Discovery::new(true).find(&key()).unwrap();
                tokio::time::timeout(PATIENCE, finding.next()).await
            });
            let expected = Hint {
                room: room(),
                addresses: vec![format!("{}:9999", Cable::address(0)).parse().unwrap()],
                pins: vec![KeyPin::from_bytes([2; 32])],
                log: Some(log()),
            };
            assert_eq!(hint.unwrap(), Some(expected));
            found.send(()).unwrap();
        });
    });
}

fn room() -> RoomId {
    RoomId::from_bytes([1; 16])
}

fn log() -> LogKey {
    LogKey::from_bytes([3; 32])
}
