//! The command line: names that other people script against (design section 5). Keep them stable.

mod inspect;
mod relay;
mod rooms;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use keyroom_client::DEFAULT_PACE;
use keyroom_relay::ListenAt;
use keyroom_types::{Label, RelayReference};

pub(crate) use inspect::{InspectArgs, Switch};
pub(crate) use relay::{RelayArgs, RelayVerb};
pub(crate) use rooms::{
    ExportArgs, KnockArgs, ListenArgs, MembersArgs, RemoveArgs, RoomArgs, RoomsArgs, SearchArgs, SendArgs,
};

/// Private chat rooms that you open with a key.
///
/// Without a command: the desktop app. Where there is no display, it hosts a room in the terminal.
#[derive(Debug, Parser)]
#[command(name = "keyroom", version, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Option<Verb>,
}

/// What every command understands.
#[derive(Args, Debug)]
pub(crate) struct Global {
    /// Keep rooms and messages in this directory. Without it: in the platform's data directory
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) profile: Option<PathBuf>,
    /// Read the passphrase of the profile from the first line of this file. Where there is no profile, one is made
    #[arg(long, global = true, value_name = "F")]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// Keep nothing on disk, which is what Fernet rooms do in any case
    #[arg(long, global = true)]
    pub(crate) ephemeral: bool,
    /// Neither look for rooms on this network nor announce any
    #[arg(long, global = true)]
    pub(crate) no_discovery: bool,
    /// Say more on standard error about what happens
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Open a room on this computer and show its key
    Host(HostArgs),
    /// Enter a room with its key
    Join(JoinArgs),
    /// List the rooms of the profile
    Rooms(RoomsArgs),
    /// List who is in a room, as of when it was last open here
    Members(MembersArgs),
    /// Print an invite to a room
    Invite(RoomArgs),
    /// Take somebody out of a room, and change its key
    Remove(RemoveArgs),
    /// Let in somebody who asks
    Admit(KnockArgs),
    /// Turn away somebody who asks to be let in
    Decline(KnockArgs),
    /// Say something in a room and leave
    Send(SendArgs),
    /// Print what is said in a room
    Listen(ListenArgs),
    /// Print all that was said in a room, one JSON object a line
    Export(ExportArgs),
    /// Find messages in all rooms of the profile
    Search(SearchArgs),
    /// Show what the network saw of a message, how it was opened, and what would be refused
    Inspect(InspectArgs),
    /// Look for what is wrong here: the profile, the relays of its rooms, the clock, the network
    Doctor(DoctorArgs),
    /// Keep sealed rooms for others, and serve them
    Relay(RelayArgs),
    /// Make keys, and encrypt and decrypt single Fernet tokens
    Fernet {
        #[command(subcommand)]
        verb: FernetVerb,
    },
}

/// `keyroom host`.
#[derive(Args, Debug)]
pub(crate) struct HostArgs {
    /// What the room is called. If this profile hosts a sealed room of that name, it is opened again
    #[arg(long, value_name = "ROOM")]
    pub(crate) name: Option<Label>,
    /// Listen at this address, `IP`, `IP:PORT` or `:PORT`; more than once for several. Without it: on all
    /// interfaces at port 9999, or the next free one
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Vec<ListenAt>,
    /// Open the room on this relay, named as `keyroom relay` prints it: then it stays when you leave (sealed rooms only)
    #[arg(long, value_name = "RELAY", conflicts_with_all = ["fernet", "listen", "memory"])]
    pub(crate) at: Option<RelayReference>,
    /// Keep what guests send in memory only: the room ends with this program, as a Fernet room does in any case
    #[arg(long)]
    pub(crate) memory: bool,
    /// Let nobody in who was not admitted: with the key alone one can only ask (sealed rooms only). While somebody asks, the
    /// lines `/admit NAME` and `/decline NAME` answer
    #[arg(long, conflicts_with = "fernet")]
    pub(crate) approve: bool,
    #[command(flatten)]
    pub(crate) key: KeyArgs,
    #[command(flatten)]
    pub(crate) face: FaceArgs,
}

/// `keyroom join`.
#[derive(Args, Debug)]
pub(crate) struct JoinArgs {
    /// Where the room is, such as 192.168.1.23:9999. Without it: taken from the invite, or found on this network
    #[arg(value_name = "ADDR")]
    pub(crate) address: Option<String>,
    #[command(flatten)]
    pub(crate) key: KeyArgs,
    #[command(flatten)]
    pub(crate) face: FaceArgs,
}

/// `keyroom doctor`.
#[derive(Args, Debug)]
pub(crate) struct DoctorArgs {
    /// Connect to no relay
    #[arg(long)]
    pub(crate) offline: bool,
    /// One JSON object per finding
    #[arg(long)]
    pub(crate) json: bool,
}

/// Where a key is read from. Never from the command line itself: other programs can read that.
#[derive(Args, Debug)]
#[group(multiple = false)]
pub(crate) struct KeyArgs {
    /// Read the key, or a whole invite, from this file
    #[arg(long, value_name = "F")]
    pub(crate) key_file: Option<PathBuf>,
    /// Read the key, or a whole invite, from the first line of standard input
    #[arg(long)]
    pub(crate) key_stdin: bool,
}

/// How a room looks and what kind it is.
#[derive(Args, Debug)]
pub(crate) struct FaceArgs {
    /// What you are called in the room; in a Fernet room on this computer only
    #[arg(long = "as", value_name = "NAME")]
    pub(crate) me: Option<Label>,
    /// A Fernet room: one key for everything, understood by simple Python programs
    #[arg(long)]
    pub(crate) fernet: bool,
    /// How the room is shown. Without it: the window where there is a display, else plain lines. Sealed rooms are shown
    /// in plain lines only
    #[arg(long, value_enum)]
    pub(crate) ui: Option<Ui>,
    /// One JSON object per event on standard output
    #[arg(long)]
    pub(crate) json: bool,
    /// In a Fernet room, send longer texts in parts, each of at most this many characters on the wire: 1024 or 4096 for
    /// simple peers
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(100..))]
    pub(crate) split: Option<u32>,
    /// In a Fernet room, least time between two messages to one peer, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = pace_ms(), value_parser = clap::value_parser!(u64).range(..=10_000))]
    pub(crate) pace: u64,
}

impl FaceArgs {
    /// The pace as a duration.
    pub(crate) fn pace(&self) -> Duration {
        Duration::from_millis(self.pace)
    }

    /// Longest token of one part, in characters.
    pub(crate) fn split(&self) -> Option<usize> {
        self.split.and_then(|chars| usize::try_from(chars).ok())
    }
}

/// The faces.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Ui {
    /// The window
    Gui,
    /// The terminal, drawn
    Tui,
    /// Lines in and lines out
    Plain,
}

/// `keyroom fernet`.
#[derive(Debug, Subcommand)]
pub(crate) enum FernetVerb {
    /// Print a fresh key
    Keygen,
    /// Make standard input into one token on standard output
    Encrypt {
        #[command(flatten)]
        key: KeyArgs,
    },
    /// Open the token on standard input and write what is in it to standard output
    Decrypt {
        #[command(flatten)]
        key: KeyArgs,
        /// Refuse a token that is older than this many seconds, or more than a minute in the future
        #[arg(long, value_name = "SECONDS")]
        ttl: Option<u64>,
    },
}

fn pace_ms() -> u64 {
    u64::try_from(DEFAULT_PACE.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn ids_that_begin_with_a_hyphen_are_no_options() {
        let parse = |words: &[&str]| Cli::try_parse_from([&["keyroom"], words].concat());
        for words in [
            &["members", "-QFy8", "--json"][..],
            &["members", "--json", "-QFy8"],
            &["remove", "-QFy8", "-0aB"],
            &["send", "-QFy8", "hello"],
            &["listen", "-QFy8", "--since", "3"],
            &["admit", "-QFy8", "-0aB"],
            &["inspect", "-QFy8", "-0aB", "--json"],
        ] {
            let parsed = parse(words);
            assert!(parsed.is_ok(), "{words:?}: {parsed:?}");
        }
        let members = parse(&["members", "-QFy8", "--json"]).map(|cli| cli.command);
        assert!(
            matches!(&members, Ok(Some(Verb::Members(members))) if members.room.room == "-QFy8" && members.json)
        );
        assert!(parse(&["members", "ours", "--jsn"]).is_err());
    }
}
