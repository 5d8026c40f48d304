//! What lies over a room: codes to compare, its settings, the menu of a message.

use keyroom_client::Position;

use super::{QrMatrix, Switch, TextField};

/// A code that people compare: of a person, or of the room.
#[derive(Clone, Debug, PartialEq)]
pub struct CodeCard {
    /// `Code of Ben`.
    pub title: String,
    /// What to do with it.
    pub lead: String,
    /// Six groups of five digits.
    pub groups: Vec<String>,
    /// The same for a camera.
    pub qr: Option<QrMatrix>,
    /// For who wants to know more; else empty.
    pub note: String,
    /// The mark that a person sets after comparing: [`Input::ToggleCompared`](crate::Input::ToggleCompared).
    pub compared: Option<Switch>,
    /// What this person may do with that one: [`Input::CardDo`](crate::Input::CardDo).
    pub actions: Vec<CardAction>,
}

/// A button of a person's card; [`CardAction::word`] is its word.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CardAction {
    /// Gives the rights of an admin.
    MakeAdmin,
    /// Takes them.
    TakeAdmin,
    /// Folds the person's messages on this computer.
    Mute,
    /// No longer does.
    Unmute,
    /// Takes the person out; asks first.
    Remove,
}

/// The settings of a sealed room.
#[derive(Clone, Debug, PartialEq)]
pub struct RoomSettings {
    /// `Room settings`.
    pub title: String,
    /// Why most of it cannot be changed, where that is so; else empty.
    pub note: String,
    /// Whether this person may change the room.
    pub admin: bool,
    /// Its name.
    pub name: TextField,
    /// Whether the name in the field is another one that can be saved.
    pub can_save: bool,
    /// How long messages are kept: the choices, in words.
    pub lifetimes: Vec<String>,
    /// Which of them holds.
    pub lifetime: Option<usize>,
    /// Whether newcomers ask first.
    pub approval: Switch,
    /// Whether the key lets people in.
    pub key_works: Switch,
    /// Whether others are told what reached this person.
    pub receipts: Switch,
    /// Whether it is shown who writes.
    pub typing: Switch,
    /// Whether the room is muted.
    pub muted: Switch,
}

/// What can be done about one message.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MessageMenu {
    /// Which message.
    pub position: Position,
    /// Who said it, and its beginning.
    pub title: String,
    /// What can be put beside it, or taken back; empty where nothing can.
    pub palette: Vec<PaletteEmoji>,
    /// The links in it, in words: [`Input::MenuLink`](crate::Input::MenuLink).
    pub links: Vec<String>,
    /// What else, in this order: [`Input::MenuDo`](crate::Input::MenuDo).
    pub actions: Vec<MenuAction>,
}

/// Something that can be put beside a message.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PaletteEmoji {
    /// What.
    pub emoji: String,
    /// Whether it is there already, by this person.
    pub mine: bool,
}

/// A line of a message's menu; [`MenuAction::word`] is its word.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum MenuAction {
    /// Answer it.
    Reply,
    /// Copy it, exactly as it was said.
    Copy,
    /// Give an own message another text.
    Edit,
    /// Show or hide what it said before.
    Earlier,
    /// Go to what it answers.
    Original,
    /// Send a failed message again.
    Retry,
    /// Look at what the network saw of it.
    Inspect,
    /// Fold the messages of who wrote it, on this computer.
    Mute,
    /// No longer do so.
    Unmute,
    /// Withdraw an own message; asks first.
    Delete,
}
