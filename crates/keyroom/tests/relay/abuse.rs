//! Members and strangers who do what they may not, or what they may without end, beside a room that does nothing wrong.
//! Attack matrix rows 45 and 46.
//!
//! In each test that room goes on; what is refused has a name and is counted; memory stays below a ceiling. With
//! `KEYROOM_ABUSE=long` each attack lasts a minute, and the room's p99 is at most three times its quiet one.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use keyroom_testkit::crowd::Crowd;
use keyroom_testkit::https;
use keyroom_testkit::pair::Dice;
use keyroom_testkit::relay::{Relay, Way};
use keyroom_testkit::scratch::Scratch;
use keyroom_testkit::siege::{Credential, PassSecret, RawLink};
use keyroom_types::{Kind, RoomId, limits};

use crate::measure::{Latency, forget_peak, kib, turn};
use crate::relay;

/// A relay, a room that does nothing wrong, and what both are like when nothing happens.
struct Siege {
    _scratch: Scratch,
    relay: Relay,
    crowd: Crowd,
    room: Vec<usize>,
    quiet: Latency,
    memory: u64,
}

/// One attacker. It goes on until it is told to stop, and counts what it did.
type Attack = fn(&Way, Ipv4Addr, &mut Dice, &Doing);

/// What attackers share with who started them.
#[derive(Default)]
struct Doing {
    stop: AtomicBool,
    done: AtomicUsize,
}

impl Doing {
    fn goes_on(&self) -> bool {
        !self.stop.load(Ordering::Relaxed)
    }

    fn did(&self, count: usize) {
        self.done.fetch_add(count, Ordering::Relaxed);
    }
}

impl Siege {
    fn lay(name: &str, config: &str) -> Self {
        let scratch = Scratch::new(name);
        let relay = relay(scratch.path(), config);
        let mut crowd = Crowd::new(relay.way(), 45);
        let room = crowd.found(4);
        let mut quiet = Vec::new();
        (0..if is_long() { 300 } else { 20 }).for_each(|_| at_a_pace(&crowd, &room, &mut quiet));
        let memory = kib(relay.id(), "VmRSS:");
        forget_peak(relay.id());
        Self { _scratch: scratch, relay, crowd, room, quiet: Latency::of(quiet), memory }
    }

    /// So many attackers do this, each from an address of its own, while the room talks: at least until all of them did
    /// `least` things. Returns how much memory it took at the most, in KiB.
    fn attack(&mut self, attackers: usize, least: usize, attack: Attack) -> u64 {
        let doing = Arc::new(Doing::default());
        let threads: Vec<_> = (0..attackers)
            .map(|number| {
                let (way, doing) = (self.relay.way().clone(), Arc::clone(&doing));
                thread::spawn(move || {
                    // An attacker has a computer of its own: what is measured is what the relay does for it, not whose turn it is here.
                    let _ = rustix::process::nice(19);
                    attack(&way, address(), &mut Dice::new(number as u64), &doing);
                })
            })
            .collect();
        let (begun, mut beside) = (Instant::now(), Vec::new());
        while doing.done.load(Ordering::Relaxed) < least || begun.elapsed() < lasts() {
            assert!(
                begun.elapsed() < lasts() + PATIENCE,
                "{} things were done",
                doing.done.load(Ordering::Relaxed)
            );
            assert!(threads.iter().all(|thread| !thread.is_finished()), "an attacker gave up");
            at_a_pace(&self.crowd, &self.room, &mut beside);
        }
        doing.stop.store(true, Ordering::Relaxed);
        for thread in threads {
            thread.join().unwrap_or_else(|_| panic!("an attacker failed"));
        }
        let beside = Latency::of(beside);
        let more = kib(self.relay.id(), "VmHWM:").saturating_sub(self.memory);
        let done = doing.done.load(Ordering::Relaxed);
        println!("quiet {:?}, beside {done} attacks {beside:?}, {more} KiB more at most", self.quiet);
        if is_long() {
            let bound = 3 * self.quiet.p99.max(TICK);
            assert!(beside.p99 <= bound, "{beside:?} after {:?}", self.quiet);
        } else {
            assert!(beside.p99 < Duration::from_secs(1), "{beside:?}");
        }
        more
    }

    /// How often this was counted.
    fn count(&self, sample: &str) -> u64 {
        let page = https::get(self.relay.way(), "/metrics").body;
        let line = page.lines().find_map(|line| line.strip_prefix(sample)?.strip_prefix(' '));
        line.and_then(|count| count.parse().ok()).unwrap_or_else(|| panic!("{sample} is not in {page}"))
    }

    fn refused(&self, code: &str) -> u64 {
        self.count(&format!("keyroom_refused_total{{code=\"{code}\"}}"))
    }

    fn faults(&self, reason: &str) -> u64 {
        self.count(&format!("keyroom_link_faults_total{{reason=\"{reason}\"}}"))
    }

    fn turned_away(&self, reason: &str) -> u64 {
        self.count(&format!("keyroom_link_refusals_total{{reason=\"{reason}\"}}"))
    }

    /// The room's log is whole, and nobody of it was troubled.
    fn raise(mut self) {
        self.crowd.look(|all| {
            for &member in &self.room {
                assert!(
                    all[member].lost.is_empty() && all[member].refused.is_empty(),
                    "{}",
                    all[member].summary()
                );
            }
        });
        self.crowd.settle(&self.room);
        assert_eq!(self.relay.end(), Some(0));
    }
}

/// Attack matrix row 45.
#[test]
fn what_is_no_message_before_and_after_a_login_is_told_so_and_counted() {
    let mut siege = Siege::lay("malformed", "");
    let more = siege.attack(2, 200, |way, source, dice, doing| {
        while doing.goes_on() {
            // Before the login: too long, text, no frame, no message; after it: too long, no message.
            let mut link = || RawLink::open(way, source, dice.bytes()).unwrap();
            let mut long = link();
            long.begin(limits::LOGIN_FRAME_BYTES as u64 + 1, b"").unwrap();
            assert_eq!(long.end().unwrap().1, 1009);
            let mut text = link();
            text.raw(&[0x81, 0x80, 0, 0, 0, 0]).unwrap();
            assert_eq!(text.end().unwrap().1, 1003);
            let mut unmasked = link();
            unmasked.raw(&[0x82, 1, 7]).unwrap();
            assert_eq!(unmasked.end().unwrap().1, 1002);
            let mut junk = link();
            junk.frame(&dice.bytes::<200>()).unwrap();
            assert_eq!(junk.end().unwrap().0.map(|code| code.name()), Some("malformed"));
            let _ = https::tls_from(way, Some(source)).and_then(|mut stream| {
                std::io::Write::write_all(&mut stream, b"\x00\x01 no request\r\n\r\n")?;
                std::io::Read::read_to_end(&mut stream, &mut Vec::new())
            });
            for fault in 0..2 {
                let (room, pass) = (RoomId::from_bytes(dice.bytes()), PassSecret::from_bytes(&dice.bytes()));
                // This address may not open another room for a while: then all that was to be shown is shown.
                let Ok(mut inside) = RawLink::founder(way, source, room, &pass) else { break };
                if fault == 0 {
                    inside.begin(limits::FRAME_BYTES as u64 + 1, &[0; 1000]).unwrap();
                    assert_eq!(inside.end().unwrap().1, 1009);
                } else {
                    inside.frame(&dice.bytes::<1000>()).unwrap();
                    assert_eq!(inside.end().unwrap().0.map(|code| code.name()), Some("malformed"));
                }
            }
            doing.did(7);
        }
    });
    assert!(more < 32 << 10, "{more} KiB");
    for reason in ["message_too_big", "only_binary", "protocol_error", "bad_request"] {
        assert!(siege.faults(reason) >= 10, "{reason}");
    }
    assert!(siege.refused("malformed") >= 20);
    siege.raise();
}

/// Attack matrix rows 45 and 46.
#[test]
fn logins_without_end_are_refused_by_name_and_then_not_listened_to() {
    let quotas = "[quotas]\nlogins_per_address = 20\nlogins_per_address_per_minute = 120\n";
    let mut siege = Siege::lay("logins", quotas);
    let more = siege.attack(3, 300, |way, source, dice, doing| {
        while doing.goes_on() {
            let (room, pass) = (RoomId::from_bytes(dice.bytes()), PassSecret::from_bytes(&dice.bytes()));
            let Ok(mut link) = RawLink::open(way, source, dice.bytes()) else { continue };
            // Nobody's pass to no room; and a signature over another challenge.
            let refused = if dice.below(2) == 0 {
                link.login(room, &Credential::Pass(pass))
            } else {
                link.login_of_yesterday(room, &Credential::Pass(pass)).and_then(|()| link.end().map(drop))
            };
            // The relay may have said so by closing.
            drop(refused);
            doing.did(1);
        }
    });
    assert!(more < 32 << 10, "{more} KiB");
    assert!(siege.refused("no_room") >= 10 && siege.refused("signature") >= 10);
    assert!(siege.turned_away("too_many_from_address") >= 60);
    siege.raise();
}

/// Attack matrix row 46.
#[test]
fn rooms_without_end_are_refused_by_name_to_one_address_and_opened_for_others() {
    let quotas = "[quotas]\nrooms = 60\nrooms_per_address = 20\nrooms_per_address_per_hour = 1\n";
    let mut siege = Siege::lay("rooms", quotas);
    let more = siege.attack(2, 200, |way, source, dice, doing| {
        while doing.goes_on() {
            let (room, pass) = (RoomId::from_bytes(dice.bytes()), PassSecret::from_bytes(&dice.bytes()));
            match RawLink::founder(way, source, room, &pass) {
                Ok(_) => {}
                Err(error) => assert_eq!(error.to_string(), "rate"),
            }
            doing.did(1);
        }
    });
    assert!(more < 32 << 10, "{more} KiB");
    assert_eq!(siege.count("keyroom_rooms"), 41, "twenty for each of two, and the one that was there");
    assert!(siege.refused("rate") >= 100);
    // The relay's own bound comes before that of the third address.
    let mut dice = Dice::new(7);
    let source = address();
    let mut open = || {
        let (room, pass) = (RoomId::from_bytes(dice.bytes()), PassSecret::from_bytes(&dice.bytes()));
        RawLink::founder(siege.relay.way(), source, room, &pass).map(drop)
    };
    (0..19).for_each(|_| open().unwrap());
    assert_eq!(open().unwrap_err().to_string(), "rooms");
    assert!(siege.refused("rooms") >= 1);
    siege.raise();
}

/// Attack matrix row 46.
#[test]
fn a_member_that_appends_as_fast_as_it_can_is_held_to_its_rate() {
    let quotas = "[quotas]\nappends_per_pass = 100\nappends_per_pass_per_second = 100\n";
    let mut siege = Siege::lay("line-rate", quotas);
    let more = siege.attack(1, 2_000, |way, source, dice, doing| {
        let (room, pass) = (RoomId::from_bytes(dice.bytes()), PassSecret::from_bytes(&dice.bytes()));
        let mut link = RawLink::founder(way, source, room, &pass).unwrap();
        while doing.goes_on() {
            for _ in 0..limits::LINK_REQUESTS {
                link.append(Kind::Application, vec![7; 200].into(), Vec::new()).unwrap();
            }
            // Each is answered, with a place or with a refusal.
            match link.answer() {
                Ok(_) => {}
                Err(error) => assert_eq!(error.to_string(), "rate"),
            }
            doing.did(limits::LINK_REQUESTS);
        }
    });
    assert!(more < 32 << 10, "{more} KiB");
    assert!(siege.refused("rate") >= 1_000);
    siege.raise();
}

/// Attack matrix row 45.
#[test]
fn members_that_read_nothing_or_hardly_anything_cost_a_batch_each() {
    let mut siege = Siege::lay("readers", "[quotas]\nroom_bytes = 34_359_738_368\n");
    let more = siege.attack(1, 40, |way, source, dice, doing| {
        let room = RoomId::from_bytes(dice.bytes());
        let passes: Vec<_> = (0..=READERS).map(|_| PassSecret::from_bytes(&dice.bytes())).collect();
        let mut author = RawLink::founder(way, source, room, &passes[0]).unwrap();
        author.admit(&passes[1..]).unwrap();
        let mut readers: Vec<_> = passes[1..]
            .iter()
            .map(|pass| {
                let mut reader = RawLink::member(way, source, room, pass).unwrap();
                reader.subscribe().unwrap();
                reader
            })
            .collect();
        while doing.goes_on() {
            // 60 KB a message, 3 MB for the relay's memory if it kept one for each; far more than sockets hold.
            author.append(Kind::Application, vec![7; 60_000].into(), Vec::new()).unwrap();
            author.answer().unwrap();
            // A little less than its rate: what is more would be refused, which is another test's.
            thread::sleep(Duration::from_micros(2_500));
            // Every other one reads a message now and then: it is never cut off, and never gets far.
            let number = dice.place(READERS / 2) * 2;
            // Half a minute without reading, and the relay gives up on the others.
            let _ = readers[number].read();
            doing.did(1);
        }
    });
    // And what the store keeps of its pages.
    let ceiling = (READERS as u64 * 192) + (32 << 10);
    assert!(more < ceiling, "{more} KiB, and {ceiling} are allowed");
    if is_long() {
        assert!(
            siege.faults("unread") >= READERS as u64 / 4,
            "who read nothing for half a minute was cut off"
        );
    }
    siege.raise();
}

/// Attack matrix row 45: what many links may hold together is more than there is.
#[test]
fn at_the_ceiling_of_memory_who_holds_much_goes_and_the_others_go_on() {
    let mut siege =
        Siege::lay("ceiling", "[quotas]\nmemory_bytes = 100_000_000\nrooms_per_address = 1_000\n");
    siege.attack(1, 3 * MESSAGES, |way, source, dice, doing| {
        let room = RoomId::from_bytes(dice.bytes());
        let passes: Vec<_> = (0..=MESSAGES).map(|_| PassSecret::from_bytes(&dice.bytes())).collect();
        let mut founder = RawLink::founder(way, source, room, &passes[0]).unwrap();
        founder.admit(&passes[1..]).unwrap();
        let beginning = vec![0; limits::FRAME_BYTES - 1_000];
        let mut held = Vec::new();
        while doing.goes_on() {
            for pass in &passes[1..] {
                // A message that never ends; from some number on it is refused, or ended.
                let begun = RawLink::member(way, source, room, pass).and_then(|mut link| {
                    link.begin(limits::FRAME_BYTES as u64, &beginning)?;
                    Ok(link)
                });
                held.extend(begun.ok());
                doing.did(1);
            }
            held.clear();
        }
    });
    let peak = kib(siege.relay.id(), "VmHWM:") * 1024;
    // What comes in a tenth of a second is on top.
    assert!(peak < 100_000_000 + (48 << 20), "{peak} bytes");
    let until = Instant::now() + PATIENCE;
    while https::tls(siege.relay.way()).is_err() {
        assert!(Instant::now() < until, "others come in again once it is left");
    }
    assert!(siege.turned_away("memory") >= 10);
    siege.raise();
}

/// A turn, and a pause: who does nothing wrong is not faster than the rate that a pass has.
fn at_a_pace(crowd: &Crowd, room: &[usize], latencies: &mut Vec<Duration>) {
    let begun = Instant::now();
    turn(crowd, room, latencies);
    thread::sleep(PACE.saturating_sub(begun.elapsed()));
}

/// An address of the loopback that no other attacker of this process has.
fn address() -> Ipv4Addr {
    static NEXT: AtomicU8 = AtomicU8::new(1);
    Ipv4Addr::new(127, 45, 46, NEXT.fetch_add(1, Ordering::Relaxed))
}

pub(crate) fn is_long() -> bool {
    std::env::var_os("KEYROOM_ABUSE").is_some_and(|wanted| wanted == "long")
}

fn lasts() -> Duration {
    Duration::from_secs(if is_long() { 60 } else { 2 })
}

/// Each member of the room says something so often: eighty times in a second, where the least rate of these tests is a hundred.
const PACE: Duration = Duration::from_micros(12_500);

/// Members that do not read.
const READERS: usize = 50;

/// Messages of a mebibyte and a half that never end.
const MESSAGES: usize = 100;

/// What one tick of a busy machine's scheduler takes: a quiet p99 below it says nothing.
pub(crate) const TICK: Duration = Duration::from_millis(4);

const PATIENCE: Duration = Duration::from_secs(60);
