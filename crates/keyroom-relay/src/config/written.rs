//! Where in its file each key stands, so that what is wrong can be said with its line.

use std::collections::BTreeMap;

use toml::de::{DeTable, DeValue};

use super::parse::line_of;

/// The lines of a configuration's keys. Empty for one that came from no file.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Written {
    file: String,
    lines: BTreeMap<String, usize>,
}

impl Written {
    pub(super) fn read(text: &str, file: &str) -> Self {
        let mut lines = BTreeMap::new();
        // Only called for what was read already.
        if let Ok(table) = DeTable::parse(text) {
            note(text, "", table.get_ref(), &mut lines);
        }
        if lines.is_empty() { Self::default() } else { Self { file: file.to_owned(), lines } }
    }

    /// The value of this key came from elsewhere after all, such as the command line.
    pub fn forget(&mut self, key: &str) {
        self.lines.remove(key);
    }

    /// Whether the file has it. Those of the quotas are called `quotas.links`.
    pub(super) fn has(&self, key: &str) -> bool {
        self.lines.contains_key(key)
    }

    /// A sentence about this key, with file and line where it has some.
    pub(super) fn at(&self, key: &str, what: &str) -> String {
        match self.lines.get(key) {
            Some(line) => format!("{}, line {line}: {what}", self.file),
            None => what.to_owned(),
        }
    }
}

fn note(text: &str, prefix: &str, table: &DeTable<'_>, lines: &mut BTreeMap<String, usize>) {
    for (key, value) in table {
        let name = format!("{prefix}{}", key.get_ref());
        if let DeValue::Table(inner) = value.get_ref() {
            note(text, &format!("{name}."), inner, lines);
        }
        lines.insert(name, line_of(text, key.span().start));
    }
}
