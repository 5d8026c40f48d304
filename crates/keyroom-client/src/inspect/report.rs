//! An inspection as plain text: hexadecimal digits with the name of each field and a letter for its kind, so that the legend
//! needs no colour. The words for times are the face's.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use keyroom_types::text;

use super::field::{Field, FieldKind, Value, leaves};
use super::lab::{Attack, Trial};
use super::layer::Layer;
use super::step::{Outcome, Step};

/// How a face writes a time; an empty text for one that no calendar has.
pub type Clock<'a> = &'a dyn Fn(SystemTime) -> String;

/// What is shown of one message.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// *You see*: one line each, as name and text.
    pub see: Vec<(&'static str, String)>,
    /// *The network sees*.
    pub layers: Vec<Layer>,
    /// What must be said of the layers: that some were not captured.
    pub remarks: Vec<String>,
    /// *How it was opened*.
    pub steps: Vec<Step>,
    /// What the lab did.
    pub trials: Vec<Trial>,
}

impl Report {
    /// The three views of a message, and what the lab did. Without `whole` long fields are shown by their beginning.
    pub fn text(&self, whole: bool, clock: Clock<'_>) -> String {
        let mut out = String::from("YOU SEE\n");
        for (name, value) in &self.see {
            line(&mut out, format_args!("  {name}: {}", text::one_line(value)));
        }
        line(&mut out, format_args!("\nTHE NETWORK SEES"));
        for remark in &self.remarks {
            line(&mut out, format_args!("  {remark}"));
        }
        for shown in &self.layers {
            layer(&mut out, shown, whole, clock);
        }
        legend(&mut out, &self.layers);
        line(&mut out, format_args!("\nHOW IT WAS OPENED"));
        for (number, shown) in self.steps.iter().enumerate() {
            step(&mut out, number + 1, shown);
        }
        lab(&mut out, &self.trials);
        out
    }
}

/// One layer, at the end of `out`.
pub fn layer(out: &mut String, layer: &Layer, whole: bool, clock: Clock<'_>) {
    line(out, format_args!("\n  {} ({} bytes)", layer.name, layer.bytes.len()));
    line(out, format_args!("  {}", layer.how));
    for shown in &layer.fields {
        field(out, layer, shown, 0, (whole, clock));
    }
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // A string takes everything.
    let _ = out.write_fmt(text);
    out.push('\n');
}

fn field(out: &mut String, layer: &Layer, shown: &Field, depth: usize, how: (bool, Clock<'_>)) {
    let (whole, clock) = how;
    let (letter, at, indent) = (shown.kind.letter(), shown.range.start, "  ".repeat(depth));
    let name = text::one_line(&shown.name);
    if !shown.children.is_empty() {
        let said = format!("{indent}{name} ({} bytes): {}", shown.range.len(), shown.meaning);
        line(out, format_args!("  {letter} {at:05x}  {said}"));
        for child in &shown.children {
            field(out, layer, child, depth + 1, how);
        }
        return;
    }
    let bytes = layer.bytes.get(shown.range.clone()).unwrap_or_default();
    let value = match value(&shown.value, clock) {
        Some(value) => format!(" = {value}"),
        None => String::new(),
    };
    let source = shown.source.to_string();
    let source = if source.is_empty() { source } else { format!(" [{source}]") };
    line(out, format_args!("  {letter} {at:05x}  {indent}{name}{value}"));
    line(out, format_args!("           {indent}{}{source}", shown.meaning));
    let rows = bytes.chunks(ROW);
    let hidden = if whole { 0 } else { rows.len().saturating_sub(ROWS) };
    for row in rows.take(if whole { usize::MAX } else { ROWS }) {
        let digits: Vec<String> = row.iter().map(|byte| format!("{byte:02x}")).collect();
        let letters: String = row.iter().map(|&byte| shown_letter(byte)).collect();
        line(out, format_args!("           {indent}{:<47}  {letters}", digits.join(" ")));
    }
    if hidden > 0 {
        let left = bytes.len() - ROWS * ROW;
        line(out, format_args!("           {indent}… {left} more bytes (--whole shows them)"));
    }
}

/// A byte as a letter, if it is one in ASCII: nothing here can move the cursor.
pub fn shown_letter(byte: u8) -> char {
    if byte.is_ascii_graphic() || byte == b' ' { char::from(byte) } else { '.' }
}

/// What a field's bytes say, where that is more than the bytes.
pub fn value(value: &Value, clock: Clock<'_>) -> Option<String> {
    match value {
        Value::Bytes => None,
        Value::Number(number) => Some(number.to_string()),
        Value::Seconds(seconds) => Some(time(Duration::from_secs(*seconds), *seconds, clock)),
        Value::Millis(millis) => Some(time(Duration::from_millis(*millis), *millis, clock)),
        Value::Word(word) => Some(text::one_line(word).into_owned()),
    }
}

/// A time that anybody may have written: one that no calendar has stays a number.
fn time(since: Duration, number: u64, clock: Clock<'_>) -> String {
    let shown = SystemTime::UNIX_EPOCH.checked_add(since).map(clock).filter(|shown| !shown.is_empty());
    shown.unwrap_or_else(|| format!("{number}, which no calendar has"))
}

/// The letters that the layers use, at the end of `out`.
pub fn legend(out: &mut String, layers: &[Layer]) {
    let kinds: BTreeSet<FieldKind> =
        layers.iter().flat_map(|layer| leaves(&layer.fields)).map(|leaf| leaf.kind).collect();
    if kinds.is_empty() {
        return;
    }
    line(out, format_args!("\n  Legend"));
    for kind in kinds {
        line(out, format_args!("  {}  {}", kind.letter(), kind.words()));
    }
}

fn step(out: &mut String, number: usize, step: &Step) {
    let outcome = match &step.outcome {
        Outcome::Passed => "right".to_owned(),
        Outcome::Recorded => "right when it was opened".to_owned(),
        Outcome::Refused(why) => format!("REFUSED: {why}"),
        Outcome::NotDone(why) => format!("not done: {why}"),
    };
    line(out, format_args!("\n  {number}. {}: {}", step.name, text::one_line(&outcome)));
    line(out, format_args!("     {} [{}]", step.what, step.source));
    for (name, value) in &step.values {
        line(out, format_args!("     - {name}: {}", text::one_line(value)));
    }
    line(out, format_args!("     If this had been wrong: {}", step.if_wrong));
}

fn lab(out: &mut String, trials: &[Trial]) {
    if trials.is_empty() {
        return;
    }
    line(out, format_args!("\nLAB, ON A COPY"));
    for trial in trials {
        let came = match (trial.opened, trial.refused_by) {
            (true, _) => "opened".to_owned(),
            (false, Some(check)) => format!("REFUSED by: {check}"),
            (false, None) => "refused".to_owned(),
        };
        let name = match trial.attack {
            Attack::FlipBit(bit) => format!("{} bit {bit}", trial.attack.name()),
            other => other.name().to_owned(),
        };
        line(out, format_args!("\n  {name}: {came}"));
        line(out, format_args!("     {}", trial.done));
        line(out, format_args!("     {}", trial.meaning));
    }
}

const ROW: usize = 16;
/// Rows of a field that are shown where not all is asked for.
const ROWS: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_that_no_calendar_has_stay_numbers() {
        let clock =
            |at: SystemTime| if at == SystemTime::UNIX_EPOCH { "then".to_owned() } else { String::new() };
        assert_eq!(time(Duration::ZERO, 0, &clock), "then");
        for (since, number) in [(Duration::from_secs(u64::MAX), u64::MAX), (Duration::from_secs(9), 9)] {
            assert_eq!(time(since, number, &clock), format!("{number}, which no calendar has"));
        }
    }

    /// Attack matrix row 24.
    #[test]
    fn bytes_that_move_a_cursor_are_dots() {
        let shown: String = (0..=255).map(shown_letter).collect();
        assert!(shown.is_ascii() && !shown.chars().any(char::is_control));
    }
}
