//! The directory that a store lives in: who may look inside, and that one store at a time has it.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use super::OpenError;

/// A directory that this process alone has open.
#[derive(Debug)]
pub(super) struct Files {
    dir: PathBuf,
    /// Locked as long as it is open; the system lets go of it however the process ends.
    _lock: File,
}

impl Files {
    /// Makes the directory if need be and takes it.
    pub(super) fn take(dir: &Path) -> Result<Self, OpenError> {
        match make_private_dir(dir) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists && !dir.is_dir() => {
                return Err(OpenError::NotADirectory);
            }
            Err(error) if error.kind() == ErrorKind::NotADirectory => return Err(OpenError::NotADirectory),
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error.into()),
            _ => {}
        }
        let lock = private_file(&dir.join(LOCK))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(OpenError::InUse),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        // SQLite gives its other files the mode of this one, whatever the umask.
        private_file(&dir.join(DATABASE))?;
        JOURNAL.iter().try_for_each(|name| private_file(&dir.join(name)).map(drop))?;
        sync_dir(dir)?;
        Ok(Self { dir: dir.to_owned(), _lock: lock })
    }

    pub(super) fn database(&self) -> PathBuf {
        self.dir.join(DATABASE)
    }

    /// The two files of the journal, and what is in each.
    pub(super) fn journal(&self) -> io::Result<([File; 2], [Vec<u8>; 2])> {
        let [one, other] = JOURNAL.map(|name| private_file(&self.dir.join(name)));
        Ok(([one?, other?], read_journal(&self.dir)?))
    }

    /// Whether there is no room for a small file: SQLite reports some full disks as disks that fail.
    pub(super) fn is_full(&self) -> bool {
        let path = self.dir.join(PROBE);
        let probe = || -> io::Result<()> {
            let mut file = private_file(&path)?;
            file.write_all(&[0; PROBE_BYTES])?;
            file.sync_all()
        };
        let answer = probe();
        // A probe that stays is overwritten by the next.
        let _ = fs::remove_file(&path);
        answer.is_err_and(|error| is_full(&error))
    }
}

/// What is in both files of the journal in that directory; nothing in one that is not there.
pub(super) fn read_journal(dir: &Path) -> io::Result<[Vec<u8>; 2]> {
    let read = |name| match fs::read(dir.join(name)) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        result => result,
    };
    let [one, other] = JOURNAL.map(read);
    Ok([one?, other?])
}

/// Whether the disk, or what this user may have of it, is used up.
pub(super) fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
}

/// Makes a directory that only its owner can enter, whatever the umask. One that is there keeps its mode: it may be
/// somebody's choice, and what we put inside is closed by itself.
pub(super) fn make_private_dir(dir: &Path) -> io::Result<()> {
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
pub(super) fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(file)
}

/// Writes all of the bytes at that place of a file.
pub(super) fn write_at(file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    #[cfg(unix)]
    return std::os::unix::fs::FileExt::write_all_at(file, bytes, at);
    #[cfg(not(unix))]
    {
        let mut file = file;
        io::Seek::seek(&mut file, io::SeekFrom::Start(at))?;
        file.write_all(bytes)
    }
}

/// Makes the names in a directory durable. Other systems have no such call, and need none.
pub(super) fn sync_dir(dir: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(dir)?.sync_all() } else { Ok(()) }
}

pub(super) const DATABASE: &str = "rooms.db";
const JOURNAL: [&str; 2] = ["journal-0", "journal-1"];
const LOCK: &str = "lock";
const PROBE: &str = "probe";

/// More than one page of any file system, less than anybody would miss.
const PROBE_BYTES: usize = 64 << 10;
