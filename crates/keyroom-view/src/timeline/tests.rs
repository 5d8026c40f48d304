//! The window of rows against a fresh render, by hand and by chance.

use std::time::{Duration, SystemTime};

use keyroom_client::{
    Body, DropReason, History as _, MemoryHistory, Message, MessageId, MessageState, Notice, PeerId, Person,
    SendFailure, Sender,
};
use proptest::prelude::*;

use super::*;

/// A room with a person, a mirror of its rows as a face would have it, and a clock in UTC.
struct Desk {
    history: MemoryHistory,
    room: RoomId,
    people: People,
    clock: LocalClock,
    now: SystemTime,
    mirror: Vec<Row>,
}

impl Desk {
    fn new() -> Self {
        let mut people = People::default();
        people.set(guest(1, "guest 1"));
        people.set(guest(2, "guest 2"));
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(20_000 * 86_400 + 12 * 3_600);
        let (history, room) = (MemoryHistory::new(), RoomId::fresh());
        Self { history, room, people, clock: Box::new(utc), now, mirror: Vec::new() }
    }

    fn look(&self) -> Look<'_> {
        Look {
            history: &self.history,
            clock: &self.clock,
            today: utc(self.now),
            people: &self.people,
            me: "Anna",
            kind: crate::RoomKind::Fernet,
            held: false,
        }
    }

    /// Adds an entry `ago` seconds before now.
    fn add(&self, ago: u64, body: Body) -> u64 {
        self.history.append(self.room, self.now - Duration::from_secs(ago), body).unwrap().0
    }

    fn fill(&self, count: u64) {
        for n in 0..count {
            self.add(
                0,
                said(Sender::Peer(PeerId(1 + n / 3 % 2)), &format!("text {n}"), MessageState::Received),
            );
        }
    }

    fn open(&mut self, at: Option<u64>) -> Timeline {
        let mut timeline = Timeline::open(&self.look(), self.room, at, None);
        self.mirror_from(&mut timeline);
        timeline
    }

    fn mirror_from(&mut self, timeline: &mut Timeline) {
        for change in timeline.take_changes() {
            change.apply(&mut self.mirror);
        }
        assert_eq!(self.mirror, timeline.rows());
    }

    fn grow(&mut self, timeline: &mut Timeline, count: u64) {
        self.fill(count);
        let len = self.history.len(self.room).unwrap();
        timeline.grown(&self.look(), len);
        self.mirror_from(timeline);
    }

    fn see(&mut self, timeline: &mut Timeline, first: usize, last: usize) {
        timeline.visible(&self.look(), first, last);
        self.mirror_from(timeline);
    }

    /// The rows of the same window, made anew from the history.
    fn fresh(&self, timeline: &Timeline) -> Vec<Row> {
        let mut anew = Timeline {
            items: VecDeque::new(),
            changes: Vec::new(),
            whole: timeline.whole.clone(),
            earlier: timeline.earlier.clone(),
            ..*timeline
        };
        let items = anew.read(&self.look(), timeline.first, timeline.items.len() as u64, None);
        items.into_iter().flat_map(|item| item.rows).collect()
    }
}

fn utc(at: SystemTime) -> LocalTime {
    let secs = at.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let (days, minutes) = (secs / 86_400, secs / 60 % 1_440);
    // Days around the test's own, all in one month.
    let day = u8::try_from(days + 15 - 20_000).unwrap();
    let (hour, minute) = (u8::try_from(minutes / 60).unwrap(), u8::try_from(minutes % 60).unwrap());
    LocalTime { year: 2026, month: 11, day, hour, minute }
}

fn guest(peer: u64, label: &str) -> Person {
    Person { peer: PeerId(peer), label: label.parse().unwrap(), here: true, address: None }
}

fn said(from: Sender, text: &str, state: MessageState) -> Body {
    Body::Message(Message { id: MessageId::Token([0; 32]), from, text: text.into(), state })
}

fn messages(rows: &[Row]) -> Vec<&MessageRowRef> {
    rows.iter()
        .filter_map(|row| if let Row::Message(message) = row { Some(&**message) } else { None })
        .collect()
}

type MessageRowRef = crate::row::MessageRow;

const ONE: Sender = Sender::Peer(PeerId(1));

#[test]
fn a_short_room_shows_a_day_line_and_groups_what_one_person_says() {
    let mut desk = Desk::new();
    desk.add(86_400, said(ONE, "yesterday", MessageState::Received));
    desk.add(600, said(ONE, "hello", MessageState::Received));
    desk.add(500, said(ONE, "again", MessageState::Received));
    desk.add(100, said(ONE, "much later", MessageState::Received));
    desk.add(90, said(Sender::Me, "mine", MessageState::Sent { to: 3 }));
    let timeline = desk.open(None);
    let rows = timeline.rows();
    assert_eq!(rows[0], Row::Day("Yesterday".into()));
    assert_eq!(rows[2], Row::Day("Today".into()));
    let continues: Vec<bool> = messages(&rows).iter().map(|row| row.continues).collect();
    assert_eq!(continues, [false, false, true, false, false]);
    let own = messages(&rows)[4];
    assert!(own.own && own.author == "Anna" && own.state == "sent to 3 ✓");
}

#[test]
fn states_of_own_messages_are_words_and_a_failed_one_offers_retry() {
    let mut desk = Desk::new();
    let states = [
        MessageState::Waiting,
        MessageState::Sent { to: 1 },
        MessageState::Failed(SendFailure::NobodyHere),
        MessageState::Failed(SendFailure::ConnectionLost),
    ];
    for state in states {
        desk.add(0, said(Sender::Me, "x", state));
    }
    let rows = desk.open(None).rows();
    let shown: Vec<(&str, bool)> = messages(&rows).iter().map(|row| (&*row.state, row.retry)).collect();
    assert_eq!(
        shown,
        [
            ("sending", false),
            ("sent ✓", false),
            ("not sent: nobody else was here", true),
            ("not sent: the connection was lost", true),
        ]
    );
}

#[test]
fn what_happened_is_a_quiet_line_and_what_is_wrong_a_warning() {
    let mut desk = Desk::new();
    let peer = PeerId(2);
    desk.add(60, said(ONE, "hi", MessageState::Received));
    let notices = [
        Notice::Joined(peer),
        Notice::NotOpened(peer, 3),
        Notice::Junk(peer, 900),
        Notice::Repeated { peer, of: Some(Position(0)), times: 1 },
        Notice::Dropped(peer, DropReason::DoesNotRead),
    ];
    for notice in notices {
        desk.add(0, Body::Notice(notice));
    }
    let rows = desk.open(None).rows();
    let lines: Vec<(bool, &str)> = rows
        .iter()
        .filter_map(|row| match row {
            Row::Notice(line) => Some((false, &*line.text)),
            Row::Warning(line) => Some((true, &*line.text)),
            _ => None,
        })
        .collect();
    assert_eq!(lines[0], (false, "guest 2 came in"));
    assert_eq!(
        lines[1],
        (true, "3 messages from guest 2 could not be opened: the room's key does not fit them")
    );
    assert_eq!(lines[2], (true, "guest 2 sent 900 bytes that are no messages"));
    assert!(
        lines[3].0 && lines[3].1.contains("The message of 11:59 came again through guest 2"),
        "{lines:?}"
    );
    assert!(lines[3].1.contains("seen before") && lines[3].1.contains("replay"));
    assert_eq!(lines[4].1, "guest 2 was disconnected: it does not take in what is sent to it");
}

/// Attack matrix row 25: what looks like markup or a link is text, character for character.
#[test]
fn markup_and_links_stay_text() {
    let mut desk = Desk::new();
    let corpus = [
        "<b>bold</b><script>alert(1)</script>",
        "[bank](https://evil.example)",
        "<a href='https://evil.example'>https://bank.example</a>",
        "<font color=red>x</font><u>y</u>",
        "https://xn--80ak6aa92e.com/ file:///etc/passwd javascript:alert(1)",
        "**a** _b_ `c` &lt;",
    ];
    for text in corpus {
        desk.add(0, said(ONE, text, MessageState::Received));
    }
    let rows = desk.open(None).rows();
    let shown: Vec<&str> = messages(&rows).iter().map(|row| &*row.text).collect();
    assert_eq!(shown, corpus);
}

#[test]
fn a_changed_entry_changes_its_row_alone() {
    let mut desk = Desk::new();
    desk.fill(10);
    let at = desk.add(0, said(Sender::Me, "mine", MessageState::Waiting));
    let mut timeline = desk.open(None);
    let sent = said(Sender::Me, "mine", MessageState::Sent { to: 2 });
    desk.history.replace(desk.room, Position(at), sent).unwrap();
    timeline.changed(&desk.look(), at);
    let changes = timeline.changes.clone();
    assert!(matches!(&changes[..], [RowChange::Update(11, Row::Message(row))] if row.state == "sent to 2 ✓"));
    desk.mirror_from(&mut timeline);
}

#[test]
fn a_new_name_changes_the_rows_that_show_it() {
    let mut desk = Desk::new();
    desk.fill(6);
    let mut timeline = desk.open(None);
    desk.people.set(guest(2, "Bo"));
    timeline.refresh_all(&desk.look());
    let updates = timeline.changes.iter().filter(|change| matches!(change, RowChange::Update(..))).count();
    assert_eq!((updates, timeline.changes.len()), (3, 3));
    desk.mirror_from(&mut timeline);
}

#[test]
fn the_unread_line_comes_and_goes_without_a_reset() {
    let mut desk = Desk::new();
    desk.fill(5);
    let mut timeline = desk.open(None);
    timeline.set_divider(&desk.look(), Some(3));
    assert!(timeline.changes.iter().any(|change| matches!(change, RowChange::Insert(4, Row::Unread(_)))));
    desk.mirror_from(&mut timeline);
    timeline.set_divider(&desk.look(), None);
    desk.mirror_from(&mut timeline);
    assert!(!timeline.rows().iter().any(|row| matches!(row, Row::Unread(_))));
}

#[test]
fn who_reads_at_the_end_stays_there_and_who_reads_further_up_is_not_moved() {
    let mut desk = Desk::new();
    desk.fill(3_000);
    let mut timeline = desk.open(None);
    let rows = timeline.row_count();
    desk.see(&mut timeline, rows - 20, rows - 1);
    desk.grow(&mut timeline, 40);
    assert!(timeline.follows());
    assert_eq!(timeline.end(), 3_040);
    // The face has not scrolled yet: the same first row is in sight, and the end is still wanted.
    desk.see(&mut timeline, rows - 20, rows - 1);
    assert!(timeline.follows());
    let rows = timeline.row_count();
    desk.see(&mut timeline, rows - 20, rows - 1);
    desk.see(&mut timeline, rows - 60, rows - 40);
    assert!(!timeline.follows());
    let (anchor, at) = (timeline.anchor().unwrap(), rows - 60);
    desk.grow(&mut timeline, 2_000);
    assert_eq!(timeline.row_of(anchor), Some(at));
    assert!(timeline.items.len() <= MAX_ENTRIES);
    timeline.jump_to_newest(&desk.look());
    desk.mirror_from(&mut timeline);
    assert!(timeline.follows());
    assert_eq!(timeline.end(), 5_040);
}

/// Attack matrix row 27: a flood, and a room of a million entries.
#[test]
fn a_million_entries_are_reached_from_end_to_start_in_a_bounded_window() {
    let mut desk = Desk::new();
    desk.fill(1_000_000);
    let mut timeline = desk.open(None);
    assert_eq!(timeline.end(), 1_000_000);
    for _ in 0..20 {
        desk.see(&mut timeline, 0, 20);
        assert!(timeline.row_count() <= MAX_ENTRIES * 2);
    }
    assert_eq!(timeline.first, 1_000_000 - 500 - 20 * 250);
    let mut far = desk.open(Some(10));
    assert_eq!(far.first, 0);
    far.jump_to_newest(&desk.look());
    assert_eq!(far.end(), 1_000_000);
}

/// Found by the random steps below: it went on from an author whose entry had become another.
#[test]
fn the_first_entry_in_the_window_is_looked_at_again_when_the_one_before_it_changes() {
    let mut desk = Desk::new();
    desk.fill(2_722);
    let mut timeline = desk.open(None);
    take(&mut desk, &mut timeline, &Step::See { top: 0.0, height: 1 });
    assert_eq!(timeline.first, 1_972);
    take(&mut desk, &mut timeline, &Step::Change(1_971));
    desk.mirror_from(&mut timeline);
    assert_eq!(desk.mirror, desk.fresh(&timeline));
}

#[derive(Clone, Debug)]
enum Step {
    Append { count: u64, ago: u64, mine: bool },
    Flood(u64),
    Change(u64),
    See { top: f64, height: usize },
    Jump,
    Divide(Option<u64>),
    Rename,
    NextDay,
    Whole(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (1_u64..40, 0_u64..200_000, any::<bool>())
            .prop_map(|(count, ago, mine)| Step::Append { count, ago, mine }),
        1 => (0_u64..4_000).prop_map(Step::Flood),
        2 => (0_u64..2_000).prop_map(Step::Change),
        8 => (0.0..1.0_f64, 1_usize..120).prop_map(|(top, height)| Step::See { top, height }),
        1 => Just(Step::Jump),
        1 => proptest::option::of(0_u64..2_000).prop_map(Step::Divide),
        1 => Just(Step::Rename),
        1 => Just(Step::NextDay),
        1 => (0_u64..2_000).prop_map(Step::Whole),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    /// Whatever happens: the changes lead from the old rows to the new, the rows are those of a fresh render, the
    /// window is bounded, and who reads further up keeps what is in sight.
    #[test]
    fn small_changes_always_lead_to_a_fresh_render(
        start in 0_u64..3_000,
        steps in proptest::collection::vec(step(), 1..40),
    ) {
        let mut desk = Desk::new();
        desk.fill(start);
        let mut timeline = desk.open(None);
        for step in steps {
            let reading = timeline.anchor();
            let moves = matches!(step, Step::Jump | Step::See { .. });
            take(&mut desk, &mut timeline, &step);
            desk.mirror_from(&mut timeline);
            prop_assert_eq!(&desk.mirror, &desk.fresh(&timeline));
            prop_assert!(timeline.items.len() <= MAX_ENTRIES);
            if let (Some(anchor), false) = (reading, moves) {
                prop_assert!(timeline.row_of(anchor).is_some());
                prop_assert!(!timeline.follows());
            }
            if let (Step::See { .. }, Some(anchor)) = (&step, timeline.anchor()) {
                prop_assert!(timeline.row_of(anchor).is_some(), "what is in sight stays in the window");
            }
            if timeline.follows() {
                prop_assert_eq!(timeline.end(), timeline.len);
            }
        }
    }
}

fn take(desk: &mut Desk, timeline: &mut Timeline, step: &Step) {
    let len = desk.history.len(desk.room).unwrap();
    match *step {
        Step::Append { count, ago, mine } => {
            let (from, state) =
                if mine { (Sender::Me, MessageState::Waiting) } else { (ONE, MessageState::Received) };
            for n in 0..count {
                desk.add(ago, said(from, &n.to_string(), state));
            }
            timeline.grown(&desk.look(), len + count);
        }
        Step::Flood(count) => desk.grow(timeline, count),
        Step::Change(at) if len > 0 => {
            let at = at % len;
            desk.history.replace(desk.room, Position(at), Body::Notice(Notice::Joined(PeerId(2)))).unwrap();
            timeline.changed(&desk.look(), at);
        }
        Step::See { top, height } => {
            let rows = timeline.row_count();
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
            let first = (top * rows as f64) as usize;
            timeline.visible(&desk.look(), first, first + height);
        }
        Step::Jump => timeline.jump_to_newest(&desk.look()),
        Step::Divide(at) => timeline.set_divider(&desk.look(), at),
        Step::Rename => {
            let label = if desk.people.name(PeerId(1)) == "Bo" { "Cleo" } else { "Bo" };
            desk.people.set(guest(1, label));
            timeline.refresh_all(&desk.look());
        }
        Step::NextDay => {
            desk.now += Duration::from_secs(86_400 / 4);
            timeline.refresh_all(&desk.look());
        }
        Step::Whole(at) => timeline.show_all(&desk.look(), Position(at)),
        Step::Change(_) => {}
    }
}
