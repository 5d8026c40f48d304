//! Two computers on one network: they find each other and talk. Each is a network namespace of the test's own,
//! so that no multicast leaves it.

use std::io::{Read as _, stdin};
use std::process::Command as Process;

use keyroom_client::{
    Command, Config, Engine, Event, HostOptions, JoinOptions, Listen, MemoryHistory, Nearby, RoomEvent,
    RoomId,
};
use keyroom_testkit::netns::Cable;
use keyroom_testkit::process::Running;

use crate::support::{PATIENCE, Person, key};

#[test]
fn two_computers_on_one_network_find_each_other_and_talk() {
    let cable = match Cable::lay("talk") {
        Ok(cable) => cable,
        Err(reason) => return println!("skipped: {reason}"),
    };
    let mut host = Running::start(&mut side(&cable, 0, "nearby::side_that_hosts"));
    let address = host.line_after("address: ");
    assert_eq!(address.rsplit_once(':').unwrap().0, Cable::address(0).to_string());
    assert_eq!(host.line_after("announced: "), "true");

    let mut guest = Running::start(&mut side(&cable, 1, "nearby::side_that_looks"));
    assert_eq!(guest.line_after("found: "), address);
    assert_eq!(host.line_after("heard: "), "hello over the cable");
    assert_eq!(guest.line_after("heard: "), "welcome");
    host.end_input();
    // The host took its announcement back when it left, long before it would have run out.
    guest.line_after("gone");
    for ended in [host, guest] {
        let (code, out, err) = ended.end();
        assert_eq!(code, Some(0), "{out:#?} {err}");
    }
}

/// This very program on one side of the cable, running one of the two below.
fn side(cable: &Cable, side: usize, name: &str) -> Process {
    let mut command = cable.command(side, std::env::current_exe().unwrap());
    command.args(["--exact", name, "--ignored", "--nocapture"]);
    command
}

fn with_discovery() -> Config {
    Config { history: std::sync::Arc::new(MemoryHistory::new()), profile: None, discovery: true }
}

#[test]
#[ignore = "one side of a cable: the test above runs it in a namespace"]
fn side_that_hosts() {
    let (engine, mut events) = Engine::start_with_events(with_discovery()).unwrap();
    let names = || "x".parse().unwrap();
    let mut options = HostOptions::new(names(), names(), Listen::Everywhere);
    options.key = Some(key());
    options.announce = true;
    let room = engine.host(options);
    let opened = events.wait_for(PATIENCE, |event| match event {
        Event::Room { event: RoomEvent::Opened(opened), .. } => Some(opened.clone()),
        _ => None,
    });
    let opened = opened.unwrap();
    println!("\naddress: {}\nannounced: {}", opened.addresses[0], opened.announced);
    let mut person = Person { engine, events, room };
    person.until(|person| !person.heard().is_empty());
    println!("heard: {}", person.texts()[0]);
    person.say("welcome");
    assert_eq!(stdin().read(&mut [0]).unwrap(), 0);
    person.engine.shutdown();
}

#[test]
#[ignore = "one side of a cable: the test above runs it in a namespace"]
fn side_that_looks() {
    let (engine, mut events) = Engine::start_with_events(with_discovery()).unwrap();
    engine.send(Command::LookNearby { on: true });
    let found = events.wait_for(PATIENCE, |event| match event {
        Event::Nearby(Nearby::Looking(rooms)) => rooms.first().cloned(),
        Event::Nearby(other) => panic!("{other:?}"),
        Event::Room { .. } => None,
        _ => None,
    });
    let found = found.unwrap();
    assert!(!found.ours);
    println!("\nfound: {}", found.addresses[0]);
    let names = || "x".parse().unwrap();
    let room: RoomId = engine.join(JoinOptions::new(names(), names(), found.addresses, key()));
    let mut person = Person { engine, events, room };
    person.connected();
    person.say("hello over the cable");
    person.until(|person| !person.heard().is_empty());
    println!("heard: {}", person.texts()[0]);
    let gone = person.events.wait_for(PATIENCE, |event| match event {
        Event::Nearby(Nearby::Looking(rooms)) => rooms.is_empty().then_some(()),
        _ => None,
    });
    gone.unwrap();
    println!("gone");
    person.engine.shutdown();
}
