//! The network between members and relay is cut.

use std::process::Command;

use keyroom_testkit::crowd::{Crowd, Say};
use keyroom_testkit::netns::Cable;
use keyroom_testkit::relay::Relay;
use keyroom_testkit::scratch::Scratch;

use crate::UNBOUND;

/// Attack matrix row 6.
#[test]
fn nothing_is_lost_or_doubled_where_the_cable_is_cut_again_and_again() {
    let cable = match Cable::lay("cut") {
        Ok(cable) => cable,
        Err(reason) => return println!("skipped: {reason}"),
    };
    let enter = cable.enter(1);
    let scratch = Scratch::new("cable");
    let config = scratch.write("relay.toml", UNBOUND);
    let data = scratch.path().join("data");
    let address = format!("{}:7443", Cable::address(0));
    let program = cable.command(0, env!("CARGO_BIN_EXE_keyroom"));
    let mut relay = Relay::start(move || {
        let mut command = Command::new(program.get_program());
        command.args(program.get_args()).args(["relay", "--listen", &address]);
        command.arg("--config").arg(&config).arg("--data").arg(&data);
        command
    });
    let mut crowd = Crowd::elsewhere(relay.way(), 6, enter);
    let room = crowd.found(4);

    for cut in 0..CUTS {
        let said = |crowd: &Crowd| crowd.look(|all| all.iter().map(|one| one.acknowledged).sum::<usize>());
        let before = said(&crowd);
        for &member in &room {
            let message = |number| Say::message(format!("{cut} {number} {}", "x".repeat(number % 7 * 100)));
            crowd.say(member, (0..ROUND).map(message));
        }
        // In the midst of it.
        crowd.wait("some of it is acknowledged", |all| {
            all.iter().map(|one| one.acknowledged).sum::<usize>() > before + ROUND
        });
        cable.plug(false);
        match cut % 3 {
            // The cut is short: the connections live on.
            0 => {}
            // Programs end and start while there is no network. The relay does not hear that the old links are gone, and
            // ends them when the new ones log in.
            1 => {
                crowd.relay_is_up(false);
                room.iter().for_each(|&member| crowd.restart(member));
                crowd.wait("all programs ended", |all| room.iter().all(|&member| !all[member].live));
            }
            // The relay dies, and the members do not hear of it until they speak to another process.
            _ => {
                relay.kill();
                relay.start_again();
            }
        }
        cable.plug(true);
        crowd.relay_is_up(true);
        crowd.wait("all of it is acknowledged", |all| room.iter().all(|&member| all[member].is_done()));
    }

    let summary = crowd.settle(&room);
    println!("after {CUTS} cuts: {summary:?}");
    assert_eq!(summary.acknowledged, 1 + CUTS * room.len() * ROUND, "each was said once");
    assert_eq!(summary.envelopes, summary.acknowledged);
    assert_eq!(relay.end(), Some(0));
}

/// How often the cable is cut; a third in each way.
const CUTS: usize = 9;

/// Appends of one member for each cut.
const ROUND: usize = 40;
