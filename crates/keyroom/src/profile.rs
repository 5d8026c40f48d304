//! The profile that a command works with: found, opened with its passphrase, or made.

use std::fs::File;
use std::io::{self, IsTerminal as _, Read as _, Write as _};
use std::path::{Path, PathBuf};

use keyroom_client::{Cost, Profile, ProfileError, SharedProfile};
use zeroize::Zeroizing;

use crate::cli::Global;
use crate::failure::Failure;

/// A profile that is open.
pub(crate) struct Open {
    pub(crate) profile: SharedProfile,
    /// What must be said about it: that nothing is kept, although nobody asked for that.
    pub(crate) warning: Option<&'static str>,
}

/// Opens the profile for a room to be hosted or joined; where there is none it is made, or nothing is kept. With `memory`
/// the relay of a hosted room keeps nothing on disk.
pub(crate) fn open_or_make(global: &Global, memory: bool) -> Result<Open, Failure> {
    let dir = if global.ephemeral { None } else { directory(global) };
    let Some(dir) = dir else {
        let warning = (!global.ephemeral).then_some(NO_HOME);
        return Ok(Open { profile: in_memory()?, warning });
    };
    let share = |profile| SharedProfile::new(profile, (!memory).then(|| dir.join(RELAY)));
    if Profile::exists(&dir) {
        return Ok(Open { profile: share(unlock(global, &dir)?), warning: None });
    }
    let passphrase = match &global.passphrase_file {
        Some(file) => Some(from_file(file)?),
        None if io::stdin().is_terminal() => choose(&dir)?,
        None => return Ok(Open { profile: in_memory()?, warning: Some(NOT_KEPT) }),
    };
    match passphrase {
        Some(passphrase) => Ok(Open { profile: share(make(&dir, &passphrase)?), warning: None }),
        None => Ok(Open { profile: in_memory()?, warning: None }),
    }
}

/// Opens the profile that is there, for commands that mean nothing without one.
pub(crate) fn open(global: &Global) -> Result<SharedProfile, Failure> {
    if global.ephemeral {
        return Err(Failure::usage(
            "With --ephemeral there is no profile, and this command is about the rooms of one. Leave --ephemeral out.",
        ));
    }
    let dir = directory(global)
        .ok_or_else(|| Failure::failed(format!("{NO_HOME} Choose one with --profile DIR.")))?;
    if !Profile::exists(&dir) {
        return Err(failure(&dir, &ProfileError::NoProfile));
    }
    Ok(SharedProfile::new(unlock(global, &dir)?, Some(dir.join(RELAY))))
}

/// The profile of the window: open where a passphrase file says how or nothing is to be kept, else asked for in the window.
#[cfg(feature = "gui")]
pub(crate) fn open_for_window(global: &Global) -> Result<keyroom_gui::Opening, Failure> {
    use keyroom_gui::{Opening, Vault};

    let dir = if global.ephemeral { None } else { directory(global) };
    let Some(dir) = dir else {
        if !global.ephemeral {
            say(NO_HOME);
        }
        return Ok(Opening::Open(in_memory()?));
    };
    let relay = dir.join(RELAY);
    let Some(file) = &global.passphrase_file else {
        return Ok(Opening::Ask(Vault { folder: dir, relay, cost: Cost::default() }));
    };
    let profile = if Profile::exists(&dir) { unlock(global, &dir)? } else { make(&dir, &from_file(file)?)? };
    Ok(Opening::Open(SharedProfile::new(profile, Some(relay))))
}

/// Where the profile is. `None` where the platform names no place.
pub(crate) fn directory(global: &Global) -> Option<PathBuf> {
    global.profile.clone().or_else(|| Some(keyroom_relay::data_home()?.join("profile")))
}

fn in_memory() -> Result<SharedProfile, Failure> {
    let profile = Profile::ephemeral().map_err(|error| {
        Failure::failed(format!("No profile can be kept in memory: {error}. Close other programs."))
    })?;
    Ok(SharedProfile::new(profile, None))
}

fn unlock(global: &Global, dir: &Path) -> Result<Profile, Failure> {
    let passphrase = match &global.passphrase_file {
        Some(file) => from_file(file)?,
        None if io::stdin().is_terminal() => ask(&format!("Passphrase of the profile {}: ", dir.display()))?,
        None => {
            return Err(Failure::usage(format!(
                "The profile {} has a passphrase, and there is no terminal to ask for it. Give it with \
                 --passphrase-file F, or choose --ephemeral to keep nothing.",
                dir.display()
            )));
        }
    };
    Profile::open(dir, &passphrase).map_err(|error| failure(dir, &error))
}

fn make(dir: &Path, passphrase: &str) -> Result<Profile, Failure> {
    Profile::create(dir, passphrase, Cost::default()).map_err(|error| failure(dir, &error))
}

/// Lets a person choose a passphrase; `None`: nothing is to be kept.
fn choose(dir: &Path) -> Result<Option<Zeroizing<String>>, Failure> {
    say(&format!(
        "Rooms and messages can be kept on this computer, encrypted with a passphrase, in {}.\n\
         Nobody can get at them without it. An empty one keeps nothing.",
        dir.display()
    ));
    loop {
        let first = ask("Choose a passphrase: ")?;
        if first.is_empty() {
            say("Nothing is kept: the room and its messages are gone here when this program ends.");
            return Ok(None);
        }
        if *first == *ask("The same again: ")? {
            return Ok(Some(first));
        }
        say("These were two different ones.");
    }
}

fn ask(prompt: &str) -> Result<Zeroizing<String>, Failure> {
    rpassword::prompt_password(prompt).map(Zeroizing::new).map_err(|error| {
        Failure::failed(format!("The passphrase cannot be read: {error}. Use --passphrase-file F."))
    })
}

fn say(text: &str) {
    // Where standard error is closed, there is nobody to tell.
    let _ = writeln!(io::stderr(), "{text}");
}

/// The first line of a file.
fn from_file(path: &Path) -> Result<Zeroizing<String>, Failure> {
    let cannot = |why: &dyn std::fmt::Display| {
        Failure::usage(format!("The passphrase file {} cannot be used: {why}.", path.display()))
    };
    let file = File::open(path).map_err(|error| cannot(&error))?;
    // Room for the whole text at once, so that no half-read copy is left behind by a growing buffer.
    let mut text = Zeroizing::new(String::with_capacity(MAX_BYTES + 1));
    let limit = u64::try_from(MAX_BYTES + 1).unwrap_or(u64::MAX);
    file.take(limit).read_to_string(&mut text).map_err(|error| cannot(&error))?;
    if text.len() > MAX_BYTES {
        return Err(cannot(&"it is longer than any passphrase"));
    }
    let line = Zeroizing::new(text.lines().next().unwrap_or_default().to_owned());
    if line.is_empty() { Err(cannot(&"its first line is empty")) } else { Ok(line) }
}

/// What happened, and what to do.
fn failure(dir: &Path, error: &ProfileError) -> Failure {
    let dir = dir.display();
    match error {
        ProfileError::NoProfile => Failure::failed(format!(
            "There is no profile in {dir}, so no rooms are known. Host or join a room first, or name the profile with \
             --profile DIR."
        )),
        ProfileError::WrongPassphrase => Failure::refused(format!(
            "The passphrase does not open the profile {dir}. Try again; without it nobody can get at what is in there."
        )),
        ProfileError::InUse => Failure::failed(format!(
            "The profile {dir} is in use by another Keyroom. Close that one, or choose another with --profile DIR."
        )),
        ProfileError::Damaged(_) | ProfileError::KeyFile(_) => Failure::failed(format!(
            "The profile {dir} cannot be opened: {error}. Put back a copy of the directory, or move it away and enter \
             your rooms again with new invites."
        )),
        ProfileError::Newer { .. } => Failure::failed(format!(
            "The profile {dir} cannot be opened: {error}. Use that version, or choose another with --profile DIR."
        )),
        ProfileError::DiskFull => Failure::failed(format!(
            "The profile {dir} cannot be used: the disk is full. Make room, and try again."
        )),
        _ => Failure::failed(format!(
            "The profile {dir} cannot be used: {error}. Choose another directory with --profile DIR, or --ephemeral."
        )),
    }
}

/// Where the relay of hosted rooms keeps its data, below the profile.
const RELAY: &str = "relay";
/// Longest passphrase in a file.
const MAX_BYTES: usize = 4096;
const NOT_KEPT: &str = "Nothing is kept: there is no profile and no terminal to choose a passphrase at, so the room and its \
     messages are gone here when this program ends. --passphrase-file F makes a profile; --ephemeral says that this is meant.";
const NO_HOME: &str = "There is no home directory to keep a profile in, so nothing is kept.";
