use std::time::Duration;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::*;

const SLOT: Slot = Slot(2_983_333);

fn beacon(byte: u8) -> Beacon {
    Beacon::new(&[byte; 32])
}

fn hint() -> Hint {
    Hint {
        room: RoomId::from_bytes([1; 16]),
        addresses: vec!["10.0.0.1:9999".parse().unwrap(), "[2001:db8::1]:9999".parse().unwrap()],
        pins: vec![KeyPin::from_bytes([2; 32])],
        log: Some(LogKey::from_bytes([3; 32])),
    }
}

fn sealed() -> String {
    beacon(7).seal(SLOT, &hint(), [5; NONCE_BYTES]).unwrap()
}

#[test]
fn who_knows_the_key_reads_what_the_host_said() {
    assert_eq!(beacon(7).open(SLOT, &sealed()), Some(hint()));
    let no_log = Hint { log: None, ..hint() };
    let text = beacon(7).seal(SLOT, &no_log, [5; NONCE_BYTES]).unwrap();
    assert_eq!(beacon(7).open(SLOT, &text), Some(no_log));
}

#[test]
fn another_key_another_slot_and_a_changed_byte_open_nothing() {
    assert_eq!(beacon(8).open(SLOT, &sealed()), None);
    for slot in &SLOT.around()[1..] {
        assert_eq!(beacon(7).open(*slot, &sealed()), None, "a part of one slot put under the id of another");
    }
    for at in 0..sealed().len() {
        let mut text = sealed();
        let other = if &text[at..=at] == "A" { "B" } else { "A" };
        text.replace_range(at..=at, other);
        assert_eq!(beacon(7).open(SLOT, &text), None);
    }
}

#[test]
fn names_differ_by_key_and_slot() {
    let name = beacon(7).name(SLOT);
    assert!(name.len() == 32 && name.bytes().all(|byte| byte.is_ascii_hexdigit()));
    assert_ne!(name, beacon(8).name(SLOT));
    assert_ne!(name, beacon(7).name(SLOT.around()[1]));
}

/// The formula in `docs/protocol.md`, worked out with Python's `hmac`.
#[test]
fn a_name_is_what_the_specification_says() {
    assert_eq!(beacon(7).name(SLOT), "f9e0d53ca5c68663db76062b1179d53a");
}

#[test]
fn a_slot_has_ten_minutes_and_two_neighbours() {
    let at = |seconds| Slot::at(UNIX_EPOCH + Duration::from_secs(seconds));
    assert_eq!((at(0), at(599), at(600)), (Slot(0), Slot(0), Slot(1)));
    assert_eq!(at(1_800).around(), [Slot(3), Slot(2), Slot(4)]);
    assert_eq!(
        Slot::at(UNIX_EPOCH - Duration::from_secs(1)),
        Slot(0),
        "a clock before 1970 is no reason to fail"
    );
}

#[test]
fn the_length_says_nothing() {
    let big = Hint { pins: vec![KeyPin::from_bytes([2; 32]); 4], ..hint() };
    let text = beacon(7).seal(SLOT, &big, [5; NONCE_BYTES]).unwrap();
    assert_eq!((text.len(), sealed().len()), (SEALED_CHARS, SEALED_CHARS));
}

#[test]
fn what_others_could_not_use_is_not_said() {
    let with = |addresses: &[&str]| {
        let addresses = addresses.iter().map(|text| text.parse().unwrap()).collect();
        let text = beacon(7).seal(SLOT, &Hint { addresses, ..hint() }, [5; NONCE_BYTES])?;
        beacon(7)
            .open(SLOT, &text)
            .map(|hint| hint.addresses.iter().map(ToString::to_string).collect::<Vec<_>>())
    };
    let mixed = ["laptop:7", "127.0.0.1:7", "[fe80::1%2]:7", "[fe80::1]:7", "10.0.0.1:7", "10.0.0.2:8"];
    assert_eq!(with(&mixed), Some(vec!["10.0.0.1:7".to_owned()]));
    assert_eq!(with(&["127.0.0.1:7"]), None);
    assert_eq!(beacon(7).seal(SLOT, &Hint { pins: Vec::new(), ..hint() }, [5; NONCE_BYTES]), None);
}

#[test]
fn debug_shows_no_seed() {
    assert_eq!(format!("{:?}", beacon(7)), "Beacon(..)");
}

fn any_hint() -> impl Strategy<Value = Hint> {
    let ip = prop_oneof![any::<[u8; 4]>().prop_map(IpAddr::from), any::<[u8; 16]>().prop_map(IpAddr::from)];
    let ips = vec(ip.prop_filter("useful", |ip| is_useful(*ip)), 1..4);
    let pins = vec(any::<[u8; 32]>().prop_map(KeyPin::from_bytes), 1..=4);
    let log = option::of(any::<[u8; 32]>().prop_map(LogKey::from_bytes));
    (any::<[u8; 16]>(), ips, 1_u16.., pins, log).prop_map(|(room, ips, port, pins, log)| {
        let addresses = ips.into_iter().map(|ip| Address::from(SocketAddr::new(ip, port))).collect();
        Hint { room: RoomId::from_bytes(room), addresses, pins, log }
    })
}

proptest! {
    #[test]
    fn a_hint_reads_back_to_itself(hint in any_hint(), nonce in any::<[u8; NONCE_BYTES]>()) {
        let text = beacon(7).seal(SLOT, &hint, nonce).unwrap();
        prop_assert_eq!(beacon(7).open(SLOT, &text), Some(hint));
    }

    #[test]
    fn what_is_read_is_what_would_be_written(plain in vec(any::<u8>(), 0..300)) {
        if let Some(hint) = decode(&plain) {
            prop_assert_eq!(encode(&hint).map(|bytes| bytes.to_vec()), Some(plain));
        }
    }

    #[test]
    fn junk_opens_nothing(text in any::<String>(), chars in "[A-Za-z0-9_-]{374}") {
        prop_assert_eq!(beacon(7).open(SLOT, &text), None);
        prop_assert_eq!(beacon(7).open(SLOT, &chars), None);
    }
}
