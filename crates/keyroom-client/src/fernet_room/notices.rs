//! Lines about what a peer does wrong: counted, so that no stranger can fill the timeline.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::Moment;
use super::timeline::Timeline;
use crate::history::{Notice, PeerId, Position};

/// What is counted, one line for each kind and peer in [`WINDOW`].
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) enum Kind {
    /// Messages that the key does not open.
    NotOpened,
    /// Messages that are not text.
    NotText,
    /// Bytes that are no messages.
    Junk,
    /// A message that came before, and where.
    Repeated(Option<Position>),
}

/// The lines that still count.
#[derive(Debug, Default)]
pub(super) struct Notices {
    lines: HashMap<(PeerId, u8), Line>,
}

impl Notices {
    /// Counts `times` more of `kind` through `peer`: a new line, or a greater number in the last one.
    pub(super) fn count(
        &mut self,
        timeline: &mut Timeline,
        now: Moment,
        peer: PeerId,
        kind: Kind,
        times: u64,
    ) {
        let key = (peer, kind.number());
        let mut opened = Opened { at: now.instant, lines: 1 };
        if let Some(line) = self.lines.get_mut(&key) {
            let fresh = now.instant.saturating_duration_since(line.opened.at) < WINDOW;
            // Repetitions of different messages get lines of their own, so that each can be found; but not many.
            let another = kind != line.kind && line.opened.lines < REPEATED_LINES;
            if fresh && !another {
                line.add(timeline, now.instant, kind, times, peer);
                return;
            }
            if line.dirty {
                line.tell(timeline, now.instant, peer);
            }
            if fresh {
                opened = Opened { lines: line.opened.lines + 1, ..line.opened };
            }
        }
        if let Some(position) = timeline.notice(now.wall, kind.notice(peer, times)) {
            self.lines.insert(key, Line { position, kind, times, opened, told: now.instant, dirty: false });
        }
    }

    /// When `handle_timeout` is next due.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.lines.values().filter(|line| line.dirty).map(|line| line.told + TELL_EVERY).min()
    }

    /// Writes the numbers that are due, and forgets lines that count no more.
    pub(super) fn handle_timeout(&mut self, timeline: &mut Timeline, now: Instant) {
        for ((peer, _), line) in &mut self.lines {
            if line.dirty && now >= line.told + TELL_EVERY {
                line.tell(timeline, now, *peer);
            }
        }
        self.lines.retain(|_, line| line.dirty || now.saturating_duration_since(line.opened.at) < WINDOW);
    }

    /// Writes a peer's numbers now: it is gone.
    pub(super) fn close(&mut self, timeline: &mut Timeline, now: Instant, peer: PeerId) {
        for number in 0..Kind::COUNT {
            if let Some(mut line) = self.lines.remove(&(peer, number)).filter(|line| line.dirty) {
                line.tell(timeline, now, peer);
            }
        }
    }
}

impl Kind {
    const COUNT: u8 = 4;

    fn number(self) -> u8 {
        match self {
            Kind::NotOpened => 0,
            Kind::NotText => 1,
            Kind::Junk => 2,
            Kind::Repeated(_) => 3,
        }
    }

    fn notice(self, peer: PeerId, times: u64) -> Notice {
        match self {
            Kind::NotOpened => Notice::NotOpened(peer, times),
            Kind::NotText => Notice::NotText(peer, times),
            Kind::Junk => Notice::Junk(peer, times),
            Kind::Repeated(of) => Notice::Repeated { peer, of, times },
        }
    }
}

#[derive(Debug)]
struct Line {
    position: Position,
    kind: Kind,
    times: u64,
    opened: Opened,
    told: Instant,
    /// The number in the timeline is behind.
    dirty: bool,
}

#[derive(Clone, Copy, Debug)]
struct Opened {
    at: Instant,
    /// Lines of this peer and kind since then.
    lines: u32,
}

impl Line {
    fn add(&mut self, timeline: &mut Timeline, now: Instant, kind: Kind, times: u64, peer: PeerId) {
        if self.kind != kind {
            self.kind = Kind::Repeated(None);
        }
        self.times = self.times.saturating_add(times);
        self.dirty = true;
        if now >= self.told + TELL_EVERY {
            self.tell(timeline, now, peer);
        }
    }

    fn tell(&mut self, timeline: &mut Timeline, now: Instant, peer: PeerId) {
        timeline.replace_notice(self.position, self.kind.notice(peer, self.times));
        self.told = now;
        self.dirty = false;
    }
}

/// How long a line goes on counting.
const WINDOW: Duration = Duration::from_secs(10);
/// Least time between two changes of one line.
const TELL_EVERY: Duration = Duration::from_millis(250);
/// Lines about repeated messages of one peer in one [`WINDOW`].
const REPEATED_LINES: u32 = 8;

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::SystemTime;

    use super::*;
    use crate::command::RoomId;
    use crate::history::{Body, History, MemoryHistory};

    const PEER: PeerId = PeerId(1);

    struct Desk {
        history: Arc<MemoryHistory>,
        room: RoomId,
        timeline: Timeline,
        notices: Notices,
        now: Instant,
    }

    impl Desk {
        fn new() -> Self {
            let (history, room) = (Arc::new(MemoryHistory::new()), RoomId::fresh());
            let timeline = Timeline::new(room, history.clone());
            Self { history, room, timeline, notices: Notices::default(), now: Instant::now() }
        }

        fn count(&mut self, kind: Kind, times: u64) {
            let now = Moment { instant: self.now, wall: SystemTime::UNIX_EPOCH };
            self.notices.count(&mut self.timeline, now, PEER, kind, times);
        }

        fn lines(&self) -> Vec<Notice> {
            let entries = self.history.page(self.room, Position(0), 100).unwrap();
            entries.iter().map(|entry| if let Body::Notice(n) = entry.body { n } else { panic!() }).collect()
        }

        fn events(&mut self) -> usize {
            std::iter::from_fn(|| self.timeline.poll_event()).count()
        }
    }

    /// Attack matrix row 45: a flood of junk is one line and few events.
    #[test]
    fn a_flood_is_one_line_with_a_number() {
        let mut desk = Desk::new();
        for _ in 0..10_000 {
            desk.count(Kind::Junk, 100);
            desk.now += Duration::from_micros(100);
        }
        let events = desk.events();
        assert!(events <= 6, "{events}");
        desk.now += TELL_EVERY;
        desk.notices.handle_timeout(&mut desk.timeline, desk.now);
        assert_eq!(desk.lines(), [Notice::Junk(PEER, 1_000_000)]);
        assert_eq!(desk.notices.poll_timeout(), None);
    }

    #[test]
    fn a_new_line_begins_when_the_old_one_counts_no_more() {
        let mut desk = Desk::new();
        desk.count(Kind::NotOpened, 1);
        desk.now += WINDOW;
        desk.count(Kind::NotOpened, 1);
        assert_eq!(desk.lines(), [Notice::NotOpened(PEER, 1), Notice::NotOpened(PEER, 1)]);
    }

    #[test]
    fn a_peer_that_goes_leaves_exact_numbers() {
        let mut desk = Desk::new();
        desk.count(Kind::NotText, 1);
        desk.count(Kind::NotText, 1);
        assert_eq!(desk.notices.poll_timeout(), Some(desk.now + TELL_EVERY));
        desk.notices.close(&mut desk.timeline, desk.now, PEER);
        assert_eq!(desk.lines(), [Notice::NotText(PEER, 2)]);
        assert_eq!(desk.notices.poll_timeout(), None);
    }

    /// Attack matrix row 44.
    #[test]
    fn repetitions_of_different_messages_have_lines_of_their_own_up_to_a_bound() {
        let mut desk = Desk::new();
        for place in 0..50 {
            desk.count(Kind::Repeated(Some(Position(place))), 1);
        }
        desk.notices.close(&mut desk.timeline, desk.now, PEER);
        let lines = desk.lines();
        assert_eq!(lines.len(), REPEATED_LINES as usize);
        assert_eq!(lines[1], Notice::Repeated { peer: PEER, of: Some(Position(1)), times: 1 });
        assert_eq!(lines[7], Notice::Repeated { peer: PEER, of: None, times: 43 });
    }
}
