//! Rooms and messages of the profile, looked at.

use std::time::{Duration, SystemTime};

use keyroom_client::inspect::{Attack, Report, RoomReport, SealedLab, Trial, draw, leaves};
use keyroom_client::{Body, Entry, History as _, MessageState, Position, SharedProfile};
use keyroom_types::{Timestamp, text};

use crate::cli::{Global, InspectArgs, Switch};
use crate::failure::Failure;
use crate::plain::json::rfc3339;
use crate::profile;
use crate::profile_rooms::{Past, find, unreadable};
use crate::sealed::rooms;

/// `keyroom inspect ROOM`.
pub(super) fn room(global: &Global, room: &str) -> Result<(String, RoomReport), Failure> {
    let profile = profile::open(global)?;
    let record = find(&rooms(&profile)?, room)?;
    let report = profile.inspect_room(&record.room).map_err(|error| unreadable(&error))?;
    let report = report.ok_or_else(|| Failure::failed("The profile does not have this room any more."))?;
    Ok((record.name, report))
}

/// `keyroom inspect ROOM MESSAGE`.
pub(super) fn message(
    global: &Global,
    args: &InspectArgs,
    room: &str,
    wanted: &str,
) -> Result<Report, Failure> {
    let profile = profile::open(global)?;
    let record = find(&rooms(&profile)?, room)?;
    let past = Past::of(&profile, &record)?;
    let found = entry(&past, wanted)?;
    let seq = match &found {
        Some(found) => found.seq,
        None => wanted.parse().ok(),
    };
    let inspected = match seq {
        Some(seq) => profile.inspect(&record.room, seq).map_err(|error| unreadable(&error))?,
        None => None,
    };
    if found.is_none() && inspected.is_none() {
        return Err(Failure::failed(format!(
            "No message of this room has the place or an id that begins with {}. keyroom export shows them.",
            text::one_line(wanted)
        )));
    }
    let hybrid =
        inspected.as_ref().and_then(|inspected| inspected.facts.as_ref()).is_none_or(|facts| facts.hybrid);
    let trials = match (args.lab, &found) {
        (false, _) => Vec::new(),
        (true, Some(Entry { body: Body::Message(message), .. })) => lab(&message.text, hybrid)?,
        (true, _) => return Err(Failure::usage("The lab attacks messages, and this is none.")),
    };
    let mut shown = Report {
        see: see(&past, found.as_ref(), seq),
        layers: Vec::new(),
        remarks: Vec::new(),
        steps: Vec::new(),
        trials,
    };
    match inspected {
        Some(inspected) => {
            shown.remarks.extend(inspected.remarks.iter().map(ToString::to_string));
            shown.layers = inspected.layers;
            shown.steps = inspected.steps;
        }
        None => shown.remarks.push(gone(&profile)?),
    }
    Ok(shown)
}

/// Why there are no bytes. They are never made anew.
fn gone(profile: &SharedProfile) -> Result<String, Failure> {
    let limits = profile.capture_limits().map_err(|error| unreadable(&error))?;
    if !limits.is_on() {
        return Ok("The bytes of this message are not here: keeping them is switched off.".to_owned());
    }
    Ok(format!(
        "The bytes of this message are not here (any more): they are kept for {} days and {} MiB, and only of envelopes that \
         came while that was on.",
        limits.keep.as_secs() / DAY,
        limits.bytes >> 20
    ))
}

/// The line of that place in the log, or whose id begins so.
fn entry(past: &Past, wanted: &str) -> Result<Option<Entry>, Failure> {
    let seq: Option<u64> = wanted.parse().ok();
    let mut at = 0;
    loop {
        let page = past.history.page(past.room, Position(at), PAGE).map_err(|error| unreadable(&error))?;
        let Some(last) = page.last() else { return Ok(None) };
        at = last.position.0 + 1;
        let is_it = |entry: &Entry| match &entry.body {
            _ if seq.is_some() && entry.seq == seq => true,
            Body::Message(message) => wanted.len() >= 8 && message.id.to_string().starts_with(wanted),
            _ => false,
        };
        if let Some(found) = page.into_iter().find(is_it) {
            return Ok(Some(found));
        }
    }
}

fn see(past: &Past, entry: Option<&Entry>, seq: Option<u64>) -> Vec<(&'static str, String)> {
    let Some(entry) = entry else {
        return vec![(
            "nothing",
            "this envelope made no line, as a receipt or a reaction does not".to_owned(),
        )];
    };
    let mut see = Vec::new();
    match &entry.body {
        Body::Message(message) => {
            see.push(("from", past.author(message)));
            see.push(("text", message.text.to_string()));
            see.push(("id", message.id.to_string()));
            see.push(("state", state(message.state)));
        }
        _ => see.push(("event", "a change of the room".to_owned())),
    }
    see.push(("time", rfc3339(entry.at)));
    see.extend(seq.map(|seq| ("place in the log", seq.to_string())));
    see
}

fn state(state: MessageState) -> String {
    match state {
        MessageState::Received => "received".to_owned(),
        MessageState::Waiting => "waiting".to_owned(),
        MessageState::Sent { .. } => "sent".to_owned(),
        MessageState::Stored => "stored".to_owned(),
        MessageState::Delivered => "delivered".to_owned(),
        MessageState::Failed(why) => format!("not sent: {why}"),
        _ => "unknown".to_owned(),
    }
}

/// Each attack once, and a flipped bit in each field of the lab's message.
fn lab(text: &str, hybrid: bool) -> Result<Vec<Trial>, Failure> {
    let lab = SealedLab::new(text, hybrid, &mut draw)
        .map_err(|error| Failure::failed(format!("The lab cannot begin: {error}.")))?;
    let layer = lab.layer();
    let fields = leaves(&layer.fields);
    let wanted = [
        "group id",
        "epoch",
        "chain there",
        "sender, generation, guard",
        "content, signature",
        "content's tag",
    ];
    let fields = fields.into_iter().filter(|field| wanted.contains(&&*field.name));
    let flips = fields.map(|field| Attack::FlipBit(field.range.end * 8 - 1));
    Ok(Attack::NAMED.into_iter().chain(flips).map(|attack| lab.run(attack)).collect())
}

/// `keyroom inspect --keep-days` and what goes with it; the sentence that says how it is now.
pub(super) fn keep(global: &Global, args: &InspectArgs) -> Result<String, Failure> {
    let profile = profile::open(global)?;
    let mut limits = profile.capture_limits().map_err(|error| unreadable(&error))?;
    if let Some(days) = args.keep_days {
        limits.keep = Duration::from_secs(days * DAY);
    }
    if let Some(mib) = args.keep_mib {
        limits.bytes = mib << 20;
    }
    if let Some(records) = args.records {
        limits.records = records == Switch::On;
    }
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    let now = Timestamp::from_millis(u64::try_from(now.as_millis()).unwrap_or(u64::MAX));
    profile.set_capture_limits(&limits, now).map_err(|error| unreadable(&error))?;
    if !limits.is_on() {
        return Ok("The bytes of messages are not kept.\n".to_owned());
    }
    let records = if limits.records { "with" } else { "without" };
    let (days, mib) = (limits.keep.as_secs() / DAY, limits.bytes >> 20);
    Ok(format!("The bytes of messages are kept for {days} days, {mib} MiB at most, {records} TLS records.\n"))
}

const DAY: u64 = 24 * 60 * 60;
/// Lines of the timeline that are read at once.
const PAGE: usize = 256;
