//! The first start and the unlock screen.

use keyroom_view::{GateScreen, Keeping, TextField};
use slint::{Global, SharedString};

use super::{entry, switch};
use crate::ui;

/// Which texts the toolkit's fields have, by their revisions: name, passphrase, the same again.
#[derive(Default)]
pub(crate) struct Seen([u64; 3]);

pub(crate) fn gate(app: &ui::App, gate: &GateScreen, seen: &mut Seen) {
    let to = ui::Gate::get(app);
    to.set_title(gate.title.as_str().into());
    to.set_lead(gate.lead.as_str().into());
    to.set_first(gate.name.is_some());
    let nothing = TextField::default();
    let [name, passphrase, again] =
        [&gate.name, &gate.passphrase, &gate.again].map(|field| field.as_ref().unwrap_or(&nothing));
    to.set_name(entry(name));
    to.set_passphrase(entry(passphrase));
    to.set_again(entry(again));
    let [name_seen, passphrase_seen, again_seen] = &mut seen.0;
    put(name_seen, name, |text| to.set_name_text(text));
    put(passphrase_seen, passphrase, |text| to.set_passphrase_text(text));
    put(again_seen, again, |text| to.set_again_text(text));
    to.set_keeping_label(gate.keeping_label.as_str().into());
    to.set_keeping(match gate.keeping {
        Keeping::Encrypted => 0,
        Keeping::Nothing => 1,
    });
    super::form::choices(&to.get_choices(), &gate.choices, |new| to.set_choices(new));
    to.set_with_passphrase(gate.passphrase.is_some());
    to.set_with_again(gate.again.is_some());
    to.set_reveal(switch(&gate.reveal));
    to.set_error(gate.error.as_str().into());
    to.set_busy(gate.busy.as_str().into());
    to.set_submit_text(gate.submit.as_str().into());
    to.set_can_submit(gate.can_submit);
    to.set_forgotten(gate.forgotten.as_str().into());
    to.set_folder(gate.folder.as_str().into());
    to.set_without_text(gate.without.as_str().into());
    to.set_without_hint(gate.without_hint.as_str().into());
    to.set_shown(true);
}

/// Nothing of it stays in properties that nobody looks at.
pub(crate) fn close(app: &ui::App) {
    let to = ui::Gate::get(app);
    to.set_passphrase_text(SharedString::default());
    to.set_again_text(SharedString::default());
    to.set_shown(false);
}

fn put(seen: &mut u64, from: &TextField, set: impl FnOnce(SharedString)) {
    if *seen != from.revision {
        *seen = from.revision;
        set(SharedString::from(&*from.text));
    }
}
