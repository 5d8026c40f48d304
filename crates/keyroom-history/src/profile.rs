//! A profile: made, opened, kept.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _};
use zeroize::Zeroizing;

use crate::files::{self, Files};
use crate::locked::Locked;
use crate::tx::Known;
use crate::{
    Cost, Damage, DbError, KeyFileError, ProfileError, Syncer, Tx, key_file, migrate, pragmas, scrub,
};

/// One profile: a SQLCipher database `profile.db`, and `profile.key`, which holds its key, wrapped by a passphrase, in a
/// directory. One process at a time has it open.
#[derive(Debug)]
pub struct Profile {
    // Dropped in this order: the lock on the directory last.
    db: Connection,
    known: Known,
    seed: Locked,
    syncer: Syncer,
    files: Option<Files>,
}

impl Profile {
    /// Whether there is a profile in the directory.
    pub fn exists(dir: &Path) -> bool {
        files::has_profile(dir)
    }

    /// Makes a profile and opens it. Directory and files are open to their owner only, whatever the umask.
    ///
    /// # Errors
    /// What is in the way. A directory that is not empty and open to others is left alone.
    pub fn create(dir: &Path, passphrase: &str, cost: Cost) -> Result<Self, ProfileError> {
        if !cost.is_bearable() {
            return Err(KeyFileError::Cost.into());
        }
        let files = Files::take_new(dir)?;
        if files.key().exists() {
            return Err(ProfileError::Exists);
        }
        // Its key may be in a backup: never thrown away.
        if files.database().exists() {
            return Err(KeyFileError::Missing.into());
        }
        let key = Locked::random().map_err(std::io::Error::from)?;
        let mut db = pragmas::open(&files.unfinished()?, &key)?;
        migrate::to_newest(&mut db)?;
        draw_seed(&db)?;
        pragmas::finish(&db)?;
        db.close().map_err(|(_, error)| error)?;
        files.finish()?;
        key_file::write(&files.key(), &key, passphrase, cost)?;
        Self::open_with(files, &key)
    }

    /// Opens the profile in the directory. An older one is brought to the newest form.
    ///
    /// # Errors
    /// What is in the way.
    pub fn open(dir: &Path, passphrase: &str) -> Result<Self, ProfileError> {
        let files = Files::take(dir)?;
        let (key, _) = key_file::read(&files.key(), passphrase)?;
        if !files.database().exists() {
            return Err(ProfileError::Damaged(Damage::Missing));
        }
        Self::open_with(files, &key)
    }

    fn open_with(files: Files, key: &Locked) -> Result<Self, ProfileError> {
        let mut db = pragmas::open(&files.database(), key)?;
        migrate::to_newest(&mut db)?;
        let seed = stored_seed(&db)?;
        let syncer = Syncer::new(Some(files.log()?));
        Ok(Self { db, known: Known::default(), seed, syncer, files: Some(files) })
    }

    /// A profile that leaves nothing on a disk.
    ///
    /// # Errors
    /// Want of memory or of random bytes.
    pub fn ephemeral() -> Result<Self, ProfileError> {
        let mut db = pragmas::in_memory()?;
        migrate::to_newest(&mut db)?;
        draw_seed(&db)?;
        let seed = stored_seed(&db)?;
        Ok(Self { db, known: Known::default(), seed, syncer: Syncer::new(None), files: None })
    }

    /// The profile as it is now, in memory: what a backup of its directory would be.
    ///
    /// # Errors
    /// Want of memory; a profile on a disk cannot be copied so.
    #[cfg(feature = "testing")]
    pub fn copy(&self) -> Result<Self, ProfileError> {
        let mut db = pragmas::in_memory()?;
        rusqlite::backup::Backup::new(&self.db, &mut db)?.step(-1)?;
        let seed = stored_seed(&db)?;
        Ok(Self { db, known: Known::default(), seed, syncer: Syncer::new(None), files: None })
    }

    /// Whether it leaves nothing on a disk.
    pub fn is_ephemeral(&self) -> bool {
        self.files.is_none()
    }

    /// Seed of this device's long-lived identity, drawn when the profile was made.
    pub fn identity_seed(&self) -> Zeroizing<[u8; 32]> {
        let mut seed = Zeroizing::new([0; 32]);
        seed.copy_from_slice(self.seed.bytes());
        seed
    }

    /// Wraps the key by another passphrase, at the same cost. The key itself stays; the old key file may be recoverable
    /// from the disk, and opens a copy of the database with the old passphrase.
    ///
    /// # Errors
    /// What is in the way; the old passphrase is then still the one.
    pub fn change_passphrase(&mut self, dir: &Path, old: &str, new: &str) -> Result<(), ProfileError> {
        // Only what this profile has locked is written to.
        let files = self.files.as_ref().filter(|files| files.is_in(dir)).ok_or(ProfileError::NoProfile)?;
        let (key, cost) = key_file::read(&files.key(), old)?;
        key_file::write(&files.key(), &key, new, cost)
    }

    /// A transaction, rolled back when it is dropped without [`Tx::commit`].
    ///
    /// # Errors
    /// The database's.
    pub fn begin(&mut self) -> Result<Tx<'_>, DbError> {
        if self.log_is_over(LONG_LOG) {
            // Without space for it the log grows, as far as it can.
            let _ = self.checkpoint();
        }
        self.begin_now()
    }

    /// Whether the log is worth a [`Self::checkpoint`] where there is time for one.
    pub fn is_due(&self) -> bool {
        self.log_is_over(DUE_LOG)
    }

    fn log_is_over(&self, bytes: u64) -> bool {
        self.syncer.log().is_some_and(|log| log.metadata().is_ok_and(|log| log.len() > bytes))
    }

    /// As [`Self::begin`], however long the log is: for who must not wait for a checkpoint, as a window's thread. Whoever
    /// writes much takes the other.
    ///
    /// # Errors
    /// The database's.
    pub fn begin_at_once(&mut self) -> Result<Tx<'_>, DbError> {
        self.begin_now()
    }

    fn begin_now(&self) -> Result<Tx<'_>, DbError> {
        Tx::begin(&self.db, &self.known)
    }

    /// Everything that was committed is on the disk after this.
    ///
    /// # Errors
    /// The disk's.
    pub fn sync(&self) -> Result<(), DbError> {
        Ok(self.syncer.sync()?)
    }

    /// What syncs from another thread while this one goes on.
    pub fn syncer(&self) -> Syncer {
        self.syncer.clone()
    }

    /// Moves all that is in the write-ahead log to the database and empties the log: secrets that were replaced, and
    /// messages that were removed since, are gone from both. New messages come into the index of the search, too, so that
    /// the next search need not wait for that. To be called while there is nothing else to do, after an expiry, and where
    /// it [is due](Self::is_due); when the log is very long, [`Self::begin`] does it.
    ///
    /// # Errors
    /// The disk's. Nothing is lost.
    pub fn checkpoint(&mut self) -> Result<(), DbError> {
        let tx = self.begin_now()?;
        tx.index_all()?;
        tx.sweep(SWEEP_PAGES)?;
        tx.commit()?;
        if let Some(log) = self.syncer.log() {
            let tx = self.begin_now()?;
            scrub::scrub(&self.db, log)?;
            tx.commit()?;
        }
        let busy: bool = self.db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        if busy { Err(DbError::Sqlite { code: BUSY }) } else { Ok(()) }
    }

    /// The index of the search differs from the messages while it is written anew.
    fn sweep_all(&mut self) -> Result<(), DbError> {
        loop {
            let tx = self.begin()?;
            let done = tx.sweep(SWEEP_PAGES)?;
            tx.commit()?;
            if done {
                return Ok(());
            }
        }
    }

    /// Reads everything: each page's authentication, the structure, that no entry is missing, that the search knows each
    /// message.
    ///
    /// # Errors
    /// The first damage that was found.
    pub fn check(&mut self) -> Result<(), Damage> {
        self.sweep_all().and_then(|()| self.checkpoint()).map_err(Damage::from)?;
        crate::damage::check(&self.db)
    }
}

impl Drop for Profile {
    /// A log that cannot be emptied now stays for the next time.
    fn drop(&mut self) {
        if self.checkpoint().is_ok() {
            let _ = pragmas::finish(&self.db);
        }
    }
}

fn draw_seed(db: &Connection) -> Result<(), ProfileError> {
    let seed = Locked::random().map_err(std::io::Error::from)?;
    db.execute("INSERT INTO profile VALUES (1, ?1)", [seed.bytes()])?;
    Ok(())
}

fn stored_seed(db: &Connection) -> Result<Locked, ProfileError> {
    let seed: Option<Locked> = db
        .query_row("SELECT seed FROM profile", [], |row| {
            // Straight from SQLite's page to the locked one.
            let stored = row.get_ref(0)?.as_blob()?;
            Ok(<&[u8; 32]>::try_from(stored).ok().map(Locked::copy_of))
        })
        .optional()?
        .flatten();
    seed.ok_or(ProfileError::Damaged(Damage::Value))
}

/// Bytes of the log at which somebody has to wait for a checkpoint.
const LONG_LOG: u64 = 32 << 20;

/// Bytes of the log that are worth moving where there is time. Nobody else gets at the profile meanwhile: a window that wants to
/// draw a message waits as long, so that it must take no longer than a frame may.
const DUE_LOG: u64 = 8 << 20;

/// Pages of the index that a checkpoint writes anew after removals: some 2 MiB, tens of milliseconds.
const SWEEP_PAGES: i64 = 500;

/// SQLite's code for a lock that somebody else holds.
const BUSY: i32 = 5;
