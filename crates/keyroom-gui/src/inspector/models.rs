//! Rows of bytes and of fields as Slint asks for them: one at a time, made when it comes into sight.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use keyroom_client::inspect::FieldKind;
use keyroom_view::{Bytes, HexRow, PartRow};
use slint::{Model, ModelNotify, ModelRc, ModelTracker, VecModel};

use crate::ui;

/// What the inspector shows that is made row by row.
#[derive(Default)]
pub(crate) struct Look {
    pub(crate) message: Rc<HexLines>,
    pub(crate) parts: Rc<Parts>,
    pub(crate) lab: Rc<HexLines>,
    pub(crate) fernet: Rc<HexLines>,
    pub(crate) sealed: Rc<HexLines>,
    /// The bytes of the message that are shown.
    pub(crate) shown: RefCell<Option<Bytes>>,
}

impl Look {
    /// Nothing is looked at any more.
    pub(crate) fn forget(&self) {
        [&self.message, &self.lab, &self.fernet, &self.sealed].into_iter().for_each(|lines| lines.show(None));
        self.parts.show(None);
        *self.shown.borrow_mut() = None;
    }

    /// So many bytes stand in a row of these now.
    pub(crate) fn fit(&self, of: ui::HexOf, columns: usize) {
        match of {
            ui::HexOf::Message => self.message.fit(columns),
            ui::HexOf::Lab => self.lab.fit(columns),
            ui::HexOf::Fernet => self.fernet.fit(columns),
            ui::HexOf::Sealed => self.sealed.fit(columns),
        }
    }

    /// The field before or behind that one, among those that are shown.
    pub(crate) fn next_leaf(&self, now: Option<usize>, by: i32) -> Option<usize> {
        let shown = self.shown.borrow();
        let bytes = shown.as_ref()?;
        let range = bytes.range();
        let (first, last) = (bytes.leaf_at(range.start)?, bytes.leaf_at(range.end.checked_sub(1)?)?);
        let step = isize::try_from(by).unwrap_or(0);
        Some(now.map_or(first, |now| now.saturating_add_signed(step).clamp(first, last)))
    }
}

/// Bytes in rows as wide as there is room for.
pub(crate) struct HexLines {
    bytes: RefCell<Option<Bytes>>,
    columns: Cell<usize>,
    notify: ModelNotify,
}

impl Default for HexLines {
    fn default() -> Self {
        Self { bytes: RefCell::default(), columns: Cell::new(COLUMNS), notify: ModelNotify::default() }
    }
}

impl HexLines {
    /// Shows these bytes; the same again change nothing.
    pub(crate) fn show(&self, bytes: Option<Bytes>) {
        if *self.bytes.borrow() != bytes {
            *self.bytes.borrow_mut() = bytes;
            self.notify.reset();
        }
    }

    /// So many bytes stand in a row now.
    pub(crate) fn fit(&self, columns: usize) {
        if self.columns.replace(columns) != columns {
            self.notify.reset();
        }
    }
}

impl Model for HexLines {
    type Data = ui::HexLine;

    fn row_count(&self) -> usize {
        self.bytes.borrow().as_ref().map_or(0, |bytes| bytes.rows(self.columns.get()))
    }

    fn row_data(&self, index: usize) -> Option<ui::HexLine> {
        self.bytes.borrow().as_ref()?.row(index, self.columns.get()).map(line)
    }

    fn model_tracker(&self) -> &dyn ModelTracker {
        &self.notify
    }
}

/// Fields, each before its parts.
#[derive(Default)]
pub(crate) struct Parts {
    bytes: RefCell<Option<Bytes>>,
    notify: ModelNotify,
}

impl Parts {
    /// Shows these; the same again change nothing.
    pub(crate) fn show(&self, bytes: Option<Bytes>) {
        if *self.bytes.borrow() != bytes {
            *self.bytes.borrow_mut() = bytes;
            self.notify.reset();
        }
    }
}

impl Model for Parts {
    type Data = ui::PartText;

    fn row_count(&self) -> usize {
        self.bytes.borrow().as_ref().map_or(0, Bytes::parts)
    }

    fn row_data(&self, index: usize) -> Option<ui::PartText> {
        self.bytes.borrow().as_ref()?.part(index).map(part)
    }

    fn model_tracker(&self) -> &dyn ModelTracker {
        &self.notify
    }
}

/// The first rows of these bytes, for a picture.
pub(crate) fn lines(bytes: &Bytes, columns: usize, rows: usize) -> ModelRc<ui::HexLine> {
    let rows = (0..rows).map_while(|index| bytes.row(index, columns).map(line));
    ModelRc::new(VecModel::from(rows.collect::<Vec<_>>()))
}

fn line(row: HexRow) -> ui::HexLine {
    let runs = row.runs.into_iter().map(|run| ui::HexRun {
        leaf: whole(run.leaf),
        kind: kind(run.kind),
        column: whole(run.column),
        count: whole(run.count),
        hex: run.hex.into(),
        text: run.text.into(),
    });
    ui::HexLine {
        at: whole(row.at),
        offset: row.offset.into(),
        runs: ModelRc::new(VecModel::from(runs.collect::<Vec<_>>())),
        spoken: row.spoken.into(),
    }
}

/// A field as Slint has it.
pub(crate) fn part(row: PartRow) -> ui::PartText {
    ui::PartText {
        kind: kind(row.kind),
        letter: row.kind.letter().to_string().into(),
        name: row.name.into(),
        meaning: row.meaning.into(),
        value: row.value.into(),
        source: row.source.into(),
        place: row.place.into(),
        depth: whole(row.depth.min(DEEPEST)),
        leaf: whole(row.leaf),
        leaves: whole(row.leaves),
        opens: row.opens,
        spoken: row.spoken.into(),
    }
}

/// Its place among the colours.
pub(crate) fn kind(kind: FieldKind) -> i32 {
    FieldKind::ALL.iter().position(|other| *other == kind).map_or(0, whole)
}

pub(crate) fn whole(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// Until the window says how many there is room for.
const COLUMNS: usize = 16;
/// Fields are not moved further to the right than so many steps.
const DEEPEST: usize = 6;
