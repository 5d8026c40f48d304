//! One message: its levels of nesting, its steps, its lab.

use std::sync::Arc;

use keyroom_client::inspect::{Attack, FieldKind, Outcome, Step, Trial};
use keyroom_types::text;

use super::bytes::{Bytes, Parts};
use super::shown::{AttackView, BitView, LabView, LegendLine, MessagePage, StepView, TrialView};
use super::state::{Inspector, Level, Slot, Subject};
use crate::screen::Tone;
use crate::words;

/// The captured layers, and what stands in them without being a layer of its own, from the outside to the inside.
pub(crate) fn levels(layers: &[Arc<Parts>]) -> Vec<Level> {
    let mut levels = Vec::new();
    for (at, parts) in layers.iter().enumerate() {
        let same = layers.iter().filter(|other| other.layer.name == parts.layer.name).count();
        let name = words::phrase(parts.layer.name);
        let name = if same > 1 { format!("{name} {}", at + 1) } else { name.to_owned() };
        let on_the_line = ON_THE_LINE.iter().any(|name| parts.layer.name == *name);
        levels.push(Level { name: words::capital(&name), bytes: Bytes::of(parts, None), on_the_line });
    }
    if let Some(parts) = layers.last() {
        for (field, name) in INSIDE {
            if let Some(at) = parts.find(field) {
                let bytes = Bytes::of(parts, Some(at));
                levels.push(Level { name: name.text().to_owned(), bytes, on_the_line: false });
            }
        }
    }
    levels
}

/// The page of the message that is looked at.
pub(crate) fn page(inspector: &Inspector, subject: &Subject, sealed: bool) -> MessagePage {
    let bytes = subject.bytes();
    MessagePage {
        see: subject.see.clone(),
        tab: inspector.tab,
        levels: subject.levels.iter().map(|level| level.name.clone()).collect(),
        level: subject.level,
        way: subject.way.iter().map(|bytes| bytes.name().to_owned()).collect(),
        bytes: bytes.cloned(),
        heading: heading(subject, subject.level, bytes),
        how: bytes.map(|bytes| bytes.how().to_owned()).unwrap_or_default(),
        pointed: subject.pointed,
        legend: bytes.map(legend).unwrap_or_default(),
        remarks: subject.remarks.clone(),
        steps: subject.steps.iter().zip(1..).map(|(step, number)| step_view(number, step)).collect(),
        lab: lab(inspector, subject, sealed),
        note: if sealed { words::NOTE_SEALED.text() } else { words::NOTE_FERNET.text() }.to_owned(),
        note_tone: if sealed { Tone::Good } else { Tone::Warning },
    }
}

/// What stands over bytes of a level.
pub(crate) fn heading(subject: &Subject, level: usize, bytes: Option<&Bytes>) -> String {
    let (Some(level), Some(bytes)) = (subject.levels.get(level), bytes) else { return String::new() };
    let name = if level.bytes == *bytes { &level.name } else { bytes.name() };
    words::captured(level.on_the_line, name, bytes.len())
}

/// The kinds of these bytes' fields.
pub(crate) fn legend(bytes: &Bytes) -> Vec<LegendLine> {
    let line = |kind: FieldKind| LegendLine {
        kind,
        letter: kind.letter(),
        word: words::kind(kind),
        words: words::phrase(kind.words()),
    };
    bytes.kinds().into_iter().map(line).collect()
}

/// The last byte of the last field that is encrypted; the last byte of all where none is.
pub(crate) fn last_encrypted(bytes: &Bytes) -> Option<usize> {
    let leaves = (0..).map_while(|leaf| Some((leaf, bytes.leaf_row(leaf)?)));
    let encrypted = leaves.filter(|(_, row)| row.kind == FieldKind::Cipher).last();
    let last = match encrypted {
        Some((leaf, _)) => bytes.bytes_of(leaf)?.end,
        None => bytes.range().end,
    };
    last.checked_sub(1)
}

fn step_view(number: usize, step: &Step) -> StepView {
    StepView {
        title: format!("{number}. {}", words::phrase(step.name)),
        what: words::phrase(step.what).to_owned(),
        outcome: words::outcome(&step.outcome),
        tone: match step.outcome {
            Outcome::Passed | Outcome::Recorded => Tone::Good,
            Outcome::Refused(_) => Tone::Alarm,
            Outcome::NotDone(_) => Tone::Quiet,
        },
        values: step
            .values
            .iter()
            .map(|(name, value)| {
                // Names of people stand among them: what they chose (attack matrix row 22).
                let value = words::sentence(value);
                (words::phrase(*name).to_owned(), text::one_line(&value).into_owned())
            })
            .collect(),
        if_wrong: words::phrase(step.if_wrong).to_owned(),
        source: words::sentence(&step.source.text()),
    }
}

fn lab(inspector: &Inspector, subject: &Subject, sealed: bool) -> LabView {
    let bench = inspector.lab.here();
    let bytes = bench.map(|bench| bench.bytes.clone());
    let chosen = inspector.byte.and_then(|at| Some((at, bytes.as_ref()?.byte(at)?)));
    let last = inspector.trials.first().map(|trial| trial.attack);
    let offered = if bench.is_some() { &OFFERED[..] } else { &[] };
    LabView {
        lead: if sealed { words::LAB_LEAD_SEALED.text() } else { words::LAB_LEAD_FERNET.text() }.to_owned(),
        attacks: offered
            .iter()
            .map(|&attack| AttackView {
                attack,
                word: words::attack(attack),
                hint: words::attack_hint(attack),
            })
            .collect(),
        waits: match &inspector.lab {
            Slot::Here(_) => String::new(),
            Slot::Failed(why) => why.clone(),
            Slot::Asked => words::LAB_SETTING_UP.to_owned(),
            Slot::Empty if can_try(subject, sealed) => words::LAB_SETTING_UP.to_owned(),
            Slot::Empty => words::LAB_NOTHING.to_owned(),
        },
        heading: bytes.as_ref().map(|bytes| words::lab_bytes(bytes.len())).unwrap_or_default(),
        byte: chosen.map(|(at, _)| at),
        bits: chosen.map(|(at, byte)| bits(at, byte, last)).unwrap_or_default(),
        hint: match (chosen, &bytes) {
            (Some((at, byte)), Some(bytes)) => {
                let field = bytes.leaf_at(at).and_then(|leaf| bytes.leaf_row(leaf));
                words::byte_bits(at, byte, &field.map(|field| field.name).unwrap_or_default())
            }
            _ => words::LAB_PICK.to_owned(),
        },
        bytes,
        trials: inspector.trials.iter().map(|trial| trial_view(trial, subject)).collect(),
    }
}

/// Whether there is something that a lab can be made of.
pub(crate) fn can_try(subject: &Subject, sealed: bool) -> bool {
    if sealed { subject.text.is_some() } else { subject.token.is_some() }
}

fn bits(at: usize, byte: u8, last: Option<Attack>) -> Vec<BitView> {
    let bit = |number: usize| {
        let on = byte & (0x80 >> number) != 0;
        BitView {
            on,
            flipped: last == Some(Attack::FlipBit(at * 8 + number)),
            spoken: words::bit(number, on),
        }
    };
    (0..8).map(bit).collect()
}

fn trial_view(trial: &Trial, subject: &Subject) -> TrialView {
    let check = trial.refused_by;
    let step = check.and_then(|check| {
        let number = subject.steps.iter().position(|step| step.name == check)?;
        Some((number + 1, words::phrase(check)))
    });
    TrialView {
        title: match trial.attack {
            Attack::FlipBit(bit) => words::flipped(bit),
            attack => words::attack(attack).to_owned(),
        },
        came: words::came_of(trial.attack, trial.opened, step, check.map(words::phrase)),
        tone: match (trial.opened, trial.attack) {
            (true, Attack::None) => Tone::Quiet,
            (true, _) => Tone::Warning,
            (false, _) => Tone::Good,
        },
        done: words::sentence(&trial.done),
        meaning: words::phrase(trial.meaning).to_owned(),
    }
}

/// Levels that are fields of a layer, by the name that the engine has for the field.
const INSIDE: [(&str, &words::Word); 3] = [
    ("deliver: value", &words::ENVELOPE),
    ("body: value", &words::MLS_MESSAGE),
    ("sealed entry", &words::SEALED_ENTRY),
];

/// Layers that anybody on the way sees, by the names that the engine has for them.
const ON_THE_LINE: [&str; 3] = ["TLS record", "Fernet token as text", "Fernet token"];

/// What the lab offers by a button. Of bits the last that is encrypted is flipped; any other is chosen by hand.
const OFFERED: [Attack; 6] = [
    Attack::FlipBit(usize::MAX),
    Attack::WrongKey,
    Attack::Replay,
    Attack::Old,
    Attack::RemovedMember,
    Attack::None,
];
