//! What is on the screen now.

use keyroom_client::{Alarm, Nearby, NearbyRoom, PeerId, Person};
use keyroom_types::{Label, text};

use super::{App, Asked, LOOK_PATIENCE, Place, Rename, over};
use crate::input::RoomKind;
use crate::room::{Role, Room, Unread, doors, people, state_line, state_word, steps};
use crate::screen::{
    About, AlarmAction, Banner, Card, Chip, KnockRow, NearbyList, NearbyTile, PeopleList, PersonRow,
    Question, RoomScreen, RoomTile, Screen, Shell, Start, Tone,
};
use crate::timeline::Timeline;
use crate::words;

impl App {
    /// What stands around the main part.
    pub fn shell(&self) -> Shell {
        self.speak();
        let (narrow, in_room) = (self.is_narrow(), self.shown_id().is_some());
        let has_rooms = self.rooms.iter().any(Room::is_listed);
        let people =
            in_room && self.inspector.is_none() && self.people_wanted.unwrap_or_else(|| self.is_roomy());
        let rail_alone = narrow && has_rooms && self.place == Place::Start;
        Shell {
            title: self.title(),
            rail: has_rooms && (!narrow || rail_alone),
            main: !(rail_alone || narrow && people),
            people,
            back: narrow && self.place != Place::Start,
            text_scale: self.looks.scale,
            high_contrast: self.looks.high_contrast,
            question: self.question.map(|asked| self.ask(asked)),
        }
    }

    /// What the main part shows.
    pub fn screen(&self) -> Screen {
        self.speak();
        match self.place {
            Place::HostSetup => Screen::HostSetup(self.host_form.show(self.setting())),
            Place::Join => Screen::Join(self.join_form.show(self.nearby_list(), self.setting())),
            Place::About => Screen::About(About {
                title: words::KEYROOM.to_owned(),
                version: words::version(&self.options.version),
                text: words::about(self.options.kept.is_some()),
            }),
            Place::Preferences => Screen::Preferences(self.preferences()),
            Place::Room(id) => match self.room(id) {
                Some(room) => Screen::Room(Box::new(self.room_screen(room))),
                None => self.start(),
            },
            Place::Start => self.start(),
        }
    }

    /// The list of rooms, the one with the newest line first.
    pub fn rail(&self) -> Vec<RoomTile> {
        self.speak();
        let today = self.local(self.now);
        let tile = |room: &Room| {
            let (state, tone) = state_word(room);
            let (last, time) = match &room.last {
                Some((line, at)) => (last_line(room, state, line), self.local(*at).short(&today)),
                None => (words::NOTHING_YET.to_owned(), String::new()),
            };
            RoomTile {
                room: room.id,
                name: room.name.clone(),
                last,
                time,
                unread: Unread::chip(room.unread_count()),
                names_me: room.unread.names_me(),
                kind: if room.is_sealed() { words::SEALED.text() } else { words::FERNET.text() }.to_owned(),
                state: state.to_owned(),
                tone,
                selected: self.shown_id() == Some(room.id),
                muted: room.choices.muted,
            }
        };
        let mut rooms: Vec<&Room> = self.rooms.iter().filter(|room| room.is_listed()).collect();
        rooms.sort_by_key(|room| std::cmp::Reverse(room.newest()));
        rooms.into_iter().map(tile).collect()
    }

    /// The people of the room on the screen.
    pub fn people(&self) -> PeopleList {
        self.speak();
        let room = self.shown_room();
        let all: Vec<&Person> = room.map(|room| room.people.others().collect()).unwrap_or_default();
        let mut shown: Vec<PersonRow> = room.map(you).into_iter().collect();
        let show = |person: &Person| room.map(|room| person_row(room, person, self.rename.as_ref()));
        shown.extend(all.iter().copied().filter(|person| person.here).filter_map(show));
        let left = all.iter().filter(|person| !person.here).count();
        if self.left_shown {
            let left = all.iter().copied().rev().filter(|person| !person.here);
            shown.extend(left.take(MAX_LEFT).filter_map(show));
        }
        let hosted = room.is_some_and(Room::is_hosted);
        PeopleList {
            heading: words::PEOPLE.to_owned(),
            people: shown,
            left: if left == 0 { String::new() } else { words::left(left) },
            left_shown: self.left_shown,
            note: match (room.is_some_and(Room::is_sealed), hosted) {
                (true, _) => words::PEOPLE_SEALED_NOTE.text(),
                (_, true) => words::PEOPLE_HOST_NOTE.text(),
                (_, false) => words::PEOPLE_GUEST_NOTE.text(),
            }
            .to_owned(),
            knocks: room.map(knocks).unwrap_or_default(),
            room_code: room.and_then(over::code).map(over::groups).unwrap_or_default(),
        }
    }

    fn title(&self) -> String {
        let unread: u64 = self
            .rooms
            .iter()
            .filter(|room| room.is_listed() && !room.choices.muted)
            .map(Room::unread_count)
            .sum();
        let place = match self.shown_room() {
            Some(room) => format!("{} — {}", room.name, words::KEYROOM),
            None => words::KEYROOM.to_owned(),
        };
        if unread == 0 { place } else { format!("({}) {place}", Unread::chip(unread)) }
    }

    fn ask(&self, asked: Asked) -> Question {
        let ((title, text), confirm) = match asked {
            Asked::CloseRoom(id) => {
                let room = self.room(id);
                let name = room.map(|room| room.name.as_str()).unwrap_or_default();
                let kept = room.is_some_and(|room| room.kept.is_some() && !room.is_in_memory());
                let sealed = room.is_some_and(Room::is_sealed);
                let yes = if kept { words::CLOSE_FOR_NOW.text() } else { words::CLOSE_ROOM.text() };
                (words::close_question(name, room.map_or(0, Room::guests), sealed, kept), yes)
            }
            Asked::Withdraw(_) => (words::withdraw_question(), crate::screen::MenuAction::Delete.word()),
            Asked::Remove(peer) => {
                let name = self.shown_room().map(|room| room.people.name(peer)).unwrap_or_default();
                (words::remove_question(&name), crate::screen::CardAction::Remove.word())
            }
            Asked::LeaveForGood(id) => {
                let room = self.room(id);
                let name = room.map(|room| room.name.as_str()).unwrap_or_default();
                let open = room.is_some_and(Room::is_open);
                let hosted = room.is_some_and(Room::is_hosted);
                let yes = if open { words::LEAVE_FOR_GOOD.text() } else { words::DELETE.text() };
                (words::leave_for_good_question(name, open, hosted), yes)
            }
            Asked::OpenLink => return self.link_question(),
            Asked::CloseDoor(id) => {
                let name = self.door(id).map(doors::name).unwrap_or_default();
                (words::close_door_question(&name), words::CLOSE_DOOR.text())
            }
            Asked::Quit => {
                let hosted = self.rooms.iter().filter(|room| room.is_hosted() && room.is_open());
                let (rooms, guests) = (hosted.clone().count() as u64, hosted.map(Room::guests).sum());
                let kept = self.options.kept.is_some();
                (words::quit_question(rooms, guests, kept), words::QUIT.text())
            }
        };
        let other = if asked == Asked::Quit { words::MINIMISE.to_owned() } else { String::new() };
        let (confirm, cancel) = (confirm.to_owned(), words::CANCEL.to_owned());
        Question { title, text, confirm, cancel, other }
    }

    fn start(&self) -> Screen {
        let card = |title: &str, text: &str| Card {
            title: title.to_owned(),
            text: text.to_owned(),
            button: title.to_owned(),
        };
        Screen::Start(Start {
            title: words::START_TITLE.to_owned(),
            lead: words::START_LEAD.to_owned(),
            host: card(words::HOST_A_ROOM.text(), words::HOST_CARD.text()),
            join: card(words::JOIN_A_ROOM.text(), words::JOIN_CARD.text()),
            nearby: self.nearby_list(),
        })
    }

    fn nearby_list(&self) -> NearbyList {
        let tile = |found: &NearbyRoom| NearbyTile {
            title: found.addresses.first().map(words::room_at).unwrap_or_default(),
            detail: if found.ours { words::NEARBY_OURS.text() } else { words::NEARBY_DETAIL.text() }
                .to_owned(),
            button: if found.ours { words::OPEN_OURS.text() } else { words::ENTER_KEY.text() }.to_owned(),
        };
        let list =
            |rooms, note: String, help| NearbyList { heading: words::NEARBY.to_owned(), rooms, note, help };
        let turned_off = keyroom_client::DiscoveryFault::TurnedOff;
        match &self.nearby {
            _ if !self.options.discovery => {
                list(Vec::new(), words::discovery(turned_off), words::discovery_help(Some(turned_off)))
            }
            Nearby::Impossible(fault) => {
                list(Vec::new(), words::discovery(*fault), words::discovery_help(Some(*fault)))
            }
            Nearby::Looking(found) if !found.is_empty() => {
                list(found.iter().map(tile).collect(), String::new(), Vec::new())
            }
            _ => {
                let patient = self.looking.is_none_or(|since| self.now < since + LOOK_PATIENCE);
                let help = if patient { Vec::new() } else { words::discovery_help(None) };
                list(Vec::new(), words::LOOKING.to_owned(), help)
            }
        }
    }

    fn room_screen(&self, room: &Room) -> RoomScreen {
        let (state, tone) = state_word(room);
        let unread = room.unread.count();
        let follows = self.timeline.as_ref().is_none_or(Timeline::follows);
        let failed = self.timeline.as_ref().is_some_and(Timeline::has_failed);
        let empty = self.timeline.as_ref().is_some_and(Timeline::is_empty);
        RoomScreen {
            room: room.id,
            title: room.name.clone(),
            chips: chips(room, state, tone),
            steps: steps(room),
            state: state_line(room, self.now),
            banner: banner(room, failed),
            empty: match (empty, room.is_hosted(), room.was_connected) {
                (true, true, _) => words::EMPTY_HOST.to_owned(),
                (true, ..) if room.sealed.entered => words::EMPTY_SEALED_GUEST.to_owned(),
                (true, false, true) => words::EMPTY_GUEST.to_owned(),
                _ => String::new(),
            },
            jump: match (follows, unread) {
                (true, _) => String::new(),
                (false, 0) => words::TO_NEWEST.to_owned(),
                (false, unread) => words::new_messages(unread),
            },
            composer: room.draft.show(&room.name, room.kind(), unwritable(room)),
            muted: room.choices.muted,
            mute: if room.choices.muted { words::UNMUTE_WORD.text() } else { words::MUTE_WORD.text() }
                .to_owned(),
            has_key: room.invite().is_some() || room.sealed.entered,
            leave: leave_word(room).to_owned(),
            leave_for_good: if room.is_sealed() && room.is_open() && room.sealed.entered {
                words::LEAVE_FOR_GOOD.to_owned()
            } else {
                String::new()
            },
            menu: self.message_menu(),
            typing: words::writing(
                &room.typing.iter().map(|(peer, _)| room.people.name(*peer)).collect::<Vec<_>>(),
            ),
            card: self.code_card(),
            settings: self.room_settings(),
            has_settings: over::has_settings(room),
            sheet: self.sheet.as_ref().map(|sheet| sheet.show(room, self.setting())),
        }
    }
}

/// The last line of a room on the list; of one that is closed it is said first.
fn last_line(room: &Room, state: &str, line: &str) -> String {
    match (room.closed.is_some(), line.is_empty()) {
        (true, true) => state.to_owned(),
        (true, false) => format!("{state} · {line}"),
        (false, _) => line.to_owned(),
    }
}

fn leave_word(room: &Room) -> &'static str {
    let stays = room.kept.is_some() && !room.is_in_memory();
    match (room.is_hosted(), room.closed.is_some()) {
        (_, true) if room.kept.is_some() => words::DELETE.text(),
        (_, true) => words::REMOVE.text(),
        _ if stays => words::CLOSE_FOR_NOW.text(),
        (true, _) => words::CLOSE_ROOM.text(),
        _ => words::LEAVE.text(),
    }
}

fn banner(room: &Room, failed: bool) -> Option<Banner> {
    if failed {
        let text = words::HISTORY_FAILED.to_owned();
        return Some(Banner { text, tone: Tone::Warning, button: String::new(), actions: Vec::new() });
    }
    if let Some(alarm) = room.sealed.alarm() {
        let who = if let Alarm::Claim(peer) = alarm { Some(room.people.name(peer)) } else { None };
        let again = matches!(alarm, Alarm::Copied | Alarm::Unsure | Alarm::Astray)
            && !room.is_hosted()
            && room.is_open();
        return Some(Banner {
            text: words::alarm(alarm, who.as_deref()),
            tone: Tone::Alarm,
            button: if again { words::ENTER_AGAIN.text() } else { "" }.to_owned(),
            actions: alarm_actions(alarm),
        });
    }
    if let Some(refusal) = &room.sealed.refused {
        let text = words::wish_refused(refusal).to_owned();
        return Some(Banner { text, tone: Tone::Warning, button: String::new(), actions: Vec::new() });
    }
    let wrong = !room.is_hosted() && room.key_check.is_wrong();
    wrong.then(|| Banner {
        text: words::WRONG_KEY.to_owned(),
        tone: Tone::Warning,
        button: words::WRONG_KEY_BUTTON.to_owned(),
        actions: Vec::new(),
    })
}

/// What can honestly be done about an alarm, besides entering again.
fn alarm_actions(alarm: Alarm) -> Vec<AlarmAction> {
    match alarm {
        Alarm::Forked | Alarm::RolledBack | Alarm::LogKey => {
            vec![AlarmAction::NewRoom, AlarmAction::LeaveForGood]
        }
        Alarm::Missing(_) | Alarm::Faulty(_) => vec![AlarmAction::AskAgain, AlarmAction::LeaveForGood],
        _ => vec![AlarmAction::LeaveForGood],
    }
}

/// The kind first, always.
fn chips(room: &Room, state: &str, tone: Tone) -> Vec<Chip> {
    let chip = |text: &str, tone, tip: &str| Chip { text: text.to_owned(), tone, tip: tip.to_owned() };
    let mut chips = vec![match room.kind() {
        RoomKind::Sealed => chip(words::SEALED.text(), Tone::Good, words::SEALED_TIP.text()),
        RoomKind::Fernet => chip(words::FERNET.text(), Tone::Warning, words::FERNET_TIP.text()),
    }];
    if matches!(&room.role, Role::Guest(options) if options.by_bare_key()) {
        chips.push(chip(words::NOT_VERIFIED.text(), Tone::Warning, words::NOT_VERIFIED_TIP.text()));
    }
    let tone = if matches!(tone, Tone::Warning | Tone::Alarm) { tone } else { Tone::Quiet };
    if room.is_hosted() || room.sealed.entered {
        chips.push(chip(&words::people_here(room.people.here() + 1, state), tone, ""));
    } else {
        chips.push(chip(state, tone, ""));
    }
    chips
}

/// Why nothing can be written in a room, where that is so.
fn unwritable(room: &Room) -> Option<&'static str> {
    match (room.is_open(), room.can_write()) {
        (_, true) => None,
        (false, _) => Some(words::ROOM_OVER.text()),
        (true, _) if room.sealed.entered => Some(words::STANDS_STILL.text()),
        (true, _) => Some(words::NOT_IN_YET.text()),
    }
}

/// Who asks to be let in. Their names are what they chose (attack matrix row 22).
fn knocks(room: &Room) -> Vec<KnockRow> {
    let row = |knock: &keyroom_client::Knock| KnockRow {
        id: knock.id,
        name: words::knock_name(knock),
        detail: words::knock_detail(knock),
    };
    if room.can_write() { room.sealed.knocks.iter().take(MAX_KNOCKS).map(row).collect() } else { Vec::new() }
}

/// What is said of a member beside its name.
fn member_words(room: &Room, peer: Option<PeerId>) -> Option<String> {
    let member = room.member(peer)?;
    let role = if member.admin { words::ADMIN.text() } else { words::MEMBER.text() };
    Some(match (member.verified, member.admin) {
        (true, true) => format!("{role} · {}", words::COMPARED.text()),
        (true, false) => words::COMPARED.to_owned(),
        (false, _) => role.to_owned(),
    })
}

fn you(room: &Room) -> PersonRow {
    let here = room.is_open();
    let role = match (room.is_hosted(), room.kind()) {
        (true, _) => words::HOST.text(),
        (_, RoomKind::Sealed) => words::MEMBER.text(),
        (_, RoomKind::Fernet) => words::GUEST.text(),
    };
    PersonRow {
        peer: None,
        name: format!("{} ({})", room.me, words::YOU.text()),
        detail: member_words(room, None).unwrap_or_else(|| role.to_owned()),
        has_code: room.member(None).is_some(),
        compared: false,
        muted: false,
        address: String::new(),
        avatar: people::own_avatar(&room.me),
        here,
        renamable: false,
        rename: None,
    }
}

fn person_row(room: &Room, person: &Person, rename: Option<&Rename>) -> PersonRow {
    let role = if room.is_hosted() { words::GUEST.text() } else { words::HOST.text() };
    let presence = match (person.here, room.kind()) {
        (false, _) => words::LEFT.text(),
        (_, RoomKind::Sealed) => words::MEMBER.text(),
        (_, RoomKind::Fernet) => words::HERE.text(),
    };
    let name = room.people.name(person.peer);
    let muted = room.people.is_muted(person.peer);
    // `guest 2 · guest` would say the same thing twice.
    let plain =
        room.is_sealed() || name == role || name.strip_prefix(role).is_some_and(|rest| rest.starts_with(' '));
    PersonRow {
        peer: Some(person.peer),
        has_code: room.member(Some(person.peer)).is_some(),
        compared: room.member(Some(person.peer)).is_some_and(|member| member.verified),
        muted,
        detail: if muted {
            words::MUTED.to_owned()
        } else if let (true, Some(words)) = (person.here, member_words(room, Some(person.peer))) {
            words
        } else if plain {
            presence.to_owned()
        } else {
            format!("{role} · {presence}")
        },
        address: match (&person.address, room.is_hosted()) {
            (Some(address), true) => address.to_string(),
            _ => String::new(),
        },
        avatar: room.people.avatar(person.peer),
        here: person.here,
        renamable: !room.is_sealed(),
        rename: rename.filter(|rename| rename.peer == person.peer).map(|rename| {
            let wrong = rename.field.text().parse::<Label>().err().map(words::label_error);
            let error =
                if rename.error.is_empty() { wrong.unwrap_or_default() } else { rename.error.clone() };
            rename.field.show(words::NEW_NAME.text(), "", words::NEW_NAME_HINT.to_owned(), error)
        }),
        name: text::one_line(&name).into_owned(),
    }
}

/// People who ask that are shown at once; the oldest first.
const MAX_KNOCKS: usize = 20;
/// People who left that are shown when unfolded; the newest first.
const MAX_LEFT: usize = 200;
