//! The inspector over the room on the screen.

use std::time::{Duration, SystemTime};

use keyroom_client::inspect::report::Manner;
use keyroom_client::inspect::{Attack, CaptureLimits, InspectedToken, Report, inspect_token};
use keyroom_client::{Body, Entry, Message, MessageState, Position};

use super::App;
use crate::clock::LocalClock;
use crate::effect::{Effect, Focus};
use crate::input::RoomKind;
use crate::inspector::{
    self, ComparePage, CompareRow, Export, Inspect, Inspector, InspectorView, Job, KeepingPage, PageName,
    PageView, Picture, SaveAs, Saving, See, Slot, Subject, Work,
};
use crate::room::Room;
use crate::row::Row;
use crate::screen::{Chip, Switch, Tone};
use crate::timeline::shown;
use crate::words;

impl App {
    /// The inspector, where it is open.
    pub fn inspector(&self) -> Option<InspectorView> {
        self.speak();
        let inspector = self.inspector.as_ref()?;
        let room = self.room(inspector.room)?;
        let sealed = room.is_sealed();
        let subject = inspector.subject.as_ref();
        let mut pages = vec![PageName::Room];
        if let Some(subject) = subject {
            pages.insert(0, PageName::Message);
            if subject.text.is_some() {
                pages.push(PageName::Compare);
            }
        }
        pages.push(PageName::Keeping);
        let clock = |at| moment(&self.options.clock, at);
        let content = match (inspector.page, subject) {
            (PageName::Message, Some(subject)) => {
                PageView::Message(Box::new(inspector::message::page(inspector, subject, sealed)))
            }
            (PageName::Compare, Some(subject)) => PageView::Compare(Box::new(compare(inspector, subject))),
            (PageName::Keeping, _) => PageView::Keeping(Box::new(keeping(inspector))),
            _ if sealed => PageView::Room(Box::new(inspector::room::sealed(&inspector.report, &clock))),
            _ => PageView::Room(Box::new(inspector::room::fernet())),
        };
        Some(InspectorView {
            beside: self.inspects_beside(),
            can_widen: self.is_roomy(),
            kind: kind_chip(room),
            subject: match (subject, inspector.page) {
                (Some(subject), PageName::Message | PageName::Compare) => subject.title.clone(),
                _ => room.name.clone(),
            },
            page: match content {
                PageView::Message(_) => PageName::Message,
                PageView::Room(_) => PageName::Room,
                PageView::Compare(_) => PageName::Compare,
                PageView::Keeping(_) => PageName::Keeping,
            },
            can_save: matches!(content, PageView::Message(_)),
            pages,
            content,
            saved: inspector.saved.clone(),
        })
    }

    /// Whether the inspector stands beside the room, rather than in its place.
    pub(super) fn inspects_beside(&self) -> bool {
        self.is_roomy() && self.inspector.as_ref().is_some_and(|inspector| inspector.beside)
    }

    pub(super) fn close_inspector(&mut self) -> bool {
        let was_open = self.inspector.take().is_some();
        if was_open {
            self.changes.inspector = true;
            self.redraw();
        }
        was_open
    }

    pub(super) fn inspect(&mut self, input: Inspect) {
        match input {
            Inspect::Line(position) => self.look_at(position, false),
            Inspect::Toggle(position) => {
                if !self.close_inspector()
                    && let Some(position) = position.or_else(|| self.newest_message())
                {
                    self.look_at(position, true);
                }
            }
            Inspect::Follow(position) => {
                let follows = self.inspects_beside()
                    && self.inspector.as_ref().is_some_and(|inspector| {
                        inspector.subject.as_ref().is_some_and(|subject| subject.position != position)
                    });
                if follows && let Some(subject) = self.subject(position) {
                    self.with_inspector(|inspector| inspector.look_at(subject));
                }
            }
            Inspect::Room => {
                self.open_inspector(false);
                self.with_inspector(|inspector| {
                    inspector.page = PageName::Room;
                    // It may have changed since it was last looked at.
                    inspector.report = Slot::Empty;
                });
                self.effects.push(Effect::Focus(Focus::First));
            }
            Inspect::Widen => {
                self.with_inspector(|inspector| inspector.beside = !inspector.beside);
                self.redraw();
            }
            Inspect::Try(attack) => self.try_out(attack),
            Inspect::Bit(bit) => {
                let byte = self.inspector.as_ref().and_then(|inspector| inspector.byte);
                if let Some(byte) = byte.filter(|_| bit < 8) {
                    self.try_out(Attack::FlipBit(byte * 8 + bit));
                }
            }
            Inspect::KeepFor(choice) => {
                let (days, _) = choices(self.inspector.as_ref().map(days_now), &DAYS);
                if let Some(&days) = days.get(choice) {
                    self.keep(|limits| limits.keep = Duration::from_secs(days * DAY));
                }
            }
            Inspect::KeepUpTo(choice) => {
                let (sizes, _) = choices(self.inspector.as_ref().map(mib_now), &SIZES);
                if let Some(&mib) = sizes.get(choice) {
                    self.keep(|limits| limits.bytes = mib << 20);
                }
            }
            Inspect::KeepRecords => self.keep(|limits| limits.records = !limits.records),
            Inspect::Save(form) => self.save_inspection(form),
            other => self.turn_to(other),
        }
        self.need();
        self.changes.inspector = true;
    }

    /// What only changes what the inspector shows of what it has.
    fn turn_to(&mut self, input: Inspect) {
        let clock = |clock: &LocalClock, at| moment(clock, at);
        let Some(inspector) = &mut self.inspector else { return };
        let subject = inspector.subject.as_mut();
        match (input, subject) {
            (Inspect::Page(page), _) => inspector.page = page,
            (Inspect::Tab(tab), _) => inspector.tab = tab,
            (Inspect::Byte(byte), _) => inspector.byte = Some(byte),
            (Inspect::Level(level), Some(subject)) => subject.choose_level(level),
            (Inspect::Into(index), Some(subject)) => subject.go_into(index),
            (Inspect::Out(to), Some(subject)) => subject.go_out(to),
            (Inspect::Point(leaf), Some(subject)) => subject.pointed = leaf,
            (Inspect::Done(done), _) => inspector.done(done, &|at| clock(&self.options.clock, at)),
            (Inspect::Saved(saved), _) => inspector.saved(&saved),
            _ => {}
        }
    }

    fn with_inspector(&mut self, change: impl FnOnce(&mut Inspector)) {
        if let Some(inspector) = &mut self.inspector {
            change(inspector);
        }
    }

    fn open_inspector(&mut self, beside: bool) {
        let Some(id) = self.shown_id() else { return };
        self.menu = None;
        if self.inspector.is_none() {
            let limits = self.history.capture_limits().unwrap_or(CaptureLimits::OFF);
            self.inspector = Some(Inspector::new(id, beside, limits));
        }
        self.redraw();
    }

    fn look_at(&mut self, position: Position, beside: bool) {
        let Some(subject) = self.subject(position) else { return };
        self.open_inspector(beside);
        self.with_inspector(|inspector| inspector.look_at(subject));
        self.effects.push(Effect::Focus(Focus::First));
    }

    fn newest_message(&self) -> Option<Position> {
        let message = |row: Row| if let Row::Message(message) = row { Some(message.position) } else { None };
        self.rows().into_iter().rev().find_map(message)
    }

    /// Asks another thread for what the page that is shown lacks.
    fn need(&mut self) {
        let now_s = seconds(self.now);
        let Some(inspector) = &mut self.inspector else { return };
        let Some(room) = self.rooms.iter().find(|room| room.id == inspector.room) else { return };
        let (sealed, ticket) = (room.is_sealed(), inspector.ticket);
        let work = match (inspector.page, &inspector.subject) {
            (PageName::Room, _) if sealed && inspector.report.is_empty() => {
                inspector.report = Slot::Asked;
                Work::Room { history: self.history.clone(), room: room.id }
            }
            (PageName::Message, Some(subject))
                if inspector.tab == inspector::TabName::Lab
                    && inspector.lab.is_empty()
                    && !inspector.busy
                    && inspector::message::can_try(subject, sealed) =>
            {
                let work = match (sealed, &subject.text, &subject.token) {
                    (true, Some(text), _) => Work::Text { text: text.clone(), hybrid: subject.hybrid },
                    (false, _, Some(token)) => {
                        let Some(invite) = room.invite() else { return };
                        Work::Token { key: invite.key().clone(), token: token.clone(), now_s }
                    }
                    _ => return,
                };
                (inspector.lab, inspector.busy) = (Slot::Asked, true);
                work
            }
            (PageName::Compare, Some(Subject { text: Some(text), hybrid, .. }))
                if inspector.sides.is_empty() && !inspector.busy =>
            {
                let work = Work::Sides { text: text.clone(), now_s, hybrid: *hybrid };
                (inspector.sides, inspector.busy) = (Slot::Asked, true);
                work
            }
            _ => return,
        };
        self.effects.push(Effect::Aside(Job { ticket, work }));
    }

    /// The bytes of an own message come back with the log; those of one that is withdrawn go.
    pub(super) fn inspect_again(&mut self) {
        let Some(inspector) = &self.inspector else { return };
        let Some(subject) = &inspector.subject else { return };
        let (position, empty, said) = (subject.position, subject.levels.is_empty(), subject.text.is_some());
        let gone = said && self.history.details(inspector.room, position).is_ok_and(|details| details.gone);
        if !empty && !gone {
            return;
        }
        let Some(again) = self.subject(position) else { return };
        if gone || !again.levels.is_empty() {
            let page = inspector.page;
            self.with_inspector(|inspector| {
                inspector.look_at(again);
                inspector.page = page;
            });
            self.need();
            self.changes.inspector = true;
        }
    }

    fn try_out(&mut self, attack: Attack) {
        let Some(inspector) = &mut self.inspector else { return };
        let Some(bench) = inspector.lab.here() else { return };
        let (lab, size) = (bench.lab.clone(), bench.bytes.len());
        let attack = match attack {
            Attack::FlipBit(bit) => {
                let Some(bit) = Some(bit).filter(|bit| bit / 8 < size).or_else(|| inspector.some_bit())
                else {
                    return;
                };
                inspector.byte = Some(bit / 8);
                Attack::FlipBit(bit)
            }
            other => other,
        };
        let job = Job { ticket: inspector.ticket, work: Work::Try { lab, attack } };
        self.effects.push(Effect::Aside(job));
    }

    fn keep(&mut self, change: impl FnOnce(&mut CaptureLimits)) {
        let Some(inspector) = &mut self.inspector else { return };
        let mut limits = inspector.limits;
        change(&mut limits);
        inspector.keep_failed = self.history.set_capture_limits(&limits, self.now).is_err();
        inspector.limits = self.history.capture_limits().unwrap_or(inspector.limits);
    }

    fn save_inspection(&mut self, form: SaveAs) {
        let clock = |at| moment(&self.options.clock, at);
        let Some(inspector) = &self.inspector else { return };
        let (Some(subject), Some(room)) = (&inspector.subject, self.room(inspector.room)) else { return };
        let what = match form {
            SaveAs::Text => {
                let report = Report {
                    see: subject.said.clone(),
                    layers: subject.layers.iter().map(|parts| parts.layer.clone()).collect(),
                    remarks: subject.remarks.clone(),
                    steps: subject.steps.clone(),
                    trials: inspector.trials.clone(),
                };
                Export::Text(report.text(&Manner { whole: true, clock: &clock, tongue: &words::phrase }))
            }
            SaveAs::Picture => {
                let page = inspector::message::page(inspector, subject, room.is_sealed());
                let innermost = subject.levels.last().map(|level| level.bytes.clone());
                let last = subject.levels.len().saturating_sub(1);
                let heading = inspector::message::heading(subject, last, innermost.as_ref());
                let title = subject.title.clone();
                Export::Picture(Box::new(Picture::of(kind_chip(room), title, page, heading, innermost)))
            }
        };
        let name = inspector::file_name(&room.name, subject.position.0);
        words::SAVING.clone_into(&mut self.inspector.as_mut().expect("it was there above").saved);
        self.effects.push(Effect::Save(Saving { name, what }));
    }

    /// What the inspector has to look at for a line of the room on the screen.
    fn subject(&self, position: Position) -> Option<Subject> {
        let room = self.shown_room()?;
        let entry = self.history.page(room.id, position, 1).ok()?.into_iter().next()?;
        let details = self.history.details(room.id, position).unwrap_or_default();
        let clock = |at| moment(&self.options.clock, at);
        let at = clock_time(&self.options.clock, entry.at);
        let message = match &entry.body {
            Body::Message(message) => Some(message.clone()),
            _ => None,
        };
        let author = message.as_ref().map(|message| super::message::author(room, message.from));
        let text = message.as_ref().filter(|_| !details.gone).map(|message| message.text.clone());
        let mut subject = Subject {
            position,
            title: match &author {
                Some(author) => words::message_from(author, &at),
                None => words::line_of(&at),
            },
            see: self.see(&entry, message.as_ref(), author.as_deref(), details.gone),
            said: said(&entry, message.as_ref(), author.as_deref(), text.as_deref(), &clock),
            text,
            hybrid: true,
            token: None,
            layers: Vec::new(),
            levels: Vec::new(),
            level: 0,
            way: Vec::new(),
            pointed: None,
            remarks: Vec::new(),
            steps: Vec::new(),
        };
        match room.kind() {
            RoomKind::Fernet => self.look_at_token(room, &mut subject),
            RoomKind::Sealed => self.look_at_envelope(room, entry.seq, message.as_ref(), &mut subject),
        }
        subject.levels = inspector::message::levels(&subject.layers);
        subject.level = subject.levels.len().saturating_sub(1);
        Some(subject)
    }

    fn look_at_token(&self, room: &Room, subject: &mut Subject) {
        let clock = |at| moment(&self.options.clock, at);
        let Some(token) = self.history.wire(room.id, subject.position) else {
            return subject.remarks.push(self.gone(None));
        };
        let invite = room.invite();
        let key = invite.as_ref().map(|invite| invite.key());
        let InspectedToken { layers, steps, .. } = inspect_token(&token, key, seconds(self.now), None);
        subject.layers = layers.into_iter().map(|layer| inspector::Parts::new(layer, &clock)).collect();
        subject.steps = steps;
        subject.token = Some(token);
    }

    fn look_at_envelope(
        &self,
        room: &Room,
        seq: Option<u64>,
        message: Option<&Message>,
        subject: &mut Subject,
    ) {
        let clock = |at| moment(&self.options.clock, at);
        let inspected = match seq.map(|seq| self.history.inspect(room.id, seq)) {
            Some(Ok(inspected)) => inspected,
            Some(Err(_)) => return subject.remarks.push(words::UNREADABLE.to_owned()),
            None => None,
        };
        let Some(inspected) = inspected else {
            return subject.remarks.push(self.gone(message.filter(|_| seq.is_none())));
        };
        subject.hybrid = inspected.facts.as_ref().is_none_or(|facts| facts.hybrid);
        subject.remarks = inspected.remarks.into_iter().map(|it| words::phrase(it).to_owned()).collect();
        let layers = inspected.layers.into_iter();
        subject.layers = layers.map(|layer| inspector::Parts::new(layer, &clock)).collect();
        subject.steps = inspected.steps;
    }

    /// Why there are no bytes. They are never made anew.
    fn gone(&self, unsent: Option<&Message>) -> String {
        if unsent.is_some_and(|message| !matches!(message.state, MessageState::Received)) {
            return words::GONE_NOT_SENT.to_owned();
        }
        match self.history.capture_limits() {
            Ok(limits) if limits.is_on() => words::gone(limits.keep.as_secs() / DAY, limits.bytes >> 20),
            Ok(_) => words::GONE_OFF.to_owned(),
            Err(_) => words::UNREADABLE.to_owned(),
        }
    }

    fn see(&self, entry: &Entry, message: Option<&Message>, author: Option<&str>, gone: bool) -> See {
        let Some(message) = message else {
            let line = self.rows().into_iter().find_map(|row| match row {
                Row::Notice(notice) | Row::Warning(notice) if notice.position == entry.position => {
                    Some(notice.text)
                }
                _ => None,
            });
            let text = line.unwrap_or_else(|| words::NO_MESSAGE.to_owned());
            return See { text, facts: place(entry), ..See::default() };
        };
        let shown = shown::message(&message.text, true);
        let text = if gone { words::GONE_LINE.to_owned() } else { shown.text.to_string() };
        let author = author.unwrap_or_default().to_owned();
        See { author, text, rtl: shown.rtl && !gone, facts: place(entry) }
    }
}

/// The same for an export: exact.
fn said(
    entry: &Entry,
    message: Option<&Message>,
    author: Option<&str>,
    text: Option<&str>,
    clock: &dyn Fn(SystemTime) -> String,
) -> Vec<(&'static str, String)> {
    let mut said = Vec::new();
    match (message, author) {
        (Some(message), Some(author)) => {
            said.push((words::FROM.text(), author.to_owned()));
            said.push((words::TEXT.text(), text.unwrap_or(words::GONE_LINE.text()).to_owned()));
            said.push((words::ID.text(), message.id.to_string()));
        }
        _ => said.push((words::LINE.text(), words::NO_MESSAGE.to_owned())),
    }
    said.push((words::TIME.text(), clock(entry.at)));
    said.extend(place(entry));
    said
}

fn place(entry: &Entry) -> Vec<(&'static str, String)> {
    entry.seq.map(|seq| (words::PLACE.text(), seq.to_string())).into_iter().collect()
}

fn compare(inspector: &Inspector, subject: &Subject) -> ComparePage {
    let text = subject.see.text.clone();
    let waits = |waits: &str| ComparePage {
        waits: waits.to_owned(),
        text: text.clone(),
        rows: Vec::new(),
        fernet: None,
        sealed: None,
        legend: Vec::new(),
    };
    match &inspector.sides {
        Slot::Empty | Slot::Asked => waits(words::LOOKING_AT.text()),
        Slot::Failed(why) => waits(why),
        Slot::Here(compared) => ComparePage {
            waits: String::new(),
            text,
            rows: compared
                .sides
                .differences
                .iter()
                .map(|one| CompareRow {
                    question: words::phrase(one.question).to_owned(),
                    fernet: words::capital(&words::sentence(&one.fernet)),
                    sealed: words::capital(&words::sentence(&one.sealed)),
                })
                .collect(),
            legend: inspector::message::legend(&compared.sealed),
            fernet: compared.fernet.clone(),
            sealed: Some(compared.sealed.clone()),
        },
    }
}

fn keeping(inspector: &Inspector) -> KeepingPage {
    let (days, days_now) = choices(Some(days_now(inspector)), &DAYS);
    let (sizes, size_now) = choices(Some(mib_now(inspector)), &SIZES);
    KeepingPage {
        days: days.into_iter().map(words::days).collect(),
        days_now,
        sizes: sizes.into_iter().map(words::mib).collect(),
        size_now,
        records: Switch {
            label: words::KEEP_RECORDS.to_owned(),
            hint: words::KEEP_RECORDS_HINT.to_owned(),
            on: inspector.limits.records,
            enabled: inspector.limits.is_on(),
        },
        error: if inspector.keep_failed { words::KEEP_FAILED.to_owned() } else { String::new() },
    }
}

/// The usual choices, and the one that holds where it is none of them; and where that stands.
fn choices(now: Option<u64>, usual: &[u64]) -> (Vec<u64>, usize) {
    let mut all = usual.to_vec();
    let Some(now) = now else { return (all, 0) };
    let at = all.iter().position(|choice| *choice == now).unwrap_or_else(|| {
        all.push(now);
        all.len() - 1
    });
    (all, at)
}

fn days_now(inspector: &Inspector) -> u64 {
    inspector.limits.keep.as_secs().div_ceil(DAY)
}

fn mib_now(inspector: &Inspector) -> u64 {
    inspector.limits.bytes >> 20
}

fn kind_chip(room: &Room) -> Chip {
    let (text, tone, tip) = match room.kind() {
        RoomKind::Sealed => (words::SEALED_ROOM.text(), Tone::Good, words::SEALED_TIP.text()),
        RoomKind::Fernet => (words::FERNET_ROOM.text(), Tone::Warning, words::FERNET_TIP.text()),
    };
    Chip { text: text.to_owned(), tone, tip: tip.to_owned() }
}

fn seconds(at: SystemTime) -> u64 {
    at.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// `23 November 2026, 10:42:09`; empty for a time that no calendar has.
fn moment(clock: &LocalClock, at: SystemTime) -> String {
    if seconds(at) > LAST_SECOND {
        return String::new();
    }
    let local = clock(at);
    words::moment(local.day, local.month_place(), local.year, &clock_time(clock, at))
}

/// `10:42:09`: the offsets of time zones are whole minutes.
fn clock_time(clock: &LocalClock, at: SystemTime) -> String {
    format!("{}:{:02}", clock(at).time(), seconds(at) % 60)
}

const DAY: u64 = 24 * 60 * 60;
/// The end of the year 9999.
const LAST_SECOND: u64 = 253_402_300_799;
/// Days that captures can be kept.
const DAYS: [u64; 4] = [0, 1, 7, 30];
/// Sizes, in MiB.
const SIZES: [u64; 3] = [16, 64, 256];
