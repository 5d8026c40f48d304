//! What is refused, with exit code 3 and a sentence.

use keyroom_testkit::relay::quiet_address;

use crate::support::{Home, host, hosting, join, keyroom, refused};

const OTHER: &str = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";

#[test]
fn a_wrong_key_is_refused_with_three() {
    let host = host();
    let (place, _) = host.invite.split_once('#').unwrap();
    let text = refused(3, &format!("{place}#{OTHER}"), &[]);
    assert!(text.contains("the key is wrong") && text.contains("Ask for a new invite"), "{text}");
    let text = refused(3, OTHER, &[&host.address]);
    assert!(text.contains("the key is wrong"), "{text}");
}

/// Attack matrix row 2, the command line's part.
#[test]
fn another_pin_is_refused_with_three_before_anything_is_sent() {
    let host = host();
    let (before, rest) = host.invite.split_once("pin=").unwrap();
    let (_, rest) = rest.split_once('&').unwrap();
    let text = refused(3, &format!("{before}pin={}&{rest}", "A".repeat(43)), &[]);
    assert!(text.contains("not trusted") && text.contains("somebody stands between"), "{text}");
}

#[test]
fn an_expired_invite_is_refused_with_three() {
    let host = host();
    let (before, rest) = host.invite.split_once("until=").unwrap();
    let (_, key) = rest.split_once('#').unwrap();
    let text = refused(3, &format!("{before}until=1000000000#{key}"), &[]);
    assert!(text.contains("has expired") && text.contains("a new one"), "{text}");
    // Whose clock is wrong learns it here.
    assert!(text.contains("by this computer's clock") && text.contains("set the clock"), "{text}");
}

#[test]
fn after_a_removal_old_invites_and_the_one_removed_are_refused_and_new_invites_enter() {
    let (ada, ben) = (Home::new("ada"), Home::new("ben"));
    let at = quiet_address();
    let host = ["host", "--ui", "plain", "--name", "Kitchen", "--as", "Ada", "--listen", &at];
    let first = hosting(ada.run(&host));
    let enter = ["join", "--key-stdin", "--as", "Ben", "--ui", "plain"];
    let mut guest = ben.run(&enter);
    guest.line(&first.invite);
    assert_eq!(guest.next_line(), "joined: Kitchen");
    guest.error_with("you are in");
    assert_eq!(guest.end().0, Some(0));
    assert_eq!(first.run.end().0, Some(0));

    let out = ada.done(&["remove", "Kitchen", "Ben"]);
    assert_eq!(out[0], "removed: Ben");
    let invite = out[1].strip_prefix("invite: ").unwrap();
    assert_ne!(invite.split_once('#'), first.invite.split_once('#'), "the room has another key");

    let mut second = hosting(ada.run(&host));
    let text = refused(3, &first.invite, &[]);
    assert!(text.contains("removed") && text.contains("Ask for a new invite"), "{text}");
    let text = ben.fails(3, &["send", "Kitchen", "still here?"]);
    assert!(text.contains("you were removed"), "{text}");
    drop(join("Cleo", invite));
    // Whoever is invited again comes back.
    let mut guest = ben.run(&enter);
    guest.line(invite);
    assert_eq!(guest.next_line(), "joined: Kitchen");
    guest.line("back again");
    assert_eq!(second.run.next_line(), "Ben: back again");
}

/// Attack matrix row 34, the command line's part.
#[test]
fn a_secret_as_an_argument_is_refused_with_two_and_a_reason() {
    let invite = format!("keyroom://127.0.0.1:1/AAAAAAAAAAAAAAAAAAAAAA?pin={}#{OTHER}", "A".repeat(43));
    for secret in [OTHER, invite.as_str()] {
        let (code, out, err) = keyroom(&["--ephemeral", "join", secret]).end();
        assert_eq!((code, out), (Some(2), vec![]));
        assert!(err.contains("every program on this computer can read it"), "{err}");
        assert!(!err.contains("cw_0"), "the error does not repeat the key");
    }
}

/// Attack matrix row 4: nothing falls back to the wire without TLS.
#[test]
fn a_sealed_invite_and_fernet_do_not_go_together() {
    let host = host();
    let text = refused(2, &host.invite, &["--fernet"]);
    assert!(text.contains("Leave --fernet out"), "{text}");
}
