//! Random schedules. Attack matrix rows 9, 15, 28, 38, 52, 53.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use keyroom_client::testing::{SealedRoom, Vice, Wish};
use keyroom_client::{Alarm, CloseReason, Stage};
use keyroom_testkit::pair::Dice;
use keyroom_testkit::sealed::Sealed;
use keyroom_types::Key;

use crate::check::{Wrong, check};

/// Five people, one relay.
const PEOPLE: usize = 5;

/// What happens at random, and what was said.
struct Play {
    room: Sealed,
    dice: Dice,
    said: Vec<(usize, String)>,
    keys: u64,
    /// Who does wrong.
    wrong: Wrong,
    /// What happened, for a seed that fails.
    acts: Vec<String>,
}

impl Play {
    fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed ^ 0x0c75);
        let latency = Duration::from_millis(dice.below(300));
        // Every eighth room is hybrid: those cost five times as much.
        let most = if seed.is_multiple_of(8) { 100 } else { 200 };
        let mut room = Sealed::new(seed, latency, most);
        if seed % 4 == 1 {
            room = room.with_approval();
        }
        room.founder();
        Self { room, dice, said: Vec::new(), keys: seed, wrong: Wrong::default(), acts: Vec::new() }
    }

    fn someone(&mut self) -> usize {
        self.dice.place(self.room.count())
    }

    fn fresh_key(&mut self) -> Key {
        self.keys += 1;
        let mut key = [9; Key::BYTES];
        key[..8].copy_from_slice(&self.dice.number().to_be_bytes());
        key[8..16].copy_from_slice(&self.keys.to_be_bytes());
        Key::from_bytes(key)
    }

    fn act(&mut self) {
        let who = self.someone();
        match self.dice.below(100) {
            0..35 => {
                let text = format!("{} by {who}", self.said.len());
                self.note(format!("{who} says {text:?}"));
                self.room.say(who, &text);
                self.said.push((who, text));
            }
            35..45 if self.room.count() < PEOPLE => {
                if let Some(key) = self.room.open_key() {
                    self.note(format!("{} comes", self.room.count()));
                    let new = self.room.newcomer(&key);
                    let skew =
                        i64::try_from(self.dice.below(20 * DAY)).unwrap() - 10 * i64::try_from(DAY).unwrap();
                    self.room.net.person(new).tell().skew(skew);
                }
            }
            35..45 => drop(self.come_back(who)),
            45..50 => {
                self.note(format!("{who} renames"));
                let name = format!("Room {}", self.dice.below(1000));
                self.room.wish(who, Wish::Rename(name));
            }
            50..55 => {
                self.note(format!("{who} heals"));
                self.room.wish(who, Wish::Heal);
            }
            55..58 => self.remove(who),
            58..60 => {
                let key = self.fresh_key();
                self.note(format!("{who} opens a new door"));
                self.room.wish(who, Wish::NewDoor(key, None, None));
            }
            60..66 => {
                self.note(format!("{who} is cut"));
                self.room.net.cut(who);
            }
            66..71 => {
                self.note(format!("{who} is killed"));
                self.room.restart(who);
            }
            71..73 => {
                let down = self.dice.below(3_000);
                self.note(format!("the relay is killed, for {down} ms"));
                self.room.net.kill_relay();
                self.room.run(down);
                self.room.net.start_relay();
            }
            73..75 => {
                self.note(format!("{who} backs up"));
                self.room.net.person(who).tell().back_up();
            }
            75 if self.dice.below(2) == 0 => {
                self.note(format!("the next commit leaves {who} out"));
                self.room.net.person(who).tell().misbehave(Vice::LeftOut);
            }
            75..77 => {
                if self.room.restore(who) {
                    self.note(format!("{who} is restored"));
                }
            }
            // Where nobody else may change the room, who does wrong takes it along: a room is its members'.
            77 if self.wrong.bad.is_none() && self.others_can_commit(who) => {
                let vices = [Vice::FalseChain, Vice::JunkCommit, Vice::OwnEpoch];
                let vice = vices[self.dice.place(vices.len())];
                self.note(format!("{who} turns bad: {vice:?}"));
                self.room.net.person(who).tell().misbehave(vice);
                let core = (0..self.room.count()).filter(|one| *one != who && self.is_in(*one)).collect();
                self.wrong = Wrong { bad: Some(who), forks: vice != Vice::FalseChain, core };
            }
            77..79 => {
                let whom = self.someone();
                let identity = self.room.member(whom).identity();
                let on = self.dice.below(3) > 0;
                self.note(format!("{who} gives admin {on}"));
                self.room.wish(who, Wish::Admin(identity, on));
            }
            79..85 => {
                self.answer(who);
            }
            85 => {
                let on = self.dice.below(2) == 0;
                self.note(format!("{who} wants approval {on}"));
                self.room.wish(who, Wish::Approval(on));
            }
            _ => {
                let millis = self.dice.below(2_000);
                self.note(format!("{millis} ms pass"));
                self.room.run(millis);
            }
        }
    }

    fn is_in(&self, who: usize) -> bool {
        let member = self.room.member(who);
        let machine = member.machine();
        let confirmed =
            |machine: &SealedRoom| machine.record().stage == Stage::Member && machine.group().is_some();
        member.closed().is_none() && !member.is_stopped() && machine.is_some_and(confirmed)
    }

    fn others_can_commit(&self, than: usize) -> bool {
        let can = |who: &usize| {
            let member = self.room.member(*who);
            member.machine().is_some_and(SealedRoom::can_commit) && !member.is_stopped()
        };
        (0..self.room.count()).filter(|who| *who != than).filter(can).count() > 0
    }

    fn remove(&mut self, by: usize) {
        let gone = self.someone();
        let pass = self.room.member(by).machine().and_then(|machine| machine.group()).and_then(|group| {
            let identity = self.room.member(gone).identity();
            group.members().into_iter().find(|member| member.identity == identity).map(|member| member.pass)
        });
        if let Some(pass) = pass {
            let key = self.fresh_key();
            self.note(format!("{by} removes {gone}"));
            self.room.wish(by, Wish::Remove(vec![pass], key));
        }
    }

    /// An admin answers the first who knocks. Returns whether there was one.
    fn answer(&mut self, by: usize) -> bool {
        let Some(knock) = self.room.member(by).knocks().first().map(|knock| knock.id) else { return false };
        if self.dice.below(5) > 0 {
            self.note(format!("{by} lets in {knock}"));
            self.room.wish(by, Wish::Admit(knock));
        } else {
            self.note(format!("{by} turns away {knock}"));
            self.room.decline(by, knock);
        }
        true
    }

    /// Who must or wants to enter again does so.
    fn come_back(&mut self, who: usize) -> bool {
        let others = (0..self.room.count()).filter(|one| Some(*one) != self.wrong.bad);
        let Some(key) = self.room.open_key_of(others).or_else(|| self.room.open_key()) else { return false };
        if !must_enter_again(&self.room, who) || (self.is_outside(who) && self.entrance_is_lost()) {
            return false;
        }
        let state = self.room.state(who);
        self.note(format!("{who} enters again, from {state}"));
        self.room.net.person(who).tell().clear_alarms();
        self.wrong.core.retain(|one| *one != who);
        self.room.enter_again(who, &key);
        true
    }

    /// Whether it found the door closed.
    fn is_outside(&self, who: usize) -> bool {
        matches!(
            self.room.member(who).closed(),
            Some(CloseReason::Refused(_) | CloseReason::NoBlob | CloseReason::WrongKey)
        )
    }

    /// Whether who does wrong is the only admin of those who are in: then its word at the relay is the last one, and it may have
    /// closed the doors. Who is in stays there.
    fn entrance_is_lost(&self) -> bool {
        let admin = |who: &usize| {
            let group = self.room.member(*who).machine().and_then(SealedRoom::group);
            self.is_in(*who) && group.is_some_and(|group| group.me().admin)
        };
        self.wrong
            .bad
            .is_some_and(|bad| !(0..self.room.count()).filter(|who| *who != bad).any(|who| admin(&who)))
    }

    fn note(&mut self, what: impl std::fmt::Display) {
        let now = self.room.net.now().wall.as_millis();
        self.acts.push(format!("{}: {what}", now % 1_000_000_000));
    }
}

/// Whether nothing goes on for it without a person who decides.
fn must_enter_again(room: &Sealed, who: usize) -> bool {
    let member = room.member(who);
    let stops = member.alarms().iter().any(|alarm| matches!(alarm, Alarm::Copied | Alarm::Astray));
    let unsure = member.machine().is_some_and(|machine| machine.record().unsure.is_some());
    let over = matches!(
        member.closed(),
        Some(
            CloseReason::Removed
                | CloseReason::PassRefused
                | CloseReason::NotJoined
                | CloseReason::Refused(_)
                | CloseReason::NoBlob
                | CloseReason::Declined
                | CloseReason::WrongKey
                | CloseReason::CannotJoin
        )
    );
    stops || unsure || over
}

/// Plays one seed, lets all settle, and checks what must hold.
#[allow(clippy::print_stderr, reason = "a seed that fails says what happened")]
fn play(seed: u64) {
    let mut play = Play::new(seed);
    let acts = 10 + play.dice.below(60);
    play.room.run(2_000);
    let result = catch_unwind(AssertUnwindSafe(|| {
        for _ in 0..acts {
            play.act();
        }
        settle(&mut play);
        check(&mut play.room, &play.said, &play.wrong);
    }));
    if let Err(cause) = result {
        let states: Vec<String> = (0..play.room.count()).map(|who| play.room.state(who)).collect();
        let log: Vec<String> = play.room.log().iter().map(|(header, _)| format!("{header:?}")).collect();
        let (acts, states, log) = (play.acts.join("\n"), states.join("\n"), log.join("\n"));
        eprintln!("seed {seed}, which happened:\n{acts}\n{states}\n{log}");
        std::panic::resume_unwind(cause);
    }
}

/// All that have to come in again do so, until nobody has to.
fn settle(play: &mut Play) {
    play.room.net.start_relay();
    // Who does wrong is made to stop, so that its own commits come to an end.
    if let Some(bad) = play.wrong.bad {
        play.room.restart(bad);
    }
    for _ in 0..24 {
        let settled = play.room.settle(90, |member| {
            member.closed().is_none() && !member.is_stopped() && !member.waits_to_be_let_in()
        });
        let able = |play: &Play, who: usize| {
            play.room.member(who).closed().is_none() && !play.room.member(who).is_stopped()
        };
        let answered = (0..play.room.count())
            .any(|who| able(play, who) && play.room.somebody_can_commit() && play.answer(who));
        let again = (0..play.room.count()).filter(|who| play.come_back(*who)).count() + usize::from(answered);
        if again == 0 {
            assert!(settled, "all are quiet in time");
            return;
        }
    }
    panic!("somebody has to enter again, and again");
}

/// Every second seed of those that are asked for, so that two run at once.
fn play_all(odd: u64) {
    let (mut played, mut failed) = (0, Vec::new());
    for seed in seeds().filter(|seed| seed % 2 == odd) {
        played += 1;
        if catch_unwind(|| play(seed)).is_err() {
            failed.push(seed);
        }
    }
    assert!(failed.is_empty(), "{} of {played} seeds failed: {failed:?}", failed.len());
}

#[test]
fn after_any_schedule_all_agree_and_nothing_is_lost_or_shown_twice() {
    play_all(0);
}

#[test]
fn after_any_other_schedule_all_agree_and_nothing_is_lost_or_shown_twice() {
    play_all(1);
}

/// `KEYROOM_SEEDS=from..to`, or one number; some in an ordinary run.
fn seeds() -> std::ops::Range<u64> {
    let Ok(asked) = std::env::var("KEYROOM_SEEDS") else { return 0..SEEDS };
    let number = |text: &str| text.parse().expect("KEYROOM_SEEDS is a number, or two with .. between");
    match asked.split_once("..") {
        Some((from, to)) => number(from)..number(to),
        None => number(&asked)..number(&asked) + 1,
    }
}

/// What takes about half a minute.
const SEEDS: u64 = 40;

const DAY: u64 = 24 * 60 * 60 * 1_000;
