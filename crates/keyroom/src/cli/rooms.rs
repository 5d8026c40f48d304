//! Arguments of the commands for rooms that the profile knows.

use clap::Args;

/// A command for one room.
#[derive(Args, Debug)]
pub(crate) struct RoomArgs {
    /// The room's name, or the beginning of its id; `keyroom rooms` shows both
    // An id may begin with a hyphen.
    #[arg(value_name = "ROOM", allow_hyphen_values = true)]
    pub(crate) room: String,
}

/// `keyroom rooms`.
#[derive(Args, Debug)]
pub(crate) struct RoomsArgs {
    /// One JSON object per room
    #[arg(long)]
    pub(crate) json: bool,
}

/// `keyroom members`.
#[derive(Args, Debug)]
pub(crate) struct MembersArgs {
    #[command(flatten)]
    pub(crate) room: RoomArgs,
    /// One JSON object per member
    #[arg(long)]
    pub(crate) json: bool,
}

/// `keyroom remove`.
#[derive(Args, Debug)]
pub(crate) struct RemoveArgs {
    #[command(flatten)]
    pub(crate) room: RoomArgs,
    /// The member's name, or the beginning of its code; `keyroom members` shows both
    #[arg(value_name = "MEMBER", allow_hyphen_values = true)]
    pub(crate) member: String,
}

/// `keyroom admit` and `keyroom decline`.
#[derive(Args, Debug)]
pub(crate) struct KnockArgs {
    #[command(flatten)]
    pub(crate) room: RoomArgs,
    /// The name of who asks, or the beginning of its code or id; `keyroom members` shows them
    #[arg(value_name = "KNOCK", allow_hyphen_values = true)]
    pub(crate) knock: String,
}

/// `keyroom send`.
#[derive(Args, Debug)]
pub(crate) struct SendArgs {
    #[command(flatten)]
    pub(crate) room: RoomArgs,
    /// What to say. Without it, or with `-`: all of standard input, as one message
    #[arg(value_name = "TEXT")]
    pub(crate) text: Option<String>,
}

/// `keyroom listen`.
#[derive(Args, Debug)]
pub(crate) struct ListenArgs {
    #[command(flatten)]
    pub(crate) room: RoomArgs,
    /// Begin with what came after this place in the room's log, as `seq` in the events tells it. Without it: with what
    /// this profile has not received yet
    #[arg(long, value_name = "SEQ")]
    pub(crate) since: Option<u64>,
    /// One JSON object per event on standard output
    #[arg(long)]
    pub(crate) json: bool,
}

/// `keyroom export`.
#[derive(Args, Debug)]
pub(crate) struct ExportArgs {
    #[command(flatten)]
    pub(crate) room: RoomArgs,
}

/// `keyroom search`.
#[derive(Args, Debug)]
pub(crate) struct SearchArgs {
    /// Words that must all be in the message; the last may be the beginning of one
    #[arg(value_name = "TEXT")]
    pub(crate) text: String,
    /// One JSON object per message
    #[arg(long)]
    pub(crate) json: bool,
}
