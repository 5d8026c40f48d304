//! Before the rooms: the first start, and the passphrase at later ones.
//!
//! A reducer of its own, since nothing of [`App`](crate::App) exists before a profile is open, and nothing of this is left
//! once it is. The face does what is asked on another thread (a passphrase costs a second of work) and hands in
//! [`GateInput::Failed`], or drops the gate and makes the app. Passphrases travel as [`FieldText`] (attack matrix rows 34, 36).

use std::path::Path;

use keyroom_client::ProfileError;
use keyroom_types::{Label, text};

use crate::forms::FieldState;
use crate::screen::{Choice, Switch, TextField};
use crate::secret::FieldText;
use crate::words;

/// What happened at the gate.
#[derive(Debug)]
pub enum GateInput {
    /// The text of a field changed.
    Edit {
        /// Which.
        field: GateField,
        /// All of its text.
        text: FieldText,
    },
    /// First start: what is kept.
    Choose(Keeping),
    /// Whether the passphrase is shown as it is typed.
    Reveal(bool),
    /// *Start*, or *Unlock*.
    Submit,
    /// Unlock: leaves the profile locked, and keeps nothing.
    GoWithout,
    /// The profile was not opened or made.
    Failed(ProfileError),
}

/// What the gate asks of a face.
#[derive(Debug)]
pub enum GateEffect {
    /// Make the profile.
    Make {
        /// What this person is called.
        me: Label,
        /// What opens it from now on.
        passphrase: FieldText,
    },
    /// Open the profile.
    Unlock {
        /// What opens it, perhaps.
        passphrase: FieldText,
    },
    /// Go on with a profile in memory.
    KeepNothing {
        /// What this person is called, where that was asked.
        me: Option<Label>,
    },
    /// Put the keyboard there.
    Focus(GateField),
}

/// A field of the gate.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum GateField {
    /// What this person is called.
    Name,
    /// The passphrase.
    Passphrase,
    /// The same again.
    Again,
}

/// What is kept when the window closes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Keeping {
    /// All, encrypted with a passphrase.
    #[default]
    Encrypted,
    /// Nothing.
    Nothing,
}

/// What the gate shows.
#[derive(Clone, Debug, PartialEq)]
pub struct GateScreen {
    /// `Welcome to Keyroom`, `Your rooms are locked`.
    pub title: String,
    /// What is asked.
    pub lead: String,
    /// First start: the name.
    pub name: Option<TextField>,
    /// First start: what is asked about keeping; empty otherwise.
    pub keeping_label: String,
    /// What is chosen.
    pub keeping: Keeping,
    /// Both choices, in the order [`Keeping::Encrypted`], [`Keeping::Nothing`]; none at an unlock.
    pub choices: Vec<Choice>,
    /// The passphrase, where one is needed.
    pub passphrase: Option<TextField>,
    /// The same again, where a new one is chosen.
    pub again: Option<TextField>,
    /// Whether both are shown as they are typed.
    pub reveal: Switch,
    /// What went wrong, and the next step; else empty.
    pub error: String,
    /// What is going on; empty while nothing is.
    pub busy: String,
    /// The button.
    pub submit: String,
    /// Whether it works.
    pub can_submit: bool,
    /// Unlock: what a forgotten passphrase means; else empty.
    pub forgotten: String,
    /// Unlock: where the profile is.
    pub folder: String,
    /// Unlock: the button that leaves it locked; else empty.
    pub without: String,
    /// What that button does.
    pub without_hint: String,
}

/// The first start, or the unlock screen, as a state machine.
pub struct Gate {
    /// Whether there is no profile yet.
    first: bool,
    folder: String,
    name: FieldState,
    keeping: Keeping,
    passphrase: FieldState,
    again: FieldState,
    reveal: bool,
    error: String,
    busy: bool,
}

impl Gate {
    /// A first start: the profile will be in `folder`. `me` is what this person is called, where that is known.
    pub fn first(folder: &Path, me: Option<&Label>) -> Self {
        let name = FieldState::with(me.map_or("", Label::as_str));
        Self { first: true, name, ..Self::locked(folder) }
    }

    /// The profile in `folder` is locked.
    pub fn locked(folder: &Path) -> Self {
        Self {
            first: false,
            folder: text::one_line(&folder.display().to_string()).into_owned(),
            name: FieldState::with(""),
            keeping: Keeping::default(),
            passphrase: FieldState::with(""),
            again: FieldState::with(""),
            reveal: false,
            error: String::new(),
            busy: false,
        }
    }

    /// Takes something that happened; gives what is to be done, in order.
    pub fn handle(&mut self, input: GateInput) -> Vec<GateEffect> {
        match input {
            // What is being tried is not changed meanwhile.
            GateInput::Edit { field, text } if !self.busy => self.edit(field, text),
            GateInput::Choose(keeping) if self.first && !self.busy => {
                self.keeping = keeping;
                self.error.clear();
            }
            GateInput::Reveal(on) => self.reveal = on,
            GateInput::Submit if self.can_submit() => return self.submit(),
            GateInput::GoWithout if !self.first && !self.busy => {
                self.busy = true;
                return vec![GateEffect::KeepNothing { me: None }];
            }
            GateInput::Failed(error) => return self.failed(&error),
            _ => {}
        }
        Vec::new()
    }

    /// What is shown now.
    pub fn screen(&self) -> GateScreen {
        let with_passphrase = !self.first || self.keeping == Keeping::Encrypted;
        let choice = |(title, text): (words::Word, words::Word)| Choice {
            title: title.to_owned(),
            text: text.to_owned(),
        };
        let (title, lead, submit, busy) = if self.first {
            (words::WELCOME.text(), words::WELCOME_LEAD.text(), words::BEGIN.text(), words::MAKING.text())
        } else {
            (words::LOCKED.text(), words::LOCKED_LEAD.text(), words::UNLOCK.text(), words::UNLOCKING.text())
        };
        let unlock = |words: &str| if self.first { String::new() } else { words.to_owned() };
        GateScreen {
            title: title.to_owned(),
            lead: lead.to_owned(),
            name: self.first.then(|| self.show_name()),
            keeping_label: if self.first { words::KEEPING.text() } else { "" }.to_owned(),
            keeping: self.keeping,
            choices: if self.first {
                vec![choice(words::KEEP), choice(words::KEEP_NOTHING)]
            } else {
                Vec::new()
            },
            passphrase: with_passphrase.then(|| self.show_passphrase()),
            again: (self.first && with_passphrase).then(|| self.show_again()),
            reveal: Switch {
                label: words::REVEAL.to_owned(),
                hint: String::new(),
                on: self.reveal,
                enabled: true,
            },
            error: self.error.clone(),
            busy: if self.busy { busy } else { "" }.to_owned(),
            submit: submit.to_owned(),
            can_submit: self.can_submit(),
            forgotten: unlock(words::FORGOTTEN.text()),
            folder: unlock(&self.folder),
            without: unlock(words::WITHOUT_PROFILE.text()),
            without_hint: unlock(words::WITHOUT_PROFILE_HINT.text()),
        }
    }

    fn edit(&mut self, field: GateField, text: FieldText) {
        let state = match field {
            GateField::Name => &mut self.name,
            GateField::Passphrase => &mut self.passphrase,
            GateField::Again => &mut self.again,
        };
        // The face echoes what a failed try emptied; that is no edit, and the sentence stays.
        if field != GateField::Name && text != *state.text() {
            self.error.clear();
        }
        state.edit(text);
    }

    fn me(&self) -> Option<Label> {
        self.name.text().parse().ok().filter(|_| self.name.is_bounded())
    }

    fn can_submit(&self) -> bool {
        let given = self.passphrase.is_bounded() && !self.passphrase.text().is_empty();
        !self.busy
            && match (self.first, self.keeping) {
                (false, _) => given,
                (true, Keeping::Nothing) => self.me().is_some(),
                (true, Keeping::Encrypted) => {
                    self.me().is_some() && given && self.passphrase.text() == self.again.text()
                }
            }
    }

    fn submit(&mut self) -> Vec<GateEffect> {
        self.busy = true;
        self.error.clear();
        let passphrase = self.passphrase.text().clone();
        let effect = match (self.first, self.keeping, self.me()) {
            (true, Keeping::Encrypted, Some(me)) => GateEffect::Make { me, passphrase },
            (true, _, me) => GateEffect::KeepNothing { me },
            (false, ..) => GateEffect::Unlock { passphrase },
        };
        vec![effect]
    }

    fn failed(&mut self, error: &ProfileError) -> Vec<GateEffect> {
        let (what, next) = words::profile_trouble(error);
        self.error = format!("{what} {next}");
        self.busy = false;
        if matches!(error, ProfileError::WrongPassphrase) {
            self.passphrase.set("");
        }
        vec![GateEffect::Focus(GateField::Passphrase)]
    }

    fn show_name(&self) -> TextField {
        // Nothing is wrong before anybody typed.
        let hint = words::YOUR_NAME_ASKED_HINT.text();
        if self.name.text().is_empty() && self.name.is_bounded() {
            return self.name.show(words::YOUR_NAME_ASKED.text(), "", hint.to_owned(), String::new());
        }
        self.name.show_name(words::YOUR_NAME_ASKED.text(), hint)
    }

    fn show_passphrase(&self) -> TextField {
        let typed = self.passphrase.text().chars().count();
        let hint = match (self.first, typed) {
            (false, _) => "",
            (true, 1..SHORT) => words::PASSPHRASE_SHORT.text(),
            (true, _) => words::PASSPHRASE_HINT.text(),
        };
        self.passphrase.show(words::PASSPHRASE.text(), "", hint.to_owned(), String::new())
    }

    fn show_again(&self) -> TextField {
        let (first, again) = (self.passphrase.text(), self.again.text());
        let differs = !first.starts_with(&**again);
        let error = if differs { words::PASSPHRASES_DIFFER.text() } else { "" };
        self.again.show(words::PASSPHRASE_AGAIN.text(), "", String::new(), error.to_owned())
    }
}

/// Characters under which a passphrase is called short.
const SHORT: usize = 12;

#[cfg(test)]
mod tests;
