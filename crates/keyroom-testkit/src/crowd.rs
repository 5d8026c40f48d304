//! Members of rooms on a relay that is a process of its own: real links over real connections, and a history of what each
//! of them did and saw.
//!
//! Envelopes here hold no group: a room's founder lets passes in by name. What relay and links promise about the log does
//! not depend on what is in it.

mod check;
mod history;
mod member;

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use keyroom_link::PassSecret;
use keyroom_types::{FileId, RoomId};
use keyroom_wire::{Change, PassRole};
use tokio::runtime::Runtime;
use tokio::sync::{mpsc, watch};

pub use keyroom_link::Lost;
pub use keyroom_wire::{Code, FilePurpose};

pub use self::check::{Summary, check};
pub use self::history::{History, Say, Sent};
use self::member::{Kept, Member, Order};
use crate::pair::Dice;
use crate::relay::Way;

/// Members of rooms, each a task of its own.
pub struct Crowd {
    // Ended first, so that nobody writes on the board any more.
    runtime: Runtime,
    way: Way,
    board: Arc<Board>,
    orders: Vec<mpsc::UnboundedSender<Order>>,
    passes: Vec<PassSecret>,
    up: watch::Sender<bool>,
    dice: Dice,
}

/// The histories of all, and a bell.
struct Board {
    histories: Mutex<Vec<History>>,
    changed: Condvar,
}

impl Crowd {
    /// Nobody yet.
    pub fn new(way: &Way, seed: u64) -> Self {
        Self::elsewhere(way, seed, || {})
    }

    /// Nobody yet; `enter` is called on every thread that they will run on, before anything else: it may move the thread
    /// to another network namespace.
    pub fn elsewhere(way: &Way, seed: u64, enter: impl Fn() + Send + Sync + 'static) -> Self {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(WORKERS).enable_all().on_thread_start(enter).build();
        Self {
            runtime: runtime.unwrap_or_else(|error| panic!("the system gives threads: {error}")),
            way: way.clone(),
            board: Arc::new(Board { histories: Mutex::default(), changed: Condvar::new() }),
            orders: Vec::new(),
            passes: Vec::new(),
            up: watch::Sender::new(true),
            dice: Dice::new(seed),
        }
    }

    /// Makes a room with so many members, and waits until all of them are in it; their numbers, the founder's first.
    pub fn found(&mut self, members: usize) -> Vec<usize> {
        let room = RoomId::from_bytes(self.dice.bytes());
        self.found_as(room, members)
    }

    /// As [`Crowd::found`], with an id for the room.
    pub fn found_as(&mut self, room: RoomId, members: usize) -> Vec<usize> {
        let mut passes = Vec::new();
        passes.resize_with(members, || PassSecret::from_bytes(&self.dice.bytes()));
        let mut others = passes.split_off(1);
        let founder = self.add(room, passes.remove(0), true);
        let grants = others.iter().map(|pass| Change::Grant(pass.public(), PassRole::Member)).collect();
        self.say(founder, [Say { changes: grants, ..Say::commit("come in") }]);
        self.wait("the room is made", |all| all[founder].is_done() && all[founder].log.len() == 1);
        let mut numbers = vec![founder];
        numbers.extend(others.drain(..).map(|pass| self.add(room, pass, false)));
        self.wait("all are in", |all| numbers.iter().all(|&number| all[number].log.len() == 1));
        numbers
    }

    /// Somebody with the pass of another one, who knows nothing of the log. The other one is replaced, if it is there.
    pub fn fresh(&mut self, like: usize) -> usize {
        let room = self.with(like, |history| history.room);
        self.add(room, self.passes[like].clone(), false)
    }

    fn add(&mut self, room: RoomId, pass: PassSecret, founder: bool) -> usize {
        let (tell, orders) = mpsc::unbounded_channel();
        let place = self.orders.len();
        self.board.lock().push(History::new(room, pass.public()));
        self.orders.push(tell);
        self.passes.push(pass.clone());
        let member = Member {
            place,
            board: Arc::clone(&self.board),
            way: self.way.clone(),
            room,
            pass,
            founder,
            orders,
            up: self.up.subscribe(),
            kept: Kept::new(&room, self.dice.number()),
        };
        self.runtime.spawn(member.run());
        place
    }

    /// Gives somebody more to say.
    pub fn say(&self, number: usize, says: impl IntoIterator<Item = Say>) {
        let says: Vec<Say> = says.into_iter().collect();
        // Known at once, so that nobody is taken for done who has not heard of it yet.
        self.board.change(number, |history| history.asked += says.len());
        self.order(number, Order::Say(says));
    }

    /// Somebody's program ends and starts again, from what it kept.
    pub fn restart(&self, number: usize) {
        self.order(number, Order::Restart);
    }

    /// Somebody leaves for good.
    pub fn close(&self, number: usize) {
        self.order(number, Order::Close);
    }

    /// Asks for a ticket for a file, and waits for it.
    pub fn ticket(&self, number: usize, file: FileId, purpose: FilePurpose, size: u64) -> String {
        let before = self.with(number, |history| history.tickets.len());
        self.order(number, Order::Ticket { file, purpose, size });
        self.wait("a ticket comes", |all| all[number].tickets.len() > before);
        self.with(number, |history| history.tickets[before].clone())
    }

    /// Whether there is a relay to come back to, for those who start again.
    pub fn relay_is_up(&self, up: bool) {
        self.up.send_replace(up);
    }

    /// Waits until the histories of all are so.
    pub fn wait(&self, what: &str, until: impl Fn(&[History]) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        let mut histories = self.board.lock();
        while !until(&histories) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let summaries: Vec<String> = histories.iter().map(History::summary).collect();
                panic!("not within {PATIENCE:?}: {what}; {summaries:#?}");
            }
            let waited = self.board.changed.wait_timeout(histories, left);
            histories = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Reads somebody's history.
    pub fn with<T>(&self, number: usize, read: impl FnOnce(&History) -> T) -> T {
        self.board.read(number, read)
    }

    /// Reads the histories of all.
    pub fn look<T>(&self, read: impl FnOnce(&[History]) -> T) -> T {
        read(&self.board.lock())
    }

    /// Waits until all that these members of one room were to say is said and delivered to all of them, and checks that
    /// their histories, and those of who left before, fit the log as somebody reads it from its beginning, who comes with
    /// the first one's pass.
    ///
    /// # Panics
    /// They do not fit.
    pub fn settle(&mut self, members: &[usize]) -> Summary {
        self.wait("all is said", |all| members.iter().all(|&member| all[member].is_done()));
        self.close(members[0]);
        self.wait("the first one left", |all| !all[members[0]].live);
        let reader = self.fresh(members[0]);
        self.wait("all have read all", |all| {
            let end = all[reader].heads.first().map(|head| head.seq);
            let read = |member: &usize| Some(all[*member].seq()) == end;
            read(&reader) && members[1..].iter().all(read)
        });
        self.close(reader);
        self.look(|all| {
            // Who left first may have missed the last ones that others said.
            let mut first = all[members[0]].clone();
            let missed = all[reader].log.get(first.log.len()..).unwrap_or_default();
            first.log.extend_from_slice(missed);
            let others = members[1..].iter().map(|&member| &all[member]);
            let histories: Vec<&History> = std::iter::once(&first).chain(others).collect();
            let here = |place: usize| place == reader || members.contains(&place);
            let room = all[reader].room;
            let absent = all.iter().enumerate().filter(|(place, one)| one.room == room && !here(*place));
            let absent: Vec<&History> = absent.map(|(_, one)| one).collect();
            check(&all[reader].log, &histories, &absent).unwrap_or_else(|error| panic!("{error}"))
        })
    }

    fn order(&self, number: usize, order: Order) {
        self.orders[number].send(order).unwrap_or_else(|_| {
            panic!("member {number} is gone: {}", self.with(number, History::summary));
        });
    }
}

impl Board {
    fn lock(&self) -> MutexGuard<'_, Vec<History>> {
        self.histories.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read<T>(&self, place: usize, read: impl FnOnce(&History) -> T) -> T {
        read(&self.lock()[place])
    }

    fn change<T>(&self, place: usize, change: impl FnOnce(&mut History) -> T) -> T {
        let changed = change(&mut self.lock()[place]);
        self.changed.notify_all();
        changed
    }
}

const WORKERS: usize = 2;

/// Far beyond what a busy machine needs: a test waits this long only when it fails.
const PATIENCE: Duration = Duration::from_secs(120);
