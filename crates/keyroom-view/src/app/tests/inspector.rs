//! The inspector: what it shows of a line of the timeline and of a room, and what it asks of other threads.

mod german;

use keyroom_client::Notice;
use keyroom_client::inspect::{
    Attack, CaptureLimits, Connected, Entered, EpochChange, RoomReport, RoomState, Seat, who_sees,
};
use keyroom_client::testing::{session, staged_envelope, staged_token};

use super::*;
use crate::inspector::{
    Export, Inspect, InspectorView, MessagePage, PageName, PageView, RoomPage, SaveAs, Saving, TabName,
};
use crate::screen::Tone;

/// A text under [`KEY`], as it goes over the wire.
fn token(text: &str) -> Vec<u8> {
    staged_token(&Key::parse(KEY).unwrap(), text, 43_200)
}

impl Desk {
    /// Somebody says something in a Fernet room, and its bytes are kept.
    fn captures(&mut self, room: RoomId, text: &str) -> Position {
        let position = self.is_told(room, text);
        self.history.keep_wire(room, position, self.now, &token(text));
        position
    }

    /// The same in a sealed room.
    fn captures_sealed(&mut self, room: RoomId, text: &str, bytes: usize, records: bool) -> Position {
        let position = self.is_told(room, text);
        let envelope =
            staged_envelope(&keyroom_types::RoomId::from_bytes([7; 16]), 43_200_000, bytes, records);
        self.history.capture(room, position, envelope);
        position
    }

    fn inspects(&mut self, what: Inspect) -> &mut Self {
        self.does(Input::Inspect(what));
        self.works()
    }

    /// Does on this thread what is asked of another.
    fn works(&mut self) -> &mut Self {
        let mut seed = 0_u8;
        let mut random = |bytes: &mut [u8]| {
            seed = seed.wrapping_add(1);
            bytes.fill(seed);
        };
        loop {
            let at = self.effects.iter().position(|effect| matches!(effect, Effect::Aside(_)));
            let Some(at) = at else { return self };
            let Effect::Aside(job) = self.effects.remove(at) else { return self };
            let done = job.run(&mut random);
            self.does(Input::Inspect(Inspect::Done(done)));
        }
    }

    fn inspector(&self) -> InspectorView {
        self.app.inspector().expect("the inspector is open")
    }

    fn page(&self) -> MessagePage {
        match self.inspector().content {
            PageView::Message(page) => *page,
            other => panic!("not a message: {other:?}"),
        }
    }

    fn room_page(&self) -> RoomPage {
        match self.inspector().content {
            PageView::Room(page) => *page,
            other => panic!("not the room: {other:?}"),
        }
    }

    fn saving(&self) -> Option<&Saving> {
        self.effects
            .iter()
            .find_map(|effect| if let Effect::Save(saving) = effect { Some(saving) } else { None })
    }
}

#[test]
fn the_menu_of_a_message_leads_to_what_the_network_saw_of_it() {
    let mut desk = Desk::new();
    let room = desk.joins();
    let position = desk.captures(room, "the seeds came today 🌱");
    desk.does(Input::OpenMenu(position));
    assert!(desk.room().menu.unwrap().actions.contains(&crate::MenuAction::Inspect));
    desk.does(Input::MenuDo(crate::MenuAction::Inspect));
    let shown = desk.inspector();
    assert!(!shown.beside && desk.room().menu.is_none());
    assert_eq!((shown.kind.text.as_str(), shown.page), ("Fernet room", PageName::Message));
    assert_eq!(shown.subject, "message from host · 12:00:00");
    let page = desk.page();
    assert_eq!(page.see.text, "the seeds came today 🌱");
    assert_eq!(page.levels, ["Fernet token as text", "Fernet token"]);
    assert_eq!((page.level, page.remarks.len()), (1, 0));
    let bytes = page.bytes.unwrap();
    let names: Vec<String> = (0..bytes.parts()).map(|at| bytes.part(at).unwrap().name).collect();
    assert_eq!(names, ["version", "time", "IV", "ciphertext", "block 1", "block 2", "HMAC"]);
    assert_eq!(bytes.part(1).unwrap().value, "23 November 2026, 12:00:00");
    let steps: Vec<&str> = page.steps.iter().map(|step| step.title.as_str()).collect();
    assert_eq!(steps[4], "5. HMAC");
    assert!(page.steps.iter().all(|step| !step.if_wrong.is_empty() && !step.source.is_empty()));
}

/// Attack matrix row 34: what stands for a key is a fingerprint, here and in what is saved.
#[test]
fn no_key_stands_anywhere_in_the_inspector() {
    let mut desk = Desk::new();
    let room = desk.joins();
    let position = desk.captures(room, "hello");
    desk.inspects(Inspect::Line(position)).inspects(Inspect::Tab(TabName::Lab));
    desk.inspects(Inspect::Try(Attack::WrongKey));
    let mut said = format!("{:?}", desk.page());
    desk.inspects(Inspect::Save(SaveAs::Text));
    said.push_str(&format!("{:?}", desk.saving()));
    let key = Key::parse(KEY).unwrap();
    let (signing, encryption) = key.as_bytes().split_at(16);
    for half in [signing, encryption] {
        assert!(!said.contains(&keyroom_client::inspect::hex(half)));
        assert!(said.contains(&keyroom_client::inspect::fingerprint(half)), "{said}");
    }
    assert!(!said.contains(KEY));
}

#[test]
fn an_envelope_is_shown_from_the_record_down_to_the_mls_message() {
    let mut desk = Desk::new();
    let room = desk.enters();
    let position = desk.captures_sealed(room, "Shall we cook?", 596, true);
    desk.inspects(Inspect::Line(position));
    let page = desk.page();
    assert_eq!(page.levels, ["TLS record", "WebSocket frame", "Envelope", "MLS message"]);
    assert_eq!((page.level, page.remarks.len(), page.note_tone), (3, 0, Tone::Good));
    assert!(
        page.heading.starts_with("The relay sees, inside of TLS · MLS message, 853 bytes"),
        "{}",
        page.heading
    );
    // Into a field, out of it, and to another level.
    let bytes = page.bytes.unwrap();
    let data = (0..bytes.parts()).find(|at| bytes.part(*at).unwrap().name == "authenticated data").unwrap();
    assert!(bytes.part(data).unwrap().opens);
    let inside = desk.inspects(Inspect::Into(data)).page();
    assert_eq!(inside.way, ["authenticated data"]);
    assert_eq!(inside.bytes.unwrap().part(0).unwrap().name, "form");
    assert!(desk.inspects(Inspect::Out(0)).page().way.is_empty());
    let record = desk.inspects(Inspect::Level(0)).page();
    assert!(record.heading.starts_with("The network sees · TLS record"), "{}", record.heading);
    assert_eq!(record.bytes.unwrap().part(0).unwrap().name, "type");
    desk.inspects(Inspect::Level(9));
    assert_eq!(desk.page().level, 0, "there is no such level");
    // A field without parts has nothing inside.
    desk.inspects(Inspect::Into(0));
    assert!(desk.page().way.is_empty());
}

#[test]
fn what_was_not_captured_is_said_and_never_made_anew() {
    let mut desk = Desk::new();
    let room = desk.joins();
    let position = desk.is_told(room, "hello");
    let page = desk.inspects(Inspect::Line(position)).page();
    assert!(page.bytes.is_none() && page.levels.is_empty() && page.steps.is_empty());
    assert_eq!(page.see.text, "hello");
    assert!(page.remarks[0].contains("never made anew"), "{:?}", page.remarks);
    desk.inspects(Inspect::Tab(TabName::Lab));
    assert_eq!(desk.page().lab.waits, words::LAB_NOTHING.text());
    desk.history.set_capture_limits(&CaptureLimits::OFF, desk.now).unwrap();
    let page = desk.inspects(Inspect::Line(position)).page();
    assert_eq!(page.remarks, [words::GONE_OFF.text()]);
    let room = desk.enters();
    let position = desk.captures_sealed(room, "hello", 596, false);
    let page = desk.inspects(Inspect::Line(position)).page();
    assert!(page.remarks[0].starts_with("TLS record: not captured"), "{:?}", page.remarks);
    let unsent = desk.adds(room, message(Sender::Me, "not yet", MessageState::Waiting));
    assert_eq!(desk.inspects(Inspect::Line(unsent)).page().remarks, [words::GONE_NOT_SENT.text()]);
}

#[test]
fn bytes_that_come_back_with_the_log_are_shown_as_soon_as_they_are_there() {
    let mut desk = Desk::new();
    let room = desk.enters();
    let position = desk.adds(room, message(Sender::Me, "hello", MessageState::Waiting));
    desk.inspects(Inspect::Line(position));
    assert!(desk.page().bytes.is_none());
    let envelope = staged_envelope(&keyroom_types::RoomId::from_bytes([7; 16]), 0, 596, false);
    desk.history.capture(room, position, envelope);
    desk.hears(room, RoomEvent::Changed { position });
    assert!(desk.page().bytes.is_some());
}

/// Attack matrix row 37: a withdrawn message leaves nothing on the screen.
#[test]
fn a_message_that_is_withdrawn_while_it_is_looked_at_is_gone_from_the_inspector() {
    let mut desk = Desk::new();
    let room = desk.enters();
    let position = desk.captures_sealed(room, "a secret", 596, false);
    desk.inspects(Inspect::Line(position)).inspects(Inspect::Tab(TabName::Lab));
    assert!(format!("{:?}", desk.inspector()).contains("a secret"));
    let mut details = keyroom_client::Details::default();
    details.gone = true;
    desk.history.lay(room, position, details);
    desk.hears(room, RoomEvent::Changed { position }).works();
    assert!(!format!("{:?}", desk.inspector()).contains("a secret"));
    assert_eq!(desk.page().lab.waits, words::LAB_NOTHING.text());
}

#[test]
fn a_change_of_the_room_is_looked_at_like_a_message() {
    let mut desk = Desk::new();
    let room = desk.enters();
    let position = desk.adds(room, Body::Notice(Notice::RulesChanged(PeerId(1))));
    let envelope = staged_envelope(&keyroom_types::RoomId::from_bytes([7; 16]), 0, 700, false);
    desk.history.capture(room, position, envelope);
    desk.inspects(Inspect::Line(position));
    assert_eq!(desk.inspector().subject, "a line of the room · 12:00:00");
    assert!(!desk.inspector().pages.contains(&PageName::Compare));
    let page = desk.page();
    assert!(page.bytes.is_some() && page.see.author.is_empty() && !page.see.text.is_empty());
}

#[test]
fn the_panel_beside_the_room_follows_the_selection_and_the_whole_page_does_not() {
    let mut desk = Desk::new();
    let room = desk.joins();
    let first = desk.captures(room, "one");
    let second = desk.captures(room, "two");
    desk.does(Input::Resized { width: 1180, height: 760 });
    desk.inspects(Inspect::Toggle(None));
    assert!(desk.inspector().beside && !desk.app.shell().people);
    assert_eq!(desk.page().see.text, "two", "the newest");
    assert_eq!(desk.inspects(Inspect::Follow(first)).page().see.text, "one");
    desk.inspects(Inspect::Widen).inspects(Inspect::Follow(second));
    assert!(!desk.inspector().beside && !desk.app.shell().people);
    assert_eq!(desk.page().see.text, "one");
    desk.inspects(Inspect::Toggle(None));
    assert!(desk.app.inspector().is_none());
    // A narrow window has no room for two.
    desk.does(Input::Resized { width: 700, height: 700 }).inspects(Inspect::Toggle(Some(first)));
    assert!(!desk.inspector().beside && desk.app.shell().main);
    desk.does(Input::Back);
    assert!(desk.app.inspector().is_none());
    // What was asked from the column of people stands in its place, and gives it back.
    desk.does(Input::TogglePeople).inspects(Inspect::Room);
    assert!(desk.app.shell().main && !desk.app.shell().people);
    desk.does(Input::Back);
    assert!(desk.app.shell().people);
}

#[test]
fn people_and_the_inspector_take_turns_beside_the_room() {
    let mut desk = Desk::new();
    let room = desk.joins();
    desk.captures(room, "one");
    desk.does(Input::Resized { width: 1180, height: 760 }).inspects(Inspect::Toggle(None));
    desk.does(Input::TogglePeople);
    assert!(desk.app.inspector().is_none() && desk.app.shell().people);
    desk.inspects(Inspect::Toggle(None)).does(Input::OpenStart);
    assert!(desk.app.inspector().is_none());
}

#[test]
fn the_lab_of_a_fernet_room_shows_which_attacks_succeed() {
    let mut desk = Desk::new();
    let room = desk.joins();
    let position = desk.captures(room, "hello");
    desk.inspects(Inspect::Line(position)).does(Input::Inspect(Inspect::Tab(TabName::Lab)));
    assert_eq!(desk.page().lab.waits, words::LAB_SETTING_UP.text());
    desk.works();
    let lab = desk.page().lab;
    assert_eq!((lab.waits.as_str(), lab.attacks.len(), lab.bytes.unwrap().len()), ("", 6, 73));
    for (attack, tone) in [
        (Attack::FlipBit(usize::MAX), Tone::Good),
        (Attack::WrongKey, Tone::Good),
        (Attack::Replay, Tone::Warning),
        (Attack::Old, Tone::Warning),
        (Attack::RemovedMember, Tone::Warning),
        (Attack::None, Tone::Quiet),
    ] {
        desk.inspects(Inspect::Try(attack));
        let trial = &desk.page().lab.trials[0];
        assert_eq!(trial.tone, tone, "{trial:?}");
    }
    let flipped = desk.page().lab.trials.last().unwrap().clone();
    assert_eq!(
        (flipped.title.as_str(), flipped.came.as_str()),
        ("Flip bit 7 of byte 40", "Refused at step 5: HMAC.")
    );
}

#[test]
fn any_bit_of_the_copy_is_flipped_by_hand() {
    let mut desk = Desk::new();
    let room = desk.joins();
    let position = desk.captures(room, "hello");
    desk.inspects(Inspect::Line(position)).inspects(Inspect::Tab(TabName::Lab));
    assert!(desk.page().lab.bits.is_empty());
    desk.inspects(Inspect::Bit(0));
    assert!(desk.page().lab.trials.is_empty(), "no byte is chosen");
    desk.inspects(Inspect::Byte(0));
    let lab = desk.page().lab;
    assert_eq!(lab.hint, "Byte 0 is 80, in the field “version”. Flip one bit:");
    assert_eq!(lab.bits.iter().map(|bit| u8::from(bit.on)).collect::<Vec<_>>(), [1, 0, 0, 0, 0, 0, 0, 0]);
    desk.inspects(Inspect::Bit(7)).inspects(Inspect::Bit(8));
    let lab = desk.page().lab;
    assert_eq!((lab.trials.len(), lab.trials[0].title.as_str()), (1, "Flip bit 7 of byte 0"));
    assert_eq!(lab.trials[0].came, "Refused at step 2: version.");
    assert!(lab.bits[7].flipped && !lab.bits[0].flipped);
    desk.inspects(Inspect::Byte(9_999));
    assert!(desk.page().lab.bits.is_empty(), "there is no such byte");
}

/// Attack matrix rows 9, 28 and 30: what the engine's lab refuses is shown as refused, with the check.
#[test]
fn the_lab_of_a_sealed_room_refuses_every_attack_and_names_the_check() {
    let mut desk = Desk::new();
    let room = desk.enters();
    let position = desk.captures_sealed(room, "meet at nine", 596, false);
    desk.inspects(Inspect::Line(position)).inspects(Inspect::Tab(TabName::Lab));
    let lab = desk.page().lab;
    assert!(lab.lead.contains("a small room of its own") && !lab.bytes.unwrap().is_empty());
    let number =
        |name: &str| desk.page().steps.iter().position(|step| step.title.ends_with(name)).unwrap() + 1;
    let (aead, group) = (number("AEAD"), number("group and epoch"));
    for (attack, came) in [
        (Attack::FlipBit(usize::MAX), format!("Refused at step {aead}: AEAD.")),
        (Attack::WrongKey, format!("Refused at step {aead}: AEAD.")),
        (Attack::Old, format!("Refused at step {group}: group and epoch.")),
        (Attack::RemovedMember, format!("Refused at step {group}: group and epoch.")),
    ] {
        desk.inspects(Inspect::Try(attack));
        let trial = &desk.page().lab.trials[0];
        assert_eq!((trial.came.as_str(), trial.tone), (came.as_str(), Tone::Good));
    }
}

#[test]
fn an_answer_for_another_message_is_not_taken() {
    let mut desk = Desk::new();
    let room = desk.joins();
    let (first, second) = (desk.captures(room, "one"), desk.captures(room, "two"));
    desk.inspects(Inspect::Line(first)).inspects(Inspect::Tab(TabName::Lab));
    desk.does(Input::Inspect(Inspect::Try(Attack::Replay)));
    let late = std::mem::take(&mut desk.effects);
    desk.inspects(Inspect::Line(second));
    desk.effects = late;
    desk.works();
    assert!(desk.page().lab.trials.is_empty());
    // While one lab is set up no other is asked for, and the one that is wanted in the end is.
    desk.does(Input::Inspect(Inspect::Line(first)));
    let late = std::mem::take(&mut desk.effects);
    desk.does(Input::Inspect(Inspect::Line(second)));
    assert!(!desk.effects.iter().any(|effect| matches!(effect, Effect::Aside(_))));
    desk.effects = late;
    desk.works();
    assert!(!desk.page().lab.attacks.is_empty());
}

#[test]
fn both_kinds_stand_side_by_side_with_what_each_gives_away() {
    let mut desk = Desk::new();
    let room = desk.joins();
    let position = desk.captures(room, "the seeds came today");
    desk.inspects(Inspect::Line(position)).inspects(Inspect::Page(PageName::Compare));
    let PageView::Compare(page) = desk.inspector().content else { panic!("not the comparison") };
    assert_eq!((page.text.as_str(), page.waits.as_str()), ("the seeds came today", ""));
    assert!(page.rows.len() >= 7 && page.rows.iter().all(|row| row.fernet != row.sealed));
    assert!(page.fernet.unwrap().len() < page.sealed.unwrap().len());
}

fn report() -> RoomReport {
    let identity = |byte| keyroom_types::IdentityKey::from_bytes([byte; 32]);
    let seat = |leaf: u32, name: &str, me| Seat {
        leaf,
        peer: PeerId(leaf.into()),
        name: name.to_owned(),
        code: keyroom_client::member_code(&identity(1)),
        entrance: Entered::ByDoor,
        admin: me,
        me,
    };
    let author = |name: &str| keyroom_client::inspect::Author {
        identity: identity(1),
        leaf: 1,
        name: name.to_owned(),
    };
    let change = |epoch, by, joined: Vec<_>, removed: Vec<_>, is_entry| EpochChange {
        seq: epoch,
        at_ms: 43_200_000,
        epoch,
        by: Some(author(by)),
        is_entry,
        joined,
        removed,
        rules: false,
    };
    let state = RoomState::Sealed { session: Some(session()), hybrid: true, approval: false, doors: 1 };
    RoomReport {
        who: who_sees(&state),
        connected: Connected {
            session: Some(session()),
            pins: vec!["ab".repeat(32)],
            suite: Some("MLS_128_MLKEM768X25519_AES128GCM_SHA256_Ed25519"),
            epoch: Some(2),
            healed_ms: 43_200_000,
            doors: 1,
            approval: false,
            code: None,
        },
        seats: vec![seat(0, "Anna", true), seat(1, "Ben\u{202e}", false)],
        tree: vec![true, true, true],
        epochs: vec![
            change(1, "Ben", vec![author("Ben")], vec![], true),
            change(2, "Anna", vec![], vec![author("Cleo")], false),
            change(3, "Anna", vec![], vec![], false),
        ],
    }
}

#[test]
fn a_room_says_why_it_is_private() {
    let mut desk = Desk::new();
    let room = desk.enters();
    desk.does(Input::Inspect(Inspect::Room));
    assert_eq!(desk.room_page().waits, words::LOOKING_AT.text());
    desk.works();
    assert_eq!(desk.room_page().waits, words::UNREADABLE.text(), "the profile does not have it");
    desk.history.report(room, report());
    let page = desk.inspects(Inspect::Room).room_page();
    assert_eq!(page.waits, "");
    assert_eq!(page.who.iter().map(|row| row.cells.len()).collect::<Vec<_>>(), [6; 5]);
    let lines: Vec<(&str, &str)> =
        page.session.iter().map(|line| (line.name.as_str(), line.value.as_str())).collect();
    assert!(lines[0].1.starts_with("TLS 1.3, X25519MLKEM768"), "{lines:?}");
    assert_eq!((lines[3], lines[4]), (("Epoch", "2"), ("Own keys renewed", "23 November 2026, 12:00:00")));
    let did: Vec<&str> = page.epochs.iter().map(|line| line.did.as_str()).collect();
    assert_eq!(did, ["Anna renewed its keys", "Anna removed Cleo", "Ben came in with the key"]);
    assert_eq!(page.epochs.iter().map(|line| line.removal).collect::<Vec<_>>(), [false, true, false]);
    assert_eq!(page.tree.len(), 3);
    assert_eq!(page.tree[0].name, "Anna, place 0, came through a door, admin, you");
    // Attack matrix row 22.
    assert!(!format!("{page:?}").contains('\u{202e}'));
}

#[test]
fn a_fernet_room_says_at_once_what_it_lacks() {
    let mut desk = Desk::new();
    desk.joins();
    let page = desk.inspects(Inspect::Room).room_page();
    assert_eq!(page.note, words::FERNET_ONE_KEY.text());
    let removed = page.who.iter().find(|row| row.who == "A removed member").unwrap();
    assert_eq!((removed.cells[1].text.as_str(), removed.cells[1].tone), ("yes", Tone::Warning));
    assert_eq!(desk.inspector().pages, [PageName::Room, PageName::Keeping]);
}

#[test]
fn how_long_bytes_are_kept_is_a_setting_and_off_takes_away_what_is_there() {
    let mut desk = Desk::new();
    let room = desk.joins();
    let position = desk.captures(room, "hello");
    desk.inspects(Inspect::Line(position)).inspects(Inspect::Page(PageName::Keeping));
    let keeping = |desk: &Desk| match desk.inspector().content {
        PageView::Keeping(page) => *page,
        other => panic!("not the settings: {other:?}"),
    };
    let page = keeping(&desk);
    assert_eq!(page.days, ["Off: nothing is kept", "1 day", "7 days", "30 days"]);
    assert_eq!((page.days_now, page.size_now), (2, 1));
    desk.inspects(Inspect::KeepFor(3)).inspects(Inspect::KeepUpTo(2)).inspects(Inspect::KeepRecords);
    let limits = desk.history.capture_limits().unwrap();
    assert_eq!((limits.keep.as_secs(), limits.bytes, limits.records), (30 * 86_400, 256 << 20, true));
    // What was set elsewhere is a choice, too.
    let odd = CaptureLimits { keep: Duration::from_secs(14 * 86_400), ..limits };
    desk.history.set_capture_limits(&odd, desk.now).unwrap();
    desk.does(Input::Back).inspects(Inspect::Line(position)).inspects(Inspect::Page(PageName::Keeping));
    assert_eq!(keeping(&desk).days[keeping(&desk).days_now], "14 days");
    desk.inspects(Inspect::KeepFor(0));
    assert!(!desk.history.capture_limits().unwrap().is_on() && !keeping(&desk).records.enabled);
    assert_eq!(desk.inspects(Inspect::KeepFor(99)).history.capture_limits().unwrap().keep, Duration::ZERO);
}

#[test]
fn an_inspection_is_saved_as_text_and_as_a_picture_and_the_path_is_told() {
    let mut desk = Desk::new();
    let room = desk.joins();
    let position = desk.captures(room, "the seeds came today");
    desk.inspects(Inspect::Line(position)).inspects(Inspect::Save(SaveAs::Text));
    let saving = desk.saving().unwrap();
    assert!(saving.name.starts_with("keyroom-") && saving.name.ends_with(&position.0.to_string()));
    let Export::Text(text) = &saving.what else { panic!("not a text") };
    for wanted in ["the seeds came today", "THE NETWORK SEES", "HMAC", "RFC 2104", "If this had been wrong"] {
        assert!(text.contains(wanted), "{text}");
    }
    assert_eq!(desk.inspector().saved, words::SAVING.text());
    desk.inspects(Inspect::Saved(Ok("/home/anna/Downloads/a.txt".into())));
    assert_eq!(desk.inspector().saved, "Saved: /home/anna/Downloads/a.txt");
    desk.inspects(Inspect::Save(SaveAs::Picture));
    let Export::Picture(picture) = &desk.saving().unwrap().what else { panic!("not a picture") };
    assert_eq!(picture.see.text, "the seeds came today");
    assert_eq!(picture.bytes.as_ref().unwrap().len(), 89);
    desk.inspects(Inspect::Saved(Err("the disk is full".to_owned())));
    assert_eq!(desk.inspector().saved, "It was not saved: the disk is full.");
}

#[test]
fn large_envelopes_are_divided_at_once_and_their_rows_are_made_one_at_a_time() {
    let mut desk = Desk::new();
    let room = desk.enters();
    let position = desk.captures_sealed(room, "large", 1 << 20, false);
    desk.inspects(Inspect::Line(position));
    let bytes = desk.page().bytes.unwrap();
    assert!(bytes.rows(16) > 65_536);
    let last = bytes.row(bytes.rows(16) - 1, 16).unwrap();
    let name = bytes.leaf_row(last.runs.last().unwrap().leaf).unwrap().name;
    assert_eq!(name, "content's tag");
}
