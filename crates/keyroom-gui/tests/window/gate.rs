//! The first start and the unlock screen: what clicks and keys do, without a display.

use std::path::Path;

use keyroom_client::ProfileError;
use keyroom_gui::ui;
use keyroom_view::{Gate, GateEffect, GateInput};
use slint::ComponentHandle;
use slint::platform::Key;

use crate::stage::{AccessibleRole, AtGate};

fn folder() -> &'static Path {
    Path::new("/home/djamila/rooms")
}

/// What the fields for passphrases have in them.
fn typed(gate: &AtGate) -> (String, String) {
    let shown = gate.stage.app.global::<ui::Gate<'_>>();
    (shown.get_passphrase_text().into(), shown.get_again_text().into())
}

#[test]
fn a_first_start_is_done_by_keyboard_alone() {
    let gate = AtGate::open(Gate::first(folder(), None), 1180, 900);
    // The name has the keyboard.
    gate.stage.type_text("Djamila");
    gate.stage.key(Key::Tab);
    gate.stage.key(Key::Tab);
    gate.stage.key(Key::Tab);
    gate.stage.type_text("tea lamp orbit");
    gate.stage.key(Key::Tab);
    gate.stage.type_text("tea lamp orbit");
    gate.stage.key(Key::Return);
    let wanted = gate.wanted();
    assert!(
        matches!(&wanted[..], [GateEffect::Make { me, passphrase }]
        if me.as_str() == "Djamila" && &**passphrase == "tea lamp orbit"),
        "{wanted:?} {:?}",
        typed(&gate)
    );
    gate.stage.settle();
    assert!(gate.stage.things().iter().any(|thing| {
        thing.accessible_label().is_some_and(|label| label.contains("takes a moment on purpose"))
    }));
}

#[test]
fn who_keeps_nothing_clicks_twice() {
    let gate = AtGate::open(Gate::first(folder(), None), 1180, 900);
    gate.stage.type_text("Djamila");
    gate.stage.click("Keep nothing");
    assert!(!gate.stage.has("Passphrase") && !gate.stage.has("The same passphrase again"));
    gate.stage.click("Start");
    assert!(matches!(&gate.wanted()[..], [GateEffect::KeepNothing { me: Some(_) }]));
}

#[test]
fn a_wrong_passphrase_is_said_the_field_is_empty_and_has_the_keyboard() {
    let gate = AtGate::open(Gate::locked(folder()), 1180, 760);
    gate.stage.type_text("wrong");
    gate.stage.key(Key::Return);
    assert!(matches!(&gate.wanted()[..], [GateEffect::Unlock { passphrase }] if &**passphrase == "wrong"));
    gate.gate.handle(GateInput::Failed(ProfileError::WrongPassphrase));
    gate.stage.settle();
    assert_eq!(typed(&gate).0, "");
    assert!(gate.stage.app.global::<ui::Gate<'_>>().get_error().contains("does not open your rooms"));
    gate.stage.type_text("right");
    gate.stage.key(Key::Return);
    assert!(matches!(&gate.wanted()[..], [GateEffect::Unlock { passphrase }] if &**passphrase == "right"));
}

#[test]
fn nothing_of_the_rooms_is_reached_before_the_gate_is_open() {
    let gate = AtGate::open(Gate::locked(folder()), 1180, 760);
    // The rooms behind it are there in this test, and would answer.
    for key in ["h", "j", "f", ","] {
        gate.stage.chord(Key::Control, key);
    }
    assert!(
        !gate.stage.has("Host a room") && !gate.stage.has("Open the room") && gate.stage.has("Passphrase")
    );
    gate.stage.type_text("tea");
    gate.gate.close();
    gate.stage.settle();
    assert_eq!(typed(&gate), (String::new(), String::new()), "nothing stays in the fields");
    assert!(!gate.stage.has("Passphrase"));
}

#[test]
fn a_passphrase_is_hidden_until_it_is_asked_for() {
    let gate = AtGate::open(Gate::locked(folder()), 1180, 760);
    gate.stage.type_text("tea lamp");
    // A screen reader is told what the field is for, not what is in it.
    let field = gate.stage.named("Passphrase");
    assert_eq!(field.accessible_role(), Some(AccessibleRole::TextInput));
    assert!(!field.accessible_value().is_some_and(|value| value.contains("tea")));
    let hidden = gate.stage.picture();
    gate.stage.click("Show what I type");
    assert!(gate.stage.app.global::<ui::Gate<'_>>().get_reveal().on);
    assert!(hidden.as_bytes() != gate.stage.picture().as_bytes());
}
