//! Reads the log: each envelope follows from the one before, and each signed head is of this log. Attack matrix rows 9
//! to 11.

use std::collections::VecDeque;

use keyroom_types::{Chain, Incarnation, Kind, LogKey, RoomId, Seq};
use keyroom_wire::{Envelope, SignedHead};

use super::cursor::{after, blindly};
use super::{Cursor, RelayFault, Stop, Trouble};
use crate::check_head;

/// The log as far as it was read.
pub(super) struct Reader {
    room: RoomId,
    /// Pinned, or learned with the first head that it had signed.
    log_key: Option<LogKey>,
    /// The relay's, known before or learned with the first head.
    incarnation: Option<Incarnation>,
    cursor: Option<Cursor>,
    /// Kind of the envelope at the cursor, if it was read by this link.
    last: Option<Kind>,
    /// The chain's last values, the newest at the back: heads are signed beside the deliveries and may come late.
    recent: VecDeque<(Seq, Chain)>,
    /// A signed head that the cursor has not reached.
    ahead: Option<SignedHead>,
    /// The furthest place that the relay gave to an append of ours.
    appended: Seq,
    /// What is delivered cannot be this room's log, and is only followed to where the relay signed another.
    doubt: Option<Doubt>,
}

/// An envelope broke the rules of the log, and the relay has signed a head at its place or behind it: whoever was shown
/// another log than this one finds the proof there.
struct Doubt {
    fault: RelayFault,
    /// Where the log would stand.
    cursor: Cursor,
    /// What the relay signed.
    head: SignedHead,
}

impl Reader {
    pub(super) fn new(
        room: RoomId,
        log_key: Option<LogKey>,
        incarnation: Option<Incarnation>,
        cursor: Option<Cursor>,
    ) -> Self {
        Self {
            room,
            log_key,
            incarnation,
            cursor,
            last: None,
            recent: VecDeque::new(),
            ahead: None,
            appended: Seq::ZERO,
            doubt: None,
        }
    }

    pub(super) const fn room(&self) -> RoomId {
        self.room
    }

    pub(super) const fn cursor(&self) -> Option<&Cursor> {
        self.cursor.as_ref()
    }

    pub(super) const fn log_key(&self) -> Option<LogKey> {
        self.log_key
    }

    /// Begins to read, for who could not know where before the login. Returns a head that turned out to be of this log.
    pub(super) fn begin(&mut self, cursor: Cursor) -> Result<Option<SignedHead>, Trouble> {
        let head = reached(&mut self.ahead, &cursor)?;
        self.cursor = Some(cursor);
        Ok(head)
    }

    /// Forgets the cursor: another will be given.
    pub(super) fn begin_again(&mut self) {
        self.cursor = None;
        self.last = None;
        self.recent.clear();
    }

    /// Takes the next envelope; returns the cursor behind it, and a head that turned out to be of this log. `None`: it is
    /// not of this log, and what follows will show whether that is proved.
    pub(super) fn deliver(
        &mut self,
        envelope: &Envelope,
    ) -> Result<Option<(Cursor, Option<SignedHead>)>, Trouble> {
        if let Some(Doubt { fault, cursor, head }) = self.doubt.take() {
            return self.follow(fault, cursor, head, envelope);
        }
        let Some(cursor) = &mut self.cursor else {
            return Err(RelayFault::OutOfTurn { got: "deliver", state: "not subscribed" }.into());
        };
        let next = match (after(cursor, envelope, self.last), self.ahead) {
            (Ok(next), _) => next,
            // One that is missing cannot be reckoned with, nor is there anything to compare with.
            (Err(fault @ RelayFault::Gap { .. }), _) | (Err(fault), None) => return Err(fault.into()),
            (Err(fault), Some(head)) => {
                let cursor = *cursor;
                return self.follow(fault, cursor, head, envelope);
            }
        };
        // An envelope that makes the log another than the one signed is not taken.
        let head = reached(&mut self.ahead, &next)?;
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back((cursor.seq, cursor.chain));
        *cursor = next;
        self.last = Some(envelope.header.kind);
        Ok(Some((next, head)))
    }

    /// Reckons on towards the signed head, whatever the rules say. Attack matrix row 10: the log that was shown before this
    /// connection and this one cannot both be what the relay signed.
    fn follow(
        &mut self,
        fault: RelayFault,
        cursor: Cursor,
        head: SignedHead,
        envelope: &Envelope,
    ) -> Result<Option<(Cursor, Option<SignedHead>)>, Trouble> {
        if envelope.header.seq != cursor.seq.next() {
            return Err(fault.into());
        }
        let cursor = blindly(&cursor, envelope);
        if cursor.seq < head.seq {
            self.doubt = Some(Doubt { fault, cursor, head });
            return Ok(None);
        }
        // The same value: then it signed a log that breaks the rules.
        if cursor.seq > head.seq || cursor.chain == head.chain {
            return Err(fault.into());
        }
        Err(Stop::HeadConflict { ours: cursor.chain, theirs: head }.into())
    }

    /// Takes the head of a login, which is where the log ends now; whether it is known to be of this log. `offered` is
    /// the key of the relay's hello.
    pub(super) fn login_head(&mut self, head: &SignedHead, offered: LogKey) -> Result<bool, Trouble> {
        self.verify(head, offered)?;
        self.doubt = None;
        let ours = self.known_end();
        if head.seq < ours {
            return Err(Stop::RolledBack { ours, theirs: head.seq }.into());
        }
        self.compare(head)
    }

    /// How far the log goes at least: what we read, what the relay signed, and where it said that it put our appends.
    fn known_end(&self) -> Seq {
        let cursor = self.cursor.map_or(Seq::ZERO, |cursor| cursor.seq);
        let ahead = self.ahead.map_or(Seq::ZERO, |head| head.seq);
        cursor.max(ahead).max(self.appended)
    }

    /// The relay said that an append of ours is there.
    pub(super) fn appended(&mut self, last: Seq) {
        self.appended = self.appended.max(last);
    }

    /// Takes a head; whether it is known to be of this log.
    pub(super) fn head(&mut self, head: &SignedHead, offered: LogKey) -> Result<bool, Trouble> {
        self.verify(head, offered)?;
        self.compare(head)
    }

    fn verify(&mut self, head: &SignedHead, offered: LogKey) -> Result<(), Trouble> {
        let key = self.log_key.unwrap_or(offered);
        check_head(&key, &self.room, head).map_err(|_| RelayFault::HeadSignature { seq: head.seq })?;
        self.log_key = Some(key);
        match self.incarnation {
            Some(ours) if ours != head.incarnation => {
                Err(Stop::NewIncarnation { ours, theirs: head.incarnation }.into())
            }
            _ => {
                self.incarnation = Some(head.incarnation);
                Ok(())
            }
        }
    }

    fn compare(&mut self, head: &SignedHead) -> Result<bool, Trouble> {
        let known = match &self.cursor {
            _ if head.seq == Seq::ZERO => Some(Chain::start(&self.room)),
            Some(cursor) if head.seq == cursor.seq => Some(cursor.chain),
            Some(cursor) if head.seq < cursor.seq => {
                let found = self.recent.iter().rev().find(|(seq, _)| *seq == head.seq);
                found.map(|(_, chain)| *chain)
            }
            _ => {
                // The one furthest ahead covers those before it.
                let other = self.ahead.filter(|ahead| ahead.seq >= head.seq);
                if other.is_none() {
                    self.ahead = Some(*head);
                }
                other.filter(|ahead| ahead.seq == head.seq).map(|ahead| ahead.chain)
            }
        };
        match known {
            Some(ours) if ours != head.chain => Err(Stop::HeadConflict { ours, theirs: *head }.into()),
            Some(_) => Ok(self.cursor.is_some_and(|cursor| head.seq <= cursor.seq)),
            None => Ok(false),
        }
    }
}

/// Compares the head ahead with a cursor that gets there.
fn reached(ahead: &mut Option<SignedHead>, cursor: &Cursor) -> Result<Option<SignedHead>, Trouble> {
    match ahead.take_if(|ahead| ahead.seq <= cursor.seq) {
        Some(head) if head.seq < cursor.seq => Ok(None),
        Some(theirs) if theirs.chain != cursor.chain => {
            Err(Stop::HeadConflict { ours: cursor.chain, theirs }.into())
        }
        head => Ok(head),
    }
}

/// Values of the chain that are remembered: a relay signs once a second at most.
const RECENT: usize = 64;
