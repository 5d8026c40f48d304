//! Drives a sealed room: its relay where this process hosts it, its link, and the machine between them.

mod place;
mod relays;

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use keyroom_history::{RoomRecord, Stage, Trust as StoredTrust};
use keyroom_link::Link;
use keyroom_mls::{Crypto, Identity};
use keyroom_types::{Invite, Key, Place as InvitePlace, RoomId, SealedInvite, Timestamp};
use tokio::sync::mpsc;

use self::place::{Embedded, Way};
pub(crate) use self::relays::Relays;
use super::{Context, RoomCommand, until};
use crate::command::{Change, Entry, RelayAt, SealedHostOptions, SealedJoinOptions};
use crate::discovery::{Discovery, SealedAnnouncement};
use crate::event::{CloseReason, Connection, Opened, RoomEvent, WishRefusal};
use crate::history::PeerId;
use crate::inspect::{CaptureLimits, Tap};
use crate::profile::{ProfileHistory, SharedProfile};
use crate::relay_link::{ConnectError, Driven, Told, drive_tapped};
use crate::sealed_room::{
    Alarm, Desk, EnterSetup, FoundDesk, FoundSetup, REFUSED_PASS, SealedRoom, Trouble, Wish, peer_of,
};

/// How a sealed room begins here.
pub(crate) enum SealedStart {
    Host(Box<SealedHostOptions>),
    Join(Box<SealedJoinOptions>),
    Open(RoomId, crate::command::Listen),
}

/// Opens or enters a room and stays in it until it is left.
pub(crate) async fn sealed(
    context: Context,
    start: SealedStart,
    history: Arc<ProfileHistory>,
    (discovery, relays): (Discovery, Relays),
    mut commands: mpsc::UnboundedReceiver<RoomCommand>,
) {
    let mut room = match Driver::begin(start, history.profile().clone(), &discovery, relays).await {
        Ok(room) => room,
        Err(reason) => return context.tell(RoomEvent::Closed(reason)),
    };
    history.is_sealed(context.room, room.machine.record().room);
    room.turn(&context);
    let mut leaving: Option<Instant> = None;
    let mut told = Vec::new();
    while !room.machine.is_over() {
        if let Some(since) = leaving
            && (room.machine.has_flushed() || since.elapsed() >= LEAVE)
        {
            break;
        }
        tokio::select! {
            biased;
            command = commands.recv(), if leaving.is_none() => match command {
                None | Some(RoomCommand::Leave) => leaving = Some(Instant::now()),
                Some(command) => room.obey(&context, command),
            },
            count = room.told.recv_many(&mut told, AT_ONCE) => {
                if count == 0 {
                    break;
                }
                if room.machine.is_behind() {
                    gather(&mut room.told, &mut told).await;
                }
                room.take(&context, std::mem::take(&mut told));
            }
            () = until(room.machine.poll_timeout()) => room.due(),
            () = keep(&mut room.announcement) => {}
            synced = syncing(&mut room.syncing) => room.synced(synced),
            () = tokio::time::sleep(LEAVE_LOOK), if leaving.is_some() => {}
        }
        room.turn(&context);
    }
    let was_over = room.machine.is_over();
    room.end().await;
    if !was_over {
        context.tell(RoomEvent::Closed(CloseReason::Left));
    }
}

struct Driver {
    machine: SealedRoom,
    link: Driven,
    told: mpsc::Receiver<Told>,
    profile: SharedProfile,
    crypto: Arc<Crypto>,
    way: Way,
    embedded: Option<Embedded>,
    relays: Relays,
    invite_for: Duration,
    /// Whether an invite is to be told as soon as there is one.
    invite_wanted: bool,
    announcement: Option<SealedAnnouncement>,
    announce: bool,
    discovery: Discovery,
    /// The sync of the profile that is under way.
    syncing: Option<Syncing>,
}

impl Driver {
    async fn begin(
        start: SealedStart,
        profile: SharedProfile,
        discovery: &Discovery,
        relays: Relays,
    ) -> Result<Self, CloseReason> {
        let mut setting = Setting {
            relays,
            profile: profile.clone(),
            crypto: Arc::new(Crypto::new()),
            embedded: None,
            invite_for: crate::command::INVITE_FOR,
        };
        let limits = setting.capture_limits()?;
        let (announce, (mut machine, link), way) = match start {
            SealedStart::Host(options) => (options.announce, setting.host(&options).await?, None),
            SealedStart::Join(options) => {
                let (begun, way) = setting.join(&options, discovery).await?;
                (false, begun, Some(way))
            }
            SealedStart::Open(id, listen) => (true, setting.open(&id, &listen).await?, None),
        };
        let way = match way {
            Some(way) => way,
            None => Way::of(machine.record(), setting.embedded.as_ref()),
        };
        let (tell, told) = mpsc::channel(AT_ONCE);
        let tap = limits.is_on().then(|| Arc::new(Tap::default()));
        if let Some(tap) = &tap {
            machine.capture_with(Arc::clone(tap), limits);
        }
        let link = drive_tapped(link, way.dialler(tap.is_some() && limits.records), tell, tap);
        let mut driver = Self {
            machine,
            link,
            told,
            profile,
            crypto: setting.crypto,
            way,
            embedded: setting.embedded,
            relays: setting.relays,
            invite_for: setting.invite_for,
            invite_wanted: false,
            announcement: None,
            announce,
            discovery: discovery.clone(),
            syncing: None,
        };
        driver.invite_wanted = driver.machine.record().key.is_some() && driver.embedded.is_some();
        Ok(driver)
    }

    /// Gives the machine something to do, with all that it works with.
    fn with(&mut self, work: impl FnOnce(&mut SealedRoom, &mut Desk<'_>)) {
        let (machine, crypto) = (&mut self.machine, &self.crypto);
        let mut profile = self.profile.lock();
        self.link.with(|link| {
            let mut desk =
                Desk { now: now(), wall: wall(), link, profile: &mut profile, crypto, random: &mut draw };
            work(machine, &mut desk);
        });
    }

    fn take(&mut self, context: &Context, told: Vec<Told>) {
        let mut events = Vec::with_capacity(told.len());
        for told in told {
            match told {
                Told::Link(event) => events.push(event),
                Told::NotConnected(error) => {
                    self.flush(&mut events);
                    self.not_connected(context, error);
                }
            }
        }
        self.flush(&mut events);
    }

    fn flush(&mut self, events: &mut Vec<keyroom_link::Event>) {
        if events.is_empty() {
            return;
        }
        if let Some(seen) = self.way.seen() {
            self.machine.relay_seen(seen);
        }
        let events = std::mem::take(events);
        self.with(|machine, desk| machine.take(desk, events));
    }

    /// A relay that is not the one of the invite ends a newcomer's try; a member goes on trying, and is told.
    fn not_connected(&mut self, context: &Context, error: ConnectError) {
        if error.is_distrust() && self.machine.is_newcomer() {
            self.with(|machine, desk| {
                desk.link.close();
                machine.end(CloseReason::NotTrusted(error));
            });
        } else {
            context.tell(RoomEvent::Connection(Connection::NotConnected(error)));
        }
    }

    fn due(&mut self) {
        self.with(|machine, desk| machine.handle_timeout(desk));
    }

    /// Begins a sync where one is wanted, on a thread that may wait for the disk.
    fn sync(&mut self) {
        if self.syncing.is_some() || !self.machine.begin_sync() {
            return;
        }
        let syncer = self.profile.lock().syncer();
        if syncer.is_for_nothing() {
            self.synced(Ok(()));
        } else {
            self.syncing = Some(tokio::task::spawn_blocking(move || syncer.sync()));
        }
    }

    fn synced(&mut self, synced: std::io::Result<()>) {
        self.syncing = None;
        match synced {
            Ok(()) => self.with(|machine, desk| machine.synced(desk)),
            Err(error) => self.machine.sync_failed(error.into()),
        }
    }

    fn obey(&mut self, context: &Context, command: RoomCommand) {
        match command {
            RoomCommand::Say { text, .. } => self.with(|machine, desk| machine.say(desk, &text)),
            RoomCommand::Act(act) => self.with(|machine, desk| machine.act(desk, act)),
            RoomCommand::Retry(position) => self.with(|machine, desk| machine.retry(desk, position)),
            RoomCommand::Reconnect => self.link.with(|link| link.try_now(now())),
            RoomCommand::Change(Change::LeaveForGood) => self.with(SealedRoom::leave_for_good),
            RoomCommand::Change(Change::Decline(knock)) => {
                self.with(|machine, desk| machine.decline(desk, knock));
            }
            RoomCommand::Change(change) => match self.wish(&change) {
                Some(wish) => self.with(|machine, desk| machine.wish(desk, wish)),
                None => context.tell(RoomEvent::WishRefused(WishRefusal::NoMember)),
            },
            RoomCommand::NewInvite => {
                self.invite_wanted = true;
                if self.machine.record().key.is_none() {
                    self.obey(context, RoomCommand::Change(Change::NewDoor));
                }
            }
            RoomCommand::Announce(on) => {
                self.announce = on;
                if !on {
                    self.announcement = None;
                }
                context.tell(RoomEvent::Announced(on && self.embedded.is_some()));
            }
            RoomCommand::Rename(..) | RoomCommand::Leave => {}
        }
    }

    fn wish(&self, change: &Change) -> Option<Wish> {
        let member = |peer: &PeerId| {
            let members = self.machine.group().map(keyroom_mls::Room::members).unwrap_or_default();
            members.into_iter().find(|member| peer_of(&member.identity) == *peer)
        };
        Some(match change {
            Change::Remove(peer) => Wish::Remove(vec![member(peer)?.pass], draw_key()),
            Change::Rename(name) => Wish::Rename(name.as_str().to_owned()),
            Change::NewDoor => Wish::NewDoor(draw_key(), None, None),
            Change::AddDoor { open_for, uses } => {
                let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
                Wish::AddDoor(draw_key(), open_for.map(|time| wall().plus_millis(millis(time))), *uses)
            }
            Change::CloseDoor(id) => Wish::CloseDoor(*id),
            Change::CloseDoors => Wish::CloseDoors,
            Change::Admin(peer, on) => Wish::Admin(member(peer)?.identity, *on),
            Change::Heal => Wish::Heal,
            Change::Approval(on) => Wish::Approval(*on),
            Change::Lifetime(lifetime) => Wish::Lifetime(*lifetime),
            Change::Admit(knock) => Wish::Admit(*knock),
            Change::LeaveForGood | Change::Decline(_) => return None,
        })
    }

    /// Passes on what the machine has to say, and an invite where one is wanted.
    fn turn(&mut self, context: &Context) {
        self.sync();
        let events: Vec<RoomEvent> = std::iter::from_fn(|| self.machine.poll_event()).collect();
        for event in &events {
            if let RoomEvent::Person(person) = event {
                // The history of this face knows who is who, before it is told what they did.
                let _ = context.history.set_person(context.room, person.clone());
            }
        }
        for event in events {
            if matches!(event, RoomEvent::NewKey) {
                self.announcement = None;
                self.invite_wanted = true;
            }
            context.tell(event);
        }
        let record = self.machine.record();
        let is_in = !matches!(record.stage, Stage::Founding | Stage::Joining | Stage::Knocking);
        if self.invite_wanted
            && is_in
            && let Some(invite) = self.invite()
        {
            self.invite_wanted = false;
            self.tell_invite(context, invite);
        }
        self.announce_if_wanted(context);
    }

    /// The first invite of a room that is hosted here says that it is open.
    fn tell_invite(&mut self, context: &Context, invite: Invite) {
        let Some(embedded) = self.embedded.as_mut().filter(|embedded| !embedded.told) else {
            return context.tell(RoomEvent::Invite(invite));
        };
        embedded.told = true;
        context.tell(RoomEvent::Opened(Opened {
            invite,
            listening: embedded.listening.clone(),
            addresses: embedded.addresses.clone(),
            taken_port: embedded.taken_port,
            announced: false,
        }));
    }

    fn announce_if_wanted(&mut self, context: &Context) {
        let record = self.machine.record();
        let (true, None, Some(embedded), Some(key)) =
            (self.announce, &self.announcement, &self.embedded, &record.key)
        else {
            return;
        };
        if record.stage != Stage::Member {
            return;
        }
        // Tried once for each key: where it is not possible now it is not in a moment.
        self.announce = false;
        let beacon = keyroom_types::DoorSeeds::of(key).beacon;
        self.announcement = self.discovery.announce_sealed(
            &embedded.listening,
            &beacon,
            record.room,
            &[embedded.pin],
            record.log_key,
            SystemTime::now(),
        );
        if self.announcement.is_some() {
            context.tell(RoomEvent::Announced(true));
        }
    }

    /// What others need to come in, if this profile knows the key of an open door.
    fn invite(&self) -> Option<Invite> {
        let record = self.machine.record();
        let place = match &record.trust {
            StoredTrust::Pins(pins) => InvitePlace::pinned(self.way.addresses().to_vec(), pins.clone())?,
            StoredTrust::Name => InvitePlace::named(self.way.addresses().first()?.clone())?,
        };
        let life = u64::try_from(self.invite_for.as_millis()).unwrap_or(u64::MAX);
        Some(Invite::from(SealedInvite {
            place,
            room: record.room,
            log: record.log_key,
            by: Some(self.machine.identity_key()),
            until: Some(wall().plus_millis(life)),
            memory: record.volatile,
            key: record.key.clone()?,
        }))
    }

    /// Leaves: what was sent is sent, and a relay of ours ends well.
    async fn end(mut self) {
        while let Some(syncing) = &mut self.syncing {
            let synced = syncing.await.unwrap_or_else(|error| Err(error.into()));
            self.synced(synced);
            self.sync();
        }
        let Self { link, told, embedded, relays, announcement, .. } = self;
        drop(announcement);
        link.with(Link::close);
        // What was deleted and what is past leaves the write-ahead log. Where that fails it does so the next time.
        let _ = self.profile.lock().checkpoint();
        drop(told);
        drop(link);
        if let Some(embedded) = embedded {
            relays.leave(embedded.relay).await;
        }
    }
}

/// What a room is begun with.
struct Setting {
    relays: Relays,
    profile: SharedProfile,
    crypto: Arc<Crypto>,
    embedded: Option<Embedded>,
    invite_for: Duration,
}

type Begun = (SealedRoom, Link);

type Syncing = tokio::task::JoinHandle<std::io::Result<()>>;

impl Setting {
    fn desk<T>(
        &self,
        work: impl FnOnce(&mut FoundDesk<'_>, Identity) -> Result<T, Trouble>,
    ) -> Result<T, CloseReason> {
        let mut profile = self.profile.lock();
        let identity = Identity::from_seed(&profile.identity_seed());
        let mut seed = [0; 8];
        draw(&mut seed);
        let mut desk = FoundDesk {
            now: now(),
            wall: wall(),
            seed: u64::from_ne_bytes(seed),
            profile: &mut profile,
            crypto: &self.crypto,
            random: &mut draw,
        };
        work(&mut desk, identity).map_err(|trouble| CloseReason::Profile(trouble.to_string()))
    }

    /// How much is kept for the inspector.
    fn capture_limits(&self) -> Result<CaptureLimits, CloseReason> {
        self.profile.capture_limits().map_err(|error| CloseReason::Profile(Trouble::from(error).to_string()))
    }

    async fn host(&mut self, options: &SealedHostOptions) -> Result<Begun, CloseReason> {
        self.invite_for = options.invite_for;
        let key = match &options.key {
            Some(key) => key.clone(),
            None => draw_key(),
        };
        let (addresses, trust, hosted) = match &options.at {
            RelayAt::Here { listen, data } => {
                let embedded = Embedded::start(&self.relays, listen, data.as_deref()).await?;
                let place = (embedded.addresses.clone(), StoredTrust::Pins(vec![embedded.pin]), true);
                self.embedded = Some(embedded);
                place
            }
            RelayAt::There(reference) => {
                let (addresses, trust) = place::of_reference(reference);
                (addresses, trust, false)
            }
        };
        let setup = FoundSetup {
            name: options.name.clone(),
            me: options.me.clone(),
            key,
            addresses,
            trust,
            hosted,
            approval: options.approval,
            max_members: options.max_members,
        };
        self.desk(|desk, identity| SealedRoom::found(desk, identity, &setup))
    }

    async fn join(
        &mut self,
        options: &SealedJoinOptions,
        discovery: &Discovery,
    ) -> Result<(Begun, Way), CloseReason> {
        let found = match &options.by {
            Entry::Invite(invite) => place::of_invite(invite),
            Entry::Key { key, addresses } => place::of_key(key, addresses, discovery).await?,
        };
        let known = self.known(&found.setup.room);
        let place::Found { setup, way } = found;
        let same_door =
            |record: &RoomRecord| record.stage != Stage::Knocking || record.key.as_ref() == Some(&setup.key);
        if let Some(record) = known.clone().filter(|record| self.goes_on(record) && same_door(record)) {
            // It needs no door, or has knocked there: an invite that has expired says at least which room is meant.
            let begun = self.desk(|desk, identity| SealedRoom::reopen(desk, identity, record))?;
            return Ok((begun, way));
        }
        if let Entry::Invite(invite) = &options.by
            && invite.until.is_some_and(|until| wall() > until)
        {
            return Err(CloseReason::InviteExpired);
        }
        // A room that the profile knows and cannot go on with is entered again, visibly.
        let replaces = known.map(|record| record.pass);
        let setup = EnterSetup { me: options.me.clone(), replaces, ..setup };
        let begun = self.desk(|desk, identity| SealedRoom::enter(desk, identity, setup))?;
        Ok((begun, way))
    }

    /// Whether the profile can go on in the room where it was.
    fn goes_on(&self, record: &RoomRecord) -> bool {
        matches!(record.stage, Stage::Member | Stage::Waiting | Stage::Founding | Stage::Knocking)
            && record.unsure.is_none()
            && !self.was_refused(&record.room)
    }

    async fn open(&mut self, id: &RoomId, listen: &crate::command::Listen) -> Result<Begun, CloseReason> {
        let mut record = self.known(id).ok_or(CloseReason::Ended)?;
        match record.stage {
            Stage::Removed => return Err(CloseReason::Removed),
            Stage::Ended => return Err(CloseReason::Ended),
            Stage::Forked => return Err(self.red(id)),
            Stage::Left | Stage::Joining => return Err(CloseReason::NotJoined),
            _ => {}
        }
        if record.hosted {
            let data = self.profile.relay_dir();
            let embedded = Embedded::start(&self.relays, listen, data.as_deref()).await?;
            record.addresses.clone_from(&embedded.addresses);
            record.trust = StoredTrust::Pins(vec![embedded.pin]);
            self.embedded = Some(embedded);
        }
        self.desk(|desk, identity| SealedRoom::reopen(desk, identity, record))
    }

    /// Whether the relay refused our pass of the room when it was last open; asked once, since the next try is an entry.
    fn was_refused(&self, room: &RoomId) -> bool {
        let mut profile = self.profile.lock();
        let Ok(tx) = profile.begin() else { return false };
        let refused = matches!(tx.room_setting(room, REFUSED_PASS), Ok(Some(value)) if !value.is_empty());
        // Where this cannot be written, the room is entered again once more, visibly.
        refused && tx.set_room_setting(room, REFUSED_PASS, "").and_then(|()| tx.commit()).is_ok()
    }

    /// Why a room is red.
    fn red(&self, room: &RoomId) -> CloseReason {
        let mut profile = self.profile.lock();
        let alarm = profile.begin().and_then(|tx| Alarm::of_red(&tx, room));
        CloseReason::Alarm(alarm.unwrap_or(Alarm::Forked))
    }

    fn known(&self, room: &RoomId) -> Option<RoomRecord> {
        let mut profile = self.profile.lock();
        let tx = profile.begin().ok()?;
        tx.room(room).ok().flatten()
    }
}

/// Renews an announcement at each new slot.
async fn keep(announcement: &mut Option<SealedAnnouncement>) {
    match announcement {
        Some(announcement) => announcement.keep().await,
        None => std::future::pending().await,
    }
}

/// Takes what the link reads at once, too: to a member who comes back everything comes at once, and each transaction costs.
async fn gather(from: &mut mpsc::Receiver<Told>, told: &mut Vec<Told>) {
    loop {
        let before = told.len();
        tokio::task::yield_now().await;
        while told.len() < AT_ONCE
            && let Ok(more) = from.try_recv()
        {
            told.push(more);
        }
        if told.len() == before || told.len() == AT_ONCE {
            return;
        }
    }
}

/// Waits for a sync, if one is under way.
async fn syncing(syncing: &mut Option<Syncing>) -> std::io::Result<()> {
    match syncing {
        Some(syncing) => syncing.await.unwrap_or_else(|error| Err(error.into())),
        None => std::future::pending().await,
    }
}

/// A fresh key.
fn draw_key() -> Key {
    let mut bytes = [0; Key::BYTES];
    draw(&mut bytes);
    Key::from_bytes(bytes)
}

/// The system's random source. Where it fails there is nothing to go on with: every key would be known.
fn draw(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the system's random source works where this process could start");
}

fn wall() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// The clock that tokio's timers follow.
fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

/// Events of a link that are taken at once.
const AT_ONCE: usize = 256;
/// How long leaving waits for what is pending.
const LEAVE: Duration = Duration::from_secs(10);
/// How often it is looked whether everything was sent.
const LEAVE_LOOK: Duration = Duration::from_millis(20);
