//! Many newcomers at once. Attack matrix row 54.
//!
//! How many: `KEYROOM_STORM`, 30 in an ordinary run. A thousand, each of whom follows all who come after it, take an hour or so:
//!
//! ```text
//! KEYROOM_STORM=1000 cargo test --release -p keyroom-client --test simulation a_storm
//! ```

use std::cell::RefCell;
use std::rc::Rc;

use keyroom_testkit::sealed::Sealed;
use keyroom_types::{Kind, Seq};
use keyroom_wire::{Answer, ToClient, Turn};

/// What the relay said to one newcomer until it was in.
#[derive(Default)]
struct Told {
    /// Blobs that it began to read.
    blobs: usize,
    /// What was refused.
    refused: usize,
    /// Bytes of all but blobs and envelopes, which are the room itself.
    others: usize,
    turns: usize,
    is_in: bool,
}

impl Told {
    fn note(&mut self, answer: &Answer) {
        if self.is_in {
            return;
        }
        match answer {
            Answer::BlobPart { offset, .. } => self.blobs += usize::from(*offset == 0),
            Answer::Appended(_) => self.is_in = true,
            Answer::Deliver(_) => {}
            other => {
                self.refused += usize::from(matches!(other, Answer::Refused(_)));
                self.turns += usize::from(matches!(other, Answer::Turn(Turn::Now { .. })));
                self.others += ToClient { request: 0, body: other.clone() }.encode().len();
            }
        }
    }
}

/// Attack matrix row 54: all get in, one after the other: each takes one turn, reads one blob and joins once, and what it is told
/// while it waits does not grow with the number of those who wait.
#[test]
fn a_storm_of_newcomers_is_let_in_one_by_one_and_each_costs_what_one_costs() {
    let many = std::env::var("KEYROOM_STORM").map_or(30, |many| many.parse().expect("a number of newcomers"));
    let mut room = Sealed::new(54, std::time::Duration::from_millis(5), 1_100);
    room.founder();
    room.run(1_000);
    let key = room.key.clone();
    let told: Vec<Rc<RefCell<Told>>> = (0..many)
        .map(|_| {
            let told = Rc::new(RefCell::new(Told::default()));
            let noting = Rc::clone(&told);
            let new = room.newcomer(&key);
            room.filter(new, move |answer| {
                noting.borrow_mut().note(answer);
                true
            });
            told
        })
        .collect();
    let all_in = |room: &Sealed| {
        (1..=many).all(|who| room.member(who).machine().is_some_and(|machine| !machine.is_newcomer()))
    };
    // Well below a second for each.
    let limit = 1_000 * many as u64;
    let mut waited = 0;
    while !all_in(&room) && waited < limit {
        room.run(1_000);
        waited += 1_000;
    }
    assert!(
        all_in(&room),
        "{} are in after {waited} ms",
        told.iter().filter(|told| told.borrow().is_in).count()
    );

    let joins: Vec<Seq> = room
        .log()
        .iter()
        .filter(|(header, _)| header.kind == Kind::Join)
        .map(|(header, _)| header.seq)
        .collect();
    assert_eq!(joins.len(), many, "each joined once");
    for (place, told) in told.iter().enumerate() {
        let told = told.borrow();
        assert_eq!((told.turns, told.blobs, told.refused), (1, 1, 0), "newcomer {place}");
    }
    let others: usize = told.iter().map(|told| told.borrow().others).sum();
    assert!(others < 2_048 * many, "{others} bytes to {many} that waited");
    // And all of them are in one room.
    room.run(30_000);
    let epoch = |who: usize| room.member(who).machine().unwrap().group().unwrap().epoch();
    assert!((0..=many).all(|who| epoch(who) == epoch(0)));
    assert_eq!(room.member(0).machine().unwrap().group().unwrap().member_count(), many + 1);
}
