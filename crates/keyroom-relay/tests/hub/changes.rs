//! Doors and passes, changed with an append or not at all.

use keyroom_types::{Kind, Seq};
use keyroom_wire::{Answer, Append, Change, Code, PassRole, Request};

use crate::desk::{Desk, Person, Role, code, door, message, of, pass_key};

fn grant(secret: u8, role: PassRole) -> Change {
    Change::Grant(pass_key(secret), role)
}

/// Attack matrix row 29, the relay's part: one append closes all doors, opens one, and keeps only named passes.
#[test]
fn a_removal_closes_doors_and_ends_links_in_one_append() {
    let desk = Desk::new();
    let mut founder = desk.founder(1, vec![door(50), door(51)]);
    founder
        .append(Append {
            changes: vec![grant(2, PassRole::Member), grant(3, PassRole::Member)],
            ..message(0, 1)
        })
        .unwrap();
    let (mut kept, mut removed) = (desk.member(2), desk.member(3));
    let mut newcomer = desk.dial();
    newcomer.login(Role::Door { door: 50, newcomer: 9 }).unwrap();
    let keep = Change::Keep(vec![pass_key(1), pass_key(2)]);
    founder.commit(0, 2, vec![Change::CloseAllDoors, Change::OpenDoor(door(52)), keep]).unwrap();
    assert_eq!((removed.goodbye(), newcomer.goodbye()), (Some(Code::NoPass), Some(Code::NoDoor)));
    assert_eq!(kept.places(), [1, 2]);
    assert_eq!(desk.dial().login(Role::Pass(3)), Err(Code::NoPass));
    assert_eq!(desk.dial().login(Role::Door { door: 51, newcomer: 9 }), Err(Code::NoDoor));
    assert!(desk.dial().login(Role::Door { door: 52, newcomer: 9 }).is_ok());
    founder.say(2, 3).unwrap();
    assert_eq!((removed.places(), kept.places()), (vec![], vec![3]));
}

/// A removal of member 3, with a message that follows the commit.
fn removal(based_on: u64) -> Append {
    let changes = vec![Change::CloseAllDoors, Change::Keep(vec![pass_key(1), pass_key(2)])];
    Append { changes, ..of(based_on, vec![(Kind::Commit, 20), (Kind::Follower, 21)]) }
}

/// What the relay said by itself: places of envelopes, then the code of a goodbye.
fn heard(person: &mut Person) -> (Vec<u64>, Option<Code>) {
    let (mut places, mut goodbye) = (Vec::new(), None);
    for said in person.said() {
        match said {
            Answer::Deliver(envelope) => {
                assert_eq!(goodbye, None, "nothing is delivered behind a goodbye");
                places.push(envelope.header.seq.get());
            }
            Answer::Goodbye { code, .. } => goodbye = Some(code),
            _ => {}
        }
    }
    (places, goodbye)
}

/// Attack matrix rows 28 and 29: its own removal is the last that a removed member gets, and it gets that, so that it knows.
#[test]
fn who_is_removed_reads_the_commit_that_did_it_and_nothing_behind_it() {
    let desk = Desk::new();
    let mut founder = desk.founder(1, vec![door(50)]);
    let changes = vec![grant(2, PassRole::Member), grant(3, PassRole::Member)];
    founder.append(Append { changes, ..message(0, 1) }).unwrap();
    let (mut kept, mut removed) = (desk.member(2), desk.member(3));
    let mut newcomer = desk.dial();
    newcomer.login(Role::Door { door: 50, newcomer: 9 }).unwrap();
    newcomer.subscribe(0);
    founder.append(removal(0)).unwrap();
    founder.say(2, 22).unwrap();
    assert_eq!(heard(&mut removed), (vec![1, 2], Some(Code::NoPass)));
    assert_eq!(heard(&mut kept), (vec![1, 2, 3, 4], None));
    // Who stands at a door that it closed is no member: it gets nothing of it.
    assert_eq!(heard(&mut newcomer), (vec![1], Some(Code::NoDoor)));
}

/// Attack matrix row 29: what somebody had not read when its pass was withdrawn, it does not get any more.
#[test]
fn who_is_behind_when_it_is_removed_reads_no_further() {
    let desk = Desk::new();
    let mut founder = desk.founder(1, vec![door(50)]);
    let changes = vec![grant(2, PassRole::Member), grant(3, PassRole::Member)];
    founder.append(Append { changes, ..message(0, 1) }).unwrap();
    let mut removed = desk.dial();
    removed.login(Role::Pass(3)).unwrap();
    removed.ask(Request::Subscribe { after: Seq::ZERO, credit: 0 });
    founder.append(removal(0)).unwrap();
    removed.write(0, Request::Credit(1 << 40));
    founder.say(2, 22).unwrap();
    assert_eq!(heard(&mut removed), (vec![], Some(Code::NoPass)));
}

/// Attack matrix row 21, the relay's part.
#[test]
fn each_change_needs_its_role() {
    let desk = Desk::new();
    let mut founder = desk.founder(1, vec![door(50)]);
    let roles = [(2, PassRole::Provisional), (3, PassRole::Member), (4, PassRole::Provisional)];
    let changes = roles.iter().map(|(secret, role)| grant(*secret, *role)).collect();
    founder.append(Append { changes, ..message(0, 1) }).unwrap();
    let changes = || {
        vec![
            Change::OpenDoor(door(51)),
            Change::CloseDoor(door(50).id),
            Change::CloseAllDoors,
            grant(3, PassRole::Admin),
            Change::Revoke(pass_key(1)),
            Change::Keep(vec![pass_key(2), pass_key(3)]),
            Change::Confirm(pass_key(4)),
        ]
    };
    let mut provisional = desk.member(2);
    let mut id = 10;
    for change in changes() {
        id += 1;
        let refused = provisional.append(Append { changes: vec![change], ..message(0, id) });
        assert_eq!(code(refused), Code::Role);
    }
    let mut member = desk.member(3);
    for (place, change) in changes().into_iter().enumerate() {
        id += 1;
        let result = member.append(Append { changes: vec![change], ..message(0, id) });
        if place == 6 {
            result.unwrap();
        } else {
            assert_eq!(code(result), Code::Role);
        }
    }
    assert_eq!(desk.dial().login(Role::Pass(4)).unwrap().role, Some(PassRole::Member));
}

#[test]
fn a_member_leaves_by_deleting_its_own_pass() {
    let desk = Desk::new();
    let mut founder = desk.founder(1, Vec::new());
    founder.append(Append { changes: vec![grant(2, PassRole::Provisional)], ..message(0, 1) }).unwrap();
    let mut leaver = desk.member(2);
    leaver.append(Append { changes: vec![Change::Revoke(pass_key(2))], ..message(0, 2) }).unwrap();
    assert_eq!(leaver.goodbye(), Some(Code::NoPass));
    assert_eq!(desk.dial().login(Role::Pass(2)), Err(Code::NoPass));
    assert_eq!(founder.places(), [1, 2]);
}

#[test]
fn a_room_always_has_an_admin() {
    let desk = Desk::new();
    let mut founder = desk.founder(1, Vec::new());
    for changes in [
        vec![grant(1, PassRole::Member)],
        vec![Change::Revoke(pass_key(1))],
        vec![Change::Keep(vec![pass_key(2)])],
        vec![grant(2, PassRole::Member), grant(1, PassRole::Provisional)],
    ] {
        assert_eq!(code(founder.commit(0, 1, changes)), Code::Change);
    }
    founder.commit(0, 1, vec![grant(2, PassRole::Admin), Change::Revoke(pass_key(1))]).unwrap();
    assert_eq!(founder.goodbye(), Some(Code::NoPass));
    assert_eq!(desk.dial().login(Role::Pass(2)).unwrap().role, Some(PassRole::Admin));
}

#[test]
fn one_unlawful_change_undoes_all_of_its_append() {
    let desk = Desk::new();
    let mut founder = desk.founder(1, vec![door(50)]);
    let unknown = Change::Confirm(pass_key(9));
    assert_eq!(
        code(founder.commit(0, 1, vec![grant(2, PassRole::Admin), Change::CloseAllDoors, unknown])),
        Code::Change
    );
    assert!(desk.log().is_empty());
    assert_eq!(desk.dial().login(Role::Pass(2)), Err(Code::NoPass));
    assert!(desk.dial().login(Role::Door { door: 50, newcomer: 9 }).is_ok());
}

#[test]
fn doors_and_passes_have_bounds() {
    let desk = Desk::new();
    let mut founder = desk.founder(1, (0..60).map(door).collect());
    let four = (60..64).map(|secret| Change::OpenDoor(door(secret))).collect();
    founder.commit(0, 1, four).unwrap();
    assert_eq!(code(founder.commit(1, 2, vec![Change::OpenDoor(door(64))])), Code::Doors);
    founder.commit(1, 2, vec![Change::CloseDoor(door(0).id), Change::OpenDoor(door(64))]).unwrap();
}

#[test]
fn what_was_changed_is_still_so_when_the_room_comes_back_from_the_store() {
    let mut desk = Desk::new();
    let mut founder = desk.founder(1, vec![door(50)]);
    founder.commit(0, 1, vec![grant(2, PassRole::Member), Change::CloseDoor(door(50).id)]).unwrap();
    drop(founder);
    desk.put_rooms_away();
    assert_eq!(desk.dial().login(Role::Pass(2)).unwrap().role, Some(PassRole::Member));
    assert_eq!(desk.dial().login(Role::Door { door: 50, newcomer: 9 }), Err(Code::NoDoor));
    let mut founder = desk.member(1);
    assert_eq!(founder.places(), [1]);
    founder.say(1, 2).unwrap();
    assert_eq!(founder.places(), [2]);
}
