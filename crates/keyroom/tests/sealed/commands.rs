//! Commands for rooms of the profile.

use serde_json::Value;

use keyroom_testkit::relay::quiet_address;

use crate::support::{Home, hosting, next};

/// Ada's room Kitchen with Ben in it, both offline; where it listens, and Ada's first invite.
fn kitchen() -> (Home, Home, String) {
    let (ada, ben) = (Home::new("ada"), Home::new("ben"));
    let at = quiet_address();
    let mut host =
        hosting(ada.run(&["host", "--ui", "plain", "--name", "Kitchen", "--as", "Ada", "--listen", &at]));
    let mut guest = ben.run(&["join", "--key-stdin", "--as", "Ben", "--ui", "plain"]);
    guest.line(&host.invite);
    guest.line_after("joined: ");
    guest.line("blue whales");
    assert_eq!(host.run.next_line(), "Ben: blue whales");
    host.run.line("red foxes");
    assert_eq!(guest.next_line(), "Ada: red foxes");
    assert_eq!(guest.end().0, Some(0));
    assert_eq!(host.run.end().0, Some(0));
    (ada, ben, host.invite)
}

fn json(lines: &[String]) -> Vec<Value> {
    lines.iter().map(|line| serde_json::from_str(line).expect("one JSON object a line")).collect()
}

#[test]
fn rooms_members_export_and_search_need_no_network() {
    let (ada, ben, _) = kitchen();
    let rooms = json(&ben.done(&["rooms", "--json"]));
    let id = rooms[0]["id"].as_str().unwrap();
    assert_eq!((rooms.len(), &rooms[0]["room"]), (1, &Value::from("Kitchen")));
    assert_eq!((&rooms[0]["role"], &rooms[0]["stage"]), (&Value::from("member"), &Value::from("in")));
    assert_eq!(rooms[0]["unread"], 0, "what was shown was read");
    assert!(ada.done(&["rooms"])[0].starts_with(&format!("Kitchen\t{id}\thost, in\t")));

    let members = json(&ben.done(&["members", &id[..5], "--json"]));
    let codes = |members: &[Value]| members.iter().map(|member| member["code"].clone()).collect::<Vec<_>>();
    assert_eq!(codes(&members), codes(&json(&ada.done(&["members", "Kitchen", "--json"]))));
    let flags: Vec<_> =
        members.iter().map(|member| [&member["member"], &member["admin"], &member["you"]]).collect();
    let (yes, no) = (Value::from(true), Value::from(false));
    assert_eq!(flags, [[&Value::from("Ada"), &yes, &no], [&Value::from("Ben"), &no, &yes]]);

    let all = json(&ben.done(&["export", "Kitchen"]));
    let said: Vec<_> = all
        .iter()
        .filter(|event| event["event"] == "message")
        .map(|event| [event["from"].as_str().unwrap(), event["text"].as_str().unwrap()])
        .collect();
    assert_eq!(said, [["Ben", "blue whales"], ["Ada", "red foxes"]]);
    let found = ada.done(&["search", "WHAL"]);
    assert!(found.len() == 1 && found[0].ends_with("\tKitchen\tBen: blue whales"), "{found:?}");
}

#[test]
fn names_that_fit_no_room_or_member_get_a_sentence() {
    let (ada, _, _) = kitchen();
    for args in [["members", "Garden"].as_slice(), &["export", "Garden"], &["send", "Garden", "x"]] {
        assert!(ada.fails(1, args).contains("keyroom rooms lists them"));
    }
    assert!(ada.fails(1, &["remove", "Kitchen", "Zoe"]).contains("keyroom members lists them"));
    assert!(ada.fails(1, &["remove", "Kitchen", "Ada"]).contains("cannot remove itself"));
}

#[test]
fn send_listen_and_invite_go_into_the_room_and_leave() {
    let (ada, ben, invite) = kitchen();
    // The host's own message is kept by its relay until Ben comes.
    ada.done(&["send", "Kitchen", "from a script"]);
    assert_eq!(
        ada.done(&["invite", "Kitchen"])[0].split_once('#').unwrap().1,
        invite.split_once('#').unwrap().1
    );

    let mut listening = ada.run(&["listen", "Kitchen", "--json", "--since", "0"]);
    let past: Vec<Value> = (0..3).map(|_| next(&mut listening, "message")).collect();
    let texts: Vec<_> = past.iter().map(|event| event["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["blue whales", "red foxes", "from a script"]);
    assert_eq!(past[1]["from"], "Ada");
    let mut send = ben.run(&["send", "Kitchen", "-"]);
    send.bytes(b"two\nlines\n");
    assert_eq!(send.end().0, Some(0));
    let came = next(&mut listening, "message");
    assert_eq!((came["text"].as_str(), came["from"].as_str()), (Some("two\nlines"), Some("Ben")));
    assert_eq!(ben.done(&["invite", "Kitchen"]).len(), 1);
    let text = ben.fails(3, &["remove", "Kitchen", "Ada"]);
    assert!(text.contains("only an admin"), "{text}");
    listening.signal("INT");
    assert_eq!(listening.end().0, Some(0));
}
