//! The plain face: lines in, lines out. Also with `--json`, one object per event.

pub(crate) mod face;
pub(crate) mod json;
mod lines;
pub(crate) mod session;

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::thread;

use keyroom_client::{Command, Config, Engine, Event, MemoryHistory, RoomId, SharedProfile};
use keyroom_types::Label;

use crate::cli::{FaceArgs, Global, HostArgs, JoinArgs};
use crate::failure::Failure;
use crate::input::{Line, Lines};
use crate::profile::{self, Open};
use crate::room::{Stdin, Told};
use crate::secret::{self, Opener};
use crate::{interrupt, room, sealed};
use face::Face;
use json::JsonFace;
use lines::LineFace;
use session::{Kind, Session, Setup};

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

/// `keyroom host --fernet` without a window.
pub(crate) fn host(global: &Global, args: &HostArgs) -> Result<(), Failure> {
    let mut stdin = Lines::stdin();
    let options = room::host_options(args, !global.no_discovery, &mut stdin)?;
    drop(stdin);
    let (engine, happenings, happen) = start(global, None)?;
    leave_on_signal(&happen)?;
    let setup = setup(global, &args.face, options.name.clone(), Kind::Fernet);
    let room = engine.host(options);
    Session::new(engine, room, setup).run(face(args.face.json), &happenings, happen)
}

/// `keyroom host` of a sealed room.
pub(crate) fn host_sealed(global: &Global, args: &HostArgs) -> Result<(), Failure> {
    let Open { profile, warning } = profile::open_or_make(global, args.memory)?;
    let mut stdin = Lines::stdin();
    let begin = sealed::begin(args, !global.no_discovery, &profile, &mut stdin)?;
    drop(stdin);
    let (engine, happenings, happen) = start(global, Some(profile))?;
    leave_on_signal(&happen)?;
    let mut setup = setup(global, &args.face, begin.name.clone(), Kind::SealedHost { ask: begin.ask });
    setup.remarks.extend(warning.map(|text| ("not_kept", text.to_owned())));
    setup.remarks.extend(begin.remark());
    let room = begin.send(&engine);
    Session::new(engine, room, setup).run(face(args.face.json), &happenings, happen)
}

/// `keyroom join` without a window.
pub(crate) fn join(global: &Global, args: &JoinArgs) -> Result<(), Failure> {
    let mut stdin = Lines::stdin();
    let told = room::join_told(args, &mut stdin)?;
    if args.face.fernet {
        return join_fernet(global, args, told, stdin);
    }
    let fernet = |opener: &Opener| opener.is_fernet() == Some(true);
    if told.opener.as_ref().is_some_and(fernet) {
        return join_fernet(global, args, told, stdin);
    }
    let opener = match told.opener {
        Some(opener) => opener,
        None => secret::from_line(&mut stdin, "Paste the invite or the key: ")?,
    };
    if fernet(&opener) {
        return join_fernet(global, args, Told { opener: Some(opener), ..told }, stdin);
    }
    drop(stdin);
    let Open { profile, warning } = profile::open_or_make(global, false)?;
    let options = sealed::join_options(args, opener, told.addresses)?;
    let (engine, happenings, happen) = start(global, Some(profile))?;
    leave_on_signal(&happen)?;
    let mut setup = setup(global, &args.face, room::label("Room"), Kind::SealedGuest);
    setup.remarks.extend(warning.map(|text| ("not_kept", text.to_owned())));
    let room = RoomId::fresh();
    engine.send(Command::JoinSealed { room, options: Box::new(options) });
    Session::new(engine, room, setup).run(face(args.face.json), &happenings, happen)
}

fn join_fernet(global: &Global, args: &JoinArgs, told: Told, mut stdin: Stdin) -> Result<(), Failure> {
    let (engine, happenings, happen) = start(global, None)?;
    let options = room::join_options(args, told, &mut stdin, &engine, &happenings)?;
    drop(stdin);
    leave_on_signal(&happen)?;
    let setup = setup(global, &args.face, options.name.clone(), Kind::Fernet);
    let room = engine.join(options);
    Session::new(engine, room, setup).run(face(args.face.json), &happenings, happen)
}

fn setup(global: &Global, args: &FaceArgs, name: Label, kind: Kind) -> Setup {
    Setup { name, kind, split: args.split(), verbose: global.verbose, remarks: Vec::new() }
}

/// From here on Ctrl-C leaves the room. Not before: at a prompt, the system's own way of ending a program is the
/// right one.
pub(crate) fn leave_on_signal(happen: &mpsc::Sender<Happening>) -> Result<(), Failure> {
    let stop = happen.clone();
    interrupt::first(move || drop(stop.send(Happening::Stop)))
}

/// An engine whose events come out of a channel, and that channel's other end for lines and signals.
pub(crate) fn start(
    global: &Global,
    profile: Option<SharedProfile>,
) -> Result<(Engine, Receiver<Happening>, mpsc::Sender<Happening>), Failure> {
    let (happen, happenings) = mpsc::channel();
    let tell = happen.clone();
    let discovery = !global.no_discovery;
    let config = match profile {
        Some(profile) => Config::with_profile(profile, discovery),
        None => Config { history: Arc::new(MemoryHistory::new()), profile: None, discovery },
    };
    let engine = Engine::start(config, move |event| drop(tell.send(Happening::Engine(event))))
        .map_err(|error| Failure::failed(format!("Keyroom cannot start: {error}.")))?;
    Ok((engine, happenings, happen))
}

pub(crate) fn face(json: bool) -> Box<dyn Face> {
    if json { Box::new(JsonFace::new()) } else { Box::new(LineFace::new()) }
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
