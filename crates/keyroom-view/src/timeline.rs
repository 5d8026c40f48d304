//! A window of rows over a timeline of any length.
//!
//! The rows of an entry depend on it and on the entry before it, never on where the window begins: so rows that
//! come and go at the edges leave all others as they are, and a face can apply small changes to its model. At
//! most [`MAX_ENTRIES`] entries are held (attack matrix row 27: a flood costs no memory here).

use std::collections::{BTreeSet, VecDeque};

use keyroom_client::{Details, Entry, History, HistoryError, PeerId, Position, RoomId};
use keyroom_types::text;

use crate::clock::{LocalClock, LocalTime};
use crate::input::RoomKind;
use crate::markup::Link;
use crate::room::People;
use crate::row::{Row, RowChange};

mod build;
pub(crate) mod shown;
use build::Head;

/// What rows are made with.
pub(crate) struct Look<'a> {
    pub(crate) history: &'a dyn History,
    pub(crate) clock: &'a LocalClock,
    pub(crate) today: LocalTime,
    pub(crate) people: &'a People,
    pub(crate) me: &'a str,
    pub(crate) kind: RoomKind,
    /// Whether nothing is sent now, whatever waits.
    pub(crate) held: bool,
}

impl Look<'_> {
    /// A person's name, safe to show: also of somebody who left before this process began.
    fn name(&self, room: RoomId, peer: PeerId) -> String {
        let known = self.people.get(peer).is_some();
        let left = if known { None } else { self.history.person(room, peer).ok().flatten() };
        match left {
            Some(person) => text::one_line(person.label.as_str()).into_owned(),
            None => self.people.name(peer),
        }
    }
}

/// The rows of one room around what its reader looks at.
#[derive(Debug)]
pub(crate) struct Timeline {
    room: RoomId,
    /// Entries `first..first + items.len()`.
    items: VecDeque<Item>,
    first: u64,
    /// Entries of the room, as far as it is known.
    len: u64,
    /// Whether the end stays in sight as the timeline grows.
    follow: bool,
    /// First entry in sight.
    anchor: Option<u64>,
    /// The first entry that was new when the reader came.
    divider: Option<u64>,
    /// Long entries that are shown whole.
    whole: BTreeSet<u64>,
    /// Entries whose earlier texts are shown.
    earlier: BTreeSet<u64>,
    failed: bool,
    changes: Vec<RowChange>,
}

/// One entry in the window.
#[derive(Debug)]
struct Item {
    head: Head,
    /// A day line and an unread line where they belong, then the entry itself.
    rows: Vec<Row>,
}

impl Timeline {
    /// The end of a room's timeline, or the entries around `at`.
    pub(crate) fn open(look: &Look<'_>, room: RoomId, at: Option<u64>, divider: Option<u64>) -> Self {
        let mut timeline = Self {
            room,
            items: VecDeque::new(),
            first: 0,
            len: 0,
            follow: at.is_none(),
            anchor: at,
            divider,
            whole: BTreeSet::new(),
            earlier: BTreeSet::new(),
            failed: false,
            changes: Vec::new(),
        };
        timeline.len = timeline.ask(look.history.len(room)).unwrap_or(0);
        timeline.fill(look, at);
        timeline
    }

    /// Row changes since the last call, in order.
    pub(crate) fn take_changes(&mut self) -> Vec<RowChange> {
        std::mem::take(&mut self.changes)
    }

    /// All rows of the window.
    pub(crate) fn rows(&self) -> Vec<Row> {
        self.items.iter().flat_map(|item| item.rows.iter().cloned()).collect()
    }

    /// How many rows the window has.
    pub(crate) fn row_count(&self) -> usize {
        self.items.iter().map(|item| item.rows.len()).sum()
    }

    /// Whether the room's newest entry is in sight and stays so.
    pub(crate) fn follows(&self) -> bool {
        self.follow
    }

    /// First entry in sight, for who comes back later.
    pub(crate) fn anchor(&self) -> Option<u64> {
        if self.follow { None } else { self.anchor }
    }

    /// The room's newest entry, as far as it is known.
    pub(crate) fn last(&self) -> Option<u64> {
        self.len.checked_sub(1)
    }

    /// Whether nothing was said or happened yet.
    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether the history did not answer.
    pub(crate) fn has_failed(&self) -> bool {
        self.failed
    }

    /// The row of an entry, where it is in the window.
    pub(crate) fn row_of(&self, position: u64) -> Option<usize> {
        let at = self.place(position)?;
        Some(self.offset(at))
    }

    /// The room has `len` entries now.
    pub(crate) fn grown(&mut self, look: &Look<'_>, len: u64) {
        let (end, before) = (self.end(), self.len);
        self.len = self.len.max(len);
        let new = self.len.saturating_sub(end);
        if new == 0 || end < before {
            return;
        }
        let max = MAX_ENTRIES as u64;
        if self.follow && new > max {
            self.fill(look, None);
        } else if self.follow {
            self.append(look, new);
            self.drop_front_to(MAX_ENTRIES);
        } else {
            // Who reads further up keeps every row; what has no room is read when it comes near.
            self.append(look, new.min(max.saturating_sub(self.items.len() as u64)));
        }
    }

    /// An entry is another now.
    pub(crate) fn changed(&mut self, look: &Look<'_>, position: u64) {
        // The one behind it may go on from it, or not any more: even where only that one is in the window.
        let from = self.place(position).or_else(|| self.place(position + 1));
        if let Some(from) = from {
            let to = self.place(position + 1).map_or(from + 1, |behind| behind + 1);
            self.refresh(look, from, to);
        }
    }

    /// Names, the day or the unread line changed: looks at every entry of the window again.
    pub(crate) fn refresh_all(&mut self, look: &Look<'_>) {
        self.refresh(look, 0, self.items.len());
    }

    /// Shows a long entry whole.
    pub(crate) fn show_all(&mut self, look: &Look<'_>, position: Position) {
        if self.whole.len() < MAX_WHOLE && self.whole.insert(position.0) {
            self.changed(look, position.0);
        }
    }

    /// A link of a message in the window.
    pub(crate) fn link(&self, position: Position, place: usize) -> Option<Link> {
        let item = self.items.get(self.place(position.0)?)?;
        match item.rows.last()? {
            Row::Message(message) => message.formed.as_ref()?.links.get(place).cloned(),
            _ => None,
        }
    }

    /// Shows what an entry said before, or no longer.
    pub(crate) fn toggle_earlier(&mut self, look: &Look<'_>, position: u64) {
        if !self.earlier.remove(&position) && self.earlier.len() < MAX_WHOLE {
            self.earlier.insert(position);
        }
        self.changed(look, position);
    }

    /// Brings an entry into the window, wherever it stands; gives its row.
    pub(crate) fn go_to(&mut self, look: &Look<'_>, position: u64) -> Option<usize> {
        if self.place(position).is_none() {
            if position >= self.len {
                return None;
            }
            self.fill(look, Some(position));
        }
        self.follow = false;
        self.anchor = Some(position);
        let at = self.place(position)?;
        // The message itself, not the day line above it.
        Some(self.offset(at + 1) - 1)
    }

    /// Puts the unread line above an entry, or nowhere.
    pub(crate) fn set_divider(&mut self, look: &Look<'_>, divider: Option<u64>) {
        let old = std::mem::replace(&mut self.divider, divider);
        if old != divider {
            for position in [old, divider].into_iter().flatten() {
                self.changed(look, position);
            }
        }
    }

    /// Rows `first..=last` are in sight. Reads the next page where the reader comes near an edge.
    /// Tells the last entry in sight.
    pub(crate) fn visible(&mut self, look: &Look<'_>, first: usize, last: usize) -> Option<u64> {
        let rows = self.row_count();
        let last = last.min(rows.checked_sub(1)?);
        let first = first.min(last);
        let (top, bottom) = (self.entry_at(first), self.entry_at(last));
        let at_end = last + 1 >= rows && self.end() == self.len;
        // Rows that came in below, or a smaller window, leave the first row in sight as it was: the end is still
        // wanted then. Only who goes up stops following.
        let went_up = self.anchor.is_some_and(|anchor| top < anchor);
        self.follow = at_end || (self.follow && !went_up);
        self.anchor = Some(top);
        if last - first < MAX_ENTRIES / 2 {
            self.page(look, first, rows - 1 - last);
        }
        Some(bottom)
    }

    /// To the end, to stay there.
    pub(crate) fn jump_to_newest(&mut self, look: &Look<'_>) {
        self.follow = true;
        self.anchor = None;
        if self.end() < self.len {
            self.fill(look, None);
        } else {
            self.drop_front_to(MAX_ENTRIES);
        }
    }

    fn page(&mut self, look: &Look<'_>, above: usize, below: usize) {
        if above < MARGIN && self.first > 0 {
            self.prepend(look, PAGE.min(self.first));
            let keep = self.items.len().min(MAX_ENTRIES);
            let dropped: usize = self.items.drain(keep..).map(|item| item.rows.len()).sum();
            if dropped > 0 {
                self.follow = false;
                self.changes.push(RowChange::DropBack(dropped));
            }
        } else if below < MARGIN && self.end() < self.len {
            self.append(look, PAGE.min(self.len - self.end()));
            self.drop_front_to(MAX_ENTRIES);
        }
    }

    /// Starts the window anew at the end or around an entry.
    fn fill(&mut self, look: &Look<'_>, around: Option<u64>) {
        let first = match around {
            None => self.len.saturating_sub(PAGE * 2),
            Some(at) => at.min(self.len).saturating_sub(PAGE),
        };
        self.items.clear();
        self.first = first;
        let count = (self.len - first).min(PAGE * 2);
        self.items = self.read(look, first, count, None);
        self.changes.clear();
        self.changes.push(RowChange::Reset(self.rows()));
    }

    fn append(&mut self, look: &Look<'_>, count: u64) {
        let items = self.read(look, self.end(), count, self.items.back().map(|item| item.head));
        if !items.is_empty() {
            let rows = items.iter().flat_map(|item| item.rows.iter().cloned()).collect();
            self.changes.push(RowChange::Append(rows));
            self.items.extend(items);
        }
    }

    fn prepend(&mut self, look: &Look<'_>, count: u64) {
        let first = self.first - count;
        let items = self.read(look, first, count, None);
        // A hole would shift every entry behind it, so a page that is not whole is not taken.
        if items.len() as u64 == count {
            let rows = items.iter().flat_map(|item| item.rows.iter().cloned()).collect();
            self.changes.push(RowChange::Prepend(rows));
            self.first = first;
            for item in items.into_iter().rev() {
                self.items.push_front(item);
            }
        }
    }

    fn drop_front_to(&mut self, keep: usize) {
        let drop = self.items.len().saturating_sub(keep);
        let rows: usize = self.items.drain(..drop).map(|item| item.rows.len()).sum();
        if rows > 0 {
            self.first += drop as u64;
            self.changes.push(RowChange::DropFront(rows));
        }
    }

    /// Rebuilds the items at `from..to` and tells what became different.
    fn refresh(&mut self, look: &Look<'_>, from: usize, to: usize) {
        let before = from.checked_sub(1).and_then(|at| self.items.get(at)).map(|item| item.head);
        let new = self.read(look, self.first + from as u64, (to - from) as u64, before);
        let mut row = self.offset(from);
        for (item, new) in self.items.range_mut(from..to).zip(new) {
            tell(&mut self.changes, row, &item.rows, &new.rows);
            row += new.rows.len();
            *item = new;
        }
    }

    /// Reads entries and makes their rows. `before` is the head of the entry before the first, where it is known.
    fn read(&mut self, look: &Look<'_>, first: u64, count: u64, before: Option<Head>) -> VecDeque<Item> {
        let mut before = before.or_else(|| {
            let entries = self.entries(look, first.checked_sub(1)?, 1);
            entries.first().map(|entry| Head::of(entry, look))
        });
        let mut items = VecDeque::new();
        let mut next = first;
        while next < first + count {
            let entries = self.entries(look, next, PAGE.min(first + count - next));
            if entries.is_empty() {
                break;
            }
            let mut details = self.details(look, next, entries.len()).into_iter();
            next += entries.len() as u64;
            for entry in entries {
                let position = entry.position.0;
                let marks = build::Marks {
                    unread: self.divider == Some(position),
                    whole: self.whole.contains(&position),
                    earlier: self.earlier.contains(&position),
                };
                let head = Head::of(&entry, look);
                let details = details.next().unwrap_or_default();
                let rows = build::rows(look, self.room, &entry, &details, before, marks);
                items.push_back(Item { head, rows });
                before = Some(head);
            }
        }
        items
    }

    fn entries(&mut self, look: &Look<'_>, from: u64, at_most: u64) -> Vec<Entry> {
        let at_most = usize::try_from(at_most).unwrap_or(MAX_ENTRIES);
        let page = look.history.page(self.room, Position(from), at_most);
        self.ask(page).unwrap_or_default()
    }

    /// What belongs to the messages of a page. A Fernet room has nothing of the kind.
    fn details(&mut self, look: &Look<'_>, from: u64, count: usize) -> Vec<Details> {
        if look.kind == RoomKind::Fernet {
            return Vec::new();
        }
        let details = look.history.details_page(self.room, Position(from), count);
        self.ask(details).unwrap_or_default()
    }

    fn ask<T>(&mut self, answer: Result<T, HistoryError>) -> Option<T> {
        self.failed = answer.is_err();
        answer.ok()
    }

    fn end(&self) -> u64 {
        self.first + self.items.len() as u64
    }

    fn place(&self, position: u64) -> Option<usize> {
        let at = usize::try_from(position.checked_sub(self.first)?).ok()?;
        (at < self.items.len()).then_some(at)
    }

    fn offset(&self, item: usize) -> usize {
        self.items.iter().take(item).map(|item| item.rows.len()).sum()
    }

    fn entry_at(&self, row: usize) -> u64 {
        let mut end = 0;
        let at = self.items.iter().position(|item| {
            end += item.rows.len();
            row < end
        });
        self.first + at.unwrap_or(self.items.len().saturating_sub(1)) as u64
    }
}

/// Tells how the rows of one entry, which begin at `row`, became others.
fn tell(changes: &mut Vec<RowChange>, row: usize, old: &[Row], new: &[Row]) {
    let (Some((old_body, old_lead)), Some((new_body, new_lead))) = (old.split_last(), new.split_last())
    else {
        return;
    };
    if old_lead.len() == new_lead.len() {
        for (at, (old, new)) in old_lead.iter().zip(new_lead).enumerate() {
            if old != new {
                changes.push(RowChange::Update(row + at, new.clone()));
            }
        }
    } else {
        changes.extend(old_lead.iter().map(|_| RowChange::Remove(row)));
        changes.extend(new_lead.iter().enumerate().map(|(at, new)| RowChange::Insert(row + at, new.clone())));
    }
    if old_body != new_body {
        changes.push(RowChange::Update(row + new_lead.len(), new_body.clone()));
    }
}

/// Entries held at most. Each has at most three rows, nearly all have one.
pub(crate) const MAX_ENTRIES: usize = 1_500;
/// Entries that are read at once.
const PAGE: u64 = 250;
/// Rows beyond what is in sight, below which the next page is read.
const MARGIN: usize = 120;
/// Long entries that can be shown whole at once.
const MAX_WHOLE: usize = 50;

#[cfg(test)]
mod tests;
