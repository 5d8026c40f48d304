//! Thousands of connections that say nothing, or half a word, beside a room that goes on.

use std::io::Write as _;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use keyroom_testkit::member::Member;
use keyroom_testkit::relay::Relay;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::support::{KEYROOM, room};

/// Attack matrix row 45.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_half_open_connections_leave_a_room_responsive() {
    let now = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: now.maximum, maximum: now.maximum }).unwrap();
    let mut relay = Relay::start(KEYROOM, &["--memory"]);
    let (address, pin) = (relay.address().clone(), relay.pin());
    let founder = Member::founder(&address, pin, room(1), 0);
    founder.until("the room is made", |founder| founder.look(|mind| mind.is_in())).await;
    let other = Member::newcomer(&address, pin, room(1), 1);
    other.until("it is in", |other| other.look(|mind| mind.is_in())).await;

    let (quiet, _) = times(&founder, &other, 1_000).await;
    let memory = resident_kib(relay.process().id());
    // Nothing; the beginning of a record; a record of the greatest length that never comes; another protocol.
    let words: [&[u8]; 4] = [b"", b"\x16\x03\x01", b"\x16\x03\x01\x40\x00\x01", b"GET / HTTP/1.1\r\n"];
    let crowd: Vec<TcpStream> = (0..2_000)
        .map(|place| {
            let mut stream = TcpStream::connect((address.host(), address.port())).unwrap();
            stream.write_all(words[place % words.len()]).unwrap();
            stream
        })
        .collect();
    let (median, worst) = times(&founder, &other, 2_000).await;
    assert!(worst < Duration::from_secs(2), "{worst:?}");
    assert!(median < quiet * 10 + Duration::from_millis(50), "{median:?}, quiet {quiet:?}");
    let more = resident_kib(relay.process().id()).saturating_sub(memory);
    assert!(more < 64 << 10, "{more} KiB for {} connections", crowd.len());
    println!("median {quiet:?} quiet, {median:?} crowded, worst {worst:?}, {more} KiB more");
}

/// Median and worst time from saying something to its delivery at the other side.
async fn times(from: &Member, to: &Member, first: u64) -> (Duration, Duration) {
    let mut times = Vec::new();
    for number in first..first + 50 {
        let end = to.read_to();
        let started = Instant::now();
        from.tell(|mind| mind.say(number, 200));
        to.until("it is delivered", |to| to.read_to() > end).await;
        times.push(started.elapsed());
    }
    times.sort_unstable();
    (times[times.len() / 2], times[times.len() - 1])
}

fn resident_kib(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
