//! What an opened envelope means for the timeline and the people in the room.

use std::time::Instant;

use keyroom_history::{DbError, EntryBody, NewEntry, Stage, State, Tx};
use keyroom_mls::{Blame, Body, Changes, Fault, Member, Opened, Pins, Received};
use keyroom_types::{Header, Kind, Label, MessageId, Seq};
use keyroom_wire::{Change, PassRole};

use super::acts::{has_text, may_react};
use super::alarm::{Alarm, Broken};
use super::incoming::Told;
use super::notice::{Line, peer_of};
use super::record::pins_of;
use super::{CLEAN_AFTER, SealedRoom, Trouble};
use crate::event::{CloseReason, Connection, RoomEvent};
use crate::history::Person;

impl SealedRoom {
    /// Takes what became of one envelope.
    pub(super) fn opened(
        &mut self,
        now: Instant,
        tx: &Tx<'_>,
        header: &Header,
        opened: Opened,
        told: &mut Told,
    ) -> Result<(), Trouble> {
        self.captures.opened(&opened);
        self.note_epoch(tx, header, &opened)?;
        match opened {
            Opened::Message(received) => self.received(now, tx, header, received, told),
            Opened::Refused(refused) => {
                if let Some(claim) = &refused.claim {
                    self.check_claim(&refused.from, claim, told);
                }
                self.line(tx, header, &Line::Unreadable(Some(refused.from.identity)), told)
            }
            Opened::Changed(changes) => self.changed(now, tx, header, &changes, told),
            Opened::Skipped(skipped) => {
                tracing::debug!(seq = header.seq.get(), fault = ?skipped.fault, "an envelope was skipped");
                let by = match skipped.blame {
                    Blame::Member(member) => Some(member.identity),
                    _ => None,
                };
                if header.kind.is_commit() {
                    self.outgoing.republish = Some(header.seq);
                    self.repair_after(now, tx, header.pass)?;
                }
                if header.kind == Kind::Join && self.may_commit() {
                    self.confirmations.skipped(now, self.rank(None));
                }
                match skipped.fault {
                    Fault::Unreadable if header.kind != Kind::Join => self.not_heard(tx, header, told)?,
                    Fault::Malformed | Fault::WrongKind if header.kind != Kind::Join => {
                        self.heard_junk(tx, header)?;
                    }
                    _ => {}
                }
                let line = if header.kind.is_commit() { Line::Skipped(by) } else { Line::Unreadable(by) };
                self.line(tx, header, &line, told)
            }
            Opened::Unsure(unsure) => {
                let by = unsure.by.map(|member| member.identity);
                self.record.unsure = Some(Broken::Unsure(header.seq).encode());
                told.alarm(Alarm::Unsure);
                self.line(tx, header, &Line::Unsure(by), told)
            }
            Opened::Removed(changes) => {
                self.record.stage = Stage::Removed;
                tx.put_room(&self.record)?;
                for removed in changes.removed.iter().filter(|member| member.me) {
                    let line = Line::Removed { who: removed.identity, by: changes.by.identity };
                    self.line(tx, header, &line, told)?;
                }
                told.close(CloseReason::Removed);
                Ok(())
            }
        }
    }

    fn received(
        &mut self,
        now: Instant,
        tx: &Tx<'_>,
        header: &Header,
        received: Received,
        told: &mut Told,
    ) -> Result<(), Trouble> {
        let Received { from, content, claim, .. } = received;
        self.check_claim(&from, &claim, told);
        self.confirmed_by(tx, header, &from, told)?;
        self.confirmations.answered(&from.pass);
        // Others of the epoch opened what only members can: whoever waited for an unsure commit to be resolved knows now
        // that the others skipped it, too.
        if self
            .record
            .unsure
            .as_deref()
            .is_some_and(|broken| matches!(Broken::decode(broken), Broken::Unsure(_)))
        {
            self.record.unsure = None;
            tx.put_room(&self.record)?;
        }
        let members = self.group.as_ref().map_or(0, |group| group.member_count());
        let room = self.record.room;
        match &content.body {
            Body::Text { text, reply } => {
                if self.add_message(tx, header, &from, content.id, text, *reply, told)? {
                    self.receipts.saw(now, header.seq, members);
                }
            }
            Body::File { name, .. } => {
                // Files come with the window for sealed rooms; until then the line says that there was one.
                let text = format!("[file: {name}]");
                self.add_message(tx, header, &from, content.id, &text, None, told)?;
            }
            Body::Edit { target, text } => {
                if let Some(position) = tx.find(&room, &from.identity, target)?
                    && has_text(tx, &room, position)?
                {
                    tx.keep_text(&room, position, header.time)?;
                    tx.set_text(&room, position, Some(text))?;
                    told.changed(position);
                }
            }
            Body::Delete { target } => {
                if let Some(position) = tx.find(&room, &from.identity, target)? {
                    tx.set_text(&room, position, None)?;
                    self.clean.get_or_insert(now + CLEAN_AFTER);
                    told.changed(position);
                }
            }
            Body::Reaction { target, emoji, on } => {
                if let Some(position) = tx.find_any(&room, target)?
                    && has_text(tx, &room, position)?
                    && may_react(tx, &room, position, &from.identity, *on)?
                {
                    tx.react(&room, position, &from.identity, emoji, *on)?;
                    told.changed(position);
                }
            }
            Body::Receipt { seen } => {
                // Nobody has seen what is not there yet.
                let seen = (*seen).min(header.seq);
                // What one had already has another now, too.
                let before = tx.seen(&room)?.into_iter().find(|(who, _)| *who == from.identity);
                for position in tx.seen_between(&room, before.map_or(Seq::ZERO, |(_, at)| at), seen)? {
                    told.changed(position);
                }
                tx.set_seen(&room, &from.identity, seen)?;
                for position in tx.delivered(&room, seen)? {
                    told.changed(position);
                }
            }
            Body::Profile { .. } | Body::Unknown { .. } => {}
            Body::Leave => {
                self.gone.insert(from.pass);
                self.line(tx, header, &Line::Left(from.identity), told)?;
                told.event(RoomEvent::Person(person(&from, false)));
            }
            Body::DoorKey { key } => self.new_key(tx, &from, key, told)?,
            Body::Confirm { passes } => {
                let settled = passes.iter().filter(|pass| self.confirmations.settled(pass)).count();
                if settled > 0 {
                    self.confirmations.keep(tx, &room)?;
                }
                self.may_commit |= passes.contains(&self.pass);
            }
        }
        Ok(())
    }

    /// Adds somebody's message, unless it is in the timeline already: the same id from the same identity is the same message.
    #[allow(clippy::too_many_arguments, reason = "all of them are the line")]
    fn add_message(
        &self,
        tx: &Tx<'_>,
        header: &Header,
        from: &Member,
        id: MessageId,
        text: &str,
        reply: Option<MessageId>,
        told: &mut Told,
    ) -> Result<bool, Trouble> {
        let body = EntryBody::Message {
            author: from.identity,
            name: from.name.clone(),
            id,
            text: Some(text.to_owned()),
            reply,
            edited: false,
            state: State::Received,
        };
        let entry = NewEntry { at: header.time, seq: Some(header.seq), body };
        match tx.append(&self.record.room, &entry) {
            Ok(position) => told.line(position),
            Err(DbError::Repeated) => return Ok(false),
            Err(error) => return Err(error.into()),
        }
        Ok(true)
    }

    /// A door's new key, for those who stay. Only an admin's counts, and only for a door that is open.
    fn new_key(
        &mut self,
        tx: &Tx<'_>,
        from: &Member,
        key: &keyroom_types::Key,
        told: &mut Told,
    ) -> Result<(), Trouble> {
        if from.admin && self.opens_a_door(key) {
            self.record.key = Some(key.clone());
            self.record.key_expires = None;
            tx.put_room(&self.record)?;
            told.event(RoomEvent::NewKey);
        }
        Ok(())
    }

    fn changed(
        &mut self,
        now: Instant,
        tx: &Tx<'_>,
        header: &Header,
        changes: &Changes,
        told: &mut Told,
    ) -> Result<(), Trouble> {
        self.check_claim(&changes.by, &changes.claim, told);
        self.record.name = self.name().as_str().to_owned();
        self.confirmed_by(tx, header, &changes.by, told)?;
        self.clean.get_or_insert(now + CLEAN_AFTER);
        if !changes.by.me {
            self.watch.commit(now, self.rank(Some(&changes.by)));
        }
        if let Some((before, after)) = &changes.policy {
            let me = self.identity.key();
            if before.is_admin(&me) != after.is_admin(&me) {
                // Whoever changed it told the relay with the same append.
                self.admin_there = after.is_admin(&me);
            }
        }
        if changes.by.admin && header.kind == Kind::Commit {
            self.repair.admin_committed(tx, &self.record.room, &changes.by.pass)?;
        }
        for member in &changes.joined {
            let line = match member.entrance {
                keyroom_mls::Entrance::Added => {
                    Line::Admitted { who: member.identity, by: changes.by.identity }
                }
                _ => Line::Joined(member.identity, member.replaces.is_some()),
            };
            self.line(tx, header, &line, told)?;
            told.event(RoomEvent::Person(person(member, true)));
            self.admissions.came_in(&member.pass);
            if !member.me {
                // Whoever let somebody in says so first.
                let admitted = member.entrance == keyroom_mls::Entrance::Added;
                let rank = if changes.by.me { 0 } else { self.rank(Some(member)) + u32::from(admitted) };
                self.confirmations.joined(now, member.pass, rank);
            }
        }
        for member in &changes.removed {
            self.confirmations.settled(&member.pass);
            let stays = self
                .group
                .as_ref()
                .is_some_and(|group| group.members().iter().any(|other| other.identity == member.identity));
            if !stays {
                let line = Line::Removed { who: member.identity, by: changes.by.identity };
                self.line(tx, header, &line, told)?;
                told.event(RoomEvent::Person(person(member, false)));
            }
        }
        if !changes.joined.is_empty() || !changes.removed.is_empty() {
            self.confirmations.keep(tx, &self.record.room)?;
        }
        for (member, _) in &changes.renamed {
            told.event(RoomEvent::Person(person(member, true)));
        }
        if changes.policy.is_some() && changes.removed.is_empty() {
            self.line(tx, header, &Line::Policy(changes.by.identity), told)?;
        }
        if let Some((before, after)) = &changes.policy {
            if before.doors.iter().all(|old| after.door(&old.door.id).is_none()) {
                self.admissions.clear();
            }
            // Whoever is an admin from now on was not told yet.
            self.admissions.ask_again();
            self.known_key(tx)?;
        }
        Ok(())
    }

    /// A key whose door is closed opens nothing: it is forgotten.
    fn known_key(&mut self, tx: &Tx<'_>) -> Result<(), Trouble> {
        if let Some(group) = &self.group {
            let policy = group.policy();
            crate::profile::note_key(tx, &self.record.room, None, |id| policy.door(id).is_some())?;
        }
        if self.record.key.as_ref().is_some_and(|key| !self.opens_a_door(key)) {
            self.record.key = None;
            tx.put_room(&self.record)?;
        }
        Ok(())
    }

    /// Whether a door of that key is open.
    fn opens_a_door(&self, key: &keyroom_types::Key) -> bool {
        let door = keyroom_types::DoorSeeds::of(key).id;
        let doors = self.group.as_ref().map(|group| &group.policy().doors);
        doors.is_some_and(|doors| doors.iter().any(|open| open.door.id == door))
    }

    /// Somebody else's envelope in our epoch: we are in the room for others, too.
    fn confirmed_by(
        &mut self,
        tx: &Tx<'_>,
        header: &Header,
        by: &Member,
        told: &mut Told,
    ) -> Result<(), Trouble> {
        if !by.me && self.footing.heard(&by.pass) {
            self.footing.keep(tx, &self.record.room)?;
        }
        if self.record.stage == Stage::Waiting && !by.me {
            self.record.stage = Stage::Member;
            tx.put_room(&self.record)?;
            self.line(tx, header, &Line::Confirmed(by.identity), told)?;
            told.event(RoomEvent::Connection(Connection::Confirmed));
        }
        Ok(())
    }

    /// What tells the relay that a newcomer is one. Who is an admin of the room by its identity, and comes with a pass that the
    /// relay does not know, is one there, too.
    pub(super) fn confirmation(&self, pass: keyroom_types::PassKey) -> Change {
        let is_admin = |member: &Member| member.pass == pass && member.admin;
        let group = self.group.as_ref().filter(|_| self.admin_there);
        let admin = group.is_some_and(|group| group.members().iter().any(is_admin));
        if admin { Change::Grant(pass, PassRole::Admin) } else { Change::Confirm(pass) }
    }

    /// How many members stand before us in the tree, without that one: who does first what one member has to do.
    fn rank(&self, without: Option<&Member>) -> u32 {
        let Some(group) = &self.group else { return 0 };
        let me = group.me().leaf;
        let leaves = group.members().into_iter().map(|member| member.leaf);
        let before = leaves.filter(|leaf| *leaf < me && without.is_none_or(|member| member.leaf != *leaf));
        u32::try_from(before.count()).unwrap_or(u32::MAX)
    }

    /// Tells the face who is in the room.
    pub(super) fn tell_people(&mut self) {
        let people: Vec<Person> = self
            .group
            .iter()
            .flat_map(keyroom_mls::Room::members)
            .map(|member| person(&member, true))
            .collect();
        self.events.extend(people.into_iter().map(RoomEvent::Person));
    }

    /// Whom newcomers are to trust at the relay.
    pub(super) fn pins(&self) -> Pins {
        Pins {
            relay: pins_of(&self.record.trust),
            log: self.record.log_key,
            incarnation: self.record.incarnation,
        }
    }
}

/// A member as a face shows it.
pub(crate) fn person(member: &Member, here: bool) -> Person {
    let label = member.name.parse().unwrap_or_else(|_| Label::from_word("somebody"));
    Person { peer: peer_of(&member.identity), label, here, address: None }
}
