//! The search, and the preferences.

use keyroom_view::{Field, FoundRow, Notify, SearchPage};
use slint::{Global, SharedString};

use super::{Drawn, entry, list, update};
use crate::fields::Fields;
use crate::ui;

pub(crate) fn search(app: &ui::App, search: Option<&SearchPage>, fields: &mut Fields, drawn: Drawn) {
    let to = ui::Search::get(app);
    match search {
        Some(search) => {
            to.set_title(search.title.as_str().into());
            to.set_field(entry(&search.field));
            fields.put(Field::Search, &search.field, |text| to.set_text(text));
            update(&to.get_scopes(), search.scopes.iter().map(SharedString::from), |new| to.set_scopes(new));
            to.set_scope(i32::from(search.everywhere));
            to.set_found(list(search.found.iter().map(|row| found(row, drawn))));
            to.set_selected(i32::try_from(search.selected).unwrap_or(0));
            to.set_note(search.note.as_str().into());
        }
        // What was found does not stay in properties that nobody looks at.
        None => {
            to.set_found(list([]));
            fields.forget(Field::Search);
        }
    }
    to.set_shown(search.is_some());
}

fn found(row: &FoundRow, drawn: Drawn) -> ui::FoundText {
    let piece = |part: &keyroom_view::FoundPart| ui::FoundPart {
        text: drawn.text(&spaced(&part.text)),
        found: part.found,
    };
    let mut parts: Vec<ui::FoundPart> = row.parts.iter().map(piece).collect();
    if row.rtl {
        // The pieces stand from left to right.
        parts.reverse();
    }
    ui::FoundText {
        room: drawn.text(&row.room),
        who: drawn.text(&row.who),
        when: row.when.as_str().into(),
        parts: list(parts),
        rtl: row.rtl,
        spoken: row.spoken.as_str().into(),
    }
}

/// Spaces at the ends of a piece take no room unless they are such that never break.
fn spaced(text: &str) -> String {
    let inner = text.trim_matches(' ');
    let ahead = text.len() - text.trim_start_matches(' ').len();
    let behind = text.len() - ahead - inner.len();
    format!("{}{inner}{}", "\u{a0}".repeat(ahead), "\u{a0}".repeat(behind))
}

pub(crate) fn preferences(app: &ui::App, shown: &keyroom_view::Preferences, fields: &mut Fields) {
    let to = ui::Preferences::get(app);
    to.set_title(shown.title.as_str().into());
    to.set_me(entry(&shown.me));
    fields.put(Field::MyName, &shown.me, |text| to.set_me_text(text));
    to.set_notify_label(shown.notify_label.as_str().into());
    to.set_notify(match shown.notify {
        Notify::Off => 0,
        Notify::Hidden => 1,
        Notify::Shown => 2,
    });
    super::form::choices(&to.get_choices(), &shown.notify_choices, |new| to.set_choices(new));
    to.set_kept(shown.kept.as_str().into());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_at_the_ends_of_a_piece_are_kept() {
        assert_eq!(spaced(" a b  "), "\u{a0}a b\u{a0}\u{a0}");
        assert_eq!(spaced("   "), "\u{a0}\u{a0}\u{a0}");
        assert_eq!(spaced(""), "");
    }
}
