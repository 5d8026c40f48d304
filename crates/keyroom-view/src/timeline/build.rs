//! The rows of one entry.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use keyroom_client::{Body, Details, Entry, Message, MessageState, Notice, PeerId, Position, RoomId, Sender};

mod acts;

use super::Look;
use super::shown;
use crate::clock::LocalTime;
use crate::input::RoomKind;
use crate::markup::Formed;
use crate::room::people;
use crate::row::{MessageRow, NoticeRow, Row};
use crate::screen::Tone;
use crate::words;

/// What the next entry's rows depend on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    at: SystemTime,
    local: LocalTime,
    from: Option<Sender>,
}

/// What stands on an entry that is not in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Marks {
    pub(super) unread: bool,
    pub(super) whole: bool,
    pub(super) earlier: bool,
}

impl Head {
    pub(super) fn of(entry: &Entry, look: &Look<'_>) -> Self {
        let from = match &entry.body {
            Body::Message(message) => Some(message.from),
            _ => None,
        };
        Self { at: entry.at, local: (look.clock)(entry.at), from }
    }
}

/// A day line and an unread line where they belong, then the entry itself.
pub(super) fn rows(
    look: &Look<'_>,
    room: RoomId,
    entry: &Entry,
    details: &Details,
    before: Option<Head>,
    marks: Marks,
) -> Vec<Row> {
    let head = Head::of(entry, look);
    let new_day = before.is_none_or(|before| !before.local.same_day(&head.local));
    let mut rows = Vec::with_capacity(1);
    if new_day {
        rows.push(Row::Day(head.local.day_words(&look.today)));
    }
    if marks.unread {
        rows.push(Row::Unread(words::NEW.to_owned()));
    }
    rows.push(match &entry.body {
        Body::Message(said) => {
            let continues = rows.is_empty() && before.is_some_and(|before| goes_on(&before, &head));
            let row = message(look, room, entry.position, said, &head, continues, marks.whole);
            let muted = matches!(said.from, Sender::Peer(peer) if look.people.is_muted(peer));
            Row::Message(Box::new(if muted && !marks.whole {
                folded(row)
            } else {
                acts::with(look, room, row, said, details, marks)
            }))
        }
        Body::Notice(what) => notice(look, room, entry.position, what, head.local.time()),
        // A kind of line that this version does not know is still a line, or rows and entries would part.
        _ => {
            Row::Notice(NoticeRow { position: entry.position, text: String::new(), time: head.local.time() })
        }
    });
    rows
}

fn goes_on(before: &Head, head: &Head) -> bool {
    before.from.is_some()
        && before.from == head.from
        && head.at.duration_since(before.at).is_ok_and(|gap| gap <= GROUP_GAP)
}

fn message(
    look: &Look<'_>,
    room: RoomId,
    position: Position,
    said: &Message,
    head: &Head,
    continues: bool,
    whole: bool,
) -> MessageRow {
    let (author, avatar) = match said.from {
        Sender::Me => (look.me.to_owned(), people::own_avatar(look.me)),
        Sender::Peer(peer) => {
            let name = look.name(room, peer);
            let avatar = people::avatar_of(&name, peer);
            (name, avatar)
        }
    };
    let (state, tone, retry) = match said.state {
        MessageState::Received => (String::new(), Tone::Quiet, false),
        MessageState::Waiting if look.held => (words::HELD.to_owned(), Tone::Warning, false),
        MessageState::Waiting => (words::SENDING.to_owned(), Tone::Quiet, false),
        MessageState::Sent { .. } if look.kind == RoomKind::Sealed => {
            (words::ON_ITS_WAY.to_owned(), Tone::Quiet, false)
        }
        MessageState::Stored => (words::STORED.to_owned(), Tone::Quiet, false),
        MessageState::Delivered => (words::DELIVERED.to_owned(), Tone::Quiet, false),
        MessageState::Sent { to } => (words::sent_to(to), Tone::Quiet, false),
        MessageState::Failed(failure) => (words::not_sent(failure), Tone::Warning, true),
        _ => (String::new(), Tone::Quiet, false),
    };
    let shown = shown::message(&said.text, whole);
    let formed = Formed::read(&shown.text, look.people.names(), shown.cut);
    let own = said.from == Sender::Me;
    MessageRow {
        position,
        author,
        avatar,
        own,
        time: head.local.time(),
        text: shown.text,
        // Who names themselves means somebody else to look.
        names_me: formed.names_me && !own,
        formed: (!formed.is_plain()).then(|| Arc::new(formed)),
        folded: false,
        rtl: shown.rtl,
        continues,
        cut: shown.cut,
        state,
        tone,
        retry,
        quote: None,
        edited: String::new(),
        earlier: Vec::new(),
        gone: false,
        reactions: Vec::new(),
        reached: String::new(),
    }
}

/// What stands in place of a message of somebody who is muted here.
fn folded(row: MessageRow) -> MessageRow {
    MessageRow {
        text: words::FOLDED.text().into(),
        rtl: false,
        formed: None,
        names_me: false,
        folded: true,
        cut: true,
        ..row
    }
}

fn notice(look: &Look<'_>, room: RoomId, position: Position, what: &Notice, time: String) -> Row {
    let name = |peer| look.name(room, peer);
    let maybe = |peer: Option<PeerId>| peer.map(name);
    let (quiet, text) = match *what {
        Notice::Joined(peer) if look.kind == RoomKind::Sealed => (true, words::came_in_with_key(&name(peer))),
        Notice::Reentered(peer) => (true, words::came_in_again(&name(peer))),
        Notice::Admitted { who, by } => (true, words::admitted(&name(who), &name(by))),
        Notice::Removed { who, by } if look.people.is_me(who) => (true, words::removed_me(&name(by))),
        Notice::Removed { who, by } => (true, words::removed(&name(who), &name(by))),
        Notice::RulesChanged(by) => (true, words::rules_changed(&name(by))),
        Notice::Skipped(by) => (false, words::skipped(maybe(by).as_deref())),
        Notice::Unreadable(by) => (false, words::unreadable(maybe(by).as_deref())),
        Notice::Expired => (true, words::EXPIRED.to_owned()),
        Notice::Unsure(by) => (false, words::unsure(maybe(by).as_deref())),
        Notice::Confirmed(by) => (true, words::confirmed(&name(by))),
        Notice::Unknown => (true, words::UNKNOWN_LINE.to_owned()),
        Notice::Joined(peer) => (true, words::joined(&name(peer))),
        Notice::Left(peer) => (true, words::left_the_room(&name(peer))),
        Notice::Connected => (true, words::CONNECTED_LINE.to_owned()),
        Notice::Disconnected(reason) => (true, words::disconnected(reason)),
        Notice::Dropped(peer, why) => (false, words::dropped(&name(peer), why)),
        Notice::NotOpened(peer, times) => (false, words::not_opened(&name(peer), times)),
        Notice::NotText(peer, times) => (false, words::not_text(&name(peer), times)),
        Notice::Junk(peer, len) => (false, words::junk(&name(peer), len)),
        Notice::Repeated { peer, of, times } => {
            let of = of.and_then(|of| time_of(look, room, of));
            (false, words::repeated(&name(peer), times, of.as_deref()))
        }
        _ => (true, String::new()),
    };
    let row = NoticeRow { position, text, time };
    if quiet { Row::Notice(row) } else { Row::Warning(row) }
}

fn time_of(look: &Look<'_>, room: RoomId, of: Position) -> Option<String> {
    let entry = look.history.page(room, of, 1).ok()?.into_iter().next()?;
    Some((look.clock)(entry.at).short(&look.today))
}

/// Within this time the same person goes on without avatar and name.
const GROUP_GAP: Duration = Duration::from_secs(5 * 60);
