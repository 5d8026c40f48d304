//! The timeline's rows as Slint asks for them: one at a time, made when it comes into sight.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use keyroom_view::{Row, RowChange};
use slint::{Model, ModelNotify, ModelTracker};

use crate::emoji::Shown;
use crate::present;
use crate::ui::TimelineRow;

/// The paged window of rows that the view keeps up to date.
pub struct Rows {
    rows: RefCell<VecDeque<Row>>,
    notify: ModelNotify,
    map_emoji: Cell<bool>,
}

impl Rows {
    /// No rows. With `map_emoji` the text is changed so that the outline font can draw all of it.
    pub fn new(map_emoji: bool) -> Self {
        Self { rows: RefCell::default(), notify: ModelNotify::default(), map_emoji: Cell::new(map_emoji) }
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
                new.into_iter().rev().for_each(|row| rows.push_front(row));
                drop(rows);
                self.notify.row_added(0, count);
            }
            RowChange::DropFront(count) => {
                let count = count.min(rows.len());
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

    /// One row as the view has it.
    pub fn row(&self, index: usize) -> Option<Row> {
        self.rows.borrow().get(index).cloned()
    }

    /// The part of a message's text that the byte offsets of a selection in its shown text stand for.
    pub fn selected(&self, index: usize, from: usize, to: usize) -> Option<String> {
        match self.rows.borrow().get(index)? {
            Row::Message(message) => {
                let shown = self.shown(&message.text);
                message.text.get(shown.original(from.min(to))..shown.original(from.max(to))).map(str::to_owned)
            }
            _ => None,
        }
    }

    fn shown(&self, text: &str) -> Shown {
        if self.map_emoji.get() { Shown::outlined(text) } else { Shown::same(text) }
    }
}

impl Model for Rows {
    type Data = TimelineRow;

    fn row_count(&self) -> usize {
        self.rows.borrow().len()
    }

    fn row_data(&self, index: usize) -> Option<TimelineRow> {
        self.rows.borrow().get(index).map(|row| present::row(row, |text| self.shown(text).text))
    }

    fn model_tracker(&self) -> &dyn ModelTracker {
        &self.notify
    }
}
