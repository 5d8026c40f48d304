//! A formatted message for the toolkit, which takes styled text only as Markdown: one block at a time, written from the pieces
//! that the view found, with every sign of their text escaped.
//!
//! Attack matrix row 25. What the toolkit's parser reads is exactly what is written here, whatever the text holds: each line
//! begins with a character that begins nothing, each sign is behind a backslash, and a link is a number. A property test
//! compares what the parser made of it with the pieces.

use std::fmt::Write as _;

use keyroom_view::markup::{Block, BlockKind, Formed, Span, Style};
use slint::{ModelRc, StyledText};

use super::list;
use crate::ui;

/// The blocks of a message; `shown` maps a text to what the renderer can draw.
pub(super) fn blocks(formed: &Formed, shown: &impl Fn(&str) -> String) -> ModelRc<ui::TextBlock> {
    let mut before = None;
    list(formed.blocks.iter().map(|block| {
        let item = matches!(block.kind, BlockKind::Item { .. });
        let drawn = ui::TextBlock {
            first: before.is_none(),
            close: item && before == Some(true),
            rtl: block.rtl,
            linked: block.spans.iter().any(|span| span.style.link.is_some()),
            ..kind(block, shown)
        };
        before = Some(item);
        drawn
    }))
}

/// The link that a click names.
pub(crate) fn link(target: &str) -> Option<usize> {
    target.strip_prefix(LINK)?.parse().ok()
}

fn kind(block: &Block, shown: &impl Fn(&str) -> String) -> ui::TextBlock {
    let lines = |kind| ui::TextBlock { kind, styled: styled(&block.spans, shown), ..Default::default() };
    match &block.kind {
        BlockKind::Paragraph => lines(ui::BlockKind::Paragraph),
        BlockKind::Quote => lines(ui::BlockKind::Quote),
        BlockKind::Item { depth, mark } => ui::TextBlock {
            mark: mark.as_str().into(),
            depth: i32::from(*depth),
            ..lines(ui::BlockKind::Item)
        },
        BlockKind::Code => {
            let text: String = block.spans.iter().map(|span| shown(&span.text)).collect();
            ui::TextBlock { kind: ui::BlockKind::Code, text: text.into(), ..Default::default() }
        }
    }
}

fn styled(spans: &[Span], shown: impl Fn(&str) -> String) -> StyledText {
    let drawn = spans.iter().map(|span| (shown(&span.text), span.style));
    let written = written(drawn);
    StyledText::from_markdown(&written).unwrap_or_else(|_| {
        let text: String = spans.iter().map(|span| shown(&span.text)).collect();
        StyledText::from_plain_text(&text)
    })
}

/// The pieces as the toolkit's Markdown.
fn written(spans: impl Iterator<Item = (String, Style)>) -> String {
    let mut out = String::new();
    for (text, style) in spans {
        for (place, line) in text.split('\n').enumerate() {
            if place > 0 {
                // A blank line would end the paragraph.
                if at_start(&out) {
                    out.push(NOTHING);
                }
                out.push('\n');
            }
            if !line.is_empty() {
                piece(line, style, &mut out);
            }
        }
    }
    if at_start(&out) {
        out.push(NOTHING);
    }
    out
}

fn at_start(out: &str) -> bool {
    out.is_empty() || out.ends_with('\n')
}

/// A piece of one line. Where a letter does not stand there, something that is neither white space nor a sign stands behind an
/// opening sign, before a closing one and at the beginning of a line: then each is what it is, beside anything (CommonMark 0.31,
/// section 6.2).
fn piece(text: &str, style: Style, out: &mut String) {
    let letter =
        |ch: Option<char>| ch.is_some_and(char::is_alphanumeric) && !style.code && style.link.is_none();
    let (first, last) = (letter(text.chars().next()), letter(text.chars().next_back()));
    let sign = match (style.bold || style.name, style.italic) {
        (true, true) => "***",
        (true, false) => "**",
        (false, true) => "*",
        (false, false) => "",
    };
    // Two runs of signs would be one.
    if !sign.is_empty() && out.ends_with('*') || sign.is_empty() && style.code && out.ends_with('`') {
        out.push(NOTHING);
    }
    let start = at_start(out);
    out.push_str(sign);
    if !first && (start || !sign.is_empty()) {
        out.push(NOTHING);
    }
    if style.link.is_some() {
        out.push('[');
    }
    if style.code {
        code(text, out);
    } else {
        escaped(text, out);
    }
    if let Some(link) = style.link {
        // Writing to a string does not fail.
        let _ = write!(out, "]({LINK}{link})");
    }
    if !last && !sign.is_empty() {
        out.push(NOTHING);
    }
    out.push_str(sign);
}

/// Text in which nothing is a sign (CommonMark 0.31, section 2.4).
fn escaped(text: &str, out: &mut String) {
    for ch in text.chars() {
        match safe(ch) {
            ch if ch.is_ascii_punctuation() => out.extend(['\\', ch]),
            ch => out.push(ch),
        }
    }
}

/// Code between more backticks than it has (CommonMark 0.31, section 6.1).
fn code(text: &str, out: &mut String) {
    let longest = text.split(|ch| ch != '`').map(str::len).max().unwrap_or(0);
    let ticks = "`".repeat(longest + 1);
    // A space at each end would be taken for the one that parts code from its signs.
    let inner: String = text.chars().map(safe).map(|ch| if ch == ' ' { '\u{A0}' } else { ch }).collect();
    let pad = if inner.starts_with('`') || inner.ends_with('`') { " " } else { "" };
    out.push_str(&format!("{ticks}{pad}{inner}{pad}{ticks}"));
}

/// A character as the toolkit can take it: line ends and tabs would end the text or vanish, and one character means *put
/// something in here*.
fn safe(ch: char) -> char {
    match ch {
        '\t' => ' ',
        PLACEHOLDER => char::REPLACEMENT_CHARACTER,
        ch if ch.is_control() => char::REPLACEMENT_CHARACTER,
        ch => ch,
    }
}

/// Draws nothing, is neither white space nor a sign, and lets lines end before it. The bundled font has it, and the view never
/// shows it: it is a mark there.
const NOTHING: char = '\u{34F}';
/// What Slint 1.18 reads as the place of an argument (`i-slint-common`, `styled_text.rs`).
const PLACEHOLDER: char = '\u{E541}';
/// What a link is called, with its number behind it.
const LINK: &str = "link:";

#[cfg(test)]
mod tests;
