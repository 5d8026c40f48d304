//! Power loss, simulated: a run of the store is traced by `strace`, and for each moment of it files are made as a disk
//! may have kept them, with what was not synced lost, kept, or kept in part. Attack matrix row 47.
//!
//! What a power loss keeps: of a file what was synced, and of the writes since then any that happen to have reached the
//! disk, one of them torn at a sector; of a directory the names up to its last sync, and some that came after.
//! `KEYROOM_POWER=all` looks at every moment in many ways (half a minute) instead of a few ways each.

mod disk;
mod trace;

use std::path::Path;
use std::process::Command;

use keyroom_store::conformance::Room;
use keyroom_store::{DiskStore, Pace, Store};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;

use crate::model::{Model, Step, steps};
use crate::support::Dir;
use disk::{Disk, Keep};
use trace::Event;

#[test]
fn acknowledged_writes_survive_a_power_loss_at_every_moment() {
    let dir = Dir::in_memory();
    let events = traced_run(&dir);
    let (models, all) = (models(), std::env::var_os("KEYROOM_POWER").is_some());
    let syncs = events.iter().filter(|event| matches!(event, Event::Sync(_))).count();
    let acks: Vec<_> = events.iter().filter(|event| matches!(event, Event::Ack(_))).collect();
    assert_eq!(acks.len(), models.len(), "the run came to its end");
    let (mut disk, mut acked, mut looked, mut unsynced) = (Disk::new(&dir.join("run")), Vec::new(), 0, 0);
    for (moment, event) in (0..).zip(&events) {
        let before = disk.syncs();
        disk.apply(event);
        if let Event::Ack(text) = event {
            acked.push(text.clone());
        }
        let new = disk.syncs() != before || matches!(event, Event::Ack(_));
        unsynced +=
            usize::from(matches!(event, Event::Write { .. } | Event::Truncate { .. } | Event::Unlink(_)));
        let mut ways = Vec::new();
        // What is synced changes with syncs only.
        ways.extend(new.then_some(Keep::Nothing));
        if all {
            ways.push(Keep::Everything);
            ways.extend((0..6).map(|way| Keep::Some(moment * 6 + way)));
        } else if matches!(event, Event::Sync(_)) || unsynced % 3 == 0 {
            ways.push(if moment % 2 == 0 { Keep::Everything } else { Keep::Some(moment) });
        }
        for keep in ways {
            let crashed = Dir::in_memory();
            disk.after_power_loss(keep, &crashed.join("data"));
            check(&crashed.join("data"), &acked, &models)
                .unwrap_or_else(|why| panic!("moment {moment} of {}, {keep:?}: {why}", events.len()));
            looked += 1;
        }
    }
    // A copy that was made at the end is whole whatever of it was not synced.
    for keep in [Keep::Nothing, Keep::Everything, Keep::Some(1), Keep::Some(2)] {
        let crashed = Dir::in_memory();
        disk.after_power_loss_in("copy", keep, &crashed.join("data"));
        check(&crashed.join("data"), &acked, &models).unwrap_or_else(|why| panic!("copy, {keep:?}: {why}"));
    }
    println!("{} moments, {syncs} syncs, {looked} power losses", events.len());
    assert!(looked > 300);
}

/// The store opens and holds what was acknowledged, and of the step under way all or nothing.
fn check(data: &Path, acked: &[String], models: &[Model]) -> Result<(), String> {
    let store = DiskStore::open(data).map_err(|error| format!("does not open: {error}"))?;
    if let Some(first) = acked.first()
        && *first != store.incarnation().to_string()
    {
        return Err("it is another incarnation".to_owned());
    }
    let done = acked.len().saturating_sub(1);
    let behind = models[done].difference(&store);
    let ahead = models.get(done + 1).map(|model| model.difference(&store));
    if let (Some(behind), None | Some(Some(_))) = (&behind, &ahead) {
        return Err(format!("after {done} steps: {behind}; or one more: {ahead:?}"));
    }
    // And it goes on.
    Room::made(1_000, &store).is_held_by(&store);
    Ok(())
}

/// Runs the steps in a process of their own, under `strace`.
fn traced_run(dir: &Dir) -> Vec<Event> {
    let trace = dir.join("trace");
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-xx", "-s", "10000000", "-e", "signal=none", "-e"]).arg(trace::CALLS);
    strace.arg("-o").arg(&trace).arg(std::env::current_exe().unwrap());
    strace
        .args(["--exact", "power::the_run_that_is_traced", "--ignored"])
        .env("KEYROOM_POWER_RUN", dir.join("run"));
    let output = strace.output().expect("strace is installed (Debian: strace)");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    trace::read(&trace)
}

#[test]
#[ignore = "runs inside the test above"]
fn the_run_that_is_traced() {
    let Some(dir) = std::env::var_os("KEYROOM_POWER_RUN") else { return };
    let dir = Path::new(&dir);
    std::fs::create_dir(dir).unwrap();
    let pace = Pace { checkpoint_pages: 40, wal_pages: 60, tail_bytes: 2_000 };
    let mut store = DiskStore::open_at_pace(dir.join("data"), pace).unwrap();
    let mut acks = std::fs::File::create(dir.join(trace::ACKS)).unwrap();
    let mut ack = |text: &str| std::io::Write::write_all(&mut acks, text.as_bytes()).unwrap();
    ack(&store.incarnation().to_string());
    let mut model = Model::default();
    for (number, step) in script().iter().enumerate() {
        if number % 10 == 9 {
            drop(store);
            store = DiskStore::open_at_pace(dir.join("data"), pace).unwrap();
        }
        model.step(&store, step);
        ack(&number.to_string());
    }
    keyroom_store::copy_store(dir.join("data"), dir.join("copy")).unwrap();
}

/// The same steps in every process.
fn script() -> Vec<Step> {
    let mut runner = TestRunner::deterministic();
    let mut script = Vec::new();
    while script.len() < STEPS {
        script.extend(steps().new_tree(&mut runner).unwrap().current());
    }
    script.truncate(STEPS);
    script
}

/// What must be held after each number of steps.
fn models() -> Vec<Model> {
    let store = keyroom_store::MemoryStore::new().unwrap();
    let mut models = vec![Model::default()];
    for step in script() {
        let mut next = models.last().unwrap().clone();
        next.step(&store, &step);
        models.push(next);
    }
    models
}

const STEPS: usize = 35;
