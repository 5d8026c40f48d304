//! What is written in a room but not sent.

use keyroom_client::{Act, Position, SendRefusal};
use keyroom_types::limits;

use crate::forms::next_revision;
use crate::input::RoomKind;
use crate::room::People;
use crate::screen::{Composer, Tone};
use crate::words;

/// What is written in a room but not sent. It never holds more than one message can: more is refused with a
/// sentence and what was there stays, so that a pasted megabyte costs nothing (attack matrix row 27).
#[derive(Debug, Default)]
pub(crate) struct Draft {
    text: String,
    revision: u64,
    refused: Option<String>,
    /// What was sent last, until it stands in the timeline: it comes back if it is refused.
    sent: Option<String>,
    /// Whether the history does not have the text yet.
    pub(crate) unsaved: bool,
    /// What is written about.
    about: About,
    /// Names that can be completed where the cursor stands.
    naming: Naming,
}

/// A name that is being written.
#[derive(Debug, Default)]
struct Naming {
    /// Behind the `@`, in bytes.
    from: usize,
    /// The cursor.
    to: usize,
    names: Vec<String>,
    chosen: usize,
    /// The `@` for which no names are wanted.
    hidden: Option<usize>,
}

/// What is written about.
#[derive(Debug, Default)]
enum About {
    /// Nothing: a message of its own.
    #[default]
    Nothing,
    /// It answers this message.
    Reply(Position, String),
    /// It takes the place of this own message. What was being written comes back after that.
    Edit(Position, String),
}

/// What is to be sent.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Written {
    /// A message of its own.
    Message(String),
    /// Something about another message.
    Act(Act),
}

impl Draft {
    /// The text as the history kept it.
    pub(crate) fn load(text: String) -> Self {
        Self { text, revision: next_revision(), ..Self::default() }
    }

    /// Takes what the person typed or pasted.
    pub(crate) fn change(&mut self, text: String) {
        if text.len() > limits::FERNET_TEXT_BYTES {
            self.refused = Some(words::too_long_to_write(text.len()));
            self.revision = next_revision();
        } else if text != self.text {
            self.text = text;
            self.refused = None;
            self.unsaved = true;
            // Where the cursor stands now is said after this.
            self.naming.names.clear();
        }
    }

    /// Takes the text out to send it, where there is something to send.
    pub(crate) fn take(&mut self) -> Option<String> {
        let text = self.text.trim_end();
        if text.trim().is_empty() {
            return None;
        }
        let text = text.to_owned();
        self.sent = Some(text.clone());
        self.set(String::new());
        Some(text)
    }

    /// The same, as what it is about asks for it. What was being written before a change comes back.
    pub(crate) fn take_written(&mut self) -> Option<Written> {
        let text = self.take()?;
        Some(match std::mem::take(&mut self.about) {
            About::Nothing => Written::Message(text),
            About::Reply(to, _) => Written::Act(Act::Reply { to, text }),
            About::Edit(of, before) => {
                self.sent = None;
                self.set(before);
                Written::Act(Act::Edit { of, text })
            }
        })
    }

    /// The cursor stands behind so many bytes: looks whether a name is begun there. Whether what is offered changed.
    pub(crate) fn cursor(&mut self, at: usize, people: &People) -> bool {
        let begun = begun(&self.text, at);
        let hidden = self.naming.hidden.filter(|&hidden| begun == Some(hidden));
        let names = match begun {
            Some(from) if hidden.is_none() => people.completing(&self.text[from..at], MOST_NAMES),
            _ => Vec::new(),
        };
        let changed = names != self.naming.names;
        let chosen = if changed { 0 } else { self.naming.chosen };
        self.naming = Naming { from: begun.unwrap_or(0), to: at, names, chosen, hidden };
        changed
    }

    /// The next name, or the one before. Whether there are any.
    pub(crate) fn next_name(&mut self, down: bool) -> bool {
        let count = self.naming.names.len();
        let step = if down { 1 } else { count.saturating_sub(1) };
        self.naming.chosen = (self.naming.chosen + step).checked_rem(count).unwrap_or(0);
        count > 0
    }

    /// Writes one of the names; gives where the cursor stands then.
    pub(crate) fn take_name(&mut self, place: usize) -> Option<usize> {
        let Naming { from, to, .. } = self.naming;
        let name = self.naming.names.get(place)?.clone();
        let (before, after) = (self.text.get(..from)?, self.text.get(to..)?);
        let space = if after.starts_with(' ') { "" } else { " " };
        let text = format!("{before}{name}{space}{after}");
        let at = from + name.len() + 1;
        if text.len() > limits::FERNET_TEXT_BYTES {
            return None;
        }
        self.set(text);
        Some(at)
    }

    /// No names are offered for this `@` any more. Whether some were.
    pub(crate) fn hide_names(&mut self) -> bool {
        if self.naming.names.is_empty() {
            return false;
        }
        self.naming.names.clear();
        self.naming.hidden = Some(self.naming.from);
        true
    }

    /// What is written from now on answers a message.
    pub(crate) fn reply(&mut self, to: Position, quote: String) {
        self.stop_about();
        self.about = About::Reply(to, quote);
    }

    /// An own message is changed: its text is in the composer.
    pub(crate) fn edit(&mut self, of: Position, text: String) {
        self.stop_about();
        let before = std::mem::take(&mut self.text);
        self.set(text);
        self.about = About::Edit(of, before);
    }

    /// What is written is about no other message any more. Whether it was.
    pub(crate) fn stop_about(&mut self) -> bool {
        match std::mem::take(&mut self.about) {
            About::Nothing => return false,
            About::Reply(..) => {}
            About::Edit(_, before) => self.set(before),
        }
        true
    }

    /// The text to be kept for the next time: what is written into an own message is none.
    pub(crate) fn to_keep(&self) -> &str {
        if let About::Edit(_, before) = &self.about { before } else { &self.text }
    }

    /// Something was not done, for this reason.
    pub(crate) fn say(&mut self, why: String) {
        self.refused = Some(why);
    }

    /// What was sent stands in the timeline.
    pub(crate) fn arrived(&mut self) {
        self.sent = None;
    }

    /// What was sent was refused: it comes back, unless something else is being written.
    pub(crate) fn send_refused(&mut self, refusal: SendRefusal) {
        if let Some(sent) = self.sent.take().filter(|_| self.text.is_empty()) {
            self.set(sent);
        }
        self.refused = Some(words::send_refused(refusal));
    }

    /// Puts another text into the composer.
    pub(crate) fn set(&mut self, text: String) {
        self.text = text;
        self.revision = next_revision();
        self.refused = None;
        self.unsaved = true;
        self.naming = Naming::default();
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// What is shown of it. `closed` says why nothing can be written, where that is so.
    pub(crate) fn show(&self, room: &str, kind: RoomKind, closed: Option<&str>) -> Composer {
        let open = closed.is_none();
        let chars = message_chars(self.text.trim_end().len());
        let (mut hint, mut tone, mut parts) = (String::new(), Tone::Quiet, "");
        if let Some(refused) = &self.refused {
            (hint, tone) = (refused.clone(), Tone::Warning);
        } else if kind == RoomKind::Sealed {
            // No simple program reads here.
        } else if chars > limits::COMMON_PEER_CHARS {
            (hint, parts) = (words::long_for_common(), words::IN_PARTS.text());
        } else if chars > limits::SIMPLE_PEER_CHARS {
            (hint, parts) = (words::long_for_simple(), words::IN_PARTS.text());
        }
        Composer {
            text: self.text.clone(),
            revision: self.revision,
            placeholder: closed.map_or_else(|| words::message_to(room), str::to_owned),
            enabled: open,
            can_send: open && !self.text.trim().is_empty(),
            hint,
            tone,
            parts: if open { parts } else { "" }.to_owned(),
            names: if open { self.naming.names.clone() } else { Vec::new() },
            name: self.naming.chosen,
            about: match &self.about {
                About::Nothing => String::new(),
                About::Reply(_, quote) => quote.clone(),
                About::Edit(..) => words::CHANGING.to_owned(),
            },
        }
    }
}

/// Where the name begins that the cursor stands in: behind an `@` that does not belong to a word.
fn begun(text: &str, at: usize) -> Option<usize> {
    let before = text.get(..at)?;
    let mut chars = before.char_indices().rev().take(MAX_NAME + 1);
    let (sign, _) = chars.by_ref().take_while(|&(_, ch)| ch != '\n').find(|&(_, ch)| ch == '@')?;
    let inside = before[..sign].chars().next_back().is_some_and(char::is_alphanumeric);
    (!inside).then_some(sign + 1)
}

/// Names that are offered at once.
const MOST_NAMES: usize = 6;
/// Characters of a name that is begun.
const MAX_NAME: usize = keyroom_types::Label::MAX_CHARS;

/// How many characters a text of `bytes` bytes has on the wire (fernet/spec `Spec.md`, "Token Format": 57 bytes
/// around the padded text, in base64).
fn message_chars(bytes: usize) -> usize {
    let padded = (bytes / 16 + 1) * 16;
    (57 + padded).div_ceil(3) * 4
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(bytes: usize) -> (String, String) {
        let mut draft = Draft::default();
        draft.change("x".repeat(bytes));
        let shown = draft.show("Garden", RoomKind::Fernet, None);
        (shown.hint, shown.parts)
    }

    #[test]
    fn lengths_that_simple_programs_cannot_read_are_said() {
        assert_eq!(hint(703), (String::new(), String::new()));
        assert!(hint(704).0.contains("1,024"));
        assert!(hint(3_007).0.contains("1,024"));
        assert!(hint(3_008).0.contains("4,096"));
        assert_eq!(hint(704).1, "Send in parts");
    }

    /// Attack matrix row 27: 1 MB pasted.
    #[test]
    fn a_pasted_megabyte_is_refused_with_its_size_and_the_text_stays() {
        let mut draft = Draft::default();
        draft.change("hello".to_owned());
        let before = draft.show("Garden", RoomKind::Fernet, None).revision;
        draft.change("x".repeat(1 << 20));
        let shown = draft.show("Garden", RoomKind::Fernet, None);
        assert_eq!(shown.text, "hello");
        assert!(shown.revision > before);
        assert!(shown.hint.contains("1.0 MB") && shown.hint.contains("100 kB"), "{}", shown.hint);
        // The face puts the old text back and says so: the sentence must stay until the person writes.
        draft.change("hello".to_owned());
        assert!(!draft.show("Garden", RoomKind::Fernet, None).hint.is_empty());
        draft.change("hello!".to_owned());
        assert!(draft.show("Garden", RoomKind::Fernet, None).hint.is_empty());
    }

    #[test]
    fn a_refused_text_comes_back_unless_another_is_being_written() {
        let mut draft = Draft::default();
        draft.change("first".to_owned());
        assert_eq!(draft.take().as_deref(), Some("first"));
        draft.send_refused(SendRefusal::TooMany { waiting: 1_000 });
        let shown = draft.show("Garden", RoomKind::Fernet, None);
        assert_eq!(shown.text, "first");
        assert!(shown.hint.contains("1,000 messages"));
        draft.take();
        draft.change("second".to_owned());
        draft.send_refused(SendRefusal::TooMany { waiting: 1_000 });
        assert_eq!(draft.text(), "second");
    }

    #[test]
    fn nothing_but_white_space_is_not_sent() {
        let mut draft = Draft::default();
        draft.change(" \n ".to_owned());
        assert!(!draft.show("Garden", RoomKind::Fernet, None).can_send);
        assert_eq!(draft.take(), None);
    }
}
