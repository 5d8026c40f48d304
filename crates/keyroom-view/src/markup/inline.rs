//! What is formatted inside one line.
//!
//! Code, links and names come first, from left to right; then the stars and underlines between them are paired. An opening
//! sign stands before something and not behind a letter, a closing one behind something and not before a letter, so that
//! `2 * 3 * 4`, `snake_case` and `C:\*.*` stay as they are.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use unicode_bidi::{BidiClass, bidi_class};

use super::blocks::Line;
use super::link::{self, Link};
use super::{Names, Said, Style};

/// Reads line after line of one message.
pub(super) struct Reader<'a> {
    names: &'a Names,
    /// Whether the text is cut off at its end.
    cut: bool,
    pub(super) links: Vec<Link>,
    pub(super) names_me: bool,
    /// How many names are still looked for.
    tries: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(names: &'a Names, cut: bool) -> Self {
        Self { names, cut, links: Vec::new(), names_me: false, tries: MAX_NAMES }
    }

    /// Reads a line and adds what it says.
    pub(super) fn line<'t>(&mut self, line: Line<'t>, said: &mut Vec<Said<'t>>) {
        let text = line.text;
        let pieces = self.pieces(text);
        let changes = pair(&pieces);
        let mut changes = changes.iter().peekable();
        let mut depth = [0_u32; 2];
        for piece in pieces {
            let style = |depth: &[u32; 2]| Style { bold: depth[0] > 0, italic: depth[1] > 0, ..piece.style };
            let mut say = |at: Range<usize>, shown: Option<String>, style| {
                if !at.is_empty() {
                    let text = shown.map_or_else(|| Cow::from(&text[at.clone()]), Cow::from);
                    said.push(Said { text, style, at: line.at + at.start..line.at + at.end });
                }
            };
            if piece.run.is_none() {
                say(piece.inner, piece.shown, style(&depth));
                continue;
            }
            let mut from = piece.at.start;
            while let Some(change) = changes.next_if(|change| change.at < piece.at.end) {
                say(from..change.at, None, style(&depth));
                let count = &mut depth[usize::from(!change.bold)];
                *count = if change.on { *count + 1 } else { count.saturating_sub(1) };
                from = change.at + if change.bold { 2 } else { 1 };
            }
            say(from..piece.at.end, None, style(&depth));
        }
    }

    /// The line's pieces: code, links, names, runs of signs, and the text between them.
    fn pieces(&mut self, line: &str) -> Vec<Piece> {
        let ends = code_ends(line);
        let mut pieces = Vec::new();
        let mut text = 0;
        let mut at = 0;
        let mut before = None;
        while let Some(ch) = line[at..].chars().next() {
            let found = match ch {
                '`' => code(line, at, &ends),
                '*' | '_' => Some(run(line, at, before)),
                'h' | 'H' | 'k' | 'K' if !before.is_some_and(is_word) => self.link(line, at),
                '@' if !before.is_some_and(is_word) => self.name(line, at),
                _ => None,
            };
            let end = match found {
                Some(piece) => {
                    if text < at {
                        pieces.push(Piece::text(text..at));
                    }
                    let end = piece.at.end;
                    pieces.push(piece);
                    text = end;
                    end
                }
                // What no code ends with is passed at once.
                None if ch == '`' => at + ticks(line, at),
                None => at + ch.len_utf8(),
            };
            before = line[..end].chars().next_back();
            at = end;
        }
        if text < line.len() {
            pieces.push(Piece::text(text..line.len()));
        }
        pieces
    }

    fn link(&mut self, line: &str, at: usize) -> Option<Piece> {
        if self.links.len() >= MAX_LINKS {
            return None;
        }
        let (len, link) = link::read(&line[at..])?;
        // Whether the whole of it stands there is not known where the text is cut off behind it.
        if self.cut && line[at + len..].starts_with('…') {
            return None;
        }
        let style = Style { link: Some(self.links.len()), ..Style::default() };
        let shown = link.shown(&line[at..at + len]);
        self.links.push(link);
        Some(Piece { shown, ..Piece::of(at..at + len, style) })
    }

    fn name(&mut self, line: &str, at: usize) -> Option<Piece> {
        self.tries = self.tries.checked_sub(1)?;
        let (len, me) = self.names.find(&line[at + 1..])?;
        self.names_me |= me;
        let style = Style { name: true, ..Style::default() };
        Some(Piece::of(at..at + 1 + len, style))
    }
}

/// Whether a line has a character with a direction of its own.
pub(super) fn has_strong(line: &str) -> bool {
    line.chars().any(|ch| matches!(bidi_class(ch), BidiClass::L | BidiClass::R | BidiClass::AL))
}

struct Piece {
    at: Range<usize>,
    /// The part of it that says something.
    inner: Range<usize>,
    style: Style,
    run: Option<Run>,
    /// What is shown in place of that.
    shown: Option<String>,
}

impl Piece {
    fn of(at: Range<usize>, style: Style) -> Self {
        Self { inner: at.clone(), at, style, run: None, shown: None }
    }

    fn text(at: Range<usize>) -> Self {
        Self::of(at, Style::default())
    }
}

/// A run of stars or underlines.
#[derive(Clone, Copy)]
struct Run {
    sign: char,
    opens: bool,
    closes: bool,
}

fn run(line: &str, at: usize, before: Option<char>) -> Piece {
    let sign = if line[at..].starts_with('*') { '*' } else { '_' };
    let len = line[at..].bytes().take_while(|&byte| char::from(byte) == sign).count();
    let after = line[at + len..].chars().next();
    let some = |ch: Option<char>| ch.is_some_and(|ch| !ch.is_whitespace());
    let letter = |ch: Option<char>| ch.is_some_and(is_word);
    // Behind a backslash it is what it is, and so is what carries a mark or goes on with a chain of joined characters: those
    // would go to what stands before.
    let carries = before == Some(JOINER) || after.is_some_and(sticks);
    let meant = len <= 3 && before != Some('\\') && !carries;
    let run = Run {
        sign,
        opens: meant && some(after) && !letter(before),
        closes: meant && some(before) && !letter(after),
    };
    Piece { run: Some(run), ..Piece::text(at..at + len) }
}

/// Whether a sign beside this character stands inside a word. Writing without spaces has no such inside.
fn is_word(ch: char) -> bool {
    let spaceless = matches!(ch, '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}'
        | '\u{2E80}'..='\u{A4CF}' | '\u{AC00}'..='\u{D7AF}' | '\u{F900}'..='\u{FAFF}' | '\u{FF00}'..='\u{FFEF}' | '\u{20000}'..);
    ch.is_alphanumeric() && !spaceless
}

/// Whether a character is shown as part of the one before it.
fn sticks(ch: char) -> bool {
    ch == JOINER || matches!(ch, '\u{E0020}'..='\u{E007F}') || bidi_class(ch) == BidiClass::NSM
}

/// Where bold or italics begin or end: the sign itself is not shown.
struct Change {
    at: usize,
    bold: bool,
    on: bool,
}

/// Pairs the signs. Each opening run is put down once and taken up at most three times, so the time is linear.
fn pair(pieces: &[Piece]) -> Vec<Change> {
    struct Open {
        at: usize,
        len: usize,
        sign: char,
    }
    let mut open: Vec<Open> = Vec::new();
    // How many runs of stars and of underlines are open.
    let mut waiting = [0_usize; 2];
    let mut changes = Vec::new();
    for (piece, run) in pieces.iter().filter_map(|piece| Some((piece, piece.run?))) {
        let (mut at, end) = (piece.at.start, piece.at.end);
        let kind = usize::from(run.sign == '_');
        while run.closes && at < end && waiting[kind] > 0 {
            let Some(last) = open.last_mut() else { break };
            if last.sign != run.sign {
                // What was opened later and not closed is no sign.
                waiting[1 - kind] -= 1;
                open.pop();
                continue;
            }
            // Two signs make bold, one italics; the inner ones of both runs belong together.
            let take = if last.len >= 2 && end - at >= 2 { 2 } else { 1 };
            last.len -= take;
            changes.push(Change { at: last.at + last.len, bold: take == 2, on: true });
            changes.push(Change { at, bold: take == 2, on: false });
            at += take;
            if last.len == 0 {
                waiting[kind] -= 1;
                open.pop();
            }
        }
        if run.opens && at < end {
            open.push(Open { at, len: end - at, sign: run.sign });
            waiting[kind] += 1;
        }
    }
    changes.sort_unstable_by_key(|change| change.at);
    changes
}

/// For each run of backticks that code can begin with, where it ends: at the next run of the same length.
fn code_ends(line: &str) -> HashMap<usize, usize> {
    let mut ends = HashMap::new();
    let mut runs = Vec::new();
    let mut at = 0;
    while let Some(next) = line[at..].find('`') {
        let start = at + next;
        let len = ticks(line, start);
        runs.push((start, len));
        at = start + len;
    }
    let mut next = [None; MAX_TICKS + 1];
    for (start, len) in runs.into_iter().rev() {
        if let Some(place) = next.get_mut(len) {
            if let Some(end) = *place {
                ends.insert(start, end);
            }
            *place = Some(start);
        }
    }
    ends
}

fn code(line: &str, at: usize, ends: &HashMap<usize, usize>) -> Option<Piece> {
    let len = ticks(line, at);
    let end = *ends.get(&at)?;
    let inner = at + len..end;
    // A space at both sides is there to part the code from its signs.
    let code = &line[inner.clone()];
    let inner = match code.strip_prefix(' ').and_then(|code| code.strip_suffix(' ')) {
        Some(parted) if !parted.trim().is_empty() => inner.start + 1..inner.end - 1,
        _ => inner,
    };
    let style = Style { code: true, ..Style::default() };
    Some(Piece { inner, ..Piece::of(at..end + len, style) })
}

fn ticks(line: &str, at: usize) -> usize {
    line[at..].bytes().take_while(|&byte| byte == b'`').count()
}

/// Zero-width joiner.
const JOINER: char = '\u{200D}';
/// Backticks that code can begin with.
const MAX_TICKS: usize = 3;
/// Links of one message.
const MAX_LINKS: usize = 50;
/// Names of one message that are looked for.
const MAX_NAMES: usize = 100;
