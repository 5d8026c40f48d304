//! Whom a text can name.

use std::collections::BTreeMap;

/// Who is in a room, as texts name them. A mention is a text like any other: it says who was meant, and proves nothing.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Names {
    /// By their first letter in lower case, longest first.
    by_start: BTreeMap<char, Vec<Name>>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
struct Name {
    lower: String,
    me: bool,
}

impl Names {
    /// The names that are given, this person's with `true`. The same name may come twice: then a text that has it names
    /// both.
    pub fn of(names: impl IntoIterator<Item = (String, bool)>) -> Self {
        let mut by_start: BTreeMap<char, Vec<Name>> = BTreeMap::new();
        for (name, me) in names {
            let lower = name.to_lowercase();
            let Some(start) = lower.chars().next() else { continue };
            let known = by_start.entry(start).or_default();
            match known.iter_mut().find(|known| known.lower == lower) {
                Some(same) => same.me |= me,
                None => known.push(Name { lower, me }),
            }
        }
        for names in by_start.values_mut() {
            names.sort_by_key(|name| std::cmp::Reverse(name.lower.len()));
        }
        Self { by_start }
    }

    /// The longest name that a text begins with: how many bytes of the text that is, and whether it is this person's. Capital
    /// letters make no difference, and no letter may follow.
    pub(super) fn find(&self, text: &str) -> Option<(usize, bool)> {
        let start = text.chars().next()?.to_lowercase().next()?;
        let names = self.by_start.get(&start)?;
        names.iter().find_map(|name| Some((length(text, &name.lower)?, name.me)))
    }
}

/// How many bytes of a text say this name.
fn length(text: &str, lower: &str) -> Option<usize> {
    let mut wanted = lower.chars();
    for (at, ch) in text.char_indices() {
        if wanted.as_str().is_empty() {
            return (!ch.is_alphanumeric()).then_some(at);
        }
        if !ch.to_lowercase().all(|ch| wanted.next() == Some(ch)) {
            return None;
        }
    }
    wanted.as_str().is_empty().then_some(text.len())
}
