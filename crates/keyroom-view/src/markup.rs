//! What is formatted in a message, what in it is a link, and whom it names: read from the text that is shown anyway.
//!
//! A small part of Markdown, as chat programs know it: `**bold**`, `*italics*`, `` `code` ``, a block of code between
//! lines of ```` ``` ````, lists, `> quotes`; `https://` links and invites; `@Name` of who is here. Formatting is a matter
//! of the view: the text on the wire, in the history and on the clipboard stays as it was written.
//!
//! Attack matrix rows 23, 25 and 27. What is read is the safe copy of a text, with hidden characters as marks, so what a
//! person sees is what is opened. There is no markup that gives a link another text than its address, no nesting and
//! nothing is looked up. Time is linear in the text, whatever it holds: emphasis ends with its line, every character is
//! passed a bounded number of times, and blocks, links and names that are looked for have a limit. ADR 0014 says why this much.

mod blocks;
mod host;
mod inline;
mod link;
mod names;

use std::borrow::Cow;
use std::ops::Range;

pub use link::{Link, Target, WebAddress};
pub use names::Names;

use crate::timeline::shown::is_rtl;

/// What is formatted in a message.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Formed {
    /// Its parts from top to bottom; none where it is plain text, which is most often so.
    pub blocks: Vec<Block>,
    /// What can be opened in it; a [`Span`] names its place here.
    pub links: Vec<Link>,
    /// Whether it names this person.
    pub names_me: bool,
}

/// A part of a message.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Block {
    /// What it is.
    pub kind: BlockKind,
    /// Its text in pieces of one look each; line ends stand in it.
    pub spans: Vec<Span>,
    /// Whether it reads from right to left, by its first strong character (UAX #9, rules P2 and P3).
    pub rtl: bool,
}

/// What a part of a message is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum BlockKind {
    /// Lines of text.
    Paragraph,
    /// Code, exactly as it stands.
    Code,
    /// Something quoted.
    Quote,
    /// An entry of a list.
    Item {
        /// How far in, from 0.
        depth: u8,
        /// What stands before it: `•`, or the number as it was written.
        mark: String,
    },
}

/// A piece of text of one look.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Span {
    /// What it says.
    pub text: String,
    /// How it looks.
    pub style: Style,
}

/// How a piece of text looks.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Style {
    /// Bold.
    pub bold: bool,
    /// In italics.
    pub italic: bool,
    /// As code, inside a line.
    pub code: bool,
    /// The name of somebody who is here.
    pub name: bool,
    /// A link: its place in [`Formed::links`].
    pub link: Option<usize>,
}

impl Formed {
    /// Reads a text that is safe to show. `cut` says that something is left out at its end: a link that reaches there is none.
    pub fn read(text: &str, names: &Names, cut: bool) -> Self {
        let mut reader = inline::Reader::new(names, cut);
        let blocks: Vec<Block> =
            blocks::split(text).into_iter().map(|draft| formed(draft, &mut reader)).collect();
        let plain = |block: &Block| {
            block.kind == BlockKind::Paragraph
                && block.spans.iter().all(|span| span.style == Style::default())
        };
        if blocks.iter().all(plain) {
            return Self { names_me: reader.names_me, ..Self::default() };
        }
        Self { blocks, links: reader.links, names_me: reader.names_me }
    }

    /// Whether it is plain text.
    pub fn is_plain(&self) -> bool {
        self.blocks.is_empty()
    }

    /// What it says without the signs that format it, for a screen reader.
    pub fn spoken(&self) -> String {
        let mut said = String::new();
        for block in &self.blocks {
            if !said.is_empty() {
                said.push('\n');
            }
            if let BlockKind::Item { mark, .. } = &block.kind {
                said.push_str(mark);
                said.push(' ');
            }
            block.spans.iter().for_each(|span| said.push_str(&span.text));
        }
        said
    }
}

/// A piece of what a text says without the signs that format it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Said<'a> {
    /// What it says: what stands there, and behind that the host of a link, where one is shown.
    pub(crate) text: Cow<'a, str>,
    style: Style,
    /// Where in the text that stands; empty for what stands nowhere there.
    pub(crate) at: Range<usize>,
}

/// What a text says without the signs that format it, for places that show words alone. The words are those of
/// [`Formed::read`]; lines stay lines, blank ones between paragraphs go.
pub(crate) fn said<'a>(text: &'a str, names: &Names, cut: bool) -> Vec<Said<'a>> {
    let mut reader = inline::Reader::new(names, cut);
    let mut all = Vec::new();
    for draft in blocks::split(text) {
        if !all.is_empty() {
            all.push(put("\n".into()));
        }
        if let BlockKind::Item { mark, .. } = &draft.kind {
            all.push(put(format!("{mark} ").into()));
        }
        all.extend(pieces(&draft, &mut reader));
    }
    all
}

fn formed(draft: blocks::Draft<'_>, reader: &mut inline::Reader<'_>) -> Block {
    let strong = draft.lines.iter().find(|line| inline::has_strong(line.text));
    let rtl = strong.is_some_and(|line| is_rtl(line.text));
    let mut spans: Vec<Span> = Vec::new();
    for Said { text, style, .. } in pieces(&draft, reader) {
        match spans.last_mut() {
            Some(last) if last.style == style => last.text.push_str(&text),
            _ => spans.push(Span { text: text.into_owned(), style }),
        }
    }
    if spans.is_empty() && draft.kind == BlockKind::Code {
        spans.push(Span::default());
    }
    Block { kind: draft.kind, spans, rtl }
}

fn pieces<'a>(draft: &blocks::Draft<'a>, reader: &mut inline::Reader<'_>) -> Vec<Said<'a>> {
    // Laying out one endless line in many pieces is what costs time: it stays as it is.
    let endless = draft.lines.iter().any(|line| line.text.len() > MAX_LINE);
    let exact = draft.kind == BlockKind::Code || endless;
    let mut said = Vec::new();
    for (place, &line) in draft.lines.iter().enumerate() {
        if place > 0 {
            said.push(put("\n".into()));
        }
        if !exact {
            reader.line(line, &mut said);
        } else if !line.text.is_empty() {
            let at = line.at..line.at + line.text.len();
            said.push(Said { text: line.text.into(), style: Style::default(), at });
        }
    }
    said
}

/// What does not stand in the text like that.
fn put(text: Cow<'_, str>) -> Said<'_> {
    Said { text, style: Style::default(), at: 0..0 }
}

/// Bytes of a line beyond which nothing in it is formatted.
const MAX_LINE: usize = 8_000;

#[cfg(test)]
mod tests;
