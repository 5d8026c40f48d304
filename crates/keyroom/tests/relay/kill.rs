//! The relay is killed again and again while members write. `KEYROOM_KILLS=300` kills it as often as that.

use keyroom_testkit::history;
use keyroom_testkit::member::Member;
use keyroom_testkit::pair::Dice;
use keyroom_testkit::relay::Relay;

use crate::support::{KEYROOM, Scratch, room};

/// Attack matrix rows 6 and 47: every acknowledged envelope survives, the log is dense, nothing is there twice, and
/// everybody was shown the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_that_is_killed_again_and_again_loses_and_doubles_nothing() {
    let scratch = Scratch::new("kill");
    let mut relay = Relay::start(KEYROOM, &["--data", scratch.path()]);
    let (address, pin) = (relay.address().clone(), relay.pin());
    let mut rooms: Vec<Vec<Member>> = Vec::new();
    for number in 1..=ROOMS {
        let founder = Member::founder(&address, pin, room(number), 0);
        founder.until("the room is made", |founder| founder.look(|mind| mind.is_in())).await;
        let mut members = vec![founder];
        members.extend((1..MEMBERS).map(|who| Member::newcomer(&address, pin, room(number), who)));
        rooms.push(members);
    }
    for member in rooms.iter().flatten() {
        member.until("all are in", |member| member.look(|mind| mind.is_in())).await;
    }

    let mut dice = Dice::new(std::process::id().into());
    let mut said: Vec<Vec<u64>> = vec![Vec::new(); rooms.len()];
    let mut number = 0;
    for kill in 0..kills() {
        for (members, said) in rooms.iter().zip(&mut said) {
            for (who, member) in members.iter().enumerate() {
                for _ in 0..1 + dice.place(5) {
                    number += 1;
                    said.push(number);
                    let commits = who == 0 && dice.below(6) == 0;
                    let bytes = 8 + dice.place(3_000);
                    member.tell(|mind| match commits {
                        true => mind.commit(number, Vec::new()),
                        false => mind.say(number, bytes),
                    });
                }
            }
        }
        // Killed somewhere between nothing and all of it.
        let watched = &rooms[dice.place(rooms.len())][dice.place(MEMBERS)];
        let acknowledged = |member: &Member| member.look(|mind| mind.acknowledged().len());
        let enough = acknowledged(watched) + dice.place(4);
        watched
            .until("some of it is acknowledged", |member| {
                acknowledged(member) >= enough || member.look(|mind| mind.is_done())
            })
            .await;
        relay.kill();
        relay.restart();
        for member in rooms.iter().flatten() {
            member
                .until(&format!("it is live again after kill {kill}"), |member| {
                    member.try_now();
                    member.is_live()
                })
                .await;
        }
    }
    for member in rooms.iter().flatten() {
        member.until("all is said", |member| member.look(|mind| mind.is_done())).await;
    }
    for (place, members) in rooms.iter().enumerate() {
        let room = room(u8::try_from(place).unwrap() + 1);
        let log = history::check(&address, pin, room, members, &said[place]).await;
        assert!(log.len() >= said[place].len());
    }
    println!("{} kills, {number} envelopes", kills());
}

fn kills() -> usize {
    std::env::var("KEYROOM_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(60)
}

const ROOMS: u8 = 3;
const MEMBERS: usize = 3;
