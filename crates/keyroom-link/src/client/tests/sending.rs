//! Requests and their answers, over lost connections. Attack matrix rows 6 and 52.

use keyroom_types::limits::{EPHEMERAL_WAITING, LINK_REQUESTS, LINK_WAITING};
use keyroom_wire::Refusal;
use proptest::prelude::*;

use super::*;
use crate::{CommandError, RelayFault};

fn live() -> Script {
    let mut script = Script::member(Cursor::start(&room()));
    script.live(&Log::new());
    script
}

#[test]
fn an_append_without_an_answer_is_sent_again_in_its_place() {
    let mut script = live();
    let requests: Vec<_> = (1..=3).map(|number| script.link.append(message(number), None).unwrap()).collect();
    script.turn();
    let (first, _) = script.request();
    script.say(first, appended(1, false));
    assert_eq!(append_ids(&script.all_sent()), [id(2), id(3)]);
    script.reconnect();
    script.link.append(message(4), None).unwrap();
    script.login();
    script.welcome(Some(Log::of(1).head()));
    let sent: Vec<_> = script.sent.iter().map(|sent| sent.request).collect();
    assert_eq!(sent, [2, 3, 4, 5], "numbers begin anew");
    assert_eq!(append_ids(&script.all_sent()), [id(2), id(3), id(4)]);
    script.say(3, appended(2, true));
    let Some(Event::Appended { request, appended }) = script.events.pop_back() else { panic!("appended") };
    assert_eq!((request, appended.repeated), (requests[1], true));
}

#[test]
fn a_bounded_number_is_under_way_and_the_rest_waits() {
    let mut script = live();
    for number in 0..=LINK_WAITING {
        let taken = script.link.append(message(u8::try_from(number % 200).unwrap()), None);
        assert_eq!(taken.is_ok(), number < LINK_WAITING, "{number}");
    }
    script.turn();
    assert_eq!(script.sent.len(), LINK_REQUESTS);
    let (request, _) = script.request();
    script.say(request, appended(1, false));
    assert_eq!(script.sent.len(), LINK_REQUESTS, "one answered, one more sent");
    assert!(script.link.append(message(1), None).is_ok());
    assert_eq!(script.link.append(message(1), None), Err(CommandError::Full));
}

#[test]
fn what_waits_is_bounded_in_bytes_too() {
    let mut script = Script::member(Cursor::start(&room()));
    let commit = || {
        let large = NewEnvelope { body: blob(1 << 20, 1), ..entry(Kind::Commit, 1, None) };
        entries(vec![large])
    };
    let taken = (0..32).take_while(|_| script.link.append(commit(), None).is_ok()).count();
    assert_eq!(taken, 15);
}

#[test]
fn what_the_relay_would_call_malformed_is_refused_here() {
    let mut script = live();
    let wrong = entries(vec![entry(Kind::Follower, 1, None)]);
    assert!(matches!(script.link.append(wrong, None), Err(CommandError::Invalid(_))));
    assert!(matches!(script.link.append(entries(Vec::new()), None), Err(CommandError::Invalid(_))));
    let long = NewEnvelope { body: blob(65_537, 1), ..entry(Kind::Application, 1, None) };
    assert!(matches!(script.link.append(entries(vec![long]), None), Err(CommandError::Invalid(_))));
    script.turn();
    assert_eq!(script.all_sent(), []);
}

#[test]
fn stale_is_the_relays_word_and_the_log_may_say_otherwise() {
    let mut script = live();
    let request = script.link.append(message(1), None).unwrap();
    script.turn();
    let (number, _) = script.request();
    let refusal = Refusal::at(Code::Stale, Seq::new(7));
    script.say(number, Answer::Refused(refusal));
    assert_eq!(script.event(), Event::Refused { request, refusal });
    // It lied: the envelope is in the log.
    script.say(0, Log::of(1).deliver(1));
    let Event::Envelope { envelope, .. } = script.event() else { panic!("an envelope") };
    assert_eq!(envelope.header.envelope, id(1));
    // Answered is answered: nothing is sent a second time.
    script.reconnect();
    script.login();
    script.welcome(Some(Log::of(1).head()));
    assert_eq!(append_ids(&script.all_sent()), []);
}

#[test]
fn an_append_of_two_cannot_have_one_place() {
    let mut script = live();
    let two = vec![entry(Kind::Application, 1, None), entry(Kind::Application, 2, None)];
    script.link.append(entries(two), None).unwrap();
    script.turn();
    let (number, _) = script.request();
    script.say(number, appended(1, false));
    assert_eq!(script.lost(), Some(Lost::Fault(RelayFault::Appended)));
}

#[test]
fn an_answer_to_nothing_or_of_another_kind_is_the_relays_fault() {
    let wrong = |number: u64, body: Answer| {
        let mut script = live();
        script.link.list_blobs().unwrap();
        script.turn();
        script.say(number, body);
        matches!(script.lost(), Some(Lost::Fault(RelayFault::Unasked { request, .. })) if request == number)
    };
    for answer in
        [Answer::Done, appended(1, false), Answer::BlobProgress(1), Answer::Created(Log::new().head())]
    {
        assert!(wrong(3, answer.clone()), "{answer:?}");
    }
    assert!(wrong(4, Answer::Blobs(Default::default())));
    assert!(wrong(0, Answer::Refused(Refusal::new(Code::Busy))));
}

#[test]
fn a_fetched_stretch_is_the_one_asked_for() {
    let log = Log::of(6);
    let fetched = |range: std::ops::Range<usize>, head: u64| {
        let mut script = live();
        script.link.fetch(Seq::new(1), Seq::new(4)).unwrap();
        script.turn();
        let (number, _) = script.request();
        let envelopes = log.envelopes[range].to_vec();
        script.say(number, Answer::Range { envelopes, head: Seq::new(head) });
        script.lost()
    };
    assert_eq!(fetched(1..4, 6), None);
    assert_eq!(fetched(1..2, 6), None, "it may be less");
    let fault = Some(Lost::Fault(RelayFault::Range));
    assert_eq!(fetched(0..3, 6), fault);
    assert_eq!(fetched(1..5, 6), fault);
    assert_eq!(fetched(1..4, 3), fault);
}

#[test]
fn ephemeral_bytes_go_out_while_there_is_a_link_and_never_pile_up() {
    let mut script = live();
    for number in 0..EPHEMERAL_WAITING + 4 {
        script.link.ephemeral(vec![u8::try_from(number).unwrap()].into()).unwrap();
    }
    script.turn();
    let sent = script.all_sent();
    assert_eq!(sent.len(), EPHEMERAL_WAITING);
    assert_eq!(sent[0], Request::Ephemeral(vec![4].into()));
    script.cut();
    script.link.ephemeral(vec![1].into()).unwrap();
    script.redial();
    script.live(&Log::new());
    assert_eq!(script.all_sent(), []);
    assert!(script.link.ephemeral(blob(1_025, 0)).is_err());
}

#[test]
fn credit_follows_what_the_application_has_taken() {
    let log = Log::of(200);
    let mut config = config(Credential::Pass(pass()), Some(log.at(0)));
    config.window = 0;
    let smallest = (64 << 10) + 128;
    let mut script = Script::new(config);
    script.login();
    script.welcome(Some(log.head()));
    let (request, body) = script.request();
    assert_eq!(body, Request::Subscribe { after: Seq::ZERO, credit: smallest }, "one envelope at least");
    script.say(request, Answer::Subscribed(Seq::new(200)));
    for seq in 1..=200 {
        script.say(0, log.deliver(seq));
    }
    assert_eq!(script.all_sent(), [], "nothing taken, nothing granted");
    script.link.consumed(100 * 138);
    script.turn();
    assert_eq!(script.all_sent(), []);
    script.link.consumed(100 * 138);
    script.turn();
    assert_eq!(script.all_sent(), [Request::Credit(smallest + 200 * 138)]);
    // What was never delivered cannot be taken.
    script.link.consumed(1 << 40);
    script.turn();
    assert_eq!(script.all_sent(), []);
}

#[test]
fn delivering_without_credit_is_the_relays_fault() {
    let mut log = Log::new();
    for number in 1..=6 {
        log.push(Kind::Application, number);
        let mut large = log.envelopes.pop().unwrap();
        log.cursors.pop();
        large.content = Content::Body(blob(60 << 10, number));
        log.put(large);
    }
    let mut script = Script::member(log.at(0));
    script.live(&log);
    // 256 KiB of credit: the fifth begins below it, the sixth does not.
    (1..=5).for_each(|seq| script.say(0, log.deliver(seq)));
    assert_eq!(script.delivered(), [1, 2, 3, 4, 5]);
    script.say(0, log.deliver(6));
    assert_eq!(script.lost(), Some(Lost::Fault(RelayFault::Credit)));
    // What waits in the application has its place in the credit of the next connection.
    script.redial();
    script.login();
    script.welcome(Some(log.head()));
    assert_eq!(script.request().1, Request::Subscribe { after: Seq::new(5), credit: 0 });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn whenever_the_connection_is_cut_every_append_is_in_the_log_once_and_in_order(
        steps in proptest::collection::vec(0..5_u8, 1..60),
    ) {
        let mut script = live();
        let (mut log, mut said, mut answered) = (Log::new(), 0_u8, 0_usize);
        for step in steps {
            match step {
                0 => {
                    said += 1;
                    script.link.append(message(said), None).unwrap();
                    script.turn();
                }
                // The relay takes the oldest, and its answer arrives, or is lost with the connection.
                1..=3 if !script.sent.is_empty() => {
                    let (number, body) = script.request();
                    let Request::Append(append) = body else { continue };
                    let first = append.entries[0].id;
                    let place = log.envelopes.iter().position(|envelope| envelope.header.envelope == first);
                    let (seq, repeated) = match place {
                        Some(place) => (place as u64 + 1, true),
                        None => {
                            log.push(Kind::Application, first.as_bytes()[0]);
                            (log.cursor().seq.get(), false)
                        }
                    };
                    if step < 3 {
                        script.say(number, appended(seq, repeated));
                        answered += 1;
                    }
                }
                _ => {
                    script.reconnect();
                    script.sent.clear();
                    script.live(&log);
                }
            }
        }
        let ids: Vec<u8> = log.envelopes.iter().map(|envelope| envelope.header.envelope.as_bytes()[0]).collect();
        prop_assert_eq!(&ids, &(1..=u8::try_from(ids.len()).unwrap()).collect::<Vec<_>>());
        prop_assert!(answered <= ids.len());
    }
}
