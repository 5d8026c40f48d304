//! Arguments of `keyroom inspect`.

use clap::{Args, ValueEnum};

use super::KeyArgs;

/// `keyroom inspect`.
#[derive(Args, Debug)]
pub(crate) struct InspectArgs {
    /// The room's name, or the beginning of its id. Alone: who could see what in it, its session and its members
    #[arg(value_name = "ROOM", allow_hyphen_values = true, required_unless_present_any = ["fernet", "compare", "keep_days", "keep_mib", "records"])]
    pub(crate) room: Option<String>,
    /// A message of the room: its place in the log, as `seq` in events tells it, or the beginning of its id
    #[arg(value_name = "MESSAGE", allow_hyphen_values = true)]
    pub(crate) message: Option<String>,
    /// Look at the Fernet token on standard input, with the key of --key-file or --key-stdin where there is one
    #[arg(long, conflicts_with_all = ["room", "message"])]
    pub(crate) fernet: bool,
    #[command(flatten)]
    pub(crate) key: KeyArgs,
    /// With --fernet: refuse a token that is older than this many seconds, or more than a minute in the future
    #[arg(long, value_name = "SECONDS", requires = "fernet")]
    pub(crate) ttl: Option<u64>,
    /// Show the text on standard input as a Fernet token and as a sealed message, and what each gives away
    #[arg(long, conflicts_with_all = ["room", "message", "fernet", "lab"])]
    pub(crate) compare: bool,
    /// Attack a copy of the message, and show what refuses it
    #[arg(long)]
    pub(crate) lab: bool,
    /// Keep the bytes of messages for this many days; 0 keeps none. Without the option it is 7
    #[arg(long, value_name = "DAYS", conflicts_with_all = ["room", "fernet", "compare"], value_parser = clap::value_parser!(u64).range(..=3_650))]
    pub(crate) keep_days: Option<u64>,
    /// Keep at most so much of them in this profile. Without the option it is 64
    #[arg(long, value_name = "MIB", conflicts_with_all = ["room", "fernet", "compare"], value_parser = clap::value_parser!(u64).range(..=65_536))]
    pub(crate) keep_mib: Option<u64>,
    /// Whether to keep the TLS records around them, too
    #[arg(long, value_name = "WHETHER", value_enum, conflicts_with_all = ["room", "fernet", "compare"])]
    pub(crate) records: Option<Switch>,
    /// Show long fields whole
    #[arg(long)]
    pub(crate) whole: bool,
    /// One JSON object on standard output
    #[arg(long)]
    pub(crate) json: bool,
}

/// Yes or no.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Switch {
    /// Yes
    On,
    /// No
    Off,
}
