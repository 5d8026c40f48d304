//! Whether a newcomer came into the epoch that the others are in. Attack matrix rows 17, 51.
//!
//! The author of a commit that the others skip can go on in an epoch of its own, and publish blobs that lead there. Who enters by
//! one hears that author, and cannot open what the others send. In an honest room that never happens: whatever stands behind a
//! join in the log was made by who had processed it. So a newcomer counts who is heard and who cannot be opened. If those who
//! cannot are more, it was led astray: it sends nothing more, and enters again by another blob. Whoever sends what would be no
//! message in any epoch shows by that who left the others, and counts no more. Who is one of two cannot be told
//! from the other by any of that: then only comparing codes helps.

use std::collections::BTreeSet;

use keyroom_history::{DbError, EntryBody, Tx};
use keyroom_mls::{Body, Content};
use keyroom_types::{Header, PassKey, RoomId, Seq};

use super::alarm::{Alarm, Broken};
use super::incoming::Told;
use super::{SealedRoom, Trouble, group_trouble};

/// How we came in, until somebody confirms it who had no part in it.
#[derive(Debug, Default)]
pub(super) struct Footing(Option<Entry>);

/// An entry through a door.
#[derive(Debug)]
struct Entry {
    /// Who made the blob.
    author: PassKey,
    /// Where our join stands in the log, once it does.
    at: Seq,
    /// Whom we heard, the author among them.
    heard: BTreeSet<PassKey>,
    /// Who sent what nobody here can open.
    unheard: BTreeSet<PassKey>,
    /// Who sent what nobody anywhere can open: what else of theirs cannot be opened says nothing about us.
    junk: BTreeSet<PassKey>,
}

impl Entry {
    fn new(author: PassKey, at: Seq) -> Self {
        let heard = BTreeSet::from([author]);
        Self { author, at, heard, unheard: BTreeSet::new(), junk: BTreeSet::new() }
    }

    /// As the profile keeps it: who and where, then those of whom junk came.
    fn decode(kept: &str) -> Option<Self> {
        let mut parts = kept.split(' ');
        let (author, at) = (parts.next()?.parse().ok()?, Seq::new(parts.next()?.parse().ok()?));
        let junk = parts.map_while(|pass| pass.parse().ok()).collect();
        Some(Self { junk, ..Self::new(author, at) })
    }

    fn encode(&self) -> String {
        let mut kept = format!("{} {}", self.author, self.at.get());
        for pass in &self.junk {
            kept.push(' ');
            kept.push_str(&pass.to_string());
        }
        kept
    }
}

impl Footing {
    /// We enter by a blob of that pass.
    pub(super) fn entered(author: Option<PassKey>) -> Self {
        Self(author.map(|author| Entry::new(author, Seq::ZERO)))
    }

    /// Our join stands there.
    pub(super) fn joined(&mut self, at: Seq) {
        self.0.iter_mut().for_each(|entry| entry.at = at);
    }

    /// What the profile knows of it.
    pub(super) fn load(tx: &Tx<'_>, room: &RoomId) -> Result<Self, DbError> {
        Ok(Self(Entry::decode(&tx.room_setting(room, FOOTING)?.unwrap_or_default())))
    }

    /// Keeps it for a restart.
    pub(super) fn keep(&self, tx: &Tx<'_>, room: &RoomId) -> Result<(), DbError> {
        let kept = self.0.as_ref().map_or_else(String::new, Entry::encode);
        tx.set_room_setting(room, FOOTING, &kept)
    }

    /// Something of that member's was opened. Returns whether the footing is sure only now.
    pub(super) fn heard(&mut self, pass: &PassKey) -> bool {
        let Some(entry) = &mut self.0 else { return false };
        entry.unheard.remove(pass);
        entry.heard.insert(*pass);
        self.0.take_if(|entry| entry.heard.len() > SURE).is_some()
    }

    /// Something of that member's cannot be opened. Returns whether that means that we are not where the others are.
    fn is_astray_without(&mut self, pass: &PassKey) -> bool {
        let Some(entry) = self.0.as_mut().filter(|entry| !entry.junk.contains(pass)) else { return false };
        entry.heard.remove(pass);
        entry.unheard.insert(*pass);
        entry.unheard.len() > entry.heard.len()
    }

    /// Something of that member's would be no message in any epoch. Returns whether that is new.
    fn sent_junk(&mut self, pass: &PassKey) -> bool {
        let Some(entry) = self.0.as_mut().filter(|entry| entry.junk.len() < MOST_JUNK) else { return false };
        entry.unheard.remove(pass);
        entry.junk.insert(*pass)
    }

    /// Whose blobs led us astray before.
    pub(super) fn distrusted(tx: &Tx<'_>, room: &RoomId) -> Result<Vec<PassKey>, DbError> {
        let passes = tx.room_setting(room, DISTRUSTED)?.unwrap_or_default();
        Ok(passes.split(' ').filter_map(|pass| pass.parse().ok()).collect())
    }
}

impl SealedRoom {
    /// Something of a member's cannot be opened, by anybody in our epoch.
    pub(super) fn not_heard(&mut self, tx: &Tx<'_>, header: &Header, told: &mut Told) -> Result<(), Trouble> {
        let is_member = |group: &keyroom_mls::Room| {
            group.members().iter().any(|member| !member.me && member.pass == header.pass)
        };
        let astray = self.group.as_ref().is_some_and(is_member)
            && self.footing.is_astray_without(&header.pass)
            && self.record.unsure.is_none();
        let (true, Some(entry)) = (astray, &self.footing.0) else { return Ok(()) };
        // Its blobs, and our own that lead the same way, are the last to enter by.
        let distrusted = format!("{} {}", entry.author, self.pass);
        tx.set_room_setting(&self.record.room, DISTRUSTED, &distrusted)?;
        let at = entry.at;
        self.say_again(tx, at, told)?;
        self.record.unsure = Some(Broken::Astray.encode());
        tx.put_room(&self.record)?;
        told.alarm(Alarm::Astray);
        Ok(())
    }

    /// Something of a member's would be no message in any epoch.
    pub(super) fn heard_junk(&mut self, tx: &Tx<'_>, header: &Header) -> Result<(), Trouble> {
        if self.footing.sent_junk(&header.pass) {
            self.footing.keep(tx, &self.record.room)?;
        }
        Ok(())
    }

    /// What we said behind that place nobody in the room could open: it goes back into the outbox, to be said after the next
    /// entry. Who has it all the same knows it by its id.
    fn say_again(&mut self, tx: &Tx<'_>, behind: Seq, told: &mut Told) -> Result<(), Trouble> {
        let room = self.record.room;
        let me = self.identity.key();
        let mut end = tx.len(&room)?;
        while end > 0 {
            let from = end.saturating_sub(PAGE);
            let at_most = usize::try_from(end - from).unwrap_or(0);
            let page = tx.page(&room, from, at_most)?;
            let done = page.iter().any(|entry| entry.seq.is_some_and(|seq| seq <= behind));
            for entry in page.into_iter().filter(|entry| entry.seq.is_some_and(|seq| seq > behind)) {
                let EntryBody::Message { author, id, text: Some(text), reply, .. } = entry.body else {
                    continue;
                };
                if author == me {
                    let content = Content::new(id, Body::Text { text, reply });
                    tx.outbox_push(&room, &content.encode().map_err(group_trouble)?, Some(entry.position))?;
                    tx.set_unsaid(&room, entry.position)?;
                    told.changed(entry.position);
                }
            }
            end = if done { 0 } else { from };
        }
        Ok(())
    }
}

/// Who heard more than so many others is where they are.
const SURE: usize = 3;
/// So many members are remembered for their junk.
const MOST_JUNK: usize = 64;
/// Entries that are looked at together.
const PAGE: u64 = 256;

/// The room's setting that holds how we came in.
const FOOTING: &str = "footing";
/// The room's setting that names whose blobs led us astray.
const DISTRUSTED: &str = "distrusted";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_false_when_more_cannot_be_opened_than_are_heard() {
        let [author, one, two, three] = [1, 2, 3, 4].map(|n| PassKey::from_bytes([n; 32]));
        let mut footing = Footing::entered(Some(author));
        assert!(!footing.is_astray_without(&one), "one against one");
        assert!(footing.is_astray_without(&two));
        let mut footing = Footing::entered(Some(author));
        assert!(!footing.heard(&one) && !footing.heard(&two));
        assert!(!footing.is_astray_without(&three), "one that garbles is alone");
        assert!(footing.heard(&three), "all four are here");
        assert!(
            !footing.is_astray_without(&one),
            "it is sure: what cannot be read later is its author's fault"
        );
    }

    #[test]
    fn who_sent_junk_does_not_make_the_footing_false_by_what_cannot_be_opened() {
        let [author, one] = [1, 2].map(|n| PassKey::from_bytes([n; 32]));
        let mut footing = Footing::entered(Some(author));
        assert!(footing.sent_junk(&author) && !footing.sent_junk(&author), "once");
        assert!(!footing.is_astray_without(&author), "it is the author that left");
        let kept = footing.0.as_ref().map(Entry::encode).unwrap();
        let mut footing = Footing(Entry::decode(&kept));
        assert!(!footing.is_astray_without(&author), "a restart forgets nothing of that");
        assert!(!footing.is_astray_without(&one), "one against one");
    }
}
