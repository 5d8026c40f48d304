//! What a face tells the reducer: what the person did, and what the engine said.

use keyroom_client::{
    Event, HostOptions, JoinOptions, KnockId, PeerId, Position, RoomId, SealedHostOptions, SealedJoinOptions,
};

use crate::inspector::Inspect;
use crate::screen::{CardAction, MenuAction};

use crate::secret::FieldText;

/// Something that happened, for [`App::handle`](crate::App::handle).
#[derive(Debug)]
#[non_exhaustive]
pub enum Input {
    /// The engine said something.
    Engine(Event),
    /// The window is open: first input of a face.
    WindowOpened,
    /// The window has another size, in logical pixels before text scale.
    Resized {
        /// Width.
        width: u32,
        /// Height.
        height: u32,
    },
    /// The window came to the front, or went from it.
    WindowActive(bool),
    /// The person wants to close the window. Only [`Effect::Quit`](crate::Effect::Quit) closes it: a room with
    /// guests asks once.
    CloseWindow,
    /// The time that [`App::next_tick`](crate::App::next_tick) named has come.
    Tick,
    /// The person wants larger or smaller text.
    TextScale(ScaleStep),
    /// The size of text, by its place in the list shown.
    ChooseTextSize(usize),
    /// The language, by its place in the list shown.
    ChooseLanguage(usize),
    /// High contrast, or no longer.
    ToggleContrast,
    /// The system asks for high contrast, or for the usual one: it holds where the person did not choose.
    SystemContrast(bool),

    /// To the start screen.
    OpenStart,
    /// To *Host a room*.
    OpenHostSetup,
    /// To *Join a room*.
    OpenJoin,
    /// To *About*.
    OpenAbout,
    /// To *Preferences*.
    OpenPreferences,
    /// When the desktop is told of messages.
    ChooseNotify(Notify),
    /// Opens the search: over all rooms, or in the room on the screen (Ctrl+F).
    OpenSearch {
        /// Over all rooms.
        everywhere: bool,
    },
    /// Where the open search looks.
    SearchEverywhere(bool),
    /// Selects the next message that was found, or one before.
    StepFound(i32),
    /// Goes to the selected message, or searches now what was typed (the Enter key).
    SubmitSearch,
    /// Goes to a message that was found, by its place in the list shown.
    PickFound(usize),
    /// One step back: closes a sheet, then a renaming, then the screen (the Escape key).
    Back,
    /// A room of the list at the left.
    PickRoom(RoomId),
    /// A room that was found nearby, by its place in the list shown.
    PickNearby(usize),

    /// The text of a field changed.
    Edit {
        /// Which field.
        field: Field,
        /// All of its text.
        text: FieldText,
    },
    /// Which kind of room the form on the screen is for.
    ChooseKind(RoomKind),
    /// Whether what others send to the new room is kept on disk.
    ChooseOnDisk(bool),
    /// Where the new room listens.
    ChooseListen(ListenChoice),
    /// Whether the new room can be found nearby.
    ChooseAnnounce(bool),
    /// *Open the room*.
    SubmitHost,
    /// *Join*.
    SubmitJoin,
    /// Opens a Fernet room with these options, without a form: from a command line.
    Host(HostOptions),
    /// Enters a Fernet room with these options, without a form: from a command line.
    Join(JoinOptions),
    /// Opens a sealed room with these options, without a form: from a command line.
    HostSealed(Box<SealedHostOptions>),
    /// Enters a sealed room with these options, without a form: from a command line.
    JoinSealed(Box<SealedJoinOptions>),

    /// The text of the composer changed.
    ComposerChanged(String),
    /// Sends the composer's text (the Enter key).
    Send,
    /// Sends it in parts that simple programs can read.
    SendInParts,
    /// Sends a failed message again.
    Retry(Position),
    /// Copies a message, exactly as it was said.
    CopyMessage(Position),
    /// Shows the whole of a long message.
    ShowAll(Position),
    /// Opens the menu of a message (right click, Menu key).
    OpenMenu(Position),
    /// Does what a line of the open menu says.
    MenuDo(MenuAction),
    /// Puts an emoji beside a message, or takes it back.
    React {
        /// Which message.
        to: Position,
        /// What.
        emoji: String,
    },
    /// A link of a message was clicked: asks first.
    OpenLink {
        /// Which message.
        of: Position,
        /// Which of its links: [`Formed::links`](crate::markup::Formed::links).
        link: usize,
    },
    /// A link of the message whose menu is open: [`MessageMenu::links`](crate::MessageMenu::links).
    MenuLink(usize),
    /// No program opened an address.
    LinkNotOpened,
    /// Does what the question's third button says.
    Other,
    /// The cursor of the composer stands behind this many bytes of its text.
    Cursor(usize),
    /// The next name that could be completed, or with `false` the one before.
    NextName(bool),
    /// Writes this of the names that could be completed.
    TakeName(usize),
    /// Answers a message.
    Reply(Position),
    /// Goes to a message, wherever it stands.
    JumpTo(Position),
    /// Rows `first..=last` of the timeline are in sight. Report after the changes of
    /// [`App::take_changes`](crate::App::take_changes) are applied and the list has settled.
    Visible {
        /// First row in sight.
        first: usize,
        /// Last row in sight.
        last: usize,
    },
    /// To the newest message.
    JumpToNewest,

    /// Shows or hides the people of the room.
    TogglePeople,
    /// Shows or hides those who left.
    ToggleLeft,
    /// Shows the code of somebody; `None`: of this person.
    OpenPerson(Option<PeerId>),
    /// Shows the room's code.
    OpenRoomCode,
    /// Notes that the code on the card was compared, or not.
    ToggleCompared,
    /// Does what a button of the card says.
    CardDo(CardAction),
    /// Lets somebody in who asks.
    Admit(KnockId),
    /// Turns away somebody who asks.
    TurnAway(KnockId),
    /// Shows the settings of the room.
    OpenSettings,
    /// Does something with the inspector.
    Inspect(Inspect),
    /// Takes the text of [`Field::NewRoomName`] as the room's name.
    SaveRoomName,
    /// Chooses how long messages are kept, by its place in the list shown.
    ChooseLifetime(usize),
    /// Newcomers ask first from now on, or no longer.
    ToggleApproval,
    /// No key lets anybody in from now on, or a new one does.
    ToggleKeyWorks,
    /// Replaces the key.
    NewKey,
    /// Whether others are told what reached this person.
    ToggleReceipts,
    /// Whether it is shown who writes.
    ToggleTyping,
    /// Whether the room is muted.
    ToggleMute,
    /// Begins to rename somebody.
    RenameStart(PeerId),
    /// Takes the text of [`Field::Rename`] as the new name.
    RenameCommit,
    /// Shows the key, the link and the addresses of the room.
    ShowKeySheet,
    /// Copies the key of the room whose sheet is open.
    CopyKey,
    /// Copies its link.
    CopyLink,
    /// Copies one of its addresses, by its place in the list shown.
    CopyAddress(usize),
    /// Shows the sheet's code large, for a projector, or small again.
    ToggleLargeCode,
    /// Unfolds what is advanced on the sheet, or folds it.
    ToggleAdvanced,
    /// Shows the key of a door on the sheet, by its place in the list shown.
    ShowDoor(usize),
    /// Closes a door, after a question, by its place in the list shown.
    CloseDoor(usize),
    /// How long a new door is open, by its place in the list shown.
    ChooseDoorTime(usize),
    /// How many a new door lets in, by its place in the list shown.
    ChooseDoorUses(usize),
    /// Makes a door.
    MakeDoor,
    /// Shows or hides the hosted room to others nearby.
    ToggleAnnounce,
    /// Tries to reach the host now.
    TryNow,
    /// Enters the key or the address of this room again.
    EnterAgain,
    /// Opens a room of the profile again that was closed.
    OpenAgain,
    /// Leaves the room; a hosted one asks first. What the profile keeps of a sealed room stays.
    LeaveRoom,
    /// Leaves a sealed room for good, after a question.
    LeaveForGood,
    /// Answers yes to the question that is shown.
    Confirm,
}

/// When the desktop is told of messages, and how much.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Notify {
    /// Never.
    Off,
    /// That there is something, without names and words.
    #[default]
    Hidden,
    /// Who and what.
    Shown,
}

/// A field of a form.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Field {
    /// The new room's name.
    RoomName,
    /// What the host is called.
    HostMyName,
    /// The port, empty for any.
    Port,
    /// Where the room is.
    Address,
    /// The room's key, or a whole link.
    Key,
    /// What the joiner is called.
    JoinMyName,
    /// Somebody's new name.
    Rename,
    /// The room's new name.
    NewRoomName,
    /// Words to look for.
    Search,
    /// What this person is called in new rooms.
    MyName,
}

/// A kind of room (design, section 3).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum RoomKind {
    /// One MLS group: the key only lets people in.
    #[default]
    Sealed,
    /// One key for everything, as simple programs understand it.
    Fernet,
}

/// Where a new room listens.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum ListenChoice {
    /// Everybody on the same network can reach it.
    #[default]
    ThisNetwork,
    /// Only programs on this computer can.
    ThisComputer,
}

/// A step of the text size.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ScaleStep {
    /// Larger.
    Larger,
    /// Smaller.
    Smaller,
    /// Back to 100 %.
    Reset,
}
