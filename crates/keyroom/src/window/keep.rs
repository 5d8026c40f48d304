//! The profile behind the window: on disk where it is asked for, else in memory.

use std::fs;
use std::path::{Path, PathBuf};

use keyroom_client::{Cost, Profile, ProfileError, SharedProfile};
use zeroize::Zeroizing;

use crate::cli::Global;
use crate::failure::Failure;

/// A profile, and where a relay in this process keeps the rooms that it hosts.
pub(super) struct Kept {
    pub(super) profile: SharedProfile,
    /// `None`: nothing is kept on disk.
    pub(super) relay: Option<PathBuf>,
}

/// Opens the profile that the options name, or makes it; without one nothing is kept.
pub(super) fn open(global: &Global) -> Result<Kept, Failure> {
    let cannot = |error: ProfileError| Failure::failed(format!("The profile cannot be opened: {error}."));
    if global.ephemeral {
        return in_memory().map_err(cannot);
    }
    let (dir, file) = match (&global.profile, &global.passphrase_file) {
        (None, None) => return in_memory().map_err(cannot),
        (Some(dir), Some(file)) => (dir, file),
        _ => {
            return Err(Failure::usage(
                "The window keeps a profile on disk with --profile DIR and --passphrase-file F together. \
                 Without both, or with --ephemeral, nothing is kept.",
            ));
        }
    };
    let passphrase = passphrase(file)?;
    let profile = if Profile::exists(dir) {
        Profile::open(dir, &passphrase)
    } else {
        Profile::create(dir, &passphrase, Cost::default())
    };
    let relay = dir.join(RELAY);
    Ok(Kept {
        profile: SharedProfile::new(profile.map_err(cannot)?, Some(relay.clone())),
        relay: Some(relay),
    })
}

fn in_memory() -> Result<Kept, ProfileError> {
    Ok(Kept { profile: SharedProfile::new(Profile::ephemeral()?, None), relay: None })
}

/// The first line of the file.
fn passphrase(file: &Path) -> Result<Zeroizing<String>, Failure> {
    let text = fs::read_to_string(file).map(Zeroizing::new).map_err(|error| {
        Failure::usage(format!("The passphrase file {} cannot be read: {error}.", file.display()))
    })?;
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        return Err(Failure::usage(format!("The passphrase file {} is empty.", file.display())));
    }
    Ok(Zeroizing::new(line.to_owned()))
}

/// The relay's data, in the profile's directory.
const RELAY: &str = "relay";
