//! Which text the toolkit's fields have, so that the reducer's text goes in only when it, not the person,
//! changed it: setting a field moves its cursor and ends what an input method composes.

use std::collections::HashMap;

use keyroom_client::RoomId;
use keyroom_view::{Composer, Field, TextField};
use slint::SharedString;

/// The revision of each field as it was last put into the toolkit.
#[derive(Default)]
pub(crate) struct Fields {
    seen: HashMap<Field, u64>,
    draft: Option<(RoomId, u64)>,
}

impl Fields {
    /// Puts the text in where the reducer changed it.
    pub(crate) fn put(&mut self, field: Field, from: &TextField, set: impl FnOnce(SharedString)) {
        if self.seen.insert(field, from.revision) != Some(from.revision) {
            set(SharedString::from(&*from.text));
        }
    }

    /// The same for the composer, which has a draft per room.
    pub(crate) fn put_draft(&mut self, room: RoomId, from: &Composer, set: impl FnOnce(SharedString)) {
        if self.draft.replace((room, from.revision)) != Some((room, from.revision)) {
            set(SharedString::from(&from.text));
        }
    }

    /// The next text of this field goes in whatever its revision: the form is a new one.
    pub(crate) fn forget(&mut self, field: Field) {
        self.seen.remove(&field);
    }

    /// All forms are new ones.
    pub(crate) fn forget_all(&mut self) {
        self.seen.clear();
    }
}
