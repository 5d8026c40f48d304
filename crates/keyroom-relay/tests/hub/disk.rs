//! What happens between taking an append and having it on disk.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use keyroom_relay::Quotas;
use keyroom_relay::hub::{Done, Writer};
use keyroom_store::{Busy, Store, Write};
use keyroom_wire::{Append, Change, Code, Create, Request};

use crate::desk::{Desk, Person, Role, code, message, pass_key};
use crate::heads::heads;

/// A disk that turns when the test says so.
#[derive(Clone, Default)]
pub(crate) struct Disk {
    waiting: Arc<Mutex<VecDeque<(Write, Done)>>>,
    busy: Arc<Mutex<bool>>,
}

impl Disk {
    pub(crate) fn new() -> (Self, Box<dyn Writer>) {
        let disk = Self::default();
        (disk.clone(), Box::new(disk))
    }

    fn next(&self) -> Option<(Write, Done)> {
        self.waiting.lock().unwrap().pop_front()
    }

    /// Writes all that waits.
    pub(crate) fn turn(&self, desk: &Desk) {
        while let Some((write, done)) = self.next() {
            let result = desk.store.commit(&[write]).unwrap().remove(0);
            done(result.map_err(|_| Code::Store));
        }
    }

    /// Fails the oldest that waits.
    fn fail(&self, code: Code) {
        let (_, done) = self.next().unwrap();
        done(Err(code));
    }
}

impl Writer for Disk {
    fn is_free(&self) -> bool {
        true
    }

    fn submit(&self, write: Write, done: Done) -> Result<(), Busy> {
        if *self.busy.lock().unwrap() {
            return Err(Busy);
        }
        self.waiting.lock().unwrap().push_back((write, done));
        Ok(())
    }
}

fn founder(desk: &Desk, disk: &Disk) -> Person {
    let mut founder = desk.dial();
    founder.login(Role::Founder(1)).unwrap();
    let request = founder.begin(Request::Create(Create { doors: Vec::new(), blob: None }));
    assert_eq!(founder.answer(request), None, "not before it is on disk");
    disk.turn(desk);
    assert!(founder.answer(request).is_some());
    founder.subscribe(0);
    founder
}

/// Attack matrix row 47.
#[test]
fn nothing_is_answered_or_delivered_before_it_is_on_disk() {
    let (disk, writer) = Disk::new();
    let desk = Desk::with(Quotas::default(), Some(writer));
    let mut founder = founder(&desk, &disk);
    let request = founder.begin(Request::Append(message(0, 1)));
    assert_eq!((founder.answer(request), founder.places()), (None, Vec::new()));
    disk.turn(&desk);
    assert_eq!(founder.appended(request).unwrap().first.get(), 1);
    assert_eq!(founder.places(), [1]);
}

#[test]
fn appends_are_ordered_when_they_are_taken_and_a_commit_counts_at_once() {
    let (disk, writer) = Disk::new();
    let desk = Desk::with(Quotas::default(), Some(writer));
    let mut founder = founder(&desk, &disk);
    let commit = founder.begin(Request::Append(crate::desk::commit(0, 1, Vec::new())));
    let stale = founder.begin(Request::Append(message(0, 2)));
    let good = founder.begin(Request::Append(message(1, 3)));
    assert_eq!(code(founder.appended(stale)), Code::Stale);
    disk.turn(&desk);
    assert_eq!(founder.appended(commit).unwrap().first.get(), 1);
    assert_eq!(founder.appended(good).unwrap().first.get(), 2);
}

#[test]
fn an_append_sent_again_while_it_is_under_way_is_answered_with_the_first() {
    let (disk, writer) = Disk::new();
    let desk = Desk::with(Quotas::default(), Some(writer));
    let mut first = founder(&desk, &disk);
    first.begin(Request::Append(message(0, 1)));
    let mut second = desk.dial();
    second.login(Role::Pass(1)).unwrap();
    let request = second.begin(Request::Append(message(0, 1)));
    disk.turn(&desk);
    let appended = second.appended(request).unwrap();
    assert!(appended.repeated);
    assert_eq!((appended.first.get(), desk.log().len()), (1, 1));
}

/// Attack matrix row 46: a full disk refuses, forgets nothing that it answered, and needs no restart.
#[test]
fn a_failed_write_takes_all_that_was_built_on_it_along_and_the_room_goes_on() {
    let (disk, writer) = Disk::new();
    let desk = Desk::with(Quotas::default(), Some(writer));
    let mut founder = founder(&desk, &disk);
    let kept = founder.begin(Request::Append(message(0, 1)));
    disk.turn(&desk);
    let grant = vec![Change::Grant(pass_key(2), keyroom_wire::PassRole::Member)];
    let lost = founder.begin(Request::Append(Append { changes: grant, ..message(0, 2) }));
    let built = founder.begin(Request::Append(message(0, 3)));
    disk.fail(Code::DiskFull);
    let early = founder.begin(Request::Append(message(0, 4)));
    assert_eq!(code(founder.appended(early)), Code::DiskFull, "not while its place may still be taken");
    disk.fail(Code::Store);
    assert!(founder.appended(kept).is_ok());
    assert_eq!(code(founder.appended(lost)), Code::DiskFull);
    assert_eq!(
        code(founder.appended(built)),
        Code::DiskFull,
        "what was built on it fails for the same reason"
    );
    assert_eq!(desk.dial().login(Role::Pass(2)), Err(Code::NoPass), "the change failed with its append");
    let after = founder.begin(Request::Append(message(0, 2)));
    disk.turn(&desk);
    assert_eq!(founder.appended(after).unwrap().first.get(), 2);
    assert_eq!(founder.places(), [1, 2]);
}

/// Attack matrix row 52: nobody waits for ever for a commit that was never written.
#[test]
fn the_head_is_told_again_when_what_displaced_an_append_failed() {
    let (disk, writer) = Disk::new();
    let mut desk = Desk::with(Quotas::default(), Some(writer));
    let mut founder = founder(&desk, &disk);
    founder.begin(Request::Append(message(0, 1)));
    disk.turn(&desk);
    desk.pass_time(std::time::Duration::from_secs(1));
    desk.hub.tick(desk.now);
    heads(&mut founder);
    founder.begin(Request::Append(crate::desk::commit(0, 2, Vec::new())));
    let stale = founder.begin(Request::Append(message(0, 3)));
    assert_eq!(code(founder.appended(stale)), Code::Stale);
    disk.fail(Code::DiskFull);
    desk.pass_time(std::time::Duration::from_secs(1));
    desk.hub.tick(desk.now);
    assert_eq!(heads(&mut founder).iter().map(|head| head.seq.get()).collect::<Vec<_>>(), [1]);
}

#[test]
fn what_the_writer_does_not_take_is_refused_and_what_it_took_goes_on() {
    let (disk, writer) = Disk::new();
    let desk = Desk::with(Quotas::default(), Some(writer));
    let mut founder = founder(&desk, &disk);
    let taken = founder.begin(Request::Append(message(0, 1)));
    *disk.busy.lock().unwrap() = true;
    let refused = founder.begin(Request::Append(message(0, 2)));
    assert_eq!(code(founder.appended(refused)), Code::Busy);
    *disk.busy.lock().unwrap() = false;
    disk.turn(&desk);
    assert_eq!(founder.appended(taken).unwrap().first.get(), 1);
    let again = founder.begin(Request::Append(message(0, 2)));
    disk.turn(&desk);
    assert_eq!(founder.appended(again).unwrap().first.get(), 2);
}

#[test]
fn a_room_that_could_not_be_made_is_not_there_and_can_be_made_again() {
    let (disk, writer) = Disk::new();
    let mut desk = Desk::with(Quotas::default(), Some(writer));
    let mut first = desk.dial();
    first.login(Role::Founder(1)).unwrap();
    let request = first.begin(Request::Create(Create { doors: Vec::new(), blob: None }));
    disk.fail(Code::DiskFull);
    assert!(
        matches!(first.answer(request), Some(keyroom_wire::Answer::Refused(r)) if r.code == Code::DiskFull)
    );
    assert_eq!(first.goodbye(), Some(Code::DiskFull));
    drop(first);
    desk.pass_time(std::time::Duration::from_secs(1));
    desk.hub.tick(desk.now);
    founder(&desk, &disk);
}
