//! The relay runs out of file descriptors. Attack matrix row 46.

use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use keyroom_testkit::crowd::{Crowd, Say};
use keyroom_testkit::https;
use keyroom_testkit::relay::{Relay, Way, quiet_address};
use keyroom_testkit::scratch::Scratch;

use crate::measure::descriptors;

/// A relay that may have so many file descriptors.
fn relay(scratch: &Scratch, files: usize) -> Relay {
    let (data, address) = (scratch.path().join("data"), quiet_address());
    Relay::start(move || {
        let mut command = Command::new("sh");
        let script = format!("ulimit -n {files}; exec \"$0\" relay --listen {address} --data \"$1\"");
        command.args(["-c", &script]).arg(env!("CARGO_BIN_EXE_keyroom")).arg(&data);
        command
    })
}

fn crowd_outside(way: &Way, count: usize) -> Vec<TcpStream> {
    (0..count).map(|_| https::tcp(way).expect("the system takes connections for it")).collect()
}

fn count(page: &str, sample: &str) -> u64 {
    let line = page.lines().find_map(|line| line.strip_prefix(sample)?.strip_prefix(' '));
    line.and_then(|count| count.parse().ok()).unwrap_or_else(|| panic!("{sample} is not in {page}"))
}

#[test]
fn a_crowd_outside_is_turned_away_by_name_before_the_files_run_out() {
    let scratch = Scratch::new("descriptors");
    let mut relay = relay(&scratch, 128);
    let mut crowd = Crowd::new(relay.way(), 128);
    let room = crowd.found(3);
    let outside = crowd_outside(relay.way(), 200);
    // The room talks, and somebody reads its log from the disk.
    for number in 0..10 {
        crowd.say(room[1], [Say::message(format!("{number}"))]);
        crowd.wait("all have it", |all| room.iter().all(|&one| all[one].log.len() == number + 2));
    }
    assert!(descriptors(relay.id()) < 128);
    drop(outside);
    let page = page_when_there_is_room(relay.way());
    assert!(count(&page, "keyroom_link_refusals_total{reason=\"too_many_links\"}") >= 100);
    assert_eq!(count(&page, "keyroom_accept_errors_total"), 0);
    assert_eq!(crowd.look(|all| all.iter().map(|one| one.lost.len()).sum::<usize>()), 0);
    crowd.settle(&room);
    assert_eq!(relay.end(), Some(0));
}

#[test]
fn a_relay_without_any_file_left_goes_on_inside_and_comes_back_by_itself() {
    let scratch = Scratch::new("no-descriptors");
    let mut relay = relay(&scratch, 256);
    let mut crowd = Crowd::new(relay.way(), 256);
    let room = crowd.found(3);
    let limit = |files: usize| {
        let mut prlimit = Command::new("prlimit");
        prlimit.args(["--pid", &relay.id().to_string(), &format!("--nofile={files}:256")]);
        prlimit.status().expect("prlimit is installed (Debian: util-linux)").success()
    };
    assert!(limit(descriptors(relay.id())), "as many as it has, and none more");
    let outside = crowd_outside(relay.way(), 20);
    for number in 0..10 {
        crowd.say(room[1], [Say::message(format!("{number}"))]);
        crowd.wait("all have it", |all| room.iter().all(|&one| all[one].log.len() == number + 2));
    }
    assert!(limit(256));
    drop(outside);
    relay.process().error_with("connections cannot be accepted");
    let page = page_when_there_is_room(relay.way());
    assert!(count(&page, "keyroom_accept_errors_total") >= 1);
    assert_eq!(crowd.look(|all| all.iter().map(|one| one.lost.len()).sum::<usize>()), 0);
    crowd.settle(&room);
    assert_eq!(relay.end(), Some(0));
}

/// The metrics, as soon as the relay takes connections again.
fn page_when_there_is_room(way: &Way) -> String {
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        let asked = b"GET /metrics HTTP/1.1\r\nhost: relay\r\nconnection: close\r\n\r\n";
        match https::request(way, asked) {
            Ok(answer) if answer.status == 200 => return answer.body,
            _ => assert!(Instant::now() < until, "it does not come back"),
        }
    }
}
