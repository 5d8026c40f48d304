//! The directory that a profile lives in: who may look inside, and that one process at a time has it (attack matrix
//! row 35).

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use crate::ProfileError;

/// A directory that this process alone has open.
#[derive(Debug)]
pub(crate) struct Files {
    dir: PathBuf,
    /// Locked as long as it is open; the system lets go of it however the process ends.
    _lock: File,
}

impl Files {
    /// Makes the directory if need be and takes it.
    pub(crate) fn take_new(dir: &Path) -> Result<Self, ProfileError> {
        if let Some(parent) = dir.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            fs::create_dir_all(parent)?;
        }
        match make_private_dir(dir) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                // Somebody's shared directory is not ours to close.
                let empty = fs::read_dir(dir)?.next().is_none();
                if is_open_to_others(dir)? && !empty {
                    return Err(ProfileError::NotPrivate);
                }
                close_to_others(dir, 0o700)?;
            }
            other => other?,
        }
        Self::lock(dir)
    }

    /// Takes a directory that has a profile in it.
    pub(crate) fn take(dir: &Path) -> Result<Self, ProfileError> {
        if !dir.join(KEY).exists() && !dir.join(DATABASE).exists() {
            return Err(ProfileError::NoProfile);
        }
        close_to_others(dir, 0o700)?;
        let files = Self::lock(dir)?;
        // A copy may have come with other modes.
        for name in [KEY, DATABASE, LOG] {
            close_to_others(&dir.join(name), 0o600)?;
        }
        Ok(files)
    }

    fn lock(dir: &Path) -> Result<Self, ProfileError> {
        let lock = private_file(&dir.join(LOCK), false)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { dir: dir.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(ProfileError::InUse),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }

    pub(crate) fn is_in(&self, dir: &Path) -> bool {
        let real = |dir: &Path| fs::canonicalize(dir).ok();
        real(dir).is_some() && real(dir) == real(&self.dir)
    }

    pub(crate) fn key(&self) -> PathBuf {
        self.dir.join(KEY)
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.dir.join(DATABASE)
    }

    /// Where the database is built. A profile that was not finished leaves this, and no database.
    pub(crate) fn unfinished(&self) -> Result<PathBuf, ProfileError> {
        for name in [UNFINISHED, "unfinished.db-wal", "unfinished.db-journal"] {
            match fs::remove_file(self.dir.join(name)) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
        let path = self.dir.join(UNFINISHED);
        // SQLite gives its other files the mode of this one, whatever the umask.
        private_file(&path, true)?;
        Ok(path)
    }

    /// The database that was built takes its name.
    pub(crate) fn finish(&self) -> Result<(), ProfileError> {
        fs::rename(self.dir.join(UNFINISHED), self.database())?;
        Ok(sync_dir(&self.dir)?)
    }

    /// The write-ahead log, to be synced, and looked through before a checkpoint. It is there as long as the database is open.
    pub(crate) fn log(&self) -> Result<File, ProfileError> {
        let log = OpenOptions::new().read(true).write(true).open(self.dir.join(LOG))?;
        sync_dir(&self.dir)?;
        Ok(log)
    }
}

/// Whether a directory has a profile.
pub(crate) fn has_profile(dir: &Path) -> bool {
    dir.join(KEY).is_file()
}

/// Puts a file in place of another, all or nothing.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = path.with_extension("new");
    let mut file = private_file(&new, true)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    path.parent().map_or(Ok(()), sync_dir)
}

/// Makes a directory that only its owner can enter, whatever the umask.
fn make_private_dir(dir: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)?;
    #[cfg(unix)]
    fs::set_permissions(dir, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    // Without this a power loss could take the whole directory with it.
    match dir.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => sync_dir(parent),
        _ => sync_dir(Path::new(".")),
    }
}

/// Opens or makes a file that only its owner can read, whatever the umask.
fn private_file(path: &Path, empty: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(empty);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(file)
}

#[cfg(unix)]
fn is_open_to_others(path: &Path) -> io::Result<bool> {
    Ok(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(path)?.permissions()) & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open_to_others(_: &Path) -> io::Result<bool> {
    Ok(false)
}

/// Takes others' rights away; what is not there has none.
fn close_to_others(path: &Path, mode: u32) -> Result<(), ProfileError> {
    match is_open_to_others(path) {
        Ok(false) => Ok(()),
        Ok(true) => {
            #[cfg(unix)]
            fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode))
                .map_err(|_| ProfileError::NotPrivate)?;
            let _ = mode;
            Ok(())
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Makes the names in a directory durable. Other systems have no such call, and need none.
fn sync_dir(dir: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(dir)?.sync_all() } else { Ok(()) }
}

const DATABASE: &str = "profile.db";
const LOG: &str = "profile.db-wal";
const KEY: &str = "profile.key";
const LOCK: &str = "profile.lock";
const UNFINISHED: &str = "unfinished.db";
