//! The clock on the wall jumps. Attack matrix row 47.

use std::time::Duration;

use keyroom_relay::Quotas;
use keyroom_types::Timestamp;
use keyroom_wire::{Change, PassRole};

use crate::desk::{Desk, Role, door, pass_key};

const YEAR_MS: i64 = 365 * 24 * 60 * 60 * 1_000;

fn jump(desk: &mut Desk, millis: i64) {
    desk.now.wall = Timestamp::from_millis(desk.now.wall.as_millis().saturating_add_signed(millis));
}

#[test]
fn a_clock_that_jumps_loses_nothing_moves_nothing_and_keeps_nobody_out() {
    let mut desk = Desk::with(Quotas::default(), None);
    let mut founder = desk.founder(1, vec![door(50)]);
    founder.commit(0, 1, vec![Change::Grant(pass_key(2), PassRole::Member)]).unwrap();
    let mut member = desk.member(2);
    let mut times = Vec::new();
    for (number, leap) in [0, YEAR_MS, -YEAR_MS, -50 * YEAR_MS, 60 * YEAR_MS, 0].into_iter().enumerate() {
        jump(&mut desk, leap);
        desk.pass_time(Duration::from_secs(1));
        desk.hub.tick(desk.now);
        (founder.now, member.now) = (desk.now, desk.now);
        let id = 10 + u8::try_from(number).unwrap() * 2;
        times.push(founder.say(1, id).unwrap().time);
        times.push(member.say(1, id + 1).unwrap().time);
        // What was said before is known when it is said again.
        assert!(founder.say(1, id).unwrap().repeated);
        assert!(!founder.link.is_over() && !member.link.is_over(), "time-outs go by another clock");
        // Who comes now is let in, by pass and by a door that does not expire.
        let mut again = desk.dial();
        again.login(Role::Pass(2)).unwrap();
        desk.dial().login(Role::Door { door: 50, newcomer: 3 }).unwrap();
        member = again;
        member.subscribe(0);
        member.said();
    }
    assert!(times.is_sorted(), "{times:?}");
    let places: Vec<u64> = desk.log().iter().map(|stored| stored.header.seq.get()).collect();
    assert_eq!(places, (1..=13).collect::<Vec<_>>());
    assert!(desk.log().iter().all(|stored| !stored.body.is_empty()));
}
