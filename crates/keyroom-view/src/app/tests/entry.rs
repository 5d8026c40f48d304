//! The way into a sealed room, step by step; what a hosted one keeps, and where it is found.

use keyroom_client::relay_link::ConnectError;
use keyroom_client::{CloseReason, Code, Lost, LostReason, Network, RelayAt};
use keyroom_types::KeyPin;

use super::*;
use crate::screen::{EntryStep, StateAction, StepState};
use crate::words;

impl Desk {
    /// The step that is not behind and not ahead, and how it is.
    fn step(&self) -> Option<(EntryStep, StepState)> {
        let steps = self.room().steps;
        let at = steps.iter().position(|step| matches!(step.state, StepState::Now | StepState::Failed))?;
        let (done, later) = (&steps[..at], &steps[at + 1..]);
        assert!(done.iter().all(|step| step.state == StepState::Done));
        assert!(later.iter().all(|step| step.state == StepState::Later));
        Some((EntryStep::ALL[at], steps[at].state))
    }
}

#[test]
fn the_way_in_goes_step_by_step_and_ends_when_everything_was_read() {
    let mut desk = Desk::new();
    let room = desk.knocks();
    assert_eq!(desk.step(), Some((EntryStep::Reaching, StepState::Now)));
    for (connection, step) in [
        (Connection::Queue { ahead: 1 }, EntryStep::Entering),
        (Connection::Reading, EntryStep::Entering),
        (Connection::Joining, EntryStep::Entering),
        (Connection::Unconfirmed, EntryStep::Waiting),
        (Connection::CatchingUp { at: 3, of: 9 }, EntryStep::Waiting),
        (Connection::Confirmed, EntryStep::CatchingUp),
        (Connection::CatchingUp { at: 5, of: 9 }, EntryStep::CatchingUp),
    ] {
        desk.hears(room, RoomEvent::Connection(connection));
        assert_eq!(desk.step(), Some((step, StepState::Now)));
    }
    assert!(desk.room().state.text.contains("5 of 9"));
    desk.hears(room, RoomEvent::Connection(Connection::Online));
    assert_eq!(desk.step(), None);
    // Later losses are no way in.
    let lost = Connection::Lost { why: Lost::Disconnected, retry_in: Duration::from_secs(3) };
    desk.hears(room, RoomEvent::Connection(lost));
    assert!(desk.room().steps.is_empty());
}

#[test]
fn a_room_without_anything_to_read_is_entered_when_somebody_is_heard() {
    let mut desk = Desk::new();
    let room = desk.knocks();
    desk.hears(room, RoomEvent::Connection(Connection::Unconfirmed));
    desk.hears(room, RoomEvent::Connection(Connection::Online));
    assert_eq!(desk.step(), Some((EntryStep::Waiting, StepState::Now)));
    desk.hears(room, RoomEvent::Connection(Connection::Confirmed));
    assert_eq!(desk.step(), None);
}

#[test]
fn a_connection_that_is_made_anew_on_the_way_does_not_begin_the_way_again() {
    let address: keyroom_types::Address = "127.0.0.1:9999".parse().unwrap();
    let anew = || Connection::Connecting { address: address.clone(), attempt: 1 };
    let mut desk = Desk::new();
    let room = desk.knocks();
    for connection in [Connection::Unconfirmed, anew(), Connection::Online] {
        desk.hears(room, RoomEvent::Connection(connection));
    }
    assert_eq!(desk.step(), Some((EntryStep::Waiting, StepState::Now)));
    for connection in [Connection::Confirmed, anew(), Connection::Online] {
        desk.hears(room, RoomEvent::Connection(connection));
    }
    assert_eq!(desk.step(), None);
    let mut desk = Desk::new();
    let room = desk.knocks();
    for connection in [Connection::Unconfirmed, Connection::Confirmed, anew(), Connection::Online] {
        desk.hears(room, RoomEvent::Connection(connection));
    }
    assert_eq!(desk.step(), None);
}

#[test]
fn a_step_that_fails_says_which_and_its_sentence_is_beside_it() {
    let mismatch = ConnectError::PinMismatch {
        expected: KeyPin::from_bytes([1; 32]),
        seen: KeyPin::from_bytes([2; 32]),
    };
    for (end, step) in [
        (CloseReason::NotFoundNearby, EntryStep::Reaching),
        (CloseReason::NotTrusted(mismatch), EntryStep::Securing),
        (CloseReason::OtherRelay, EntryStep::Securing),
        (CloseReason::WrongKey, EntryStep::Entering),
        (CloseReason::Refused(Code::DoorUsedUp), EntryStep::Entering),
        (CloseReason::InviteExpired, EntryStep::Entering),
        (CloseReason::Declined, EntryStep::Entering),
    ] {
        let mut desk = Desk::new();
        let room = desk.knocks();
        desk.hears(room, RoomEvent::Closed(end));
        assert_eq!(desk.step(), Some((step, StepState::Failed)));
        let state = desk.room().state;
        assert!(!state.text.is_empty() && !state.next.is_empty(), "{state:?}");
    }
    let mut desk = Desk::new();
    let room = desk.knocks();
    let refused = ConnectError::Unreachable(LostReason::Refused);
    desk.hears(room, RoomEvent::Connection(Connection::NotConnected(refused)));
    assert_eq!(desk.step(), Some((EntryStep::Reaching, StepState::Failed)));
}

/// Attack matrix rows 2, 3 and 4: somebody stands in between.
#[test]
fn every_trouble_on_the_way_has_its_own_sentence_and_next_step_and_none_a_way_past_it() {
    let pin = |byte| KeyPin::from_bytes([byte; 32]);
    let certificate = keyroom_client::relay_link::CertificateFault::Expired;
    let troubles = [
        ConnectError::Unreachable(LostReason::Refused),
        ConnectError::Unreachable(LostReason::TimedOut),
        ConnectError::Unreachable(LostReason::UnknownName),
        ConnectError::Unreachable(LostReason::Unreachable),
        ConnectError::TimedOut,
        ConnectError::PinMismatch { expected: pin(1), seen: pin(2) },
        ConnectError::BadSignature,
        ConnectError::NotTls13,
        ConnectError::ClassicalOnly,
        ConnectError::Certificate(certificate),
        ConnectError::Broken,
        ConnectError::Unavailable,
        ConnectError::NotARelay { status: None },
    ];
    let mut said = Vec::new();
    for trouble in troubles {
        let (what, next, _) = words::trouble(&trouble);
        assert!(!next.is_empty() && !said.contains(&what), "{what}");
        said.push(what);
        let mut desk = Desk::new();
        let room = desk.knocks();
        desk.hears(room, RoomEvent::Closed(CloseReason::NotTrusted(trouble)));
        let actions = desk.room().state.actions;
        assert_eq!(actions, [StateAction::EnterAgain, StateAction::Remove], "nothing leads past it");
    }
}

#[test]
fn where_a_profile_is_kept_a_room_can_be_in_memory_only() {
    let mut desk = Desk::new();
    desk.does(Input::OpenHostSetup);
    assert!(desk.host_setup().keep_choices.is_empty(), "nothing is kept anyway");
    desk.app.options.kept = Some("/rooms/relay".into());
    desk.does(Input::OpenHostSetup);
    let form = desk.host_setup();
    assert_eq!((form.on_disk, form.keep_choices.len()), (true, 2));
    let data = |desk: &Desk| {
        desk.commands().into_iter().find_map(|command| match command {
            Command::HostSealed { options, .. } => match &options.at {
                RelayAt::Here { data, .. } => Some(data.clone()),
                RelayAt::There(_) => None,
            },
            _ => None,
        })
    };
    desk.does(Input::SubmitHost);
    assert_eq!(data(&desk), Some(Some("/rooms/relay".into())));
    let room = desk.asked_room();
    desk.hears(room, RoomEvent::Closed(CloseReason::NoRelay("no disk".to_owned())));
    desk.does(Input::ChooseOnDisk(false)).does(Input::SubmitHost);
    assert_eq!(data(&desk), Some(None));
    desk.does(Input::ChooseKind(RoomKind::Fernet));
    assert!(desk.host_setup().keep_choices.is_empty(), "a Fernet room is never kept");
}

#[test]
fn addresses_stand_beside_the_name_of_their_network() {
    let mut desk = Desk::new();
    desk.does(Input::OpenHostSetup);
    assert!(desk.commands().iter().any(|command| matches!(command, Command::ListNetworks)));
    assert_eq!(desk.host_setup().addresses_label, words::NO_NETWORK.text());
    let network = |address: &str, interface: &str| Network {
        address: address.parse().unwrap(),
        interface: interface.to_owned(),
    };
    let networks = vec![network("192.168.1.23", "wlp3s0"), network("10.8.0.2", "tun0")];
    desk.does(Input::Engine(Event::Networks(networks)));
    let shown: Vec<(String, String)> =
        desk.host_setup().addresses.into_iter().map(|line| (line.address, line.hint)).collect();
    assert_eq!(
        shown,
        [
            ("192.168.1.23".to_owned(), "Wi-Fi, wlp3s0".to_owned()),
            ("10.8.0.2".to_owned(), "private network (VPN), tun0".to_owned()),
        ]
    );
    desk.types(Field::Port, "7000");
    assert_eq!(desk.host_setup().addresses[0].address, "192.168.1.23:7000");
    desk.does(Input::ChooseListen(crate::ListenChoice::ThisComputer));
    assert!(desk.host_setup().addresses.is_empty());
    desk.hosts();
    desk.does(Input::ShowKeySheet);
    let sheet = desk.room().sheet.expect("the key is shown");
    assert!(sheet.addresses[0].hint.starts_with("Wi-Fi, wlp3s0 · "), "{}", sheet.addresses[0].hint);
}

/// Attack matrix row 23: what the system calls a network is no word of ours.
#[test]
fn names_of_networks_are_safe_to_show() {
    assert_eq!(words::network("x\u{202e}y"), "x⟨U+202E⟩y");
    assert_eq!(words::network("Wi-Fi 2"), "Wi-Fi, Wi-Fi 2");
    assert_eq!(words::network("eth0"), "cable, eth0");
    assert_eq!(words::network("lan"), "lan");
}

#[test]
fn unread_messages_far_back_are_found_and_counted_as_the_reader_comes_to_them() {
    let history = StagedHistory::new();
    let garden = keyroom_types::RoomId::from_bytes([1; 16]);
    history.keep(vec![keyroom_client::testing::kept_room(garden, "Garden", keyroom_client::Stage::Member)]);
    let mut desk = Desk::over(history, true);
    let room = desk.app.rail()[0].room;
    for number in 0..9_000 {
        // Three thousand lines of one's own, then six thousand of others.
        let (from, state) = if number < 3_000 {
            (Sender::Me, MessageState::Stored)
        } else {
            (Sender::Peer(PeerId(2)), MessageState::Received)
        };
        desk.history.append(room, desk.now, message(from, &format!("line {number}"), state)).unwrap();
    }
    desk.does(Input::PickRoom(room));
    let line = desk.mirror.iter().position(|row| matches!(row, Row::Unread(_))).expect("there is a line");
    assert!(matches!(&desk.mirror[line + 1], Row::Message(row) if &*row.text == "line 3000"));
    assert_eq!(desk.app.rail()[0].unread, "99+");
    // The reader goes down to the end of what was counted, and further.
    let mut seen = 0;
    while seen < 6_000 {
        let top = desk.mirror.len().saturating_sub(60);
        desk.looks_at(top, desk.mirror.len() - 30);
        let Some(Row::Message(last)) = desk.mirror.get(desk.mirror.len() - 30) else { panic!("a message") };
        seen = last.position.0;
        assert_eq!(desk.app.rail()[0].unread, "99+", "at {seen}");
    }
    desk.does(Input::JumpToNewest);
    assert_eq!(desk.app.rail()[0].unread, "");
}
