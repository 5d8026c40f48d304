//! Sealed rooms: the forms, the way in, what can go wrong, what is said.

use keyroom_client::relay_link::ConnectError;
use keyroom_client::{
    Alarm, CloseReason, Code, EnterBy, Listen, Lost, LostReason, Notice, RelayAt, SealedHostOptions,
    SealedJoinOptions, SendFailure, WishRefusal,
};
use keyroom_types::{KeyPin, Place as RoomPlace, SealedInvite, Timestamp};

use super::*;
use crate::screen::{StateAction, Tone};
use crate::words;

fn invite() -> SealedInvite {
    SealedInvite {
        place: RoomPlace::pinned(vec!["192.168.1.23:9999".parse().unwrap()], vec![pin(1)]).unwrap(),
        room: keyroom_types::RoomId::from_bytes([7; 16]),
        log: None,
        by: None,
        // Seven days after the desk's noon.
        until: Some(Timestamp::from_millis((7 * 24 + 12) * 3_600_000)),
        memory: true,
        key: Key::parse(KEY).unwrap(),
    }
}

fn code() -> keyroom_client::SpokenCode {
    keyroom_client::member_code(&keyroom_types::IdentityKey::from_bytes([7; 32]))
}

fn pin(byte: u8) -> KeyPin {
    KeyPin::from_bytes([byte; 32])
}

fn link() -> String {
    Invite::from(invite()).show().to_string()
}

fn hosted(desk: &Desk) -> SealedHostOptions {
    let asked = desk.commands().into_iter().find_map(|command| match command {
        Command::HostSealed { options, .. } => Some((**options).clone()),
        _ => None,
    });
    asked.expect("a sealed room was to be hosted")
}

fn joined(desk: &Desk) -> SealedJoinOptions {
    let asked = desk.commands().into_iter().find_map(|command| match command {
        Command::JoinSealed { options, .. } => Some((**options).clone()),
        _ => None,
    });
    asked.expect("a sealed room was to be entered")
}

impl Desk {
    /// A sealed room of this computer, open and on the screen, with its sheet.
    fn hosts_sealed(&mut self) -> RoomId {
        self.does(Input::OpenHostSetup).types(Field::RoomName, "Garden project").does(Input::SubmitHost);
        let room = self.asked_room();
        self.is_in(room, "Garden project");
        self.hears(room, RoomEvent::Connection(Connection::Online));
        self.hears(room, RoomEvent::Opened(Opened { invite: invite().into(), announced: false, ..opened() }));
        room
    }

    /// Begins to enter a sealed room by a whole link.
    pub(super) fn knocks(&mut self) -> RoomId {
        self.does(Input::OpenJoin).types(Field::Key, &link()).does(Input::SubmitJoin);
        self.asked_room()
    }

    /// Enters a sealed room with Ben in it.
    pub(super) fn enters(&mut self) -> RoomId {
        let room = self.knocks();
        self.is_in(room, "Blue kitchen");
        self.comes(room, 2, "Ben").hears(room, RoomEvent::Connection(Connection::Confirmed));
        self.hears(room, RoomEvent::Connection(Connection::Online));
        room
    }

    fn is_in(&mut self, room: RoomId, name: &str) {
        let id = keyroom_types::RoomId::from_bytes([7; 16]);
        self.hears(room, RoomEvent::Entered { room: id, name: name.parse().unwrap() });
        self.comes(room, MYSELF.0, "Anna");
    }

    fn own(&mut self, room: RoomId, state: MessageState) -> (String, Tone, bool) {
        self.adds(room, message(Sender::Me, "hi", state));
        match self.mirror.last() {
            Some(Row::Message(row)) => (row.state.clone(), row.tone, row.retry),
            other => panic!("{other:?}"),
        }
    }

    fn line(&mut self, room: RoomId, notice: Notice) -> String {
        self.adds(room, Body::Notice(notice));
        match self.mirror.last() {
            Some(Row::Notice(row) | Row::Warning(row)) => row.text.clone(),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_hosted_room_is_sealed_unless_fernet_is_chosen() {
    let mut desk = Desk::new();
    desk.does(Input::OpenHostSetup);
    let form = desk.host_setup();
    assert_eq!(form.kind, RoomKind::Sealed);
    assert_eq!(form.kind_choices.map(|choice| choice.title), ["Sealed", "Fernet"]);
    assert!(form.lacks.is_empty(), "a sealed room has what a Fernet room lacks");
    assert_eq!(
        (&*form.name.hint, &*form.me.hint),
        (words::ROOM_NAME_SEEN.text(), words::YOUR_NAME_SEEN.text())
    );
    assert_eq!(form.note, words::NOTHING_KEPT.text());
    desk.does(Input::SubmitHost);
    let options = hosted(&desk);
    assert!(matches!(options.at, RelayAt::Here { listen: Listen::Everywhere, data: None }));
    assert!(options.announce && options.key.is_none());
    let mut other = Desk::new();
    other.does(Input::OpenHostSetup).does(Input::ChooseKind(RoomKind::Fernet));
    assert_eq!(other.host_setup().lacks.len(), 2);
    other.does(Input::SubmitHost);
    assert!(matches!(other.commands()[..], [Command::Host { .. }, ..]));
}

#[test]
fn a_sealed_room_that_cannot_open_says_so_in_its_form() {
    let mut desk = Desk::new();
    desk.does(Input::OpenHostSetup).types(Field::RoomName, "Garden").does(Input::SubmitHost);
    let room = desk.asked_room();
    desk.hears(room, RoomEvent::Closed(CloseReason::NoRelay("no disk".to_owned())));
    let form = desk.host_setup();
    assert!(form.error.contains("no disk"), "{}", form.error);
    assert_eq!((&*form.name.text, form.kind), ("Garden", RoomKind::Sealed));
}

#[test]
fn an_open_sealed_room_shows_key_link_code_and_addresses_without_fernets_warnings() {
    let mut desk = Desk::new();
    desk.hosts_sealed();
    let room = desk.room();
    let chips: Vec<&str> = room.chips.iter().map(|chip| &*chip.text).collect();
    assert_eq!((chips, room.chips[0].tone), (vec!["sealed", "1 person · online"], Tone::Good));
    let sheet = room.sheet.unwrap();
    assert_eq!(sheet.warning, words::SEALED_KEY_WARNING.text());
    assert!(sheet.lacks.is_empty() && sheet.qr.is_some());
    assert!(sheet.link.contains("pin=") && sheet.link.ends_with(KEY));
    assert_eq!(sheet.addresses[0].address, "192.168.1.23:9999");
    assert!(sheet.notes.contains(&"The link can be used for 7 days.".to_owned()), "{:?}", sheet.notes);
    assert_eq!(sheet.announce.unwrap().label, words::ANNOUNCE_BY_KEY.text());
    assert_eq!(desk.app.rail()[0].kind, "sealed");
}

#[test]
fn a_new_invite_takes_the_place_of_the_one_on_the_sheet() {
    let mut desk = Desk::new();
    let room = desk.hosts_sealed();
    let other = Key::from_bytes([9; 32]);
    let newer = SealedInvite { key: other.clone(), ..invite() };
    desk.hears(room, RoomEvent::NewKey).hears(room, RoomEvent::Invite(newer.into()));
    assert!(desk.room().sheet.unwrap().link.ends_with(&*other.show()));
}

#[test]
fn a_link_to_a_sealed_room_says_its_kind_and_keeps_whom_to_trust() {
    let mut desk = Desk::new();
    desk.does(Input::OpenJoin).does(Input::ChooseKind(RoomKind::Fernet)).types(Field::Address, &link());
    let form = desk.join_form();
    assert_eq!((form.kind, form.kind_asked), (RoomKind::Sealed, false));
    assert_eq!((&*form.address.text, &*form.key.hint), ("192.168.1.23:9999", words::SEALED_LINK_READ.text()));
    // Another address is tried with the same pin: nothing falls back to trusting whoever answers.
    desk.types(Field::Address, "10.0.0.8").does(Input::SubmitJoin);
    let EnterBy::Invite(entered) = joined(&desk).by else { panic!("by the invite") };
    assert_eq!(entered.place.addresses()[0].to_string(), "10.0.0.8:9999");
    assert_eq!(entered.place.pins(), [pin(1)]);
}

#[test]
fn a_key_alone_finds_a_sealed_room_nearby_and_an_address_says_where_it_is() {
    let mut desk = Desk::new();
    desk.does(Input::OpenJoin);
    assert!(desk.join_form().kind_asked);
    assert_eq!((&*desk.field(Field::Address).text, desk.field(Field::Address).error), ("", String::new()));
    desk.types(Field::Key, KEY).does(Input::SubmitJoin);
    assert!(matches!(joined(&desk).by, EnterBy::Key { addresses, .. } if addresses.is_empty()));
    assert_eq!(desk.room().state.text, words::LOOKING_BY_KEY.text());
    assert_eq!(desk.room().chips[1].text, words::NOT_VERIFIED.text());
    desk.does(Input::OpenJoin)
        .types(Field::Key, KEY)
        .types(Field::Address, "10.0.0.7")
        .does(Input::SubmitJoin);
    assert!(matches!(joined(&desk).by, EnterBy::Key { addresses, .. } if addresses.len() == 1));
    assert_eq!(desk.room().state.text, "Connecting to 10.0.0.7:9999 …");
}

#[test]
fn where_nothing_can_be_found_a_sealed_room_needs_its_address() {
    let mut desk = Desk::with(false);
    desk.does(Input::OpenJoin).types(Field::Key, KEY);
    assert_eq!(&*desk.field(Field::Address).text, "127.0.0.1:9999");
    assert!(desk.join_form().can_submit);
    desk.types(Field::Address, "");
    assert!(!desk.join_form().can_submit);
}

#[test]
fn a_room_found_nearby_is_a_fernet_room() {
    let mut desk = Desk::new();
    let addresses = vec!["192.168.1.9:9999".parse().unwrap()];
    let found = keyroom_client::NearbyRoom { addresses, ours: false };
    desk.does(Input::Engine(Event::Nearby(Nearby::Looking(vec![found])))).does(Input::PickNearby(0));
    assert_eq!(desk.join_form().kind, RoomKind::Fernet);
}

#[test]
fn each_step_of_the_way_in_is_said_and_nothing_can_be_written_before() {
    let mut desk = Desk::new();
    let room = desk.knocks();
    assert!(!desk.room().composer.enabled);
    assert_eq!(desk.room().composer.placeholder, words::NOT_IN_YET.text());
    for (connection, part, word) in [
        (Connection::Queue { ahead: 1 }, "1 other comes in before you", "entering"),
        (Connection::Queue { ahead: 12 }, "12 others come in before you", "entering"),
        (Connection::Reading, "Reading", "entering"),
        (Connection::Knocking { code: code() }, "asked to be let in", "waiting to be let in"),
        (Connection::Joining, "Coming in", "entering"),
    ] {
        desk.hears(room, RoomEvent::Connection(connection));
        let state = desk.room().state;
        assert!(state.text.contains(part), "{}", state.text);
        assert_eq!((state.tone, &*desk.app.rail()[0].state), (Tone::Quiet, word));
    }
    desk.is_in(room, "Blue kitchen");
    desk.hears(room, RoomEvent::Connection(Connection::Unconfirmed));
    desk.hears(room, RoomEvent::Connection(Connection::Online));
    assert_eq!(
        (&*desk.room().title, &*desk.room().state.text),
        ("Blue kitchen", words::WAITING_FOR_ROOM_LINE.text())
    );
    assert!(desk.room().composer.enabled, "what is written now is sent");
    desk.hears(room, RoomEvent::Connection(Connection::Confirmed));
    assert_eq!((&*desk.room().state.text, &*desk.app.rail()[0].state), ("", "online"));
}

#[test]
fn who_asks_to_be_let_in_is_said_to_who_can_answer() {
    let mut desk = Desk::new();
    let room = desk.knocks();
    desk.is_in(room, "Blue kitchen");
    desk.hears(room, RoomEvent::Connection(Connection::Online));
    let knock = |name: &str, byte| keyroom_client::Knock {
        id: keyroom_client::KnockId(byte),
        name: name.parse().unwrap(),
        peer: PeerId(byte),
        code: code(),
        at: std::time::SystemTime::UNIX_EPOCH,
    };
    desk.hears(room, RoomEvent::Knocks(vec![knock("Zoe", 1), knock("Yan", 2)]));
    let said = desk.room().state.text;
    assert!(said.starts_with("Zoe and 1 other ask to be let in. The code of Zoe is "), "{said}");
    desk.hears(room, RoomEvent::Knocks(Vec::new()));
    assert_eq!(desk.room().state.text, "");
}

#[test]
fn catching_up_is_a_line_that_goes() {
    let mut desk = Desk::new();
    let room = desk.enters();
    desk.hears(room, RoomEvent::Connection(Connection::CatchingUp { at: 12, of: 3_400 }));
    assert_eq!(desk.room().state.text, "Catching up with what was said meanwhile: 12 of 3,400 …");
    desk.hears(room, RoomEvent::Connection(Connection::Online));
    assert_eq!(desk.room().state.text, "");
}

#[test]
fn a_lost_relay_counts_down_and_what_is_written_waits() {
    let mut desk = Desk::new();
    let room = desk.enters();
    let unreachable = ConnectError::Unreachable(LostReason::Refused);
    desk.hears(room, RoomEvent::Connection(Connection::NotConnected(unreachable)));
    let lost = Connection::Lost { why: Lost::Disconnected, retry_in: Duration::from_secs(3) };
    desk.hears(room, RoomEvent::Connection(lost));
    let state = desk.room().state;
    assert_eq!(state.text, "Nobody answers at the room's address. Trying again in 3 s.");
    assert_eq!((state.tone, &state.actions[..]), (Tone::Warning, &[StateAction::TryNow][..]));
    assert!(desk.room().composer.enabled);
    desk.waits(Duration::from_secs(1));
    assert!(desk.room().state.text.ends_with("in 2 s."));
    desk.does(Input::TryNow);
    assert!(matches!(desk.commands()[..], [Command::Reconnect { .. }]));
    desk.hears(room, RoomEvent::Connection(Connection::Online));
    assert_eq!(desk.room().state.text, "");
}

/// Attack matrix: somebody stands in between. There is no way past it.
#[test]
fn another_relay_than_the_invites_ends_the_try_in_red_without_a_way_past_it() {
    let mut desk = Desk::new();
    let room = desk.knocks();
    let mismatch = ConnectError::PinMismatch { expected: pin(1), seen: pin(2) };
    desk.hears(room, RoomEvent::Closed(CloseReason::NotTrusted(mismatch)));
    let state = desk.room().state;
    assert!(state.text.contains("does not have the key of the room's relay"), "{}", state.text);
    assert!(state.next.contains("Ask for a new link"));
    assert_eq!(
        (state.tone, &state.actions[..]),
        (Tone::Alarm, &[StateAction::EnterAgain, StateAction::Remove][..])
    );
    assert!(!desk.room().composer.enabled);
    desk.does(Input::EnterAgain);
    assert_eq!(&*desk.field(Field::Key).text, KEY);
    assert!(!desk.join_form().kind_asked, "the link and its pin are still there");
}

#[test]
fn every_end_of_a_sealed_room_has_a_sentence_of_its_own() {
    let ends = [
        CloseReason::WrongKey,
        CloseReason::Refused(Code::NoDoor),
        CloseReason::Refused(Code::DoorExpired),
        CloseReason::Refused(Code::DoorUsedUp),
        CloseReason::Refused(Code::NoRoom),
        CloseReason::Refused(Code::Passes),
        CloseReason::InviteExpired,
        CloseReason::NotFoundNearby,
        CloseReason::NoBlob,
        CloseReason::InviterGone,
        CloseReason::OtherRelay,
        CloseReason::CannotJoin,
        CloseReason::NotJoined,
        CloseReason::Removed,
        CloseReason::PassRefused,
        CloseReason::Ended,
        CloseReason::Replaced,
        CloseReason::Version,
        CloseReason::Alarm(Alarm::Forked),
        CloseReason::Profile("the disk is full".to_owned()),
    ];
    let mut said = std::collections::BTreeSet::new();
    for end in ends {
        let mut desk = Desk::new();
        let room = desk.knocks();
        desk.hears(room, RoomEvent::Closed(end.clone()));
        let text = desk.room().state.text;
        assert!(text != "This room is closed." && said.insert(text.clone()), "{end:?}: {text}");
    }
}

#[test]
fn who_was_taken_out_reads_by_whom() {
    let mut desk = Desk::new();
    let room = desk.enters();
    desk.line(room, Notice::Removed { who: MYSELF, by: PeerId(2) });
    desk.hears(room, RoomEvent::Closed(CloseReason::Removed));
    assert!(desk.room().state.text.starts_with("Ben took you out of this room."));
    // Of a room that was closed so, but where that was not seen, no name is said.
    let mut desk = Desk::new();
    let room = desk.enters();
    desk.line(room, Notice::Removed { who: PeerId(3), by: PeerId(2) });
    desk.hears(room, RoomEvent::Closed(CloseReason::Removed));
    assert!(desk.room().state.text.starts_with("You were taken out of this room."));
}

#[test]
fn own_messages_say_how_far_they_came() {
    let mut desk = Desk::new();
    let room = desk.enters();
    assert_eq!(desk.own(room, MessageState::Waiting).0, "sending");
    assert_eq!(desk.own(room, MessageState::Sent { to: 0 }).0, "sent");
    assert_eq!(desk.own(room, MessageState::Stored).0, "stored ✓");
    assert_eq!(desk.own(room, MessageState::Delivered).0, "delivered ✓✓");
    let failed = MessageState::Failed(SendFailure::Relay(Code::RoomFull));
    let said = ("not sent: the room holds as much as it may".to_owned(), Tone::Warning, true);
    assert_eq!(desk.own(room, failed), said);
}

#[test]
fn what_happens_in_a_sealed_room_is_said_with_names() {
    let mut desk = Desk::new();
    let room = desk.enters();
    desk.comes(room, 3, "Cleo");
    let (ben, cleo) = (PeerId(2), PeerId(3));
    for (notice, text) in [
        (Notice::Joined(cleo), "Cleo came in with the key"),
        (Notice::Joined(MYSELF), "Anna came in with the key"),
        (Notice::Reentered(cleo), "Cleo came in again, on a device that had lost the room"),
        (Notice::Admitted { who: cleo, by: ben }, "Ben let Cleo in"),
        (Notice::Removed { who: cleo, by: ben }, "Ben took Cleo out of the room"),
        (Notice::Removed { who: MYSELF, by: ben }, "Ben took you out of the room"),
        (Notice::RulesChanged(ben), "Ben changed the room's name, key or rules"),
        (Notice::Unreadable(Some(cleo)), "A message from Cleo could not be read and is not shown"),
        (Notice::Unreadable(None), "A message could not be read and is not shown"),
        (Notice::Expired, words::EXPIRED.text()),
        (Notice::Unsure(None), "A change of the room's keys by somebody could not be followed here"),
        (Notice::Confirmed(ben), "Ben was heard: the room has taken you in"),
        (Notice::Unknown, words::UNKNOWN_LINE.text()),
    ] {
        assert_eq!(desk.line(room, notice), text);
    }
    assert!(desk.line(room, Notice::Skipped(Some(cleo))).starts_with("Cleo tried to change the room"));
    assert!(matches!(desk.mirror.last(), Some(Row::Warning(_))));
}

#[test]
fn an_alarm_is_a_red_banner_that_stays_and_the_room_stands_still() {
    let mut desk = Desk::new();
    let room = desk.enters();
    desk.adds(room, message(Sender::Me, "hi", MessageState::Waiting));
    desk.hears(room, RoomEvent::Alarm(Alarm::Forked));
    let screen = desk.room();
    let banner = screen.banner.unwrap();
    assert_eq!((banner.text, banner.tone), (words::alarm(Alarm::Forked, None), Tone::Alarm));
    assert_eq!((screen.composer.enabled, &*screen.composer.placeholder), (false, words::STANDS_STILL.text()));
    assert!(matches!(desk.mirror.last(), Some(Row::Message(row)) if row.state == words::HELD.text()));
    assert_eq!(desk.app.rail()[0].state, "stopped");
    desk.does(Input::ComposerChanged("x".to_owned())).does(Input::Send);
    assert!(desk.commands().is_empty());
    // Neither a lesser alarm nor a good connection nor another screen takes it away.
    desk.hears(room, RoomEvent::Alarm(Alarm::Claim(PeerId(2))));
    desk.hears(room, RoomEvent::Connection(Connection::Online))
        .does(Input::OpenStart)
        .does(Input::PickRoom(room));
    assert_eq!(desk.room().banner.unwrap().tone, Tone::Alarm);
    assert!(!desk.room().composer.enabled);
}

#[test]
fn a_claim_names_its_author_and_the_room_goes_on() {
    let mut desk = Desk::new();
    let room = desk.enters();
    desk.hears(room, RoomEvent::Alarm(Alarm::Claim(PeerId(2))));
    assert!(desk.room().banner.unwrap().text.starts_with("Ben says"));
    assert!(desk.room().composer.enabled);
}

/// Attack matrix row 8, what a person sees of it.
#[test]
fn a_message_that_the_relay_leaves_out_is_a_red_banner_until_it_is_shown() {
    let mut desk = Desk::new();
    let room = desk.enters();
    let missing = Alarm::Missing(keyroom_types::Seq::new(12));
    desk.hears(room, RoomEvent::Alarm(missing));
    let banner = desk.room().banner.unwrap();
    assert_eq!(banner.tone, Tone::Alarm);
    assert!(banner.text.contains("relay leaves out a message"), "{}", banner.text);
    // Another alarm is not over by that.
    desk.hears(room, RoomEvent::AlarmOver(Alarm::Missing(keyroom_types::Seq::new(3))));
    assert!(desk.room().banner.is_some());
    desk.hears(room, RoomEvent::AlarmOver(missing));
    assert!(desk.room().banner.is_none() && desk.room().composer.enabled);
}

#[test]
fn a_change_that_could_not_be_followed_stops_the_room_until_somebody_is_heard() {
    let mut desk = Desk::new();
    let room = desk.enters();
    desk.hears(room, RoomEvent::Alarm(Alarm::Unsure));
    assert!(!desk.room().composer.enabled);
    assert_eq!(desk.room().banner.unwrap().button, words::ENTER_AGAIN.text());
    desk.adds(room, message(Sender::Peer(PeerId(2)), "still here", MessageState::Received));
    assert!(desk.room().composer.enabled && desk.room().banner.is_none());
}

#[test]
fn you_are_not_twice_among_the_people_and_nobody_is_renamed() {
    let mut desk = Desk::new();
    desk.enters();
    let people = desk.app.people();
    let shown: Vec<(&str, &str, bool)> =
        people.people.iter().map(|p| (&*p.name, &*p.detail, p.renamable)).collect();
    assert_eq!(shown, [("Anna (you)", "member", false), ("Ben", "member", false)]);
    assert_eq!(people.note, words::PEOPLE_SEALED_NOTE.text());
    assert_eq!(desk.room().chips[1].text, "2 people · online");
}

#[test]
fn who_came_in_with_a_bare_key_asks_the_engine_for_the_link() {
    let mut desk = Desk::new();
    desk.does(Input::OpenJoin).types(Field::Key, KEY).does(Input::SubmitJoin);
    let room = desk.asked_room();
    assert!(!desk.room().has_key);
    desk.is_in(room, "Blue kitchen");
    assert!(desk.room().has_key);
    desk.does(Input::ShowKeySheet);
    assert!(matches!(desk.commands()[..], [Command::ListNetworks, Command::NewInvite { .. }]));
    assert!(desk.room().sheet.is_none());
    desk.hears(room, RoomEvent::Invite(invite().into()));
    assert!(desk.room().sheet.unwrap().link.contains("pin="));
    desk.does(Input::Back).hears(room, RoomEvent::WishRefused(WishRefusal::NotAdmin));
    assert!(desk.room().banner.unwrap().text.contains("admin"));
}

#[test]
fn long_texts_need_no_parts_in_a_sealed_room() {
    let mut desk = Desk::new();
    desk.enters();
    desk.does(Input::ComposerChanged("x".repeat(5_000)));
    assert_eq!((desk.room().composer.hint, desk.room().composer.parts), (String::new(), String::new()));
}
