//! What must hold when all is quiet.

use std::collections::{BTreeMap, HashMap, HashSet};

use keyroom_history::State;
use keyroom_testkit::sealed::{Line, Sealed};
use keyroom_types::{IdentityKey, Kind, MessageId, Seq};

use crate::keys::no_key_was_used_twice;

/// A place in the log, and what stands there.
type Truth = BTreeMap<Seq, Line>;

pub(crate) fn check(room: &mut Sealed, said: &[(usize, String)], wrong: &Wrong) {
    let out = wrong.out(room);
    bodies_differ(room, &out);
    no_key_was_used_twice(room, &out);
    members_agree(room, &out);
    let entered = entered(room, &out);
    let truth = one_truth(room, &out);
    nothing_is_missing(room, &truth, &entered, &out);
    what_was_said_is_there(room, said, &out);
}

/// Who did wrong, if anybody.
#[derive(Default)]
pub(crate) struct Wrong {
    pub(crate) bad: Option<usize>,
    /// Whether it goes on in an epoch of its own: newcomers may follow it there, where those who speak are not more outside.
    pub(crate) forks: bool,
    /// Who was in when it began, and did not have to enter again since.
    pub(crate) core: Vec<usize>,
}

impl Wrong {
    /// Whom nothing is promised of.
    fn out(&self, room: &Sealed) -> HashSet<usize> {
        let mut out: HashSet<usize> = self.bad.into_iter().collect();
        let core: Vec<usize> = self.core.iter().copied().filter(|who| is_in(room, *who)).collect();
        // Where none of them is left, who has been in the longest.
        let others = (0..room.count()).filter(|who| is_in(room, *who) && !out.contains(who));
        let oldest = || others.min_by_key(|who| seat(room, *who).unwrap_or(Seq::ZERO));
        if self.forks
            && let Some(one) = core.first().copied().or_else(oldest)
        {
            let here = code(room, one);
            let led = |who: &usize| is_in(room, *who) && !core.contains(who) && code(room, *who) != here;
            out.extend((0..room.count()).filter(led));
        }
        out
    }
}

/// What a member knows of the room, to be compared.
fn code(room: &Sealed, who: usize) -> String {
    let machine = room.member(who).machine().unwrap();
    let (group, record) = (machine.group().unwrap(), machine.record());
    let names: Vec<u32> = group.members().iter().map(|member| member.leaf).collect();
    let code = group.room_code(&record.last_commit.unwrap());
    format!("{code} in {} of {names:?} named {}", group.epoch(), group.policy().name)
}

/// Who is in the room, and stays.
fn is_in(room: &Sealed, who: usize) -> bool {
    let member = room.member(who);
    member.closed().is_none() && member.machine().is_some_and(|machine| !machine.is_newcomer())
}

/// No ciphertext twice: attack matrix row 38, as far as a relay sees it.
fn bodies_differ(room: &Sealed, out: &HashSet<usize>) {
    let mut bodies = HashSet::new();
    for (header, body) in room.log() {
        // The junk of who does wrong is always the same.
        let junk = !out.is_empty() && body.iter().all(|byte| *byte == body[0]);
        assert!(bodies.insert(body) || junk, "the body of {} was there before", header.seq);
    }
}

/// One epoch, one tree, one set of keys: the room code says so.
fn members_agree(room: &Sealed, out: &HashSet<usize>) {
    let here = |who: &usize| is_in(room, *who) && !out.contains(who);
    let codes: Vec<(usize, String)> =
        (0..room.count()).filter(here).map(|who| (who, code(room, who))).collect();
    assert!(codes.windows(2).all(|pair| pair[0].1 == pair[1].1), "one room: {codes:#?}");
}

/// Where each one that is in came in, for the last time.
fn entered(room: &Sealed, out: &HashSet<usize>) -> HashMap<usize, Seq> {
    (0..room.count())
        .filter(|who| is_in(room, *who) && !out.contains(who))
        .map(|who| (who, seat(room, who).unwrap_or(Seq::ZERO)))
        .collect()
}

/// Where somebody came in for the last time. Who was let in has no join of its own in the log.
fn seat(room: &Sealed, who: usize) -> Option<Seq> {
    let pass = room.member(who).machine()?.group()?.me().pass;
    let log = room.log();
    let join = log.iter().rfind(|(header, _)| header.kind == Kind::Join && header.pass == pass);
    join.map(|(header, _)| header.seq).or(room.member(who).entered())
}

/// What stands at a place of the log is the same for all who show it; nothing is shown twice.
fn one_truth(room: &mut Sealed, out: &HashSet<usize>) -> Truth {
    let id = room.room();
    let others: HashSet<IdentityKey> = out.iter().map(|who| room.member(*who).identity()).collect();
    let mut truth = Truth::new();
    for who in (0..room.count()).filter(|who| !out.contains(who)) {
        let lines = room.net.person(who).tell().lines(id);
        let mut seen = HashSet::new();
        for line in lines {
            assert!(seen.insert((line.author, line.id)), "{who} shows {:?} twice", line.text);
            // Who was set back may say again, with the same id, what it does not know to be in the log.
            let again = room.member(who).restored() > 0 && line.author == room.member(who).identity();
            if let (Some(seq), false) = (line.seq, again || others.contains(&line.author)) {
                let known = truth.entry(seq).or_insert_with(|| line.clone());
                assert_eq!(
                    (known.author, known.id, &known.text),
                    (line.author, line.id, &line.text),
                    "{who} shows something else at {seq}"
                );
            }
        }
    }
    // Who came between the two times has the second one.
    let set_back: HashSet<IdentityKey> = (0..room.count())
        .filter(|who| room.member(*who).restored() > 0)
        .map(|who| room.member(who).identity())
        .collect();
    // Who came in again before it could read what it had said says that again, with the same id: who knows it shows it once.
    let seats: HashMap<IdentityKey, Seq> =
        (0..room.count()).filter_map(|who| Some((room.member(who).identity(), seat(room, who)?))).collect();
    let again = |at: &Seq, line: &Line| {
        let earlier = truth.range(..*at).any(|(_, one)| (one.author, one.id) == (line.author, line.id));
        earlier && seats.get(&line.author).is_some_and(|seat| at > seat)
    };
    let once = || truth.iter().filter(|(at, line)| !set_back.contains(&line.author) && !again(at, line));
    let texts: HashSet<&str> = once().map(|(_, line)| line.text.as_str()).collect();
    assert_eq!(texts.len(), once().count(), "nothing stands in the log twice: {truth:#?}");
    truth
}

/// What was acknowledged is with everybody who was in then.
fn nothing_is_missing(room: &mut Sealed, truth: &Truth, entered: &HashMap<usize, Seq>, out: &HashSet<usize>) {
    let id = room.room();
    for (who, entered) in entered {
        let lines = room.net.person(*who).tell().lines(id);
        let has: HashSet<(IdentityKey, MessageId)> =
            lines.into_iter().map(|line| (line.author, line.id)).collect();
        for (seq, line) in truth.iter().filter(|(seq, _)| *seq > entered) {
            assert!(has.contains(&(line.author, line.id)), "{who} misses {:?} at {seq}", line.text);
        }
        let unreadable: Vec<(u16, Option<Seq>)> = room
            .net
            .person(*who)
            .tell()
            .notices(id)
            .into_iter()
            .filter(|(kind, seq)| {
                // Who is left out of a commit that nobody follows finds that out.
                matches!(kind, 7 | 8 | 10) && out.is_empty() && seq.is_some_and(|seq| seq > *entered)
            })
            .collect();
        // A generation that was used twice would be one that cannot be read.
        assert_eq!(unreadable, [], "{who} could read all");
    }
}

/// Who was never set back has all that it said in the log.
fn what_was_said_is_there(room: &mut Sealed, said: &[(usize, String)], out: &HashSet<usize>) {
    let id = room.room();
    for who in 0..room.count() {
        if !is_in(room, who) || out.contains(&who) || room.member(who).restored() > 0 {
            continue;
        }
        let lines = room.net.person(who).tell().lines(id);
        for (_, text) in said.iter().filter(|(author, _)| *author == who) {
            // What was refused when it was said is not there.
            let Some(line) = lines.iter().find(|line| line.text == *text) else { continue };
            assert!(
                matches!(line.state, State::Stored | State::Delivered),
                "{who} said {text:?}, and it is {:?}",
                line.state
            );
        }
    }
}
