//! The relay is asked to end, and comes back.

use keyroom_testkit::history;
use keyroom_testkit::member::Member;
use keyroom_testkit::relay::Relay;

use crate::support::{KEYROOM, Scratch, page, room};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_that_is_asked_to_end_tells_its_clients_and_comes_back_with_their_rooms() {
    let scratch = Scratch::new("shutdown");
    let mut relay = Relay::start(KEYROOM, &["--data", scratch.path()]);
    let (address, pin) = (relay.address().clone(), relay.pin());
    let founder = Member::founder(&address, pin, room(1), 0);
    founder.until("the room is made", |founder| founder.look(|mind| mind.is_in())).await;
    for number in 1..=50 {
        founder.tell(|mind| mind.say(number, 200));
    }
    let (code, log) = relay.end();
    assert_eq!(code, Some(0), "{log}");
    founder.until("it was told", |founder| founder.look(|mind| mind.was_sent_away())).await;
    relay.restart();
    founder
        .until("all is said", |founder| {
            founder.try_now();
            founder.look(|mind| mind.is_done())
        })
        .await;
    let (status, counts) = page(&relay, "/metrics");
    assert_eq!(status, 200);
    for line in ["keyroom_rooms 1", "keyroom_rooms_served 1", "keyroom_links 1"] {
        assert!(counts.lines().any(|counted| counted == line), "{line} in {counts}");
    }
    assert_eq!((page(&relay, "/healthz").0, page(&relay, "/readyz").0), (200, 200));
    history::check(&address, pin, room(1), &[founder], &(1..=50).collect::<Vec<_>>()).await;
}
