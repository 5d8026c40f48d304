//! Rooms that want to be asked, from the command line. Attack matrix rows 13, 31.

use keyroom_testkit::process::Running;
use keyroom_testkit::scratch::Scratch;
use serde_json::Value;

use crate::relays::{reference, relay};
use crate::support::{Home, Host, entering, hosting, keyroom, next, sentence};

fn host_asking() -> Host {
    let args = ["--listen", "127.0.0.1:0", "--name", "Kitchen", "--as", "Ada", "--approve"];
    hosting(keyroom(&[&["--ephemeral", "host", "--ui", "plain"], args.as_slice()].concat()))
}

/// Somebody who waits to be let in.
fn asking(me: &str, invite: &str) -> Running {
    let mut guest = entering(me, invite, &[]);
    guest.error_with("Waiting to be let in");
    guest
}

#[test]
fn a_host_lets_in_who_asks_and_turns_others_away() {
    let mut host = host_asking();
    let mut ben = asking("Ben", &host.invite);
    host.run.error_with("Ben asks to be let in");
    // While somebody asks, such a line answers; a name that nobody has is said.
    host.run.line("/admit Zoe");
    host.run.error_with("Nobody asks to be let in by the name");
    host.run.line("/admit Ben");
    host.run.error_with("Ben came in");
    assert_eq!(ben.next_line(), "joined: Kitchen");
    ben.line("thank you");
    assert_eq!(host.run.next_line(), "Ben: thank you");
    host.run.line("/admit Ben");
    assert_eq!(ben.next_line(), "Ada: /admit Ben", "nobody asks: the line is a message like others");

    let eve = asking("Eve", &host.invite);
    host.run.error_with("Eve asks to be let in");
    host.run.line("/decline Eve");
    let (code, out, err) = eve.end();
    assert_eq!((code, out), (Some(3), vec![]), "{err}");
    assert!(sentence(&err).contains("turned you away"), "{err}");
}

#[test]
fn an_admin_answers_from_a_script_while_nobody_is_online() {
    let scratch = Scratch::new("knock-relay");
    let relay = relay(&scratch);
    let (ada, ben) = (Home::new("ada"), Home::new("ben"));
    let at = reference(&relay);
    let host = ["host", "--ui", "plain", "--name", "Kitchen", "--as", "Ada", "--approve", "--at", &at];
    let host = hosting(ada.run(&host));
    let invite = host.invite;
    assert_eq!(host.run.end().0, Some(0));

    let enter = ["join", "--key-stdin", "--as", "Ben", "--ui", "plain"];
    let mut guest = ben.run(&enter);
    guest.line(&invite);
    guest.error_with("Waiting to be let in");
    guest.signal("INT");
    assert_eq!(guest.end().0, Some(0));

    // What the relay has is known when the room was open.
    ada.done(&["send", "Kitchen", "who is there?"]);
    let listed = ada.done(&["members", "Kitchen", "--json"]);
    let listed: Vec<Value> = listed.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((listed.len(), &listed[1]["event"], &listed[1]["name"]), (2, &"knock".into(), &"Ben".into()));
    let code = listed[1]["code"].as_str().unwrap();
    assert!(ada.done(&["members", "Kitchen"])[1].ends_with("\tasks to be let in"));
    let text = ada.fails(1, &["admit", "Kitchen", "Zoe"]);
    assert!(text.contains("keyroom members lists who asks"), "{text}");
    assert_eq!(ada.done(&["admit", "Kitchen", &code[..11]]), ["admitted: Ben"]);
    assert_eq!(ada.done(&["members", "Kitchen"]).len(), 2, "it is a member now");

    let mut guest = ben.run(&enter);
    guest.line(&invite);
    assert_eq!(guest.next_line(), "joined: Kitchen");
    guest.line("at last");
    assert_eq!(guest.end().0, Some(0));
    let mut listening = ada.run(&["listen", "Kitchen", "--json"]);
    assert_eq!(next(&mut listening, "message")["text"], "at last");

    // Who is turned away while it is not there hears it when it comes.
    let (eve, cleo) = (asking("Eve", &invite), Home::new("cleo"));
    let knock = next(&mut listening, "knock");
    assert_eq!((&knock["name"], &knock["room"]), (&"Eve".into(), &"Kitchen".into()));
    eve.signal("INT");
    listening.signal("INT");
    assert_eq!(listening.end().0, Some(0));
    let enter = ["join", "--key-stdin", "--as", "Cleo", "--ui", "plain"];
    let mut guest = cleo.run(&enter);
    guest.line(&invite);
    guest.error_with("Waiting to be let in");
    guest.signal("INT");
    assert_eq!(guest.end().0, Some(0));
    let id = knock["id"].as_str().unwrap();
    assert_eq!(ada.done(&["decline", "Kitchen", id]), ["declined: Eve"]);
    assert_eq!(ada.done(&["decline", "Kitchen", "Cleo"]), ["declined: Cleo"]);
    let mut guest = cleo.run(&enter);
    guest.line(&invite);
    let (code, out, err) = guest.end();
    assert_eq!((code, out), (Some(3), vec![]), "{err}");
    assert!(sentence(&err).contains("turned you away"), "{err}");
    assert!(cleo.done(&["rooms"]).is_empty(), "nothing of it is kept");
    let text = ben.fails(3, &["admit", "Kitchen", "Eve"]);
    assert!(text.contains("only an admin"), "{text}");
}
