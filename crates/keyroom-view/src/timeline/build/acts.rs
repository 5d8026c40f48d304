//! What was done about a message: what it answers, whether it was changed or withdrawn, reactions, whose devices have it.
//!
//! Attack matrix rows 22, 23 and 27: quotes, earlier texts and reactions are others' text, too, and bounded.

use keyroom_client::{Body, Details, Message, MessageState, Position, RoomId, Sender};

use super::super::{Look, shown};
use super::Marks;
use crate::row::{MessageRow, Quote, ReactionChip};
use crate::screen::Tone;
use crate::words;

/// The row with what belongs to its message.
pub(super) fn with(
    look: &Look<'_>,
    room: RoomId,
    row: MessageRow,
    said: &Message,
    details: &Details,
    marks: Marks,
) -> MessageRow {
    let mut row = row;
    row.quote = details.reply.map(|of| quote(look, room, of));
    if details.gone {
        row.text = words::GONE_LINE.text().into();
        (row.formed, row.names_me) = (None, false);
        (row.gone, row.rtl, row.cut, row.retry) = (true, false, false, false);
    } else if details.edited {
        row.edited = words::EDITED.to_owned();
        if marks.earlier {
            row.earlier =
                details.earlier.iter().rev().take(MOST_EARLIER).rev().map(|e| before(look, e)).collect();
        }
    }
    if details.unsaid {
        row.state = words::CHANGE_UNSAID.to_owned();
        row.tone = Tone::Quiet;
    } else if said.state == MessageState::Delivered && !details.seen_by.is_empty() {
        row.state = words::delivered_to(details.seen_by.len());
        let names: Vec<String> =
            details.seen_by.iter().take(MOST_NAMES).map(|peer| look.people.name(*peer)).collect();
        row.reached = words::delivered_to_names(&names, details.seen_by.len());
    }
    row.reactions = reactions(look, details);
    row
}

fn before(look: &Look<'_>, earlier: &keyroom_client::EarlierText) -> String {
    let until = (look.clock)(earlier.until).short(&look.today);
    words::said_until(&until, &shown::message(&earlier.text, false).text)
}

fn quote(look: &Look<'_>, room: RoomId, of: Option<Position>) -> Quote {
    let entry = of.and_then(|of| look.history.page(room, of, 1).ok()?.into_iter().next());
    match entry.map(|entry| (entry.position, entry.body)) {
        Some((position, Body::Message(message))) => {
            let gone = look.history.details(room, position).is_ok_and(|details| details.gone);
            Quote {
                position: Some(position),
                author: match message.from {
                    Sender::Me => look.me.to_owned(),
                    Sender::Peer(peer) => look.name(room, peer),
                },
                text: if gone {
                    words::WITHDRAWN.to_owned()
                } else {
                    shown::line(&message.text, look.people.names())
                },
            }
        }
        _ => Quote {
            position: None,
            author: words::SOMEBODY.to_owned(),
            text: words::NOT_KNOWN_HERE.to_owned(),
        },
    }
}

/// One chip for each emoji, in the order in which they came.
fn reactions(look: &Look<'_>, details: &Details) -> Vec<ReactionChip> {
    let mut chips: Vec<(ReactionChip, Vec<String>)> = Vec::new();
    for reaction in &details.reactions {
        let emoji = shown::emoji(&reaction.emoji);
        let mine = reaction.by == Sender::Me;
        let name = match reaction.by {
            Sender::Me => words::YOU.to_owned(),
            Sender::Peer(peer) => look.people.name(peer),
        };
        if let Some((chip, names)) = chips.iter_mut().find(|(chip, _)| chip.emoji == emoji) {
            chip.count += 1;
            chip.mine |= mine;
            names.push(name);
        } else if chips.len() < MOST_REACTIONS {
            chips.push((ReactionChip { emoji, count: 1, mine, who: String::new() }, vec![name]));
        }
    }
    let named = |(chip, names): (ReactionChip, Vec<String>)| {
        let first = names.get(..MOST_NAMES.min(names.len())).unwrap_or_default();
        ReactionChip { who: words::reacted(&chip.emoji, first, names.len()), ..chip }
    };
    chips.into_iter().map(named).collect()
}

/// Different emoji that are shown beside one message.
const MOST_REACTIONS: usize = 12;
/// Names that are said before the rest is counted.
const MOST_NAMES: usize = 6;
/// Earlier texts that are shown of one message: the newest.
const MOST_EARLIER: usize = 10;
