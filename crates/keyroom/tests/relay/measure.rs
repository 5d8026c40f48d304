//! How long messages of a room take, and what the relay's process holds meanwhile.

use std::fs;
use std::time::Duration;

use keyroom_testkit::crowd::{Crowd, Say};

/// Everybody says something; how long it took until each of the others had it.
pub(crate) fn turn(crowd: &Crowd, room: &[usize], latencies: &mut Vec<Duration>) {
    let before = crowd.with(room[0], |one| one.log.len());
    for &member in room {
        crowd.say(member, [Say::message("are you there?")]);
    }
    crowd.wait("all have heard all", |all| {
        room.iter().all(|&member| all[member].log.len() == before + room.len() && all[member].is_done())
    });
    crowd.look(|all| {
        for author in room {
            let sent = all[*author].sent.last().expect("everybody said something");
            for reader in room.iter().filter(|reader| *reader != author) {
                let log = &all[*reader].log;
                let place = log.iter().rposition(|envelope| envelope.header.envelope == sent.ids[0]);
                let came = all[*reader].came[place.expect("all have heard all")];
                latencies.push(came.saturating_duration_since(sent.at));
            }
        }
    });
}

/// Of many times.
#[derive(Debug)]
pub(crate) struct Latency {
    pub(crate) median: Duration,
    pub(crate) p99: Duration,
    #[expect(dead_code, reason = "for who reads the output")]
    pub(crate) count: usize,
}

impl Latency {
    pub(crate) fn of(mut all: Vec<Duration>) -> Self {
        all.sort_unstable();
        Self { median: all[all.len() / 2], p99: all[all.len() * 99 / 100], count: all.len() }
    }
}

/// File descriptors of a process.
pub(crate) fn descriptors(pid: u32) -> usize {
    fs::read_dir(format!("/proc/{pid}/fd")).expect("the relay runs").count()
}

/// A line of the kernel's account of a process.
pub(crate) fn kib(pid: u32, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("the relay runs");
    let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("the kernel tells");
    line.trim().trim_end_matches(" kB").parse().expect("it is a number")
}

/// From now on `VmHWM` is the most that the process holds from now on.
pub(crate) fn forget_peak(pid: u32) {
    // Where the system does not allow it, the peak so far counts too.
    let _ = fs::write(format!("/proc/{pid}/clear_refs"), "5");
}
