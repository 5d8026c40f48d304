//! The gate before the rooms: what a person does goes into its reducer, what that wants goes to a thread that opens or makes
//! the profile.

use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use keyroom_client::{Cost, Profile, ProfileError, SharedProfile};
use keyroom_types::Label;
use keyroom_view::{App as View, FieldText, Gate, GateEffect, GateField, GateInput, Keeping};
use slint::{ComponentHandle, Global};

use crate::turns::Turns;
use crate::{present, ui};

/// A profile on disk that is not open yet.
#[derive(Clone, Debug)]
pub struct Vault {
    /// Its directory.
    pub folder: PathBuf,
    /// Where a relay in this process keeps the rooms that it hosts.
    pub relay: PathBuf,
    /// What a guess at a new passphrase costs.
    pub cost: Cost,
}

/// What is to be done for the gate.
pub type ToVault = Box<dyn Fn(GateEffect)>;

/// The screen before the rooms.
pub struct GateFace {
    ui: slint::Weak<ui::App>,
    gate: RefCell<Gate>,
    seen: RefCell<present::Seen>,
    to_vault: ToVault,
    turns: Turns<GateInput>,
}

impl GateFace {
    /// Shows the gate in a window. What it asks for goes to `to_vault`, which answers with [`Self::handle`] or
    /// [`Self::close`].
    pub fn new(app: &ui::App, gate: Gate, to_vault: ToVault) -> Rc<Self> {
        let face = Rc::new(Self {
            ui: app.as_weak(),
            gate: RefCell::new(gate),
            seen: RefCell::default(),
            to_vault,
            turns: Turns::default(),
        });
        present::fill_words(app);
        face.connect(app);
        face.draw();
        face
    }

    /// Takes something that happened.
    pub fn handle(&self, input: GateInput) {
        self.turns.take(input, |input| {
            let effects = self.gate.borrow_mut().handle(input);
            self.draw();
            effects.into_iter().for_each(|effect| self.perform(effect));
        });
    }

    /// Takes the gate away: a profile is open.
    pub fn close(&self) {
        if let Some(app) = self.ui.upgrade() {
            present::close_gate(&app);
        }
    }

    fn draw(&self) {
        if let Some(app) = self.ui.upgrade() {
            present::gate(&app, &self.gate.borrow().screen(), &mut self.seen.borrow_mut());
        }
    }

    fn perform(&self, effect: GateEffect) {
        match effect {
            GateEffect::Focus(field) => {
                if let Some(app) = self.ui.upgrade() {
                    app.invoke_focus_gate(match field {
                        GateField::Name => ui::GateBox::Name,
                        GateField::Passphrase => ui::GateBox::Passphrase,
                        GateField::Again => ui::GateBox::Again,
                    });
                }
            }
            other => (self.to_vault)(other),
        }
    }

    fn connect(self: &Rc<Self>, app: &ui::App) {
        let gate = ui::Gate::get(app);
        let to = self.clone();
        gate.on_edited(move |field, text| {
            let field = match field {
                ui::GateBox::Name => GateField::Name,
                ui::GateBox::Passphrase => GateField::Passphrase,
                ui::GateBox::Again => GateField::Again,
            };
            to.handle(GateInput::Edit { field, text: FieldText::from(text.as_str()) });
        });
        let to = self.clone();
        gate.on_choose(move |keeping| {
            to.handle(GateInput::Choose(if keeping == 1 { Keeping::Nothing } else { Keeping::Encrypted }));
        });
        let to = self.clone();
        gate.on_reveal_toggled(move |on| to.handle(GateInput::Reveal(on)));
        let to = self.clone();
        gate.on_submit(move || to.handle(GateInput::Submit));
        let to = self.clone();
        gate.on_go_without(move || to.handle(GateInput::GoWithout));
    }
}

/// The thread that opens or makes the profile, and its answer.
pub(crate) struct Keeper {
    vault: Vault,
    app: slint::Weak<ui::App>,
    answer: Arc<Mutex<Option<Result<SharedProfile, ProfileError>>>>,
    thread: RefCell<Option<JoinHandle<()>>>,
}

impl Keeper {
    pub(crate) fn new(vault: Vault, app: &ui::App) -> Self {
        Self { vault, app: app.as_weak(), answer: Arc::default(), thread: RefCell::default() }
    }

    /// Begins what the gate wants. [`Self::take`] has the answer once `Gate.answered` was called.
    pub(crate) fn obey(&self, wanted: GateEffect) {
        let (vault, answer, app) = (self.vault.clone(), Arc::clone(&self.answer), self.app.clone());
        let work = move || {
            let opened = vault.open(wanted);
            *answer.lock().unwrap_or_else(PoisonError::into_inner) = Some(opened);
            // Fails only when the window is gone; then nobody waits.
            let _ = app.upgrade_in_event_loop(|app| ui::Gate::get(&app).invoke_answered());
        };
        let started = std::thread::Builder::new().name("keyroom-profile".to_owned()).spawn(work);
        match started {
            Ok(thread) => *self.thread.borrow_mut() = Some(thread),
            Err(error) => {
                *self.answer.lock().unwrap_or_else(PoisonError::into_inner) = Some(Err(error.into()));
                let app = self.app.clone();
                slint::Timer::single_shot(std::time::Duration::ZERO, move || {
                    if let Some(app) = app.upgrade() {
                        ui::Gate::get(&app).invoke_answered();
                    }
                });
            }
        }
    }

    pub(crate) fn take(&self) -> Option<Result<SharedProfile, ProfileError>> {
        self.answer.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Waits for a profile that is being made: half of one would be in the way at the next start.
    pub(crate) fn finish(&self) {
        if let Some(thread) = self.thread.borrow_mut().take() {
            // A panic there was told already.
            let _ = thread.join();
        }
    }
}

impl Vault {
    fn open(&self, wanted: GateEffect) -> Result<SharedProfile, ProfileError> {
        let kept = |profile| SharedProfile::new(profile, Some(self.relay.clone()));
        match wanted {
            GateEffect::Make { me, passphrase } => {
                let profile = kept(Profile::create(&self.folder, &passphrase, self.cost)?);
                note(&profile, Some(&me));
                Ok(profile)
            }
            GateEffect::Unlock { passphrase } => Ok(kept(Profile::open(&self.folder, &passphrase)?)),
            GateEffect::KeepNothing { me } => {
                let profile = SharedProfile::new(Profile::ephemeral()?, None);
                note(&profile, me.as_ref());
                Ok(profile)
            }
            GateEffect::Focus(_) => Err(ProfileError::NoProfile),
        }
    }
}

/// What this person is called. Where it cannot be kept the forms ask.
fn note(profile: &SharedProfile, me: Option<&Label>) {
    if let Some(me) = me {
        let _ = profile.set_preference(View::NAME_PREFERENCE, me.as_str());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault(name: &str) -> Vault {
        let folder = std::env::temp_dir().join(format!("keyroom-gate-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        let cost = Cost { memory_kib: 64, passes: 1, lanes: 1 };
        Vault { relay: folder.join("relay"), folder, cost }
    }

    fn open(vault: &Vault, passphrase: &str) -> Result<SharedProfile, ProfileError> {
        vault.open(GateEffect::Unlock { passphrase: passphrase.into() })
    }

    #[test]
    fn a_profile_that_the_gate_made_opens_with_its_passphrase_and_knows_the_name() {
        let vault = vault("made");
        let me = "Anna".parse().expect("a label");
        let made = vault.open(GateEffect::Make { me, passphrase: "tea".into() }).expect("it is made");
        assert!(made.relay_dir().is_some());
        assert!(matches!(open(&vault, "tea"), Err(ProfileError::InUse)), "it is open");
        drop(made);
        assert!(matches!(open(&vault, "coffee"), Err(ProfileError::WrongPassphrase)));
        let opened = open(&vault, "tea").expect("it opens");
        assert_eq!(opened.preference(View::NAME_PREFERENCE).expect("read").as_deref(), Some("Anna"));
        drop(opened);
        std::fs::remove_dir_all(&vault.folder).expect("it is there");
    }

    #[test]
    fn who_keeps_nothing_leaves_no_file() {
        let vault = vault("nothing");
        let me = "Anna".parse().ok();
        let profile = vault.open(GateEffect::KeepNothing { me }).expect("memory is enough");
        assert!(profile.relay_dir().is_none() && profile.lock().is_ephemeral());
        assert_eq!(profile.preference(View::NAME_PREFERENCE).expect("read").as_deref(), Some("Anna"));
        assert!(!vault.folder.exists());
    }
}
