//! Making a room.

use std::sync::Arc;

use keyroom_link::relay::Blob;
use keyroom_types::PassKey;
use keyroom_wire::{Answer, Code, Door, Refusal, Who};

use super::{HubLink, Shared, lock, millis};
use crate::Now;
use crate::bucket::network_of;
use crate::room::{Asker, RETRY_MS, Room};

impl HubLink {
    /// Makes the room that the founder logged in for; a founder who asks again has the first answer.
    pub(super) fn create(&mut self, now: Now, request: u64, doors: &[Door], blob: Option<&Blob>) {
        let shared = Arc::clone(&self.shared);
        if self.room.is_some() {
            return self.created_before(now, request);
        }
        let who = self.cell.with(|session| session.who());
        let (Some(Who::Founder(pass)), Some(_)) = (who, self.founding) else {
            return self.cell.refuse(&shared.counts, request, Refusal::new(Code::Role));
        };
        if let Err(refusal) = self.found(&shared, now, request, pass, doors, blob) {
            self.cell.refuse(&shared.counts, request, refusal);
        }
    }

    fn found(
        &mut self,
        shared: &Arc<Shared>,
        now: Now,
        request: u64,
        pass: PassKey,
        doors: &[Door],
        blob: Option<&Blob>,
    ) -> Result<(), Refusal> {
        let id = self.founding.ok_or(Refusal::new(Code::OutOfTurn))?;
        shared.may_found().map_err(Refusal::new)?;
        if !shared.may_write() {
            return Err(Refusal::later(Code::Busy, RETRY_MS));
        }
        // Looked for first, so that a room in the store is never made a second time in memory.
        if shared.rooms.get(now.mono, &*shared.store, &shared.counts, id).is_ok() {
            return Err(Refusal::new(Code::RoomExists));
        }
        lock(&shared.foundings)
            .take(now.mono, network_of(self.peer))
            .map_err(|wait| Refusal::later(Code::Rate, millis(wait)))?;
        let asker = Asker { link: self.cell.id, request };
        let (room, write) = Room::found(id, asker, pass, doors, blob, now.wall).map_err(Refusal::new)?;
        let cell = shared.rooms.insert(&shared.counts, id, room).ok_or(Refusal::new(Code::RoomExists))?;
        if let Some(served) = lock(&cell.served).as_mut() {
            served.add(&shared.counts, &self.cell, Who::Pass(pass));
            self.cell.with(|session| session.promote(pass));
            shared.write(now, &cell, served, write);
        }
        self.founding = None;
        self.room = Some(cell);
        Ok(())
    }

    fn created_before(&mut self, now: Now, request: u64) {
        let shared = Arc::clone(&self.shared);
        let Some(room) = self.room.clone() else { return };
        let mut served = lock(&room.served);
        let Some(served) = served.as_mut() else { return };
        let founder = *served.room.founder();
        let who = self.cell.with(|session| session.who());
        if who == Some(Who::Pass(founder)) && !served.room.is_being_made() {
            let head = shared.signed_head(now, &mut served.room);
            self.cell.answer(request, Answer::Created(head));
        } else {
            self.cell.refuse(&shared.counts, request, Refusal::new(Code::RoomExists));
        }
    }
}

impl Shared {
    /// Whether anybody may open a room now.
    pub(super) fn may_found(&self) -> Result<(), Code> {
        let quotas = self.quotas.get();
        if !quotas.open {
            return Err(Code::Closed);
        }
        if self.counts.rooms.get() >= quotas.rooms {
            return Err(Code::Rooms);
        }
        Ok(())
    }
}
