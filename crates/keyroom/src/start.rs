//! Which command was asked for, in which face, and with which exit code it ends.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::{Cli, FaceArgs, Global, HostArgs, JoinArgs, Ui, Verb};
use crate::failure::Failure;
use crate::{doctor, fernet, inspect, plain, profile_rooms, relay, visit, window};

/// Runs the whole program.
pub(crate) fn run() -> ExitCode {
    let Cli { global, command } = Cli::parse();
    let result = match &command {
        None => desktop(&global),
        Some(Verb::Host(args)) => host(&global, args),
        Some(Verb::Join(args)) => join(&global, args),
        Some(Verb::Rooms(args)) => profile_rooms::rooms(&global, args),
        Some(Verb::Members(args)) => profile_rooms::members(&global, args),
        Some(Verb::Export(args)) => profile_rooms::export(&global, args),
        Some(Verb::Search(args)) => profile_rooms::search(&global, args),
        Some(Verb::Invite(args)) => visit::invite(&global, args),
        Some(Verb::Remove(args)) => visit::remove(&global, args),
        Some(Verb::Admit(args)) => visit::answer(&global, args, visit::Answer::Admit),
        Some(Verb::Decline(args)) => visit::answer(&global, args, visit::Answer::Decline),
        Some(Verb::Send(args)) => visit::send(&global, args),
        Some(Verb::Listen(args)) => visit::listen(&global, args),
        Some(Verb::Inspect(args)) => inspect::run(&global, args),
        Some(Verb::Doctor(args)) => doctor::run(&global, args),
        Some(Verb::Relay(args)) => relay::run(&global, args),
        Some(Verb::Fernet { verb }) => fernet::run(verb),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Where standard error is closed, the exit code still tells.
            let _ = writeln!(std::io::stderr(), "keyroom: {failure}");
            failure.code()
        }
    }
}

/// `keyroom` alone: the window, or a room in the terminal where no window can open.
fn desktop(global: &Global) -> Result<(), Failure> {
    if window::is_possible() {
        return window::open(global, window::First::Start);
    }
    let _ = writeln!(
        std::io::stderr(),
        "There is no display here, so no window can open. Hosting a room in this terminal instead:\n\
         a line you type is a message, Ctrl-C leaves. Others enter with: keyroom join"
    );
    let Cli { command, .. } = Cli::parse_from(["keyroom", "host", "--ui", "plain"]);
    match command {
        Some(Verb::Host(args)) => plain::host_sealed(global, &args),
        _ => Err(Failure::usage("Say what to do: keyroom host, or keyroom join.")),
    }
}

fn host(global: &Global, args: &HostArgs) -> Result<(), Failure> {
    match face(&args.face)? {
        Chosen::Window => window::open(global, window::First::Host(args)),
        Chosen::Plain if args.face.fernet => plain::host(global, args),
        Chosen::Plain => plain::host_sealed(global, args),
    }
}

fn join(global: &Global, args: &JoinArgs) -> Result<(), Failure> {
    if let Some(address) = &args.address {
        crate::secret::refuse_in_argument(address)?;
    }
    match face(&args.face)? {
        Chosen::Window => window::open(global, window::First::Join(args)),
        Chosen::Plain => plain::join(global, args),
    }
}

enum Chosen {
    Window,
    Plain,
}

fn face(args: &FaceArgs) -> Result<Chosen, Failure> {
    match args.ui {
        Some(Ui::Tui) => Err(Failure::usage(
            "The drawn terminal face is not part of this version. Use --ui plain or --ui gui.",
        )),
        Some(Ui::Gui) if args.json => {
            Err(Failure::usage("--json writes lines, so it goes with --ui plain, not with the window."))
        }
        Some(Ui::Gui) => Ok(Chosen::Window),
        Some(Ui::Plain) => Ok(Chosen::Plain),
        None if args.json || !window::is_possible() => Ok(Chosen::Plain),
        None => Ok(Chosen::Window),
    }
}
