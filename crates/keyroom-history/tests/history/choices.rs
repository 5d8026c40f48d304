//! How far a room was read, what was chosen for it, who knocks there, and what messages said before.

use keyroom_history::{Choices, EarlierText, KnockRecord, Profile, State};
use keyroom_types::{Seq, Timestamp};

use crate::make::{message, message_of, person, record, room, within};

#[test]
fn what_came_behind_what_was_read_is_unread_but_for_own_and_for_what_is_gone() {
    let mut profile = Profile::ephemeral().unwrap();
    within(&mut profile, |tx| {
        [1, 2].iter().for_each(|number| tx.put_room(&record(*number)).unwrap());
        for id in 0..5 {
            tx.append(&room(1), &message(id, 1, "theirs")).unwrap();
        }
        tx.append(&room(1), &message_of(person(2), 9, 1, State::Stored, "ours")).unwrap();
        assert_eq!((tx.unread(&room(1), 10).unwrap(), tx.unread(&room(2), 10).unwrap()), (5, 0));
        tx.set_read(&room(1), 2).unwrap();
        tx.set_read(&room(1), 1).unwrap();
        assert_eq!(tx.read(&room(1)).unwrap(), 2, "never back");
        assert_eq!((tx.unread(&room(1), 10).unwrap(), tx.unread(&room(1), 2).unwrap()), (3, 2));
        tx.set_text(&room(1), 3, None).unwrap();
        assert_eq!(tx.unread(&room(1), 10).unwrap(), 2);
        tx.set_read(&room(1), 6).unwrap();
        assert_eq!(tx.unread(&room(1), 10).unwrap(), 0);
    });
}

#[test]
fn unread_of_some_are_only_the_messages_of_these() {
    let mut profile = Profile::ephemeral().unwrap();
    within(&mut profile, |tx| {
        tx.put_room(&record(1)).unwrap();
        for (id, who) in [1, 1, 1, 3, 1, 3].into_iter().enumerate() {
            let id = u32::try_from(id).unwrap();
            tx.append(&room(1), &message_of(person(who), id, 1, State::Received, "theirs")).unwrap();
        }
        let of = |who, at_most| tx.unread_of(&room(1), at_most, |author| *author == person(who)).unwrap();
        assert_eq!((of(1, 10), of(3, 10), of(2, 10)), (4, 2, 0));
        assert_eq!((of(1, 2), of(3, 1)), (2, 1), "the others use nothing up");
        tx.set_read(&room(1), 4).unwrap();
        assert_eq!((of(1, 10), of(3, 10)), (1, 1));
    });
}

#[test]
fn choices_are_kept_beside_what_was_read() {
    let mut profile = Profile::ephemeral().unwrap();
    let chosen = Choices { muted: true, receipts: false, typing: false };
    within(&mut profile, |tx| {
        tx.put_room(&record(1)).unwrap();
        assert_eq!(tx.choices(&room(1)).unwrap(), Choices { muted: false, receipts: true, typing: true });
        tx.set_read(&room(1), 3).unwrap();
        tx.set_choices(&room(1), &chosen).unwrap();
        assert_eq!((tx.choices(&room(1)).unwrap(), tx.read(&room(1)).unwrap()), (chosen, 3));
        tx.set_read(&room(1), 4).unwrap();
        assert_eq!((tx.choices(&room(1)).unwrap(), tx.read(&room(1)).unwrap()), (chosen, 4));
        tx.forget_room(&room(1)).unwrap();
        tx.put_room(&record(1)).unwrap();
        assert_eq!((tx.choices(&room(1)).unwrap(), tx.read(&room(1)).unwrap()), (Choices::default(), 0));
    });
}

#[test]
fn what_a_commit_was_based_on_is_kept_with_its_room() {
    let mut profile = Profile::ephemeral().unwrap();
    within(&mut profile, |tx| {
        tx.put_room(&record(1)).unwrap();
        assert_eq!(tx.commit_base(&room(1)).unwrap(), None);
        [0, 7].map(Seq::new).iter().for_each(|base| tx.set_commit_base(&room(1), *base).unwrap());
        assert_eq!(tx.commit_base(&room(1)).unwrap(), Some(Seq::new(7)));
        tx.forget_room(&room(1)).unwrap();
        tx.put_room(&record(1)).unwrap();
        assert_eq!(tx.commit_base(&room(1)).unwrap(), None);
    });
}

#[test]
fn who_knocks_is_the_list_that_was_noted_last() {
    let mut profile = Profile::ephemeral().unwrap();
    let knock = |id: u64, at| KnockRecord {
        id,
        identity: person(7),
        name: "Zoe".to_owned(),
        at: Timestamp::from_millis(at),
    };
    within(&mut profile, |tx| {
        tx.put_room(&record(1)).unwrap();
        tx.set_knocks(&room(1), &[knock(u64::MAX >> 1, 9), knock(2, 8)]).unwrap();
        assert_eq!(tx.knocks(&room(1)).unwrap(), [knock(2, 8), knock(u64::MAX >> 1, 9)]);
        tx.set_knocks(&room(1), &[knock(3, 1)]).unwrap();
        assert_eq!(tx.knocks(&room(1)).unwrap(), [knock(3, 1)]);
    });
}

#[test]
fn of_what_a_message_said_before_the_first_and_the_last_are_kept() {
    let mut profile = Profile::ephemeral().unwrap();
    within(&mut profile, |tx| {
        tx.put_room(&record(1)).unwrap();
        let position = tx.append(&room(1), &message(1, 1, "text 0")).unwrap();
        for change in 1..=100_u64 {
            tx.keep_text(&room(1), position, Timestamp::from_millis(change)).unwrap();
            tx.set_text(&room(1), position, Some(&format!("text {change}"))).unwrap();
        }
        let texts = tx.earlier_texts(&room(1), position).unwrap();
        let kept = |number: u64| EarlierText {
            text: format!("text {number}"),
            until: Timestamp::from_millis(number + 1),
        };
        assert_eq!((texts.len(), &texts[0], &texts[1], &texts[30]), (31, &kept(0), &kept(70), &kept(99)));
        tx.set_text(&room(1), position, None).unwrap();
        assert_eq!(tx.earlier_texts(&room(1), position).unwrap(), []);
    });
}
