//! Labels of people, and which of them could be mistaken for each other.

use std::collections::HashMap;

use keyroom_types::Label;
use unicode_security::confusable_detection::skeleton;

use crate::history::{PeerId, Person};

/// What the other side of a guest's connection is called.
pub(super) fn host_label() -> Label {
    Label::from_word("host")
}

/// What the guest behind a connection is called until somebody renames it.
pub(super) fn guest_label(peer: PeerId) -> Label {
    Label::numbered(GUEST, peer.0)
}

/// The label that `wanted` would be mistaken for, where `peer` is to be called so. Attack matrix row 22.
///
/// Labels of the room's own form, `guest 12` and `host`, belong to whom the room gave them.
pub(super) fn mistaken_for(
    wanted: &Label,
    peer: PeerId,
    me: &Label,
    people: &[Person],
    own_label: &Label,
) -> Option<Label> {
    let looks = look(wanted.as_str());
    if looks == look(own_label.as_str()) {
        return None;
    }
    if looks == look("host") {
        return Some(host_label());
    }
    if let Some(number) = guest_number(&looks) {
        return Some(guest_label(PeerId(number)));
    }
    let others = people.iter().filter(|person| person.peer != peer).map(|person| &person.label);
    others.chain([me]).find(|label| look(label.as_str()) == looks).cloned()
}

/// How a text looks: the skeleton of Unicode TS #39, section 4, without regard to case and to how wide or of
/// which kind white space is.
pub(crate) fn look(text: &str) -> String {
    let lower = skeleton(text).collect::<String>().to_lowercase();
    let again = skeleton(&lower).collect::<String>();
    again.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether something looks like `guest 12`, and if so, which number.
fn guest_number(looks: &str) -> Option<u64> {
    let rest = looks.strip_prefix(&look(GUEST))?.trim_start();
    let digits = ('0'..='9').map(|digit| (look(&digit.to_string()), digit)).collect::<HashMap<_, _>>();
    let number = rest.chars().map(|ch| digits.get(&ch.to_string())).collect::<Option<String>>()?;
    number.parse().ok()
}

const GUEST: &str = "guest";

#[cfg(test)]
mod tests {
    use super::*;

    fn check(wanted: &str) -> Option<String> {
        let label = |text: &str| text.parse::<Label>().unwrap();
        let person =
            |peer, text| Person { peer: PeerId(peer), label: label(text), here: true, address: None };
        let people = [person(1, "Anna"), person(2, "guest 2"), person(3, "Jürgen")];
        let own = guest_label(PeerId(2));
        mistaken_for(&label(wanted), PeerId(2), &label("Emil"), &people, &own).map(|label| label.to_string())
    }

    /// Attack matrix row 22: Cyrillic, width, case, joiners and white space make no other name.
    #[test]
    fn a_label_that_looks_like_another_is_refused() {
        for wanted in ["Anna", "ANNA", "Аnnа", "An\u{200d}na", "Anna\u{fe0f}", "Ａnna"] {
            assert_eq!(check(wanted).as_deref(), Some("Anna"), "{wanted:?}");
        }
        assert_eq!(check("Ju\u{308}rgen").as_deref(), Some("Jürgen"));
        assert_eq!(check("Εmil").as_deref(), Some("Emil"));
    }

    /// Attack matrix row 22.
    #[test]
    fn labels_of_the_rooms_own_form_cannot_be_taken() {
        for wanted in ["guest 9", "Guest  9", "guеst 9", "guest\u{a0}9"] {
            assert_eq!(check(wanted).as_deref(), Some("guest 9"), "{wanted:?}");
        }
        assert_eq!(check("guest l").as_deref(), Some("guest 1"));
        assert_eq!(check("hоst").as_deref(), Some("host"));
    }

    #[test]
    fn other_labels_and_the_own_one_are_free() {
        for wanted in ["Berta", "guest of honour", "guest 2", "Ann", "مريم", "小明"] {
            assert_eq!(check(wanted), None, "{wanted:?}");
        }
    }
}
