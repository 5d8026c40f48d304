//! `keyroom relay` as a process: killed, cut off, crowded, out of space, and as a new operator meets it.
//!
//! `KEYROOM_KILLS` says how often the relay is killed in `kills`; 40 without it, 300 take about three minutes. With
//! `KEYROOM_ABUSE=long` the attacks in `abuse` last longer, and how long messages take meanwhile is held against the quiet
//! time before. `scripts/abuse` runs all of it.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::print_stdout, reason = "a test says what it skipped, and what it measured")]

mod abuse;
mod backup;
mod cable;
mod canaries;
mod descriptors;
mod kills;
mod measure;
mod metrics;
mod operator;
mod reload;
mod service;
mod space;
mod strangers;

use std::path::Path;
use std::process::Command;

use keyroom_testkit::relay::{Relay, quiet_address};

/// A relay over this directory, with this configuration file beside its data.
fn relay(dir: &Path, config: &str) -> Relay {
    let file = dir.join("relay.toml");
    std::fs::write(&file, config).unwrap();
    let (data, address) = (dir.join("data"), quiet_address());
    Relay::start(move || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keyroom"));
        command.args(["relay", "--listen", &address]).arg("--config").arg(&file).arg("--data").arg(&data);
        command
    })
}

/// A configuration whose rates stand in no test's way.
const UNBOUND: &str = "
[quotas]
appends_per_pass = 1_000_000
appends_per_pass_per_second = 1_000_000
commits_per_pass = 1_000_000
commits_per_pass_per_minute = 1_000_000
logins_per_address = 1_000_000
";
