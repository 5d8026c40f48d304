//! Logging in: whether the room knows who comes.

use std::sync::Arc;

use keyroom_link::sign_head;
use keyroom_types::{PassKey, RoomId, Seq};
use keyroom_wire::{Code, PassRole, Refusal, SignedHead, Welcome, Who};

use super::rooms::{LinkCell, Missing, Served};
use super::{HubLink, Shared, lock};
use crate::Now;
use crate::room::{RETRY_MS, Room};

impl HubLink {
    /// Takes or refuses a login whose signatures are good.
    pub(super) fn login(&mut self, now: Now, request: u64, id: RoomId, who: Who) {
        let shared = Arc::clone(&self.shared);
        // A room may be put away between finding and entering it; it is there the second time, or it is gone.
        for _ in 0..TRIES {
            match (shared.rooms.get(now.mono, &*shared.store, &shared.counts, id), who) {
                (Err(Missing::NoRoom), Who::Founder(pass)) => return self.founder(request, id, pass),
                (Err(Missing::NoRoom), _) => {
                    return self.cell.refuse(&shared.counts, request, Refusal::new(Code::NoRoom));
                }
                (Err(Missing::Code(code)), _) => {
                    return self.cell.refuse(&shared.counts, request, Refusal::new(code));
                }
                (Ok(room), who) => {
                    let mut served = lock(&room.served);
                    let Some(there) = served.as_mut().filter(|served| !served.lost) else { continue };
                    let entered = there.enter(&shared, now, request, &self.cell, who);
                    drop(served);
                    match entered {
                        Ok(who) => {
                            self.is_door = matches!(who, Who::Door { .. });
                            self.room = Some(room);
                        }
                        Err(code) => self.cell.refuse(&shared.counts, request, Refusal::new(code)),
                    }
                    return;
                }
            }
        }
        self.cell.refuse(&shared.counts, request, Refusal::later(Code::Busy, RETRY_MS));
    }

    /// The room is not there yet: its founder may make it.
    fn founder(&mut self, request: u64, id: RoomId, pass: PassKey) {
        let shared = Arc::clone(&self.shared);
        if let Err(code) = shared.may_found() {
            return self.cell.refuse(&shared.counts, request, Refusal::new(code));
        }
        self.founding = Some(id);
        let welcome = shared.welcome(None, Seq::ZERO, Some(PassRole::Admin), None);
        self.cell.with(|session| session.welcome(request, Who::Founder(pass), welcome));
        self.cell.wake();
    }
}

impl Served {
    fn enter(
        &mut self,
        shared: &Shared,
        now: Now,
        request: u64,
        link: &Arc<LinkCell>,
        who: Who,
    ) -> Result<Who, Code> {
        let (who, role, last) = match who {
            Who::Pass(name) => {
                let pass = self.room.pass(&name).ok_or(Code::NoPass)?;
                (who, Some(pass.role), pass.last)
            }
            Who::Founder(name) => {
                let pass = self.room.pass(&name).filter(|_| *self.room.founder() == name);
                let pass = pass.ok_or(Code::RoomExists)?;
                (Who::Pass(name), Some(pass.role), pass.last)
            }
            Who::Door { door, .. } => {
                self.room.door(&door).ok_or(Code::NoDoor)?.check(now.wall)?;
                (who, None, None)
            }
        };
        let head = shared.signed_head(now, &mut self.room);
        let durable = self.room.durable();
        // What is not on disk yet may still fail: a client is told of it by the answer to its own request only.
        let last = last.filter(|(_, seq)| *seq <= durable.seq);
        let (answered, knocked) = match who {
            // It may have been answered since the newcomer asked as its pass, just before it came to the door. Until the answer
            // is on disk, its knock waits.
            Who::Door { newcomer, .. } => {
                let answered = self.room.answered(&newcomer, now.wall);
                let waits = self.room.has_knock(&newcomer, now.wall) || self.room.pass(&newcomer).is_some();
                (answered, waits && answered.is_none())
            }
            Who::Pass(pass) | Who::Founder(pass) => (self.room.answered(&pass, now.wall), false),
        };
        let welcome = shared.welcome(Some(head), durable.newest_commit, role, last);
        let welcome = Welcome { answered, knocked, ..welcome };
        self.add(&shared.counts, link, who);
        link.with(|session| session.welcome(request, who, welcome));
        link.wake();
        Ok(who)
    }
}

impl Shared {
    fn welcome(
        &self,
        head: Option<SignedHead>,
        newest_commit: Seq,
        role: Option<PassRole>,
        last: Option<(keyroom_types::EnvelopeId, Seq)>,
    ) -> Welcome {
        Welcome {
            head,
            newest_commit,
            role,
            last,
            silence_ms: super::millis(self.terms.silence),
            retention_ms: lock(&self.retention)
                .map_or(0, |kept| u64::try_from(kept.as_millis()).unwrap_or(u64::MAX)),
            volatile: self.store.is_volatile(),
            answered: None,
            knocked: false,
        }
    }

    /// The relay's word on where the room stands now, signed anew only if that has changed.
    pub(super) fn signed_head(&self, now: Now, room: &mut Room) -> SignedHead {
        let head = *room.durable();
        if let Some(signed) = room.heads.signed.filter(|signed| signed.seq == head.seq) {
            return signed;
        }
        let signed = sign_head(
            &self.log_secret,
            &room.id(),
            self.store.incarnation(),
            head.seq,
            head.time,
            head.chain,
        );
        room.heads.signed = Some(signed);
        room.heads.signed_at = Some(now.mono);
        signed
    }
}

/// A room that is gone again after so many tries was lost, and waits to be put away.
const TRIES: usize = 3;
