//! The clients of the peers, against the peers themselves, where they are installed.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::print_stdout, reason = "a test says what it skipped")]

use std::path::{Path, PathBuf};
use std::time::Duration;

use keyroom_bench_load::{Crowd, Fault, Keeping, Pace, Server};

/// The program in the path, or where systems keep those of services.
fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let dirs = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    let found = dirs.map(|dir| dir.join(name)).find(|file| file.is_file());
    if found.is_none() {
        println!("skipped: {name} is not here");
    }
    found
}

async fn delivers_at_a_pace_and_flat_out(server: Result<Server, Fault>) {
    let mut crowd = Crowd::gather(server.unwrap(), 3, 2, true).await.unwrap();
    let pace = Pace { rate: 100, time: Duration::from_millis(500), bytes: 200 };
    let ran = crowd.paced(pace).await.unwrap();
    assert!(ran.deliveries > 0 && ran.deliveries.is_multiple_of(3));
    assert!(ran.server.ticks <= Duration::from_secs(5), "{:?}", ran.server);
    assert_eq!(crowd.times().len() as u64, ran.deliveries);
    assert!(crowd.flat_out(Duration::from_millis(300), 2_000).await.unwrap().deliveries > 0);
}

#[tokio::test]
async fn nats_server_delivers_to_its_client() {
    let Some(program) = program("nats-server") else { return };
    let here = Path::new(env!("CARGO_TARGET_TMPDIR"));
    delivers_at_a_pace_and_flat_out(Server::nats(&program, Keeping::Nothing, here)).await;
}

#[tokio::test]
async fn mosquitto_delivers_to_its_client() {
    let Some(program) = program("mosquitto") else { return };
    delivers_at_a_pace_and_flat_out(Server::mosquitto(&program, Path::new(env!("CARGO_TARGET_TMPDIR"))))
        .await;
}

#[tokio::test]
async fn ejabberd_delivers_to_its_client() {
    let Some(program) = program("ejabberdctl") else { return };
    delivers_at_a_pace_and_flat_out(Server::ejabberd(&program, Path::new(env!("CARGO_TARGET_TMPDIR")))).await;
}
