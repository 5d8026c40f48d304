//! Blobs, knocks and joins that are not what they should be.

use keyroom_mls::{
    Blame, BlobError, Crypto, DoorSecrets, Fault, Intent, JoinError, Knock, KnockError, OpenKnock, Opened,
    Pins, Policy, Provider, open_blob,
};
use keyroom_types::{Incarnation, KeyPin, Kind, LogKey, RoomId, Seq, Timestamp};
use proptest::prelude::*;

use crate::support::*;

#[test]
fn a_blob_tells_the_room_its_place_and_whom_to_trust() {
    let (_, people) = room_of(&["Ben"], |_| {});
    let pins = Pins {
        relay: vec![KeyPin::from_bytes([1; 32]), KeyPin::from_bytes([2; 32])],
        log: Some(LogKey::from_bytes([3; 32])),
        incarnation: Some(Incarnation::from_bytes([4; 16])),
    };
    let p = Provider { crypto: &people[0].crypto, storage: &people[0].storage };
    let bytes = people[0].room().blob(&p, &people[0].standing(), &pins).unwrap();
    let blob = people[1].open_blob(&key(1), &bytes);
    assert_eq!((blob.room, blob.cursor, &blob.pins), (ROOM, people[0].cursor, &pins));
    assert_eq!(&blob.policy, people[0].room().policy());
    let names: Vec<_> = blob.members.iter().map(|(_, name)| name.as_str()).collect();
    assert_eq!(names, ["Founder", "Ben"]);
}

/// Attack matrix row 17.
#[test]
fn a_damaged_foreign_or_closed_blob_has_an_error_of_its_own() {
    let (_, people) = room_of(&["Ben"], |_| {});
    let crypto = Crypto::new();
    let [right, wrong] = [1, 2].map(|byte| DoorSecrets::of(&key(byte), &crypto));
    let bytes = people[0].blob();
    let error =
        |room: &RoomId, door: &DoorSecrets, bytes: &[u8]| open_blob(&crypto, room, door, bytes).unwrap_err();
    assert_eq!(error(&ROOM, &wrong, &bytes), BlobError::NotForThisDoor);
    // The room is part of what the key is wrapped for.
    assert_eq!(error(&RoomId::from_bytes([9; 16]), &right, &bytes), BlobError::NotForThisDoor);
    let mut damaged = bytes.clone();
    *damaged.last_mut().unwrap() ^= 1;
    assert_eq!(error(&ROOM, &right, &damaged), BlobError::NotAuthentic);
    assert_eq!(error(&ROOM, &right, &bytes[..100]), BlobError::Malformed);
    assert_eq!(error(&ROOM, &right, &vec![1; (4 << 20) + 1]), BlobError::TooLong);
    let mut later = bytes;
    later[0] = 2;
    assert_eq!(error(&ROOM, &right, &later), BlobError::Malformed);
}

/// Attack matrix row 17: an old blob gives a join that all skip, and the newcomer is no member.
#[test]
fn a_join_by_a_stale_blob_is_skipped() {
    let (mut log, mut people) = room_of(&["Ben"], |_| {});
    let stale = people[0].blob();
    people[0].commit(&mut log, Intent::SelfUpdate { name: None }, vec![]);
    let mut cleo = Person::new(9);
    cleo.join(&mut log, &key(1), "Cleo", &stale).unwrap();
    people.iter_mut().for_each(|person| person.read(&log));
    let Some(Opened::Skipped(skipped)) = people[0].seen.last() else { panic!() };
    assert_eq!((skipped.fault, &skipped.blame), (Fault::Unreadable, &Blame::Newcomer(cleo.pass())));
    assert_eq!(people[0].names(), ["Founder", "Ben"]);
    people[1].commit(&mut log, Intent::SelfUpdate { name: None }, vec![]);
    people[0].read(&log);
    assert!(agree(&[&people[0], &people[1]]));
}

/// Attack matrix row 31: the members count, not the relay.
#[test]
fn one_use_lets_one_in_whatever_the_relay_does() {
    let (mut log, mut people) = room_of(&["Ben"], |policy| policy.doors[0].uses = Some(2));
    let blob = people[0].blob();
    let mut cleo = Person::new(9);
    cleo.join(&mut log, &key(1), "Cleo", &blob).unwrap();
    people.iter_mut().for_each(|person| person.read(&log));
    let blob = people[0].blob();
    let mut dora = Person::new(10);
    let refused = dora.join(&mut log, &key(1), "Dora", &blob).unwrap_err();
    assert_eq!(refused, JoinError::Refused(Fault::DoorUsedUp));
}

/// Attack matrix rows 31 and 53: the header's time counts, no clock.
#[test]
fn an_expired_door_lets_nobody_in_by_the_headers_time() {
    let (mut log, mut people) =
        room_of(&["Ben"], |policy| policy.doors[0].expires = Some(Timestamp::from_millis(5_000)));
    let blob = people[0].blob();
    let mut cleo = Person::new(9);
    let opened = cleo.open_blob(&key(1), &blob);
    let (body, sealed) = cleo.make_join(&log, &key(1), "Cleo", &opened, None).unwrap();
    log.now = 9_000;
    log.append(Kind::Join, log.cursor.newest_commit, cleo.pass(), body, sealed);
    people.iter_mut().for_each(|person| person.read(&log));
    for person in &people {
        let Some(Opened::Skipped(skipped)) = person.seen.last() else { panic!() };
        assert_eq!(skipped.fault, Fault::DoorExpired);
    }
}

/// Attack matrix row 32: a join at another place than its author stood.
#[test]
fn a_join_that_the_relay_moved_is_skipped() {
    let (mut log, mut people) = room_of(&["Ben"], |_| {});
    let blob = people[0].blob();
    let mut cleo = Person::new(9);
    let opened = cleo.open_blob(&key(1), &blob);
    let (body, sealed) = cleo.make_join(&log, &key(1), "Cleo", &opened, None).unwrap();
    // Sealed for its place: moved, it does not even open.
    log.append(Kind::Join, Seq::ZERO, cleo.pass(), body, sealed);
    people[0].read(&log);
    assert!(
        matches!(people[0].seen.last(), Some(Opened::Skipped(skipped)) if skipped.fault == Fault::Unreadable)
    );
}

#[test]
fn a_join_under_another_pass_is_the_relays_fault() {
    let (mut log, mut people) = room_of(&["Ben"], |_| {});
    let blob = people[0].blob();
    let mut cleo = Person::new(9);
    let opened = cleo.open_blob(&key(1), &blob);
    let (body, sealed) = cleo.make_join(&log, &key(1), "Cleo", &opened, None).unwrap();
    let pass = people[1].pass();
    log.append(Kind::Join, log.cursor.newest_commit, pass, body, sealed);
    people[0].read(&log);
    let Some(Opened::Skipped(skipped)) = people[0].seen.last() else { panic!() };
    assert_eq!((skipped.fault, &skipped.blame), (Fault::WrongPass, &Blame::Relay));
}

#[test]
fn a_room_that_asks_for_approval_lets_nobody_in_by_its_key() {
    let (mut log, mut people) = room_of(&["Ben"], |_| {});
    let blob = people[0].blob();
    let mut cleo = Person::new(9);
    let policy = Policy { approval: true, ..people[0].room().policy().clone() };
    people[0].commit(&mut log, Intent::Policy(policy), vec![]);
    // A member that publishes one all the same.
    let refused = cleo.join(&mut log, &key(1), "Cleo", &people[0].blob()).unwrap_err();
    assert_eq!(refused, JoinError::Refused(Fault::Approval));
    assert!(cleo.open_blob(&key(1), &blob).members.len() == 2);
}

fn knock(person: &Person) -> (Knock, DoorSecrets) {
    let door = DoorSecrets::of(&key(1), &person.crypto);
    let p = Provider { crypto: &person.crypto, storage: &person.storage };
    let knock = Knock::make(&p, &ROOM, &person.identity, person.pass(), "Cleo".to_owned(), &door).unwrap();
    (knock, door)
}

#[test]
fn a_knock_opens_at_its_door_and_room_only() {
    let cleo = Person::new(9);
    let (knock, door) = knock(&cleo);
    let open = |room: &RoomId, door: &DoorSecrets, bytes: &[u8]| {
        OpenKnock::open(&cleo.crypto, room, door, bytes).map(|opened| opened.name)
    };
    assert_eq!(open(&ROOM, &door, &knock.bytes), Ok("Cleo".to_owned()));
    let other = DoorSecrets::of(&key(2), &cleo.crypto);
    assert_eq!(open(&ROOM, &other, &knock.bytes), Err(KnockError::NotForThisDoor));
    assert_eq!(open(&RoomId::from_bytes([9; 16]), &door, &knock.bytes), Err(KnockError::NotForThisDoor));
    assert_eq!(open(&ROOM, &door, &knock.bytes[..1]), Err(KnockError::Malformed));
    assert_eq!(open(&ROOM, &door, &vec![1; 20_000]), Err(KnockError::TooLong));
    assert_eq!(Knock::from_bytes(&[0, 9, 1]), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_as_a_blob_or_knock_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..3_000), start: bool) {
        let crypto = Crypto::new();
        let door = DoorSecrets::of(&key(1), &crypto);
        let head = [&[1, 1][..], door.id().as_bytes(), &[4, 0x60]].concat();
        let bytes = if start { [head, bytes].concat() } else { bytes };
        prop_assert!(open_blob(&crypto, &ROOM, &door, &bytes).is_err());
        prop_assert!(OpenKnock::open(&crypto, &ROOM, &door, &bytes).is_err());
        let _ = Knock::from_bytes(&bytes);
    }
}

/// Whatever comes out of the log as an envelope, nobody falls over it.
#[test]
fn junk_of_every_kind_is_skipped() {
    let (mut log, mut people) = room_of(&["Ben"], |_| {});
    let sound = people[1].seal("hi");
    let pass = people[1].pass();
    for kind in [Kind::Commit, Kind::Join, Kind::Application, Kind::Follower] {
        for body in [&b""[..], b"junk", &sound[..40], &[0xff; 2_000], &sound] {
            if kind == Kind::Application && body == sound {
                continue;
            }
            let header = keyroom_types::Header { kind, pass, ..log.entries[0].header };
            let opened = people[0].open(&header, body, None);
            assert!(matches!(opened, Opened::Skipped(_)), "{kind:?} {opened:?}");
        }
    }
    log.append(Kind::Application, log.cursor.newest_commit, pass, sound, None);
    people[0].read(&log);
    assert_eq!(people[0].texts(), ["hi"]);
}
