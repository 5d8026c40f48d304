//! Knocks: who left them, which admins were told, and what came of them.

use std::sync::Arc;

use bytes::Bytes;
use keyroom_types::{PassKey, limits};
use keyroom_wire::{Answer, Answered, Code, Knocked, PassRole, Refusal, ToClient, Who};

use super::finish::{promote, tell_news};
use super::rooms::{LinkCell, RoomCell, Served, unreadable};
use super::{HubLink, Shared, lock};
use crate::Now;
use crate::room::{Asker, Knock, Knocking, RETRY_MS};

impl HubLink {
    pub(super) fn knock(
        &mut self,
        now: Now,
        request: u64,
        cell: &Arc<RoomCell>,
        served: &mut Served,
        bytes: Bytes,
    ) -> Result<(), Refusal> {
        let (door, newcomer) = match self.who()? {
            Who::Door { door, newcomer, .. } => (door, newcomer),
            // It was answered while this one was on its way.
            Who::Pass(pass) if served.room.answered(&pass, now.wall).is_some() => {
                self.cell.answer(request, Answer::Done);
                return Ok(());
            }
            _ => return Err(Refusal::new(Code::Role)),
        };
        let asker = self.asker(request)?;
        let quotas = &self.shared.quotas.get();
        let knocking = served.room.knock(now.mono, now.wall, quotas, asker, (&door, newcomer), bytes)?;
        // Who waits to be let in holds up nobody who can join.
        let mut news = Vec::new();
        served.room.queue.leave(now.mono, self.cell.id, &mut news);
        tell_news(served, &news);
        self.knocking(now, request, cell, served, knocking);
        Ok(())
    }

    pub(super) fn drop_knock(
        &mut self,
        now: Now,
        request: u64,
        cell: &Arc<RoomCell>,
        served: &mut Served,
        newcomer: PassKey,
    ) -> Result<(), Refusal> {
        let Who::Pass(admin) = self.who()? else { return Err(Refusal::new(Code::Role)) };
        let asker = self.asker(request)?;
        let quotas = &self.shared.quotas.get();
        let knocking = served.room.drop_knock(now.mono, now.wall, quotas, asker, &admin, newcomer)?;
        self.knocking(now, request, cell, served, knocking);
        Ok(())
    }

    /// Where the answer goes once a write is done, if one would be taken now.
    fn asker(&self, request: u64) -> Result<Asker, Refusal> {
        if self.shared.may_write() {
            Ok(Asker { link: self.cell.id, request })
        } else {
            Err(Refusal::later(Code::Busy, RETRY_MS))
        }
    }

    fn knocking(
        &self,
        now: Now,
        request: u64,
        cell: &Arc<RoomCell>,
        served: &mut Served,
        knocking: Knocking,
    ) {
        match knocking {
            Knocking::Write(write) => self.shared.write(now, cell, served, *write),
            Knocking::UnderWay => {}
            Knocking::Done => self.cell.answer(request, Answer::Done),
        }
    }

    /// A part of the list of knocks.
    pub(super) fn list_knocks(
        &self,
        now: Now,
        request: u64,
        room: &RoomCell,
        served: &Served,
        after: u64,
    ) -> Result<(), Refusal> {
        if !is_admin(served, &self.cell) {
            return Err(Refusal::new(Code::Role));
        }
        let (mut knocks, mut bytes) = (Vec::new(), 0);
        let mut more = false;
        for (pass, knock) in served.room.knocks_after(after, now.wall) {
            more = bytes >= limits::KNOCKS_PART_BYTES;
            if more {
                break;
            }
            if let Some(knocked) = read(&self.shared, room, pass, &knock).map_err(Refusal::new)? {
                bytes += knocked.bytes.len();
                knocks.push(knocked);
            }
        }
        self.cell.answer(request, Answer::Knocks { knocks, more });
        Ok(())
    }

    /// Tells an admin of the next knock that it was not told of, if little waits to be written. Returns whether it did.
    pub(super) fn tell_knock(&mut self, now: Now, room: &RoomCell) -> bool {
        if !self.cell.looks_for_knocks() || !self.cell.with(|session| session.has_room()) {
            return false;
        }
        let mut served = lock(&room.served);
        let Some(served) = served.as_mut() else { return false };
        let next = served.room.knocks_after(self.told_knock, now.wall).into_iter().next();
        let Some((pass, knock)) = next.filter(|_| is_admin(served, &self.cell)) else {
            self.cell.look_for_knocks(false);
            return false;
        };
        self.told_knock = knock.number;
        let frame = match &served.room.last_knock {
            Some((number, frame)) if *number == knock.number => frame.clone(),
            _ => match read(&self.shared, room, pass, &knock) {
                Ok(Some(knocked)) => {
                    let frame = ToClient { request: 0, body: Answer::Knocked(knocked) }.encode();
                    served.room.last_knock = Some((knock.number, frame.clone()));
                    frame
                }
                Ok(None) => return true,
                Err(code) => {
                    self.cell.end(&self.shared.counts, code, 0);
                    return true;
                }
            },
        };
        self.cell.with(|session| session.tell(&frame));
        true
    }
}

/// A knock with its bytes. `None`: it is gone.
fn read(shared: &Shared, room: &RoomCell, newcomer: PassKey, knock: &Knock) -> Result<Option<Knocked>, Code> {
    let bytes = shared.store.blob(&room.id, &knock.blob).map_err(|error| unreadable(&error))?;
    let Knock { number, door, time, .. } = *knock;
    Ok(bytes.map(|bytes| Knocked { number, newcomer, door, time, bytes }))
}

fn is_admin(served: &Served, link: &LinkCell) -> bool {
    let who = link.with(|session| session.who());
    matches!(who, Some(Who::Pass(pass)) if served.room.pass(&pass).is_some_and(|pass| pass.role == PassRole::Admin))
}

/// Has an admin that has subscribed told of the knocks that wait.
pub(super) fn look_for_knocks(served: &Served, link: &LinkCell) {
    if link.with(|session| session.cursor().is_some()) && is_admin(served, link) {
        link.look_for_knocks(true);
        link.wake();
    }
}

/// A knock is on disk.
pub(super) fn knocked(served: &Served) {
    served.links.values().for_each(|link| look_for_knocks(served, link));
}

/// A knock was declined.
pub(super) fn declined(served: &Served, newcomer: &PassKey) {
    for link in at_the_door(served, newcomer) {
        link.with(|session| session.say(Answer::Declined));
        link.wake();
    }
}

/// A knock was answered: the newcomer's newest link goes on as its pass, and others that it has end.
pub(super) fn answered(
    shared: &Shared,
    now: Now,
    served: &mut Served,
    newcomer: PassKey,
    answered: Answered,
) {
    let mut links = at_the_door(served, &newcomer);
    links.sort_unstable_by_key(|link| link.id);
    let askers: Vec<Asker> = links.iter().map(|link| Asker { link: link.id, request: 0 }).collect();
    promote(shared, now, served, &askers, newcomer);
    if let Some(link) = links.last() {
        link.with(|session| session.say(Answer::Answered(answered)));
        link.wake();
    }
}

fn at_the_door(served: &Served, pass: &PassKey) -> Vec<Arc<LinkCell>> {
    let here = |link: &&Arc<LinkCell>| {
        let who = link.with(|session| session.who());
        matches!(who, Some(Who::Door { newcomer, .. }) if newcomer == *pass)
    };
    served.links.values().filter(here).cloned().collect()
}
