//! A disk that remembers what is synced and what is not.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use super::trace::Event;

/// What stands behind a name: a file's number, or none for a directory.
type Named = Option<usize>;

/// A name, and what stands behind it from now on, if anything.
type Renamed = (PathBuf, Option<Named>);

/// What a power loss leaves of what was not synced.
#[derive(Clone, Copy, Debug)]
pub(super) enum Keep {
    Nothing,
    Everything,
    /// Some of it, drawn from this seed; one write of each file in part.
    Some(u64),
}

#[derive(Debug)]
pub(super) struct Disk {
    root: PathBuf,
    open: HashMap<i64, Opened>,
    files: Vec<File>,
    /// As programs see them.
    names: BTreeMap<PathBuf, Named>,
    synced_names: BTreeMap<PathBuf, Named>,
    /// Changes of names by directory, since its last sync.
    renamed: BTreeMap<PathBuf, Vec<Renamed>>,
    syncs: usize,
}

#[derive(Debug)]
enum Opened {
    File(usize),
    Dir(PathBuf),
}

#[derive(Debug, Default)]
struct File {
    synced: Vec<u8>,
    since: Vec<Change>,
}

#[derive(Clone, Debug)]
enum Change {
    Write { offset: usize, data: Vec<u8> },
    Truncate(usize),
}

impl Disk {
    /// A disk on which only the parent of `root` exists for sure.
    pub(super) fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            open: HashMap::new(),
            files: Vec::new(),
            names: BTreeMap::new(),
            synced_names: BTreeMap::new(),
            renamed: BTreeMap::new(),
            syncs: 0,
        }
    }

    /// Counts syncs that made something durable.
    pub(super) fn syncs(&self) -> usize {
        self.syncs
    }

    pub(super) fn apply(&mut self, event: &Event) {
        match event {
            Event::Mkdir(path) if path.starts_with(&self.root) => self.rename(path, Some(None)),
            Event::Open { path, fd, create } if path.starts_with(&self.root) => {
                self.open.insert(*fd, Opened::Dir(path.clone()));
                match self.names.get(path) {
                    Some(Some(file)) => drop(self.open.insert(*fd, Opened::File(*file))),
                    Some(None) => {}
                    None if *create => {
                        self.files.push(File::default());
                        let file = self.files.len() - 1;
                        self.rename(path, Some(Some(file)));
                        self.open.insert(*fd, Opened::File(file));
                    }
                    None => panic!("{} was opened before it was made", path.display()),
                }
            }
            // A number may have meant one of our files before.
            Event::Open { fd, .. } | Event::Close(fd) => drop(self.open.remove(fd)),
            Event::Write { fd, offset, data } => {
                let offset = usize::try_from(*offset).unwrap();
                self.change(*fd, Change::Write { offset, data: data.clone() });
            }
            Event::Truncate { fd, len } => self.change(*fd, Change::Truncate(usize::try_from(*len).unwrap())),
            Event::Sync(fd) => self.sync(*fd),
            Event::Unlink(path) if path.starts_with(&self.root) => self.rename(path, None),
            Event::Mkdir(_) | Event::Unlink(_) | Event::Ack(_) => {}
        }
    }

    fn rename(&mut self, path: &Path, to: Option<Named>) {
        match to {
            Some(file) => drop(self.names.insert(path.to_owned(), file)),
            None => drop(self.names.remove(path)),
        }
        let parent = path.parent().unwrap().to_owned();
        self.renamed.entry(parent).or_default().push((path.to_owned(), to));
    }

    fn change(&mut self, fd: i64, change: Change) {
        if let Some(Opened::File(file)) = self.open.get(&fd) {
            self.files[*file].since.push(change);
        }
    }

    fn sync(&mut self, fd: i64) {
        match self.open.get(&fd) {
            Some(Opened::File(file)) => {
                let file = &mut self.files[*file];
                self.syncs += usize::from(!file.since.is_empty());
                for change in std::mem::take(&mut file.since) {
                    change.apply(&mut file.synced);
                }
            }
            Some(Opened::Dir(dir)) => {
                let changes = self.renamed.remove(dir).unwrap_or_default();
                self.syncs += usize::from(!changes.is_empty());
                apply_names(&mut self.synced_names, &changes);
            }
            None => {}
        }
    }

    /// Makes files as they may be found after a power loss at this moment.
    pub(super) fn after_power_loss(&self, keep: Keep, data: &Path) {
        self.after_power_loss_in("data", keep, data);
    }

    /// As [`Self::after_power_loss`], for the directory of this name.
    pub(super) fn after_power_loss_in(&self, name: &str, keep: Keep, data: &Path) {
        let mut draw = Draw(if let Keep::Some(seed) = keep { seed } else { 0 });
        let mut names = self.synced_names.clone();
        for changes in self.renamed.values() {
            let kept = match keep {
                Keep::Nothing => 0,
                Keep::Everything => changes.len(),
                Keep::Some(_) => draw.below(changes.len() + 1),
            };
            apply_names(&mut names, &changes[..kept]);
        }
        let from = self.root.join(name);
        // The test's own directory is no part of the store; it stands for a disk that is there.
        if names.contains_key(&from) {
            std::fs::create_dir(data).unwrap();
        }
        for (path, file) in &names {
            let (Ok(name), Some(file), true) = (path.strip_prefix(&from), file, names.contains_key(&from))
            else {
                continue;
            };
            // Shared memory, which no disk holds.
            if !path.to_string_lossy().ends_with("-shm") {
                std::fs::write(data.join(name), self.files[*file].after_power_loss(keep, &mut draw)).unwrap();
            }
        }
    }
}

impl File {
    fn after_power_loss(&self, keep: Keep, draw: &mut Draw) -> Vec<u8> {
        let mut bytes = self.synced.clone();
        let torn = draw.below(self.since.len() + 1);
        for (place, change) in self.since.iter().enumerate() {
            match (keep, change) {
                (Keep::Nothing, _) => break,
                (Keep::Everything, _) => change.clone().apply(&mut bytes),
                (Keep::Some(_), Change::Write { offset, data }) if place == torn => {
                    for (offset, data) in sectors(*offset, data) {
                        if draw.below(2) == 0 {
                            Change::Write { offset, data: data.to_vec() }.apply(&mut bytes);
                        }
                    }
                }
                (Keep::Some(_), _) if draw.below(2) == 0 => change.clone().apply(&mut bytes),
                (Keep::Some(_), _) => {}
            }
        }
        bytes
    }
}

impl Change {
    fn apply(self, bytes: &mut Vec<u8>) {
        match self {
            Self::Write { offset, data } => {
                let end = offset + data.len();
                if bytes.len() < end {
                    bytes.resize(end, 0);
                }
                bytes[offset..end].copy_from_slice(&data);
            }
            Self::Truncate(len) => bytes.resize(len, 0),
        }
    }
}

fn apply_names(names: &mut BTreeMap<PathBuf, Named>, changes: &[Renamed]) {
    for (path, to) in changes {
        match to {
            Some(file) => drop(names.insert(path.clone(), *file)),
            None => drop(names.remove(path)),
        }
    }
}

/// A write, cut where a disk may cut it.
fn sectors(mut offset: usize, mut data: &[u8]) -> Vec<(usize, &[u8])> {
    let mut sectors = Vec::new();
    while !data.is_empty() {
        let (sector, rest) = data.split_at(data.len().min(SECTOR - offset % SECTOR));
        sectors.push((offset, sector));
        offset += sector.len();
        data = rest;
    }
    sectors
}

/// SplitMix64 (Steele, Lea, Flood).
struct Draw(u64);

impl Draw {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % bound as u64).unwrap()
    }
}

const SECTOR: usize = 512;
