//! Rooms on a relay of their own.

use std::process::Command;

use keyroom_testkit::relay::{Relay, quiet_address};
use keyroom_testkit::scratch::Scratch;

use crate::support::{Home, hosting, join, refused, sentence};

pub(crate) fn relay(scratch: &Scratch) -> Relay {
    let (data, address) = (scratch.path().join("data"), quiet_address());
    Relay::start(move || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keyroom"));
        command.args(["relay", "--listen", &address]).arg("--data").arg(&data);
        command
    })
}

pub(crate) fn reference(relay: &Relay) -> String {
    format!("keyroom://{}?pin={}", relay.way().address, relay.way().pin)
}

#[test]
fn a_room_on_a_relay_goes_on_without_its_host() {
    let scratch = Scratch::new("sealed-relay");
    let mut relay = relay(&scratch);
    let ada = Home::new("ada");
    let host = ["host", "--ui", "plain", "--name", "Kitchen", "--as", "Ada", "--at"];
    let at = reference(&relay);
    let host = [host.as_slice(), &[&at]].concat();
    let first = hosting(ada.run(&host));
    assert_eq!(first.address, relay.way().address.to_string());
    let mut ben = join("Ben", &first.invite);
    let mut run = first.run;
    run.error_with("Ben came in");
    run.line("I am off");
    assert_eq!(run.end().0, Some(0));
    assert_eq!(ben.next_line(), "Ada: I am off");

    let mut cleo = join("Cleo", &first.invite);
    ben.error_with("Cleo came in");
    ben.line("Ada is away");
    assert_eq!(cleo.next_line(), "Ben: Ada is away");

    // The host comes back to the same room, and reads what was said.
    let mut again = hosting(ada.run(&host));
    assert_eq!(again.key, first.key);
    assert_eq!(again.run.next_line(), "Ben: Ada is away");
    drop((ben, cleo));
    assert_eq!(again.run.end().0, Some(0));
    assert_eq!(relay.end(), Some(0));
}

#[test]
fn a_relay_that_is_not_there_is_said_and_ends_with_one() {
    let scratch = Scratch::new("sealed-gone");
    let mut relay = relay(&scratch);
    let at = reference(&relay);
    let ada = Home::new("ada");
    let host = ["host", "--ui", "plain", "--name", "Kitchen", "--at", &at];
    let host_told = hosting(ada.run(&host));
    assert_eq!(host_told.run.end().0, Some(0));
    assert_eq!(relay.end(), Some(0));
    let text = refused(1, &host_told.invite, &[]);
    assert!(text.contains("cannot be reached") && text.contains("Check the address"), "{text}");
    for args in [host.as_slice(), &["send", "Kitchen", "hi"], &["listen", "Kitchen"]] {
        let (code, out, err) = ada.run(args).end();
        assert_eq!((code, out), (Some(1), vec![]), "{args:?} {err}");
        assert!(sentence(&err).contains("cannot be reached"), "{err}");
    }
}
