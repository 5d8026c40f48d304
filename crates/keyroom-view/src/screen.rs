//! What is on the screens: plain structs with strings that are ready to show.
//!
//! Every string that comes from others is already safe to show (attack matrix rows 22 and 23).

use keyroom_client::{KnockId, PeerId, RoomId};
use zeroize::Zeroize;

mod entry;
mod over;
mod search;

pub use entry::*;
pub use over::*;
pub use search::*;

use crate::avatar::Avatar;
use crate::input::{Field, ListenChoice, Notify, RoomKind};
use crate::secret::FieldText;

/// What the main part of the window shows.
#[derive(Clone, Debug, PartialEq)]
pub enum Screen {
    /// Host a room, join a room, rooms nearby.
    Start(Start),
    /// A new room's options.
    HostSetup(HostSetup),
    /// Address and key of a room to enter.
    Join(JoinForm),
    /// One room. Its timeline comes as row changes, its sheet lies over it.
    Room(Box<RoomScreen>),
    /// What this program is.
    About(About),
    /// What this person prefers.
    Preferences(Preferences),
}

/// What stands around the main part.
#[derive(Clone, Debug, PartialEq)]
pub struct Shell {
    /// The window's title: `(3) Garden project — Keyroom`.
    pub title: String,
    /// Whether the list of rooms is shown.
    pub rail: bool,
    /// Whether the main part is shown; narrow windows show one column at a time.
    pub main: bool,
    /// Whether the column of people is shown.
    pub people: bool,
    /// Whether a button leads back to the list (narrow windows).
    pub back: bool,
    /// Text size in percent.
    pub text_scale: u16,
    /// Whether colours stand out as much as they can.
    pub high_contrast: bool,
    /// What covers everything and wants an answer.
    pub question: Option<Question>,
}

/// How the window looks and speaks, with what else can be chosen.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Looks {
    /// What the languages are.
    pub language_label: String,
    /// The languages, each by its own name.
    pub languages: Vec<String>,
    /// The one that is spoken.
    pub language: usize,
    /// What the sizes are.
    pub scale_label: String,
    /// Sizes of text that are offered.
    pub scales: Vec<String>,
    /// The one that is chosen; past the end, where it is another.
    pub scale: usize,
    /// High contrast.
    pub contrast: Switch,
}

/// A question with its answers: [`Input::Confirm`](crate::Input::Confirm) and [`Input::Back`](crate::Input::Back).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Question {
    /// What is asked.
    pub title: String,
    /// What follows from *yes*.
    pub text: String,
    /// The word for *yes*.
    pub confirm: String,
    /// The word for *no*.
    pub cancel: String,
    /// What else can be done, [`Input::Other`](crate::Input::Other); empty where there are two answers.
    pub other: String,
}

/// One room of the list at the left.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RoomTile {
    /// Which.
    pub room: RoomId,
    /// Its name.
    pub name: String,
    /// What was said last: `guest 2: bye`.
    pub last: String,
    /// When: `10:42`, `Tue`, `3 Nov`.
    pub time: String,
    /// Unread messages: empty for none, `3`, `99+`.
    pub unread: String,
    /// Whether one of them names this person.
    pub names_me: bool,
    /// What kind of room: `sealed`, `Fernet`.
    pub kind: String,
    /// Its state in a word, for who cannot see colours: `open`, `connected`, `reconnecting`, `closed`.
    pub state: String,
    /// How that state is meant.
    pub tone: Tone,
    /// Whether it is the one on the screen.
    pub selected: bool,
    /// Whether it is muted.
    pub muted: bool,
}

/// How something is meant; never told by colour alone.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Tone {
    /// Nothing to do.
    #[default]
    Quiet,
    /// As it should be.
    Good,
    /// Worth a look.
    Warning,
    /// Needs the person.
    Alarm,
}

/// The start screen.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Start {
    /// `Rooms that open with a key`.
    pub title: String,
    /// What one can do here.
    pub lead: String,
    /// Host a room.
    pub host: Card,
    /// Join a room.
    pub join: Card,
    /// Rooms found on this network.
    pub nearby: NearbyList,
}

/// A large button with a few words.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Card {
    /// Its title.
    pub title: String,
    /// What it does.
    pub text: String,
    /// The button's word.
    pub button: String,
}

/// Rooms found on this network.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NearbyList {
    /// `Found on this network`.
    pub heading: String,
    /// The rooms.
    pub rooms: Vec<NearbyTile>,
    /// What to say where there are none: `Looking for rooms…`, or why looking is not possible.
    pub note: String,
    /// What to try then, one step each.
    pub help: Vec<String>,
}

/// A room found on this network.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NearbyTile {
    /// `A room at 192.168.1.23`.
    pub title: String,
    /// `open now · needs its key`.
    pub detail: String,
    /// `Enter key`.
    pub button: String,
}

/// A text field.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TextField {
    /// Its name, which screen readers say.
    pub label: String,
    /// Its text.
    pub text: FieldText,
    /// Goes up whenever the reducer, not the person, changed the text: only then put it into the toolkit's field.
    pub revision: u64,
    /// What stands in the empty field.
    pub placeholder: String,
    /// What helps: `12 of 43 characters so far`.
    pub hint: String,
    /// What is wrong, as soon as it can be known; empty when nothing is.
    pub error: String,
}

/// *Host a room*.
#[derive(Clone, Debug, PartialEq)]
pub struct HostSetup {
    /// `Host a room`.
    pub title: String,
    /// Which kind of room.
    pub kind: RoomKind,
    /// Both kinds, in the order [`RoomKind::Sealed`], [`RoomKind::Fernet`].
    pub kind_choices: [Choice; 2],
    /// The room's name.
    pub name: TextField,
    /// The host's name.
    pub me: TextField,
    /// Whether what others send is kept on disk.
    pub on_disk: bool,
    /// Both choices, on disk and in memory; none where there is nothing to choose.
    pub keep_choices: Vec<Choice>,
    /// Where it listens.
    pub listen: ListenChoice,
    /// Both choices, in the order [`ListenChoice::ThisNetwork`], [`ListenChoice::ThisComputer`].
    pub listen_choices: [Choice; 2],
    /// Where others will find it, each with the network's name; none where only this computer can.
    pub addresses: Vec<AddressLine>,
    /// What stands over them, or that there is no network; else empty.
    pub addresses_label: String,
    /// The port.
    pub port: TextField,
    /// The switch that shows the room to others nearby.
    pub announce: Switch,
    /// What this kind of room lacks, plainly; nothing for a sealed room.
    pub lacks: Vec<String>,
    /// That nothing is kept on disk, where that is so.
    pub note: String,
    /// What went wrong, where no field is at fault.
    pub error: String,
    /// `Open the room`, or what happens meanwhile.
    pub submit: String,
    /// Whether that button works.
    pub can_submit: bool,
}

/// One of several choices.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Choice {
    /// Its name.
    pub title: String,
    /// What follows from it.
    pub text: String,
}

/// A switch.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Switch {
    /// Its name.
    pub label: String,
    /// What it does now.
    pub hint: String,
    /// Its state.
    pub on: bool,
    /// Whether it can be changed.
    pub enabled: bool,
}

/// *Join a room*.
#[derive(Clone, Debug, PartialEq)]
pub struct JoinForm {
    /// `Join a room`.
    pub title: String,
    /// What to enter.
    pub lead: String,
    /// Which kind of room.
    pub kind: RoomKind,
    /// Both kinds, in the order [`RoomKind::Sealed`], [`RoomKind::Fernet`].
    pub kind_choices: [Choice; 2],
    /// Whether the kind is asked: a link says it itself.
    pub kind_asked: bool,
    /// Where the room is.
    pub address: TextField,
    /// Its key, or a whole link.
    pub key: TextField,
    /// The joiner's name.
    pub me: TextField,
    /// That nothing is kept on disk, where that is so.
    pub note: String,
    /// Rooms found on this network.
    pub nearby: NearbyList,
    /// `Join`.
    pub submit: String,
    /// Whether that button works.
    pub can_submit: bool,
}

/// One room, without its timeline and people.
#[derive(Clone, Debug, PartialEq)]
pub struct RoomScreen {
    /// Which.
    pub room: RoomId,
    /// Its name.
    pub title: String,
    /// The kind first, always.
    pub chips: Vec<Chip>,
    /// The way in, step by step, while one is on it; none afterwards.
    pub steps: Vec<StepLine>,
    /// The state of the connection.
    pub state: StateLine,
    /// What else the person must know, such as a key that opens nothing.
    pub banner: Option<Banner>,
    /// What stands in an empty timeline.
    pub empty: String,
    /// The button over the timeline: `3 new messages ↓`, `To the newest ↓`; empty where it has nothing to do.
    pub jump: String,
    /// Where the person writes.
    pub composer: Composer,
    /// Whether it is muted.
    pub muted: bool,
    /// The word of the button that mutes it, or takes that back: [`Input::ToggleMute`](crate::Input::ToggleMute).
    pub mute: String,
    /// Whether the room's key can be shown.
    pub has_key: bool,
    /// The word for leaving: `Close the room` for its host.
    pub leave: String,
    /// `Leave for good`, where that is something else: [`Input::LeaveForGood`](crate::Input::LeaveForGood). Else empty.
    pub leave_for_good: String,
    /// The menu of a message, over the timeline.
    pub menu: Option<MessageMenu>,
    /// `Ben is writing …`, or empty.
    pub typing: String,
    /// A code to compare, over the room.
    pub card: Option<CodeCard>,
    /// The room's settings, over it.
    pub settings: Option<RoomSettings>,
    /// Whether there are settings.
    pub has_settings: bool,
    /// The sheet over the room.
    pub sheet: Option<KeySheet>,
}

/// A word in the header.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Chip {
    /// The word.
    pub text: String,
    /// How it is meant.
    pub tone: Tone,
    /// What it means in a sentence, for a tip and for screen readers.
    pub tip: String,
}

/// The state of the connection in plain words.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StateLine {
    /// What is: empty where there is nothing to say beyond the chips.
    pub text: String,
    /// The next step, for a person.
    pub next: String,
    /// How it is meant.
    pub tone: Tone,
    /// Buttons beside it.
    pub actions: Vec<StateAction>,
}

/// A button beside the state line; [`StateAction::word`] is its word.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StateAction {
    /// [`Input::TryNow`](crate::Input::TryNow).
    TryNow,
    /// [`Input::EnterAgain`](crate::Input::EnterAgain).
    EnterAgain,
    /// [`Input::OpenAgain`](crate::Input::OpenAgain): a room of the profile goes on.
    OpenAgain,
    /// [`Input::LeaveRoom`](crate::Input::LeaveRoom): takes the closed room off the list.
    Remove,
}

/// Something that the person must know, over the timeline.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Banner {
    /// What it is.
    pub text: String,
    /// How it is meant: an alarm stays.
    pub tone: Tone,
    /// The button's word: [`Input::EnterAgain`](crate::Input::EnterAgain). Empty where there is nothing to press.
    pub button: String,
    /// What else can be done about an alarm.
    pub actions: Vec<AlarmAction>,
}

/// A button of an alarm; [`AlarmAction::word`] is its word. None of them makes the alarm go away unanswered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AlarmAction {
    /// [`Input::TryNow`](crate::Input::TryNow): asks the relay once more.
    AskAgain,
    /// [`Input::OpenHostSetup`](crate::Input::OpenHostSetup): another room, elsewhere.
    NewRoom,
    /// [`Input::LeaveForGood`](crate::Input::LeaveForGood).
    LeaveForGood,
}

/// Where the person writes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Composer {
    /// The text; put it into the toolkit's field only when `revision` has changed.
    pub text: String,
    /// Goes up whenever the reducer, not the person, changed the text.
    pub revision: u64,
    /// `Message to Garden project`.
    pub placeholder: String,
    /// Whether the text can be changed and sent at all.
    pub enabled: bool,
    /// Whether *Send* does something.
    pub can_send: bool,
    /// What to know about the text as it is.
    pub hint: String,
    /// How the hint is meant.
    pub tone: Tone,
    /// `Send in 3 parts`; empty where one is enough.
    pub parts: String,
    /// Names that can be completed where the cursor stands: [`Input::TakeName`](crate::Input::TakeName).
    pub names: Vec<String>,
    /// Which of them the keyboard is on.
    pub name: usize,
    /// What is written about, `Answer to Ben: …`; empty for a message of its own. [`Input::Back`](crate::Input::Back) ends it.
    pub about: String,
}

/// Everybody of a room.
#[derive(Clone, Debug, PartialEq)]
pub struct PeopleList {
    /// `People`.
    pub heading: String,
    /// You first, then who is here, then, unfolded, who left.
    pub people: Vec<PersonRow>,
    /// `2 left`, or empty.
    pub left: String,
    /// Whether those are unfolded.
    pub left_shown: bool,
    /// What this kind of room cannot know about who is here.
    pub note: String,
    /// Who asks to be let in, for who may answer.
    pub knocks: Vec<KnockRow>,
    /// The room's code, six groups of five digits; nothing where it has none.
    pub room_code: Vec<String>,
}

/// Somebody who asks to be let in.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KnockRow {
    /// To answer by: [`Input::Admit`](crate::Input::Admit), [`Input::TurnAway`](crate::Input::TurnAway).
    pub id: KnockId,
    /// The name that it chose.
    pub name: String,
    /// Its code, and what to do with it.
    pub detail: String,
}

/// One person of a room.
#[derive(Clone, Debug, PartialEq)]
pub struct PersonRow {
    /// Whose row; `None` for you.
    pub peer: Option<PeerId>,
    /// The name: `Anna (you)`.
    pub name: String,
    /// `host · here`, `left`.
    pub detail: String,
    /// Where from, for the host to look at; else empty.
    pub address: String,
    /// Initial and colour.
    pub avatar: Avatar,
    /// Whether this person is here.
    pub here: bool,
    /// Whether there is a card with a code to compare: [`Input::OpenPerson`](crate::Input::OpenPerson).
    pub has_code: bool,
    /// Whether that code was compared.
    pub compared: bool,
    /// Whether this person's messages are folded here.
    pub muted: bool,
    /// Whether this person can be renamed here: in a sealed room everybody has a name.
    pub renamable: bool,
    /// The field for a new name, while this person is renamed.
    pub rename: Option<TextField>,
}

/// The key of a room, and how others come in.
#[derive(Clone, Debug, PartialEq)]
pub struct KeySheet {
    /// `Invite people to Garden project`.
    pub title: String,
    /// What whoever has the key can do.
    pub warning: String,
    /// The key in groups of four, two lines.
    pub key_lines: [FieldText; 2],
    /// The invite link.
    pub link: FieldText,
    /// The link as a QR code.
    pub qr: Option<QrMatrix>,
    /// Where the room is, best first.
    pub addresses: Vec<AddressLine>,
    /// How others find the room, and a port that had to be another.
    pub notes: Vec<String>,
    /// The switch that shows the room to others nearby; none in a room that somebody else hosts.
    pub announce: Option<Switch>,
    /// What this kind of room lacks, plainly; nothing for a sealed room.
    pub lacks: Vec<String>,
    /// What was just copied, in words; else empty.
    pub copied: String,
    /// Whether the code is shown large, over everything.
    pub large: bool,
    /// What stands behind *Advanced*; none in a Fernet room.
    pub doors: Option<DoorList>,
}

/// An address with what it is good for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AddressLine {
    /// `192.168.1.23:9999`.
    pub address: String,
    /// `Wi-Fi, wlan0 · for computers on the same network`.
    pub hint: String,
}

/// The dark and light squares of a QR code. They hold the key: wiped on drop, hidden in `Debug`.
#[derive(Clone, Eq, PartialEq)]
pub struct QrMatrix {
    /// Squares in a row, and rows. Draw four light squares around (ISO/IEC 18004, quiet zone).
    pub width: usize,
    /// `true` is dark; row by row.
    pub dark: Vec<bool>,
}

/// *About*.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct About {
    /// `Keyroom`.
    pub title: String,
    /// `Version 0.1.0`.
    pub version: String,
    /// What it is, a paragraph each.
    pub text: Vec<String>,
}

/// *Preferences*.
#[derive(Clone, Debug, PartialEq)]
pub struct Preferences {
    /// `Preferences`.
    pub title: String,
    /// What this person is called in new rooms.
    pub me: TextField,
    /// What stands over the choices.
    pub notify_label: String,
    /// When the desktop is told of messages.
    pub notify: Notify,
    /// The choices, in the order [`Notify::Off`], [`Notify::Hidden`], [`Notify::Shown`].
    pub notify_choices: [Choice; 3],
    /// What is kept on this computer.
    pub kept: String,
}

impl Screen {
    /// The field, where this screen has it: for focus and for tests.
    pub fn field(&self, field: Field) -> Option<&TextField> {
        match (self, field) {
            (Self::HostSetup(form), Field::RoomName) => Some(&form.name),
            (Self::HostSetup(form), Field::HostMyName) => Some(&form.me),
            (Self::HostSetup(form), Field::Port) => Some(&form.port),
            (Self::Join(form), Field::Address) => Some(&form.address),
            (Self::Join(form), Field::Key) => Some(&form.key),
            (Self::Join(form), Field::JoinMyName) => Some(&form.me),
            (Self::Preferences(form), Field::MyName) => Some(&form.me),
            _ => None,
        }
    }
}

impl Drop for QrMatrix {
    fn drop(&mut self) {
        self.dark.zeroize();
    }
}

impl std::fmt::Debug for QrMatrix {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "QrMatrix({0} × {0})", self.width)
    }
}
