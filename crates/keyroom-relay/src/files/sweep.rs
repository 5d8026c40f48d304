//! Removes files whose time is over.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::MissedTickBehavior;

use super::Files;
use crate::Now;
use crate::clock::Believed;

/// Looks for files that are older than they may get, forever.
pub(crate) async fn sweep(files: Files, age: watch::Receiver<Duration>) {
    let mut clock = Believed::default();
    let mut hourly = tokio::time::interval(EVERY);
    hourly.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        hourly.tick().await;
        let (files, age, now) = (files.clone(), *age.borrow(), clock.look(Now::read()));
        let swept = tokio::task::spawn_blocking(move || files.expire(now, age, UNFINISHED_AGE)).await;
        if let Ok(count @ 1..) = swept {
            tracing::info!(count, "removed files whose time is over");
        }
    }
}

const EVERY: Duration = Duration::from_secs(60 * 60);
/// How long an upload may take from its first byte to its last.
const UNFINISHED_AGE: Duration = Duration::from_secs(24 * 60 * 60);

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use keyroom_types::{FileId, RoomId, Timestamp};

    use crate::Quotas;
    use crate::files::shelf::Held;
    use crate::files::{Files, Purpose, Ticket, Tickets};
    use crate::quotas::LiveQuotas;

    use super::*;

    fn ticket(file: u8) -> Ticket {
        Ticket {
            purpose: Purpose::Put,
            room: RoomId::from_bytes([1; 16]),
            file: FileId::from_bytes([file; 16]),
            size: 3,
            expires: Timestamp::default(),
        }
    }

    #[test]
    fn what_is_too_old_goes_and_gives_its_quota_back() {
        let dir = crate::scratch_dir("sweep");
        let quotas = Quotas { room_file_bytes: 6, ..Quotas::default() };
        let files = Files::open(&dir, Arc::new(Tickets::from_key([1; 32])), LiveQuotas::new(quotas)).unwrap();
        let begun = Timestamp::from_millis(1_000);
        let whole = files.upload(&ticket(1), begun).unwrap();
        whole.append(0, b"abc").unwrap();
        whole.finish().unwrap();
        let part = files.upload(&ticket(2), begun).unwrap();
        part.append(0, b"a").unwrap();
        assert!(files.upload(&ticket(3), begun).is_err(), "the room is full");

        let day = Duration::from_secs(24 * 60 * 60);
        assert_eq!(files.expire(begun.plus_millis(86_399_999), 30 * day, UNFINISHED_AGE), 0);
        assert_eq!(files.expire(begun.plus_millis(86_400_000), 30 * day, UNFINISHED_AGE), 1);
        assert_eq!(files.held(&ticket(2)).unwrap(), Held::Nothing);
        assert!(part.append(1, b"b").is_err(), "an upload whose file was removed ends");
        assert_eq!(files.held(&ticket(1)).unwrap(), Held::Whole);
        assert!(files.upload(&ticket(3), begun).is_ok());

        assert_eq!(files.expire(begun.plus_millis(30 * 86_400_000), 30 * day, UNFINISHED_AGE), 2);
        assert_eq!(std::fs::read_dir(dir.join("files")).unwrap().count(), 0);
    }

    #[test]
    fn the_beginning_of_an_upload_that_a_crash_cut_is_cleared_away() {
        let dir = crate::scratch_dir("cut-head");
        let tickets = Arc::new(Tickets::from_key([1; 32]));
        drop(
            Files::open(&dir, tickets.clone(), LiveQuotas::new(Quotas::default()))
                .unwrap()
                .upload(&ticket(1), Timestamp::default()),
        );
        let entry = std::fs::read_dir(dir.join("files")).unwrap().next().unwrap().unwrap();
        std::fs::OpenOptions::new().write(true).open(entry.path()).unwrap().set_len(10).unwrap();
        std::fs::write(dir.join("files").join("notes.txt"), "an operator's own").unwrap();
        let files = Files::open(&dir, tickets, LiveQuotas::new(Quotas::default())).unwrap();
        assert_eq!(files.held(&ticket(1)).unwrap(), Held::Nothing);
        assert!(!entry.path().exists());
        assert!(dir.join("files").join("notes.txt").exists());
    }
}
