//! What must hold when all is quiet.

use std::collections::{BTreeMap, HashMap, HashSet};

use keyroom_history::State;
use keyroom_testkit::sealed::{Line, Sealed};
use keyroom_types::{Kind, PassKey, Seq};

/// A place in the log, and what stands there.
type Truth = BTreeMap<Seq, Line>;

pub(crate) fn check(room: &mut Sealed, said: &[(usize, String)]) {
    bodies_differ(room);
    members_agree(room);
    let entered = entered(room);
    let truth = one_truth(room);
    nothing_is_missing(room, &truth, &entered);
    what_was_said_is_there(room, said);
}

/// Who is in the room, and stays.
fn is_in(room: &Sealed, who: usize) -> bool {
    let member = room.member(who);
    member.closed().is_none() && member.machine().is_some_and(|machine| !machine.is_newcomer())
}

/// No ciphertext twice: attack matrix row 38, as far as a relay sees it.
fn bodies_differ(room: &Sealed) {
    let mut bodies = HashSet::new();
    for (header, body) in room.log() {
        assert!(bodies.insert(body), "the body of {} was there before", header.seq);
    }
}

/// One epoch, one tree, one set of keys: the room code says so.
fn members_agree(room: &Sealed) {
    let codes: Vec<(usize, String)> = (0..room.count())
        .filter(|who| is_in(room, *who))
        .map(|who| {
            let machine = room.member(who).machine().unwrap();
            let (group, record) = (machine.group().unwrap(), machine.record());
            let names: Vec<u32> = group.members().iter().map(|member| member.leaf).collect();
            let code = group.room_code(&record.last_commit.unwrap());
            (who, format!("{code} in {} of {names:?} named {}", group.epoch(), group.policy().name))
        })
        .collect();
    assert!(codes.windows(2).all(|pair| pair[0].1 == pair[1].1), "one room: {codes:#?}");
}

/// Where each one that is in came in, for the last time.
fn entered(room: &Sealed) -> HashMap<usize, Seq> {
    let mut joins: HashMap<PassKey, Seq> = HashMap::new();
    for (header, _) in room.log().iter().filter(|(header, _)| header.kind == Kind::Join) {
        joins.insert(header.pass, header.seq);
    }
    (0..room.count())
        .filter(|who| is_in(room, *who))
        .map(|who| {
            let group = room.member(who).machine().unwrap().group().unwrap();
            (who, joins.get(&group.me().pass).copied().unwrap_or(Seq::ZERO))
        })
        .collect()
}

/// What stands at a place of the log is the same for all who show it; nothing is shown twice.
fn one_truth(room: &mut Sealed) -> Truth {
    let id = room.room();
    let mut truth = Truth::new();
    for who in 0..room.count() {
        let lines = room.net.person(who).tell().lines(id);
        let mut seen = HashSet::new();
        for line in lines {
            assert!(seen.insert((line.author, line.id)), "{who} shows {:?} twice", line.text);
            if let Some(seq) = line.seq {
                let known = truth.entry(seq).or_insert_with(|| line.clone());
                assert_eq!(
                    (known.author, known.id, &known.text),
                    (line.author, line.id, &line.text),
                    "{who} shows something else at {seq}"
                );
            }
        }
    }
    let texts: HashSet<&str> = truth.values().map(|line| line.text.as_str()).collect();
    assert_eq!(texts.len(), truth.len(), "nothing stands in the log twice: {truth:#?}");
    truth
}

/// What was acknowledged is with everybody who was in then.
fn nothing_is_missing(room: &mut Sealed, truth: &Truth, entered: &HashMap<usize, Seq>) {
    let id = room.room();
    for (who, entered) in entered {
        let has: HashSet<Seq> =
            room.net.person(*who).tell().lines(id).into_iter().filter_map(|line| line.seq).collect();
        for (seq, line) in truth.iter().filter(|(seq, _)| *seq > entered) {
            assert!(has.contains(seq), "{who} misses {:?} at {seq}", line.text);
        }
        let unreadable: Vec<(u16, Option<Seq>)> = room
            .net
            .person(*who)
            .tell()
            .notices(id)
            .into_iter()
            .filter(|(kind, seq)| matches!(kind, 7 | 8 | 10) && seq.is_some_and(|seq| seq > *entered))
            .collect();
        // A generation that was used twice would be one that cannot be read.
        assert_eq!(unreadable, [], "{who} could read all");
    }
}

/// Who was never set back has all that it said in the log.
fn what_was_said_is_there(room: &mut Sealed, said: &[(usize, String)]) {
    let id = room.room();
    for who in 0..room.count() {
        if !is_in(room, who) || room.member(who).restored() > 0 {
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
