//! A copy of all that a relay keeps, made while it runs.
//!
//! The rooms are copied first, as they are at one moment, and the files behind them: a message that names a file is
//! written after its file is whole, so what the copied rooms name is there. Keys do not change.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use keyroom_store::{Copied, CopyError, copy_store};

use crate::private;

/// What was copied.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct BackedUp {
    /// Rooms.
    pub rooms: u64,
    /// Envelopes in their logs.
    pub envelopes: u64,
    /// Whole files that members sent.
    pub files: u64,
    /// Bytes of all of it.
    pub bytes: u64,
}

/// Why there is no backup. Each says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackUpError {
    /// Something has that name already.
    #[error(
        "{0} is there already, and a backup is never written over something. Choose a new directory with --to DIR"
    )]
    There(PathBuf),
    /// No relay keeps its data there.
    #[error(
        "there is no relay's data in {0}. Name its directory with --data DIR, or its configuration with --config F"
    )]
    NoData(PathBuf),
    /// The rooms could not be copied.
    #[error("the rooms in {dir} cannot be copied: {error}. {advice}")]
    Rooms {
        /// Where they are.
        dir: PathBuf,
        /// Why.
        error: CopyError,
        /// What to do.
        advice: &'static str,
    },
    /// A file could not be read or written.
    #[error("{path} cannot be copied: {error}. Check its permissions, and whether there is space")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

/// Copies the data directory `data` of a relay, which may run, to `to`, which is there only once it is whole. A relay that is
/// started with `to` as its data directory is this one as it was.
///
/// # Errors
/// Says what is in the way and what to do; `to` is not there then.
pub fn back_up(data: &Path, to: &Path) -> Result<BackedUp, BackUpError> {
    if fs::symlink_metadata(to).is_ok() {
        return Err(BackUpError::There(to.to_owned()));
    }
    if !data.join("rooms").is_dir() {
        return Err(BackUpError::NoData(data.to_owned()));
    }
    let unfinished = unfinished(to);
    // Left by a backup that was interrupted.
    match fs::remove_dir_all(&unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(file(&unfinished)(error)),
        _ => {}
    }
    let copied = fill(data, &unfinished).and_then(|copied| {
        fs::rename(&unfinished, to).map_err(file(to))?;
        sync(to.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new(".")))?;
        Ok(copied)
    });
    if copied.is_err() {
        let _ = fs::remove_dir_all(&unfinished);
    }
    copied
}

fn fill(data: &Path, to: &Path) -> Result<BackedUp, BackUpError> {
    private::dir(to).map_err(file(to))?;
    let rooms = data.join("rooms");
    let Copied { rooms, envelopes, bytes } = copy_store(&rooms, to.join("rooms")).map_err(|error| {
        let advice = match error {
            CopyError::Full => "Choose a place with more space with --to DIR",
            CopyError::Damaged(_) => "Look at the disk, and keep the backup before this one",
            CopyError::NewerSchema => "Use the version of the program that the relay has",
            _ => "Run this as the user that the relay runs as",
        };
        BackUpError::Rooms { dir: rooms, error, advice }
    })?;
    let mut copied = BackedUp { rooms, envelopes, files: 0, bytes };
    for name in ["log.key", "ticket.key"] {
        copied.bytes += copy(&data.join(name), &to.join(name))?.unwrap_or(0);
    }
    copied.bytes += copy_dir(&data.join("tls"), &to.join("tls"), |_| true)?.1;
    // What is only a part is sent again.
    let whole = |path: &Path| path.extension().is_some_and(|kind| kind == "file");
    let (files, bytes) = copy_dir(&data.join("files"), &to.join("files"), whole)?;
    (copied.files, copied.bytes) = (files, copied.bytes + bytes);
    sync(to)?;
    Ok(copied)
}

/// Copies the files of a directory, if there is one: how many, and their bytes.
fn copy_dir(from: &Path, to: &Path, wanted: impl Fn(&Path) -> bool) -> Result<(u64, u64), BackUpError> {
    let listing = match fs::read_dir(from) {
        Ok(listing) => listing,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((0, 0)),
        Err(error) => return Err(file(from)(error)),
    };
    private::dir(to).map_err(file(to))?;
    let (mut count, mut bytes) = (0, 0);
    for entry in listing {
        let entry = entry.map_err(file(from))?;
        if wanted(&entry.path())
            && let Some(copied) = copy(&entry.path(), &to.join(entry.file_name()))?
        {
            (count, bytes) = (count + 1, bytes + copied);
        }
    }
    sync(to)?;
    Ok((count, bytes))
}

/// Copies a file for its owner only, and makes it durable; `None` if it is gone, as a file whose time was over is.
fn copy(from: &Path, to: &Path) -> Result<Option<u64>, BackUpError> {
    let mut source = match File::open(from) {
        Ok(source) => source,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(file(from)(error)),
    };
    let mut target = private::create(to).map_err(file(to))?;
    let bytes = io::copy(&mut source, &mut target).map_err(file(to))?;
    target.sync_all().map_err(file(to))?;
    Ok(Some(bytes))
}

fn sync(dir: &Path) -> Result<(), BackUpError> {
    private::sync_dir(dir).map_err(file(dir))
}

fn file(path: &Path) -> impl Fn(io::Error) -> BackUpError + use<> {
    let path = path.to_owned();
    move |error| BackUpError::File { path: path.clone(), error }
}

/// Beside the backup, where a rename puts it in its place.
fn unfinished(to: &Path) -> PathBuf {
    let mut name: OsString = to.as_os_str().to_owned();
    name.push(".unfinished");
    name.into()
}
