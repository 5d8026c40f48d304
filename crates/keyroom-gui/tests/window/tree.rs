//! What a screen reader finds: roles and names of everything one can act on, on every screen; and that the Tab key
//! reaches all of it.

use std::collections::BTreeSet;

use slint::ComponentHandle;
use slint::platform::Key;

use crate::screens;
use crate::stage::{AccessibleRole, Stage};

/// Everything with a role that a person acts on: (role, name).
fn interactive(stage: &Stage) -> Vec<(AccessibleRole, String)> {
    stage
        .things()
        .into_iter()
        .filter_map(|element| {
            let role = element.accessible_role()?;
            acts(role).then(|| (role, element.accessible_label().unwrap_or_default().into()))
        })
        .collect()
}

fn acts(role: AccessibleRole) -> bool {
    matches!(
        role,
        AccessibleRole::Button
            | AccessibleRole::Switch
            | AccessibleRole::RadioButton
            | AccessibleRole::TextInput
    )
}

#[test]
fn everything_one_can_act_on_has_a_name_on_every_screen() {
    for (width, height) in [(1180, 760), (360, 740)] {
        for name in screens::ALL {
            let stage = screens::show(name, width, height);
            let found = interactive(&stage);
            assert!(!found.is_empty(), "{name} offers nothing");
            for (role, label) in found {
                assert!(!label.trim().is_empty(), "{name}: a {role:?} without a name");
            }
        }
    }
}

#[test]
fn each_screen_offers_what_it_is_for() {
    let offers: [(&str, &[(AccessibleRole, &str)]); 11] = [
        (
            "first-start",
            &[
                (AccessibleRole::TextInput, "What should others call you?"),
                (AccessibleRole::RadioButton, "Keep my rooms, with a passphrase"),
                (AccessibleRole::RadioButton, "Keep nothing"),
                (AccessibleRole::TextInput, "Passphrase"),
                (AccessibleRole::TextInput, "The same passphrase again"),
                (AccessibleRole::Switch, "Show what I type"),
                (AccessibleRole::Button, "Start"),
            ],
        ),
        (
            "unlock",
            &[
                (AccessibleRole::TextInput, "Passphrase"),
                (AccessibleRole::Button, "Unlock"),
                (AccessibleRole::Button, "Go on without my rooms"),
            ],
        ),
        (
            "search",
            &[
                (AccessibleRole::TextInput, "Words to look for"),
                (AccessibleRole::RadioButton, "In this room"),
                (AccessibleRole::RadioButton, "In all rooms"),
                (AccessibleRole::Button, "Close"),
            ],
        ),
        (
            "preferences",
            &[
                (AccessibleRole::TextInput, "Your name"),
                (AccessibleRole::RadioButton, "Say that there is something"),
                (AccessibleRole::Button, "Close"),
            ],
        ),
        ("quit", &[(AccessibleRole::Button, "Close Keyroom"), (AccessibleRole::Button, "Minimise instead")]),
        (
            "start",
            &[
                (AccessibleRole::Button, "Host a room"),
                (AccessibleRole::Button, "Join a room"),
                (AccessibleRole::Button, "Enter key: A room at 192.168.1.23"),
                (AccessibleRole::Button, "About Keyroom"),
            ],
        ),
        (
            "host",
            &[
                (AccessibleRole::TextInput, "Name of the room"),
                (AccessibleRole::TextInput, "Your name"),
                (AccessibleRole::RadioButton, "This computer only"),
                (AccessibleRole::RadioButton, "Sealed"),
                (AccessibleRole::RadioButton, "Fernet"),
                (AccessibleRole::Switch, "Let people nearby find the room by its key"),
                (AccessibleRole::Button, "Open the room"),
            ],
        ),
        (
            "join",
            &[
                (AccessibleRole::RadioButton, "Sealed"),
                (AccessibleRole::RadioButton, "Fernet"),
                (AccessibleRole::TextInput, "Address"),
                (AccessibleRole::TextInput, "Key or link"),
                (AccessibleRole::Button, "Join"),
            ],
        ),
        (
            "room",
            &[
                (AccessibleRole::TextInput, "Message to Garden project"),
                (AccessibleRole::Button, "Send"),
                (AccessibleRole::Button, "Key of this room"),
                (AccessibleRole::Button, "Send again: Are you still there?"),
                (AccessibleRole::Button, "Rename Anna"),
                (AccessibleRole::Button, "Close the room"),
            ],
        ),
        (
            "key",
            &[
                (AccessibleRole::Button, "Copy key"),
                (AccessibleRole::Button, "Copy link"),
                (AccessibleRole::Switch, "Show this room to people nearby"),
                (AccessibleRole::Button, "Close"),
            ],
        ),
        ("lost", &[(AccessibleRole::Button, "Try now"), (AccessibleRole::Button, "Change address or key")]),
    ];
    for (name, wanted) in offers {
        let stage = screens::show(name, 1180, 760);
        let found = interactive(&stage);
        for (role, label) in wanted {
            assert!(
                found.iter().any(|(have, name)| have == role && name == label),
                "{name} lacks the {role:?} {label:?}; it has {found:?}"
            );
        }
    }
}

#[test]
fn every_message_is_one_named_entry_of_a_list() {
    let stage = screens::show("room", 1180, 760);
    let spoken: Vec<String> = stage
        .things()
        .into_iter()
        .filter(|element| element.accessible_role() == Some(AccessibleRole::ListItem))
        .filter_map(|element| element.accessible_label().map(String::from))
        .collect();
    assert!(spoken.iter().any(|row| row == "Bo, 10:42: the seeds came today 🌱"), "{spoken:?}");
    assert!(
        spoken
            .iter()
            .any(|row| row.starts_with("Djamila, 10:43, sent") || row.starts_with("you, 10:43, sent")),
        "{spoken:?}"
    );
}

/// The Tab key goes through the screen once; what has the keyboard is told by pressing keys on it, so the test looks
/// at what the window draws: the focus ring moves, and comes back to where it was after as many steps as there are stops.
#[test]
fn tab_reaches_as_many_places_as_there_are_things_to_act_on() {
    for name in [
        "first-start",
        "unlock",
        "start",
        "host",
        "join",
        "key",
        "doors",
        "search",
        "preferences",
        "question",
        "quit",
        "about",
        "code",
        "settings",
    ] {
        let stage = screens::show(name, 1180, 1200);
        let stops = stops(&stage);
        let things = interactive(&stage).len();
        // A disabled button is not a stop.
        let enabled = stage
            .things()
            .iter()
            .filter(|element| element.accessible_role().is_some_and(acts))
            .filter(|element| element.accessible_enabled().unwrap_or(true))
            .count();
        assert!(stops >= enabled, "{name}: {stops} stops for {enabled} of {things} things");
    }
}

/// In a room the messages are one stop, in which the arrows move; everything else is a stop of its own.
#[test]
fn tab_goes_round_a_room_and_passes_its_messages_as_one() {
    let stage = screens::show("room", 1180, 760);
    let enabled = stage
        .things()
        .iter()
        .filter(|thing| thing.accessible_role().is_some_and(acts))
        .filter(|thing| thing.accessible_enabled().unwrap_or(true))
        // The button of a failed message: Enter on the message does the same.
        .filter(|thing| thing.accessible_label().is_some_and(|label| !label.starts_with("Send again")))
        .count();
    let rooms = 2;
    let messages = 1;
    assert_eq!(stops(&stage), enabled + rooms + messages);
}

/// How many different pictures the Tab key leads through before the first comes again.
fn stops(stage: &Stage) -> usize {
    let mut seen = BTreeSet::new();
    for _ in 0..60 {
        stage.key(Key::Tab);
        let picture = stage.app.window().take_snapshot().expect("the software renderer draws into memory");
        if !seen.insert(picture.as_bytes().to_vec()) {
            break;
        }
    }
    seen.len()
}
