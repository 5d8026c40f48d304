//! Random schedules of a whole room: whatever happens in whatever order, each message shows exactly once.

use std::collections::{BTreeMap, HashMap};

use proptest::prelude::*;

use super::*;

/// One thing that happens.
#[derive(Clone, Debug)]
enum Step {
    Come,
    Go(usize),
    /// Somebody says something new, in reads of this many bytes.
    Say(usize, usize),
    /// Somebody sends a token again that it or another had sent.
    Replay(usize, usize),
    Junk(usize),
    HostSays,
    Pass(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => Just(Step::Come),
        1 => any::<usize>().prop_map(Step::Go),
        6 => (any::<usize>(), 1..200_usize).prop_map(|(who, read)| Step::Say(who, read)),
        2 => (any::<usize>(), any::<usize>()).prop_map(|(who, what)| Step::Replay(who, what)),
        1 => any::<usize>().prop_map(Step::Junk),
        2 => Just(Step::HostSays),
        3 => (0..40_u64).prop_map(Step::Pass),
    ]
}

/// Everything that the schedule did.
#[derive(Default)]
struct Record {
    here: Vec<PeerId>,
    /// Tokens of guests by their text, with the author.
    said: Vec<(PeerId, String, Vec<u8>)>,
    host_said: Vec<String>,
    next: u128,
}

impl Record {
    fn pick(&self, who: usize) -> Option<PeerId> {
        (!self.here.is_empty()).then(|| self.here[who % self.here.len()])
    }
}

fn run(room: &mut Hosted, record: &mut Record, step: &Step) {
    match *step {
        Step::Come if record.here.len() < 6 => record.here.push(room.come(Reads::AtOnce)),
        Step::Come => {}
        Step::Go(who) => {
            let Some(peer) = record.pick(who) else { return };
            record.here.retain(|other| *other != peer);
            room.go(peer);
        }
        Step::Say(who, read) => {
            let Some(peer) = record.pick(who) else { return };
            record.next += 1;
            let text = format!("guest message {}", record.next);
            let iv = (record.next | 1 << 100).to_be_bytes();
            let wire = Cipher::new(&key()).seal(text.as_bytes(), 1, iv).unwrap().into_bytes();
            wire.chunks(read).for_each(|part| room.hear(peer, part));
            record.said.push((peer, text, wire));
        }
        Step::Replay(who, what) => {
            let Some(peer) = record.pick(who) else { return };
            let Some((_, _, wire)) = record.said.get(what % record.said.len().max(1)) else { return };
            let wire = wire.clone();
            room.hear(peer, &wire);
        }
        Step::Junk(who) => {
            let Some(peer) = record.pick(who) else { return };
            room.hear(peer, b"!junk!");
        }
        Step::HostSays => {
            record.next += 1;
            let text = format!("host message {}", record.next);
            room.say(&text);
            record.host_said.push(text);
        }
        Step::Pass(ms) => room.pass(Duration::from_millis(ms)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn each_message_shows_exactly_once_in_its_senders_order_and_never_at_its_author(
        steps in proptest::collection::vec(step(), 1..120)
    ) {
        let (mut room, mut record) = (Hosted::new(), Record::default());
        for step in &steps {
            run(&mut room, &mut record, step);
            record.here.retain(|peer| !room.dropped.contains(peer));
        }
        room.pass(Duration::from_secs(60));

        // At the host: what the guests said, exactly once, and in each one's order.
        let shown = room.pages.messages();
        let of = |from: Sender| {
            shown.iter().filter(|(sender, _)| *sender == from).map(|(_, text)| text.clone()).collect::<Vec<_>>()
        };
        let mut expected: BTreeMap<PeerId, Vec<String>> = BTreeMap::new();
        for (peer, text, _) in &record.said {
            expected.entry(*peer).or_default().push(text.clone());
        }
        for (peer, texts) in &expected {
            prop_assert_eq!(&of(Sender::Peer(*peer)), texts);
        }
        prop_assert_eq!(of(Sender::Me), record.host_said.clone());
        prop_assert_eq!(shown.len(), record.said.len() + record.host_said.len());

        // At each guest: nothing twice, nothing of its own, and the order in which the host has them.
        let place: HashMap<&str, usize> =
            shown.iter().enumerate().map(|(place, (_, text))| (text.as_str(), place)).collect();
        for &peer in room.reads.keys() {
            let got = room.got(peer);
            let own = expected.get(&peer);
            prop_assert!(!got.iter().any(|text| own.is_some_and(|own| own.contains(text))));
            let places: Vec<usize> = got.iter().map(|text| place[text.as_str()]).collect();
            for from in expected.keys().map(|peer| Sender::Peer(*peer)).chain([Sender::Me]) {
                let of_one = places.iter().filter(|place| shown[**place].0 == from).collect::<Vec<_>>();
                prop_assert!(of_one.windows(2).all(|pair| pair[0] < pair[1]));
            }
            let mut unique = places.clone();
            unique.sort_unstable();
            unique.dedup();
            prop_assert_eq!(unique.len(), places.len());
        }
    }
}
