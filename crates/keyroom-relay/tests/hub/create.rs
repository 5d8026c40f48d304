//! Making a room.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use keyroom_relay::Quotas;
use keyroom_types::{Chain, RoomId, Seq};
use keyroom_wire::{Answer, Binding, Code, Create, Refusal, Request, VERSION};

use crate::desk::{Desk, PIN, ROOM, Role, door};

fn create() -> Request {
    Request::Create(Create { doors: vec![door(50)], blob: None })
}

#[test]
fn a_founder_makes_a_room_and_is_its_admin() {
    let desk = Desk::new();
    let mut founder = desk.dial();
    assert_eq!(founder.login(Role::Founder(1)).unwrap().head, None);
    let Answer::Created(head) = founder.ask(create()) else { panic!("created") };
    assert_eq!((head.seq, head.chain), (Seq::ZERO, Chain::start(&ROOM)));
    founder.commit(0, 1, vec![keyroom_wire::Change::OpenDoor(door(51))]).unwrap();
}

#[test]
fn a_founder_who_asks_again_has_the_same_answer_also_on_another_link() {
    let desk = Desk::new();
    let mut founder = desk.dial();
    founder.login(Role::Founder(1)).unwrap();
    let first = founder.ask(create());
    assert_eq!(founder.ask(create()), first);
    let mut again = desk.dial();
    assert!(again.login(Role::Founder(1)).unwrap().head.is_some());
    assert_eq!(again.ask(create()), first);
}

#[test]
fn another_founder_is_refused() {
    let desk = Desk::new();
    desk.founder(1, Vec::new());
    assert_eq!(desk.dial().login(Role::Founder(2)), Err(Code::RoomExists));
}

#[test]
fn of_two_founders_of_one_room_the_first_makes_it() {
    let desk = Desk::new();
    let (mut one, mut two) = (desk.dial(), desk.dial());
    one.login(Role::Founder(1)).unwrap();
    two.login(Role::Founder(2)).unwrap();
    assert!(matches!(two.ask(create()), Answer::Created(_)));
    assert_eq!(one.ask(create()), Answer::Refused(Refusal::new(Code::RoomExists)));
}

#[test]
fn a_closed_relay_and_a_full_one_take_no_rooms() {
    let closed = Desk::with(Quotas { open: false, ..Quotas::default() }, None);
    assert_eq!(closed.dial().login(Role::Founder(1)), Err(Code::Closed));
    let full = Desk::with(Quotas { rooms: 0, ..Quotas::default() }, None);
    assert_eq!(full.dial().login(Role::Founder(1)), Err(Code::Rooms));
}

/// Attack matrix row 46.
#[test]
fn one_address_cannot_open_rooms_without_end_and_another_still_can() {
    let quotas = Quotas { rooms_per_address: 3, rooms_per_address_per_hour: 1, ..Quotas::default() };
    let mut desk = Desk::with(quotas, None);
    let found = |desk: &Desk, room: u8, from: [u8; 4]| {
        let mut founder = desk.dial_from(IpAddr::V4(Ipv4Addr::from(from))).unwrap();
        let room = RoomId::from_bytes([room; 16]);
        let login = founder.login_with(Role::Founder(1), VERSION, room, Binding::SeenKey(PIN));
        founder.try_login(login).unwrap();
        founder.ask(create())
    };
    for room in 0..3 {
        assert!(matches!(found(&desk, room, [10, 0, 0, 1]), Answer::Created(_)));
    }
    let Answer::Refused(refusal) = found(&desk, 3, [10, 0, 0, 1]) else { panic!("refused") };
    assert_eq!((refusal.code, refusal.retry_ms), (Code::Rate, 3_600_000));
    assert!(matches!(found(&desk, 3, [10, 0, 0, 2]), Answer::Created(_)));
    desk.pass_time(Duration::from_secs(3_600));
    assert!(matches!(found(&desk, 4, [10, 0, 0, 1]), Answer::Created(_)));
    assert_eq!(desk.hub.counts().refused(Code::Rate).get(), 1);
}
