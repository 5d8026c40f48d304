//! The disk is full.

use std::process::Command;

use keyroom_testkit::history;
use keyroom_testkit::member::Member;
use keyroom_testkit::relay::Relay;

use crate::support::{KEYROOM, Scratch, page, room};

/// A small file system in memory, unmounted when dropped.
struct Small<'a>(&'a Scratch);

impl<'a> Small<'a> {
    fn mount(scratch: &'a Scratch) -> Option<Self> {
        let mount = ["-t", "tmpfs", "-o", "size=3m", "keyroom-test", scratch.path()];
        let mounted = Command::new("mount").args(mount).status();
        mounted.is_ok_and(|status| status.success()).then(|| Self(scratch))
    }
}

impl Drop for Small<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").args(["--lazy", self.0.path()]).status();
    }
}

/// Attack matrix row 46: refused by name and never acknowledged; read all the same; well again once there is space.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_serves_and_recovers_without_a_restart() {
    let scratch = Scratch::new("full");
    let Some(_small) = Small::mount(&scratch) else {
        return println!("skipped: this system lets the test mount no file system");
    };
    let ballast = format!("{}/ballast", scratch.path());
    std::fs::write(&ballast, vec![1; 1 << 20]).unwrap();
    let data = format!("{}/data", scratch.path());
    let relay = Relay::start(KEYROOM, &["--data", &data]);
    let (address, pin) = (relay.address().clone(), relay.pin());
    let founder = Member::founder(&address, pin, room(1), 0);
    founder.until("the room is made", |founder| founder.look(|mind| mind.is_in())).await;
    let other = Member::newcomer(&address, pin, room(1), 1);
    other.until("it is in", |other| other.look(|mind| mind.is_in())).await;
    assert_eq!(page(&relay, "/readyz").0, 200);

    let said: Vec<u64> = (1..=60).collect();
    for number in &said {
        founder.tell(|mind| mind.say(*number, 30_000));
    }
    founder.until("the disk is full", |founder| founder.look(|mind| mind.refused("disk_full") > 0)).await;
    assert_eq!(page(&relay, "/readyz").0, 503);
    assert!(page(&relay, "/metrics").1.contains("keyroom_refused_total{code=\"disk_full\"}"));

    // Who comes now reads all that was acknowledged.
    let acknowledged = founder.look(|mind| mind.acknowledged().last().map(|(_, appended)| appended.last));
    drop(other);
    let other = Member::again(&address, pin, room(1), 1);
    other.until("it has read", |other| Some(other.read_to()) >= acknowledged).await;

    std::fs::remove_file(&ballast).unwrap();
    founder.until("all is said", |founder| founder.look(|mind| mind.is_done())).await;
    history::check(&address, pin, room(1), &[founder, other], &said).await;
}
