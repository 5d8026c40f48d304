//! What is on the screen now.

use keyroom_client::{Nearby, NearbyRoom, Person};
use keyroom_types::{Label, text};

use super::{App, Asked, LOOK_PATIENCE, Place, Rename};
use crate::room::{Room, Unread, people, state_line, state_word};
use crate::screen::{
    About, Banner, Card, Chip, NearbyList, NearbyTile, PeopleList, PersonRow, Question, RoomScreen, RoomTile,
    Screen, Shell, Start, Tone,
};
use crate::timeline::Timeline;
use crate::words;

impl App {
    /// What stands around the main part.
    pub fn shell(&self) -> Shell {
        let (narrow, in_room) = (self.is_narrow(), self.shown_id().is_some());
        let has_rooms = self.rooms.iter().any(Room::is_listed);
        let people = in_room && self.people_wanted.unwrap_or_else(|| self.is_roomy());
        let rail_alone = narrow && has_rooms && self.place == Place::Start;
        Shell {
            title: self.title(),
            rail: has_rooms && (!narrow || rail_alone),
            main: !(rail_alone || narrow && people),
            people,
            back: narrow && self.place != Place::Start,
            text_scale: self.window.text_scale,
            question: self.question.map(|asked| self.ask(asked)),
        }
    }

    /// What the main part shows.
    pub fn screen(&self) -> Screen {
        match self.place {
            Place::HostSetup => Screen::HostSetup(self.host_form.show(self.options.discovery)),
            Place::Join => Screen::Join(self.join_form.show(self.nearby_list())),
            Place::About => Screen::About(About {
                title: words::KEYROOM.to_owned(),
                version: words::version(&self.options.version),
                text: words::about(),
            }),
            Place::Room(id) => match self.room(id) {
                Some(room) => Screen::Room(Box::new(self.room_screen(room))),
                None => self.start(),
            },
            Place::Start => self.start(),
        }
    }

    /// The list of rooms, in the order in which they were opened.
    pub fn rail(&self) -> Vec<RoomTile> {
        let today = self.local(self.now);
        let tile = |room: &Room| {
            let (state, tone) = state_word(room);
            let (last, time) = match &room.last {
                Some((line, at)) => (line.clone(), self.local(*at).short(&today)),
                None => (words::NOTHING_YET.to_owned(), String::new()),
            };
            RoomTile {
                room: room.id,
                name: room.name.clone(),
                last,
                time,
                unread: Unread::chip(room.unread.count()),
                kind: words::FERNET.to_owned(),
                state: state.to_owned(),
                tone,
                selected: self.shown_id() == Some(room.id),
            }
        };
        self.rooms.iter().filter(|room| room.is_listed()).map(tile).collect()
    }

    /// The people of the room on the screen.
    pub fn people(&self) -> PeopleList {
        let room = self.shown_room();
        let all = room.map(|room| room.people.all()).unwrap_or_default();
        let mut shown: Vec<PersonRow> = room.map(you).into_iter().collect();
        let show = |person: &Person| room.map(|room| person_row(room, person, self.rename.as_ref()));
        shown.extend(all.iter().filter(|person| person.here).filter_map(show));
        let left = all.iter().filter(|person| !person.here).count();
        if self.left_shown {
            shown.extend(all.iter().rev().filter(|person| !person.here).take(MAX_LEFT).filter_map(show));
        }
        let hosted = room.is_some_and(Room::is_hosted);
        PeopleList {
            heading: words::PEOPLE.to_owned(),
            people: shown,
            left: if left == 0 { String::new() } else { words::left(left) },
            left_shown: self.left_shown,
            note: if hosted { words::PEOPLE_HOST_NOTE } else { words::PEOPLE_GUEST_NOTE }.to_owned(),
        }
    }

    fn title(&self) -> String {
        let unread: u64 =
            self.rooms.iter().filter(|room| room.is_listed()).map(|room| room.unread.count()).sum();
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
                (words::close_question(name, room.map_or(0, Room::guests)), words::CLOSE_ROOM)
            }
            Asked::Quit => (words::quit_question(self.rooms.iter().map(Room::guests).sum()), words::QUIT),
        };
        Question { title, text, confirm: confirm.to_owned(), cancel: words::CANCEL.to_owned() }
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
            host: card(words::HOST_A_ROOM, words::HOST_CARD),
            join: card(words::JOIN_A_ROOM, words::JOIN_CARD),
            nearby: self.nearby_list(),
        })
    }

    fn nearby_list(&self) -> NearbyList {
        let tile = |found: &NearbyRoom| NearbyTile {
            title: found.addresses.first().map(words::room_at).unwrap_or_default(),
            detail: if found.ours { words::NEARBY_OURS } else { words::NEARBY_DETAIL }.to_owned(),
            button: if found.ours { words::OPEN_OURS } else { words::ENTER_KEY }.to_owned(),
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
            chips: vec![
                Chip {
                    text: words::FERNET.to_owned(),
                    tone: Tone::Warning,
                    tip: words::FERNET_TIP.to_owned(),
                },
                Chip {
                    text: match room.is_hosted() {
                        true => words::people_here(room.people.here() + 1, state),
                        false => state.to_owned(),
                    },
                    tone: if tone == Tone::Warning { tone } else { Tone::Quiet },
                    tip: String::new(),
                },
            ],
            state: state_line(room, self.now),
            banner: banner(room, failed),
            empty: match (empty, room.is_hosted(), room.was_connected) {
                (true, true, _) => words::EMPTY_HOST.to_owned(),
                (true, false, true) => words::EMPTY_GUEST.to_owned(),
                _ => String::new(),
            },
            jump: match (follows, unread) {
                (true, _) => String::new(),
                (false, 0) => words::TO_NEWEST.to_owned(),
                (false, unread) => words::new_messages(unread),
            },
            composer: room.draft.show(&room.name, room.is_open()),
            has_key: room.invite().is_some(),
            leave: if room.is_hosted() { words::CLOSE_ROOM } else { words::LEAVE }.to_owned(),
            sheet: self.sheet.as_ref().map(|sheet| sheet.show(room, self.options.discovery)),
        }
    }
}

fn banner(room: &Room, failed: bool) -> Option<Banner> {
    if failed {
        return Some(Banner { text: words::HISTORY_FAILED.to_owned(), button: String::new() });
    }
    let wrong = !room.is_hosted() && room.key_check.is_wrong();
    wrong.then(|| Banner { text: words::WRONG_KEY.to_owned(), button: words::WRONG_KEY_BUTTON.to_owned() })
}

fn you(room: &Room) -> PersonRow {
    let here = room.is_open();
    let role = if room.is_hosted() { words::HOST } else { words::GUEST };
    PersonRow {
        peer: None,
        name: format!("{} ({})", room.me, words::YOU),
        detail: role.to_owned(),
        address: String::new(),
        avatar: people::own_avatar(&room.me),
        here,
        rename: None,
    }
}

fn person_row(room: &Room, person: &Person, rename: Option<&Rename>) -> PersonRow {
    let role = if room.is_hosted() { words::GUEST } else { words::HOST };
    let presence = if person.here { words::HERE } else { words::LEFT };
    let name = room.people.name(person.peer);
    // `guest 2 · guest` would say the same thing twice.
    let plain = name == role || name.strip_prefix(role).is_some_and(|rest| rest.starts_with(' '));
    PersonRow {
        peer: Some(person.peer),
        detail: if plain { presence.to_owned() } else { format!("{role} · {presence}") },
        address: match (&person.address, room.is_hosted()) {
            (Some(address), true) => address.to_string(),
            _ => String::new(),
        },
        avatar: room.people.avatar(person.peer),
        here: person.here,
        rename: rename.filter(|rename| rename.peer == person.peer).map(|rename| {
            let wrong = rename.field.text().parse::<Label>().err().map(words::label_error);
            let error =
                if rename.error.is_empty() { wrong.unwrap_or_default() } else { rename.error.clone() };
            rename.field.show(words::NEW_NAME, "", words::NEW_NAME_HINT.to_owned(), error)
        }),
        name: text::one_line(&name).into_owned(),
    }
}

/// People who left that are shown when unfolded; the newest first.
const MAX_LEFT: usize = 200;
