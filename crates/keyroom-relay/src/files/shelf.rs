//! The files on disk, and what they take of the quotas.
//!
//! A file is `HEX-OF-ITS-ID.part` while it grows and `HEX-OF-ITS-ID.file` when it is whole: the name holds nothing that a
//! client chose but 16 bytes in hex. A head of [`HEAD_BYTES`] before the bytes says whose it is, so that a restart needs
//! no other record.

mod head;

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use head::{HEAD_BYTES, Head};
use keyroom_types::{FileId, RoomId, Timestamp};

use super::{Purpose, Ticket, Tickets};
use crate::quotas::LiveQuotas;
use crate::{Quotas, StartError, private};

/// All files of a relay. Clones are the same shelf.
#[derive(Clone)]
pub(crate) struct Files(Arc<Shelf>);

struct Shelf {
    dir: PathBuf,
    tickets: Arc<Tickets>,
    quotas: LiveQuotas,
    index: Mutex<Index>,
}

#[derive(Default)]
struct Index {
    files: HashMap<FileId, Entry>,
    room_bytes: HashMap<RoomId, u64>,
    bytes: u64,
}

struct Entry {
    head: Head,
    whole: bool,
    /// Raised by every upload that begins, so that one that was left behind by its client stops.
    upload: u64,
    /// Held while something is written.
    writing: Arc<Mutex<()>>,
}

/// How much of a file is there.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Held {
    Nothing,
    Part(u64),
    Whole,
}

/// Why nothing more is taken of a file.
#[derive(Debug)]
pub(super) enum Refusal {
    /// There is a file of that name in another room, or of another size.
    Taken,
    FileBytes,
    RoomFileBytes,
    FilesBytes,
    /// Not the next byte.
    Offset(Held),
    /// Another upload of the same file began.
    Replaced(Held),
    DiskFull(Held),
    Io(io::Error),
}

/// One upload under way.
pub(super) struct Upload {
    files: Files,
    ticket: Ticket,
    number: u64,
}

impl Files {
    /// Opens the shelf below this directory and finds out what is on it.
    pub(crate) fn open(data: &Path, tickets: Arc<Tickets>, quotas: LiveQuotas) -> Result<Self, StartError> {
        let dir = data.join("files");
        private::dir(&dir).map_err(|error| StartError::io("make", &dir, &error))?;
        let mut index = Index::default();
        let listing = fs::read_dir(&dir).map_err(|error| StartError::io("read", &dir, &error))?;
        for entry in listing.flatten() {
            let (path, name) = (entry.path(), entry.file_name());
            let Some((file, whole)) = name.to_str().and_then(read_name) else { continue };
            match Head::read(&path) {
                Ok(Some(head)) if head.file == file => index.add(head, whole),
                // A crash before the head was whole: nothing of the file itself is in it.
                Ok(_) if !whole => drop(fs::remove_file(&path)),
                Ok(_) => tracing::warn!("a file in the data directory is damaged and not served"),
                Err(error) => return Err(StartError::io("read", &path, &error)),
            }
        }
        Ok(Self(Arc::new(Shelf { dir, tickets, quotas, index: Mutex::new(index) })))
    }

    pub(super) fn tickets(&self) -> &Tickets {
        &self.0.tickets
    }

    /// The ticket with the size of its file, if it is one to read: such a ticket names none (`link.proto`, `FileTicket`).
    pub(super) fn sized(&self, ticket: Ticket) -> Ticket {
        match self.lock().files.get(&ticket.file) {
            Some(entry) if ticket.purpose == Purpose::Get => Ticket { size: entry.head.size, ..ticket },
            _ => ticket,
        }
    }

    /// How much of this ticket's file is there.
    pub(super) fn held(&self, ticket: &Ticket) -> io::Result<Held> {
        let whole = match self.lock().files.get(&ticket.file) {
            Some(entry) if entry.head.is_for(ticket) => entry.whole,
            _ => return Ok(Held::Nothing),
        };
        if whole { Ok(Held::Whole) } else { self.part_bytes(ticket).map(Held::Part) }
    }

    /// Begins an upload, or goes on with one; the whole file is counted from its first byte on. An earlier upload of
    /// the same file that is still under way ends.
    pub(super) fn upload(&self, ticket: &Ticket, now: Timestamp) -> Result<Upload, Refusal> {
        let mut index = self.lock();
        if !index.files.contains_key(&ticket.file) {
            index.check_quotas(ticket, &self.0.quotas.get())?;
            let head = Head { room: ticket.room, file: ticket.file, size: ticket.size, begun: now };
            let created = private::create(&self.path(&ticket.file, false))
                .and_then(|mut file| file.write_all(&head.to_bytes()));
            created.map_err(|error| self.after_failed_create(ticket, error))?;
            index.add(head, false);
        }
        let Some(entry) = index.files.get_mut(&ticket.file) else { return Err(Refusal::Taken) };
        if !entry.head.is_for(ticket) {
            return Err(Refusal::Taken);
        }
        entry.upload += 1;
        Ok(Upload { files: self.clone(), ticket: *ticket, number: entry.upload })
    }

    /// Opens a whole file, standing at `start`.
    pub(super) fn open_whole(&self, ticket: &Ticket, start: u64) -> io::Result<File> {
        let mut file = File::open(self.path(&ticket.file, true))?;
        file.seek(SeekFrom::Start(HEAD_BYTES + start))?;
        Ok(file)
    }

    /// Removes what is older than it may get. Returns how many files that were.
    pub(super) fn expire(&self, now: Timestamp, whole_age: Duration, part_age: Duration) -> usize {
        let old = |entry: &Entry| {
            let age = now.as_millis().saturating_sub(entry.head.begun.as_millis());
            u128::from(age) >= if entry.whole { whole_age } else { part_age }.as_millis()
        };
        let mut index = self.lock();
        let gone: Vec<FileId> =
            index.files.iter().filter(|(_, entry)| old(entry)).map(|(file, _)| *file).collect();
        for file in &gone {
            let Some(entry) = index.files.get(file) else { continue };
            let path = self.path(file, entry.whole);
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    tracing::warn!(%error, "a file that is too old cannot be removed");
                }
                _ => index.remove(file),
            }
        }
        gone.len()
    }

    fn after_failed_create(&self, ticket: &Ticket, error: io::Error) -> Refusal {
        // An empty file would be found, and removed, by the next start.
        let _ = fs::remove_file(self.path(&ticket.file, false));
        if is_full(&error) { Refusal::DiskFull(Held::Nothing) } else { Refusal::Io(error) }
    }

    fn part_bytes(&self, ticket: &Ticket) -> io::Result<u64> {
        let length = fs::metadata(self.path(&ticket.file, false))?.len();
        Ok(length.saturating_sub(HEAD_BYTES).min(ticket.size))
    }

    fn path(&self, file: &FileId, whole: bool) -> PathBuf {
        self.0.dir.join(write_name(file, whole))
    }

    fn lock(&self) -> MutexGuard<'_, Index> {
        self.0.index.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Upload {
    /// Appends bytes that begin at `start` of the file.
    pub(super) fn append(&self, start: u64, bytes: &[u8]) -> Result<(), Refusal> {
        self.exclusively(|held| {
            let at = match held {
                Held::Part(at) if at == start => at,
                other => return Err(Refusal::Offset(other)),
            };
            let mut file = self.open()?;
            file.seek(SeekFrom::Start(HEAD_BYTES + at)).map_err(Refusal::Io)?;
            file.write_all(bytes).map_err(|error| {
                // What the disk took before it was full stays: the client goes on behind it.
                let held = self.files.held(&self.ticket).unwrap_or(held);
                if is_full(&error) { Refusal::DiskFull(held) } else { Refusal::Io(error) }
            })
        })
    }

    /// Makes durable what is there, and the file whole where all of it is there.
    pub(super) fn finish(&self) -> Result<Held, Refusal> {
        self.exclusively(|held| {
            let Held::Part(at) = held else { return Ok(held) };
            let durable = || {
                let file = self.open()?;
                file.sync_all().map_err(|error| {
                    if is_full(&error) { Refusal::DiskFull(held) } else { Refusal::Io(error) }
                })
            };
            durable()?;
            if at < self.ticket.size {
                return Ok(held);
            }
            let (part, whole) =
                (self.files.path(&self.ticket.file, false), self.files.path(&self.ticket.file, true));
            fs::rename(part, whole)
                .and_then(|()| private::sync_dir(&self.files.0.dir))
                .map_err(Refusal::Io)?;
            if let Some(entry) = self.files.lock().files.get_mut(&self.ticket.file) {
                entry.whole = true;
            }
            Ok(Held::Whole)
        })
    }

    /// Runs `step` while nobody else writes to this file, if this is still its newest upload.
    fn exclusively<T>(&self, step: impl FnOnce(Held) -> Result<T, Refusal>) -> Result<T, Refusal> {
        let writing = match self.files.lock().files.get(&self.ticket.file) {
            Some(entry) => entry.writing.clone(),
            None => return Err(Refusal::Replaced(Held::Nothing)),
        };
        let _writing = writing.lock().unwrap_or_else(PoisonError::into_inner);
        let held = self.files.held(&self.ticket).map_err(Refusal::Io)?;
        let newest = self.files.lock().files.get(&self.ticket.file).map(|entry| entry.upload);
        if newest == Some(self.number) { step(held) } else { Err(Refusal::Replaced(held)) }
    }

    fn open(&self) -> Result<File, Refusal> {
        let path = self.files.path(&self.ticket.file, false);
        OpenOptions::new().write(true).open(path).map_err(Refusal::Io)
    }
}

impl Index {
    fn add(&mut self, head: Head, whole: bool) {
        self.bytes = self.bytes.saturating_add(head.size);
        let room = self.room_bytes.entry(head.room).or_default();
        *room = room.saturating_add(head.size);
        self.files.insert(head.file, Entry { head, whole, upload: 0, writing: Arc::default() });
    }

    fn remove(&mut self, file: &FileId) {
        let Some(Entry { head, .. }) = self.files.remove(file) else { return };
        self.bytes = self.bytes.saturating_sub(head.size);
        if let Some(bytes) = self.room_bytes.get_mut(&head.room) {
            *bytes = bytes.saturating_sub(head.size);
            if *bytes == 0 {
                self.room_bytes.remove(&head.room);
            }
        }
    }

    fn check_quotas(&self, ticket: &Ticket, quotas: &Quotas) -> Result<(), Refusal> {
        let in_room = self.room_bytes.get(&ticket.room).copied().unwrap_or(0);
        if ticket.size > quotas.file_bytes {
            Err(Refusal::FileBytes)
        } else if in_room.saturating_add(ticket.size) > quotas.room_file_bytes {
            Err(Refusal::RoomFileBytes)
        } else if self.bytes.saturating_add(ticket.size) > quotas.files_bytes {
            Err(Refusal::FilesBytes)
        } else {
            Ok(())
        }
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
    )
}

fn write_name(file: &FileId, whole: bool) -> String {
    let hex = file.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    format!("{hex}.{}", if whole { "file" } else { "part" })
}

fn read_name(name: &str) -> Option<(FileId, bool)> {
    let (hex, kind) = name.split_once('.')?;
    let mut bytes = [0; FileId::BYTES];
    if hex.len() != 2 * bytes.len() || !hex.is_ascii() {
        return None;
    }
    for (byte, digits) in bytes.iter_mut().zip(hex.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    match kind {
        "file" => Some((FileId::from_bytes(bytes), true)),
        "part" => Some((FileId::from_bytes(bytes), false)),
        _ => None,
    }
}
