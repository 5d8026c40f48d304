//! An inspection as plain text: hexadecimal digits with the name of each field and a letter for its kind, so that the legend
//! needs no colour. Times are in the face's words, and everything else in its language.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use keyroom_types::text;

use super::field::{Field, FieldKind, Value, leaves};
use super::lab::Trial;
use super::layer::Layer;
use super::phrase::{Phrase, Text, Tongue, english, phrases};
use super::step::{Outcome, Step};

/// How a face writes a time; an empty text for one that no calendar has.
pub type Clock<'a> = &'a dyn Fn(SystemTime) -> String;

/// How a report is written.
#[derive(Clone, Copy)]
pub struct Manner<'a> {
    /// Whether long fields are shown whole, and not by their beginning.
    pub whole: bool,
    /// How times are written.
    pub clock: Clock<'a>,
    /// In which language.
    pub tongue: Tongue<'a>,
}

impl<'a> Manner<'a> {
    /// In English.
    pub fn english(whole: bool, clock: Clock<'a>) -> Self {
        Self { whole, clock, tongue: &english }
    }

    fn say(&self, phrase: Phrase) -> &'static str {
        phrase.say(self.tongue)
    }

    fn with<const N: usize>(&self, phrase: Phrase, filled: [Text; N]) -> String {
        phrase.with(filled).say(self.tongue)
    }
}

/// What is shown of one message.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// *You see*: one line each, as name and text, in the face's words.
    pub see: Vec<(&'static str, String)>,
    /// *The network sees*.
    pub layers: Vec<Layer>,
    /// What must be said of the layers, in the face's words: that some were not captured.
    pub remarks: Vec<String>,
    /// *How it was opened*.
    pub steps: Vec<Step>,
    /// What the lab did.
    pub trials: Vec<Trial>,
}

impl Report {
    /// The three views of a message, and what the lab did.
    pub fn text(&self, manner: &Manner<'_>) -> String {
        let mut out = format!("{}\n", manner.say(YOU_SEE));
        for (name, value) in &self.see {
            line(&mut out, format_args!("  {name}: {}", text::one_line(value)));
        }
        line(&mut out, format_args!("\n{}", manner.say(NETWORK_SEES)));
        for remark in &self.remarks {
            line(&mut out, format_args!("  {remark}"));
        }
        for shown in &self.layers {
            layer(&mut out, shown, manner);
        }
        legend(&mut out, &self.layers, manner);
        line(&mut out, format_args!("\n{}", manner.say(HOW_OPENED)));
        for (number, shown) in self.steps.iter().enumerate() {
            step(&mut out, number + 1, shown, manner);
        }
        lab(&mut out, &self.trials, manner);
        out
    }
}

/// One layer, at the end of `out`.
pub fn layer(out: &mut String, layer: &Layer, manner: &Manner<'_>) {
    let heading = [layer.name.into(), Text::as_is(layer.bytes.len())];
    line(out, format_args!("\n  {}", manner.with(LAYER, heading)));
    line(out, format_args!("  {}", manner.say(layer.how)));
    for shown in &layer.fields {
        field(out, layer, shown, 0, manner);
    }
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // A string takes everything.
    let _ = out.write_fmt(text);
    out.push('\n');
}

fn field(out: &mut String, layer: &Layer, shown: &Field, depth: usize, manner: &Manner<'_>) {
    let (letter, at, indent) = (shown.kind.letter(), shown.range.start, "  ".repeat(depth));
    if !shown.children.is_empty() {
        let said = [shown.name.clone(), Text::as_is(shown.range.len()), shown.meaning.clone()];
        let said = manner.with(WITH_PARTS, said);
        line(out, format_args!("  {letter} {at:05x}  {indent}{}", text::one_line(&said)));
        for child in &shown.children {
            field(out, layer, child, depth + 1, manner);
        }
        return;
    }
    let bytes = layer.bytes.get(shown.range.clone()).unwrap_or_default();
    let value = match value(&shown.value, manner) {
        Some(value) => format!(" = {value}"),
        None => String::new(),
    };
    let source = shown.source.text().say(manner.tongue);
    let source = if source.is_empty() { source } else { format!(" [{source}]") };
    let (name, meaning) = (shown.name.say(manner.tongue), shown.meaning.say(manner.tongue));
    line(out, format_args!("  {letter} {at:05x}  {indent}{}{value}", text::one_line(&name)));
    line(out, format_args!("           {indent}{meaning}{source}"));
    let rows = bytes.chunks(ROW);
    let hidden = if manner.whole { 0 } else { rows.len().saturating_sub(ROWS) };
    for row in rows.take(if manner.whole { usize::MAX } else { ROWS }) {
        let digits: Vec<String> = row.iter().map(|byte| format!("{byte:02x}")).collect();
        let letters: String = row.iter().map(|&byte| shown_letter(byte)).collect();
        line(out, format_args!("           {indent}{:<47}  {letters}", digits.join(" ")));
    }
    if hidden > 0 {
        let left = manner.with(MORE_BYTES, [Text::as_is(bytes.len() - ROWS * ROW)]);
        line(out, format_args!("           {indent}{left}"));
    }
}

/// A byte as a letter, if it is one in ASCII: nothing here can move the cursor.
pub fn shown_letter(byte: u8) -> char {
    if byte.is_ascii_graphic() || byte == b' ' { char::from(byte) } else { '.' }
}

/// What a field's bytes say, where that is more than the bytes.
pub fn value(value: &Value, manner: &Manner<'_>) -> Option<String> {
    match value {
        Value::Bytes => None,
        Value::Number(number) => Some(number.to_string()),
        Value::Seconds(seconds) => Some(time(Duration::from_secs(*seconds), *seconds, manner)),
        Value::Millis(millis) => Some(time(Duration::from_millis(*millis), *millis, manner)),
        Value::Word(word) => Some(text::one_line(&word.say(manner.tongue)).into_owned()),
    }
}

/// A time that anybody may have written: one that no calendar has stays a number.
fn time(since: Duration, number: u64, manner: &Manner<'_>) -> String {
    let shown = SystemTime::UNIX_EPOCH.checked_add(since).map(manner.clock).filter(|shown| !shown.is_empty());
    shown.unwrap_or_else(|| manner.with(NO_CALENDAR, [Text::as_is(number)]))
}

/// The letters that the layers use, at the end of `out`.
pub fn legend(out: &mut String, layers: &[Layer], manner: &Manner<'_>) {
    let kinds: BTreeSet<FieldKind> =
        layers.iter().flat_map(|layer| leaves(&layer.fields)).map(|leaf| leaf.kind).collect();
    if kinds.is_empty() {
        return;
    }
    line(out, format_args!("\n  {}", manner.say(LEGEND)));
    for kind in kinds {
        line(out, format_args!("  {}  {}", kind.letter(), manner.say(kind.words())));
    }
}

fn step(out: &mut String, number: usize, step: &Step, manner: &Manner<'_>) {
    let outcome = match &step.outcome {
        Outcome::Passed => RIGHT.into(),
        Outcome::Recorded => WAS_RIGHT.into(),
        Outcome::Refused(why) => REFUSED_BECAUSE.with([why.clone()]),
        Outcome::NotDone(why) => NOT_DONE.with([why.clone()]),
    };
    let (name, outcome) = (manner.say(step.name), outcome.say(manner.tongue));
    line(out, format_args!("\n  {number}. {name}: {}", text::one_line(&outcome)));
    let (what, source) = (manner.say(step.what), step.source.text().say(manner.tongue));
    line(out, format_args!("     {what} [{source}]"));
    for (name, value) in &step.values {
        let value = value.say(manner.tongue);
        line(out, format_args!("     - {}: {}", manner.say(*name), text::one_line(&value)));
    }
    line(out, format_args!("     {}", manner.with(IF_WRONG, [step.if_wrong.into()])));
}

fn lab(out: &mut String, trials: &[Trial], manner: &Manner<'_>) {
    if trials.is_empty() {
        return;
    }
    line(out, format_args!("\n{}", manner.say(LAB)));
    for trial in trials {
        let came = match (trial.opened, trial.refused_by) {
            (true, _) => OPENED.into(),
            (false, Some(check)) => REFUSED_BY.with([check.into()]),
            (false, None) => REFUSED.into(),
        };
        let (name, came) = (trial.attack.words().say(manner.tongue), came.say(manner.tongue));
        line(out, format_args!("\n  {name}: {came}"));
        line(out, format_args!("     {}", trial.done.say(manner.tongue)));
        line(out, format_args!("     {}", manner.say(trial.meaning)));
    }
}

const ROW: usize = 16;
/// Rows of a field that are shown where not all is asked for.
const ROWS: usize = 3;

phrases! {
    YOU_SEE = "YOU SEE";
    NETWORK_SEES = "THE NETWORK SEES";
    HOW_OPENED = "HOW IT WAS OPENED";
    LAB = "LAB, ON A COPY";
    LEGEND = "Legend";
    LAYER = "{} ({} bytes)";
    WITH_PARTS = "{} ({} bytes): {}";
    MORE_BYTES = "… {} more bytes (--whole shows them)";
    NO_CALENDAR = "{}, which no calendar has";
    RIGHT = "right";
    WAS_RIGHT = "right when it was opened";
    REFUSED_BECAUSE = "REFUSED: {}";
    NOT_DONE = "not done: {}";
    IF_WRONG = "If this had been wrong: {}";
    OPENED = "opened";
    REFUSED_BY = "REFUSED by: {}";
    REFUSED = "refused";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_that_no_calendar_has_stay_numbers() {
        let clock =
            |at: SystemTime| if at == SystemTime::UNIX_EPOCH { "then".to_owned() } else { String::new() };
        let manner = Manner::english(true, &clock);
        assert_eq!(time(Duration::ZERO, 0, &manner), "then");
        for (since, number) in [(Duration::from_secs(u64::MAX), u64::MAX), (Duration::from_secs(9), 9)] {
            assert_eq!(time(since, number, &manner), format!("{number}, which no calendar has"));
        }
    }

    /// Attack matrix row 24.
    #[test]
    fn bytes_that_move_a_cursor_are_dots() {
        let shown: String = (0..=255).map(shown_letter).collect();
        assert!(shown.is_ascii() && !shown.chars().any(char::is_control));
    }
}
