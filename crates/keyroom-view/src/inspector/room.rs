//! Why a room is private: who could see what, the session, the tree, the epochs.

use std::time::{Duration, SystemTime};

use keyroom_client::inspect::report::Clock;
use keyroom_client::inspect::{EpochChange, MEMBERS, RoomReport, RoomState, Seat, Sees, Sight, who_sees};

use super::shown::{EpochLine, RoomPage, SessionLine, SightCell, SightView, TreeNode};
use super::state::Slot;
use crate::screen::Tone;
use crate::words;

/// A Fernet room: nothing of it depends on how it stands.
pub(crate) fn fernet() -> RoomPage {
    RoomPage {
        who: who_sees(&RoomState::Fernet).iter().map(sight).collect(),
        note: words::FERNET_ONE_KEY.to_owned(),
        ..RoomPage::default()
    }
}

/// A sealed room, as soon as it was looked at.
pub(crate) fn sealed(report: &Slot<Box<RoomReport>>, clock: Clock<'_>) -> RoomPage {
    let waits = |words: &str| RoomPage { waits: words.to_owned(), ..RoomPage::default() };
    match report {
        Slot::Empty | Slot::Asked => waits(words::LOOKING_AT.text()),
        Slot::Failed(why) => waits(why),
        Slot::Here(report) => reported(report, clock),
    }
}

fn reported(report: &RoomReport, clock: Clock<'_>) -> RoomPage {
    let connected = &report.connected;
    let code = connected.code.as_ref().map(ToString::to_string);
    let healed = if connected.healed_ms == 0 { String::new() } else { at(connected.healed_ms, clock) };
    let session = [
        words::connection(connected.session.as_ref()),
        words::recognised(&connected.pins),
        words::suite(connected.suite),
        words::epoch(connected.epoch),
        words::healed(&healed),
        words::doors(connected.doors, connected.approval),
    ];
    let session = session.into_iter().chain(code.as_deref().map(words::code_to_compare));
    RoomPage {
        waits: String::new(),
        who: report.who.iter().map(sight).collect(),
        session: session
            .map(|(name, value, tip)| SessionLine { name: name.to_owned(), value, tip: tip.to_owned() })
            .collect(),
        tree: tree(&report.tree, &report.seats),
        tree_more: match report.tree.len().saturating_sub(MOST_NODES) {
            0 => String::new(),
            nodes => words::more_places(nodes.div_ceil(2)),
        },
        epochs: report.epochs.iter().rev().take(MOST_EPOCHS).map(|change| epoch(change, clock)).collect(),
        note: if report.epochs.is_empty() { words::NO_EPOCHS.to_owned() } else { String::new() },
    }
}

fn sight(sight: &Sight) -> SightView {
    let all = [sight.earlier, sight.texts, sight.authors, sight.members, sight.times, sight.sizes];
    let insider = sight.who == MEMBERS;
    let cell = |sees: &Sees| SightCell {
        text: words::sees(*sees),
        tone: match sees {
            Sees::No => Tone::Good,
            Sees::Yes if !insider => Tone::Warning,
            Sees::Yes | Sees::Partly(_) => Tone::Quiet,
        },
    };
    let spoken = words::SIGHTS.iter().zip(all).map(|(what, sees)| words::sees_spoken(what, sees));
    let spoken: Vec<String> = spoken.collect();
    let (who, why) = (words::phrase(sight.who), words::sentence(&sight.why));
    SightView {
        who: words::capital(who),
        cells: all.iter().map(cell).collect(),
        spoken: format!("{who}. {}. {why}", spoken.join("; ")),
        why,
    }
}

/// The nodes in the order of RFC 9420's appendix C, which is that of their rows when the tree lies on its side.
fn tree(nodes: &[bool], seats: &[Seat]) -> Vec<TreeNode> {
    let root = (nodes.len() + 1).ilog2().saturating_sub(1) as usize;
    let node = |(place, has_key): (usize, &bool)| {
        let level = place.trailing_ones() as usize;
        let leaf = level == 0;
        let seat = seats.iter().find(|seat| leaf && seat.leaf as usize == place / 2);
        let name = match seat {
            Some(seat) => words::seat(&seat.name, seat.leaf, seat.entrance, seat.admin, seat.me),
            None if leaf => words::EMPTY_PLACE.to_owned(),
            None if level == root => words::ROOT.to_owned(),
            None => String::new(),
        };
        TreeNode {
            depth: root.saturating_sub(level),
            parent: (level < root).then(|| parent(place, level)).filter(|&parent| parent < MOST_NODES),
            has_key: *has_key,
            leaf,
            spoken: words::node(&name, *has_key),
            name,
            me: seat.is_some_and(|seat| seat.me),
        }
    };
    nodes.iter().enumerate().take(MOST_NODES).map(node).collect()
}

/// `parent_step` of the appendix.
fn parent(place: usize, level: usize) -> usize {
    let bit = (place >> (level + 1)) & 1;
    (place | (1 << level)) ^ (bit << (level + 1))
}

fn epoch(change: &EpochChange, clock: Clock<'_>) -> EpochLine {
    EpochLine {
        epoch: words::epoch_number(change.epoch),
        at: at(change.at_ms, clock),
        did: words::epoch_did(change),
        removal: !change.removed.is_empty(),
    }
}

fn at(millis: u64, clock: Clock<'_>) -> String {
    let at = SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(millis)).map(clock);
    at.filter(|at| !at.is_empty()).unwrap_or_else(|| millis.to_string())
}

/// More nodes than this show no tree any more: 32 members.
const MOST_NODES: usize = 63;
/// Changes of keys that are shown; the newest first.
const MOST_EPOCHS: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 9420, appendix C, figure 31: eight leaves.
    #[test]
    fn nodes_hang_where_the_rfcs_appendix_has_them() {
        let nodes = tree(&[true; 15], &[]);
        let parents: Vec<Option<usize>> = nodes.iter().map(|node| node.parent).collect();
        let wanted = [1, 3, 1, 7, 5, 3, 5, 15, 9, 11, 9, 7, 13, 11, 13];
        let wanted = wanted.map(|parent| (parent != 15).then_some(parent));
        assert_eq!(parents, wanted);
        let depths: Vec<usize> = nodes.iter().map(|node| node.depth).collect();
        assert_eq!(depths, [3, 2, 3, 1, 3, 2, 3, 0, 3, 2, 3, 1, 3, 2, 3]);
        for node in &nodes {
            let Some(parent) = node.parent else { continue };
            assert_eq!(nodes[parent].depth + 1, node.depth);
        }
        assert_eq!(tree(&[true], &[])[0].parent, None);
        assert!(tree(&[], &[]).is_empty());
    }

    #[test]
    fn a_large_tree_is_cut_and_no_edge_leads_out_of_it() {
        let nodes = tree(&vec![true; 2_047], &[]);
        assert_eq!(nodes.len(), MOST_NODES);
        assert!(nodes.iter().all(|node| node.parent.is_none_or(|parent| parent < nodes.len())));
    }

    #[test]
    fn what_outsiders_see_is_a_warning_and_what_they_do_not_see_is_good() {
        let page = fernet();
        let row = |who: &str| page.who.iter().find(|row| row.who == who).map(|row| row.cells.clone());
        let removed = row("A removed member").expect("a row");
        assert_eq!((removed[1].text.as_str(), removed[1].tone), ("yes", Tone::Warning));
        let network = row("The network").expect("a row");
        assert_eq!((network[1].text.as_str(), network[1].tone), ("no", Tone::Good));
        assert_eq!(row("Members").expect("a row")[1].tone, Tone::Quiet);
        assert!(page.tree.is_empty() && page.session.is_empty() && !page.note.is_empty());
    }
}
