//! The timeline's rows as Slint asks for them: one at a time, made when it comes into sight.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use keyroom_view::{Row, RowChange};
use slint::{Model, ModelNotify, ModelTracker};

use crate::emoji::Shown;
use crate::present;
use crate::ui::{self, TimelineRow};

/// The paged window of rows that the view keeps up to date.
pub struct Rows {
    rows: RefCell<VecDeque<Row>>,
    notify: ModelNotify,
    map_emoji: bool,
    /// The first row's place. A row keeps its place when others come and go before it, so what Slint says of a row
    /// is right even while Slint has not yet seen the newest change.
    first: Cell<i32>,
}

impl Rows {
    /// No rows. With `map_emoji` the text is changed so that the outline font can draw all of it.
    pub fn new(map_emoji: bool) -> Self {
        Self { rows: RefCell::default(), notify: ModelNotify::default(), map_emoji, first: Cell::new(0) }
    }

    /// Takes one step. Rows in sight stay where they are: Slint keeps its place when told what came and went.
    pub fn apply(&self, change: RowChange) {
        let mut rows = self.rows.borrow_mut();
        match change {
            RowChange::Reset(new) => {
                *rows = new.into();
                drop(rows);
                self.notify.reset();
            }
            RowChange::Append(new) => {
                let (at, count) = (rows.len(), new.len());
                rows.extend(new);
                drop(rows);
                self.notify.row_added(at, count);
            }
            RowChange::Prepend(new) => {
                let count = new.len();
                self.first.set(self.first.get() - places(count));
                new.into_iter().rev().for_each(|row| rows.push_front(row));
                drop(rows);
                // One by one: Slint 1.18 takes more rows than it has above the first in sight for rows in sight.
                (0..count).for_each(|_| self.notify.row_added(0, 1));
            }
            RowChange::DropFront(count) => {
                let count = count.min(rows.len());
                self.first.set(self.first.get() + places(count));
                rows.drain(..count);
                drop(rows);
                self.notify.row_removed(0, count);
            }
            RowChange::DropBack(count) => {
                let left = rows.len().saturating_sub(count);
                let count = rows.len() - left;
                rows.truncate(left);
                drop(rows);
                self.notify.row_removed(left, count);
            }
            RowChange::Update(at, row) => {
                let Some(place) = rows.get_mut(at) else { return };
                *place = row;
                drop(rows);
                self.notify.row_changed(at);
            }
            RowChange::Insert(at, row) => {
                let at = at.min(rows.len());
                rows.insert(at, row);
                drop(rows);
                self.notify.row_added(at, 1);
            }
            RowChange::Remove(at) => {
                if rows.remove(at).is_none() {
                    return;
                }
                drop(rows);
                self.notify.row_removed(at, 1);
            }
        }
    }

    /// The row at this place as the view has it.
    pub fn row(&self, place: i32) -> Option<Row> {
        self.rows.borrow().get(self.index(place)?).cloned()
    }

    /// The number, from the beginning of the rows held, of the row at this place.
    pub fn index(&self, place: i32) -> Option<usize> {
        let index = usize::try_from(place.checked_sub(self.first.get())?).ok()?;
        (index < self.row_count()).then_some(index)
    }

    /// The place of the row with this number.
    pub fn place(&self, index: usize) -> i32 {
        self.first.get().saturating_add(places(index))
    }

    /// The part of a message's text that the byte offsets of a selection in its shown text stand for.
    pub fn selected(&self, place: i32, from: usize, to: usize) -> Option<String> {
        match self.rows.borrow().get(self.index(place)?)? {
            Row::Message(message) => {
                let shown = self.shown(&message.text);
                message
                    .text
                    .get(shown.original(from.min(to))..shown.original(from.max(to)))
                    .map(str::to_owned)
            }
            _ => None,
        }
    }

    fn shown(&self, text: &str) -> Shown {
        if self.map_emoji { Shown::outlined(text) } else { Shown::same(text) }
    }
}

impl Model for Rows {
    type Data = TimelineRow;

    fn row_count(&self) -> usize {
        self.rows.borrow().len()
    }

    fn row_data(&self, index: usize) -> Option<TimelineRow> {
        self.rows.borrow().get(index).map(|row| ui::TimelineRow {
            place: self.place(index),
            ..present::row(row, |text| self.shown(text).text)
        })
    }

    fn model_tracker(&self) -> &dyn ModelTracker {
        &self.notify
    }
}

fn places(rows: usize) -> i32 {
    i32::try_from(rows).unwrap_or(i32::MAX)
}
