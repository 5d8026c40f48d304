//! The relay's disk is full.

use std::fs;
use std::time::{Duration, Instant};

use keyroom_testkit::crowd::{Code, Crowd, Say};
use keyroom_testkit::https;
use keyroom_testkit::tmpfs::Tmpfs;

use crate::{UNBOUND, relay};

/// Attack matrix row 46.
#[test]
fn a_full_disk_refuses_appends_serves_reads_and_recovers_by_itself() {
    let disk = match Tmpfs::mount("space", 8 << 20) {
        Ok(disk) => disk,
        Err(reason) => return println!("skipped: {reason}"),
    };
    let mut relay = relay(disk.path(), UNBOUND);
    let ballast = disk.ballast(3 << 20);
    let mut crowd = Crowd::new(relay.way(), 46);
    let room = crowd.found(3);
    assert_eq!(https::get(relay.way(), "/readyz").status, 200);

    // Three at once, so that appends of others are under way when there is no space left.
    let big = || Say::message(vec![b'.'; 30_000]);
    for turn in 0.. {
        assert!(turn < 100, "8 MiB are full sometime");
        for &member in &room {
            crowd.say(member, (0..8).map(|_| big()));
        }
        crowd.wait("all is answered", |all| room.iter().all(|&member| all[member].is_done()));
        if crowd.look(|all| room.iter().all(|&member| all[member].refused.contains(&Code::DiskFull))) {
            break;
        }
    }
    // What was refused gave some space back: one by one, until there is none for one either.
    let refused = |crowd: &Crowd| crowd.with(room[1], |one| one.refused.len());
    let before = refused(&crowd);
    for turn in 0.. {
        assert!(turn < 400, "8 MiB are full sometime");
        crowd.say(room[1], [big()]);
        crowd.wait("it is answered", |all| all[room[1]].is_done());
        if refused(&crowd) > before {
            break;
        }
    }
    let answer = https::get(relay.way(), "/readyz");
    assert_eq!((answer.status, answer.body.as_str()), (503, "the store cannot be used\n"));
    assert_eq!(https::get(relay.way(), "/healthz").status, 200);
    let metrics = https::get(relay.way(), "/metrics").body;
    let full =
        metrics.lines().find_map(|line| line.strip_prefix("keyroom_refused_total{code=\"disk_full\"} "));
    assert!(full.is_some_and(|count| count != "0"), "the operator sees why");

    // Nobody appends, and the disk stays full: so does what the page says, for longer than a failure is remembered.
    let full_until = Instant::now() + Duration::from_secs(12);
    while Instant::now() < full_until {
        assert_eq!(https::get(relay.way(), "/readyz").status, 503);
    }

    // Whoever was away, and knows nothing, reads it all.
    let acknowledged = crowd.with(room[0], |one| one.acknowledged);
    crowd.close(room[0]);
    crowd.wait("somebody leaves", |all| !all[room[0]].live);
    let reader = crowd.fresh(room[0]);
    crowd.wait("all is read", |all| {
        let end = all[reader].heads.first().map(|head| head.seq);
        all[reader].live && Some(all[reader].seq()) == end && Some(all[room[1]].seq()) == end
    });
    let own = crowd.with(reader, |one| one.log.iter().filter(|e| e.header.pass == one.pass).count());
    assert!(own >= acknowledged, "{acknowledged} were acknowledged and {own} are there");
    crowd.look(|all| {
        let other = all.iter().flat_map(|one| &one.refused).find(|code| **code != Code::DiskFull);
        assert_eq!(other, None, "nothing was refused for another reason");
        assert!(all.iter().all(|one| one.lost.is_empty()), "nobody lost the link");
    });

    fs::remove_file(ballast).expect("the ballast is there");
    for &member in &room[1..] {
        crowd.say(member, (0..8).map(|_| big()));
    }
    let refused_before = refused(&crowd);
    crowd.wait("all is answered", |all| room[1..].iter().all(|&member| all[member].is_done()));
    assert_eq!(refused(&crowd), refused_before, "there is space, and the relay takes it without a restart");
    let until = Instant::now() + PATIENCE;
    while https::get(relay.way(), "/readyz").status != 200 {
        assert!(Instant::now() < until, "it is ready again");
    }

    // And what is there is there after a crash.
    relay.kill();
    relay.start_again();
    let summary = crowd.settle(&room[1..]);
    println!("{summary:?}");
    assert_eq!(relay.end(), Some(0));
}

const PATIENCE: Duration = Duration::from_secs(60);
