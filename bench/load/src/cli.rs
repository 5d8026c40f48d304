//! The command line.

use std::path::{Path, PathBuf};
use std::process;

use clap::{Args, Parser, Subcommand};

use crate::table::{append_to_docs, circumstances};
use crate::work::{CatchUp, Durable, Fanout, Idle, Ping, Rooms, Setup, Storm};
use crate::{Entrant, Fault, Table};

/// Puts load on a Keyroom relay and, beside it, on nats-server, mosquitto and ejabberd, where they are installed, and prints
/// a table of all
#[derive(Debug, Parser)]
pub struct Cli {
    /// Our program; else the one beside this, which is built where it is missing
    #[arg(long, global = true, value_name = "FILE")]
    pub keyroom: Option<PathBuf>,
    /// That peer's program; else `nats-server` of the path
    #[arg(long, global = true, value_name = "FILE")]
    pub nats: Option<PathBuf>,
    /// That peer's program; else `mosquitto` of the path
    #[arg(long, global = true, value_name = "FILE")]
    pub mosquitto: Option<PathBuf>,
    /// That peer's program; else `ejabberdctl` of the path, and `erl`
    #[arg(long, global = true, value_name = "FILE")]
    pub ejabberd: Option<PathBuf>,
    /// Where servers keep their files; it should be on a disk
    #[arg(long, global = true, value_name = "DIR", default_value = "target")]
    pub dir: PathBuf,
    /// Who takes part; else all whose program is there
    #[arg(long, global = true, value_delimiter = ',')]
    pub entrants: Vec<Entrant>,
    /// Appends the table to docs/performance.md
    #[arg(long, global = true)]
    pub write: bool,
    /// What to run
    #[command(subcommand)]
    pub command: Command,
}

/// A workload, or all of them.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// All workloads, each as it is without options
    All,
    #[allow(missing_docs, reason = "clap takes the help from the arguments' type")]
    Idle(Idle),
    #[allow(missing_docs, reason = "clap takes the help from the arguments' type")]
    Fanout(Fanout),
    #[allow(missing_docs, reason = "clap takes the help from the arguments' type")]
    Ping(Ping),
    #[allow(missing_docs, reason = "clap takes the help from the arguments' type")]
    Durable(Durable),
    #[allow(missing_docs, reason = "clap takes the help from the arguments' type")]
    Rooms(Rooms),
    #[allow(missing_docs, reason = "clap takes the help from the arguments' type")]
    CatchUp(CatchUp),
    #[allow(missing_docs, reason = "clap takes the help from the arguments' type")]
    Storm(Storm),
}

/// Runs all of them. Whichever cannot be measured here takes nothing from the others, which took minutes.
macro_rules! each {
    ($setup:ident, $table:ident, $is_whole:ident, $($workload:ident),*) => {$(
        if let Err(fault) = plain::<$workload>()?.run(&$setup, &mut $table).await {
            let name = stringify!($workload);
            $table.note(format!("{name} could not be measured, or not all of it: {fault}."));
            $is_whole = false;
        }
    )*};
}

/// What came of a run.
#[derive(Clone, Debug)]
pub struct Report {
    /// The section to print.
    pub section: String,
    /// Whether all that was asked for could be measured; else a note in the section says what could not.
    pub is_whole: bool,
}

/// Runs what was asked for.
///
/// # Errors
/// A server or a client failed. Where all workloads were asked for, the report says so instead.
pub async fn run(cli: &Cli) -> Result<Report, Fault> {
    let setup = setup(cli)?;
    let mut programs = Vec::new();
    if setup.entrants.iter().any(|entrant| entrant.is_ours()) {
        programs.push((Entrant::Disk, setup.keyroom.as_path()));
    }
    let peers = setup.peers.iter().filter(|(peer, _)| setup.entrants.contains(peer));
    programs.extend(peers.map(|(peer, program)| (*peer, program.as_path())));
    let circumstances = circumstances(&programs, &setup.dir);
    let (mut table, mut is_whole) = (Table::new(&setup.entrants), true);
    match &cli.command {
        Command::All => {
            each!(setup, table, is_whole, Idle, Ping, Fanout, Durable, Rooms, CatchUp, Storm);
        }
        Command::Idle(idle) => idle.run(&setup, &mut table).await?,
        Command::Fanout(fanout) => fanout.run(&setup, &mut table).await?,
        Command::Ping(ping) => ping.run(&setup, &mut table).await?,
        Command::Durable(durable) => durable.run(&setup, &mut table).await?,
        Command::Rooms(rooms) => rooms.run(&setup, &mut table).await?,
        Command::CatchUp(catch_up) => catch_up.run(&setup, &mut table).await?,
        Command::Storm(storm) => storm.run(&setup, &mut table).await?,
    }
    let section = format!("## Relay under load\n\n{circumstances}\n\n{}", table.markdown());
    if cli.write {
        append_to_docs(&section)?;
    }
    Ok(Report { section, is_whole })
}

/// A workload as it is without options.
fn plain<W: Args>() -> Result<W, Fault> {
    let command = W::augment_args(clap::Command::new("plain"));
    let parsed = command.try_get_matches_from(["plain"]).and_then(|matches| W::from_arg_matches(&matches));
    parsed.map_err(|error| Fault::Setup(error.to_string()))
}

fn setup(cli: &Cli) -> Result<Setup, Fault> {
    let named = [
        (Entrant::Nats, &cli.nats),
        (Entrant::Mosquitto, &cli.mosquitto),
        (Entrant::Ejabberd, &cli.ejabberd),
    ];
    let found = |(peer, named): (Entrant, &Option<PathBuf>)| {
        Some((peer, named.clone().or_else(|| in_path(peer.program()))?))
    };
    let peers: Vec<(Entrant, PathBuf)> = named.into_iter().filter_map(found).collect();
    let all = [Entrant::Memory, Entrant::Disk].into_iter().chain(peers.iter().map(|(peer, _)| *peer));
    let entrants = if cli.entrants.is_empty() { all.collect() } else { cli.entrants.clone() };
    let here = |entrant: &Entrant| entrant.is_ours() || peers.iter().any(|(peer, _)| peer == entrant);
    if let Some(missing) = entrants.iter().find(|entrant| !here(entrant)) {
        let (program, name) = (missing.program(), missing.name());
        return Err(Fault::Setup(format!("{program} is not in the path; name it with the option of {name}")));
    }
    let keyroom = match &cli.keyroom {
        Some(keyroom) => keyroom.clone(),
        None if entrants.iter().any(|entrant| entrant.is_ours()) => built()?,
        None => PathBuf::new(),
    };
    Ok(Setup { keyroom, peers, dir: cli.dir.clone(), entrants })
}

/// Our program beside this one.
fn built() -> Result<PathBuf, Fault> {
    let own = std::env::current_exe()?;
    let keyroom = own.with_file_name("keyroom");
    if !keyroom.is_file() {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let status = process::Command::new(cargo)
            .args(["build", "--release", "-p", "keyroom", "--no-default-features"])
            .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")))
            .status()?;
        if !status.success() || !keyroom.is_file() {
            return Err(Fault::Setup("keyroom could not be built; name it with --keyroom".to_owned()));
        }
    }
    Ok(keyroom)
}

fn in_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // Where systems keep the programs of services, which is not in everybody's path.
    let dirs = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    dirs.map(|dir| dir.join(program)).find(|file| file.is_file())
}
