//! What follows when a change is on disk, or could not be written.

use std::sync::Arc;

use bytes::Bytes;
use keyroom_types::{PassKey, Seq};
use keyroom_wire::{Answer, Code, Refusal, ToClient};

use super::rooms::{LinkCell, RoomCell, Served};
use super::{Shared, knock, rooms};
use crate::Now;
use crate::room::queue::News;
use crate::room::{Asker, Pending, RETRY_MS, Reply};

/// The oldest change of the room that was under way is on disk, or failed.
pub(super) fn finish(
    shared: &Arc<Shared>,
    now: Now,
    cell: &Arc<RoomCell>,
    served: &mut Served,
    result: Result<(), Code>,
) {
    match result {
        Ok(()) => {
            shared.wrote(None);
            written(shared, now, cell, served);
        }
        Err(code) => {
            shared.wrote(Some(now.mono));
            let (failed, code) = served.room.failed(code);
            refuse(shared, served, failed.as_ref(), code);
        }
    }
    recover(shared, cell, served);
}

/// The newest change of the room was not taken by the writer.
pub(super) fn not_taken(shared: &Arc<Shared>, cell: &Arc<RoomCell>, served: &mut Served) {
    let failed = served.room.not_taken(Code::Busy);
    refuse(shared, served, failed.as_ref(), Code::Busy);
    recover(shared, cell, served);
}

fn written(shared: &Arc<Shared>, now: Now, cell: &Arc<RoomCell>, served: &mut Served) {
    let Some(done) = served.room.written() else { return };
    let durable = served.room.durable().seq;
    let plain = done.closed.passes.is_empty() && done.closed.doors.is_empty();
    // Links that are behind read the store up to there without asking: not those whose pass or door is closed by it.
    if plain {
        cell.set_durable(durable);
    }
    let counts = &shared.counts;
    counts.appended.add(done.frames.len() as u64);
    counts.appended_bytes.add(done.frames.iter().map(|(_, body, _)| *body as u64).sum());
    if let Some(pass) = done.joined {
        promote(shared, now, served, &done.askers, pass);
    }
    for (pass, answer) in &done.answered {
        knock::answered(shared, now, served, *pass, *answer);
    }
    done.declined.iter().for_each(|pass| knock::declined(served, pass));
    if done.is_knock() {
        knock::knocked(served);
    }
    // Others first: to its author what it said is no news. But who is thrown out by it is told the commit that did it, if that
    // is the next envelope, and nothing more.
    let is_asker = |link: u64| done.askers.iter().any(|asker| asker.link == link);
    if plain {
        deliver(shared, served, &done.frames, |link| !is_asker(link));
    }
    for (place, asker) in done.askers.iter().enumerate() {
        let Some(link) = served.links.get(&asker.link) else { continue };
        if !done.took.is_empty() {
            link.with(|session| session.release_blobs(&done.took));
        }
        match done.reply {
            Reply::Created => {
                counts.rooms.add(1);
                let head = shared.signed_head(now, &mut served.room);
                link.add_answer(asker.request, Answer::Created(head));
            }
            Reply::Appended(mut what) => {
                what.repeated = place > 0;
                link.add_answer(asker.request, Answer::Appended(what));
            }
            Reply::Done => link.add_answer(asker.request, Answer::Done),
        }
    }
    end_closed(shared, served, &done);
    cell.set_durable(durable);
    deliver(shared, served, &done.frames, |link| !plain || is_asker(link));
    served.room.heads.written_at = Some(now.mono);
    let due = served.room.heads.signed_at.is_none_or(|at| at + HEAD_EVERY <= now.mono);
    if due && !done.frames.is_empty() {
        add_head(shared, now, served);
    }
    // Not before all is there: an envelope, what its author is answered and a head go out together.
    wake_told(served, |link| !is_asker(link));
    wake_told(served, is_asker);
    shared.rooms.touch(cell);
}

/// Gives new envelopes to all that are waiting for just these; the others find them by themselves, once they are woken.
fn deliver(shared: &Shared, served: &Served, frames: &[(Seq, usize, Bytes)], to: impl Fn(u64) -> bool) {
    if frames.is_empty() {
        return;
    }
    let delivered =
        served.links.values().filter(|link| to(link.id)).map(|link| deliver_to(link, frames)).sum();
    shared.counts.delivered.add(delivered);
}

/// Gives new envelopes to one link, without waking it. Returns how many it took.
fn deliver_to(link: &LinkCell, frames: &[(Seq, usize, Bytes)]) -> u64 {
    let (delivered, wanted) = link.with(|session| {
        let wanted = |(seq, body, frame): &&(Seq, usize, Bytes)| session.deliver(*seq, *body, frame);
        (frames.iter().filter(wanted).count() as u64, session.cursor().is_some())
    });
    if wanted {
        link.told();
    }
    delivered
}

/// Wakes those of the links that were told something.
fn wake_told(served: &Served, which: impl Fn(u64) -> bool) {
    served.links.values().filter(|link| which(link.id)).for_each(|link| link.wake_if_told());
}

/// Signs where the room stands and tells all links of it.
pub(super) fn tell_head(shared: &Shared, now: Now, served: &mut Served) {
    add_head(shared, now, served);
    wake_told(served, |_| true);
}

fn add_head(shared: &Shared, now: Now, served: &mut Served) {
    let head = shared.signed_head(now, &mut served.room);
    let frame = ToClient { request: 0, body: Answer::Head(head) }.encode();
    for link in served.links.values() {
        link.with(|session| session.hint(&frame));
        link.told();
    }
}

/// The newcomer's link goes on as its pass, and its turn is over.
pub(super) fn promote(shared: &Shared, now: Now, served: &mut Served, askers: &[Asker], pass: PassKey) {
    let mut news = Vec::new();
    for asker in askers {
        if let Some(link) = served.links.get(&asker.link).cloned() {
            link.with(|session| session.promote(pass));
            served.add(&shared.counts, &link, keyroom_wire::Who::Pass(pass));
        }
        served.room.queue.leave(now.mono, asker.link, &mut news);
    }
    tell_news(served, &news);
}

/// Ends the links whose pass or door is no more. A member reads the commit that took it out, which it can open as any before:
/// what follows that commit, and all later, it does not get. Attack matrix rows 28, 29.
fn end_closed(shared: &Shared, served: &mut Served, done: &Pending) {
    let closed = &done.closed;
    for pass in &closed.passes {
        if let Some(link) = served.link_of(pass) {
            shared.counts.delivered.add(deliver_to(link, done.commit()));
            link.end(&shared.counts, Code::NoPass, 0);
        }
    }
    if !closed.doors.is_empty() {
        for link in served.links.values() {
            let through = link.with(|session| session.who());
            if matches!(through, Some(keyroom_wire::Who::Door { door, .. }) if closed.doors.contains(&door)) {
                link.end(&shared.counts, Code::NoDoor, 0);
            }
        }
    }
}

/// Tells newcomers their places.
pub(super) fn tell_news(served: &Served, news: &[News]) {
    for item in news {
        let (place, turn) = match item {
            News::Ahead(place, ahead) => (place, keyroom_wire::Turn::Waiting { ahead: *ahead }),
            News::Now(place) => {
                let turn_ms = super::millis(crate::room::queue::TURN);
                (place, keyroom_wire::Turn::Now { turn_ms, blobs: served.room.blobs() })
            }
        };
        if let Some(link) = served.links.get(&place.link) {
            link.with(|session| session.add(place.request, Answer::Turn(turn)));
            link.wake();
        }
    }
}

fn refuse(shared: &Shared, served: &Served, failed: Option<&Pending>, code: Code) {
    for asker in failed.iter().flat_map(|failed| &failed.askers) {
        if let Some(link) = served.links.get(&asker.link) {
            link.refuse(&shared.counts, asker.request, Refusal::later(code, RETRY_MS));
        }
    }
}

/// Once nothing is under way any more, takes what the disk has: memory is ahead of it by what has failed.
fn recover(shared: &Shared, cell: &Arc<RoomCell>, served: &mut Served) {
    let Some(code) = served.room.needs_reload() else { return };
    let lost = match shared.store.room(&cell.id) {
        Ok(Some(state)) => {
            // Who was told that a commit displaced its append waits for that commit, which may be what failed: the head is
            // told once more, at the next tick.
            served.room.heads.signed = None;
            shared.rooms.touch(cell);
            served.room.reload(&state).err().map(|_| Code::Damaged)
        }
        // It was to be made, and was not.
        Ok(None) => Some(code),
        Err(error) => Some(rooms::unreadable(&error)),
    };
    if let Some(code) = lost {
        served.lost = true;
        end_all(shared, served, code);
        shared.rooms.touch(cell);
    }
}

/// Ends all links of a room.
pub(super) fn end_all(shared: &Shared, served: &Served, code: Code) {
    let links: Vec<Arc<LinkCell>> = served.links.values().cloned().collect();
    for link in links {
        link.end(&shared.counts, code, RETRY_MS);
    }
}

/// How often a room's head is signed while its log grows.
pub(super) const HEAD_EVERY: std::time::Duration = std::time::Duration::from_secs(1);
