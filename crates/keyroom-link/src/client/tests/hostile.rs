//! A relay that says anything at any moment: no panic, nothing out of order, nothing without end. Attack matrix rows 9
//! and 45.

use keyroom_wire::testing;
use proptest::collection::vec;
use proptest::prelude::*;

use super::super::State;
use super::*;

/// What happens to a link.
#[derive(Clone, Debug)]
enum Step {
    /// The relay says something, perhaps sensible, in answer to one of the newest requests.
    Says(u8, Answer),
    /// It does what a good relay would do next, or is dialled again.
    Behaves,
    /// It delivers a place of its log; behind its end, the one that is due.
    Delivers(usize),
    /// It signs a place of its log, or of another.
    Signs(usize, bool),
    Connects,
    Cut,
    Time(u16),
    Append,
    Blob(u16),
    Turn,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        1 => (any::<u8>(), testing::answer()).prop_map(|(number, answer)| Step::Says(number, answer)),
        20 => Just(Step::Behaves),
        6 => (1..=40_usize).prop_map(Step::Delivers),
        1 => (0..=9_usize, prop::bool::weighted(0.05)).prop_map(|(place, lies)| Step::Signs(place, lies)),
        1 => Just(Step::Connects),
        1 => Just(Step::Cut),
        3 => (0..20_000_u16).prop_map(Step::Time),
        2 => Just(Step::Append),
        1 => (1..1_000_u16).prop_map(Step::Blob),
        1 => Just(Step::Turn),
    ]
}

/// The answer that a good relay would give.
fn good_answer(log: &Log, request: &Request) -> Option<Answer> {
    Some(match request {
        Request::Login(_) => Answer::Welcome(Box::new(welcome(Some(log.head())))),
        Request::Create(_) => Answer::Created(log.head()),
        Request::Append(append) => {
            let last = Seq::new(append.entries.len() as u64);
            let time = Timestamp::from_millis(1);
            Answer::Appended(Appended { first: Seq::new(1), last, time, repeated: true })
        }
        Request::Subscribe { .. } => Answer::Subscribed(log.cursor().seq),
        Request::PutBlob { offset, part, .. } => {
            Answer::BlobProgress(offset + u32::try_from(part.len()).unwrap())
        }
        Request::GetBlob { offset, .. } => {
            Answer::BlobPart { size: offset + 1, offset: *offset, part: vec![1].into() }
        }
        Request::TakeTurn => Answer::Turn(keyroom_wire::Turn::Waiting { ahead: 1 }),
        Request::Ping(number) => Answer::Pong(*number),
        _ => return None,
    })
}

fn take(script: &mut Script, log: &Log, step: Step) {
    match step {
        Step::Says(number, answer) => script.say(u64::from(number % 6), answer),
        Step::Behaves => match script.sent.pop_front() {
            Some(ToRelay { request, body }) => {
                if let Some(answer) = good_answer(log, &body) {
                    script.say(request, answer);
                }
            }
            None => script.go_on(),
        },
        Step::Delivers(seq) => {
            let due = script.link.cursor().map_or(1, |cursor| cursor.seq.next().get());
            let seq = if seq > 9 { usize::try_from(due).unwrap().min(9) } else { seq };
            script.say(0, log.deliver(seq));
        }
        Step::Signs(seq, lies) => {
            let head = log.head_at(seq);
            let chain = if lies { other_chain() } else { head.chain };
            let head = sign_head(&log_secret(), &room(), incarnation(), head.seq, head.time, chain);
            script.say(0, Answer::Head(head));
        }
        Step::Connects => script.connect(),
        Step::Cut => script.cut(),
        Step::Time(millis) => script.pass(Duration::from_millis(millis.into())),
        Step::Append => drop(script.link.append(message(1), None)),
        Step::Blob(size) => {
            let blob = blob(size.into(), 1);
            let commit = entries(vec![entry(Kind::Commit, 1, Some(Digest::of(&blob)))]);
            let _ = script.link.append(commit, Some(blob));
            let _ = script.link.get_blob(Digest::of(b"another"));
        }
        Step::Turn => drop(script.link.take_turn()),
    }
    script.turn();
}

impl Script {
    fn go_on(&mut self) {
        match self.link.state {
            State::Waiting { .. } => self.redial(),
            State::Dialling { .. } => self.connect(),
            State::Greeting(_) => self.hello(),
            State::Live(_) | State::Stopped => {}
        }
    }
}

fn links() -> impl Strategy<Value = LinkConfig> {
    let start = Some(Cursor::start(&room()));
    prop_oneof![
        Just(config(Credential::Pass(pass()), start)),
        Just(config(Credential::Founder(pass()), start)),
        Just(config(Credential::Door { door: door(), newcomer: pass() }, None)),
        Just(LinkConfig { log_key: None, incarnation: None, ..config(Credential::Pass(pass()), None) }),
    ]
}

proptest! {
    #[test]
    fn whatever_a_relay_says_a_link_keeps_its_order_and_comes_to_rest(
        link in links(),
        steps in vec(step(), 0..120),
    ) {
        let log = Log::of(9);
        let mut script = Script::new(link);
        for step in steps {
            let before = script.link.cursor().copied();
            take(&mut script, &log, step);
            let after = script.link.cursor().copied();
            prop_assert!(after.map(|cursor| cursor.seq) >= before.map(|cursor| cursor.seq));
            if script.stopped().is_some() {
                prop_assert_eq!(script.link.poll_timeout(), None);
                prop_assert!(matches!(script.events.back(), Some(Event::Stopped(_))), "the last event");
            } else {
                prop_assert!(script.link.poll_timeout().is_some(), "something always comes next");
            }
        }
        let delivered = script.delivered();
        prop_assert_eq!(&delivered, &(1..=delivered.len() as u64).collect::<Vec<_>>());
    }
}
