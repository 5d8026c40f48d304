use keyroom_client::ProfileError;

use super::*;

fn types(gate: &mut Gate, field: GateField, text: &str) {
    assert!(gate.handle(GateInput::Edit { field, text: text.into() }).is_empty());
}

fn folder() -> &'static Path {
    Path::new("/home/anna/rooms")
}

/// A first start with everything filled in.
fn filled() -> Gate {
    let mut gate = Gate::first(folder(), None);
    types(&mut gate, GateField::Name, "Anna");
    types(&mut gate, GateField::Passphrase, PASSPHRASE);
    types(&mut gate, GateField::Again, PASSPHRASE);
    gate
}

const PASSPHRASE: &str = "canary lamp orbit tea";

#[test]
fn a_first_start_asks_for_a_name_and_says_what_each_choice_means() {
    let mut gate = Gate::first(folder(), None);
    let screen = gate.screen();
    assert_eq!(screen.name.as_ref().map(|name| (&*name.text, &*name.error)), Some(("", "")));
    let [keep, nothing] = &screen.choices[..] else { panic!("two choices") };
    assert!(keep.text.contains("encrypted") && keep.text.contains("forget") && keep.text.contains("lost"));
    assert!(nothing.text.contains("gone") && nothing.text.contains("closes"));
    assert!(!screen.can_submit && screen.passphrase.is_some() && screen.again.is_some());
    assert!(gate.handle(GateInput::Submit).is_empty());
}

#[test]
fn a_profile_is_made_when_name_and_both_passphrases_are_there() {
    let mut gate = filled();
    types(&mut gate, GateField::Again, "canary lamp orbit te");
    let again = gate.screen().again.expect("asked twice");
    assert_eq!(again.error, "", "it is only unfinished");
    assert!(!gate.screen().can_submit);
    types(&mut gate, GateField::Again, "canary lamp orbit x");
    assert_eq!(gate.screen().again.expect("asked twice").error, words::PASSPHRASES_DIFFER.text());
    types(&mut gate, GateField::Again, PASSPHRASE);
    let effects = gate.handle(GateInput::Submit);
    assert!(matches!(&effects[..], [GateEffect::Make { me, passphrase }]
        if me.as_str() == "Anna" && &**passphrase == PASSPHRASE));
    assert!(!gate.screen().busy.is_empty() && !gate.screen().can_submit);
    assert!(gate.handle(GateInput::Submit).is_empty(), "once is enough");
}

#[test]
fn who_keeps_nothing_needs_no_passphrase_and_makes_no_profile() {
    let mut gate = Gate::first(folder(), Some(&"Anna".parse().unwrap()));
    gate.handle(GateInput::Choose(Keeping::Nothing));
    let screen = gate.screen();
    assert!(screen.passphrase.is_none() && screen.again.is_none() && screen.can_submit);
    let effects = gate.handle(GateInput::Submit);
    assert!(matches!(&effects[..], [GateEffect::KeepNothing { me: Some(me) }] if me.as_str() == "Anna"));
}

#[test]
fn a_short_passphrase_is_called_short_and_taken() {
    let mut gate = filled();
    types(&mut gate, GateField::Passphrase, "tea");
    types(&mut gate, GateField::Again, "tea");
    assert_eq!(gate.screen().passphrase.expect("asked").hint, words::PASSPHRASE_SHORT.text());
    assert!(gate.screen().can_submit);
}

#[test]
fn a_wrong_passphrase_says_so_empties_the_field_and_can_be_tried_again() {
    let mut gate = Gate::locked(folder());
    types(&mut gate, GateField::Passphrase, "wrong");
    assert!(matches!(gate.handle(GateInput::Submit)[..], [GateEffect::Unlock { .. }]));
    assert_eq!(gate.screen().busy, words::UNLOCKING.text());
    // What is tried is not changed meanwhile.
    types(&mut gate, GateField::Passphrase, "other");
    let effects = gate.handle(GateInput::Failed(ProfileError::WrongPassphrase));
    assert!(matches!(effects[..], [GateEffect::Focus(GateField::Passphrase)]));
    let screen = gate.screen();
    assert!(screen.error.contains("does not open"), "{}", screen.error);
    assert_eq!((&*screen.passphrase.expect("asked").text, &*screen.busy), ("", ""));
    // The face echoes the emptied field.
    types(&mut gate, GateField::Passphrase, "");
    assert!(!gate.screen().error.is_empty());
    types(&mut gate, GateField::Passphrase, "r");
    assert!(gate.screen().error.is_empty() && gate.screen().can_submit);
}

#[test]
fn each_trouble_has_its_own_sentence_and_next_step() {
    let troubles = [
        ProfileError::WrongPassphrase,
        ProfileError::InUse,
        ProfileError::Damaged(keyroom_client::Damage::Page),
        ProfileError::Newer { found: 9, known: 2 },
        ProfileError::DiskFull,
        ProfileError::NotPrivate,
        ProfileError::Exists,
        ProfileError::NoProfile,
        ProfileError::Io(std::io::ErrorKind::PermissionDenied.into()),
    ];
    let mut said: Vec<String> = Vec::new();
    for trouble in troubles {
        let (what, next) = words::profile_trouble(&trouble);
        assert!(!next.is_empty() && !said.contains(&what), "{what}");
        said.push(what);
    }
}

#[test]
fn damage_is_not_taken_for_a_wrong_passphrase() {
    let mut gate = Gate::locked(folder());
    types(&mut gate, GateField::Passphrase, "right");
    gate.handle(GateInput::Submit);
    gate.handle(GateInput::Failed(ProfileError::Damaged(keyroom_client::Damage::Page)));
    let screen = gate.screen();
    assert!(screen.error.contains("not the problem"), "{}", screen.error);
    assert_eq!(&*screen.passphrase.expect("asked").text, "right", "it may be tried once more");
}

#[test]
fn who_forgot_it_learns_what_that_means_and_can_go_on_without() {
    let mut gate = Gate::locked(folder());
    let screen = gate.screen();
    assert!(screen.forgotten.contains("nobody can open") && screen.folder == "/home/anna/rooms");
    assert!(screen.name.is_none() && screen.choices.is_empty() && screen.again.is_none());
    assert!(matches!(gate.handle(GateInput::GoWithout)[..], [GateEffect::KeepNothing { me: None }]));
}

/// Attack matrix rows 34 and 36: a passphrase is in no log and in no crash report.
#[test]
fn a_passphrase_is_in_no_debug_output() {
    let mut gate = filled();
    let input = GateInput::Edit { field: GateField::Passphrase, text: PASSPHRASE.into() };
    let shown = format!("{input:?} {:?} {:?}", gate.screen(), gate.handle(GateInput::Submit));
    assert!(!shown.contains("canary"), "{shown}");
}
