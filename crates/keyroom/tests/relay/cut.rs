//! A relay and its members on two hosts, and the cable between them is pulled.

use std::io::{BufRead as _, stdin};

use keyroom_testkit::history;
use keyroom_testkit::member::Member;
use keyroom_testkit::netns::Cable;
use keyroom_testkit::process::Running;
use keyroom_testkit::relay::serving;

use crate::support::{KEYROOM, Scratch, room};

/// Attack matrix row 6: what is said while the cable is out arrives once when it is in again, also where the relay was
/// killed meanwhile.
#[test]
fn a_pulled_cable_loses_and_doubles_nothing() {
    let cable = match Cable::lay("cut") {
        Ok(cable) => cable,
        Err(reason) => return println!("skipped: {reason}"),
    };
    let scratch = Scratch::new("cut");
    let listen = format!("{}:0", Cable::address(0));
    let start = |listen: &str| {
        let mut command = cable.command(0, KEYROOM);
        serving(command.args(["relay", "--data", scratch.path(), "--listen", listen]))
    };
    let (mut relay, address, pin) = start(&listen);
    let set = |state: &str| {
        let status = cable.command(1, "ip").args(["link", "set", "cable", state]).status().unwrap();
        assert!(status.success());
    };
    let mut command = cable.command(1, std::env::current_exe().unwrap());
    command.args(["--exact", "cut::side_that_writes", "--ignored", "--nocapture"]);
    let mut members = Running::start(command.env("KEYROOM_TEST_RELAY", format!("{address} {pin}")));
    members.line_after("all are in");
    for round in 0..4 {
        set("down");
        members.line("say");
        members.line_after("it is said");
        if round % 2 == 1 {
            drop(relay);
            relay = start(&address.to_string()).0;
        }
        set("up");
        members.line("settle");
        members.line_after("all is acknowledged");
    }
    members.line("check");
    members.line_after("the histories agree");
}

/// The members, told line by line what to do.
#[test]
#[ignore = "one side of a cable: the test above runs it in a namespace"]
fn side_that_writes() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let relay = std::env::var("KEYROOM_TEST_RELAY").unwrap();
        let (address, pin) = relay.split_once(' ').unwrap();
        let (address, pin) = (address.parse().unwrap(), pin.parse().unwrap());
        let founder = Member::founder(&address, pin, room(1), 0);
        founder.until("the room is made", |founder| founder.look(|mind| mind.is_in())).await;
        let mut members = vec![founder];
        members.extend((1..3).map(|who| Member::newcomer(&address, pin, room(1), who)));
        for member in &members {
            member.until("all are in", |member| member.look(|mind| mind.is_in())).await;
        }
        println!("\nall are in");
        let mut said = Vec::new();
        for line in stdin().lock().lines() {
            match line.unwrap().as_str() {
                "say" => {
                    for member in members.iter().cycle().take(12) {
                        let number = said.len() as u64 + 1;
                        said.push(number);
                        member.tell(|mind| mind.say(number, 500));
                    }
                    println!("it is said");
                }
                "settle" => {
                    for member in &members {
                        member
                            .until("all is acknowledged", |member| {
                                member.try_now();
                                member.look(|mind| mind.is_done())
                            })
                            .await;
                    }
                    println!("all is acknowledged");
                }
                _ => {
                    history::check(&address, pin, room(1), &members, &said).await;
                    println!("the histories agree");
                    return;
                }
            }
        }
    });
}
