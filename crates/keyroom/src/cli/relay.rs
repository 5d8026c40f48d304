//! `keyroom relay`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use keyroom_relay::ListenAt;

/// `keyroom relay`.
#[derive(Args, Debug)]
pub(crate) struct RelayArgs {
    /// Read the configuration from this file. The options below override it
    #[arg(long, global = true, value_name = "F")]
    pub(crate) config: Option<PathBuf>,
    /// Listen at this address, `IP`, `IP:PORT` or `:PORT`; more than once for several. Without it: on all
    /// interfaces at port 9999
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Vec<ListenAt>,
    /// Keep all data in this directory
    #[arg(long, global = true, value_name = "DIR", conflicts_with = "memory")]
    pub(crate) data: Option<PathBuf>,
    /// Keep nothing on disk: the rooms end with the relay
    #[arg(long, global = true)]
    pub(crate) memory: bool,
    #[command(subcommand)]
    pub(crate) verb: Option<RelayVerb>,
}

/// What can be done beside a relay that runs.
#[derive(Debug, Subcommand)]
pub(crate) enum RelayVerb {
    /// Say whether a relay could start with this configuration, and what it would do: exit code 0, or 2 and why not
    CheckConfig,
    /// Copy all that a relay keeps to a new directory, while it runs. Started with that directory as its --data, a relay
    /// is as it was then
    Backup {
        /// The directory to make
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
    },
}
