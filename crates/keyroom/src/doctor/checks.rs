//! What is looked at.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::SystemTime;

use keyroom_client::{Profile, RoomRecord, SharedProfile, Stage, reach, reachable};
use keyroom_types::{Timestamp, text};

use super::{Finding, Level};
use crate::cli::Global;
use crate::failure::Failure;
use crate::plain::json::rfc3339;
use crate::profile_rooms::stage;
use crate::{hardening, profile, sealed, window};

/// Takes a finding and prints it.
type Tell<'a> = dyn FnMut(&Finding) -> Result<(), Failure> + 'a;

/// This program and the process that it is.
pub(super) fn program(tell: &mut Tell<'_>) -> Result<(), Failure> {
    let version = env!("CARGO_PKG_VERSION");
    let (system, processor) = (std::env::consts::OS, std::env::consts::ARCH);
    let window = if !cfg!(feature = "gui") {
        "this build has no window"
    } else if window::is_possible() {
        "a window can open"
    } else {
        "there is no display for a window"
    };
    tell(&Finding::new(
        "program",
        Level::Note,
        format!("Keyroom {version}, {system} on {processor}; {window}."),
    ))?;
    tell(&match hardening::is_memory_closed() {
        Some(true) => Finding::new(
            "memory",
            Level::Good,
            "No core dumps are written, and other programs of this user cannot look into this one.",
        ),
        Some(false) => Finding::new(
            "memory",
            Level::Warning,
            "This system does not let the program close its memory to others.",
        )
        .next("Whoever runs programs as this user may read keys there while Keyroom runs."),
        None => Finding::new(
            "memory",
            Level::Note,
            "This system has no way to close the memory to other programs.",
        ),
    })
}

/// The profile: where, who else may read it, and whether all of it is whole.
pub(super) fn profile(global: &Global, tell: &mut Tell<'_>) -> Result<Option<SharedProfile>, Failure> {
    if global.ephemeral {
        tell(&Finding::new("profile", Level::Note, "None was looked at, as --ephemeral says."))?;
        return Ok(None);
    }
    let Some(dir) = profile::directory(global) else {
        let none =
            Finding::new("profile", Level::Warning, "There is no home directory to keep a profile in.");
        tell(&none.next("Choose a directory with --profile DIR; else nothing is kept."))?;
        return Ok(None);
    };
    let shown = dir.display().to_string();
    if !Profile::exists(&dir) {
        tell(&Finding::new("profile", Level::Note, format!("There is none in {shown} yet.")))?;
        return Ok(None);
    }
    match open_to_others(&dir) {
        Some(open) => {
            let text = format!("Other users of this computer may open {}.", open.display());
            let next = format!("Close it: chmod -R go= '{shown}'. It is encrypted all the same.");
            tell(&Finding::new("files", Level::Bad, text).next(next))?;
        }
        None => {
            tell(&Finding::new("files", Level::Good, format!("Nobody else may open what is in {shown}.")))?;
        }
    }
    let shared = match profile::open(global) {
        Ok(shared) => shared,
        Err(failure) => {
            tell(&Finding::new("profile", Level::Bad, failure.to_string()))?;
            return Ok(None);
        }
    };
    let checked = shared.lock().check();
    match checked {
        Ok(()) => {
            tell(&Finding::new(
                "profile",
                Level::Good,
                "All of it was read, and nothing is damaged or missing.",
            ))?;
        }
        Err(damage) => {
            let next = "Save what can be read: keyroom export ROOM > ROOM.jsonl, for each room. Then put back a copy of the \
                        directory, or move it away and enter your rooms again with new invites.";
            tell(&Finding::new("profile", Level::Bad, format!("It is damaged: {damage}.")).next(next))?;
        }
    }
    Ok(Some(shared))
}

/// The rooms of the profile and their relays.
pub(super) fn rooms(
    profile: &SharedProfile,
    offline: bool,
    tell: &mut Tell<'_>,
) -> Result<Vec<RoomRecord>, Failure> {
    let rooms = match sealed::rooms(profile) {
        Ok(rooms) => rooms,
        Err(failure) => {
            tell(&Finding::new("rooms", Level::Bad, failure.to_string()))?;
            return Ok(Vec::new());
        }
    };
    if rooms.is_empty() {
        tell(&Finding::new("rooms", Level::Note, "No rooms are known."))?;
    }
    for record in &rooms {
        tell(&room(record, offline))?;
    }
    Ok(rooms)
}

fn room(record: &RoomRecord, offline: bool) -> Finding {
    let name = text::one_line(&record.name);
    let (level, next) = match record.stage {
        Stage::Forked => {
            (Level::Bad, Some("Tell the others over another way, and open a new room elsewhere."))
        }
        Stage::Member | Stage::Waiting if record.unsure.is_some() => {
            (Level::Bad, Some("Open it: it says what happened, and how to enter again."))
        }
        Stage::Member | Stage::Waiting => (Level::Good, None),
        _ => (Level::Note, None),
    };
    let state = stage(record.stage);
    if let Some(next) = next {
        return Finding::new("room", level, format!("{name}: {state}, and nothing is sent.")).next(next);
    }
    if level != Level::Good {
        return Finding::new("room", level, format!("{name}: {state}."));
    }
    if record.hosted {
        return Finding::new("room", level, format!("{name}: {state}, hosted on this computer."));
    }
    if offline {
        return Finding::new(
            "room",
            level,
            format!("{name}: {state}. Its relay was not tried, as --offline says."),
        );
    }
    relay(record, &format!("{name}: {state}"))
}

/// Whether the room's relay answers, and is the one that the room trusts.
fn relay(record: &RoomRecord, begin: &str) -> Finding {
    match reach(record) {
        Some(Ok((address, tls))) => {
            let text = format!("{begin}. Its relay answers at {address} ({}, {}).", tls.version, tls.group);
            if tls.is_post_quantum {
                Finding::new("room", Level::Good, text)
            } else {
                Finding::new("room", Level::Warning, text).next(
                    "The way to it is not hybrid (post-quantum); messages are sealed inside it all the same. Ask its operator.",
                )
            }
        }
        Some(Err(error)) if error.is_distrust() => {
            Finding::new("room", Level::Bad, format!("{begin}. What answers is not its relay: {error}."))
                .next("Nothing was sent to it. Ask for a new invite over a way that you trust.")
        }
        Some(Err(error)) => {
            Finding::new("room", Level::Warning, format!("{begin}. Its relay does not answer: {error}."))
                .next(
                    "Messages wait until it does. Its host may be off, or this computer in another network.",
                )
        }
        None => Finding::new("room", Level::Warning, format!("{begin}. No address of its relay is known."))
            .next("Enter it again with a new invite."),
    }
}

/// The clock, against the newest that rooms have seen.
pub(super) fn clock(rooms: &[RoomRecord], tell: &mut Tell<'_>) -> Result<(), Failure> {
    let now = SystemTime::now();
    let here = Timestamp::from(now);
    let shown = rfc3339(now);
    let newest = rooms.iter().filter_map(|record| record.cursor).map(|cursor| cursor.time).max();
    tell(&match newest {
        Some(newest) if newest > here.plus_millis(SKEW_MS) => {
            let text = format!("It is {shown} here, and relays had a later time already.");
            Finding::new("clock", Level::Bad, text)
                .next("Set the clock: else invites that are over seem valid, and keys are renewed too late.")
        }
        None => {
            Finding::new("clock", Level::Note, format!("It is {shown}; there is no room to compare it with."))
        }
        Some(_) => Finding::new(
            "clock",
            Level::Good,
            format!("It is {shown}, and no relay of a room was ahead of that."),
        ),
    })
}

/// How others reach this computer.
pub(super) fn network(global: &Global, tell: &mut Tell<'_>) -> Result<(), Failure> {
    let any = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), PORT);
    let addresses: Vec<String> = reachable(&[any]).iter().map(|address| address.host().to_string()).collect();
    let only_here = addresses.iter().all(|address| address.starts_with("127."));
    tell(&if only_here {
        Finding::new("network", Level::Warning, "This computer is in no network.")
            .next("Rooms can be hosted for other programs on it only.")
    } else {
        Finding::new(
            "network",
            Level::Good,
            format!("Others reach this computer at {}.", addresses.join(", ")),
        )
        .next("Where they do not, a firewall is in the way, or they are in another network.")
    })?;
    if global.no_discovery {
        tell(&Finding::new(
            "discovery",
            Level::Note,
            "Off, as --no-discovery says: a bare key needs an address.",
        ))?;
    }
    Ok(())
}

/// A file below the directory, or the directory, that others than its owner may open.
#[cfg(unix)]
fn open_to_others(dir: &Path) -> Option<std::path::PathBuf> {
    use std::os::unix::fs::PermissionsExt as _;

    let is_open = |path: &Path| path.metadata().is_ok_and(|data| data.permissions().mode() & 0o077 != 0);
    let files = std::fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path());
    std::iter::once(dir.to_owned()).chain(files).find(|path| is_open(path))
}

#[cfg(not(unix))]
fn open_to_others(_: &Path) -> Option<std::path::PathBuf> {
    None
}

/// Clocks of relays may be ahead by so much.
const SKEW_MS: u64 = 5 * 60 * 1000;
/// The port that is listened at unless another is chosen; only addresses are shown.
const PORT: u16 = 9999;
