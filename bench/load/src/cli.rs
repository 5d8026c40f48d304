//! The command line.

use std::path::{Path, PathBuf};
use std::process;

use clap::{Args, Parser, Subcommand};

use crate::table::{append_to_docs, circumstances};
use crate::work::{Durable, Fanout, Idle, Ping, Setup};
use crate::{Entrant, Fault, Table};

/// Puts load on a Keyroom relay and, beside it, on nats-server, and prints a table of both
#[derive(Debug, Parser)]
pub struct Cli {
    /// Our program; else the one beside this, which is built where it is missing
    #[arg(long, global = true, value_name = "FILE")]
    pub keyroom: Option<PathBuf>,
    /// The peer's program; else `nats-server` of the path
    #[arg(long, global = true, value_name = "FILE")]
    pub nats: Option<PathBuf>,
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
}

/// Runs what was asked for, and gives the section to print.
///
/// # Errors
/// A server or a client failed; nothing is half measured.
pub async fn run(cli: &Cli) -> Result<String, Fault> {
    let setup = setup(cli)?;
    let takes_part = |ours: bool| setup.entrants.iter().any(|entrant| entrant.is_ours() == ours);
    let programs = [
        takes_part(true).then_some(setup.keyroom.as_path()),
        takes_part(false).then_some(setup.nats.as_path()),
    ];
    let circumstances = circumstances(&programs, &setup.dir);
    let mut table = Table::new(&setup.entrants);
    match &cli.command {
        Command::All => {
            plain::<Idle>()?.run(&setup, &mut table).await?;
            plain::<Ping>()?.run(&setup, &mut table).await?;
            plain::<Fanout>()?.run(&setup, &mut table).await?;
            plain::<Durable>()?.run(&setup, &mut table).await?;
        }
        Command::Idle(idle) => idle.run(&setup, &mut table).await?,
        Command::Fanout(fanout) => fanout.run(&setup, &mut table).await?,
        Command::Ping(ping) => ping.run(&setup, &mut table).await?,
        Command::Durable(durable) => durable.run(&setup, &mut table).await?,
    }
    let section = format!("## Relay under load\n\n{circumstances}\n\n{}", table.markdown());
    if cli.write {
        append_to_docs(&section)?;
    }
    Ok(section)
}

/// A workload as it is without options.
fn plain<W: Args>() -> Result<W, Fault> {
    let command = W::augment_args(clap::Command::new("plain"));
    let parsed = command.try_get_matches_from(["plain"]).and_then(|matches| W::from_arg_matches(&matches));
    parsed.map_err(|error| Fault::Setup(error.to_string()))
}

fn setup(cli: &Cli) -> Result<Setup, Fault> {
    let nats = cli.nats.clone().or_else(|| in_path("nats-server"));
    let entrants = match (&cli.entrants[..], &nats) {
        ([], Some(_)) => vec![Entrant::Memory, Entrant::Disk, Entrant::Nats],
        ([], None) => vec![Entrant::Memory, Entrant::Disk],
        (named, _) => named.to_vec(),
    };
    if nats.is_none() && entrants.contains(&Entrant::Nats) {
        return Err(Fault::Setup("nats-server is not in the path; name it with --nats".to_owned()));
    }
    let keyroom = match &cli.keyroom {
        Some(keyroom) => keyroom.clone(),
        None if entrants.iter().any(|entrant| entrant.is_ours()) => built()?,
        None => PathBuf::new(),
    };
    Ok(Setup { keyroom, nats: nats.unwrap_or_default(), dir: cli.dir.clone(), entrants })
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
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join(program)).find(|file| file.is_file())
}
