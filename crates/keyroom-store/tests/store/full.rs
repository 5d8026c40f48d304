//! A disk that is full. Attack matrix row 46.

use std::path::Path;
use std::process::Command;

use keyroom_store::conformance::{Room, body};
use keyroom_store::{DiskStore, OpenError, Pace, RoomError, Store, StoreError, Write};
use keyroom_types::Kind;

use crate::support::Dir;

/// A file system of one mebibyte. Unmounted with the rest.
struct SmallDisk(Dir);

impl SmallDisk {
    /// None where this user may not mount.
    fn mount() -> Option<Self> {
        let dir = Dir::new();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"]).arg(dir.join(""));
        match mount.output() {
            Ok(output) if output.status.success() => Some(Self(dir)),
            Ok(output) => {
                println!("skipped: no mounting here ({})", String::from_utf8_lossy(&output.stderr).trim());
                None
            }
            Err(error) => {
                println!("skipped: no mounting here ({error})");
                None
            }
        }
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.join("")).status();
    }
}

/// Appends until the disk is full; the write that was refused is not in the room.
fn fill(store: &DiskStore, room: &mut Room, len: usize) {
    for number in 0..10_000 {
        let before = room.clone();
        let entries = vec![room.entry(Kind::Application, body(number, len), None)];
        match store.commit(&[Write { entries, ..room.nothing() }]) {
            Ok(results) => assert!(results[0].is_ok()),
            Err(StoreError::Full) => {
                *room = before;
                return;
            }
            Err(error) => panic!("a full disk is {error:?}"),
        }
    }
    panic!("never full");
}

/// For a disk of this size.
const SMALL: Pace = Pace { checkpoint_pages: 16, wal_pages: 32, tail_bytes: 16 << 10 };

fn ballast(disk: &SmallDisk, bytes: usize) -> std::path::PathBuf {
    let path = disk.0.join("ballast");
    std::fs::write(&path, vec![0; bytes]).unwrap();
    path
}

#[test]
fn a_full_disk_refuses_serves_reads_and_recovers() {
    // Attack matrix row 46.
    for (pace, len) in [(Pace::default(), 200), (SMALL, 200), (SMALL, 3_000)] {
        let Some(disk) = SmallDisk::mount() else { return };
        let ballast = ballast(&disk, 256 << 10);
        let store = DiskStore::open_at_pace(disk.0.join("data"), pace).unwrap();
        let mut room = Room::made(1, &store);
        fill(&store, &mut room, len);
        assert!(room.head.seq.get() > 10, "it was full at once");
        // Twice, since the first refusal may have freed something.
        for _ in 0..2 {
            fill(&store, &mut room, len);
            room.is_held_by(&store);
        }
        std::fs::remove_file(ballast).unwrap();
        assert!(store.commit(&[room.messages(3)]).unwrap()[0].is_ok());
        room.is_held_by(&store);
        drop(store);
        room.is_held_by(&DiskStore::open(disk.0.join("data")).unwrap());
    }
}

#[test]
fn a_store_that_filled_its_disk_opens_again_or_says_why_not() {
    let Some(disk) = SmallDisk::mount() else { return };
    let ballast = ballast(&disk, 256 << 10);
    let store = DiskStore::open(disk.0.join("data")).unwrap();
    let mut room = Room::made(1, &store);
    fill(&store, &mut room, 200);
    let copied = Dir::new();
    // What a killed process leaves, on a disk as full as it was.
    copy(&disk.0.join("data"), &copied.join(""));
    drop(store);
    copy(&copied.join(""), &disk.0.join("data"));
    let _ = std::fs::write(disk.0.join("rest"), vec![0; 1 << 20]);
    match DiskStore::open(disk.0.join("data")) {
        Ok(store) => room.is_held_by(&store),
        Err(error) => assert!(matches!(error, OpenError::Full), "{error:?}"),
    }
    std::fs::remove_file(ballast).unwrap();
    std::fs::remove_file(disk.0.join("rest")).unwrap();
    let store = DiskStore::open(disk.0.join("data")).unwrap();
    room.is_held_by(&store);
    assert!(store.commit(&[room.messages(1)]).unwrap()[0].is_ok());
    room.is_held_by(&store);
}

#[test]
fn retention_and_removal_on_a_full_disk_fail_whole_or_work() {
    let Some(disk) = SmallDisk::mount() else { return };
    let ballast = ballast(&disk, 256 << 10);
    let store = DiskStore::open(disk.0.join("data")).unwrap();
    let (mut room, other) = (Room::made(1, &store), Room::made(2, &store));
    fill(&store, &mut room, 200);
    let _ = std::fs::write(disk.0.join("rest"), vec![0; 1 << 20]);
    let last = keyroom_types::Timestamp::from_millis(u64::MAX);
    match store.drop_bodies(&room.id, last, 1) {
        Ok(_) | Err(RoomError::Store(StoreError::Full)) => {}
        Err(error) => panic!("a full disk is {error:?}"),
    }
    match store.remove(&room.id) {
        Ok(()) | Err(StoreError::Full) => {}
        Err(error) => panic!("a full disk is {error:?}"),
    }
    other.is_held_by(&store);
    std::fs::remove_file(ballast).unwrap();
    std::fs::remove_file(disk.0.join("rest")).unwrap();
    store.remove(&room.id).unwrap();
    assert!(store.room(&room.id).unwrap().is_none());
    other.is_held_by(&store);
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if !entry.file_name().to_string_lossy().ends_with("-shm") {
            std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}
