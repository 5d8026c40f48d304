use std::time::UNIX_EPOCH;

use mdns_sd::ServiceInfo;

use super::*;

fn key() -> Key {
    Key::from_bytes([7; 32])
}

fn beacon() -> Beacon {
    Beacon::new(&DoorSeeds::of(&key()).beacon)
}

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_790_000_000 + seconds)
}

fn hint(room: u8) -> Hint {
    Hint {
        room: RoomId::from_bytes([room; 16]),
        addresses: vec!["10.0.0.1:9999".parse().unwrap()],
        pins: vec![KeyPin::from_bytes([2; 32])],
        log: None,
    }
}

/// What is heard of an announcement with this name, kind and sealed part.
fn heard(name: &str, kind: &str, sealed: &str) -> ResolvedService {
    let (first, second) = sealed.split_at(FIRST_CHARS.min(sealed.len()));
    let said = [(KIND_NAME, kind), (FIRST_NAME, first), (SECOND_NAME, second)];
    ServiceInfo::new(SERVICE, name, "x.local.", "10.0.0.9", 7, &said[..]).unwrap().as_resolved_service()
}

fn honest(room: u8, said_at: SystemTime) -> ResolvedService {
    let slot = Slot::at(said_at);
    let sealed = beacon().seal(slot, &hint(room), [room; NONCE_BYTES]).unwrap();
    heard(&beacon().name(slot), KIND_SEALED, &sealed)
}

#[test]
fn a_host_whose_clock_is_a_slot_away_is_found_and_told_once() {
    for said_at in [at(0), at(600), at(1_200)] {
        let mut hints = Hints::new(&key());
        assert_eq!(hints.take(&honest(1, said_at), at(600)), Some(hint(1)));
        assert_eq!(hints.take(&honest(1, said_at), at(600)), None);
    }
    assert_eq!(Hints::new(&key()).take(&honest(1, at(0)), at(1_800)), None);
}

#[test]
fn a_stranger_finds_nothing() {
    let mut hints = Hints::new(&Key::from_bytes([8; 32]));
    assert_eq!(hints.take(&honest(1, at(0)), at(0)), None);
}

#[test]
fn junk_under_the_right_name_is_ignored_and_what_is_real_still_found() {
    let (mut hints, name) = (Hints::new(&key()), beacon().name(Slot::at(at(0))));
    for number in 0..1_000_u32 {
        let junk = format!("{number:A>374}");
        assert_eq!(hints.take(&heard(&name, KIND_SEALED, &junk), at(0)), None);
    }
    assert_eq!(hints.take(&heard(&name, KIND_SEALED, ""), at(0)), None);
    let sealed = beacon().seal(Slot::at(at(0)), &hint(1), [1; NONCE_BYTES]).unwrap();
    assert_eq!(hints.take(&heard(&name, "fernet", &sealed), at(0)), None);
    assert_eq!(hints.take(&honest(1, at(0)), at(0)), Some(hint(1)));
}

/// Attack matrix row 45.
#[test]
fn who_has_the_key_cannot_make_endless_places_of_it() {
    let mut hints = Hints::new(&key());
    let told = (0..=255).filter(|&room| hints.take(&honest(room, at(0)), at(0)).is_some()).count();
    assert_eq!(told, HINTS);
}

#[test]
fn the_record_is_short() {
    let sealed = beacon().seal(Slot::at(at(0)), &hint(1), [1; NONCE_BYTES]).unwrap();
    let strings = [
        format!("{KIND_NAME}={KIND_SEALED}"),
        format!("{FIRST_NAME}={}", &sealed[..FIRST_CHARS]),
        format!("{SECOND_NAME}={}", &sealed[FIRST_CHARS..]),
    ];
    assert!(strings.iter().all(|string| string.len() <= 255));
    assert!(strings.iter().map(|string| string.len() + 1).sum::<usize>() < 400);
}

#[test]
fn discovery_that_is_turned_off_or_on_loopback_opens_no_socket() {
    let (off, on) = (Discovery::new(false), Discovery::new(true));
    let announced = |discovery: &Discovery, listening: &str| {
        let pins = [KeyPin::from_bytes([2; 32])];
        let listening = [listening.parse().unwrap()];
        discovery.announce_sealed(&listening, &[1; 32], hint(1).room, &pins, None, at(0)).is_some()
    };
    assert!(!announced(&off, "0.0.0.0:9999") && !announced(&on, "127.0.0.1:9999"));
    assert_eq!(off.find(&key()).map(|_| ()), Err(DiscoveryFault::TurnedOff));
    assert!(off.lock().daemon.is_none() && on.lock().daemon.is_none());
}
