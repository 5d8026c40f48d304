//! One text field, as it is typed into.

use std::sync::atomic::{AtomicU64, Ordering};

use keyroom_types::{Invite, Label};

use crate::screen::TextField;
use crate::secret::FieldText;
use crate::words;

/// One text field. It never holds more than [`FIELD_BYTES`]: more is refused with a sentence, and what was in it
/// stays (attack matrix row 27: a megabyte on the clipboard).
#[derive(Clone, Debug)]
pub(crate) struct FieldState {
    text: FieldText,
    revision: u64,
    refused: Option<usize>,
}

impl FieldState {
    /// A field with this text in it.
    pub(crate) fn with(text: impl Into<FieldText>) -> Self {
        Self { text: text.into(), revision: next_revision(), refused: None }
    }

    /// Takes what the person typed or pasted.
    pub(crate) fn edit(&mut self, text: FieldText) {
        if text.len() > FIELD_BYTES {
            self.refused = Some(text.len());
            self.revision = next_revision();
        } else if text != self.text || self.refused.is_none() {
            // The face echoes the text that a refusal put back; that is no edit, and the sentence stays.
            self.text = text;
            self.refused = None;
        }
    }

    /// Puts another text into it.
    pub(crate) fn set(&mut self, text: impl Into<FieldText>) {
        *self = Self::with(text);
    }

    /// The text.
    pub(crate) fn text(&self) -> &FieldText {
        &self.text
    }

    /// Whether nothing is wrong that the field itself knows of.
    pub(crate) fn is_bounded(&self) -> bool {
        self.refused.is_none()
    }

    /// What is shown of it.
    pub(crate) fn show(&self, label: &str, placeholder: &str, hint: String, error: String) -> TextField {
        let error = match self.refused {
            Some(len) => words::too_long_for_field(len),
            None => error,
        };
        TextField {
            label: label.to_owned(),
            text: self.text.clone(),
            revision: self.revision,
            placeholder: placeholder.to_owned(),
            hint,
            error,
        }
    }

    /// What is shown of a field that holds a name.
    pub(crate) fn show_name(&self, label: &str, hint: &str) -> TextField {
        let error = self.text.parse::<Label>().err().map(words::label_error).unwrap_or_default();
        self.show(label, "", hint.to_owned(), error)
    }
}

/// A number that no field and no composer had before.
pub(crate) fn next_revision() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// The longest that belongs into a field of one line: a whole link.
const FIELD_BYTES: usize = Invite::MAX_BYTES;
