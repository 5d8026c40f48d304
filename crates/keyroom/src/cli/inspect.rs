//! Arguments of `keyroom inspect`.

use clap::Args;

use super::KeyArgs;

/// `keyroom inspect`.
#[derive(Args, Debug)]
pub(crate) struct InspectArgs {
    /// Look at the Fernet token on standard input, with the key of --key-file or --key-stdin where there is one
    #[arg(long, required = true)]
    pub(crate) fernet: bool,
    #[command(flatten)]
    pub(crate) key: KeyArgs,
    /// With --fernet: refuse a token that is older than this many seconds, or more than a minute in the future
    #[arg(long, value_name = "SECONDS", requires = "fernet")]
    pub(crate) ttl: Option<u64>,
    /// Attack a copy, and show what refuses it
    #[arg(long)]
    pub(crate) lab: bool,
    /// Show long fields whole
    #[arg(long)]
    pub(crate) whole: bool,
    /// One JSON object on standard output
    #[arg(long)]
    pub(crate) json: bool,
}
