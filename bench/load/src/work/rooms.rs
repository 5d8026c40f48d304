//! Many small rooms in which somebody now and then says something.

use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::Setup;
use crate::crowd::{Tally, enter_all, prepare_all};
use crate::{Client, Fault, Keeping, Part, Samples, Server, Table, open_files_up_to};

/// Many small rooms with random traffic: how long a message takes (ours only)
#[derive(Args, Clone, Copy, Debug)]
pub struct Rooms {
    /// Rooms
    #[arg(long, default_value_t = 10_000)]
    pub rooms: usize,
    /// Members of each, all of whom listen
    #[arg(long, default_value_t = 3)]
    pub members: usize,
    /// Messages in a second, over all rooms
    #[arg(long, default_value_t = 5_000)]
    pub rate: u32,
    /// Bytes of a message
    #[arg(long, default_value_t = 200)]
    pub bytes: usize,
    /// Seconds, after some of warming up
    #[arg(long, default_value_t = 10)]
    pub seconds: u64,
}

impl Rooms {
    /// Runs it for our relay, in memory and on disk.
    ///
    /// # Errors
    /// A server or a member failed.
    pub async fn run(&self, setup: &Setup, table: &mut Table) -> Result<(), Fault> {
        let connected = self.connected()?;
        let (mut p50, mut p99, mut cpu, mut memory) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for entrant in setup.ours() {
            let server = setup.start(entrant, Keeping::Nothing)?;
            let before = server.memory()?.private;
            let mut crowd = Crowds::gather(&server, self, connected).await?;
            crowd.talk(self, WARM_UP).await?;
            crowd.tally.take_times();
            let begun = server.cpu()?;
            let sent = crowd.talk(self, Duration::from_secs(self.seconds)).await?;
            let used = (server.cpu()? - begun).ticks;
            let mut times: Samples = crowd.tally.take_times();
            p50.push((entrant, times.p50().as_secs_f64() * 1e3));
            p99.push((entrant, times.p99().as_secs_f64() * 1e3));
            let deliveries = sent * self.members as u64;
            cpu.push((entrant, used.as_secs_f64() * 1e6 / deliveries as f64));
            let held = server.memory()?.private.saturating_sub(before);
            memory.push((entrant, held as f64 / (connected * self.members) as f64));
        }
        let rooms = match connected {
            all if all == self.rooms => format!("{all} rooms of {}", self.members),
            some => format!("{} rooms of {}, the members of {some} connected", self.rooms, self.members),
        };
        let what = format!("{rooms}, {} B, {} messages/s in all", self.bytes, self.rate);
        table.row(format!("{what}: send to receipt, p50, ms"), &p50);
        table.row(format!("{what}: send to receipt, p99, ms"), &p99);
        table.row(format!("{what}: server's CPU for a delivery, µs"), &cpu);
        table.row(format!("{what}: private memory for each member, KiB"), &memory);
        Ok(())
    }

    /// Of how many rooms the members can be connected with the open files that the system allows a process.
    fn connected(&self) -> Result<usize, Fault> {
        let wanted = (self.rooms * self.members) as u64;
        let links = open_files_up_to(wanted + OTHER_FILES).saturating_sub(OTHER_FILES).min(wanted);
        match usize::try_from(links).unwrap_or(usize::MAX) / self.members.max(1) {
            0 => Err(Fault::Setup("the system allows too few open files (`ulimit -n`)".to_owned())),
            rooms => Ok(rooms),
        }
    }
}

/// All members, each a task that says what it is told to say.
struct Crowds {
    tally: Arc<Tally>,
    orders: Vec<UnboundedSender<()>>,
    dice: u64,
    _members: JoinSet<()>,
}

impl Crowds {
    async fn gather(server: &Server, of: &Rooms, connected: usize) -> Result<Self, Fault> {
        let mut rooms = prepare_all(server, of.rooms, of.members).await?;
        rooms.truncate(connected);
        let tally = Arc::new(Tally::new(of.members as u64, 0, true));
        let (mut members, mut orders) = (JoinSet::new(), Vec::new());
        for client in enter_all(server, &rooms, of.members, Part::Both).await? {
            let (tell, told) = unbounded_channel();
            orders.push(tell);
            members.spawn(talk(client, told, Arc::clone(&tally), of.bytes));
        }
        Ok(Self { tally, orders, dice: 1, _members: members })
    }

    /// Random members say something at the rate; how much was said, once all of it has arrived.
    async fn talk(&mut self, of: &Rooms, time: Duration) -> Result<u64, Fault> {
        let before = self.tally.deliveries();
        let (begun, mut sent) = (Instant::now(), 0);
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        while begun.elapsed() < time {
            ticks.tick().await;
            self.tally.check()?;
            let due = begun.elapsed().min(time).as_secs_f64() * f64::from(of.rate);
            while (sent as f64) < due {
                let member = self.any();
                // Its task ends only with a fault, which is found above.
                let _ = self.orders[member].send(());
                sent += 1;
            }
        }
        self.tally.settle(before + sent * of.members as u64).await?;
        Ok(sent)
    }

    /// SplitMix64 (Steele, Lea, Flood): the same members in every run.
    fn any(&mut self) -> usize {
        self.dice = self.dice.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.dice ^ (self.dice >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % self.orders.len() as u64).unwrap_or(0)
    }
}

async fn talk(mut client: Client, mut told: UnboundedReceiver<()>, tally: Arc<Tally>, bytes: usize) {
    let mut alive = interval(SIGN_OF_LIFE);
    loop {
        let went = tokio::select! {
            order = told.recv() => match order {
                Some(()) => say(&mut client, &tally, bytes).await,
                None => return,
            },
            event = client.next() => event.map(|event| tally.heard(&event)),
            _ = alive.tick() => client.ping().await,
        };
        if let Err(fault) = went {
            return tally.fail(fault);
        }
    }
}

async fn say(client: &mut Client, tally: &Tally, bytes: usize) -> Result<(), Fault> {
    client.feed(&tally.message(None, bytes)).await?;
    client.flush().await
}

/// The pace is kept in steps of this length.
const TICK: Duration = Duration::from_millis(2);
const WARM_UP: Duration = Duration::from_secs(2);
/// A relay lets a link be silent for 90 s.
const SIGN_OF_LIFE: Duration = Duration::from_secs(25);
/// Files besides one for each link.
const OTHER_FILES: u64 = 2_000;
