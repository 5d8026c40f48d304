//! The relay is killed again and again while members append.

use keyroom_testkit::crowd::{Crowd, Say};
use keyroom_testkit::pair::Dice;
use keyroom_testkit::scratch::Scratch;

use crate::{UNBOUND, relay};

/// Attack matrix rows 6, 47 and 52.
#[test]
fn what_was_acknowledged_outlives_every_kill_and_all_members_have_one_log() {
    let kills = std::env::var("KEYROOM_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(KILLS);
    let scratch = Scratch::new("kills");
    let mut relay = relay(scratch.path(), UNBOUND);
    let mut crowd = Crowd::new(relay.way(), 47);
    let mut dice = Dice::new(kills as u64);
    let rooms: Vec<Vec<usize>> = (0..3).map(|_| crowd.found(4)).collect();
    let members = rooms.concat();

    for kill in 0..kills {
        // The kill meets appends in every state: not all of a round are acknowledged when it comes.
        let all = acknowledged(&crowd);
        let some = 1 + dice.place(members.len() * ROUND * 3 / 4);
        for &member in &members {
            let founder = rooms.iter().any(|room| room[0] == member);
            crowd.say(member, round(&mut dice, founder));
        }
        crowd.wait("some of it is acknowledged", |now| {
            now.iter().map(|one| one.acknowledged).sum::<usize>() >= all + some
        });
        crowd.relay_is_up(false);
        if kill % 8 == 7 {
            relay.kill_while_it_starts();
        } else {
            relay.kill();
        }
        relay.start_again();
        crowd.relay_is_up(true);
        crowd.wait("all are back", |now| members.iter().all(|&member| now[member].live));
    }

    for room in &rooms {
        let summary = crowd.settle(room);
        println!("after {kills} kills: {summary:?}");
        assert!(summary.logins >= room.len() * kills, "every kill met everybody");
    }
    assert_eq!(relay.end(), Some(0));
}

fn acknowledged(crowd: &Crowd) -> usize {
    crowd.look(|all| all.iter().map(|one| one.acknowledged).sum())
}

/// What somebody says in one round: messages, alone and several at once; a founder's also commits.
fn round(dice: &mut Dice, founder: bool) -> Vec<Say> {
    let mut says = Vec::new();
    says.resize_with(ROUND, || {
        let commit = founder && dice.below(10) == 0;
        let count = 1 + dice.place(3);
        let mut bodies = Vec::new();
        bodies.resize_with(count, || {
            let most = if dice.below(20) == 0 { 20_000 } else { 300 };
            let length = dice.place(most);
            let mut body = dice.bytes::<16>().to_vec();
            body.resize(16 + length, b'.');
            body.into()
        });
        Say { bodies, commit, ..Say::default() }
    });
    says
}

/// Kills where `KEYROOM_KILLS` names no number.
const KILLS: usize = 40;

/// Appends of one member between two kills.
const ROUND: usize = 20;
