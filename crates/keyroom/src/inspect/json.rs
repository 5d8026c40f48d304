//! An inspection as one JSON object.

use keyroom_client::inspect::report::{Manner, value};
use keyroom_client::inspect::{Attack, Field, Layer, Outcome, Phrase, Report, Step, Trial, hex};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::plain::json::rfc3339;

/// The three views of a message, and what the lab did.
pub(super) fn message(shown: &Report) -> Result<String, Failure> {
    let see: serde_json::Map<String, Value> =
        shown.see.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    line(&json!({
        "event": "inspection",
        "see": see,
        "network": shown.layers.iter().map(layer).collect::<Vec<_>>(),
        "remarks": shown.remarks,
        "steps": shown.steps.iter().map(step).collect::<Vec<_>>(),
        "lab": shown.trials.iter().map(trial).collect::<Vec<_>>(),
    }))
}

pub(super) fn line(value: &Value) -> Result<String, Failure> {
    let line = serde_json::to_string(value)
        .map_err(|error| Failure::failed(format!("The line cannot be written: {error}.")))?;
    Ok(line + "\n")
}

pub(super) fn layer(layer: &Layer) -> Value {
    json!({
        "layer": &*layer.name,
        "how": &*layer.how,
        "hex": hex(&layer.bytes),
        "fields": layer.fields.iter().map(field).collect::<Vec<_>>(),
    })
}

fn field(shown: &Field) -> Value {
    json!({
        "name": &*shown.name,
        "from": shown.range.start,
        "to": shown.range.end,
        "kind": format!("{:?}", shown.kind).to_lowercase(),
        "value": value(&shown.value, &Manner::english(true, &rfc3339)),
        "meaning": &*shown.meaning,
        "source": shown.source.to_string(),
        "fields": shown.children.iter().map(field).collect::<Vec<_>>(),
    })
}

fn step(step: &Step) -> Value {
    let (outcome, why) = match &step.outcome {
        Outcome::Passed => ("passed", None),
        Outcome::Recorded => ("recorded", None),
        Outcome::Refused(why) => ("refused", Some(&**why)),
        Outcome::NotDone(why) => ("not_done", Some(&**why)),
    };
    let values: serde_json::Map<String, Value> =
        step.values.iter().map(|(name, value)| (name.to_string(), json!(&**value))).collect();
    json!({
        "step": &*step.name,
        "what": &*step.what,
        "outcome": outcome,
        "why": why,
        "values": values,
        "if_wrong": &*step.if_wrong,
        "source": step.source.to_string(),
    })
}

fn trial(trial: &Trial) -> Value {
    let bit = if let Attack::FlipBit(bit) = trial.attack { Some(bit) } else { None };
    json!({
        "attack": trial.attack.name(),
        "bit": bit,
        "done": &*trial.done,
        "opened": trial.opened,
        "refused_by": trial.refused_by.map(Phrase::english),
        "meaning": &*trial.meaning,
    })
}
