//! Whether histories fit one log: the judge of tests that kill, cut and fill.

use std::collections::HashMap;

use keyroom_link::{Lost, check_head};
use keyroom_types::{Chain, Digest, EnvelopeId, Header, Seq};
use keyroom_wire::{Content, Envelope};

use super::History;

/// How much was checked.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Summary {
    /// Envelopes in the log.
    pub envelopes: usize,
    /// Appends that were acknowledged.
    pub acknowledged: usize,
    /// Those of them that had been in the log before: the first answer was lost.
    pub repeated: usize,
    /// Appends that were refused.
    pub refused: usize,
    /// Signed heads.
    pub heads: usize,
    /// Logins.
    pub logins: usize,
}

/// Checks the histories of one room's members against the whole log, as somebody read it who knew nothing before. Who is
/// `absent` left before the end: what they were delivered is how it begins.
///
/// # Errors
/// Says what does not fit.
pub fn check(log: &[Envelope], members: &[&History], absent: &[&History]) -> Result<Summary, String> {
    let places = gapless(log)?;
    let mut summary = Summary { envelopes: log.len(), ..Summary::default() };
    let mut authored: HashMap<EnvelopeId, bool> = places.keys().map(|id| (*id, false)).collect();
    for (number, member) in members.iter().chain(absent).enumerate() {
        let say = |what: String| format!("member {number}: {what}");
        healthy(member).map_err(say)?;
        appends(log, &places, member, &mut authored).map_err(say)?;
        let end = if number < members.len() { log.len() } else { member.log.len().min(log.len()) };
        delivered(&log[..end], member).map_err(say)?;
        heads(log, member).map_err(say)?;
        for sent in &member.sent {
            match sent.answer {
                Some(Ok(appended)) => {
                    summary.acknowledged += 1;
                    summary.repeated += usize::from(appended.repeated);
                }
                Some(Err(_)) => summary.refused += 1,
                None => {}
            }
        }
        summary.heads += member.heads.len();
        summary.logins += member.logins;
    }
    match authored.iter().find(|(_, authored)| !**authored) {
        Some((id, _)) => Err(format!("nobody sent {id}, and it is in the log")),
        None => Ok(summary),
    }
}

/// The log begins with 1, has no gap, and no envelope twice.
fn gapless(log: &[Envelope]) -> Result<HashMap<EnvelopeId, usize>, String> {
    let mut places = HashMap::new();
    let mut expected = Seq::ZERO;
    for (place, envelope) in log.iter().enumerate() {
        expected = expected.next();
        let Header { seq, envelope: id, .. } = envelope.header;
        if seq != expected {
            return Err(format!("the log has {seq} where {expected} was to come"));
        }
        if places.insert(id, place).is_some() {
            return Err(format!("{id} is in the log twice, the second time at {seq}"));
        }
    }
    Ok(places)
}

/// The link never ended for good, and the relay never broke the rules.
fn healthy(member: &History) -> Result<(), String> {
    if let Some(stop) = member.stopped {
        return Err(format!("its link ended for good: {stop}"));
    }
    match member.lost.iter().find(|why| matches!(why, Lost::Fault(_))) {
        Some(fault) => Err(format!("the relay broke the rules: {fault}")),
        None => Ok(()),
    }
}

/// What it was told is where it was told, once and whole; what it sent is in the order in which it was sent.
fn appends(
    log: &[Envelope],
    places: &HashMap<EnvelopeId, usize>,
    member: &History,
    authored: &mut HashMap<EnvelopeId, bool>,
) -> Result<(), String> {
    let mut before = None;
    for sent in &member.sent {
        let at: Vec<usize> = sent.ids.iter().filter_map(|id| places.get(id).copied()).collect();
        if at.is_empty() {
            match sent.answer {
                Some(Ok(appended)) => {
                    return Err(format!("what was acknowledged at {} is gone", appended.first));
                }
                _ => continue,
            }
        }
        let whole = at.len() == sent.ids.len() && at.windows(2).all(|pair| pair[1] == pair[0] + 1);
        if !whole {
            return Err(format!("an append of {} is in the log at the places {at:?}", sent.ids.len()));
        }
        if before.is_some_and(|before| before >= at[0]) {
            return Err(format!(
                "{} came into the log before what was sent before it",
                log[at[0]].header.seq
            ));
        }
        before = at.last().copied();
        for (place, (&at, body)) in at.iter().zip(&sent.say.bodies).enumerate() {
            let Envelope { header, content, .. } = &log[at];
            let own = header.pass == member.pass && header.kind == sent.say.kind(place);
            if !own || *content != Content::Body(body.clone()) {
                return Err(format!("the log has something else at {} than was sent", header.seq));
            }
            authored.insert(header.envelope, true);
        }
        if let Some(Ok(appended)) = sent.answer {
            let (first, last) = (&log[at[0]].header, &log[at[at.len() - 1]].header);
            if (appended.first, appended.last, appended.time) != (first.seq, last.seq, first.time) {
                return Err(format!("it was told {appended:?}, and the log has it at {}", first.seq));
            }
        }
    }
    Ok(())
}

/// It was delivered the whole log, nothing else.
fn delivered(log: &[Envelope], member: &History) -> Result<(), String> {
    let differs = member.log.iter().zip(log).position(|(delivered, kept)| delivered != kept);
    match differs {
        Some(place) => Err(format!("it was delivered something else at {} than the log has", place + 1)),
        None if member.log.len() != log.len() => {
            Err(format!("{} envelopes were delivered of {}", member.log.len(), log.len()))
        }
        None => Ok(()),
    }
}

/// Every head is signed by the one key, and of this log.
fn heads(log: &[Envelope], member: &History) -> Result<(), String> {
    let mut chains = vec![Chain::start(&member.room)];
    for envelope in log {
        let body = match &envelope.content {
            Content::Body(body) => Digest::of(body),
            Content::Dropped(digest) => *digest,
        };
        let last = chains[chains.len() - 1];
        chains.push(last.then(&envelope.header, &body, envelope.blob.as_ref()));
    }
    let key = member.log_key.ok_or("it never got in")?;
    let incarnation = member.heads.first().map(|head| head.incarnation);
    for head in &member.heads {
        check_head(&key, &member.room, head).map_err(|error| format!("the head at {}: {error}", head.seq))?;
        let chain = usize::try_from(head.seq.get()).ok().and_then(|seq| chains.get(seq));
        if chain != Some(&head.chain) || Some(head.incarnation) != incarnation {
            return Err(format!("a head was signed at {} that is not of this log", head.seq));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use keyroom_types::{Kind, PassKey, RoomId, Timestamp};
    use keyroom_wire::Appended;

    use super::super::{Say, Sent};
    use super::*;

    const PASS: PassKey = PassKey::from_bytes([2; 32]);

    fn envelope(seq: u64) -> Envelope {
        let header = Header {
            seq: Seq::new(seq),
            time: Timestamp::from_millis(seq),
            kind: Kind::Application,
            based_on: Seq::ZERO,
            envelope: EnvelopeId::from_bytes([u8::try_from(seq).unwrap(); 16]),
            pass: PASS,
        };
        Envelope { header, content: Content::Body(vec![9].into()), blob: None }
    }

    /// Three messages of one member, and its history, in which all is well.
    fn well() -> (Vec<Envelope>, History) {
        let log: Vec<Envelope> = (1..4).map(envelope).collect();
        let mut history = History::new(RoomId::from_bytes([1; 16]), PASS);
        history.log.clone_from(&log);
        history.log_key = Some(keyroom_link::LogSecret::from_bytes(&[7; 32]).public());
        history.sent = log.iter().map(|envelope| sent(&envelope.header)).collect();
        (log, history)
    }

    fn sent(header: &Header) -> Sent {
        let appended = Appended { first: header.seq, last: header.seq, time: header.time, repeated: false };
        Sent {
            say: Say::message(vec![9]),
            ids: vec![header.envelope],
            based_on: Seq::ZERO,
            at: Instant::now(),
            answer: Some(Ok(appended)),
        }
    }

    #[test]
    fn what_fits_passes() {
        let (log, history) = well();
        assert_eq!(check(&log, &[&history], &[]).map(|summary| summary.acknowledged), Ok(3));
    }

    #[test]
    fn every_loss_double_and_difference_is_seen() {
        type Spoil = fn(&mut Vec<Envelope>, &mut History);
        let spoilt: [(&str, Spoil); 8] = [
            ("is gone", |log, history| {
                log.pop();
                history.log.pop();
            }),
            ("was to come", |log, _| drop(log.remove(1))),
            ("twice", |log, _| log[2].header.envelope = log[1].header.envelope),
            ("something else at 2", |_, history| history.log[1].content = Content::Body(vec![8].into())),
            ("2 envelopes were delivered of 3", |_, history| drop(history.log.pop())),
            ("nobody sent", |_, history| drop(history.sent.pop())),
            ("before what was sent before it", |_, history| history.sent.swap(0, 1)),
            ("it was told", |_, history| {
                history.sent[0].answer =
                    Some(Ok(Appended { ..sent(&envelope(2).header).answer.unwrap().unwrap() }));
            }),
        ];
        for (expected, spoil) in spoilt {
            let (mut log, mut history) = well();
            spoil(&mut log, &mut history);
            let error = check(&log, &[&history], &[]).unwrap_err();
            assert!(error.contains(expected), "{error}: {expected}");
        }
    }

    #[test]
    fn a_head_of_another_log_is_seen() {
        let (log, mut history) = well();
        let secret = keyroom_link::LogSecret::from_bytes(&[7; 32]);
        let incarnation = keyroom_types::Incarnation::from_bytes([3; 16]);
        let time = Timestamp::from_millis(2);
        let chain = Chain::start(&history.room);
        history.heads.push(keyroom_link::sign_head(
            &secret,
            &history.room,
            incarnation,
            Seq::new(2),
            time,
            chain,
        ));
        assert!(check(&log, &[&history], &[]).unwrap_err().contains("not of this log"));
    }
}
