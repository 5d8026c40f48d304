//! Lines into blocks: code, quotes, lists, paragraphs.

use super::BlockKind;

/// A block whose lines are not read yet.
#[derive(Debug)]
pub(super) struct Draft<'a> {
    pub(super) kind: BlockKind,
    pub(super) lines: Vec<Line<'a>>,
}

/// What a line says, and where in the text that begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    pub(super) at: usize,
    pub(super) text: &'a str,
}

impl<'a> Line<'a> {
    /// The same without what stands before `rest`, which is its end.
    fn behind(self, rest: &'a str) -> Self {
        Self { at: self.at + self.text.len() - rest.len(), text: rest }
    }
}

/// Splits a text into blocks. Beyond [`MAX_BLOCKS`] everything is one paragraph.
pub(super) fn split(text: &str) -> Vec<Draft<'_>> {
    let mut blocks: Vec<Draft<'_>> = Vec::new();
    let mut lines = lines(text);
    let mut fresh = true;
    while let Some(line) = lines.next() {
        if blocks.len() >= MAX_BLOCKS {
            let last =
                Draft { kind: BlockKind::Paragraph, lines: std::iter::once(line).chain(lines).collect() };
            blocks.push(last);
            break;
        }
        if let Some(ticks) = fence(line.text) {
            let closes = |line: &str| fence(line).is_some_and(|end| end >= ticks) && is_bare(line);
            let code = lines.by_ref().take_while(|line| !closes(line.text)).collect();
            blocks.push(Draft { kind: BlockKind::Code, lines: code });
            fresh = true;
            continue;
        }
        if line.text.trim().is_empty() {
            // A blank line parts paragraphs and quotes.
            fresh = true;
            continue;
        }
        let (kind, rest) = kind_of(line.text);
        let line = line.behind(rest);
        match blocks.last_mut() {
            Some(last) if !fresh && last.kind == kind && !matches!(kind, BlockKind::Item { .. }) => {
                last.lines.push(line);
            }
            _ => blocks.push(Draft { kind, lines: vec![line] }),
        }
        fresh = false;
    }
    // A fence with nothing behind it, at the end: somebody wrote three signs, no code.
    blocks.retain(|block| !(block.kind == BlockKind::Code && block.lines.is_empty()));
    blocks
}

fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    let mut next = 0;
    text.split('\n').map(move |text| {
        let at = next;
        next += text.len() + 1;
        Line { at, text }
    })
}

/// What a line is, and what it says behind the sign for that.
fn kind_of(line: &str) -> (BlockKind, &str) {
    let inner = line.trim_start_matches([' ', '\t']);
    let depth = depth(line, inner);
    if let Some(rest) = inner.strip_prefix('>') {
        return (BlockKind::Quote, rest.strip_prefix(' ').unwrap_or(rest));
    }
    if let Some(rest) = inner.strip_prefix(['-', '*', '+', '•']).and_then(entry) {
        return (BlockKind::Item { depth, mark: "•".to_owned() }, rest);
    }
    let digits = inner.bytes().take(MAX_DIGITS + 1).take_while(u8::is_ascii_digit).count();
    if (1..=MAX_DIGITS).contains(&digits)
        && let Some(rest) = inner[digits..].strip_prefix(['.', ')']).and_then(entry)
    {
        return (BlockKind::Item { depth, mark: inner[..=digits].to_owned() }, rest);
    }
    (BlockKind::Paragraph, line)
}

/// What an entry says; the sign of a list has a space behind it and something behind that.
fn entry(rest: &str) -> Option<&str> {
    let said = rest.strip_prefix(' ')?.trim_start_matches([' ', '\t']);
    (!said.is_empty()).then_some(said)
}

/// How far in an entry stands: two spaces or a tab are one step.
fn depth(line: &str, inner: &str) -> u8 {
    let before = line.len() - inner.len();
    let tabs = line.bytes().take(before).filter(|&byte| byte == b'\t').count();
    u8::try_from((before - tabs) / 2 + tabs).unwrap_or(MAX_DEPTH).min(MAX_DEPTH)
}

/// How many backticks begin a line, where they can begin or end code: three at least.
fn fence(line: &str) -> Option<usize> {
    let inner = line.trim_start_matches(' ');
    let ticks = inner.bytes().take_while(|&byte| byte == b'`').count();
    (ticks >= 3 && line.len() - inner.len() <= 3 && !inner[ticks..].contains('`')).then_some(ticks)
}

/// Whether a fence has nothing behind it.
fn is_bare(line: &str) -> bool {
    line.trim().bytes().all(|byte| byte == b'`')
}

/// Blocks of one message.
pub(super) const MAX_BLOCKS: usize = 120;
/// Digits of a number before an entry.
const MAX_DIGITS: usize = 4;
/// How far in an entry can stand.
const MAX_DEPTH: u8 = 3;
