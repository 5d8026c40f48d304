//! Commands that only read the profile: they work without a network.

use std::io::{self, Write as _};

use keyroom_client::{
    Body, History as _, HistoryError, Message, Person, Position, ProfileHistory, RoomId, RoomRecord, Sender,
    SharedProfile, Stage,
};
use keyroom_types::{Label, text};
use serde::Serialize;

use crate::cli::{ExportArgs, Global, MembersArgs, RoomsArgs, SearchArgs};
use crate::failure::Failure;
use crate::plain;
use crate::plain::json::rfc3339;
use crate::plain::session::{said, tell_notice};
use crate::profile;
use crate::sealed::rooms as all;

/// One line of output for scripts.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Event<'a> {
    Room {
        room: &'a str,
        id: &'a str,
        role: &'a str,
        stage: &'a str,
        relay: &'a str,
        last: Option<&'a str>,
        unread: u64,
    },
    Member {
        room: &'a str,
        member: &'a str,
        code: &'a str,
        admin: bool,
        you: bool,
    },
    Knock {
        room: &'a str,
        name: &'a str,
        code: &'a str,
        id: &'a str,
        at: &'a str,
    },
}

/// `keyroom rooms`.
pub(crate) fn rooms(global: &Global, args: &RoomsArgs) -> Result<(), Failure> {
    let profile = profile::open(global)?;
    let summaries = profile.summaries().map_err(|error| unreadable(&error))?;
    let unread =
        |room| summaries.iter().find(|summary| summary.room == room).map_or(0, |summary| summary.unread);
    let mut out = String::new();
    for record in all(&profile)? {
        let unread = unread(record.room);
        let last = profile.last_activity(&record.room).map_err(|error| unreadable(&error))?.map(rfc3339);
        let role = if record.hosted { "host" } else { "member" };
        let relay = record.addresses.first().map(ToString::to_string).unwrap_or_default();
        let (id, stage) = (record.room.to_string(), stage(record.stage));
        out.push_str(&if args.json {
            let (room, last) = (record.name.as_str(), last.as_deref());
            json(&Event::Room { room, id: &id, role, stage, relay: &relay, last, unread })?
        } else {
            let (name, last) = (text::one_line(&record.name), last.as_deref().unwrap_or("-"));
            format!("{name}\t{id}\t{role}, {stage}\t{relay}\t{last}")
        });
        out.push('\n');
    }
    print(&out)
}

/// `keyroom members`.
pub(crate) fn members(global: &Global, args: &MembersArgs) -> Result<(), Failure> {
    let profile = profile::open(global)?;
    let record = find(&all(&profile)?, &args.room.room)?;
    let roster = profile.roster(&record.room).map_err(|error| unreadable(&error))?;
    let (members, knocks) = roster.map(|roster| (roster.members, roster.knocks)).unwrap_or_default();
    let mut out = String::new();
    for member in members {
        let code = member.code.to_string();
        out.push_str(&if args.json {
            let (room, name) = (record.name.as_str(), member.name.as_str());
            json(&Event::Member { room, member: name, code: &code, admin: member.admin, you: member.me })?
        } else {
            let roles = [(member.admin, "admin"), (member.me, "you")];
            let roles: Vec<&str> = roles.iter().filter(|(is, _)| *is).map(|(_, role)| *role).collect();
            format!("{}\t{code}\t{}", text::one_line(&member.name), roles.join(", "))
        });
        out.push('\n');
    }
    for knock in knocks {
        let (code, id, at) = (knock.code.to_string(), knock.id.to_string(), rfc3339(knock.at));
        out.push_str(&if args.json {
            let (room, name) = (record.name.as_str(), knock.name.as_str());
            json(&Event::Knock { room, name, code: &code, id: &id, at: &at })?
        } else {
            format!("{}\t{code}\tasks to be let in", text::one_line(knock.name.as_str()))
        });
        out.push('\n');
    }
    print(&out)
}

/// `keyroom export`.
pub(crate) fn export(global: &Global, args: &ExportArgs) -> Result<(), Failure> {
    let profile = profile::open(global)?;
    let record = find(&all(&profile)?, &args.room.room)?;
    let past = Past::of(&profile, &record)?;
    let mut face = plain::face(true);
    let mut at = 0;
    loop {
        let page = past.history.page(past.room, Position(at), PAGE).map_err(|error| unreadable(&error))?;
        let Some(last) = page.last() else { return Ok(()) };
        at = last.position.0 + 1;
        for entry in &page {
            let shown = match &entry.body {
                Body::Message(message) => {
                    face.message(&past.name, &said(entry, message, &past.author(message)))
                }
                Body::Notice(notice) => {
                    tell_notice(&past.name, *notice, &|peer| past.name_of(peer), face.as_mut())
                }
                _ => Ok(()),
            };
            if shown.is_err() {
                // Whoever read it has enough.
                return Ok(());
            }
        }
    }
}

/// `keyroom search`.
pub(crate) fn search(global: &Global, args: &SearchArgs) -> Result<(), Failure> {
    let profile = profile::open(global)?;
    let rooms = all(&profile)?;
    let mut face = plain::face(true);
    for hit in profile.search(&args.text, MOST_HITS).map_err(|error| unreadable(&error))? {
        let Some(record) = rooms.iter().find(|record| record.room == hit.room) else { continue };
        let past = Past::of(&profile, record)?;
        let page =
            past.history.page(past.room, Position(hit.position), 1).map_err(|error| unreadable(&error))?;
        for entry in &page {
            let Body::Message(message) = &entry.body else { continue };
            let shown = if args.json {
                face.message(&past.name, &said(entry, message, &hit.name))
            } else {
                let [room, name, said] =
                    [&record.name, &hit.name, &hit.text].map(|part| text::one_line(part));
                writeln!(io::stdout(), "{}\t{room}\t{name}: {said}", rfc3339(entry.at))
            };
            if shown.is_err() {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// The room of that name, or whose id begins so.
pub(crate) fn find(rooms: &[RoomRecord], wanted: &str) -> Result<RoomRecord, Failure> {
    let named: Vec<&RoomRecord> = rooms.iter().filter(|record| record.name == wanted).collect();
    let begins = |record: &&RoomRecord| record.room.to_string().starts_with(wanted);
    let found = if named.is_empty() { rooms.iter().filter(begins).collect() } else { named };
    match found.as_slice() {
        [only] => Ok((*only).clone()),
        [] => Err(Failure::failed(format!(
            "No room of this profile has the name or an id that begins with {}. keyroom rooms lists them.",
            text::one_line(wanted)
        ))),
        several => Err(Failure::failed(format!(
            "{} rooms could be meant by {}. Give the beginning of the id:{}",
            several.len(),
            text::one_line(wanted),
            several.iter().map(|record| format!("\n  {}", record.room)).collect::<String>()
        ))),
    }
}

/// What a person reads of how far into a room the profile is.
pub(crate) fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Founding => "being made",
        Stage::Joining => "entering",
        Stage::Knocking => "asked to enter",
        Stage::Waiting => "waiting for the room",
        Stage::Member => "in",
        Stage::Left => "left",
        Stage::Removed => "removed",
        Stage::Ended => "ended",
        Stage::Forked => "stopped: its relay lied",
    }
}

/// The timeline of one room in the profile, and who is who in it.
pub(crate) struct Past {
    pub(crate) history: ProfileHistory,
    pub(crate) room: RoomId,
    name: Label,
    me: String,
}

impl Past {
    pub(crate) fn of(profile: &SharedProfile, record: &RoomRecord) -> Result<Self, Failure> {
        let (history, room) = (ProfileHistory::new(profile.clone()), RoomId::fresh());
        history.is_sealed(room, record.room);
        let roster = profile.roster(&record.room).map_err(|error| unreadable(&error))?;
        for member in roster.map(|roster| roster.members).unwrap_or_default() {
            if let Ok(label) = member.name.parse() {
                let person = Person { peer: member.peer, label, here: false, address: None };
                history.set_person(room, person).map_err(|error: HistoryError| unreadable(&error))?;
            }
        }
        let name = record.name.parse().unwrap_or_else(|_| crate::room::label("Room"));
        Ok(Self { history, room, name, me: record.me.clone() })
    }

    pub(crate) fn author(&self, message: &Message) -> String {
        match message.from {
            Sender::Me => self.me.clone(),
            Sender::Peer(peer) => self.name_of(peer),
        }
    }

    fn name_of(&self, peer: keyroom_client::PeerId) -> String {
        let person = self.history.person(self.room, peer).ok().flatten();
        person.map_or_else(|| "somebody".into(), |person| person.label.to_string())
    }
}

fn json(event: &Event<'_>) -> Result<String, Failure> {
    serde_json::to_string(event)
        .map_err(|error| Failure::failed(format!("The line cannot be written: {error}.")))
}

pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|error| Failure::failed(format!("Standard output cannot be written: {error}.")))
}

pub(crate) fn unreadable(error: &dyn std::fmt::Display) -> Failure {
    Failure::failed(format!(
        "The profile cannot be read: {error}. Put back a copy of it, or enter the rooms again."
    ))
}

/// Lines of the timeline that are read at once.
const PAGE: usize = 256;
/// Messages that a search shows at most.
const MOST_HITS: usize = 1_000;
