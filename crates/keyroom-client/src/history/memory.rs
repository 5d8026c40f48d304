//! A history that lives in memory and ends with the process.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use super::matching::Query;
use super::{Body, Entry, Found, FoundIn, History, HistoryError, PeerId, Person, Position, Sender};
use crate::command::RoomId;
use crate::inspect::CaptureLimits;

/// A [`History`] that lives in memory and ends with the process.
///
/// A page costs what it returns, wherever it lies: entries stand in a vector, and a text is shared, not copied.
#[derive(Debug, Default)]
pub struct MemoryHistory {
    rooms: RwLock<HashMap<RoomId, Room>>,
    limits: RwLock<CaptureLimits>,
}

impl MemoryHistory {
    /// A history without any room.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, keeping the bytes of messages within these limits.
    pub fn capturing(limits: CaptureLimits) -> Self {
        Self { limits: limits.into(), ..Self::default() }
    }

    fn limits(&self) -> CaptureLimits {
        *self.limits.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives what `read` makes of the room, or the default for a room that is not known.
    fn read<T: Default>(&self, room: RoomId, read: impl FnOnce(&Room) -> T) -> T {
        // A panic elsewhere cannot leave a room half changed: each change below is a single push or assignment.
        let rooms = self.rooms.read().unwrap_or_else(PoisonError::into_inner);
        rooms.get(&room).map(read).unwrap_or_default()
    }

    fn write<T>(&self, room: RoomId, write: impl FnOnce(&mut Room) -> T) -> T {
        let mut rooms = self.rooms.write().unwrap_or_else(PoisonError::into_inner);
        write(rooms.entry(room).or_default())
    }
}

impl History for MemoryHistory {
    fn append(&self, room: RoomId, at: SystemTime, body: Body) -> Result<Position, HistoryError> {
        self.write(room, |room| {
            let position = Position(room.entries.len() as u64);
            room.entries.push(Entry { position, at, seq: None, body });
            Ok(position)
        })
    }

    fn replace(&self, room: RoomId, position: Position, body: Body) -> Result<(), HistoryError> {
        let place = usize::try_from(position.0).map_err(|_| HistoryError::NoEntry)?;
        self.write(room, |room| {
            room.entries.get_mut(place).ok_or(HistoryError::NoEntry)?.body = body;
            Ok(())
        })
    }

    fn len(&self, room: RoomId) -> Result<u64, HistoryError> {
        Ok(self.read(room, |room| room.entries.len() as u64))
    }

    fn page(&self, room: RoomId, from: Position, at_most: usize) -> Result<Vec<Entry>, HistoryError> {
        let from = usize::try_from(from.0).unwrap_or(usize::MAX);
        Ok(self.read(room, |room| {
            let after = room.entries.get(from..).unwrap_or_default();
            after[..at_most.min(after.len())].to_vec()
        }))
    }

    fn search(&self, text: &str, room: Option<RoomId>, at_most: usize) -> Result<Vec<Found>, HistoryError> {
        let Some(query) = Query::of(text) else { return Ok(Vec::new()) };
        let rooms = self.rooms.read().unwrap_or_else(PoisonError::into_inner);
        let wanted = rooms.iter().filter(|(id, _)| room.is_none_or(|only| only == **id));
        let mut found: Vec<Found> =
            wanted.flat_map(|(id, room)| room.found(*id, &query).take(at_most)).collect();
        found.sort_by_key(|found| std::cmp::Reverse(found.at));
        found.truncate(at_most);
        Ok(found)
    }

    fn set_person(&self, room: RoomId, person: Person) -> Result<(), HistoryError> {
        self.write(room, |room| {
            match room.places.get(&person.peer).and_then(|&place| room.people.get_mut(place)) {
                Some(known) => *known = person,
                None => {
                    room.places.insert(person.peer, room.people.len());
                    room.people.push(person);
                }
            }
        });
        Ok(())
    }

    fn people(&self, room: RoomId) -> Result<Vec<Person>, HistoryError> {
        Ok(self.read(room, |room| room.people.clone()))
    }

    fn person(&self, room: RoomId, peer: PeerId) -> Result<Option<Person>, HistoryError> {
        Ok(self.read(room, |room| room.places.get(&peer).and_then(|&place| room.people.get(place)).cloned()))
    }

    fn draft(&self, room: RoomId) -> Result<String, HistoryError> {
        Ok(self.read(room, |room| room.draft.clone()))
    }

    fn set_draft(&self, room: RoomId, draft: &str) -> Result<(), HistoryError> {
        self.write(room, |room| draft.clone_into(&mut room.draft));
        Ok(())
    }

    fn keep_wire(&self, room: RoomId, position: Position, at: SystemTime, wire: &[u8]) {
        let limits = self.limits();
        if limits.is_on() {
            self.write(room, |room| {
                room.wire_bytes += wire.len();
                room.wires.push_back((position, at, wire.into()));
                room.prune_wires(&limits, at);
            });
        }
    }

    fn wire(&self, room: RoomId, position: Position) -> Option<Arc<[u8]>> {
        self.read(room, |room| {
            let place = room.wires.binary_search_by_key(&position, |(position, ..)| *position).ok()?;
            let (_, at, wire) = room.wires.get(place)?;
            let is_old = at.elapsed().is_ok_and(|age| age > self.limits().keep);
            (!is_old).then(|| Arc::clone(wire))
        })
    }

    fn capture_limits(&self) -> Result<CaptureLimits, HistoryError> {
        Ok(self.limits())
    }

    fn set_capture_limits(&self, limits: &CaptureLimits, now: SystemTime) -> Result<(), HistoryError> {
        *self.limits.write().unwrap_or_else(PoisonError::into_inner) = *limits;
        let mut rooms = self.rooms.write().unwrap_or_else(PoisonError::into_inner);
        rooms.values_mut().for_each(|room| room.prune_wires(limits, now));
        Ok(())
    }

    fn forget(&self, room: RoomId) -> Result<(), HistoryError> {
        self.rooms.write().unwrap_or_else(PoisonError::into_inner).remove(&room);
        Ok(())
    }
}

#[derive(Debug, Default)]
struct Room {
    entries: Vec<Entry>,
    people: Vec<Person>,
    /// Where in `people` each peer stands.
    places: BTreeMap<PeerId, usize>,
    draft: String,
    /// Bytes of messages as they went over the network, oldest first.
    wires: VecDeque<(Position, SystemTime, Arc<[u8]>)>,
    wire_bytes: usize,
}

impl Room {
    /// Messages that the words are in, newest first.
    fn found<'a>(&'a self, id: RoomId, query: &'a Query) -> impl Iterator<Item = Found> + 'a {
        self.entries.iter().rev().filter_map(move |entry| {
            let Body::Message(message) = &entry.body else { return None };
            let marks = query.marks(&message.text)?;
            let name = match message.from {
                Sender::Me => None,
                Sender::Peer(peer) => self.places.get(&peer).and_then(|&place| self.people.get(place)),
            };
            Some(Found {
                room: FoundIn::Open(id),
                position: entry.position,
                at: entry.at,
                from: message.from,
                name: name.map_or_else(|| "".into(), |person| person.label.as_str().into()),
                text: Arc::clone(&message.text),
                marks,
            })
        })
    }

    /// Forgets the oldest bytes, until what is there is within the limits.
    fn prune_wires(&mut self, limits: &CaptureLimits, now: SystemTime) {
        let share = if limits.is_on() { limits.bytes / ROOMS_SHARE } else { 0 };
        let bytes = usize::try_from(share).unwrap_or(usize::MAX);
        let is_old = |then: SystemTime| now.duration_since(then).is_ok_and(|age| age > limits.keep);
        while let Some((_, then, oldest)) = self.wires.front()
            && (self.wire_bytes > bytes || is_old(*then))
        {
            self.wire_bytes -= oldest.len();
            self.wires.pop_front();
        }
    }
}

/// A room's part of what may be captured.
const ROOMS_SHARE: u64 = 16;

#[cfg(test)]
mod tests {
    use super::super::{Message, MessageId, MessageState, Notice, Sender};
    use super::*;

    fn message(text: &str) -> Body {
        Body::Message(Message {
            id: MessageId::Token([0; 32]),
            from: Sender::Me,
            text: text.into(),
            state: MessageState::Waiting,
        })
    }

    fn texts(page: &[Entry]) -> Vec<&str> {
        page.iter()
            .map(|entry| if let Body::Message(m) = &entry.body { &*m.text } else { "notice" })
            .collect()
    }

    fn person(peer: u64, label: &str) -> Person {
        Person { peer: PeerId(peer), label: label.parse().unwrap(), here: true, address: None }
    }

    #[test]
    fn positions_are_dense_and_pages_hold_what_exists() {
        let (history, room, other) = (MemoryHistory::new(), RoomId::fresh(), RoomId::fresh());
        for (place, text) in ["a", "b", "c"].into_iter().enumerate() {
            let position = history.append(room, SystemTime::UNIX_EPOCH, message(text)).unwrap();
            assert_eq!(position, Position(place as u64));
        }
        assert_eq!(history.append(other, SystemTime::UNIX_EPOCH, message("x")).unwrap(), Position(0));
        assert_eq!(history.len(room).unwrap(), 3);
        assert_eq!(texts(&history.page(room, Position(1), 10).unwrap()), ["b", "c"]);
        assert_eq!(texts(&history.page(room, Position(0), 1).unwrap()), ["a"]);
        assert!(history.page(room, Position(3), 10).unwrap().is_empty());
        assert!(history.page(room, Position(u64::MAX), usize::MAX).unwrap().is_empty());
    }

    #[test]
    fn replacing_changes_one_body_and_keeps_its_place_and_time() {
        let (history, room) = (MemoryHistory::new(), RoomId::fresh());
        let position = history.append(room, SystemTime::UNIX_EPOCH, message("a")).unwrap();
        let joined = Body::Notice(Notice::Joined(PeerId(1)));
        history.replace(room, position, joined.clone()).unwrap();
        let page = history.page(room, position, 1).unwrap();
        assert_eq!((page[0].position, page[0].at), (position, SystemTime::UNIX_EPOCH));
        assert!(matches!(page[0].body, Body::Notice(Notice::Joined(PeerId(1)))));
        assert_eq!(history.replace(room, Position(1), joined), Err(HistoryError::NoEntry));
    }

    #[test]
    fn people_stand_in_the_order_in_which_they_came() {
        let (history, room) = (MemoryHistory::new(), RoomId::fresh());
        history.set_person(room, person(2, "guest 2")).unwrap();
        history.set_person(room, person(1, "guest 1")).unwrap();
        history.set_person(room, person(2, "Anna")).unwrap();
        assert_eq!(history.people(room).unwrap(), [person(2, "Anna"), person(1, "guest 1")]);
        assert_eq!(history.person(room, PeerId(1)).unwrap(), Some(person(1, "guest 1")));
        assert_eq!(history.person(room, PeerId(3)).unwrap(), None);
    }

    #[test]
    fn messages_are_found_by_their_words_in_one_room_or_in_all_newest_first() {
        let (history, garden, kitchen) = (MemoryHistory::new(), RoomId::fresh(), RoomId::fresh());
        let at = |minute: u64| SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(60 * minute);
        for (room, minute, text) in [
            (garden, 1, "bring seeds"),
            (kitchen, 2, "Seeds for bread?"),
            (garden, 3, "no"),
            (garden, 4, "seeds!"),
        ] {
            history.append(room, at(minute), message(text)).unwrap();
        }
        let texts = |room, at_most| -> Vec<String> {
            let found = history.search("seed", room, at_most).unwrap();
            found.iter().map(|found| found.text.to_string()).collect()
        };
        assert_eq!(texts(None, 10), ["seeds!", "Seeds for bread?", "bring seeds"]);
        assert_eq!(texts(None, 2), ["seeds!", "Seeds for bread?"]);
        assert_eq!(texts(Some(garden), 10), ["seeds!", "bring seeds"]);
        let found = history.search("seed", Some(kitchen), 10).unwrap().remove(0);
        assert_eq!((found.room, found.position), (FoundIn::Open(kitchen), Position(0)));
        assert!(found.marks.iter().eq([&(0..5)]));
        assert!(history.search(" ", None, 10).unwrap().is_empty());
    }

    #[test]
    fn a_forgotten_room_is_empty_again() {
        let (history, room) = (MemoryHistory::new(), RoomId::fresh());
        history.append(room, SystemTime::UNIX_EPOCH, message("a")).unwrap();
        history.set_person(room, person(1, "guest 1")).unwrap();
        history.set_draft(room, "half a senten").unwrap();
        assert_eq!(history.draft(room).unwrap(), "half a senten");
        history.forget(room).unwrap();
        assert_eq!(history.len(room).unwrap(), 0);
        assert!(history.people(room).unwrap().is_empty());
        assert_eq!(history.draft(room).unwrap(), "");
    }

    #[test]
    fn the_bytes_of_messages_are_kept_for_a_time_and_to_a_size() {
        let limits = CaptureLimits { bytes: 16 * 100, ..CaptureLimits::default() };
        let (history, room) = (MemoryHistory::capturing(limits), RoomId::fresh());
        let now = SystemTime::now();
        for number in 0..10_u8 {
            history.keep_wire(room, Position(number.into()), now, &[number; 30]);
        }
        let kept: Vec<u64> = (0..10).filter(|place| history.wire(room, Position(*place)).is_some()).collect();
        assert_eq!(kept, [7, 8, 9]);
        assert_eq!(&*history.wire(room, Position(8)).unwrap(), [8; 30]);
        let (old, elsewhere) = (now - limits.keep - std::time::Duration::from_secs(1), RoomId::fresh());
        history.keep_wire(elsewhere, Position(0), old, b"x");
        assert!(history.wire(elsewhere, Position(0)).is_none());
        history.set_capture_limits(&CaptureLimits::OFF, now).unwrap();
        assert!((0..10).all(|place| history.wire(room, Position(place)).is_none()), "switched off");
        history.keep_wire(room, Position(10), now, b"x");
        assert!(history.wire(room, Position(10)).is_none());
        let off = MemoryHistory::capturing(CaptureLimits { keep: std::time::Duration::ZERO, ..limits });
        off.keep_wire(room, Position(0), now, b"x");
        assert!(off.wire(room, Position(0)).is_none());
    }

    #[test]
    fn a_page_deep_in_a_hundred_thousand_messages_is_exact() {
        let (history, room) = (MemoryHistory::new(), RoomId::fresh());
        for number in 0..100_000 {
            history.append(room, SystemTime::UNIX_EPOCH, message(&number.to_string())).unwrap();
        }
        assert_eq!(texts(&history.page(room, Position(99_997), 50).unwrap()), ["99997", "99998", "99999"]);
        assert_eq!(history.page(room, Position(50_000), 50).unwrap().len(), 50);
    }
}
