//! The plain face: lines in, lines out. Also with `--json`, one object per event.

mod json;
mod lines;
mod session;

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::thread;

use keyroom_client::{Config, Engine, Event, MemoryHistory};

use crate::cli::{FaceArgs, Global, HostArgs, JoinArgs};
use crate::failure::Failure;
use crate::input::{Line, Lines};
use crate::{interrupt, room};
use json::JsonFace;
use lines::LineFace;
use session::{Face, Session};

/// What the plain face waits for.
#[derive(Debug)]
pub(crate) enum Happening {
    /// The engine has something to tell.
    Engine(Event),
    /// A line was typed.
    Line(Line),
    /// Standard input ended, or cannot be read.
    EndOfInput,
    /// Ctrl-C, or a request to end.
    Stop,
}

/// `keyroom host` without a window.
pub(crate) fn host(global: &Global, args: &HostArgs) -> Result<(), Failure> {
    let mut stdin = Lines::stdin();
    let options = room::host_options(args, !global.no_discovery, &mut stdin)?;
    drop(stdin);
    let (engine, happenings, happen) = start(global)?;
    leave_on_signal(&happen)?;
    let name = options.name.clone();
    let room = engine.host(options);
    let session = Session::new(engine, room, name, args.face.split(), global.verbose);
    session.run(face(&args.face), &happenings, happen)
}

/// `keyroom join` without a window.
pub(crate) fn join(global: &Global, args: &JoinArgs) -> Result<(), Failure> {
    let (engine, happenings, happen) = start(global)?;
    let mut stdin = Lines::stdin();
    let options = room::join_options(args, &mut stdin, &engine, &happenings)?;
    drop(stdin);
    leave_on_signal(&happen)?;
    let name = options.name.clone();
    let room = engine.join(options);
    let session = Session::new(engine, room, name, args.face.split(), global.verbose);
    session.run(face(&args.face), &happenings, happen)
}

/// From here on Ctrl-C leaves the room. Not before: at a prompt, the system's own way of ending a program is the
/// right one.
fn leave_on_signal(happen: &mpsc::Sender<Happening>) -> Result<(), Failure> {
    let stop = happen.clone();
    interrupt::first(move || drop(stop.send(Happening::Stop)))
}

/// An engine whose events come out of a channel, and that channel's other end for lines and signals.
fn start(global: &Global) -> Result<(Engine, Receiver<Happening>, mpsc::Sender<Happening>), Failure> {
    let (happen, happenings) = mpsc::channel();
    let tell = happen.clone();
    let config =
        Config { history: Arc::new(MemoryHistory::new()), profile: None, discovery: !global.no_discovery };
    let engine = Engine::start(config, move |event| drop(tell.send(Happening::Engine(event))))
        .map_err(|error| Failure::failed(format!("Keyroom cannot start: {error}.")))?;
    Ok((engine, happenings, happen))
}

fn face(args: &FaceArgs) -> Box<dyn Face> {
    if args.json { Box::new(JsonFace::new()) } else { Box::new(LineFace::new()) }
}

/// Reads standard input on a thread of its own, one line for each permit, so that a fast writer waits.
fn read_lines(happen: mpsc::Sender<Happening>, permits: Receiver<()>) -> Result<(), Failure> {
    let read = move || {
        let mut stdin = Lines::stdin();
        while permits.recv().is_ok() {
            let happening = match stdin.next() {
                Ok(Some(line)) => Happening::Line(line),
                Ok(None) | Err(_) => Happening::EndOfInput,
            };
            let ended = matches!(happening, Happening::EndOfInput);
            if happen.send(happening).is_err() || ended {
                break;
            }
        }
    };
    thread::Builder::new()
        .name("stdin".into())
        .spawn(read)
        .map(drop)
        .map_err(|error| Failure::failed(format!("Standard input cannot be read: {error}.")))
}
