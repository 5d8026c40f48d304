//! How the window looks and speaks: its language, the size of its text, its contrast. What is chosen is kept.

use keyroom_client::History;

use super::App;
use crate::input::ScaleStep;
use crate::screen::{Looks, Switch};
use crate::timeline::Timeline;
use crate::words::{self, Language};

/// What was chosen, or what goes without saying.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chosen {
    pub(super) language: Language,
    /// Text size in percent.
    pub(super) scale: u16,
    pub(super) high_contrast: bool,
    /// Whether the person said so, and not the system.
    contrast_chosen: bool,
}

impl Chosen {
    /// As it was kept; else in the language that the face speaks.
    pub(super) fn of(history: &dyn History) -> Self {
        let kept = |name| history.preference(name).ok().flatten();
        let contrast = kept(CONTRAST);
        Self {
            language: kept(LANGUAGE)
                .and_then(|code| Language::of_code(&code))
                .unwrap_or_else(words::language),
            scale: kept(SCALE)
                .and_then(|scale| scale.parse().ok())
                .filter(|scale| SCALES.contains(scale))
                .unwrap_or(100),
            high_contrast: contrast.as_deref() == Some(HIGH),
            contrast_chosen: contrast.is_some(),
        }
    }
}

impl App {
    /// How the window looks and speaks, and what else can be chosen.
    pub fn looks(&self) -> Looks {
        self.speak();
        let place = |at: Option<usize>| at.unwrap_or(usize::MAX);
        Looks {
            language_label: words::LANGUAGE.to_owned(),
            languages: Language::ALL.map(|language| language.name().to_owned()).to_vec(),
            language: place(Language::ALL.iter().position(|&language| language == self.looks.language)),
            scale_label: words::TEXT_SIZE.to_owned(),
            scales: OFFERED.map(words::percent).to_vec(),
            scale: place(OFFERED.iter().position(|&scale| scale == self.looks.scale)),
            contrast: Switch {
                label: words::HIGH_CONTRAST.to_owned(),
                hint: words::HIGH_CONTRAST_HINT.to_owned(),
                on: self.looks.high_contrast,
                enabled: true,
            },
        }
    }

    /// This thread's words are in this window's language from here on.
    pub(super) fn speak(&self) {
        words::speak(self.looks.language);
    }

    pub(super) fn choose_language(&mut self, place: usize) {
        let Some(&language) = Language::ALL.get(place) else { return };
        self.looks.language = language;
        self.speak();
        self.keep_look(LANGUAGE, language.code());
        // What it shows was taken apart in the other language.
        self.close_inspector();
        self.with_timeline(Timeline::refresh_all);
        self.redraw();
    }

    pub(super) fn choose_scale(&mut self, place: usize) {
        if let Some(&scale) = OFFERED.get(place) {
            self.set_scale(scale);
        }
    }

    pub(super) fn scale(&mut self, step: ScaleStep) {
        let now = self.looks.scale;
        self.set_scale(match step {
            ScaleStep::Reset => 100,
            ScaleStep::Larger => SCALES.into_iter().find(|&scale| scale > now).unwrap_or(now),
            ScaleStep::Smaller => SCALES.into_iter().rev().find(|&scale| scale < now).unwrap_or(now),
        });
    }

    fn set_scale(&mut self, scale: u16) {
        self.looks.scale = scale;
        self.keep_look(SCALE, &scale.to_string());
        self.redraw();
    }

    pub(super) fn toggle_contrast(&mut self) {
        self.looks.high_contrast = !self.looks.high_contrast;
        self.looks.contrast_chosen = true;
        self.keep_look(CONTRAST, if self.looks.high_contrast { HIGH } else { USUAL });
        self.changes.shell = true;
    }

    /// What the system asks for holds until the person chooses.
    pub(super) fn system_contrast(&mut self, high: bool) {
        if !self.looks.contrast_chosen {
            self.looks.high_contrast = high;
            self.changes.shell = true;
        }
    }

    /// Where it cannot be kept it holds until the window is closed.
    fn keep_look(&self, name: &str, value: &str) {
        let _ = self.history.set_preference(name, value);
    }
}

/// Text sizes, in percent.
const SCALES: [u16; 8] = [80, 90, 100, 110, 125, 150, 175, 200];
/// Those that are offered by name; the others are steps of the keyboard.
const OFFERED: [u16; 3] = [100, 125, 150];
/// Names of what is kept.
const LANGUAGE: &str = "language";
const SCALE: &str = "text size";
const CONTRAST: &str = "contrast";
/// Values of the contrast.
const HIGH: &str = "high";
const USUAL: &str = "usual";
